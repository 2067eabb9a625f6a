"""Leaks: what is to be scored stands where a model may learn it, or a query stands in the document it must find.

Texts are compared as sequences of words in one spelling (`curation/benchmark/words.py`). Resemblance is the containment
of word 5-grams, |A ∩ B| / min(|A|, |B|) (A. Z. Broder, "On the resemblance and containment of documents", 1997), not
their Jaccard similarity by which deduplication merges (from 0.75): a part of an abstract that stands in another one
must be found whatever their lengths.

The highest values between splits of the 244 published papers: containment 0.033, 6 shared 5-grams, no shared sentence,
no title; 0.32 for a query in its relevant document where the query is no title, 0.82 for a title.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, groupby
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from curation.benchmark.data import LabelledData, LabelledTexts, PairData, RetrievalData, TaskData
from curation.benchmark.words import GRAM, Numbered, Words, grams, number, row, sharing, spelled, standing
from curation.deduplicate.similarity import Shingle
from curation.identity import title_key
from curation.schemas.stages import SPLITS

__all__ = ["KINDS", "Leak", "SplitPaper", "compared", "find_leaks", "leaking_papers", "may_stand", "query_in_document"]

SAME_PAPER: Final = "same-paper"
NEAR_DUPLICATE: Final = "near-duplicate"
REORDERED: Final = "reordered"
SAME_TITLE: Final = "same-title"
QUERY_IN_DOCUMENT: Final = "query-in-document"
SAME_TEXT: Final = "same-text"
SAME_PAIR: Final = "same-pair"

_SAYS: Final = {
    SAME_PAPER: "`{right}` is scored and learned from",
    NEAR_DUPLICATE: "{value:.0%} of the word 5-grams of the shorter of `{left}` and `{right}` stand in the other",
    REORDERED: "{value:.0%} of the sentences of the shorter of `{left}` and `{right}` stand in the other",
    SAME_TITLE: "`{left}` and `{right}` have the same title",
    QUERY_IN_DOCUMENT: "{value:.0%} of the words of the query `{left}` stand in its relevant document `{right}`",
    SAME_TEXT: "the pair `{left}` has the label 0, but the same text twice",
    SAME_PAIR: "`{left}` and `{right}` are the same pair",
}
KINDS: Final = tuple(_SAYS)
"""All kinds of leaks, the clearest first."""

# A copy keeps (4/5)^5 = 0.33 of its 5-grams if a fifth of its words is changed at random, 3/8 if every eighth word is.
_CONTAINMENT: Final = 0.3
# Words in a row that are not chance: the 13-grams of Brown et al. ("Language Models are Few-Shot Learners", 2020,
# appendix C). The longest run that two published abstracts share has 9.
_RUN: Final = 13
# Fewer words in a row can be chance, as in `our code is available at`; a query of `tables.py` has at least as many.
_FEWEST: Final = 8
# Of the sentences of the shorter text, and never one alone: closing sentences are alike.
_SENTENCES: Final = 0.5
_FEWEST_SENTENCES: Final = 2
# Of a query's words: one with every sixth word changed keeps 5/6 in runs of five.
_QUERY: Final = 0.75

# Unlike `sentence_spans` it needs no capital letter. It cuts after `e.g.` too, and such pieces are too short to count.
_SENTENCE_END = re.compile(r"[.!?]+[^\w\s]*\s+|[。！？।]+")
_SIGN_AT_END = re.compile(r"[.!?][^\w\s]*[^\w\s\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak.

    Attributes:
        kind: One of `KINDS`.
        left: Id of the paper that is learned from, of the query, or of the first pair.
        right: Id of the paper that is scored, of the document, or of the second pair.
        value: What was measured, 0 to 1: shares as `sentence` tells them; 1 for what is the same.
    """

    kind: str
    left: str
    right: str
    value: float

    def sentence(self) -> str:
        """Say in one sentence, without a full stop, what was found."""
        return f"{self.kind}: " + _SAYS[self.kind].format(left=self.left, right=self.right, value=self.value)


class SplitPaper(Protocol):
    """A paper and its split."""

    @property
    def paper_id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def abstract(self) -> str: ...  # noqa: D102
    @property
    def split(self) -> str: ...  # noqa: D102


def find_leaks(data: TaskData) -> list[Leak]:
    """Return every leak of a task's data, at most one for each two texts, in a fixed order.

    Args:
        data: Labelled texts are compared between `train` and `test` (title, empty line, abstract; a text without empty
            line is its own title), queries with their relevant documents, pairs with each other.
    """
    if isinstance(data, LabelledData):
        parts = [_labelled(data.train), _labelled(data.test)]
        found: Iterable[Leak] = _resembling([*chain(*parts)], [side for side in (0, 1) for _ in parts[side]])
    elif isinstance(data, RetrievalData):
        found = _queries_in_documents(data)
    else:
        found = _same_pairs(data)
    return sorted(found, key=lambda leak: (leak.left, leak.right, leak.kind, leak.value))


