"""Tests of splits: the first assignment, the committed one, and papers that come later."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.errors import OutputError, RecipeError
from curation.first_splits import draw_recipe_splits
from curation.identity import abstract_key, short_hash, title_key
from curation.parse import parse_listing
from curation.pipeline import run_pipeline
from curation.recipe import read_recipe
from curation.schemas.stages import SPLITS
from curation.split import SplitStage, draw_splits, read_splits, write_splits
from curation.split.quotas import divide
from tests.captures import DATA, real_recipe, real_run, real_splits
from tests.listing_pages import SENTENCES, Page, source_of
from tests.profiles import examples

RECIPE = read_recipe(None)
SHARES = (0.6, 0.1, 0.3)
TOPICS = ("optimization", "statistics", "time-series", "computer-vision", None)


def ids(count: int, salt: str = "") -> list[str]:
    return [short_hash(f"{salt}{number}".encode()) for number in range(count)]


def papers(topics: list[str | None], salt: str = "") -> pa.Table:
    schema = pa.schema({"paper_id": pa.string(), "primary_topic_name": pa.string()})
    return pa.table([ids(len(topics), salt), topics], schema=schema)


def split_of(
    papers_in: list[str], assigned: dict[str, str], shares: tuple[float, float, float] = SHARES
) -> dict[str, str]:
    """What the stage gives papers; it looks at nothing but their ids."""
    rows = real_run().papers.drop_columns(["split"])
    rows = rows.take([0] * len(papers_in)).set_column(
        rows.column_names.index("paper_id"), "paper_id", pa.array(papers_in, pa.string())
    )
    kept = SplitStage(shares=shares, assigned=assigned)(rows).kept
    return dict(zip(kept["paper_id"].to_pylist(), kept["split"].to_pylist(), strict=True))


def off(drawn: list[str], shares: tuple[float, float, float]) -> float:
    """By how many papers the split that is furthest from its share misses it."""
    counts = Counter(drawn)
    return max(abs(counts[split] - share * len(drawn)) for split, share in zip(SPLITS, shares, strict=True))


# --- the first assignment

SOME_TOPICS = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=80)


@examples(100)
@given(SOME_TOPICS, st.text(max_size=3))
def test_the_whole_is_divided_as_the_shares_say_within_one_paper(topics: list[str | None], salt: str) -> None:
    drawn = draw_splits(papers(topics, salt), SHARES)
    assert set(drawn) == set(ids(len(topics), salt))
    assert off(list(drawn.values()), SHARES) <= 1


@examples(100)
@given(SOME_TOPICS, st.text(max_size=3))
@example(["optimization"] * 6 + ["statistics"] * 8, "")
def test_every_topic_is_divided_as_the_shares_say_within_one_paper(topics: list[str | None], salt: str) -> None:
    drawn = draw_splits(papers(topics, salt), SHARES)
    for topic in set(topics):
        of_topic = [drawn[paper] for paper, one in zip(ids(len(topics), salt), topics, strict=True) if one == topic]
        assert off(of_topic, SHARES) <= 1 + 1e-9


@examples(300)
@given(
    st.dictionaries(st.text("abc", max_size=3), st.integers(0, 40), max_size=12),
    st.lists(st.integers(0, 20), min_size=1, max_size=5).filter(sum),
)
def test_topics_and_the_whole_are_divided_within_one_paper(sizes: dict[str, int], parts: list[int]) -> None:
    shares = [part / sum(parts) for part in parts]
    divided = divide(sizes, shares)
    assert {name: sum(row) for name, row in divided.items()} == sizes
    whole = [sum(row[part] for row in divided.values()) for part in range(len(parts))]
    for size, row in [*((size, divided[name]) for name, size in sizes.items()), (sum(sizes.values()), whole)]:
        assert all(count >= 0 for count in row)
        assert max(abs(count - share * size) for count, share in zip(row, shares, strict=True)) < 1 + 1e-6


@examples(50)
@given(SOME_TOPICS, st.randoms(use_true_random=False))
def test_the_order_of_the_papers_does_not_matter(topics: list[str | None], rng: random.Random) -> None:
    table = papers(topics)
    order = list(range(len(topics)))
    rng.shuffle(order)
    assert draw_splits(table.take(order), SHARES) == draw_splits(table, SHARES)


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.5, 0.0, 0.5), (0.0, 0.0, 1.0)])
def test_a_split_without_a_share_gets_no_paper(shares: tuple[float, float, float]) -> None:
    drawn = draw_splits(papers(["statistics"] * 41), shares)
    later = set(split_of(ids(500, "later"), {}, shares).values())
    for split, share in zip(SPLITS, shares, strict=True):
        assert (split in drawn.values()) == (split in later) == (share > 0)


def test_a_first_assignment_is_drawn_for_a_recipe_without_one() -> None:
    run = run_pipeline(real_run().listings, real_recipe(), assigned=None)
    assert off(run.papers["split"].to_pylist(), SHARES) <= 1


# --- papers that come later


def test_later_papers_go_by_hash_in_the_recipe_s_shares() -> None:
    splits = Counter(split_of(ids(10_000), {}).values())
    for split, share in zip(SPLITS, SHARES, strict=True):
        # five standard deviations of a binomial share
        assert abs(splits[split] / 10_000 - share) < 5 * (share * (1 - share) / 10_000) ** 0.5


@examples(50)
@given(st.sets(st.integers(0, 300), min_size=1), st.sets(st.integers(0, 300)), st.integers(0, 3))
def test_adding_papers_moves_none(some: set[int], more: set[int], known: int) -> None:
    names = ids(301)
    assigned = dict.fromkeys([names[number] for number in sorted(some)[:known]], "validation")
    before = split_of([names[number] for number in some], assigned)
    after = split_of([names[number] for number in some | more], assigned)
    assert {paper: after[paper] for paper in before} == before


def test_an_assigned_paper_keeps_its_split_and_the_others_go_by_hash() -> None:
    free = split_of(ids(300), {})
    other = {paper: SPLITS[(SPLITS.index(split) + 1) % 3] for paper, split in list(free.items())[:100]}
    assert split_of(ids(300), other) == free | other


def test_another_paper_of_the_same_title_added_later_takes_nobodys_name() -> None:
    abstracts = [" ".join(SENTENCES[first : first + 6]) for first in (0, 10)]
    one, other = (
        parse_listing(source_of(Page("B", (("Lazy Forests", abstract),)).content())) for abstract in abstracts
    )
    for before, added in ((one, other), (other, one)):
        first = run_pipeline([before], RECIPE).papers
        assigned = dict(zip(first["paper_id"].to_pylist(), first["split"].to_pylist(), strict=True))
        named = {(title_key(row["title"]), abstract_key(row["abstract"])): row["paper_id"] for row in first.to_pylist()}
        second = run_pipeline([before, added], RECIPE, assigned=assigned, names=named).papers
        assert second.num_rows == len(set(second["paper_id"].to_pylist())) == 2
        names = {row["abstract"]: (row["paper_id"], row["split"]) for row in second.to_pylist()}
        assert names[first["abstract"][0].as_py()] == (first["paper_id"][0].as_py(), first["split"][0].as_py())


# --- the committed assignment


def test_the_committed_assignment_covers_exactly_the_published_papers() -> None:
    assert set(real_splits()) == set(real_run().papers["paper_id"].to_pylist())


def test_the_committed_assignment_is_followed() -> None:
    run = real_run()
    assert dict(zip(run.papers["paper_id"].to_pylist(), run.papers["split"].to_pylist(), strict=True)) == real_splits()


def test_the_committed_assignment_has_the_recipe_s_shares() -> None:
    assert real_recipe().split.shares == SHARES
    assert off(list(real_splits().values()), SHARES) <= 1


def test_a_committed_assignment_is_followed_even_where_another_would_be_drawn() -> None:
    turned = {paper: SPLITS[(SPLITS.index(split) + 1) % 3] for paper, split in real_splits().items()}
    run = run_pipeline(real_run().listings, real_recipe(), assigned=turned)
    assert dict(zip(run.papers["paper_id"].to_pylist(), run.papers["split"].to_pylist(), strict=True)) == turned


# --- assignments as files


def test_an_assignment_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = [(paper, SPLITS[number % 3], f'Title "{number}", naïve\nand long') for number, paper in enumerate(ids(9))]
    write_splits(tmp_path / "splits.csv", rows[::-1])
    assert read_splits(tmp_path / "splits.csv") == {paper: split for paper, split, _ in rows}
    again = tmp_path / "again.csv"
    write_splits(again, rows)
    assert again.read_bytes() == (tmp_path / "splits.csv").read_bytes()


def test_columns_may_be_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    path.write_text("note,split,paper_id\nmine,test,0000000000000001\n", encoding="utf-8")
    assert read_splits(path) == {"0000000000000001": "test"}


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"", "lacks a column", 1),
        (b"paper_id,title\n1,x\n", "lacks a column", 1),
        (b"paper_id,split\n1,train\n2,dev\n", "no split 'dev'", 3),
        (b"paper_id,split\n1\n", "no split", 2),
        (b"paper_id,split\n1,train\n2,test\n1,train\n", "paper 1 is assigned twice", 4),
        (b"paper_id,split\n\xff,train\n", "not UTF-8", None),
    ],
)
def test_a_bad_assignment_is_one_clear_error(tmp_path: Path, content: bytes, message: str, line: int | None) -> None:
    path = tmp_path / "splits.csv"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=message) as caught:
        read_splits(path)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (path, line)


def test_a_missing_assignment_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read") as caught:
        read_splits(tmp_path / "splits.csv")
    assert caught.value.hint


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_papers(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    path.write_text('paper_id,split,title\n1,train,"Lazy Forests\n2,test,Other\n3,test,More\n', encoding="utf-8")
    with pytest.raises(RecipeError):
        read_splits(path)


def test_a_first_assignment_is_written_once_and_never_drawn_over(tmp_path: Path) -> None:
    out = tmp_path / "splits.csv"
    counts = draw_recipe_splits(DATA / "recipe.toml", out)
    drawn = read_splits(out)
    assert counts == Counter(drawn.values())
    assert set(drawn) == set(real_splits())
    before = out.read_bytes()
    with pytest.raises(OutputError, match="the file exists"):
        draw_recipe_splits(DATA / "recipe.toml", out)
    assert out.read_bytes() == before
