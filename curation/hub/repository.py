"""A dataset repository on the Hub, as far as versions need it: tags, files, one commit, one tag."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_token,
)
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import get_session, hf_raise_for_status
from huggingface_hub.utils._validators import validate_repo_id

from curation.diff.version import Version
from curation.errors import CurationError, Location, RepositoryError
from curation.hub.failures import PATIENT, Retry, status_of, told
from curation.hub.session import answer_seconds
from curation.release.folder import MANIFEST

__all__ = ["KIND", "MAIN", "RemoteFile", "Repository", "require_name"]

KIND = "dataset"
MAIN = "main"
# files that are fetched at once, as many as the client's own snapshots take
_FETCHES = 8

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a commit.

    Attributes:
        size: Bytes.
        sha256: Of its content, where the Hub keeps it in large-file storage.
        blob: Git's name of its content, where it is a plain file.
    """

    size: int
    sha256: str | None
    blob: str | None


def require_name(repo: str) -> None:
    """Check that a name is one the Hub allows for a dataset of somebody's.

    Raises:
        RepositoryError: It is not.
    """
    try:
        validate_repo_id(repo)
        allowed = repo.count("/") == 1
    except HFValidationError:
        allowed = False
    if not allowed:
        raise RepositoryError(
            "this name is not allowed on the Hub",
            where=Location(repo),
            expected="owner/name; letters, digits, `-`, `_` and `.`, the name 96 at most, none of `--` and `..`",
            hint="choose another name",
        )


