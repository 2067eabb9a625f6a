"""Three versions, published one after the other: each stays what it was for everybody who loads it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

import curation
from curation.publishing import Plan, Receipt, publish
from curation.release.build import build
from tests.commands import Outcome, curate
from tests.hub import Call, LoopbackHub
from tests.publishing.places import (
    ADDED,
    EDITED,
    NEW_WORD,
    OLD_WORD,
    REPO,
    RETRY,
    another_hub,
    connected,
    page_file,
)
from tests.releases import files_of, manifest_of
from tests.sample_page import PAPERS

VERSIONS = ("1.0.0", "2.0.0", "2.1.0")


@dataclass(frozen=True, slots=True)
class Story:
    hub: LoopbackHub
    releases: dict[str, Path]
    first: Outcome
    second: tuple[Plan, Receipt]
    third: Outcome
    uploads: dict[str, list[Call]]

    def configs(self, version: str) -> dict[str, dict[str, list[str]]]:
        """The files of each split that has rows, by config."""
        tables = manifest_of(self.releases[version])["tables"]
        found = {
            name: {split: part["files"] for split, part in splits.items() if part["rows"]}
            for name, splits in tables.items()
        }
        return {name: splits for name, splits in found.items() if splits}

    def rows(self, version: str, config: str, split: str) -> list[dict[str, Any]]:
        """The rows that were built."""
        files = self.configs(version)[config][split]
        return [row for path in files for row in pq.read_table(self.releases[version] / path).to_pylist()]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    first, edited, added = (
        page_file(folder, name, papers)
        for name, papers in (("first.txt", PAPERS), ("edited.txt", EDITED), ("added.txt", ADDED))
    )
    releases = {version: folder / version for version in VERSIONS}
    uploads: dict[str, list[Call]] = {}
    with another_hub() as hub, connected(hub):
        build([first], out=releases["1.0.0"])
        one = curate("publish", releases["1.0.0"], REPO, "--yes", "--format", "json")
        uploads["1.0.0"] = list(hub.calls)
        build([edited], out=releases["2.0.0"], previous=REPO)
        hub.forget_calls()
        plan, receipt = publish(releases["2.0.0"], REPO, retry=RETRY)
        assert receipt is not None
        uploads["2.0.0"] = list(hub.calls)
        build([edited, added], out=releases["2.1.0"], previous=f"{REPO}@2.0.0")
        hub.forget_calls()
        three = curate("publish", releases["2.1.0"], REPO, "--yes")
        uploads["2.1.0"] = list(hub.calls)
        yield Story(hub, releases, one, (plan, receipt), three, uploads)


def test_the_numbers_follow_from_what_changed(story: Story) -> None:
    manifests = [manifest_of(release) for release in story.releases.values()]
    assert [manifest["version"] for manifest in manifests] == list(VERSIONS)
    assert manifests[1]["version_reason"].startswith("major change since 1.0.0: ")
    assert "1 paper edited" in manifests[1]["version_reason"]
    assert manifests[2]["version_reason"].startswith("minor change since 2.0.0: 2 papers added, 1 source added")


def test_each_version_is_one_commit_and_one_tag_on_top_of_the_one_before(story: Story) -> None:
    repo = story.hub.repo(REPO)
    created, *versions = repo.commits
    assert repo.tags == {version: commit.oid for version, commit in zip(VERSIONS, versions, strict=True)}
    assert [commit.parent for commit in versions] == [created.oid, versions[0].oid, versions[1].oid]
    assert [commit.message for commit in versions] == [f"Version {version}" for version in VERSIONS]
    assert list(repo.branches) == ["main"]
    assert repo.pulls == {}
    assert len(repo.all_commits) == 4


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tag_holds_the_files_of_its_release_and_nothing_else(story: Story, version: str) -> None:
    there = story.hub.repo(REPO).files(version)
    there.pop(".gitattributes")
    assert there == {path: (story.releases[version] / path).read_bytes() for path in files_of(story.releases[version])}


def sent(calls: list[Call]) -> set[str]:
    """The files that a commit changed."""
    (made,) = [call for call in calls if call.route == "commit"]
    operations = [json.loads(line) for line in made.body.splitlines()][1:]
    return {operation["value"]["path"] for operation in operations}


@pytest.mark.parametrize(("version", "before"), [("2.0.0", "1.0.0"), ("2.1.0", "2.0.0")])
def test_only_files_that_changed_go_up(story: Story, version: str, before: str) -> None:
    old, new = story.releases[before], story.releases[version]
    changed = {
        path
        for path in files_of(new)
        if not (old / path).exists() or (old / path).read_bytes() != (new / path).read_bytes()
    }
    assert changed < set(files_of(new))
    assert sent(story.uploads[version]) == changed
    large = [path for path in changed if path.endswith((".parquet", ".png"))]
    assert len([call for call in story.uploads[version] if call.route == "lfs_upload"]) == len(large)


@pytest.mark.parametrize("version", VERSIONS)
def test_publishing_asks_for_each_change_once(story: Story, version: str) -> None:
    counts = Counter(call.route for call in story.uploads[version])
    assert (counts["commit"], counts["tag_create"], counts["whoami"]) == (1, 1, 1)
    assert counts["create_repo"] == (version == "1.0.0")


def test_the_receipt_states_what_is_there(story: Story) -> None:
    plan, receipt = story.second
    files = files_of(story.releases["2.0.0"])
    repo = story.hub.repo(REPO)
    assert receipt.commit == repo.tags["2.0.0"]
    assert (receipt.tag, receipt.files, receipt.already, receipt.pull_request) == ("2.0.0", len(files), False, None)
    assert receipt.bytes == sum((story.releases["2.0.0"] / path).stat().st_size for path in files)
    assert receipt.url == f"{story.hub.endpoint}/datasets/{REPO}/tree/2.0.0"
    assert (plan.state, str(plan.base), plan.creates) == ("new", "1.0.0", False)
    assert {one.path for one in plan.added} == sent(story.uploads["2.0.0"])
    assert {one.path for one in plan.kept} == set(files) - sent(story.uploads["2.0.0"])
    assert plan.diff is not None
    assert len(plan.diff.edited) == 1


def test_the_json_of_publishing_has_plan_and_receipt(story: Story) -> None:
    assert (story.first.code, story.first.err) == (0, "")
    printed = json.loads(story.first.out)
    files = files_of(story.releases["1.0.0"])
    assert (printed["plan"]["version"], printed["plan"]["base"], printed["plan"]["creates"]) == ("1.0.0", None, True)
    assert sorted(one["path"] for one in printed["plan"]["added"]) == files
    receipt = printed["receipt"]
    assert (receipt["target"], receipt["version"], receipt["tag"]) == (REPO, "1.0.0", "1.0.0")
    assert (receipt["commit"], receipt["files"]) == (story.hub.repo(REPO).tags["1.0.0"], len(files))
    assert receipt["bytes"] == sum((story.releases["1.0.0"] / path).stat().st_size for path in files)


def test_the_text_of_publishing_shows_plan_and_receipt(story: Story) -> None:
    assert (story.third.code, story.third.err) == (0, "")
    out = story.third.out
    for line in (
        f"{REPO}: version 2.1.0, minor change since 2.0.0: 2 papers added, 1 source added",
        "source added: added.txt",
        "2 papers added",
        f"published: {REPO} version 2.1.0, loaded and compared",
        f"commit {story.hub.repo(REPO).tags['2.1.0']}, tag 2.1.0",
    ):
        assert line in out


@pytest.mark.parametrize("version", VERSIONS)
def test_every_config_of_a_version_loads_as_it_was_built(story: Story, version: str) -> None:
    for config, splits in story.configs(version).items():
        plain = load_dataset(REPO, config, revision=version)
        streamed = load_dataset(REPO, config, revision=version, streaming=True)
        ours: Any = curation.load(REPO, version, config)
        assert sorted(plain) == sorted(streamed) == sorted(ours) == sorted(splits)
        for split, paths in splits.items():
            wanted = story.rows(version, config, split)
            assert plain[split].to_list() == wanted
            assert list(streamed[split]) == wanted
            assert ours[split].to_list() == wanted
            frames = [pd.read_parquet(f"hf://datasets/{REPO}@{version}/{path}") for path in paths]
            assert [len(frame) for frame in frames] == [len(wanted)]
            built = pd.read_parquet(story.releases[version] / paths[0])
            pd.testing.assert_frame_equal(frames[0], built)


def test_without_a_tag_the_newest_version_is_loaded(story: Story) -> None:
    newest: Any = curation.load(REPO, split="train")
    assert newest.to_list() == story.rows("2.1.0", "papers", "train")
    assert load_dataset(REPO, split="train").to_list() == newest.to_list()


def test_one_split_is_loaded_alone_and_in_a_stream(story: Story) -> None:
    wanted = story.rows("2.0.0", "papers", "test")
    assert curation.load(f"{REPO}@2.0.0", split="test").to_list() == wanted
    assert list(curation.load(f"hf://datasets/{REPO}", "2.0.0", split="test", streaming=True)) == wanted


def test_diff_of_two_versions_shows_the_abstract_that_was_edited(story: Story) -> None:
    done = curate("diff", f"{REPO}@1.0.0", f"{REPO}@2.0.0", "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    (paper,) = found["papers"]["edited"]
    (change,) = [one for one in paper["fields"] if one["field"] == "abstract"]
    assert (change["old"].count(OLD_WORD), change["new"].count(NEW_WORD)) == (1, 1)
    assert change["old"].replace(OLD_WORD, NEW_WORD) == change["new"]
    assert (found["kind"], found["next_version"]) == ("major", "2.0.0")
    assert (found["papers"]["added"], found["papers"]["removed"]) == ([], [])
    shown = curate("diff", f"{REPO}@1.0.0", f"{REPO}@2.0.0")
    assert shown.code == 0
    assert "1 paper edited" in shown.out
    assert paper["paper_id"] in shown.out
    markdown = curate("diff", f"hf://datasets/{REPO}@2.0.0", REPO, "--format", "markdown")
    assert markdown.code == 0
    assert "2.0.0 → 2.1.0" in markdown.out


@pytest.mark.parametrize("version", VERSIONS)
def test_a_published_version_is_valid(story: Story, version: str) -> None:
    target = f"hf://datasets/{REPO}@{version}"
    done = curate("validate", target, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["target"], found["findings"]) == (target, [])


def test_a_published_version_is_validated_for_ci(story: Story) -> None:
    target = f"hf://datasets/{REPO}@2.0.0"
    text, junit, github = (curate("validate", target, "--format", form) for form in ("text", "junit", "github"))
    assert [done.code for done in (text, junit, github)] == [0, 0, 0]
    assert target in text.out
    suites = ET.fromstring(junit.out)
    assert target in junit.out
    assert suites.findall(".//failure") == []
    assert len(suites.findall(".//testcase")) >= 9
    assert "::error" not in github.out


def test_publishing_each_version_again_changes_nothing(story: Story) -> None:
    story.hub.forget_calls()
    for version, release in story.releases.items():
        _, receipt = publish(release, REPO, retry=RETRY)
        assert receipt is not None
        assert (receipt.already, receipt.commit) == (True, story.hub.repo(REPO).tags[version])
    assert {call.method for call in story.hub.calls} <= {"GET", "HEAD"}
