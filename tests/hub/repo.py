"""A repository: commits, references and files, kept as git would keep them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from tests.hub.attributes import FRESH, add_line, is_lfs
from tests.hub.objects import Commit, Entry, Kind, Pull, git_oid
from tests.hub.replies import HubError, entry_not_found, revision_not_found

__all__ = ["Repo", "delete_file", "delete_folder"]

_BIG = 10 * 1024 * 1024
_FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_PULL = re.compile(r"refs/pr/(\d+)")


class Repo:
    """One repository. All that changes it holds `lock`."""

    def __init__(self, repo_id: str, kind: Kind, private: bool, gated: bool, owner: str) -> None:
        self.id = repo_id
        self.kind: Kind = kind
        self.private = private
        self.gated = gated
        self.granted: set[str] = set()
        self.lock = threading.RLock()
        self.objects: dict[str, Commit] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.pulls: dict[int, Pull] = {}
        self.blobs: dict[str, bytes] = {}
        self.lfs: dict[str, bytes] = {}
        self._pull_heads: dict[int, str] = {}
        first = self.entry(FRESH, lfs=False)
        self.branches["main"] = self._record(None, {".gitattributes": first}, "initial commit", "", owner).oid

    # what tests look at

    @property
    def commits(self) -> list[Commit]:
        """The commits of main, oldest first."""
        return self.history("main")[::-1]

    @property
    def all_commits(self) -> list[Commit]:
        """Every commit of any reference or of none, in the order they were made."""
        with self.lock:
            return list(self.objects.values())

    def head(self, revision: str = "main") -> str:
        """Return the commit id of a revision."""
        return self.resolve(revision).oid

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Return the content of all files of a revision, LFS files as themselves."""
        return {path: self.content(entry) for path, entry in self.resolve(revision).files.items()}

    def refs(self) -> dict[str, str]:
        """Return every reference by its full name."""
        with self.lock:
            return {
                **{f"refs/heads/{name}": oid for name, oid in self.branches.items()},
                **{f"refs/tags/{name}": oid for name, oid in self.tags.items()},
                **{f"refs/pr/{num}": oid for num, oid in self._pull_heads.items()},
            }

    # reading

    def content(self, entry: Entry) -> bytes:
        """Return the bytes of a file."""
        return self.blobs[entry.oid] if entry.sha256 is None else self.lfs[entry.sha256]

    def resolve(self, revision: str) -> Commit:
        """Return the commit of a branch, tag, pull request, full reference or commit id (or its beginning)."""
        with self.lock:
            refs = self.refs()
            for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
                if name in refs:
                    return self.objects[refs[name]]
            if revision in self.objects:
                return self.objects[revision]
            if re.fullmatch(r"[0-9a-f]{7,39}", revision):
                found = [oid for oid in self.objects if oid.startswith(revision)]
                if len(found) == 1:
                    return self.objects[found[0]]
        raise revision_not_found(revision)

    def history(self, revision: str) -> list[Commit]:
        """Return the commits a revision has behind it, newest first."""
        with self.lock:
            commits = [self.resolve(revision)]
            while (parent := commits[-1].parent) is not None:
                commits.append(self.objects[parent])
            return commits

    def last_change(self, commit: Commit, path: str) -> Commit:
        """Return the commit that last changed a file, or anything in a folder."""
        while commit.parent is not None:
            before = self.objects[commit.parent]
            inside = {name for name in {*commit.files, *before.files} if name == path or name.startswith(f"{path}/")}
            if any(commit.files.get(name) != before.files.get(name) for name in inside):
                break
            commit = before
        return commit

    # writing

    def entry(self, content: bytes, *, lfs: bool) -> Entry:
        """Store a file and return its entry."""
        if not lfs:
            oid = git_oid(content)
            self.blobs[oid] = content
            return Entry(oid, len(content))
        sha256 = hashlib.sha256(content).hexdigest()
        self.lfs[sha256] = content
        return self.lfs_entry(sha256)

    def lfs_entry(self, sha256: str) -> Entry:
        """Return the entry of an LFS object that was uploaded."""
        content = self.lfs.get(sha256)
        if content is None:
            raise HubError(400, f"LFS pointer pointed to a file that does not exist: {sha256}")
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}\n".encode()
        return Entry(git_oid(pointer), len(content), sha256, len(pointer))

    def attributes(self, commit: Commit) -> bytes:
        """Return the .gitattributes of a commit."""
        entry = commit.files.get(".gitattributes")
        return b"" if entry is None else self.content(entry)

    def upload_mode(self, commit: Commit, path: str, size: int, sample: bytes) -> Literal["lfs", "regular"]:
        """Return how the Hub wants a file: by name, size, or because it looks binary."""
        return "lfs" if size > _BIG or b"\0" in sample or is_lfs(self.attributes(commit), path) else "regular"

    def commit(
        self,
        branch: str,
        change: Callable[[dict[str, Entry]], None],
        *,
        message: str,
        description: str = "",
        author: str,
        parent: str | None = None,
    ) -> Commit:
        """Commit to a branch or refs/pr/N what `change` makes of its files; `parent` must be its head, if given."""
        with self.lock:
            head = self.writable_head(branch)
            if parent is not None and self.resolve(parent).oid != head.oid:
                raise HubError(412, "A commit has happened since. Please refresh and try again.")
            made = self._record(head.oid, self._changed(head, change), message, description, author)
            self._move(branch, made.oid)
            return made

    def writable_head(self, branch: str) -> Commit:
        """Return the head of a branch or open pull request."""
        with self.lock:
            name = branch.removeprefix("refs/heads/")
            if name in self.branches:
                return self.objects[self.branches[name]]
            if (match := _PULL.fullmatch(branch)) and int(match[1]) in self._pull_heads:
                return self.objects[self._pull_heads[int(match[1])]]
        raise revision_not_found(branch)

    def open_pull(
        self,
        base: str,
        change: Callable[[dict[str, Entry]], None] | None,
        *,
        title: str,
        description: str = "",
        author: str,
        parent: str | None = None,
    ) -> tuple[Pull, Commit]:
        """Open a pull request on `base`, from `parent` if given, with one commit unless `change` is None."""
        with self.lock:
            start = self.writable_head(base) if parent is None else self.resolve(parent)
            made = start
            if change is not None:
                made = self._record(start.oid, self._changed(start, change), title, description, author)
            num = max(self.pulls, default=0) + 1
            pull = Pull(num, title, description, author, made.date, base, "draft" if change is None else "open")
            self.pulls[num] = pull
            self._pull_heads[num] = made.oid
            return pull, made

    def merge(self, num: int, author: str = "maintainer") -> Commit:
        """Merge a pull request: its changes become one commit on its base."""
        with self.lock:
            pull = self.pulls[num]
            if pull.status == "merged":
                raise HubError(409, "This pull request is already merged")
            head = self.objects[self._pull_heads[num]]
            onto = self.history(pull.base)
            known = {commit.oid for commit in onto}
            fork = next(commit for commit in self.history(pull.ref) if commit.oid in known)
            changed = {
                path
                for path in {*head.files, *fork.files, *onto[0].files}
                if head.files.get(path) != fork.files.get(path)
            }
            if any(onto[0].files.get(path) not in {fork.files.get(path), head.files.get(path)} for path in changed):
                raise HubError(409, "This pull request has conflicts")

            def apply(files: dict[str, Entry]) -> None:
                for path in changed:
                    files.pop(path, None)
                    if path in head.files:
                        files[path] = head.files[path]

            made = self.commit(pull.base, apply, message=f"{pull.title} (#{num})", author=author)
            pull.status, pull.merge_oid = "merged", made.oid
            return made

    def _changed(self, head: Commit, change: Callable[[dict[str, Entry]], None]) -> dict[str, Entry]:
        files = dict(head.files)
        change(files)
        # A large file that no pattern covers gets a line of its own, as the Hub writes it.
        attributes = b"" if ".gitattributes" not in files else self.content(files[".gitattributes"])
        for path, entry in files.items():
            if entry.sha256 is not None and not is_lfs(attributes, path):
                attributes = add_line(attributes, path)
        if attributes:
            files[".gitattributes"] = self.entry(attributes, lfs=False)
        return files

    def _record(
        self, parent: str | None, files: Mapping[str, Entry], message: str, description: str, author: str
    ) -> Commit:
        number = len(self.objects)
        listing = "".join(f"{path}\0{entry.oid}\n" for path, entry in sorted(files.items()))
        text = f"{self.kind} {self.id} {number} {parent}\n{message}\n{description}\n{author}\n{listing}"
        # The clock is made up too, so that equal campaigns give equal ids.
        date = (_FIRST_MOMENT + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        oid = git_oid(text.encode(), "commit")
        self.objects[oid] = Commit(oid, parent, dict(sorted(files.items())), message, description, author, date)
        return self.objects[oid]

    def _move(self, branch: str, oid: str) -> None:
        if match := _PULL.fullmatch(branch):
            self._pull_heads[int(match[1])] = oid
        else:
            self.branches[branch.removeprefix("refs/heads/")] = oid


def delete_file(files: dict[str, Entry], path: str) -> None:
    """Take a file out."""
    if files.pop(path, None) is None:
        raise entry_not_found("A file with this name doesn't exist")


def delete_folder(files: dict[str, Entry], path: str) -> None:
    """Take all files of a folder out."""
    inside = [name for name in files if name.startswith(path.rstrip("/") + "/")]
    if not inside:
        raise entry_not_found("A folder with this name doesn't exist")
    for name in inside:
        del files[name]
