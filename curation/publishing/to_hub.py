"""Publishing to the Hub.

The order of the steps is what makes it safe: one commit on top of the newest version and of nothing else
(`parent_commit`), then the check of that commit, then the tag. Stopped between any two of them, the same command finds
out how far it came and does the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from huggingface_hub import CommitInfo

from curation.diff import diff_releases
from curation.diff.version import Version
from curation.errors import Location, OutdatedBaseError, VersionError, VersionExistsError
from curation.hub.failures import is_passing, status_of
from curation.hub.fetch import fetch_release
from curation.hub.repository import KIND, Repository, require_name
from curation.publishing.hub_state import (
    BEFORE_FIRST,
    HUBS_OWN,
    file_changes,
    is_whole,
    require_rights,
    require_token,
    stated_release,
)
from curation.publishing.plan import Plan, Receipt, bare_plan, release_files, require_follows
from curation.publishing.verify import verify_loads
from curation.release.folder import MANIFEST
from curation.release.reader import Release

__all__ = ["HubTarget"]

_CONFLICTS = frozenset({409, 412})


@dataclass(frozen=True, slots=True)
class HubTarget:
    """A dataset on the Hub to publish to.

    Attributes:
        repository: The repository.
        private: Whether it is private if it has to be made.
        create_pr: Whether to open a pull request instead of a commit on `main`.
    """

    repository: Repository
    private: bool = False
    create_pr: bool = False

    @property
    def name(self) -> str:
        """`owner/name`."""
        return self.repository.name

    def plan(self, release: Release, *, dry: bool = False) -> Plan:
        """Look at what is there and return what publishing would do.

        Args:
            release: The release.
            dry: Whether to change nothing at all. Else a version that another writer committed and left untagged is
                tagged, if it is whole.

        Raises:
            VersionExistsError: The version is there with other content.
            OutdatedBaseError: The newest version there is not the one the release was built on.
            VersionError: The release cannot follow what is there.
            RepositoryError: The place is none for it.
            AuthenticationError: The token does not do.
        """
        require_name(self.name)
        require_token(self.repository)
        found = self.repository.references()
        require_rights(self.repository, exists=found is not None, writes=not self.create_pr)
        head, versions = found or (None, {})
        plan = bare_plan(self.name, release)
        ours = (release.folder / MANIFEST).read_bytes()
        if plan.version in versions:
            return self._published(plan, versions[plan.version], release, ours)
        there = self.repository.files(head) if head else {}
        changes = file_changes(release, there)
        made = head is not None and not changes.added and not changes.deleted
        newest = max(versions) if versions else None
        moved = newest is not None and not made and head != versions[newest]
        if moved and self.repository.files(versions[max(versions)]) != there:
            self._refuse_head(str(head), f"version {newest}, as it was tagged", dry=dry)
        if newest is None and not made and set(there) - HUBS_OWN - BEFORE_FIRST:
            self._refuse_head(
                str(head), "a new name, an empty repository, or one with releases of this dataset", dry=dry
            )
        base = None if newest is None else fetch_release(self.name, newest, repository=self.repository)
        require_follows(release, base, self.name)
        if made:
            return replace(plan, state="finish", kept=changes.kept, commit=head)
        return replace(
            plan,
            added=changes.added,
            kept=changes.kept,
            deleted=changes.deleted,
            commit=head,
            creates=found is None,
            private=self.private,
            create_pr=self.create_pr,
            diff=None if base is None else diff_releases(base, release),
        )

    def carry_out(self, plan: Plan, release: Release, progress: Callable[[str], None]) -> Receipt:
        """Do what the plan says: commit, check, tag.

        Raises:
            OutdatedBaseError: Another writer was faster.
            HubError: The Hub refuses or cannot be reached; doing it again goes on from there.
            ReleaseError: What the Hub gives back is not the release; it is not tagged.
        """
        commit, pull_request = plan.commit, None
        if plan.state == "new":
            progress("commit")
            commit, pull_request = self._commit(plan, release)
        assert commit is not None
        if plan.state != "done":
            progress("check")
            verify_loads(
                release,
                self.name,
                commit=commit,
                token=self.repository.token,
                endpoint=self.repository.endpoint,
            )
            if pull_request is None:
                progress("tag")
                self._tag(plan.version, commit)
        files = release_files(release)
        return Receipt(
            target=self.name,
            version=plan.version,
            commit=commit,
            tag=None if pull_request else str(plan.version),
            files=len(files),
            bytes=sum(one.bytes for one in files.values()),
            already=plan.state == "done",
            pull_request=pull_request,
            url=pull_request or f"{self.repository.api.endpoint}/datasets/{self.name}/tree/{plan.version}",
        )

    def _published(self, plan: Plan, commit: str, release: Release, ours: bytes) -> Plan:
        if self.repository.manifest(commit) == ours:
            return replace(plan, state="done", kept=list(release_files(release).values()), commit=commit)
        raise VersionExistsError(
            f"version {plan.version} is published already, with other content; a version never changes",
            where=Location(self.name),
            hint=f"build with `--previous {self.name}`, which gives the release a number of its own",
        )

    def _refuse_head(self, head: str, expected: str, *, dry: bool) -> NoReturn:
        """Refuse a `main` that is no version; one that another writer committed and has not tagged is tagged first."""
        found = stated_release(self.repository, head)
        _, versions = self.repository.references() or (None, {})
        if not dry and found is not None and found[0] not in versions:
            self._wait_for_tag(head)
        if found is None or not is_whole(self.repository, head, found[1]):
            raise VersionError(
                f"`main` (commit {head[:12]}) holds what no release brought there",
                where=Location(self.name),
                expected=expected,
                hint="take it back there (a card's words belong in recipe or template), or choose another name",
            )
        version = found[0]
        if (tagged := versions.get(version, head)) != head:
            raise VersionError(
                f"`main` (commit {head[:12]}) holds version {version} again, which is commit {tagged[:12]}",
                where=Location(self.name),
                expected=expected,
                hint="bring the files of the newest version back to `main`; versions only go forward",
            )
        if not dry:
            self._tag(version, head)
        raise self._outdated(f"version {version} was committed there meanwhile", version)

    def _wait_for_tag(self, head: str) -> None:
        """Give a writer who has committed and is still checking time to tag.

        Raises:
            OutdatedBaseError: The tag came.
        """
        for wait in self.repository.retry.waits():
            time.sleep(wait)
            _, versions = self.repository.references() or (None, {})
            for version, commit in versions.items():
                if commit == head:
                    raise self._outdated(f"version {version} was published there meanwhile", version)

    def _outdated(self, what: str, newest: Version | None) -> OutdatedBaseError:
        on = self.name if newest is None else f"{self.name}@{newest}"
        return OutdatedBaseError(
            what, where=Location(self.name), hint=f"build it again with `--previous {on}`, then publish"
        )

    def _commit(self, plan: Plan, release: Release) -> tuple[str, str | None]:
        """Make the one commit; return its sha and, where one was opened, the address of the pull request."""
        repository = self.repository
        parent = plan.commit
        if plan.creates:
            repository.create(private=self.private)
            parent, versions = repository.references() or (None, {})
            # somebody may have had the same idea at the same time
            if parent is not None and set(repository.files(parent)) - HUBS_OWN:
                raise self._outdated("another writer made it meanwhile", max(versions) if versions else None)
        if self.create_pr and (waiting := self._pull_request(plan, release)) is not None:
            return waiting
        operations = repository.operations(release.folder, [one.path for one in plan.added], plan.deleted)

        def attempt() -> tuple[str, str | None]:
            try:
                made: CommitInfo = repository.api.create_commit(
                    repository.name,
                    operations,
                    commit_message=_title(plan.version),
                    commit_description=plan.reason,
                    repo_type=KIND,
                    parent_commit=parent,
                    create_pr=self.create_pr,
                )
            except Exception as error:
                # the answer may be lost, or late: the Hub knows whether the commit was made
                if not is_passing(error) and status_of(error) not in _CONFLICTS:
                    raise
                if (done := self._made(plan, release, parent)) is not None:
                    return done
                raise
            return made.oid, made.pr_url

        return repository.ask("the commit was not made", attempt)

    def _made(self, plan: Plan, release: Release, parent: str | None) -> tuple[str, str | None] | None:
        """Ask the Hub whether the commit was made, after all.

        Raises:
            OutdatedBaseError: `main` has moved on, and not to this release.
        """
        if self.create_pr:
            return self._pull_request(plan, release)
        head, versions = self.repository.references() or (None, {})
        ours = (release.folder / MANIFEST).read_bytes()
        # another writer may have tagged it and gone on from there
        for commit in filter(None, (versions.get(plan.version), head if head != parent else None)):
            if self.repository.manifest(commit) == ours:
                return commit, None
        if head != parent:
            newest = max(versions) if versions else None
            raise self._outdated("another writer committed first", newest)
        return None

    def _pull_request(self, plan: Plan, release: Release) -> tuple[str, str] | None:
        """Return commit and address of an open pull request with this release."""
        repository = self.repository
        waiting = repository.ask(
            "the pull requests cannot be listed",
            lambda: [
                one
                for one in repository.api.get_repo_discussions(
                    repository.name, repo_type=KIND, discussion_type="pull_request", discussion_status="open"
                )
                if one.title == _title(plan.version)
            ],
        )
        ours = (release.folder / MANIFEST).read_bytes()
        for one in waiting:
            commit = repository.commit_of(f"refs/pr/{one.num}")
            if repository.manifest(commit) == ours:
                return commit, one.url
        return None

    def _tag(self, version: Version, commit: str) -> None:
        """Tag a commit, and see that the tag leads there.

        Raises:
            VersionExistsError: There is such a tag, and it leads elsewhere.
        """
        self.repository.tag(version, commit)
        _, versions = self.repository.references() or (None, {})
        if versions.get(version) != commit:
            raise VersionExistsError(
                f"the tag {version} leads to commit {versions.get(version)}, not to {commit}",
                where=Location(self.name),
                hint=f"build again with `--previous {self.name}`",
            )


def _title(version: Version) -> str:
    return f"Version {version}"
