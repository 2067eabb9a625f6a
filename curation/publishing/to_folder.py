"""Publishing into a folder of versions: `PATH/1.2.0/` for each, and `PATH/latest` leading to the newest."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from curation.diff import diff_releases
from curation.errors import Location, OutputError, VersionExistsError
from curation.publishing.plan import Plan, Receipt, bare_plan, release_files, require_follows
from curation.publishing.verify import verify_loads
from curation.references import versions_in
from curation.release.folder import MANIFEST, claim, sync
from curation.release.intact import require_intact
from curation.release.reader import Release, open_release

__all__ = ["FolderTarget"]

LATEST = "latest"
_LEFTOVER = re.compile(rf"\.\d+\.\d+\.\d+-\d+\.partial|\.{LATEST}\.\d+\.link")


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of versions to publish to.

    Attributes:
        path: The folder; it is made if it is not there.
    """

    path: Path

    @property
    def name(self) -> str:
        """The folder, as `--to` and `--previous` take it."""
        return f"folder:{self.path}"

    def plan(self, release: Release, *, dry: bool = False) -> Plan:
        """Look at what is there and return what publishing would do.

        Raises:
            VersionExistsError: The version is there with other content.
            OutdatedBaseError: The newest version there is not the one the release was built on.
            VersionError: The release cannot follow what is there.
            OutputError: The path is a file or a release, or something else stands in the place of the link.
        """
        try:
            self._require_free()
            versions = versions_in(self.path)
        except OSError as error:
            raise OutputError(
                f"the folder cannot be read ({error.strerror})", where=Location(self.path), hint="choose another folder"
            ) from error
        plan = bare_plan(self.name, release)
        files = list(release_files(release).values())
        if plan.version in versions:
            there = open_release(versions[plan.version])
            if there.manifest_sha256 != release.manifest_sha256:
                raise VersionExistsError(
                    f"version {plan.version} is published already, with other content; a version never changes",
                    where=Location(self.path),
                    hint=f"build with `--previous {self.name}`, which gives the release a number of its own",
                )
            require_intact(there)
            latest = self.path / LATEST
            linked = latest.is_symlink() and latest.readlink() == Path(str(max(versions)))
            return replace(plan, state="done" if linked else "finish", kept=files)
        newest = max(versions) if versions else None
        base = None if newest is None else open_release(versions[newest])
        require_follows(release, base, self.name)
        return replace(
            plan,
            added=files,
            creates=not self.path.exists(),
            diff=None if base is None else diff_releases(base, release),
        )

    def _require_free(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise OutputError("this is a file", where=Location(self.path), hint="choose another folder")
        if (self.path / MANIFEST).exists():
            raise OutputError(
                "this is a release, not a folder of versions", where=Location(self.path), hint="choose another folder"
            )
        latest = self.path / LATEST
        if os.path.lexists(latest) and not latest.is_symlink():
            raise OutputError(
                f"`{LATEST}` stands there and is no link",
                where=Location(latest),
                expected="a link to the newest version, or nothing",
                hint="move it away, or choose another folder",
            )

    def carry_out(self, plan: Plan, release: Release, progress: Callable[[str], None]) -> Receipt:
        """Do what the plan says: copy beside, check, rename, lead `latest` there.

        Raises:
            OutdatedBaseError: Another writer was faster.
            OutputError: The folder cannot be written; nothing half-written is left in the place of a version.
            ReleaseError: The copy does not load as the release does.
        """
        place = self.path / str(plan.version)
        try:
            with claim(place):
                plan = self.plan(release)  # nobody else writes now
                self._clear()
                if plan.state == "new":
                    self._put(release, place, progress)
                if plan.state != "done":
                    self._link()
        except OSError as error:
            raise OutputError(
                f"the version cannot be written ({error.strerror})", where=Location(place), hint="free the place"
            ) from error
        files = release_files(release)
        return Receipt(
            target=self.name,
            version=plan.version,
            commit=None,
            tag=str(plan.version),
            files=len(files),
            bytes=sum(one.bytes for one in files.values()),
            already=plan.state == "done",
            url=str(place),
        )

    def _clear(self) -> None:
        """Remove what a killed run left; the folder is claimed, so it is nobody's now."""
        for left in self.path.iterdir():
            if _LEFTOVER.fullmatch(left.name):
                if left.is_symlink():
                    left.unlink()
                else:
                    shutil.rmtree(left, ignore_errors=True)

    def _put(self, release: Release, place: Path, progress: Callable[[str], None]) -> None:
        progress("commit")
        partial = self.path / f".{place.name}-{os.getpid()}.partial"
        try:
            for path in release_files(release):
                (partial / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(release.folder / path, partial / path)
            progress("check")
            copy = open_release(partial)
            require_intact(copy)
            verify_loads(release, str(partial.absolute()))
            for one in sorted(partial.rglob("*")):
                sync(one)
            sync(partial)
            progress("tag")
            partial.rename(place)
            sync(self.path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _link(self) -> None:
        newest = max(versions_in(self.path))
        beside = self.path / f".{LATEST}.{os.getpid()}.link"
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        beside.symlink_to(str(newest), target_is_directory=True)
        beside.replace(self.path / LATEST)
        sync(self.path)
