"""Publishing a release, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from curation.errors import Location, ReleaseError
from curation.hub.failures import PATIENT, Retry
from curation.hub.repository import Repository
from curation.hub.session import limited_waiting
from curation.publishing.plan import Plan, Receipt
from curation.publishing.to_folder import FolderTarget
from curation.publishing.to_hub import HubTarget
from curation.references import FolderReference, HubReference, parse_reference
from curation.release.reader import Release, open_release
from curation.schemas.tables import SCHEMA_VERSION
from curation.validation import validate

__all__ = ["publish", "target_of"]


def publish(
    release: str | Path,
    to: str,
    *,
    private: bool = False,
    create_pr: bool = False,
    dry_run: bool = False,
    confirm: Callable[[Plan], bool] = lambda plan: True,
    progress: Callable[[str], None] = lambda step: None,
    token: str | None = None,
    retry: Retry = PATIENT,
) -> tuple[Plan, Receipt | None]:
    """Publish a release as a version: validate, one commit, load it as a user would, one tag.

    Interrupted anywhere, doing it again finishes the job without a second commit.

    Args:
        release: A release's folder.
        to: `owner/name` on the Hub, or `folder:PATH`.
        private: Make the repository private if it has to be made.
        create_pr: Open a pull request instead; once it is merged, publishing again checks and tags it.
        dry_run: Change nothing.
        confirm: Called with the plan; nothing is done if it answers no.
        progress: Called with the name of each step before it runs.
        token: A token for the Hub; the one of `HF_TOKEN` or the saved login if missing.
        retry: How to deal with failures of the Hub that pass.

    Returns:
        The plan, and the receipt where it was carried out.

    Raises:
        ReleaseError: The release is wrong, or what was published is not what it holds.
        VersionExistsError: The version is published already, with other content.
        OutdatedBaseError: The place has moved on since the release was built.
        VersionError: The release cannot follow what is there.
        HubError: The Hub refuses, or cannot be reached.
        OutputError: The folder cannot be written.
    """
    target = target_of(to, private=private, create_pr=create_pr, token=token, retry=retry)
    progress("validate")
    opened = _require_valid(Path(release))
    with limited_waiting():
        progress("plan")
        plan = target.plan(opened, dry=dry_run)
        if dry_run or (plan.state != "done" and not confirm(plan)):
            return plan, None
        return plan, target.carry_out(plan, opened, progress)


def target_of(
    to: str, *, private: bool = False, create_pr: bool = False, token: str | None = None, retry: Retry = PATIENT
) -> HubTarget | FolderTarget:
    """Return the place that a user named.

    Raises:
        ReleaseError: It is none, or has a version, which the release itself decides.
    """
    reference = parse_reference(to if to.startswith(("folder:", "hf://")) else f"hf://datasets/{to}")
    if reference.version is not None:
        raise ReleaseError(
            "the version is the release's own", where=Location(to), hint=f"leave out `@{reference.version}`"
        )
    if isinstance(reference, HubReference):
        repository = Repository(reference.repo, token, retry) if token else Repository(reference.repo, retry=retry)
        return HubTarget(repository, private=private, create_pr=create_pr)
    assert isinstance(reference, FolderReference)
    return FolderTarget(reference.path)


def _require_valid(folder: Path) -> Release:
    found = validate(folder)
    release = open_release(folder)
    if not found.ok:
        first = found.findings[0]
        raise ReleaseError(
            f"the release is wrong, which keeps it from being published: {first.where}: {first.message}",
            where=Location(folder),
            hint=f"run `curate validate {folder}` for all {len(found.findings)} findings; build it again",
        )
    if release.manifest["schema_version"] != SCHEMA_VERSION:
        raise ReleaseError(
            f"the release has schema version {release.manifest['schema_version']}",
            where=Location(folder),
            expected=SCHEMA_VERSION,
            hint="build it again with this version of the package",
        )
    return release
