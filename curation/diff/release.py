"""What changed between two releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from curation.diff.tables import ColumnChange, TableDiff, diff_tables
from curation.diff.words import TEXT_COLUMNS, diff_words
from curation.errors import Location, ReleaseError
from curation.release.reader import Release, require_schema
from curation.schemas.tables import TABLES

__all__ = ["Change", "PaperChange", "ReleaseDiff", "diff_releases"]

LABEL_COLUMNS = ("primary_topic", "primary_topic_name", "topics", "topic_names", "label_source", "topic_scores")
# stands beside the columns of a paper; it is the file's, not the row's
_SPLIT = "split"
# where a paper's text was taken from
_OCCURRENCE = ("source_id", "position")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a paper before and after."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class PaperChange:
    """A paper that is in both releases and differs.

    Attributes:
        paper_id: Its id.
        title: Its title in the newer release.
        changes: The fields that differ.
    """

    paper_id: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """What changed between two releases.

    Attributes:
        old: Name, version, schema version and number of papers of the older one.
        new: The same of the newer one.
        added: Papers that are new: `paper_id`, `title`, `split`.
        removed: Papers that are gone, with the same keys.
        edited: Papers whose text or any other field but the following changed.
        relabelled: Papers whose topics, or who gave them, changed.
        moved: Papers that are in another split.
        retaken: Papers whose text was taken from another occurrence than before.
        tables: Every table of both releases.
        tables_added: Tables that are new.
        tables_removed: Tables that are gone.
        sources_added: Manifest entries of new sources.
        sources_removed: Manifest entries of sources that are gone.
        files: Paths that were added, removed, or have other bytes, without the manifest.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    added: list[dict[str, str]] = field(default_factory=list)
    removed: list[dict[str, str]] = field(default_factory=list)
    edited: list[PaperChange] = field(default_factory=list)
    relabelled: list[PaperChange] = field(default_factory=list)
    moved: list[PaperChange] = field(default_factory=list)
    retaken: list[PaperChange] = field(default_factory=list)
    tables: dict[str, TableDiff] = field(default_factory=dict)
    tables_added: list[str] = field(default_factory=list)
    tables_removed: list[str] = field(default_factory=list)
    sources_added: list[dict[str, Any]] = field(default_factory=list)
    sources_removed: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)

    @property
    def columns(self) -> list[ColumnChange]:
        """Columns that came, went or changed their type, of all tables."""
        return [change for table in self.tables.values() for change in table.columns]

    @property
    def empty(self) -> bool:
        """Whether no row, column or table changed."""
        return not self.breaking() and not self.additions()

    def breaking(self) -> list[str]:
        """Return what is no longer as it was, in words: what makes a version MAJOR."""
        return [
            *_told(self.tables_removed, "table {} dropped"),
            *_told([f"{one.table}.{one.column}" for one in self.columns if one.new is None], "column {} removed"),
            *_told(
                [f"{one.table}.{one.column}" for one in self.columns if one.old and one.new and not one.keeps_values],
                "column {} retyped",
            ),
            *_counted(len(self.sources_removed), "source", "removed"),
            *_counted(len(self.removed), "paper", "removed"),
            *_counted(len(self.edited), "paper", "edited"),
            *_counted(len(self.relabelled), "paper", "relabelled"),
            *_counted(len(self.moved), "paper", "moved to another split"),
            *_counted(len(self.retaken), "paper", "taken from another occurrence"),
            *(
                text
                for name, table in self.tables.items()
                if name != "papers"
                for text in (
                    *_counted(len(table.removed), "row", f"of `{name}` removed"),
                    *_counted(len(table.changed), "row", f"of `{name}` changed"),
                )
            ),
        ]

    def additions(self) -> list[str]:
        """Return what is new beside everything earlier, in words: what makes a version MINOR."""
        return [
            *_counted(len(self.added), "paper", "added"),
            *_counted(len(self.sources_added), "source", "added"),
            *_told(self.tables_added, "table {} added"),
            *_told([f"{one.table}.{one.column}" for one in self.columns if one.old is None], "column {} added"),
            *_told([f"{one.table}.{one.column}" for one in self.columns if one.keeps_values], "names added to {}"),
            *(
                text
                for name, table in self.tables.items()
                if name != "papers"
                for text in _counted(len(table.added), "row", f"added to `{name}`")
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values; changed texts with their difference, word by word."""
        return {
            "old": self.old,
            "new": self.new,
            "breaking": self.breaking(),
            "additions": self.additions(),
            "papers": {
                "added": self.added,
                "removed": self.removed,
                "edited": [_change_as_json(one) for one in self.edited],
                "relabelled": [_change_as_json(one) for one in self.relabelled],
                "moved": [_change_as_json(one) for one in self.moved],
                "retaken": [_change_as_json(one) for one in self.retaken],
            },
            "schema": {
                "tables_added": self.tables_added,
                "tables_removed": self.tables_removed,
                "columns": [asdict(one) for one in self.columns],
            },
            "sources": {"added": self.sources_added, "removed": self.sources_removed},
            "tables": {name: table.counts for name, table in self.tables.items()},
            "files": self.files,
        }


def _change_as_json(one: PaperChange) -> dict[str, Any]:
    fields = []
    for change in one.changes:
        entry = asdict(change)
        if change.field in TEXT_COLUMNS:
            entry["diff"] = [list(piece) for piece in diff_words(change.old or "", change.new or "")]
        fields.append(entry)
    return {"paper_id": one.paper_id, "title": one.title, "fields": fields}


def _counted(number: int, what: str, done: str) -> Iterator[str]:
    if number:
        yield f"{number:,} {what}{'s' * (number != 1)} {done}"


def _told(names: list[str], text: str) -> Iterator[str]:
    yield from (text.format(f"`{name}`") for name in names)


def diff_releases(old: Release, new: Release) -> ReleaseDiff:
    """Compare two releases.

    Args:
        old: The earlier one; of any published schema version.
        new: The later one.

    Raises:
        ReleaseError: A table cannot be read, or a schema version is not known here.
    """
    for release in (old, new):
        require_schema(release)
    before, after = old.manifest["tables"], new.manifest["tables"]
    both = [name for name in after if name in before]
    sources = [{one["source_id"]: one for one in release.manifest["sources"]} for release in (old, new)]
    diff = ReleaseDiff(
        old=_named(old),
        new=_named(new),
        tables_added=[name for name in after if name not in before],
        tables_removed=[name for name in before if name not in after],
        sources_added=[one for name, one in sources[1].items() if name not in sources[0]],
        sources_removed=[one for name, one in sources[0].items() if name not in sources[1]],
        files=_files(old, new),
    )
    for name in both:
        if name == "papers":
            _compare_papers(diff, _papers(old), _papers(new))
        else:
            rows = old.read_as_stored(name), new.read_as_stored(name)
            # of a table that has been dropped since, nothing is known that names its rows
            diff.tables[name] = diff_tables(name, *rows, TABLES[name].sort_key if name in TABLES else ())
    return diff


def _named(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "name": manifest["name"],
        "version": manifest["version"],
        "schema_version": manifest["schema_version"],
        "papers": sum(part["rows"] for part in manifest["tables"]["papers"].values()),
    }


def _papers(release: Release) -> pa.Table:
    parts = []
    for split, part in release.manifest["tables"]["papers"].items():
        for path in part["files"]:
            content = release.read_file(path)
            parts.append(content.append_column(_SPLIT, pa.array([split] * content.num_rows, pa.string())))
    try:
        papers = pa.concat_tables(parts)
    except pa.ArrowInvalid:
        papers = None
    if papers is None or {"paper_id", "title"} - set(papers.column_names):
        raise ReleaseError(
            "the files of table papers lack a column, or do not have the same ones",
            where=Location(release.folder),
            hint="run `curate validate` on the release; fetch or build it again",
        )
    return papers


def _compare_papers(diff: ReleaseDiff, old: pa.Table, new: pa.Table) -> None:
    rows = diff_tables("papers", old, new, TABLES["papers"].sort_key)
    diff.tables["papers"] = rows
    brief = ["paper_id", "title", _SPLIT]
    diff.added.extend(new.select(brief).take(pa.array(rows.added, pa.int64())).to_pylist())
    diff.removed.extend(old.select(brief).take(pa.array(rows.removed, pa.int64())).to_pylist())
    for before, after, columns in rows.changed:
        left, right = (table.slice(row, 1).to_pylist()[0] for table, row in ((old, before), (new, after)))
        for into, wanted in (
            (diff.moved, [name for name in columns if name == _SPLIT]),
            (diff.relabelled, [name for name in columns if name in LABEL_COLUMNS]),
            (diff.retaken, [name for name in columns if name in _OCCURRENCE]),
            (diff.edited, [name for name in columns if name not in (*LABEL_COLUMNS, *_OCCURRENCE, _SPLIT)]),
        ):
            if wanted:
                changes = tuple(Change(name, left[name], right[name]) for name in wanted)
                into.append(PaperChange(right["paper_id"], right["title"], changes))


def _files(old: Release, new: Release) -> dict[str, list[str]]:
    left, right = ({one["path"]: one["sha256"] for one in release.manifest["files"]} for release in (old, new))
    return {
        "added": sorted(set(right) - set(left)),
        "removed": sorted(set(left) - set(right)),
        "changed": sorted(path for path in set(left) & set(right) if left[path] != right[path]),
    }
