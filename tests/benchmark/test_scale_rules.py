"""The rules by which pairs and damaged sentences are made, on invented texts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.page_model import strip_page
from curation.benchmark.scale.changes import CHANGES, Material, Vocabulary
from curation.benchmark.scale.draw import Draw
from curation.benchmark.scale.lowest import Lowest
from curation.benchmark.scale.math_repair import DECOYS, make_math_repair
from curation.benchmark.scale.near_duplicates import THRESHOLD, make_pairs
from curation.benchmark.scale.readable import readable_math
from curation.benchmark.scale.records import Record
from curation.deduplicate.similarity import jaccard, shingles
from tests.benchmark.test_scale_records import record_lines
from tests.commands import ROOT
from tests.profiles import examples

LINES = [json.loads(line) for line in record_lines(60)]
RECORDS = [
    Record(one["id"], " ".join(one["abstract"].split()), one["categories"].split()[0]) for one in LINES
]  # fmt: skip
WORDS = st.lists(st.text("abcXYZéßИ数0-,.$\\{}'", min_size=1, max_size=8), min_size=1, max_size=60).map(" ".join)
ANY_RECORDS = st.lists(
    st.builds(Record, st.text(min_size=1, max_size=4), WORDS, st.sampled_from(["a", "b"])),
    max_size=8,
    unique_by=lambda record: record.id,
)


# --- near-duplicate


@examples(60)
@given(st.one_of(ANY_RECORDS, st.lists(st.sampled_from(RECORDS), unique=True)), st.integers(0, 40), st.integers(0, 99))
def test_similarity_is_counted_and_labels_follow_from_it(records: list[Record], count: int, seed: int) -> None:
    pairs = make_pairs(records, count, seed=seed)
    assert len(pairs) <= count
    assert list(pairs.ids) == sorted(set(pairs.ids))
    by_id = {record.id: record.abstract for record in records}
    rows = zip(pairs.left, pairs.right, pairs.labels, pairs.similarities, pairs.groups, strict=True)
    for left, right, label, similarity, group in rows:
        assert similarity == jaccard(shingles(left, 5), shingles(right, 5))
        assert label == (similarity >= THRESHOLD)
        assert left != right
        assert by_id[group] in {left, right}
    assert pairs == make_pairs(records, count, seed=seed)


def test_similarities_spread_and_half_of_the_pairs_are_positive() -> None:
    pairs = make_pairs(RECORDS, 200, seed=3)
    assert len(pairs) == 200
    assert sum(pairs.labels) == 100
    tenths = Counter(int(one * 10) for one in pairs.similarities)
    assert all(tenths[tenth] >= 10 for tenth in range(3, 11))
    assert max(Counter(pairs.groups).values()) <= 4
    kinds = {id_.rsplit("-", 1)[1] for id_ in pairs.ids}
    assert kinds == {*CHANGES, "surface", "other"}


@pytest.mark.parametrize("kind", CHANGES)
@examples(20)
@given(WORDS, WORDS, st.integers(0, 9))
def test_every_change_ends_and_leaves_text(kind: str, text: str, other: str, seed: int) -> None:
    material = Material(Vocabulary([text, other]), other)
    steps = list(CHANGES[kind](Draw(seed), text, material))
    assert len(steps) <= max(len(text.split(" ")), 1)
    assert all(steps)


# --- math-repair


@pytest.mark.parametrize("seed", range(4))
def test_a_query_is_what_the_page_makes_of_its_document(seed: int) -> None:
    data = make_math_repair(RECORDS, 50, seed=seed)
    assert len(data.queries) == 50
    assert list(data.queries.ids) == sorted(set(data.queries.ids))
    assert list(data.corpus.ids) == sorted(set(data.corpus.ids))
    assert set(data.queries.groups) <= {record.id for record in RECORDS}
    documents = dict(zip(data.corpus.ids, data.corpus.texts, strict=True))
    stripped = {record.id: strip_page(record.abstract).text for record in RECORDS}
    for id_, group, text in zip(data.queries.ids, data.queries.groups, data.queries.texts, strict=True):
        assert text in stripped[group]
        ((document, relevance),) = data.qrels[id_].items()
        assert relevance == 1
        assert documents[document] != text
        # decoys have the words of the document
        alike = [
            one
            for one in documents.values()
            if one != documents[document] and _prose(one) == _prose(documents[document])
        ]
        assert len(alike) >= DECOYS
    assert not set(data.queries.texts) & set(documents.values())
    assert len(set(documents.values())) == len(documents)
    assert data == make_math_repair(list(RECORDS), 50, seed=seed)


def _prose(text: str) -> list[str]:
    return [word for word in text.split() if word.isascii() and word.isalpha()]


@examples(60)
@given(ANY_RECORDS, st.integers(0, 5))
def test_any_text_can_be_looked_through(records: list[Record], count: int) -> None:
    data = make_math_repair(records, count, seed=0)
    assert len(data.queries) <= count


def test_a_single_symbol_does_not_fill_the_task() -> None:
    records = [
        Record(f"{number}", f"The learner number {number} is a whole $4\\times$ faster than all.", "cs.LG")
        for number in range(100)
    ]
    assert len(make_math_repair(records, 50, seed=0).queries) == 5


def test_a_sentence_is_damaged_and_readable() -> None:
    record = Record("1", r"We show that $\alpha_{t} \leq \frac{1}{n}$ holds for all of the models here.", "cs.LG")
    data = make_math_repair([record], 1, seed=0)
    assert data.queries.texts == (r"We show that alpha_{t} leq 1{n} holds for all of the models here.",)
    ((relevant, _),) = data.qrels[data.queries.ids[0]].items()
    documents = dict(zip(data.corpus.ids, data.corpus.texts, strict=True))
    assert documents.pop(relevant) == "We show that α_{t} ≤ 1/n holds for all of the models here."
    assert len(documents) == DECOYS
    assert all(one.endswith("1/n holds for all of the models here.") for one in documents.values())


@pytest.mark.parametrize(
    ("math", "printed"),
    [
        (r"\alpha_{t} \leq \frac{1}{n}", "α_{t} ≤ 1/n"),
        (r"\frac{x_{i}+1}{\sqrt{d}}", "(x_{i}+1)/(√d)"),
        (r"x \in \mathbb{R}^{d \times \mathrm{dim}}", "x ∈ ℝ^{d × dim}"),
        (r"\hat{\boldsymbol{\epsilon}}", "ε\u0302"),
        (r"90^\circ", "90°"),
        (r"\{1,\dots,n\}", "{1,…,n}"),
        (r"\left(\log n\right)", "(log n)"),
        (r"\mycommand{x}", None),
        (r"\frac12", None),
        (r"{x", None),
        ("\ue000", None),
    ],
)
def test_math_is_read_whole_or_not_at_all(math: str, printed: str | None) -> None:
    assert readable_math(math) == printed


@examples(300)
@given(st.text(r"\{}_^$ abfracsqtmhx12~", max_size=30))
def test_any_math_is_read_or_refused(math: str) -> None:
    printed = readable_math(math)
    assert printed is None or "\\" not in printed


# --- what both stand on


@examples(40)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz")), max_size=20),
    st.integers(1, 9),
    st.randoms(use_true_random=False),
)
def test_the_lowest_are_the_same_in_any_order(given_: list[tuple[str, str]], size: int, random: object) -> None:
    def taken(rows: list[tuple[str, str]]) -> tuple[list[Record], int]:
        lowest = Lowest(size, 0, lambda record: record.abstract != "z")
        for id_, text in rows:
            lowest.offer(Record(id_, text, "c"))
        return lowest.records(), lowest.copies

    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert taken(shuffled) == taken(given_)
    fit = {id_ for id_, text in given_ if text != "z"}
    assert len(taken(given_)[0]) == min(size, len(fit))


def test_choices_are_those_of_every_python() -> None:
    draw = Draw(0, "a")
    assert [draw.below(1000) for _ in range(4)] == [10, 150, 294, 382]
    assert draw.shuffled(range(6)) == [3, 1, 2, 4, 0, 5]


def test_importing_loads_no_library() -> None:
    code = "import sys, curation.benchmark.scale; print(sorted({'pyarrow', 'numpy', 'pandas'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
