"""Leaks: what is to be scored stands where a model may learn it, or a query stands in the document it must find.

Texts are compared as sequences of words in one spelling: case, accents, Unicode forms, punctuation, white space and
invisible characters make no difference. Resemblance is the containment of word 5-grams, |A ∩ B| / min(|A|, |B|)
(A. Z. Broder, "On the resemblance and containment of documents", 1997), not their Jaccard similarity by which
deduplication merges (from 0.75): a part of an abstract that stands in another one must be found whatever their lengths.

The highest values between splits of the 244 published papers: containment 0.033, 6 shared 5-grams, no shared sentence,
no title; 0.32 for a query in its relevant document where the query is no title, 0.82 for a title.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from typing import Final, Protocol, TypeVar

from curation.benchmark.data import LabelledData, LabelledTexts, PairData, RetrievalData, TaskData
from curation.deduplicate.similarity import Shingle
from curation.identity import title_key

__all__ = ["KINDS", "Leak", "SplitPaper", "find_leaks", "leaking_papers", "query_in_document"]

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

# As in deduplication (`curation/deduplicate/similarity.py`).
_GRAM: Final = 5
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

# Scripts without blanks between words: Thai to Tibetan, Burmese, Khmer, kana, Han. Each character counts as a word.
_SPACELESS: Final = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]+")
# Unlike `sentence_spans` it needs no capital letter. It cuts after `e.g.` too, and such pieces are too short to count.
_SENTENCE_END = re.compile(r"[.!?]+[^\w\s]*\s+|[。！？।]+")


_T = TypeVar("_T")


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
        found = _resembling(_labelled(data.train), _labelled(data.test))
    elif isinstance(data, RetrievalData):
        found = _queries_in_documents(data)
    else:
        found = _same_pairs(data)
    return sorted(found, key=lambda leak: (leak.left, leak.right, leak.kind, leak.value))


def leaking_papers(papers: Iterable[SplitPaper]) -> dict[str, Leak]:
    """Return the papers that must not be scored, by `paper_id`, each with its clearest leak.

    These are papers of `validation` or `test` that resemble one of `train`, and papers of `test` that resemble one of
    `validation`. The result does not depend on the order of the papers.
    """
    texts: dict[str, list[_Text]] = defaultdict(list)
    for paper in papers:
        texts[paper.split].append(_text(paper.paper_id, paper.title, paper.abstract))
    found = [
        *_resembling(texts["train"], [*texts["validation"], *texts["test"]]),
        *_resembling(texts["validation"], texts["test"]),
    ]
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
    words = _words(query)
    if not own and len(words) < _FEWEST:
        return 0.0
    return _query_share(words, _words(document), own=own)


# a title is looked for in the abstracts of all papers of its topic
@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text in one spelling."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    if not folded.isascii():
        # accents and other marks, soft hyphens, characters without width
        unseen = [one for one in set(folded) if unicodedata.category(one) in {"Mn", "Mc", "Me", "Cf"}]
        folded = folded.translate(dict.fromkeys(map(ord, unseen)))
    return tuple((_ASCII_WORD if folded.isascii() else _WORD).findall(folded))


def _row(words: Sequence[str]) -> str:
    """Return words in a row with blanks around, so that only whole words are found in it."""
    return f" {' '.join(words)} "


def _grams(words: tuple[str, ...]) -> frozenset[Shingle]:
    return frozenset(zip(*(words[start:] for start in range(_GRAM)), strict=False))


# --- papers


@dataclass(frozen=True, slots=True)
class _Text:
    """What is compared of a paper: its names, and the words of its abstract, or of its title where that is all.

    Attributes:
        paper_id: Its id.
        names: Its id, and its title's key unless that is empty.
        row: All words.
        grams: Its word 5-grams.
        sentences: Its different sentences that are long enough to tell a paper.
    """

    paper_id: str
    names: frozenset[tuple[str, str]]
    row: str
    grams: frozenset[Shingle]
    sentences: frozenset[str]


def _text(paper_id: str, title: str, abstract: str) -> _Text:
    pieces = [_words(piece) for piece in _SENTENCE_END.split(abstract if abstract.strip() else title)]
    words = tuple(chain.from_iterable(pieces))
    sentences = frozenset(_row(piece) for piece in pieces if len(piece) >= _FEWEST)
    names = frozenset({("id", paper_id), ("title", title_key(title))} - {("title", "")})
    return _Text(paper_id, names, _row(words), _grams(words), sentences)


def _labelled(part: LabelledTexts) -> list[_Text]:
    parts = (text.partition("\n\n") for text in part.texts)
    return [_text(name, title, abstract) for name, (title, _, abstract) in zip(part.ids, parts, strict=True)]


def _resembling(known: Sequence[_Text], scored: Sequence[_Text]) -> Iterator[Leak]:
    """Find the leaks between two sides; only texts that have something in common are compared."""
    grams = _shared([text.grams for text in known], [text.grams for text in scored])
    sentences = _shared([text.sentences for text in known], [text.sentences for text in scored])
    names = _shared([text.names for text in known], [text.names for text in scored])
    for text, in_grams, in_sentences, in_names in zip(scored, grams, sentences, names, strict=True):
        for number in in_grams.keys() | in_names.keys():
            leak = _compare(known[number], text, in_grams[number], in_sentences[number])
            if leak is not None:
                yield leak


def _shared(known: Sequence[frozenset[_T]], scored: Sequence[frozenset[_T]]) -> Iterator[Counter[int]]:
    """Count for each scored text the features it shares with the known ones, by their numbers."""
    # most features are in one text only, so only those of both sides are looked at one by one
    both = frozenset[_T]().union(*known) & frozenset[_T]().union(*scored)
    having: dict[_T, list[int]] = defaultdict(list)
    for number, features in enumerate(known):
        for feature in features & both:
            having[feature].append(number)
    for features in scored:
        yield Counter(chain.from_iterable(having[feature] for feature in features & both))


def _compare(known: _Text, scored: _Text, shared: int, spoken: int) -> Leak | None:
    """Return the clearest leak between two texts that have so many n-grams and sentences in common."""
    sides = known.paper_id, scored.paper_id
    if known.paper_id == scored.paper_id:
        return Leak(SAME_PAPER, *sides, 1.0)
    containment = shared / (min(len(known.grams), len(scored.grams)) or 1)
    # n words in a row are n - 4 n-grams
    near = containment >= _CONTAINMENT and shared > (_RUN if containment < 1 else _FEWEST) - _GRAM
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


def _query_share(query: tuple[str, ...], document: tuple[str, ...], *, own: bool) -> float:
    if query and (own or len(query) >= _FEWEST) and query[0] in document and _row(query) in _row(document):
        return 1.0
    if len(query) < _RUN:
        return 0.0
    words = set(document)
    if sum(word in words for word in query) < _QUERY * len(query):
        return 0.0  # not enough of its words are there, in whatever order
    there = _grams(document)
    covered: set[int] = set()
    for start in range(len(query) - _GRAM + 1):
        if query[start : start + _GRAM] in there:
            covered.update(range(start, start + _GRAM))
    share = len(covered) / len(query)
    return share if share >= _QUERY else 0.0


def _queries_in_documents(data: RetrievalData) -> Iterator[Leak]:
    documents = dict(zip(data.corpus.ids, data.corpus.texts, strict=True))
    for query, text, group in zip(data.queries.ids, data.queries.texts, data.queries.groups, strict=True):
        for document in data.qrels.get(query, ()):
            if data.skip_identical and document == query:
                continue  # is left out of the ranking
            own = document in {query, group}
            share = _query_share(_words(text), _words(documents[document]), own=own)
            if share:
                yield Leak(QUERY_IN_DOCUMENT, query, document, share)


def _same_pairs(data: PairData) -> Iterator[Leak]:
    """Find pairs of the same text that are called different, and pairs that stand twice, either way round."""
    first: dict[tuple[tuple[str, ...], ...], str] = {}
    for pair, left, right, label in zip(data.ids, data.left, data.right, data.labels, strict=True):
        texts = tuple(sorted((_words(left), _words(right))))
        if not all(texts):
            continue
        if label == 0 and texts[0] == texts[1]:
            yield Leak(SAME_TEXT, pair, pair, 1.0)
        if first.setdefault(texts, pair) != pair:
            yield Leak(SAME_PAIR, first[texts], pair, 1.0)
