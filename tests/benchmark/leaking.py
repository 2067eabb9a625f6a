"""Papers, queries and pairs for the tests of leaks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from curation.benchmark.data import LabelledData, LabelledTexts, PairData, Queries, RetrievalData, Texts
from curation.benchmark.leaks import Leak, find_leaks, leaking_papers
from curation.benchmark.sentences import sentence_spans

SEEDS = range(12)


@dataclass(frozen=True, slots=True)
class Paper:
    paper_id: str
    title: str
    abstract: str
    split: str


def row(prefix: str, first: int, last: int) -> str:
    """Numbered words from first to last, both included."""
    return " ".join(f"{prefix}{number:03}" for number in range(first, last + 1))


def invented(seed: int, papers: int = 40) -> list[Paper]:
    """Papers over a small vocabulary, all with the same closing sentence, as abstracts have."""
    chance = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(300)]

    def sentence(words: int) -> str:
        return " ".join(chance.choices(vocabulary, k=words)).capitalize() + "."

    splits = ("train", "validation", "test")
    return [
        Paper(
            f"p{number:02}",
            f"{sentence(6)[:-1]} {number}",
            " ".join(sentence(chance.randint(9, 24)) for _ in range(chance.randint(4, 8)))
            + " Our code is publicly available at https://github.com/own/code.",
            splits[number % 3],
        )
        for number in range(papers)
    ]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def labelled(papers: Sequence[Paper]) -> LabelledData:
    def part(split: str) -> LabelledTexts:
        rows = sorted((one.paper_id, f"{one.title}\n\n{one.abstract}") for one in papers if one.split == split)
        return LabelledTexts(tuple(one for one, _ in rows), tuple(text for _, text in rows), ((0,),) * len(rows))

    return LabelledData(("topic",), part("train"), part("test"))


def retrieval(
    queries: dict[str, tuple[str, str]], corpus: dict[str, str], *, group: str = "", skip: bool = False
) -> RetrievalData:
    """Queries as text and the document that is relevant."""
    ids = tuple(queries)
    return RetrievalData(
        Queries(ids, tuple(text for text, _ in queries.values()), tuple(group or one for one in ids)),
        Texts(tuple(corpus), tuple(corpus.values())),
        {one: {document: 1} for one, (_, document) in queries.items()},
        skip,
    )


def pairs(*rows: tuple[str, str, int]) -> PairData:
    left, right, labels = zip(*rows, strict=True)
    ids = tuple(f"pair{number}" for number in range(len(rows)))
    return PairData(ids, left, right, labels, (0.0,) * len(rows), ids)


def two(left: tuple[str, str], right: tuple[str, str], ids: tuple[str, str] = ("a", "b")) -> list[Leak]:
    """The leaks between one paper of `train` and one of `test`, each title and abstract; asserts both ways to ask."""
    papers = [Paper(ids[0], *left, "train"), Paper(ids[1], *right, "test")]
    found = find_leaks(labelled(papers))
    assert list(leaking_papers(papers).values()) == found
    return found
