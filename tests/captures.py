"""The real captured listings, and what they hold by a reading that does not use the parser."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curation.errors import NotAListingError
from curation.parse import Listing, parse_listing
from curation.parse.reading import read_listings
from curation.pipeline import Run, run_pipeline
from curation.recipe import Recipe, read_recipe
from curation.sources import TextSource
from curation.split import read_splits
from tests.listing_pages import BOILERPLATE

__all__ = [
    "CAPTURES",
    "DATA",
    "RAW",
    "ROOT",
    "SHARED",
    "Capture",
    "Found",
    "break_by_boilerplate",
    "break_by_deletion",
    "found",
    "gaps",
    "real_recipe",
    "real_run",
    "real_splits",
    "truncations",
]

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
RAW = DATA / "raw"
# Only where the maintainers work; see the marker `shared`.
SHARED = ROOT.parent / "shared"

Pair = tuple[int, str, str, int, int]
Broken = tuple[int, str, tuple[tuple[int, str], ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a page holds: position, title, abstract and both lines of each record; position, rule and lines of each
    rejected one."""

    records: tuple[Pair, ...]
    rejections: tuple[Broken, ...] = ()


def found(listing: Listing) -> Found:
    """What the parser found."""
    return Found(
        tuple(
            (one.position, one.title.text, one.abstract.text, one.title.number, one.abstract.number)
            for one in listing.records
        ),
        tuple(
            (one.position, one.rule, tuple((line.number, line.text) for line in one.lines))
            for one in listing.rejections
        ),
    )


@dataclass(frozen=True, slots=True)
class Capture:
    """A real listing.

    Attributes:
        name: Its file name.
        layout: As seen by eye.
        header: How many of its lines stand above the first title.
        count: How many records it holds.
    """

    name: str
    layout: str
    header: int
    count: int

    @property
    def path(self) -> Path:
        """Where it stands."""
        return RAW / self.name

    def lines(self) -> list[str]:
        """All its lines; neither file has another line end than a line feed."""
        return self.path.read_bytes().decode().split("\n")

    def content_lines(self) -> list[int]:
        """Indices of the lines that hold a title (at even places) or an abstract (at odd ones)."""
        return [number for number, line in enumerate(self.lines()) if number >= self.header and line]

    def records(self) -> tuple[Pair, ...]:
        """Every record: the content lines two by two."""
        lines, content = self.lines(), self.content_lines()
        return tuple(
            (place, lines[title].removeprefix("Subscribe"), lines[abstract], title + 1, abstract + 1)
            for place, (title, abstract) in enumerate(zip(content[::2], content[1::2], strict=True))
        )


CAPTURES = (
    Capture("000_5766b93f8bff0b4f.txt", "A", 2, 196),
    Capture("001_c4a8ff82733ff1ea.txt", "B", 9, 54),
)


def _parse(lines: list[str], name: str) -> Listing:
    return parse_listing(TextSource.of("\n".join(lines).encode(), name))


def _moved(records: tuple[Pair, ...], line: int, by: int) -> tuple[Pair, ...]:
    """The same records after lines were put in (or taken out) at a 1-based line."""

    def now(number: int) -> int:
        return number + by if number >= line else number

    return tuple((place, title, abstract, now(one), now(other)) for place, title, abstract, one, other in records)


def break_by_deletion(capture: Capture, place: int) -> None:
    """Delete one content line (by its place among them) and check that only its own record is lost.

    Raises:
        AssertionError: Another record changed, or the broken one is not rejected with its line and rule.
    """
    lines, content = capture.lines(), capture.content_lines()
    index, number = content[place], place // 2
    records = _moved(capture.records(), index + 2, -1)
    _, title, abstract, title_line, abstract_line = records[number]
    if place % 2:
        broken: Broken = (number, "title_without_abstract", ((title_line, title),))
    else:
        broken = (number, "abstract_without_title", ((abstract_line, abstract),))
    others = (*records[:number], *records[number + 1 :])
    got = found(_parse(lines[:index] + lines[index + 1 :], capture.name))
    assert got.records == others, f"{capture.name}: line {index + 1} deleted, other records changed"
    assert got.rejections == (broken,), f"{capture.name}: line {index + 1} deleted, rejected {got.rejections}"


def break_by_boilerplate(capture: Capture, place: int, text: str) -> None:
    """Put a line of the page's own after a content line and check that only a record around it is lost.

    Raises:
        AssertionError: Another record changed, or the broken one is not rejected with its line and rule.
    """
    lines, index = capture.lines(), capture.content_lines()[place]
    put = [text] if capture.layout == "A" else ["", text]
    records = _moved(capture.records(), index + 2, len(put))
    number = place // 2
    rejections: tuple[Broken, ...] = ()
    if place % 2 == 0:
        _, title, abstract, title_line, abstract_line = records[number]
        rejections = ((number, "boilerplate_in_record", ((title_line, title), (abstract_line, abstract))),)
        records = (*records[:number], *records[number + 1 :])
    got = found(_parse([*lines[: index + 1], *put, *lines[index + 1 :]], capture.name))
    assert got.records == records, f"{capture.name}: {text!r} after line {index + 1}, other records changed"
    assert got.rejections == rejections, f"{capture.name}: {text!r} after line {index + 1}: {got.rejections}"


def truncations(capture: Capture, every: int = 1) -> Iterator[tuple[int, Listing]]:
    """Cut the file inside its last abstract, at every so many bytes: bytes left of the abstract, and the page."""
    content = capture.path.read_bytes()
    start = len(content) - len(capture.records()[-1][2].encode())
    for end in range(start + 1, len(content), every):
        try:
            yield end - start, parse_listing(TextSource.of(content[:end], capture.name))
        except NotAListingError as error:
            raise AssertionError(f"{capture.name} cut at byte {end} is no listing any more") from error


def gaps(capture: Capture) -> list[tuple[int, str]]:
    """Every place between two content lines, with every line of the page's own."""
    return [(place, text) for place in range(len(capture.content_lines()) - 1) for text in BOILERPLATE]


def real_recipe() -> Recipe:
    """The recipe of the published dataset."""
    return read_recipe(DATA / "recipe.toml")


def real_splits() -> dict[str, str]:
    """The committed assignment."""
    return read_splits(DATA / "splits.csv")


@functools.cache
def real_run() -> Run:
    """The whole flow over the real listings, run once."""
    recipe = real_recipe()
    return run_pipeline(read_listings(recipe, DATA / "recipe.toml"), recipe, assigned=real_splits())
