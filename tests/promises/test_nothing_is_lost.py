"""Promise 1: every row and every byte of a source is accounted for, and each source can be given back."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import SourceError
from curation.identity import source_id
from curation.parse import Listing, parse_listing
from curation.pipeline import Run, run_pipeline
from curation.recipe import read_recipe
from curation.release.build import build
from curation.release.reader import open_release
from curation.validation import validate
from tests.captures import CAPTURES, real_run
from tests.listing_pages import SENTENCES, Line, Page, Style, pages, render, source_of
from tests.profiles import examples
from tests.promises.accounts import assert_accounted, real_tables, restored
from tests.stress.operators import OPERATORS, mutate

RECIPE = read_recipe(None)


def parse(content: bytes) -> Listing:
    return parse_listing(source_of(content))


def run_of(*contents: bytes) -> Run:
    """Run the whole flow over pages."""
    return run_pipeline([parse(content) for content in contents], RECIPE)


def four_texts() -> list[tuple[str, str]]:
    """Records whose abstracts share no sentence."""
    return [(f"Lazy Forests, Part {number}", " ".join(SENTENCES[5 * number : 5 * number + 5])) for number in range(4)]


def texts_of(run: Run) -> dict[tuple[str, str], int]:
    """How often each captured text was found as a title with its abstract."""
    pairs = [(row["title"], row["abstract"]) for row in run.records.to_pylist()]
    return {pair: pairs.count(pair) for pair in pairs}


@examples(15)
@given(st.lists(pages(), min_size=1, max_size=3))
def test_generated_pages_are_accounted_for(given_pages: list[Page]) -> None:
    by_content = {page.content(): page for page in given_pages}
    run = run_of(*by_content)
    assert_accounted(run)
    assert run.records.num_rows == sum(len(page.records) for page in by_content.values())


@examples(30)
@given(
    pages(least=2),
    st.lists(st.sampled_from(sorted(OPERATORS)), min_size=1, max_size=5),
    st.integers(0, 2**32),
)
def test_damaged_pages_are_accounted_for_or_refused(page: Page, kinds: list[str], seed: int) -> None:
    try:
        listing = parse(mutate(page.content(), kinds, random.Random(seed)))
    except SourceError:
        return
    assert_accounted(run_pipeline([listing], RECIPE))


@examples(15)
@given(pages(least=2), st.data())
def test_a_deleted_line_costs_the_dataset_one_record_and_no_other(page: Page, data: st.DataObject) -> None:
    lines = page.lines()
    gone = data.draw(st.sampled_from([line for line in lines if line.record is not None]))
    whole = run_of(page.content())
    damaged = run_of(render([line for line in lines if line is not gone], page.layout, page.style))
    assert gone.record is not None
    lost = page.records[gone.record]
    expected = texts_of(whole)
    expected[lost] -= 1
    assert texts_of(damaged) == {pair: count for pair, count in expected.items() if count}
    rejected = [row for row in damaged.removed.to_pylist() if row["reason"] == "rejected"]
    assert [(row["stage"], row["position"]) for row in rejected] == [("parse", gone.record)]
    assert rejected[0]["value"][:50] == lost[gone.role == "title"][:50]
    assert_accounted(damaged)


@pytest.mark.parametrize("char", ["\x01", "\x7f", "\x9f"])
def test_a_record_with_a_control_character_is_rejected_by_itself(char: str) -> None:
    texts = four_texts()
    texts[1] = (texts[1][0], texts[1][1].replace(" the ", f" the{char} "))
    run = run_of(Page("B", tuple(texts)).content())
    (removed,) = run.removed.to_pylist()
    assert (removed["stage"], removed["position"], removed["reason"]) == ("normalize", 1, "rejected")
    assert "no_control_characters" in removed["rule"]
    assert run.papers.num_rows == 3
    assert_accounted(run)


def test_a_broken_rule_is_reported_by_the_name_it_is_declared_with() -> None:
    texts = [(title, abstract.replace(" the ", " the\x01 ")) for title, abstract in four_texts()[:1]]
    run = run_of(Page("B", (*texts, *four_texts()[1:])).content())
    assert run.removed["rule"].to_pylist() == ["abstract: no_control_characters"]


def test_records_that_are_too_short_or_too_long_are_rejected_by_themselves() -> None:
    texts = four_texts()
    texts[2] = (texts[2][0], " ".join(SENTENCES * 4))
    texts[3] = (texts[3][0], "Cut off here")
    run = run_of(Page("C", tuple(texts)).content())
    gone = {row["position"]: row["rule"] for row in run.removed.to_pylist()}
    assert gone == dict.fromkeys((2, 3), "abstract: str_length(40, 10000)")
    assert_accounted(run)


def test_the_same_paper_on_two_pages_is_merged_and_both_pages_are_given_back() -> None:
    texts = tuple(
        (f"Lazy Forests, Part {number}", " ".join(SENTENCES[5 * number : 5 * number + 5])) for number in range(4)
    )
    one, other = Page("A", texts[:3]), Page("C", texts[1:], Style(newline="\r\n", bom=True, trailing="\u00a0"))
    run = run_of(one.content(), other.content())
    assert run.papers.num_rows == 4
    assert [row["rule"] for row in run.removed.to_pylist()] == ["exact", "exact"]
    assert_accounted(run)


def test_the_real_listings_are_accounted_for() -> None:
    run = real_run()
    assert_accounted(run)
    tables = real_tables()
    for capture in CAPTURES:
        content = capture.path.read_bytes()
        assert restored(tables, source_id(content)) == content
    assert [(count.stage, count.rows_in, count.kept, count.merged, count.rejected) for count in run.counts] == [
        ("parse", 250, 250, 0, 0),
        ("normalize", 250, 250, 0, 0),
        ("deduplicate", 250, 244, 6, 0),
        ("enrich", 244, 244, 0, 0),
        ("label", 244, 244, 0, 0),
        ("split", 244, 244, 0, 0),
    ]


def test_a_release_gives_damaged_pages_back_after_the_pages_are_gone(tmp_path: Path) -> None:
    kept = Page("B", tuple(four_texts()))
    lines = kept.lines()
    damaged = {
        "no abstract.txt": render([line for line in lines if line.text != lines[6].text], "B", Style(newline="\r\n")),
        "no title.txt": render([line for line in lines if line.text != lines[7].text], "B", Style(bom=True)),
        "twice the header.txt": render([*lines[:8], Line("new"), *lines[8:]], "B", Style(trailing=" \u00a0")),
        "glued.txt": replace(kept, layout="A", style=Style(newline="\r", last_newline=True)).content(),
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
    build([tmp_path / name for name in damaged], out=tmp_path / "release")
    for name in damaged:
        (tmp_path / name).unlink()
    release = open_release(tmp_path / "release")
    names = {source["name"]: source["source_id"] for source in release.manifest["sources"]}
    assert {name: release.restore(identity) for name, identity in names.items()} == damaged
    assert validate(tmp_path / "release").findings == ()
