"""A table that is dropped is gone from the newer version, and still in the older one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from huggingface_hub import HfFileSystem

import curation
from curation.errors import LookupFailedError
from curation.publishing import Plan, Receipt, publish
from curation.release.build import build
from curation.schemas import history
from curation.schemas.history import Earlier
from tests.commands import Outcome, curate
from tests.hub import Client, LoopbackHub
from tests.publishing.places import REPO, RETRY, Built, another_hub, connected, everything, page_file, put
from tests.releases import copy_of, edit_manifest, manifest_of, seal
from tests.sample_page import PAPERS

NOTES = "notes/train-00000-of-00001.parquet"
NOTE = {"note_id": 7, "text": "a note that a later schema has no place for"}


@dataclass(frozen=True, slots=True)
class Dropped:
    hub: LoopbackHub
    client: Client
    new: Path
    dry: tuple[Outcome, Outcome]
    changed_by_dry: bool
    plan: Plan
    receipt: Receipt


def with_notes(release: Path, folder: Path) -> Path:
    """Make a release of an earlier schema, which had one table more."""
    copy = copy_of(release, folder)
    (copy / NOTES).parent.mkdir()
    pq.write_table(pa.Table.from_pylist([NOTE]), copy / NOTES)

    def add(manifest: dict[str, Any]) -> None:
        manifest["schema_version"] = "0.9.0"
        manifest["tables"]["notes"] = {"train": {"rows": 1, "uncompressed_bytes": 1, "files": [NOTES]}}

    edit_manifest(copy, add)
    seal(copy, card=False)
    card = (copy / "README.md").read_text(encoding="utf-8")
    first = "configs:\n"
    assert first in card
    config = f"- config_name: notes\n  data_files:\n  - split: train\n    path: {NOTES}\n"
    (copy / "README.md").write_text(card.replace(first, first + config, 1), encoding="utf-8")
    seal(copy, card=False)
    return copy


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory, built: Built) -> Iterator[Dropped]:
    folder = tmp_path_factory.mktemp("dropped")
    with pytest.MonkeyPatch.context() as patch, another_hub() as hub, connected(hub) as client:
        patch.setattr(history, "EARLIER", {"0.9.0": Earlier(tables=("notes",)), **history.EARLIER})
        old = with_notes(built.first, folder)
        put(hub, old, REPO)
        client.api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
        page = page_file(folder, "first.txt", PAPERS)
        new = build([page], out=folder / "new", previous=f"{REPO}@1.0.0").out
        before = everything(hub)
        text = curate("publish", new, REPO, "--dry-run")
        dry = text, curate("publish", new, REPO, "--dry-run", "--format", "json")
        changed = everything(hub) != before
        plan, receipt = publish(new, REPO, retry=RETRY)
        assert receipt is not None
        yield Dropped(hub, client, new, dry, changed, plan, receipt)


def test_dropping_a_table_makes_a_major_version_that_says_so(dropped: Dropped) -> None:
    manifest = manifest_of(dropped.new)
    assert manifest["version"] == "2.0.0"
    assert manifest["version_reason"] == "major change since 1.0.0: table `notes` dropped"
    assert dropped.plan.diff is not None
    assert dropped.plan.diff.tables_removed == ["notes"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(dropped: Dropped) -> None:
    text, as_json = dropped.dry
    assert not dropped.changed_by_dry
    assert (text.code, text.err, as_json.code, as_json.err) == (0, "", 0, "")
    plan = dropped.plan
    for line in (
        f"{REPO}: version 2.0.0, major change since 1.0.0: table `notes` dropped",
        "table dropped: notes",
        f"{len(plan.added)} files to send",
        f"{len(plan.kept)} files there already",
        "+ manifest.json",
        f"- {NOTES}",
        "dry run: nothing was changed",
    ):
        assert line in text.out
    assert json.loads(as_json.out) == {"plan": plan.as_json(), "receipt": None}


def test_the_commit_deletes_the_file_of_the_table(dropped: Dropped) -> None:
    repo = dropped.hub.repo(REPO)
    assert dropped.plan.deleted == [NOTES]
    assert NOTES in repo.files("1.0.0")
    assert NOTES not in repo.files("2.0.0")
    assert set(repo.files("2.0.0")) - {".gitattributes"} == {
        path.relative_to(dropped.new).as_posix() for path in dropped.new.rglob("*") if path.is_file()
    }


def test_the_newer_version_has_no_such_table(dropped: Dropped) -> None:
    with pytest.raises(ValueError, match="notes"):
        load_dataset(REPO, "notes", revision="2.0.0")
    with pytest.raises(LookupFailedError, match="no config 'notes'"):
        curation.load(REPO, "2.0.0", "notes")
    with pytest.raises(FileNotFoundError):
        HfFileSystem().info(f"datasets/{REPO}@2.0.0/{NOTES}")


def test_the_older_version_still_gives_the_table(dropped: Dropped) -> None:
    assert load_dataset(REPO, "notes", revision="1.0.0", split="train").to_list() == [NOTE]
    assert list(load_dataset(REPO, "notes", revision="1.0.0", split="train", streaming=True)) == [NOTE]
    ours: Any = curation.load(REPO, "1.0.0", "notes", "train")
    assert ours.to_list() == [NOTE]
