"""Nothing is lost and every change is on record, whatever record files hold."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate.similarity import jaccard, shingles
from curation.errors import SourceError
from curation.validation import validate
from tests.profiles import examples
from tests.releases import manifest_of
from tests.streaming.record_files import (
    Record,
    all_rows,
    assert_accounted,
    hashes,
    near,
    record,
    removed_rows,
    source_of,
    streamed,
    write,
)

BROKEN: tuple[bytes, ...] = (
    b"{broken",
    b"[1, 2]",
    b'"a text"',
    b'{"title": "Twice", "title": "Twice", "abstract": "Text."}',
    b'{"title": "\xff", "abstract": "Text."}',
    b'{"title": null, "abstract": "Text."}',
    b'{"title": " ", "abstract": "Text."}',
    b'{"title": "No abstract"}',
    b'{"title": "NUL", "abstract": "Text\\u0000."}',
    b'{"title": "Half", "abstract": "Text \\ud800."}',
)
UNFIT: tuple[dict[str, str], ...] = (
    {"abstract": "Too short."},
    {"abstract": "A control character \x01 in a text that is long enough to be published."},
    {"abstract": "word " * 4_000},
)
EDITED = (
    "  Wrapped\n at some\n columns, as listings of arXiv are, with a bound of $O(n^2)$ and $\\alpha$ in it. ",
    "We treat Schr\\\"odinger's equation with ``quotes'' -- and 61\\% of the rest, which is longer than forty.",
    "A ligature: e\ufb03cient, e\u0301clair in parts, a no-break\u00a0space, all in one text of some length.",
)


ORIGINALS = tuple(record(number)["abstract"] for number in range(6))


@st.composite
def lines(draw: st.DrawFn) -> list[Record | bytes]:
    """Records and broken lines: also copies, near copies, other texts under the same title or the same id."""
    found: list[Record | bytes] = []
    originals = st.integers(0, 5).map(record)
    kinds = ("new", "copy", "near", "title", "id", "version", "broken", "unfit", "edited", "nameless")
    for number in range(draw(st.integers(1, 14))):
        kind, original, own = draw(st.sampled_from(kinds)), draw(originals), record(100 + number)
        if kind == "new":
            found.append(original)
        elif kind == "copy":
            found.append(draw(st.sampled_from(found)) if found else original)
        elif kind == "near":
            found.append(near(original, draw(st.integers(1, 12)), 200 + number))
        elif kind == "title":
            found.append(own | {"title": original["title"].upper()})
        elif kind == "id":
            found.append(own | {"id": original["id"]})
        elif kind == "version":
            found.append(own | {"id": f"arXiv:{original['id']}v3", "title": original["title"]})
        elif kind == "broken":
            found.append(draw(st.sampled_from(BROKEN)))
        elif kind == "unfit":
            found.append(own | draw(st.sampled_from(UNFIT)))
        elif kind == "edited":
            found.append(own | {"abstract": draw(st.sampled_from(EDITED))})
        else:
            found.append(own | {"id": draw(st.sampled_from(["", "x", "2401.1", None, 7]))})
    return found


def similarities(release: Path) -> None:
    """Check each merge against the texts themselves: the similarity, and that its rule fits it."""
    listings = {(row["source_id"], row["position"]): row for row in all_rows(release, "listings")}
    papers = {row["paper_id"]: row for row in all_rows(release, "papers")}
    published = {row["paper_id"]: row for row in all_rows(release, "listings") if row["is_survivor"]}
    for row in all_rows(release, "removed"):
        if row["reason"] != "merged":
            continue
        merged = listings[row["source_id"], row["position"]]
        if merged["abstract"] not in EDITED:  # else its published text is not at hand
            found = jaccard(shingles(merged["abstract"], 5), shingles(papers[row["survivor"]]["abstract"], 5))
            assert row["similarity"] == pytest.approx(1.0 if row["rule"] == "exact" else found)
        if row["rule"] == "exact":
            assert merged["abstract"].split() == published[row["survivor"]]["abstract"].split()
        if row["rule"] == "near":
            assert row["similarity"] >= 0.75
        if row["rule"] == "arxiv-id":
            assert row["similarity"] < 0.75
            assert papers[row["survivor"]]["arxiv_id"] is not None


def no_two_alike(release: Path) -> None:
    """Check that what should have merged has: no two papers share an abstract's set, an id or a resemblance."""
    papers = all_rows(release, "papers")
    sets = [shingles(row["abstract"], 5) for row in papers]
    for at, one in enumerate(sets):
        assert all(jaccard(one, other) < 0.75 for other in sets[:at])
    ids = [row["arxiv_id"] for row in papers if row["arxiv_id"] is not None]
    assert len(ids) == len(set(ids))