def leaking_papers(papers: Iterable[SplitPaper], words: Numbered | None = None) -> dict[str, Leak]:
    """Return the papers that must not be scored, by `paper_id`, each with its clearest leak.

    These are papers of `validation` or `test` that resemble one of `train`, and papers of `test` that resemble one of
    `validation`. The result does not depend on the order of the papers.

    Args:
        papers: The papers.
        words: Of each the second text that `compared` gives, where they are numbered already.
    """
    known = list(papers)
    order = [at for split in SPLITS for at, paper in enumerate(known) if paper.split == split]
    texts = [_text(known[at].paper_id, known[at].title, known[at].abstract) for at in order]
    own = None if words is None else words.spans(np.array(order, np.int64), np.array(order, np.int64) + 1)
    found = list(_resembling(texts, [SPLITS.index(known[at].split) for at in order], own))
    found.sort(key=lambda leak: (leak.right, KINDS.index(leak.kind), -leak.value, leak.left))
    return {right: next(leaks) for right, leaks in groupby(found, key=lambda leak: leak.right)}


def query_in_document(query: str, document: str, *, own: bool = True) -> float:
    """Return how much of a query stands in a document: its share of words, 0 where that may be chance.

    A query whose words stand there in a row counts (1.0), and one of at least 13 words of which three quarters stand
    there in runs of five or more.

    Args:
        query: Any text.
        document: Any text.
        own: Whether the query was taken from this document. If not, a query of fewer than 8 words does not count: a
            short title may name a method that another paper uses.
    """
    return _searched(document).share(spelled(query), own=own)


def may_stand(found: Numbered, asked: NDArray[np.int64], known: NDArray[np.int64]) -> set[int]:
    """Return the numbers of the queries that `query_in_document` may find: no other can have enough words there.

    Args:
        found: Words of queries and of parts of documents.
        asked: The number of the document that a text is looked for in; -1 where it is no query. Shape [texts].
        known: The number of the document that a text is part of; -1 where it is of none. Shape [texts].
    """
    short = np.diff(found.offsets) < _RUN
    maybe = np.flatnonzero(standing(found, asked, known) >= np.where(short, 1.0, _QUERY)).tolist()
    parts: dict[int, list[int]] = defaultdict(list)
    for text, group in enumerate(known.tolist()):
        parts[group].append(text)
    # as bytes, runs of words are looked for at once; one that is found between two words is one too many, no harm
    numbers, bounds, groups = found.numbers.astype(np.int32), (found.offsets * 4).tolist(), asked.tolist()
    whole = numbers.tobytes()

    def has_runs(text: int) -> bool:
        there = b"".join(whole[bounds[part] : bounds[part + 1]] for part in parts[groups[text]])
        first, last = bounds[text], bounds[text + 1]
        if short[text]:
            return whole[first:last] in there
        runs: int = sum(whole[start : start + 4 * GRAM] in there for start in range(first, last - 4 * GRAM + 1, 4))
        return bool(runs * GRAM * 4 >= _QUERY * (last - first))

    return set(filter(has_runs, maybe))


# the queries taken from a document are looked for in it one after the other
@lru_cache(maxsize=4)
def _searched(document: str) -> _Searched:
    return _Searched(spelled(document))


class _Searched:
    """A document that queries are looked for in.

    Args:
        found: Its words.
    """

    def __init__(self, found: Words) -> None:
        self._words, self._row = found, row(found)

    @cached_property
    def _different(self) -> frozenset[str]:
        return frozenset(self._words)

    @cached_property
    def _grams(self) -> frozenset[Shingle]:
        return grams(self._words)

    def share(self, query: Words, *, own: bool) -> float:
        """Return what `query_in_document` does."""
        if not query or (not own and len(query) < _FEWEST):
            return 0.0
        if row(query) in self._row:
            return 1.0
        # not enough of its words may be there, in whatever order
        if len(query) < _RUN or sum(map(self._different.__contains__, query)) < _QUERY * len(query):
            return 0.0
        covered: set[int] = set()
        for start in range(len(query) - GRAM + 1):
            if query[start : start + GRAM] in self._grams:
                covered.update(range(start, start + GRAM))
        share = len(covered) / len(query)
        return share if share >= _QUERY else 0.0


# --- papers


@dataclass(frozen=True)
class _Text:
    """What is compared of a paper: its names, and the words of its abstract, or of its title where that is all.

    Attributes:
        paper_id: Its id.
        names: Its id, and its title's key unless that is empty.
        text: The abstract or title.
        spoken: The same without what ends its sentences, where that is spelled with letters.
    """

    paper_id: str
    names: frozenset[tuple[str, str]]
    text: str
    spoken: str

    @cached_property
    def words(self) -> Words:
        """Its words."""
        return spelled(self.spoken)

    @cached_property
    def row(self) -> str:
        """All words."""
        return row(self.words)

    @cached_property
    def grams(self) -> frozenset[Shingle]:
        """Its word 5-grams."""
        return grams(self.words)

    @cached_property
    def sentences(self) -> frozenset[str]:
        """Its different sentences that are long enough to tell a paper."""
        pieces = map(spelled, _SENTENCE_END.split(self.text))
        return frozenset(row(piece) for piece in pieces if len(piece) >= _FEWEST)


