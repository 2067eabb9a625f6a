"""Publishing finds out how far it came before, and what others did meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.errors import AuthenticationError, OutdatedBaseError, ReleaseError, VersionError, VersionExistsError
from curation.publishing import Plan, Receipt, publish
from tests.hub import Client, LoopbackHub, online
from tests.publishing.places import REPO, RETRY, TOKEN, Built, everything, put


def published(release: Path, repo: str = REPO) -> tuple[Plan, Receipt]:
    plan, receipt = publish(release, repo, retry=RETRY)
    assert receipt is not None
    return plan, receipt


def test_a_version_that_is_there_is_left_alone(hub: LoopbackHub, client: Client, built: Built) -> None:
    commit = put(hub, built.first, tag="1.0.0")
    before = everything(hub)
    plan, receipt = published(built.first)
    assert (plan.state, receipt.already, receipt.commit, receipt.tag) == ("done", True, commit, "1.0.0")
    assert everything(hub) == before


def test_an_older_version_is_found_as_well(hub: LoopbackHub, client: Client, built: Built) -> None:
    commit = put(hub, built.first, tag="1.0.0")
    put(hub, built.second, tag="2.0.0")
    before = everything(hub)
    assert published(built.first)[1].commit == commit
    assert everything(hub) == before


def test_a_commit_without_its_tag_is_checked_and_tagged(hub: LoopbackHub, client: Client, built: Built) -> None:
    commit = put(hub, built.first)
    steps: list[str] = []
    plan, receipt = publish(built.first, REPO, retry=RETRY, progress=steps.append)
    assert receipt is not None
    assert (plan.state, receipt.already, receipt.commit) == ("finish", False, commit)
    assert steps == ["validate", "plan", "check", "tag"]
    repo = hub.repo(REPO)
    assert (repo.tags, repo.head()) == ({"1.0.0": commit}, commit)
    assert [hub.count(route) for route in ("preupload", "commit", "lfs_upload")] == [0, 0, 0]


def test_a_commit_that_is_damaged_on_the_hub_is_not_tagged(
    hub: LoopbackHub, client: Client, built: Built, tmp_path: Path
) -> None:
    """The Hub lists the right hash and gives other bytes."""
    put(hub, built.first)
    repo = hub.repo(REPO)
    entry = next(one for path, one in repo.resolve("main").files.items() if path.startswith("papers/train"))
    assert entry.sha256 is not None
    content = repo.lfs[entry.sha256]
    repo.lfs[entry.sha256] = content[:100] + bytes([content[100] ^ 1]) + content[101:]
    with pytest.raises((ReleaseError, VersionError)):
        published(built.first)
    assert repo.tags == {}


def test_main_that_somebody_edited_is_refused(hub: LoopbackHub, client: Client, built: Built) -> None:
    put(hub, built.first, tag="1.0.0")
    edit = hub.push(REPO, {"README.md": b"# Mine\n"}).oid
    before = everything(hub)
    with pytest.raises(VersionError, match="holds what no release brought there") as refused:
        published(built.second)
    assert not isinstance(refused.value, OutdatedBaseError)
    assert "version 1.0.0" in (refused.value.expected or "")
    assert everything(hub) == before
    assert hub.repo(REPO).files(edit)["README.md"] == b"# Mine\n"


def test_main_taken_back_to_an_older_version_is_refused_as_such(hub: LoopbackHub, client: Client, built: Built) -> None:
    put(hub, built.first, tag="1.0.0")
    put(hub, built.second, tag="2.0.0")
    put(hub, built.first)
    before = everything(hub)
    with pytest.raises(VersionError, match=r"`main` .* holds version 1\.0\.0 again") as refused:
        published(built.third)
    assert not isinstance(refused.value, (OutdatedBaseError, VersionExistsError))
    assert "version 2.0.0" in (refused.value.expected or "")
    assert everything(hub) == before


def test_a_repository_with_files_before_the_first_version_is_refused(
    hub: LoopbackHub, client: Client, built: Built
) -> None:
    hub.push(REPO, {"data.csv": b"a,b\n"})
    before = everything(hub)
    with pytest.raises(VersionError, match="holds what no release brought there"):
        published(built.first)
    assert everything(hub) == before


def test_a_card_made_on_the_page_before_the_first_version_makes_way(
    hub: LoopbackHub, client: Client, built: Built
) -> None:
    hub.push(REPO, {"README.md": b"# to come\n", "LICENSE": b"none\n"})
    plan, _ = publish(built.first, REPO, retry=RETRY, dry_run=True)
    assert (plan.state, plan.creates, plan.deleted) == ("new", False, ["LICENSE"])
    assert "README.md" in {one.path for one in plan.added}


def test_another_writers_untagged_version_is_tagged_and_ours_is_outdated(
    hub: LoopbackHub, client: Client, built: Built
) -> None:
    put(hub, built.first, tag="1.0.0")
    theirs = put(hub, built.second)
    ours = built.other
    with pytest.raises(VersionExistsError):
        published(ours)  # its number is taken, before anything else is looked at
    commits = len(hub.repo(REPO).all_commits)
    with pytest.raises(OutdatedBaseError) as refused:
        published(built.third)
    assert f"--previous {REPO}@2.0.0" in (refused.value.hint or "")
    assert hub.repo(REPO).tags["2.0.0"] == theirs
    assert len(hub.repo(REPO).all_commits) == commits
    # what was outdated only for want of the tag now follows
    plan, _ = publish(built.third, REPO, retry=RETRY, dry_run=True)
    assert (plan.state, str(plan.base), plan.commit) == ("new", "2.0.0", theirs)


def test_a_dry_run_leaves_another_writers_version_untagged(hub: LoopbackHub, client: Client, built: Built) -> None:
    put(hub, built.first, tag="1.0.0")
    put(hub, built.second)
    before = everything(hub)
    with pytest.raises(OutdatedBaseError) as refused:
        publish(built.third, REPO, retry=RETRY, dry_run=True)
    assert f"--previous {REPO}@2.0.0" in (refused.value.hint or "")
    assert everything(hub) == before


def test_a_later_commit_with_the_same_files_is_no_obstacle(
    hub: LoopbackHub, client: Client, built: Built, quick: None
) -> None:
    put(hub, built.first, tag="1.0.0")
    hub.push(REPO, {"README.md": b"# Mine\n"})
    reverted = put(hub, built.first)
    plan, receipt = published(built.second)
    assert (plan.commit, len(hub.repo(REPO).commits)) == (reverted, 5)
    assert hub.repo(REPO).tags["2.0.0"] == receipt.commit
    assert hub.repo(REPO).resolve("2.0.0").parent == reverted


def test_other_content_under_a_published_number_is_refused(hub: LoopbackHub, client: Client, built: Built) -> None:
    for version, release in (("1.0.0", built.first), ("2.0.0", built.second)):
        put(hub, release, tag=version)
    before = everything(hub)
    with pytest.raises(VersionExistsError, match="other content"):
        published(built.other)
    assert everything(hub) == before


def test_a_pull_request_is_opened_once_and_tagged_after_it_is_merged(
    hub: LoopbackHub, client: Client, built: Built, quick: None
) -> None:
    first = put(hub, built.first, tag="1.0.0")
    repo = hub.repo(REPO)
    # whoever sees the repository may open one
    with pytest.raises(AuthenticationError, match="no right"):
        publish(built.second, REPO, retry=RETRY, token="hf_bob")
    plan, receipt = publish(built.second, REPO, create_pr=True, retry=RETRY, token="hf_bob")
    assert receipt is not None
    assert (plan.create_pr, receipt.tag) == (True, None)
    assert receipt.pull_request == f"{hub.endpoint}/datasets/{REPO}/discussions/1"
    assert receipt.commit == repo.head("refs/pr/1")
    assert (repo.tags, repo.head(), len(repo.pulls)) == ({"1.0.0": first}, first, 1)
    again = publish(built.second, REPO, create_pr=True, retry=RETRY, token="hf_bob")[1]
    assert again is not None
    assert (again.commit, again.pull_request, len(repo.pulls)) == (receipt.commit, receipt.pull_request, 1)
    assert hub.count("commit") == 1
    client.api.merge_pull_request(REPO, 1, repo_type="dataset")
    plan, done = published(built.second)
    assert (plan.state, done.tag, done.commit) == ("finish", "2.0.0", repo.head())
    assert repo.tags == {"1.0.0": first, "2.0.0": repo.head()}
    assert hub.count("commit") == 1


def test_a_first_version_can_come_as_a_pull_request_to_a_new_private_repository(
    hub: LoopbackHub, client: Client, built: Built, quick: None
) -> None:
    plan, receipt = publish(built.first, "lab/abs", private=True, create_pr=True, retry=RETRY)
    assert receipt is not None
    repo = hub.repo("lab/abs")
    assert (plan.creates, plan.private, repo.private) == (True, True, True)
    assert (list(repo.pulls), repo.tags, len(repo.commits)) == ([1], {}, 1)


def test_a_token_given_goes_before_the_one_of_the_environment(hub: LoopbackHub, built: Built) -> None:
    put(hub, built.first, tag="1.0.0")
    with online(hub, "hf_wrong"):
        _, receipt = publish(built.first, REPO, token=TOKEN, retry=RETRY)
    assert receipt is not None
    assert {call.token for call in hub.calls} == {TOKEN}