def fit_for_release(some: list[Record | bytes]) -> bool:
    """Tell whether a record is among them that nothing is wrong with."""
    return any(isinstance(one, dict) and one["abstract"] in EDITED + ORIGINALS for one in some)


@examples(9)
@given(lines(), st.sampled_from([".jsonl", ".jsonl.gz", ".jsonl.zst"]), st.sampled_from([2, 5, 5_000]))
def test_any_records_are_accounted_for_or_refused(some: list[Record | bytes], suffix: str, rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder / f"a{suffix}", some)
        try:
            result = streamed([path], out=folder / "release", rows=rows)
        except SourceError:  # nothing in it that could be published, or none of our columns
            assert {entry.name for entry in folder.iterdir()} == {path.name}
            assert not fit_for_release(some)
            return
        assert_accounted(result.out, {source_of(path): len(some)})
        similarities(result.out)
        no_two_alike(result.out)
        assert {entry.name for entry in folder.iterdir()} == {path.name, "release", str(result.out.readlink())}


@examples(3)
@given(lines(), lines(), st.integers(1, 9))
def test_any_two_files_give_the_same_bytes_in_any_order_and_batch(
    one: list[Record | bytes], two: list[Record | bytes], rows: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [write(folder / "a.jsonl", [record(0), *one]), write(folder / "b.jsonl.gz", [*two, record(1)])]
        whole = streamed(paths, out=folder / "whole")
        parts = streamed(paths[::-1], out=folder / "parts", rows=rows)
        assert hashes(whole.out) == hashes(parts.out)
        assert_accounted(whole.out, {source_of(paths[0]): len(one) + 1, source_of(paths[1]): len(two) + 1})


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record | bytes], Path]:
    """A file with everything, and its release."""
    folder = tmp_path_factory.mktemp("varied")
    some: list[Record | bytes] = [record(0), record(1), record(0), near(record(1), 4, 10), *BROKEN]
    some += [record(20 + at, **unfit) for at, unfit in enumerate(UNFIT)]
    some += [record(30 + at, abstract=text) for at, text in enumerate(EDITED)]
    some += [record(40, title=record(1)["title"]), record(41, id=record(0)["id"])]
    path = write(folder / "varied.jsonl", some)
    return path, some, streamed([path], out=folder / "release", rows=4, processes=2).out


def test_every_record_is_published_or_removed(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    path, some, release = varied
    assert_accounted(release, {source_of(path): len(some)})
    similarities(release)
    rules = removed_rows(release, "position", "line", "stage", "rule")
    assert rules[:2] == [(2, None, "deduplicate", "exact"), (3, None, "deduplicate", "near")]
    assert [(position, line, stage) for position, line, stage, _ in rules[2:12]] == [
        (position, position + 1, "parse") for position in range(4, 14)
    ]
    assert [stage for _, _, stage, _ in rules[12:15]] == ["normalize"] * 3
    assert rules[15:] == [(21, None, "deduplicate", "arxiv-id")]


def test_captured_texts_stand_in_listings_as_in_the_file(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    _, some, release = varied
    found = {row["position"]: row for row in all_rows(release, "listings")}
    for position, row in found.items():
        one = some[position]
        assert isinstance(one, dict)
        assert (row["title"], row["abstract"]) == (one["title"], one["abstract"])
        assert (row["title_line"], row["abstract_line"], row["possibly_truncated"]) == (
            position + 1,
            position + 1,
            False,
        )
    assert {row["math_damage"] for row in all_rows(release, "papers")} == {0}


def test_a_published_text_is_the_captured_one_with_its_edits(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    _, _, release = varied
    texts = {row["abstract"] for row in all_rows(release, "papers")}
    assert "We treat Schrödinger's equation with “quotes” – and 61% of the rest, which is longer than forty." in texts
    wrapped = next(text for text in texts if text.startswith("Wrapped"))
    assert wrapped.startswith("Wrapped at some columns, as listings of arXiv are, with a bound of O(n²) and α in it.")


def test_the_same_title_makes_two_papers_of_two_texts(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    _, _, release = varied
    title = record(1)["title"]
    assert len({row["paper_id"] for row in all_rows(release, "papers") if row["title"] == title}) == 2


def test_a_release_of_records_is_valid(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    assert validate(varied[2]).findings == ()


def test_manifest_names_the_file_and_how_it_was_read(varied: tuple[Path, list[Record | bytes], Path]) -> None:
    path, some, release = varied
    (entry,) = manifest_of(release)["sources"]
    expected: dict[str, Any] = {
        "source_id": source_of(path),
        "name": "varied.jsonl",
        "bytes": path.stat().st_size,
        "format": "jsonl",
        "layout": "records",
        "records": len(some) - len(BROKEN),
        "rejected": len(BROKEN),
        "columns": {},
        "math": "latex",
    }
    assert {key: entry[key] for key in expected} == expected
    assert str(path.parent) not in json.dumps(manifest_of(release))
