"""A build on an earlier release: every paper keeps id, split and occurrence, whatever else comes or goes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate import DeduplicateStage
from curation.identity import abstract_key, title_key
from curation.parse import Listing, parse_listing
from curation.pipeline import Run, run_pipeline
from curation.recipe import Recipe, read_recipe
from curation.schemas.derive import plain_schema
from curation.schemas.stages import NormalizedRecords
from curation.stage import StageResult
from tests.listing_pages import SENTENCES, Page, source_of
from tests.profiles import examples

Rows = list[dict[str, Any]]
Place = tuple[str, int]

SOURCES = ("0" * 15 + "1", "0" * 15 + "2", "0" * 15 + "3")

# --- the stage alone


def row(source: str, position: int, title: str, abstract: str, level: int = 0, *, cut: bool = False) -> dict[str, Any]:
    return {
        "source_id": source,
        "position": position,
        "title": title,
        "abstract": abstract,
        "math_damage": level,
        "math_damage_spans": [{"start": 0, "end": 1, "kind": "command", "repaired": False}] * bool(level),
        "possibly_truncated": cut,
        "title_key": title_key(title),
        "abstract_key": abstract_key(abstract),
    }


def run(stage: DeduplicateStage, rows: Rows) -> StageResult:
    return stage(pa.Table.from_pylist(rows, schema=plain_schema(NormalizedRecords)))


def papers_of(result: StageResult) -> dict[Place, tuple[str, bool]]:
    """The paper of every occurrence, and whether its text is the paper's."""
    kept = {(one["source_id"], one["position"]): (one["paper_id"], True) for one in result.kept.to_pylist()}
    gone = {(one["source_id"], one["position"]): (one["survivor"], False) for one in result.removed.to_pylist()}
    assert not kept.keys() & gone.keys()
    return kept | gone


def names_of(result: StageResult) -> dict[tuple[str, str], str]:
    rows = result.kept.to_pylist()
    return {(one["title_key"], abstract_key(one["abstract"])): one["paper_id"] for one in rows}


def following(first: StageResult, threshold: float, size: int) -> DeduplicateStage:
    known = frozenset(first.kept["paper_id"].to_pylist())
    return DeduplicateStage(threshold, size, known, names_of(first), papers_of(first))


TEXTS = st.lists(st.sampled_from(["alpha", "beta", "Gamma", "del-ta"]), min_size=1, max_size=7).map(" ".join)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["One", "one!", "Two"]),
        TEXTS | TEXTS.map(lambda text: text.replace("-", "")),
        st.sampled_from(SOURCES),
        st.integers(0, 2),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
).map(lambda drawn: [row(one[2], place, one[0], one[1], one[3], cut=one[4]) for place, one in enumerate(drawn)])
THRESHOLDS = st.sampled_from([0.2, 0.5, 0.6, 0.75, 1.0])


@examples(80)
@given(RECORDS, THRESHOLDS, st.integers(1, 3))
def test_the_same_occurrences_again_go_where_they_went(rows: Rows, threshold: float, size: int) -> None:
    first = run(DeduplicateStage(threshold, size), rows)
    again = run(following(first, threshold, size), rows)
    assert again.kept.equals(first.kept)
    assert sorted(map(str, again.removed.to_pylist())) == sorted(map(str, first.removed.to_pylist()))


@examples(80)
@given(RECORDS, RECORDS, THRESHOLDS, st.integers(1, 3))
def test_what_is_added_changes_nothing_of_what_was_there(rows: Rows, more: Rows, threshold: float, size: int) -> None:
    for one in more:
        one["position"] += 100
    first = run(DeduplicateStage(threshold, size), rows)
    second = run(following(first, threshold, size), [*more, *rows])
    before, after = papers_of(first), papers_of(second)
    assert {place: after[place] for place in before} == before
    names = second.kept["paper_id"].to_pylist()
    assert len(set(names)) == len(names)


@examples(80)
@given(RECORDS, RECORDS, st.sets(st.sampled_from(SOURCES)), THRESHOLDS, st.integers(1, 3))
def test_a_paper_whose_occurrence_is_still_there_keeps_its_id_when_sources_go(
    rows: Rows, more: Rows, gone: set[str], threshold: float, size: int
) -> None:
    for one in more:
        one["position"] += 100
    first = run(DeduplicateStage(threshold, size), rows)
    second = run(following(first, threshold, size), [one for one in [*rows, *more] if one["source_id"] not in gone])
    before, after = papers_of(first), papers_of(second)
    published = {place: paper for place, (paper, taken) in before.items() if taken and place[0] not in gone}
    assert {place: after[place] for place in published} == {place: (paper, True) for place, paper in published.items()}
    names = second.kept["paper_id"].to_pylist()
    assert len(set(names)) == len(names)


# --- the whole flow

