"""What changed between two releases: each kind of change alone, on copies of a release that were forged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.diff import ReleaseDiff, decide_version, diff_releases
from curation.diff.render import as_markdown
from curation.diff.version import Version
from curation.errors import ReleaseError
from curation.release.reader import open_release
from curation.schemas.history import EARLIER, Earlier
from tests.releases import Rows, copy_of, edit_manifest, manifest_of, read_rows, seal, write_rows

SPLITS = ("train", "validation", "test")
KINDS = ("added", "removed", "edited", "relabelled", "moved", "retaken")


def first_paper(release: Path) -> tuple[str, dict[str, Any]]:
    """The first split with papers, and its first paper."""
    return next((split, rows[0]) for split in SPLITS if (rows := read_rows(release, "papers", split)))


@pytest.fixture
def changed(page_release: Path, tmp_path: Path) -> Callable[..., tuple[ReleaseDiff, ReleaseDiff]]:
    """Change a table of a copy; gives the difference to the original, and back."""

    def change(
        what: Callable[[Rows], Rows | None], table: str = "papers", split: str | None = None
    ) -> tuple[ReleaseDiff, ReleaseDiff]:
        copy = copy_of(page_release, tmp_path)
        split = split or (first_paper(copy)[0] if table == "papers" else "train")
        rows = read_rows(copy, table, split)
        write_rows(copy, table, rows if (other := what(rows)) is None else other, split)
        seal(copy, card=False, statistics=False)
        old, new = open_release(page_release), open_release(copy)
        return diff_releases(old, new), diff_releases(new, old)

    return change


def kinds(diff: ReleaseDiff) -> dict[str, int]:
    """Every kind of change there is, and how many of it."""
    found = {kind: len(getattr(diff, kind)) for kind in KINDS}
    found |= {
        f"{name} {done}": n for name, rows in diff.tables.items() if name != "papers" for done, n in rows.counts.items()
    }
    found |= {"columns": len(diff.columns), "tables": len(diff.tables_added) + len(diff.tables_removed)}
    found |= {"sources": len(diff.sources_added) + len(diff.sources_removed)}
    return {kind: number for kind, number in found.items() if number}


def fields(diff: ReleaseDiff, kind: str) -> dict[str, tuple[Any, Any]]:
    (paper,) = getattr(diff, kind)
    return {one.field: (one.old, one.new) for one in paper.changes}


def test_a_release_does_not_differ_from_itself_or_a_copy(page_release: Path, tmp_path: Path) -> None:
    old, copy = open_release(page_release), open_release(copy_of(page_release, tmp_path))
    for new in (old, copy):
        diff = diff_releases(old, new)
        assert diff.empty
        assert kinds(diff) == {}
        assert diff.files == {"added": [], "removed": [], "changed": []}
        assert as_markdown(diff) == ""


def test_a_paper_removed_is_that_and_added_the_other_way_round(
    page_release: Path, changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]]
) -> None:
    split, paper = first_paper(page_release)
    diff, back = changed(lambda rows: rows[1:])
    brief = [{"paper_id": paper["paper_id"], "title": paper["title"], "split": split}]
    assert (kinds(diff), diff.removed) == ({"removed": 1}, brief)
    assert (kinds(back), back.added) == ({"added": 1}, brief)
    assert (diff.breaking(), back.breaking()) == (["1 paper removed"], [])
    assert back.additions() == ["1 paper added"]


@pytest.mark.parametrize("field", ["title", "abstract"])
def test_a_text_edited_is_that_and_its_difference_gives_both_texts_back(
    page_release: Path, changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]], field: str
) -> None:
    _, paper = first_paper(page_release)
    other = paper[field].replace(" ", " [very] ", 1)
    diff, back = changed(lambda rows: rows[0].update({field: other}))
    assert kinds(diff) == kinds(back) == {"edited": 1}
    assert fields(diff, "edited") == {field: (paper[field], other)}
    assert fields(back, "edited") == {field: (other, paper[field])}
    (entry,) = diff.as_json()["papers"]["edited"][0]["fields"]
    assert (entry["old"], entry["new"]) == (paper[field], other)
    assert "".join(before for _, before, _ in entry["diff"]) == paper[field]
    assert "".join(after for _, _, after in entry["diff"]) == other


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("year", 1999, "edited"),
        ("categories", ["cs.LG"], "edited"),
        ("math_damage", 2, "edited"),
        ("math_damage_spans", [{"start": 0, "end": 1, "kind": "command", "repaired": True}], "edited"),
        ("possibly_truncated", True, "edited"),
        ("primary_topic", 3, "relabelled"),
        ("topics", [3, 4], "relabelled"),
        ("label_source", "abstained?", "relabelled"),
        ("topic_scores", [0.5] * 19, "relabelled"),
        ("source_id", "f" * 16, "retaken"),
        ("position", 77, "retaken"),
    ],
)
def test_each_other_column_is_of_its_kind(
    changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]], column: str, value: Any, kind: str
) -> None:
    diff, back = changed(lambda rows: rows[0].update({column: value}))
    assert kinds(diff) == kinds(back) == {kind: 1}
    assert fields(diff, kind)[column][1] == value
    assert decide_version(Version(1, 0, 0), diff).kind == "major"
    assert column.removesuffix("s") in as_markdown(diff) or kind == "retaken"


def test_a_paper_in_another_split_was_moved_and_nothing_else(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    split, paper = first_paper(copy)
    other = next(name for name in SPLITS if name != split)
    write_rows(copy, "papers", read_rows(copy, "papers", split)[1:], split)
    write_rows(copy, "papers", [*read_rows(copy, "papers", other), paper], other)
    seal(copy, card=False)
    diff = diff_releases(open_release(page_release), open_release(copy))
    assert kinds(diff) == {"moved": 1}
    assert fields(diff, "moved") == {"split": (split, other)}
    assert diff.breaking() == ["1 paper moved to another split"]


def test_one_paper_may_have_changed_in_several_ways(
    changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]],
) -> None:
    diff, _ = changed(lambda rows: rows[0].update(title="Another One", topics=[1], position=9))
    assert kinds(diff) == {"edited": 1, "relabelled": 1, "retaken": 1}


def test_rows_of_another_table_are_counted(changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]]) -> None:
    diff, back = changed(lambda rows: rows[1:], "listings")
    assert kinds(diff) == {"listings removed": 1}
    assert (back.breaking(), back.additions()) == ([], ["1 row added to `listings`"])


def test_a_row_changed_in_another_table_is_counted(
    changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]],
) -> None:
    diff, _ = changed(lambda rows: rows[0].update(title="Another One"), "listings")
    assert kinds(diff) == {"listings changed": 1}


def test_the_order_of_the_rows_is_no_change(changed: Callable[..., tuple[ReleaseDiff, ReleaseDiff]]) -> None:
    for diff in changed(lambda rows: rows[::-1], "listings"):
        assert diff.empty
        assert diff.files["changed"] == ["listings/train-00000-of-00001.parquet"]
        assert "listings/train-00000-of-00001.parquet" in as_markdown(diff)


def test_a_source_added_or_removed_is_that(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    (source,) = manifest_of(copy)["sources"]
    more = {**source, "source_id": "f" * 16, "name": "more.txt"}
    edit_manifest(copy, lambda manifest: manifest["sources"].append(more))
    old, new = open_release(page_release), open_release(copy)
    diff, back = diff_releases(old, new), diff_releases(new, old)
    assert (kinds(diff), diff.sources_added, diff.sources_removed) == ({"sources": 1}, [more], [])
    assert (kinds(back), back.sources_added, back.sources_removed) == ({"sources": 1}, [], [more])
    assert (diff.additions(), diff.breaking()) == (["1 source added"], [])
    assert (back.additions(), back.breaking()) == ([], ["1 source removed"])


def rewritten(release: Path, split: str, change: Callable[[pa.Table], pa.Table]) -> None:
    (path,) = manifest_of(release)["tables"]["papers"][split]["files"]
    pq.write_table(change(pq.read_table(release / path, partitioning=None)), release / path)


def test_a_column_added_or_removed_is_that(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    for split in SPLITS:
        rewritten(copy, split, lambda content: content.drop_columns(["year"]))
    old, new = open_release(page_release), open_release(copy)
    diff, back = diff_releases(old, new), diff_releases(new, old)
    assert kinds(diff) == kinds(back) == {"columns": 1}
    assert (diff.breaking(), diff.additions()) == (["column `papers.year` removed"], [])
    assert (back.breaking(), back.additions()) == ([], ["column `papers.year` added"])


@pytest.mark.parametrize("column", ["year", "title", "paper_id"])
def test_papers_whose_splits_have_other_columns_are_one_clear_error(
    page_release: Path, tmp_path: Path, column: str
) -> None:
    copy = copy_of(page_release, tmp_path)
    rewritten(copy, "train", lambda content: content.drop_columns([column]))
    with pytest.raises(ReleaseError, match="lack a column, or do not have the same ones") as caught:
        diff_releases(open_release(page_release), open_release(copy))
    assert caught.value.hint


@pytest.fixture
def with_votes(page_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[int]], Path]:
    """Releases of an earlier schema version that had one more table, with these rows."""
    monkeypatch.setitem(EARLIER, "0.9.0", Earlier(tables=("votes",)))

    def make(values: list[int]) -> Path:
        folder = tmp_path / f"votes-{'-'.join(map(str, values))}"
        folder.mkdir()
        copy = copy_of(page_release, folder)
        (copy / "votes").mkdir()
        path = "votes/train-00000-of-00001.parquet"
        pq.write_table(pa.table({"vote": values}), copy / path)
        part = {"train": {"rows": len(values), "uncompressed_bytes": 1, "files": [path]}}
        edit_manifest(copy, lambda manifest: manifest["tables"].update(votes=part))
        edit_manifest(copy, lambda manifest: manifest.update(schema_version="0.9.0"))
        return copy

    return make


def test_a_table_dropped_is_that(page_release: Path, with_votes: Callable[[list[int]], Path]) -> None:
    diff = diff_releases(open_release(with_votes([1, 2])), open_release(page_release))
    assert kinds(diff) == {"tables": 1}
    assert (diff.tables_removed, diff.breaking()) == (["votes"], ["table `votes` dropped"])
    assert "- table `votes` dropped\n- schema version 0.9.0 → " in as_markdown(diff)


def test_a_table_dropped_since_is_compared_between_releases_that_have_it(
    with_votes: Callable[[list[int]], Path],
) -> None:
    one, same, other = with_votes([1, 2, 2]), with_votes([2, 1, 2]), with_votes([1, 2, 3, 4])
    assert kinds(diff_releases(open_release(one), open_release(same))) == {}
    found = kinds(diff_releases(open_release(one), open_release(other)))
    assert found == {"votes removed": 1, "votes added": 2}


def test_a_release_of_an_unknown_schema_is_refused(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    edit_manifest(copy, lambda manifest: manifest.update(schema_version="9.0.0"))
    for pair in ((page_release, copy), (copy, page_release)):
        with pytest.raises(ReleaseError, match=r"schema version 9\.0\.0"):
            diff_releases(*map(open_release, pair))
