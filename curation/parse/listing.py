"""Parsing a captured Hugging Face Papers listing into records, with every byte accounted for.

Three layouts are known, told apart by structure:

- A: lines adjacent, `Subscribe` glued to the first title;
- B: lines separated by blank ones, `Subscribe`, the curator's line and a date on lines of their own;
- C: as B, with a `Daily Papers` line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from curation.errors import Location, NotAListingError
from curation.parse.boilerplate import GLUED_SUBSCRIBE, is_boilerplate, is_signature
from curation.parse.lines import ContentLine, content_lines, is_blank_separated
from curation.parse.pairing import Pair, is_cut_off, looks_like_abstract, pair_lines
from curation.sources.text import TextSource

__all__ = ["Listing", "Record", "Rejection", "Segment", "parse_listing"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of bytes with one role; see the `segments` table."""

    start: int
    end: int
    role: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A title with its abstract, as captured."""

    position: int
    title: ContentLine
    abstract: ContentLine
    possibly_truncated: bool


@dataclass(frozen=True, slots=True)
class Rejection:
    """A broken record: its lines, why, and the place on the page it would have had."""

    position: int
    rule: str
    lines: tuple[ContentLine, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A parsed page.

    Attributes:
        source: What was parsed.
        layout: `A`, `B` or `C`.
        records: Complete records, in page order.
        rejections: Broken ones, in page order.
        segments: All bytes of the source, in order, without gap or overlap.
    """

    source: TextSource
    layout: str
    records: tuple[Record, ...]
    rejections: tuple[Rejection, ...]
    segments: tuple[Segment, ...]


def parse_listing(source: TextSource, where: str | None = None) -> Listing:
    """Parse a captured page.

    A record whose title or abstract is missing, or that has a boilerplate line in its middle, is rejected with its
    lines; the others are paired as if it were not there. A rejected record keeps its place on the page, so the
    positions of the others stay right.

    Args:
        source: The captured text.
        where: What to call the source in an error; its name when missing.

    Raises:
        NotAListingError: The text has none of the page's own lines, or no complete record.
    """
    lines = list(content_lines(source.text))
    where = where or source.name
    if not any(is_signature(line.text) for line in lines):
        raise NotAListingError(
            "none of the lines that a listing page begins with was found",
            where=Location(where, line=lines[0].number),
            expected="a captured Hugging Face Papers page, with a line such as"
            " `Get trending papers in your email inbox!` above the first title",
            hint="capture the page from its top, or check that this is the right file",
        )
    layout = _layout(lines)
    boilerplate, content = _separate(lines)
    records, rejections = _records(content, boilerplate)
    if not records:
        broken = rejections[0] if rejections else None
        raise NotAListingError(
            "the page holds no complete record (a title and its abstract)",
            where=Location(where, line=broken.lines[0].number if broken else lines[-1].number),
            expected="titles, each followed by its abstract on the next line that is not blank",
            hint="capture the page again",
        )
    segments = tuple(_segments(source, boilerplate, records, rejections))
    return Listing(source, layout, tuple(records), tuple(rejections), segments)


def _layout(lines: list[ContentLine]) -> str:
    if not is_blank_separated(lines):
        return "A"
    return "C" if any(line.text == "Daily Papers" for line in lines) else "B"


def _separate(lines: list[ContentLine]) -> tuple[list[ContentLine], list[ContentLine]]:
    """Split lines into boilerplate and content; a glued `Subscribe` becomes a boilerplate line of its own."""
    boilerplate: list[ContentLine] = []
    content: list[ContentLine] = []
    header: list[str] = []
    for line in lines:
        if is_boilerplate(line.text):
            boilerplate.append(line)
            header.append(line.text)
            continue
        glued = GLUED_SUBSCRIBE.match(line.text)
        # only below the page's own lines, and only if the button's word does not stand there by itself
        if glued and header and "Subscribe" not in header:
            middle = line.start + glued.end()
            boilerplate.append(ContentLine(line.number, line.start, middle, glued[0]))
            content.append(ContentLine(line.number, middle, line.end, line.text[glued.end() :]))
        else:
            content.append(line)
        header = []
    return boilerplate, content


def _records(content: list[ContentLine], boilerplate: list[ContentLine]) -> tuple[list[Record], list[Rejection]]:
    records: list[Record] = []
    rejections: list[Rejection] = []
    page_lines = [line.start for line in boilerplate]
    for position, part in enumerate(pair_lines([line.text for line in content])):
        if not isinstance(part, Pair):
            line = content[part.line]
            rule = "abstract_without_title" if looks_like_abstract(line.text) else "title_without_abstract"
            rejections.append(Rejection(position, rule, (line,)))
            continue
        title, abstract = content[part.title], content[part.abstract]
        after_title = bisect_right(page_lines, title.start)
        interrupted = after_title < len(page_lines) and page_lines[after_title] < abstract.start
        if interrupted or GLUED_SUBSCRIBE.match(title.text):
            rejections.append(Rejection(position, "boilerplate_in_record", (title, abstract)))
            continue
        last = part.abstract == len(content) - 1
        records.append(Record(position, title, abstract, last and is_cut_off(abstract.text)))
    return records, rejections


def _segments(
    source: TextSource,
    boilerplate: list[ContentLine],
    records: list[Record],
    rejections: list[Rejection],
) -> Iterator[Segment]:
    marked = [Segment(line.start, line.end, "boilerplate") for line in boilerplate]
    for record in records:
        marked.append(Segment(record.title.start, record.title.end, "title", record.position))
        marked.append(Segment(record.abstract.start, record.abstract.end, "abstract", record.position))
    for rejection in rejections:
        marked += [Segment(line.start, line.end, "rejected", rejection.position) for line in rejection.lines]
    end = 0
    for segment in sorted(marked, key=lambda segment: segment.start):
        if segment.start > end:
            yield Segment(end, segment.start, "separator")
        yield segment
        end = segment.end
    if end < len(source.content):
        yield Segment(end, len(source.content), "separator")
