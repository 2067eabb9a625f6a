"""The folder a long build works in: what is done stays done when the build is killed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.errors import Location, OutputError, SourceError

__all__ = ["Workspace", "open_workspace", "work_folder"]

_KEY = "key"
_TOLD = "told.json"
_DOWNLOADS = "downloads"
_LOCK = "lock"
_PLAIN, _PACKED = pa.ipc.IpcWriteOptions(), pa.ipc.IpcWriteOptions(compression="lz4")


def work_folder(out: Path) -> Path:
    """Return where the build of a release works."""
    return out.parent / f".{out.name}.work"


class Workspace:
    """Parts that are done, each a folder of Arrow files that appears in one step.

    Args:
        folder: Where they are.

    Attributes:
        packed: Whether parts are put down packed: half of their bytes, for a tenth of the time of a build.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packed = False

    @property
    def downloads(self) -> Path:
        """Where copies of remote sources are kept; they outlive a change of key."""
        return self.folder / _DOWNLOADS

    def use(self, key: str) -> bool:
        """Keep what was done under this key, and clear what was done under another.

        Args:
            key: Names everything that the content of a part depends on.

        Returns:
            Whether there was something to go on from.
        """
        if self.noted(_KEY) == key:
            for partial in self.folder.glob("*/.*"):  # of a build that was killed
                shutil.rmtree(partial, ignore_errors=True) if partial.is_dir() else partial.unlink(missing_ok=True)
            return True
        self._forget_key()
        for entry in self.folder.iterdir():
            if entry.name not in (_LOCK, _DOWNLOADS):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.note(_KEY, key)
        return False

    def part(self, kind: str, number: int) -> Path:
        """Return the folder of a part, done or not."""
        return self.folder / kind / f"{number:06d}"

    def done(self, kind: str) -> set[int]:
        """Return the numbers of the parts of a kind that are done."""
        folder = self.folder / kind
        return {int(path.name) for path in folder.iterdir() if path.name.isdigit()} if folder.is_dir() else set()

    @contextlib.contextmanager
    def writing(self, kind: str, number: int) -> Iterator[Path]:
        """Give an empty folder that becomes a part if all goes well."""
        place = self.part(kind, number)
        partial = place.with_name(f".{place.name}-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            yield partial
            try:
                partial.rename(place)
            except OSError:
                # the same part, made before this build was killed or by a worker that outlived it
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def write(
        self,
        kind: str,
        number: int,
        tables: Mapping[str, pa.Table | Sequence[pa.Table]],
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """Put down a part.

        Args:
            kind: The pass it belongs to.
            number: Of the batch.
            tables: By name; a sequence is kept as so many record batches, which can be read one by one.
            told: Figures of it, plain values.
        """
        with self.writing(kind, number) as folder:
            (folder / _TOLD).write_text(json.dumps(told or {}), encoding="utf-8")
            for name, content in tables.items():
                pieces = [content] if isinstance(content, pa.Table) else content
                with (
                    pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file,
                    pa.ipc.new_file(file, pieces[0].schema, options=_PACKED if self.packed else _PLAIN) as writer,
                ):
                    for piece in pieces:
                        writer.write_batch(_one_batch(piece))

    def read(self, kind: str, number: int, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table of a part, or some of its columns."""
        with self._opened(kind, number, name) as file:
            if columns is None:
                return pa.ipc.open_file(file).read_all()
            names = pa.ipc.open_file(file).schema.names
            options = pa.ipc.IpcReadOptions(included_fields=[names.index(column) for column in columns])
            return pa.ipc.open_file(file, options=options).read_all()

    def read_piece(self, kind: str, number: int, name: str, piece: int) -> pa.Table:
        """Read one record batch of a table of a part."""
        with self._opened(kind, number, name) as file:
            return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(piece)])

    def _opened(self, kind: str, number: int, name: str) -> pa.NativeFile:
        # mapped: nothing is copied, and the memory is the system's to take back
        return pa.memory_map(str(self.part(kind, number) / f"{name}.arrow"), "r")

    def told(self, kind: str, number: int) -> dict[str, Any]:
        """Return the figures of a part."""
        found: dict[str, Any] = json.loads((self.part(kind, number) / _TOLD).read_text(encoding="utf-8"))
        return found

    def note(self, name: str, value: Any) -> None:
        """Keep a plain value, whole or not at all."""
        path = self.folder / f"{name}.json"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(value), encoding="utf-8")
        partial.replace(path)

    def noted(self, name: str) -> Any:
        """Return a value that was kept, None if none was."""
        try:
            return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def remove(self) -> None:
        """Remove everything: the work is finished, or cannot be."""
        self._forget_key()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_key(self) -> None:
        # before anything else goes: a build that is killed here leaves nothing that passes for done
        (self.folder / f"{_KEY}.json").unlink(missing_ok=True)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


@contextlib.contextmanager
def open_workspace(out: Path) -> Iterator[Workspace]:
    """Open the folder that the build of a release works in, for one build at a time.

    It stays when the build is killed, interrupted or runs out of space, so that the next one goes on from there.

    Args:
        out: Where the release is to be.

    Raises:
        OutputError: It cannot be made, or another build is at work in it.
    """
    folder = work_folder(out)
    made = [above for above in folder.parents if not above.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise OutputError(
            f"the folder for work in progress cannot be made ({error.strerror})",
            where=Location(folder),
            hint="choose another --out, or free the place",
        ) from error
    with lock:
        try:
            # of this process alone: workers that outlive it for a moment do not hold it
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                "another build of this release is at work",
                where=Location(folder),
                hint="wait for it, or choose another --out",
            ) from error
        work = Workspace(folder)
        try:
            yield work
        except SourceError:
            work.remove()  # with another content nothing of this could be used
            for above in made:
                with contextlib.suppress(OSError):
                    above.rmdir()
            raise
        except OSError as error:
            raise OutputError(
                f"the work in progress cannot be written ({error.strerror or error})",
                where=Location(folder),
                hint=f"free the place and run the same command again, it goes on from what is done; or remove {folder}",
            ) from error
