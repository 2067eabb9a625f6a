"""Loading a version of a dataset, and nothing but that version."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.diff.version import Version
from curation.errors import Location, LookupFailedError, VersionError
from curation.references import FolderReference, HubReference, folder_of, parse_reference
from curation.release.card import DEFAULT_CONFIG, published_configs
from curation.release.folder import MANIFEST
from curation.release.intact import require_intact
from curation.release.reader import Release, open_release

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

__all__ = ["load"]


def load(
    target: str | Path,
    version: str | None = None,
    config: str = DEFAULT_CONFIG,
    split: str | None = None,
    *,
    streaming: bool = False,
    token: str | None = None,
    cache_dir: str | Path | None = None,
) -> Dataset | DatasetDict | IterableDataset | IterableDatasetDict:
    """Load a version of a dataset, checked against its manifest.

    A version on the Hub is pinned to its commit; its files are fetched once, checked by their sha256 each time, and
    taken from the cache when the Hub cannot be reached. Another version is never given in its place.

    Args:
        target: `owner/name` on the Hub, a release's folder, or a folder of versions (`folder:PATH`); each may end in
            `@1.2.0`.
        version: The version, as in `1.2.0`; the newest one if it is named nowhere.
        config: The table.
        split: The split; all of them if missing.
        streaming: Give rows one after the other instead of preparing all of them.
        token: A token for the Hub; the one of `HF_TOKEN` or the saved login if missing.
        cache_dir: Where `datasets` prepares the rows.

    Returns:
        What `datasets.load_dataset` would: a `Dataset`, or a `DatasetDict` of all splits.

    Raises:
        VersionError: There is no such version, or a tag was moved.
        ReleaseError: The data are not what the manifest states.
        LookupFailedError: There is no such config or split.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
    """
    release = _release_of(_reference(target, version), config, split, token)
    require_intact(release, release.files(config, split))
    # takes a second to load, which a wrong name should not cost
    from datasets import load_dataset

    splits = published_configs(release.manifest)[config]
    files = {name: [str(release.folder / path) for path in paths] for name, paths in splits.items()}
    loaded: Any = load_dataset(
        "parquet",
        data_files=files if split is None else {split: files[split]},
        split=split,
        streaming=streaming,
        cache_dir=None if cache_dir is None else str(cache_dir),
    )
    return loaded


def _reference(target: str | Path, version: str | None) -> FolderReference | HubReference:
    reference = parse_reference(target)
    if version is None:
        return reference
    wanted = Version.parse(version)
    if wanted is None or reference.version not in (None, wanted):
        raise VersionError(
            f"{version!r} is no version, or not the one of {target}",
            where=Location(target),
            expected="three numbers, such as 1.2.0",
        )
    if isinstance(reference, HubReference):
        return HubReference(reference.repo, wanted)
    return FolderReference(reference.path, wanted)


def _release_of(
    reference: FolderReference | HubReference, config: str, split: str | None, token: str | None
) -> Release:
    if isinstance(reference, FolderReference):
        release = _folder_release(reference)
        _require_config(release, config, split)
        return release
    from curation.hub.failures import QUICK
    from curation.hub.fetch import fetch_release
    from curation.hub.repository import Repository

    def want(release: Release) -> list[str]:
        _require_config(release, config, split)
        return release.files(config, split)

    repository = Repository(reference.repo, token, QUICK) if token else Repository(reference.repo, retry=QUICK)
    return fetch_release(reference.repo, reference.version, want=want, repository=repository)


def _folder_release(reference: FolderReference) -> Release:
    plain = reference.path / MANIFEST
    if reference.version is not None and plain.is_file():
        release = open_release(reference.path)
        if release.manifest["version"] == str(reference.version):
            return release
    return open_release(folder_of(reference))


def _require_config(release: Release, config: str, split: str | None) -> None:
    configs = published_configs(release.manifest)
    _require_known("config", config, configs, release)
    if split is not None:
        _require_known(f"split of {config}", split, configs[config], release)


def _require_known(what: str, name: str, known: Iterable[str], release: Release) -> None:
    if name in (names := list(known)):
        return
    close = difflib.get_close_matches(name, names, n=1)
    raise LookupFailedError(
        f"there is no {what} {name!r}",
        where=Location(release.folder),
        expected=f"one of {', '.join(names)}",
        hint=f"did you mean `{close[0]}`?" if close else "name one of them",
    )
