"""The task `math-repair`: a sentence whose math the listing page stripped finds the sentence as it was meant.

Query: a sentence of an abstract as `curation.benchmark.page_model` strips it (`alpha leq 0.05`). Relevant: the same
sentence with its math readable (`α ≤ 0.05`). Against it stand `DECOYS` sentences that differ from it in some symbols
alone (`β ≤ 0.05`, `α ≫ 0.05`), the other sentences with math of the same abstract, and those of all other abstracts.
The words around the math are the same in query, document and decoys, so only reading the math tells them apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from curation.benchmark.data import Queries, RetrievalData, Texts
from curation.benchmark.page_model import find_remnants, spell_greek, strip_page
from curation.benchmark.scale.draw import Draw, hash_of
from curation.benchmark.scale.readable import readable_math
from curation.benchmark.scale.records import Record
from curation.benchmark.sentences import sentence_spans
from curation.normalize.symbols import SYMBOLS

__all__ = ["DECOYS", "RECORDS_PER_QUERY", "has_damaged_sentence", "make_math_repair"]

DECOYS: Final = 4
"""Sentences with other symbols for each query. A model that does not read the math draws from five: 0.59 nDCG@10."""
RECORDS_PER_QUERY: Final = 3
"""Records to choose from, since queries are passed over whose only symbol has had its share."""
# Queries with the same single symbol, of all: else `8times faster` would be four of ten.
_SHARE_ALIKE: Final = 0.1
# Queries of one abstract, which are not independent, and its sentences in the corpus.
_MOST_QUERIES: Final = 2
_MOST_SENTENCES: Final = 6
_WORDS: Final = (6, 80)
# Longer ones are prose between two prices.
_LONGEST_MATH: Final = 120

_COMMAND = re.compile(r"\\([A-Za-z]+)")
_PROSE_IN_MATH = re.compile(r"(?<![\\{A-Za-z])[a-z]{3,} [a-z]{2,}")
# Symbols that could stand in each other's place; of two names for one character only the first is ever put in.
_KINDS: Final = tuple(
    tuple(names.split())
    for names in (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega",
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
        "leq geq neq ll gg approx sim simeq cong equiv propto lesssim gtrsim prec succ le ge ne leqslant geqslant",
        "times div pm mp cdot ast star circ bullet oplus ominus otimes odot",
        "cup cap setminus wedge vee",
        "in notin subset subseteq supset supseteq",
        "sum prod int bigcup bigcap",
        "ell hbar nabla partial infty Re Im aleph",
        "to rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow uparrow downarrow mapsto",
        "langle rangle lfloor rfloor lceil rceil",
        "forall exists emptyset top bot",
    )
)
_KIND_OF: Final = {name: kind for kind in _KINDS for name in kind}


@dataclass(frozen=True, slots=True)
class _Sentence:
    paper: str
    source: str
    damaged: str
    readable: str
    names: tuple[str, ...]


def has_damaged_sentence(record: Record) -> bool:
    """Whether an abstract has a sentence that can be a query."""
    return any(True for _ in _sentences(record))


def make_math_repair(
    records: Sequence[Record], count: int, *, seed: int, progress: Callable[[int], None] = lambda done: None
) -> RetrievalData:
    """Make queries and corpus.

    Args:
        records: Where they come from, each with an id of its own.
        count: How many queries; the first sentence of every record comes before the second of any.
        seed: Another seed makes others.
        progress: Called with the number of queries made.

    Returns:
        The data; a document's id is a hash of its text, so that it tells nothing.
    """
    sentences = _distinct(records, seed)
    weights = Counter(SYMBOLS[name] for one in sentences for name in one.names)
    by_paper: dict[str, list[_Sentence]] = {}
    for one in sentences:
        by_paper.setdefault(one.paper, []).append(one)
    first = [found[:_MOST_QUERIES] for found in by_paper.values()]
    documents = {_id(one.readable): one.readable for one in sentences}
    queries: list[tuple[str, str, str, str]] = []
    alike: Counter[str] = Counter()
    for one in (one for turn in zip_longest(*first) for one in turn if one is not None):
        if len(queries) == count:
            break
        symbol = one.names[0] if len(one.names) == 1 else ""
        if symbol and alike[symbol] >= max(1, _SHARE_ALIKE * count):
            continue
        decoys = _decoys(one, weights, Draw(seed, one.paper, one.damaged))
        if len(decoys) < DECOYS:
            continue
        alike[symbol] += 1
        documents |= {_id(text): text for text in decoys}
        queries.append((_id(f"{one.paper}\n{one.damaged}"), one.paper, one.damaged, _id(one.readable)))
        progress(len(queries))
    queries.sort()
    ids = sorted(documents)
    return RetrievalData(
        Queries(
            ids=tuple(query[0] for query in queries),
            texts=tuple(query[2] for query in queries),
            groups=tuple(query[1] for query in queries),
        ),
        Texts(tuple(ids), tuple(documents[id_] for id_ in ids)),
        {query[0]: {query[3]: 1} for query in queries},
    )


def _id(text: str) -> str:
    return hash_of(text).hex()[:16]


def _distinct(records: Sequence[Record], seed: int) -> list[_Sentence]:
    """Return the sentences of the records, without any that another one could be taken for.

    Two that are equal when stripped would both answer one query, and one that is as another's query would be found by
    being the same.
    """
    found: list[_Sentence] = []
    seen: set[str] = set()
    for record in records:
        for one in Draw(seed, record.id, "sentences").shuffled(_sentences(record))[:_MOST_SENTENCES]:
            if not {one.damaged, one.readable} & seen:
                seen |= {one.damaged, one.readable}
                found.append(one)
    return found


def _sentences(record: Record) -> Iterator[_Sentence]:
    """Yield the sentences of an abstract whose math the page damages, and of whose math every command is known."""
    if record.abstract.count("$") < 2:
        return
    # the page shows Greek letters as the names of their commands; some of arXiv's abstracts have the letters
    abstract = spell_greek(record.abstract)
    low, high = _WORDS
    for start, end in sentence_spans(abstract):
        source = abstract[start:end]
        if "$" in source and low <= len(source.split()) <= high:
            both = _read(source)
            if both is not None and both[0] != both[1]:
                names = tuple(dict.fromkeys(_COMMAND.findall(source)))
                swappable = tuple(name for name in names if name in _KIND_OF)
                if swappable:
                    yield _Sentence(record.id, source, *both, swappable)


def _read(source: str) -> tuple[str, str] | None:
    """Return a sentence as the page strips it and as it was meant; None where that is not certain."""
    stripped = strip_page(source)
    if source.count("$") != 2 * len(stripped.math) or "\\$" in source or not find_remnants(stripped):
        return None
    parts: list[str] = []
    done = 0
    for start, end in stripped.math:
        math = source[start:end]
        printed = None if len(math) > _LONGEST_MATH or _PROSE_IN_MATH.search(math) else readable_math(math)
        if printed is None:
            return None
        parts += [strip_page(source[done : start - 1]).text, printed]
        done = end + 1
    parts.append(strip_page(source[done:]).text)
    return _line(stripped.text), _line("".join(parts))


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _decoys(sentence: _Sentence, weights: Mapping[str, int], draw: Draw) -> list[str]:
    """Return the sentence with other symbols, each of which the page would have stripped to another text.

    The same names are changed in all of them, each time to symbols that stand nowhere else in them: none of the five
    lies in the middle of the others. A symbol is drawn as often as it stands in the sample: were decoys full of rare
    ones, rarity would give them away. Fewer than `DECOYS` are returned where there are not enough symbols.
    """
    found: list[str] = []
    changed = [name for name in sentence.names if draw.chance(0.5)] or [draw.one_of(sentence.names)]
    used = {SYMBOLS[name] for name in _COMMAND.findall(sentence.source) if name in SYMBOLS}
    for _ in range(DECOYS):
        new: dict[str, str] = {}
        for name in changed:
            free = [one for one in _KIND_OF[name] if SYMBOLS[one] not in used]
            if not free:
                return found
            new[name] = draw.weighted(free, [weights[SYMBOLS[one]] + 1 for one in free])
            used.add(SYMBOLS[new[name]])
        both = _read(_swap(sentence.source, new))
        if both is None or both[0] == sentence.damaged or {*both} & {sentence.readable, *found}:
            return found
        found.append(both[1])
    return found


def _swap(source: str, new: dict[str, str]) -> str:
    def swap(math: re.Match[str]) -> str:
        return _COMMAND.sub(lambda command: "\\" + new.get(command[1], command[1]), math[0])

    return re.sub(r"\$(.+?)\$", swap, source)