def compared(title: str, abstract: str) -> tuple[str, str]:
    """Return the text of a paper that is compared, and the same without what ends its sentences but has letters."""
    text = abstract if abstract.strip() else title
    # a sign such as `™` is spelled with letters, but none of the words of the sentence that it ends
    return text, _SENTENCE_END.sub(" ", text) if not text.isascii() and _SIGN_AT_END.search(text) else text


def _text(paper_id: str, title: str, abstract: str) -> _Text:
    names = frozenset({("id", paper_id), ("title", title_key(title))} - {("title", "")})
    return _Text(paper_id, names, *compared(title, abstract))


def _labelled(part: LabelledTexts) -> list[_Text]:
    parts = (text.partition("\n\n") for text in part.texts)
    return [_text(name, title, abstract) for name, (title, _, abstract) in zip(part.ids, parts, strict=True)]


def _resembling(texts: Sequence[_Text], sides: Sequence[int], words: Numbered | None = None) -> Iterator[Leak]:
    """Find the leaks of each side into later ones; only texts that have enough in common are compared.

    Args:
        texts: The texts.
        sides: The side of each, ascending.
        words: What is spoken in each, where it is numbered already.
    """
    # two sentences have so many n-grams, and a near-duplicate has more if it is not the whole of the shorter text
    least = _FEWEST_SENTENCES * (_FEWEST - GRAM + 1)
    if words is None:
        words = number([text.spoken for text in texts])
    alike = sharing(words, np.array(sides, np.int64), least)
    for left, right in {*alike, *_same_names(texts, sides)}:
        leak = _compare(texts[left], texts[right])
        if leak is not None:
            yield leak


def _same_names(texts: Sequence[_Text], sides: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of texts of different sides that have an id or a title in common."""
    having: dict[tuple[str, str], list[int]] = defaultdict(list)
    for right, text in enumerate(texts):
        for name in text.names:
            yield from ((left, right) for left in having[name] if sides[left] < sides[right])
            having[name].append(right)


def _compare(known: _Text, scored: _Text) -> Leak | None:
    """Return the clearest leak between two texts."""
    sides = known.paper_id, scored.paper_id
    if known.paper_id == scored.paper_id:
        return Leak(SAME_PAPER, *sides, 1.0)
    shared, spoken = len(known.grams & scored.grams), len(known.sentences & scored.sentences)
    containment = shared / (min(len(known.grams), len(scored.grams)) or 1)
    # n words in a row are n - 4 n-grams
    near = containment >= _CONTAINMENT and shared > (_RUN if containment < 1 else _FEWEST) - GRAM
    share = spoken / (min(len(known.sentences), len(scored.sentences)) or 1)
    if spoken >= _FEWEST_SENTENCES and share >= _SENTENCES and not (near and _in_order(known, scored)):
        return Leak(REORDERED, *sides, share)
    if near:
        return Leak(NEAR_DUPLICATE, *sides, containment)
    return Leak(SAME_TITLE, *sides, 1.0) if known.names & scored.names else None


def _in_order(left: _Text, right: _Text) -> bool:
    """Return whether the sentences of both stand in the same order in each."""
    both = sorted(left.sentences & right.sentences)
    return sorted(both, key=left.row.index) == sorted(both, key=right.row.index)


def _queries_in_documents(data: RetrievalData) -> Iterator[Leak]:
    documents = {name: _Searched(spelled(text)) for name, text in zip(data.corpus.ids, data.corpus.texts, strict=True)}
    for query, text, group in zip(data.queries.ids, data.queries.texts, data.queries.groups, strict=True):
        asked = spelled(text)
        for document in data.qrels.get(query, ()):
            if data.skip_identical and document == query:
                continue  # is left out of the ranking
            share = documents[document].share(asked, own=document in {query, group})
            if share:
                yield Leak(QUERY_IN_DOCUMENT, query, document, share)


def _same_pairs(data: PairData) -> Iterator[Leak]:
    """Find pairs of the same text that are called different, and pairs that stand twice, either way round."""
    first: dict[tuple[Words, ...], str] = {}
    for pair, left, right, label in zip(data.ids, data.left, data.right, data.labels, strict=True):
        texts = tuple(sorted((spelled(left), spelled(right))))
        if not all(texts):
            continue
        if label == 0 and texts[0] == texts[1]:
            yield Leak(SAME_TEXT, pair, pair, 1.0)
        if first.setdefault(texts, pair) != pair:
            yield Leak(SAME_PAIR, first[texts], pair, 1.0)