@dataclass(frozen=True, slots=True)
class Repository:
    """A dataset repository.

    Attributes:
        name: `owner/name`.
        token: What to authenticate with; the one of `HF_TOKEN` or the saved login if missing. Never shown.
        retry: How to deal with failures that pass.
        endpoint: The Hub's address; the client's own setting if missing.
    """

    name: str
    token: str | None = field(default_factory=get_token, repr=False)
    retry: Retry = PATIENT
    endpoint: str | None = None

    @property
    def api(self) -> HfApi:
        """The client."""
        # False keeps the client from looking for another token
        return HfApi(endpoint=self.endpoint, token=self.token or False)

    def ask(self, doing: str, call: Callable[[], _Result]) -> _Result:
        """Call the client; failures that pass are waited out, others are told.

        Raises:
            HubError: It failed for good.
        """
        try:
            return self.retry.call(call)
        except CurationError:
            raise
        except (HfHubHTTPError, OSError, RuntimeError, ValueError) as error:
            raise told(error, self.name, token=self.token, doing=doing) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("httpx2", "httpcore2", "huggingface_hub"):
                raise told(error, self.name, token=self.token, doing=doing) from error
            raise

    def _or_none(self, doing: str, call: Callable[[], _Result]) -> _Result | None:
        """Call the client; None if there is no such thing."""

        def asked() -> _Result | None:
            try:
                return call()
            except GatedRepoError:
                raise
            except HfHubHTTPError as error:
                # without a right to look the Hub says 401 for what is not there
                missing = isinstance(error, RepositoryNotFoundError) and (self.token or status_of(error) == 404)
                if missing or status_of(error) == 404:
                    return None
                raise

        return self.ask(doing, asked)

    def references(self) -> tuple[str | None, dict[Version, str]] | None:
        """Return the newest commit of `main` and the tags that are versions, oldest first; None without a repository.

        Raises:
            HubError: The Hub refuses, or cannot be reached.
        """
        found = self._or_none("its versions cannot be read", self._references)
        if found is None:
            return None
        head = next((one["targetCommit"] for one in found["branches"] if one["name"] == MAIN), None)
        versions = {version: one["targetCommit"] for one in found["tags"] if (version := Version.parse(one["name"]))}
        return head, dict(sorted(versions.items()))

    def _references(self) -> dict[str, list[dict[str, str]]]:
        # as `HfApi.list_repo_refs`, which would wait for an answer without end
        response = get_session().get(
            f"{self.api.endpoint}/api/{KIND}s/{self.name}/refs",
            headers=build_hf_headers(token=self.token or False),
            timeout=answer_seconds(),
        )
        hf_raise_for_status(response)
        found: dict[str, list[dict[str, str]]] = response.json()
        return found

    def require_write(self) -> None:
        """Check that the token may write to the repository, which is there.

        Raises:
            AuthenticationError: It may not.
        """
        self.ask(
            "it cannot be written",
            lambda: self.api.auth_check(self.name, repo_type=KIND, write=True),
        )

    def exists_as(self, kind: str) -> bool:
        """Tell whether there is a repository of this name of another kind (`model` or `space`)."""
        return self.ask("the name cannot be looked up", lambda: self.api.repo_exists(self.name, repo_type=kind))

    def files(self, commit: str) -> dict[str, RemoteFile]:
        """Return the files of a commit by path."""
        # the listing of a tree would wait for an answer without end
        info = self.ask(
            "its files cannot be listed",
            lambda: self.api.dataset_info(self.name, revision=commit, files_metadata=True, timeout=answer_seconds()),
        )
        return {
            one.rfilename: RemoteFile(one.size or 0, one.lfs.sha256 if one.lfs else None, one.blob_id)
            for one in info.siblings or []
        }

    def manifest(self, commit: str) -> bytes | None:
        """Return the manifest of a commit; None where it has none."""
        path = self._or_none("its manifest cannot be fetched", lambda: self._fetch(commit, MANIFEST))
        return None if path is None else path.read_bytes()

    def _fetch(self, commit: str, path: str, *, again: bool = False) -> Path:
        return Path(self.api.hf_hub_download(self.name, path, revision=commit, repo_type=KIND, force_download=again))

    def fetch(self, commit: str, paths: Collection[str], *, again: bool = False) -> Path:
        """Fetch files of a commit into the client's cache.

        Args:
            commit: The commit, by its sha: what is in the cache of it is not fetched again.
            paths: Which files; one at least.
            again: Whether to fetch what is in the cache, too.

        Returns:
            The folder of the commit in the cache.
        """

        def fetched(path: str) -> Path:
            return self.ask(f"{path} cannot be fetched", lambda: self._fetch(commit, path, again=again))

        with ThreadPoolExecutor(_FETCHES) as pool:
            places: list[Path] = list(pool.map(fetched, paths))
        # each lies as deep in the folder of the commit as its path says
        return places[0].parents[next(iter(paths)).count("/")]

    def commit_of(self, revision: str) -> str:
        """Return the commit that a branch, tag or pull request leads to."""
        info = self.ask(
            f"{revision} cannot be looked up",
            lambda: self.api.dataset_info(self.name, revision=revision, timeout=answer_seconds()),
        )
        return str(info.sha)

    def create(self, *, private: bool) -> None:
        """Create the repository; one that is there stays as it is."""
        self.ask(
            "the repository cannot be created",
            lambda: self.api.create_repo(self.name, repo_type=KIND, private=private, exist_ok=True),
        )

    def tag(self, version: Version, commit: str) -> None:
        """Tag a commit; the same tag on the same commit is none the worse for being asked for twice.

        Raises:
            HubError: The Hub refuses.
        """

        def tagged() -> None:
            try:
                self.api.create_tag(self.name, tag=str(version), revision=commit, repo_type=KIND)
            except HfHubHTTPError as error:
                if status_of(error) != 409:
                    raise

        self.ask("the version cannot be tagged", tagged)

    def operations(
        self, folder: Path, added: Iterable[str], deleted: Iterable[str]
    ) -> list[CommitOperationAdd | CommitOperationDelete]:
        """Return what a commit is to do; the same objects serve for every try, so that no file goes up twice."""
        return [
            *(CommitOperationAdd(path, folder / path) for path in added),
            *(CommitOperationDelete(path, is_folder=False) for path in deleted),
        ]
