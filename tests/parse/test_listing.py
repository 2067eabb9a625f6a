"""Tests of parsing captured pages."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import NotAListingError
from curation.parse import Listing, parse_listing
from curation.parse.pairing import is_cut_off
from tests.captures import (
    CAPTURES,
    SHARED,
    Capture,
    Found,
    break_by_boilerplate,
    break_by_deletion,
    found,
    gaps,
    truncations,
)
from tests.listing_pages import BOILERPLATE, EMAIL, LAYOUTS, PLAIN, Line, Page, Style, pages, render, source_of
from tests.profiles import examples

SAMPLE = 150

RECORDS = tuple(
    (title, " ".join(PLAIN[first : first + 5]))
    for first, title in enumerate(("Lazy Forests on a Budget", "3D Scenes under Label Shift", "Who Needs Embeddings?"))
)
REAL = pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.layout)


def parse(content: bytes) -> Listing:
    return parse_listing(source_of(content))


def pairs(listing: Listing) -> list[tuple[int, str, str]]:
    return [(record.position, record.title.text, record.abstract.text) for record in listing.records]


def rejected(listing: Listing) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(one.position, one.rule, tuple(line.text for line in one.lines)) for one in listing.rejections]


# --- layouts and styles


@examples(150)
@given(pages())
def test_every_layout_is_found_from_structure_in_every_style(page: Page) -> None:
    listing = parse(page.content())
    assert listing.layout == page.layout
    assert pairs(listing) == page.pairs()
    assert listing.rejections == ()


@examples(60)
@given(pages())
def test_line_ends_marks_and_blanks_change_no_pair_and_no_line_number(page: Page) -> None:
    plain = parse(replace(page, style=Style()).content())
    assert found(parse(page.content())) == found(plain)


@examples(150)
@given(pages())
def test_segments_cut_the_bytes_into_what_they_say(page: Page) -> None:
    content = page.content()
    listing = parse(content)
    end = 0
    texts: dict[str, list[str]] = {}
    for segment in listing.segments:
        assert segment.start == end < segment.end
        end = segment.end
        texts.setdefault(segment.role, []).append(content[segment.start : segment.end].decode())
    assert end == len(content)
    assert texts["title"] == [title for title, _ in page.records]
    assert texts["abstract"] == [abstract for _, abstract in page.records]
    assert all(text.strip().strip("\ufeff").strip() == "" for text in texts["separator"])
    header = ["Subscribe" if line.record == 0 else line.text for line in page.lines()[: len(texts["boilerplate"])]]
    assert texts["boilerplate"] == header


# --- the real listings


@REAL
def test_every_record_of_a_real_listing_is_found(capture: Capture) -> None:
    listing = parse(capture.path.read_bytes())
    assert found(listing) == Found(capture.records())
    assert len(listing.records) == capture.count
    assert listing.layout == capture.layout
    assert not any(record.possibly_truncated for record in listing.records)


@REAL
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\r"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\n", b" \t\n"),
        lambda content: content.replace(b"\n", "\u00a0\n".encode()),
        lambda content: content + b"\n",
        lambda content: content + b"\r\n\r\n \r\n",
    ],
    ids=["CRLF", "CR", "BOM", "trailing blanks", "no-break spaces", "last newline", "blank end"],
)
def test_a_real_listing_saved_in_another_way_holds_the_same(capture: Capture, change: object) -> None:
    assert callable(change)
    assert found(parse(change(capture.path.read_bytes()))) == Found(capture.records())


@REAL
def test_a_deleted_line_of_a_real_listing_harms_only_its_record(capture: Capture) -> None:
    content = range(len(capture.content_lines()))
    for place in random.Random(0).sample(content[::2], min(SAMPLE, len(content) // 2)):
        break_by_deletion(capture, place)
        break_by_deletion(capture, place + 1)


@REAL
def test_a_repeated_line_of_the_page_s_own_harms_only_the_record_around_it(capture: Capture) -> None:
    for place, text in random.Random(1).sample(gaps(capture), SAMPLE):
        break_by_boilerplate(capture, place, text)


@REAL
def test_a_real_listing_cut_inside_its_last_abstract_keeps_and_flags_it(capture: Capture) -> None:
    cuts = list(truncations(capture, every=29))
    assert len(cuts) > 25
    for shown, listing in cuts:
        *others, last = listing.records
        full = capture.records()
        assert [record.title.text for record in listing.records] == [record[1] for record in full]
        assert last.abstract.text == full[-1][2].encode()[:shown].decode().strip()
        assert last.possibly_truncated == is_cut_off(last.abstract.text)
        assert not any(record.possibly_truncated for record in others)
        assert listing.rejections == ()


@pytest.mark.shared
@pytest.mark.parametrize(("layout", "header"), [("A", 2), ("B", 5), ("C", 6)])
def test_the_beginning_of_another_capture_is_read(layout: str, header: int) -> None:
    path: Path = SHARED / "listings" / f"layout-{layout.lower()}-start.txt"
    if not path.exists():
        pytest.skip("third-party captures, which the project may read but not hold")
    listing = parse(path.read_bytes())
    lines = [line for line in path.read_bytes().decode().splitlines() if line.strip()][header:]
    lines[0] = lines[0].removeprefix("Subscribe") if layout == "A" else lines[0]
    assert listing.layout == layout
    assert [text for record in listing.records for text in (record.title.text, record.abstract.text)] == [
        line.strip() for line in lines[: 2 * len(listing.records)]
    ]
    assert len(lines) - 2 * len(listing.records) == len(listing.rejections) <= 1
    if not listing.rejections:
        assert listing.records[-1].possibly_truncated


# --- broken records on invented pages


@examples(150)
@given(pages(least=2), st.data())
def test_a_deleted_line_harms_only_its_record(page: Page, data: st.DataObject) -> None:
    lines = page.lines()
    gone = data.draw(st.sampled_from([line for line in lines if line.record is not None]))
    assert gone.record is not None
    listing = parse(render([line for line in lines if line is not gone], page.layout, page.style))
    title, abstract = page.records[gone.record]
    lone = ("abstract_without_title", (abstract,)) if gone.role == "title" else ("title_without_abstract", (title,))
    assert pairs(listing) == [pair for pair in page.pairs() if pair[0] != gone.record]
    assert rejected(listing) == [(gone.record, *lone)]


@examples(150)
@given(pages(least=2), st.sampled_from(BOILERPLATE), st.data())
def test_a_repeated_line_of_the_page_harms_only_the_record_around_it(
    page: Page, text: str, data: st.DataObject
) -> None:
    lines = page.lines()
    before = data.draw(st.sampled_from([line for line in lines if line.record is not None][:-1]))
    place = lines.index(before) + 1
    listing = parse(render([*lines[:place], Line(text), *lines[place:]], page.layout, page.style))
    harmed = before.record if before.role == "title" else None
    assert pairs(listing) == [pair for pair in page.pairs() if pair[0] != harmed]
    assert rejected(listing) == ([] if harmed is None else [(harmed, "boilerplate_in_record", page.records[harmed])])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_two_broken_records_harm_nothing_between_them(layout: str) -> None:
    page = Page(layout, tuple((f"{title} {number}", text) for number in range(3) for title, text in RECORDS))
    lines = page.lines()
    gone = {
        next(line for line in lines if (line.role, line.record) == where) for where in (("title", 2), ("abstract", 6))
    }
    listing = parse(render([line for line in lines if line not in gone], layout, page.style))
    assert [pair[0] for pair in pairs(listing)] == [0, 1, 3, 4, 5, 7, 8]
    assert pairs(listing) == [pair for pair in page.pairs() if pair[0] not in {2, 6}]
    assert [one[:2] for one in rejected(listing)] == [(2, "abstract_without_title"), (6, "title_without_abstract")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_last_abstract_without_a_sentence_s_end_is_kept_and_flagged(layout: str) -> None:
    cut = (*RECORDS[:2], (RECORDS[2][0], RECORDS[2][1][:-1]))
    listing = parse(Page(layout, cut).content())
    assert pairs(listing)[-1] == (2, *cut[2])
    assert [record.possibly_truncated for record in listing.records] == [False, False, True]


def test_an_earlier_abstract_without_a_sentence_s_end_is_not_flagged() -> None:
    listing = parse(Page("B", ((RECORDS[0][0], RECORDS[0][1][:-1]), *RECORDS[1:])).content())
    assert [record.possibly_truncated for record in listing.records] == [False, False, False]


# --- the subscribe button


@pytest.mark.parametrize(
    "title", ["Sparse Forests", "3D Scenes", "Über-Fitting Revisited", "Subscriber Churn, Explained"]
)
def test_the_button_s_word_is_cut_from_the_first_title_of_layout_a(title: str) -> None:
    page = Page("A", ((title, RECORDS[0][1]), *RECORDS[1:]))
    assert pairs(parse(page.content())) == page.pairs()


@pytest.mark.parametrize("title", ["iForests on a Budget", "xScene: 3D under Label Shift", '"Forest" Is All You Need'])
def test_the_button_s_word_is_cut_from_a_first_title_that_begins_otherwise(title: str) -> None:
    page = Page("A", ((title, RECORDS[0][1]), *RECORDS[1:]))
    assert pairs(parse(page.content())) == page.pairs()


@pytest.mark.parametrize(("layout", "number"), [("A", 1), ("B", 0), ("B", 1), ("C", 2)])
def test_a_title_that_seems_to_hold_the_button_s_word_is_rejected_and_never_cut(layout: str, number: int) -> None:
    doubtful = ("SubscribeNet: Churn Models on a Budget", RECORDS[number][1])
    page = Page(layout, (*RECORDS[:number], doubtful, *RECORDS[number + 1 :]))
    listing = parse(page.content())
    assert pairs(listing) == [pair for pair in page.pairs() if pair[0] != number]
    assert rejected(listing) == [(number, "boilerplate_in_record", doubtful)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pages_saved_one_after_the_other_in_a_file_keep_all_their_records(layout: str) -> None:
    page = Page(layout, RECORDS)
    listing = parse(page.content() + b"\n\n" + page.content())
    assert [pair[1:] for pair in pairs(listing)] == [*RECORDS, *RECORDS]
    assert [pair[0] for pair in pairs(listing)] == list(range(6))


# --- what is no listing


def test_text_without_a_line_of_the_page_s_own_is_no_listing() -> None:
    text = "\n".join(text for record in RECORDS for text in record)
    with pytest.raises(NotAListingError, match="none of the lines that a listing page begins with") as caught:
        parse(text.encode())
    assert caught.value.where is not None
    assert caught.value.where.line == 1
    assert caught.value.hint


@pytest.mark.parametrize(
    "texts", [[], ["Lazy Forests on a Budget"], [RECORDS[0][1]]], ids=["empty", "title", "abstract"]
)
def test_a_page_without_a_complete_record_is_no_listing(texts: list[str]) -> None:
    with pytest.raises(NotAListingError, match="no complete record") as caught:
        parse("\n".join([EMAIL, *texts]).encode())
    assert caught.value.where is not None
    assert caught.value.where.line == 1 + len(texts)
