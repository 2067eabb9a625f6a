"""Reading a release."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.errors import Location, LookupFailedError, ReleaseError
from curation.ledger import edits_by_text
from curation.normalize.edits import Edit
from curation.release.folder import MANIFEST, file_sha256
from curation.release.shape import manifest_faults
from curation.schemas.history import EARLIER, earlier, schema_versions, with_current_columns
from curation.schemas.tables import TABLES, TEXT_ROLES

__all__ = ["Release", "open_release", "require_release", "require_schema"]


@dataclass(frozen=True, slots=True)
class Release:
    """An opened release.

    Attributes:
        folder: Where it is.
        manifest: Its manifest.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def manifest_sha256(self) -> str:
        """The hash of the manifest, which names every other file of the release by its own."""
        return file_sha256(self.folder / MANIFEST)

    def files(self, table: str, split: str | None = None) -> list[str]:
        """Return the paths of a table's files, from the release's folder.

        Args:
            table: The table.
            split: Only this split's.
        """
        splits = self.manifest["tables"][table]
        return [path for name, part in splits.items() if split in (None, name) for path in part["files"]]

    def read(self, table: str, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table, with the columns that the current schema gives it.

        Args:
            table: The table.
            split: Only this split.
            columns: Only these columns, in this order.

        Raises:
            ReleaseError: A file of it is missing or cannot be read.
        """
        if self.manifest["schema_version"] in EARLIER:
            content = with_current_columns(self.read_as_stored(table, split), table)
            return content if columns is None else content.select(columns)
        parts = [self.read_file(path, columns=columns) for path in self.files(table, split)]
        return self._joined(table, parts)

    def read_as_stored(self, table: str, split: str | None = None) -> pa.Table:
        """Read a table with the columns of its files.

        Args:
            table: The table.
            split: Only this split.

        Raises:
            ReleaseError: A file of it is missing or cannot be read.
        """
        return self._joined(table, [self.read_file(path) for path in self.files(table, split)])

    def rows(self, table: str, column: str, value: str) -> pa.Table:
        """Read the rows of a table that hold a value in a column; memory holds few others.

        Raises:
            ReleaseError: A file of it is missing or cannot be read.
        """
        if self.manifest["schema_version"] in EARLIER:
            content = self.read(table)
            return content.filter(pc.equal(content[column], value))
        parts = [self.read_file(path, filters=pc.field(column) == value) for path in self.files(table)]
        return self._joined(table, parts)

    def _joined(self, table: str, parts: Sequence[pa.Table]) -> pa.Table:
        try:
            return pa.concat_tables(parts)
        except pa.ArrowInvalid as error:
            raise ReleaseError(
                f"the files of table {table} do not have the same columns",
                where=Location(self.folder / self.files(table)[0]),
                hint="fetch or build the release again",
            ) from error

    def read_file(
        self, path: str, *, columns: Sequence[str] | None = None, filters: pc.Expression | None = None
    ) -> pa.Table:
        """Read one Parquet file of the release.

        Args:
            path: The file, from the release's folder.
            columns: Only these columns.
            filters: Only rows that fit.

        Raises:
            ReleaseError: It is missing or cannot be read.
        """
        wanted = None if columns is None else list(columns)
        try:
            return pq.read_table(self.folder / path, columns=wanted, filters=filters, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise ReleaseError(
                f"the file cannot be read ({str(error).splitlines()[0]})",
                where=Location(self.folder / path),
                hint="run `curate validate` on the release; fetch or build it again",
            ) from error

    def source(self, name: str) -> dict[str, Any]:
        """Return the manifest's entry of a source.

        Args:
            name: Its `source_id`, the beginning of it (4 digits or more), or its name.

        Raises:
            LookupFailedError: No source, or more than one, is called that.
        """
        sources: list[dict[str, Any]] = self.manifest["sources"]
        found = [
            source
            for source in sources
            if name in (source["source_id"], source["name"])
            or (len(name) >= 4 and source["source_id"].startswith(name))
        ]
        if len(found) != 1:
            known = ", ".join(f"{source['source_id']} ({source['name']})" for source in sources)
            what = f"there is no source {name!r}" if not found else f"{name!r} names {len(found)} sources"
            raise LookupFailedError(
                what, where=Location(self.folder), expected=f"one of {known}", hint="name one of them"
            )
        return found[0]

    def restore(self, source_id: str) -> bytes:
        """Put a captured page together from `segments` and `listings`.

        Raises:
            ReleaseError: The tables do not hold all of it.
        """
        return self.put_together(source_id, self.read("segments"), self.read("listings"))

    def put_together(self, source_id: str, segments: pa.Table, listings: pa.Table) -> bytes:
        """Put a captured page together from tables at hand.

        Args:
            source_id: The page.
            segments: The table of that name.
            listings: The table of that name.

        Raises:
            ReleaseError: The tables do not hold all of it.
        """
        own = pc.equal(listings["source_id"], source_id)
        texts = {
            (row["position"], role): row[role]
            for row in listings.filter(own).select(["position", *TEXT_ROLES]).to_pylist()
            for role in TEXT_ROLES
        }
        rows = segments.filter(pc.equal(segments["source_id"], source_id)).sort_by("start").to_pylist()
        parts: list[bytes] = []
        end = 0
        for row in rows:
            text = texts.get((row["position"], row["role"]))
            raw = row["raw"] if row["role"] not in TEXT_ROLES else None if text is None else text.encode()
            if row["start"] != end or raw is None or len(raw) != row["end"] - row["start"]:
                raise ReleaseError(
                    f"source {source_id} cannot be put together: bytes {end} to {row['end']} do not fit",
                    where=Location(self.folder),
                    hint="run `curate validate` on the release; fetch or build it again",
                )
            parts.append(raw)
            end = row["end"]
        return b"".join(parts)

    def edits_of(self, paper: str | None = None) -> dict[tuple[Any, ...], list[Edit]]:
        """Return the edits by paper and field, in the order they were made.

        Args:
            paper: Only this paper's.
        """
        edits = self.read("edits") if paper is None else self.rows("edits", "paper_id", paper)
        return edits_by_text(edits, ("paper_id",))


def require_release(folder: Path) -> None:
    """Check that a folder is a release; a damaged one is one, too.

    Raises:
        ReleaseError: It is something else, or not there.
    """
    try:
        present = folder.exists()
        is_one = folder.is_dir() and ((folder / MANIFEST).is_file() or any(folder.glob("papers/*.parquet")))
    except OSError as error:
        raise ReleaseError(
            f"the release cannot be read ({error.strerror})", where=Location(folder), hint="check the path"
        ) from error
    if not present:
        raise ReleaseError("there is no such file or folder", where=Location(folder), hint="check the path")
    if not is_one:
        raise ReleaseError(
            "not a release",
            where=Location(folder),
            expected=f"a folder with a {MANIFEST}, as `curate build` makes it",
            hint="check the path",
        )


def open_release(folder: Path) -> Release:
    """Open a release.

    Raises:
        ReleaseError: There is none, or its manifest cannot be read.
    """
    require_release(folder)
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else f"not JSON: {error}"
        raise ReleaseError(
            f"the manifest cannot be read ({why})",
            where=Location(path),
            hint="fetch or build the release again",
        ) from error
    if faults := manifest_faults(manifest):
        raise ReleaseError(
            f"the manifest is damaged or of another kind: {faults[0]}",
            where=Location(path),
            hint="fetch or build the release again",
        )
    later = earlier(manifest["schema_version"]).later_tables
    absent = [
        name
        for name, spec in TABLES.items()
        if name not in later and tuple(manifest["tables"].get(name, ())) != spec.splits
    ]
    if absent:
        raise ReleaseError(f"the manifest lacks table {absent[0]} or one of its splits", where=Location(path))
    return Release(folder, manifest)


def require_schema(release: Release) -> None:
    """Check that the columns of the tables are known here.

    Raises:
        ReleaseError: The release was built with a schema that is not.
    """
    found = release.manifest["schema_version"]
    if found not in schema_versions():
        raise ReleaseError(
            f"the release has schema version {found}",
            where=Location(release.folder),
            expected=f"one of {', '.join(schema_versions())}",
            hint="use the version of the package that built it, or a later one",
        )