RECIPE = read_recipe(None)
ABSTRACTS = [" ".join(SENTENCES[start : start + 6]) for start in range(0, len(SENTENCES) - 5, 3)]


def listing(*records: tuple[str, str], layout: str = "B") -> Listing:
    return parse_listing(source_of(Page(layout, records).content()))


def followed(first: Run, listings: list[Listing], recipe: Recipe = RECIPE, **more: Any) -> Run:
    """Run the flow over these pages, as a build on the release of the first run would."""
    splits = dict(zip(first.papers["paper_id"].to_pylist(), first.papers["split"].to_pylist(), strict=True))
    return run_pipeline(listings, recipe, assigned={**splits, **more.pop("assigned", {})}, names=named(first), **more)


def named(run: Run) -> dict[tuple[str, str], str]:
    records = {(one["source_id"], one["position"]): one for one in run.records.to_pylist()}
    return {
        (title_key(one["title"]), abstract_key(one["abstract"])): paper["paper_id"]
        for paper in run.papers.to_pylist()
        for one in [records[paper["source_id"], paper["position"]]]
    }


def facts(run: Run) -> dict[Place, tuple[str, str]]:
    """Id and split of each paper, by the occurrence its text was taken from."""
    rows = run.papers.select(["source_id", "position", "paper_id", "split"]).to_pylist()
    return {(one["source_id"], one["position"]): (one["paper_id"], one["split"]) for one in rows}


TITLES = st.sampled_from(["Lazy Forests in Crowded Scenes", "Eager Forests on a Tight Budget", "What the Baker Knew"])
PAGES = st.lists(st.tuples(TITLES, st.sampled_from(ABSTRACTS)), min_size=1, max_size=3)


@examples(5)
@given(st.lists(PAGES, min_size=1, max_size=3), st.lists(PAGES, max_size=2), st.data())
def test_papers_keep_id_and_split_when_sources_come_go_and_change_places(
    before: list[list[tuple[str, str]]], added: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    old = {one.source.source_id: one for one in (listing(*records) for records in before)}
    new = {one.source.source_id: one for one in (listing(*records, layout="C") for records in added)}
    first = run_pipeline(list(old.values()), RECIPE)
    kept = data.draw(st.sets(st.sampled_from(sorted(old)), min_size=1))
    listings = data.draw(st.permutations([*(old[name] for name in sorted(kept)), *new.values()]))
    second = followed(first, listings)
    texts = {title_and_abstract: fact for fact, title_and_abstract in by_text(first).items()}
    again = {title_and_abstract: fact for fact, title_and_abstract in by_text(second).items()}
    assert {text: again[text] for text in texts if text in again} == {
        text: fact for text, fact in texts.items() if text in again
    }
    there = {(title_key(one.title.text), abstract_key(one.abstract.text)) for page in listings for one in page.records}
    assert set(texts) & there <= set(again)


def by_text(run: Run) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (paper["paper_id"], paper["split"]): (title_key(paper["title"]), abstract_key(paper["abstract"]))
        for paper in run.papers.to_pylist()
    }


def test_the_assigned_splits_are_followed_and_new_papers_go_by_hash() -> None:
    first = run_pipeline([listing(("Lazy Forests on a Budget", ABSTRACTS[0]))], RECIPE)
    ((place, (paper, split)),) = facts(first).items()
    other = next(name for name in ("train", "test") if name != split)
    second = followed(first, list(first.listings), assigned={paper: other})
    assert facts(second) == {place: (paper, other)}


def shifted(abstract: str) -> str:
    """Nearly the same abstract: only its last word is another."""
    return " ".join([*abstract.split()[:-1], "instead."])


@pytest.mark.parametrize("smaller", [True, False])
@pytest.mark.parametrize("copy", ["near", "exact"])
def test_a_copy_of_a_published_paper_does_not_displace_it_whatever_its_source_id(smaller: bool, copy: str) -> None:
    abstract = f"{ABSTRACTS[0]} We go from d/epsilon to less."  # damaged, and the copy is not
    first = run_pipeline([listing(("Lazy Forests on a Budget", abstract))], RECIPE)
    ((place, fact),) = facts(first).items()
    text = abstract.replace("d/epsilon", "d / epsilon" if copy == "exact" else "much more")
    title = "Lazy Forests on a Budget!" if copy == "exact" else "Eager Forests"
    pages = (listing((title, text), (f"Filler {n} of Many", ABSTRACTS[3])) for n in range(40))
    other = next(one for one in pages if (one.source.source_id < place[0]) == smaller)
    occurrences = {place: (fact[0], True)}
    second = followed(first, [other, *first.listings], occurrences=occurrences)
    assert facts(second)[place] == fact
    merged = [one for one in second.removed.to_pylist() if one["survivor"] == fact[0]]
    assert [(one["source_id"], one["rule"]) for one in merged] == [(other.source.source_id, copy)]
