"""The loopback Hub serves the real clients: repositories, commits, references, files."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from datasets import Dataset, load_dataset
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfFileSystem,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import HfHubHTTPError

from tests.commands import python_process
from tests.hub import Client, LoopbackHub, online
from tests.hub.objects import git_oid

REPO = "ada/papers"
CARD = b"---\npretty_name: Papers\n---\n# Papers\n"


def parquet(rows: int, first: int = 0) -> bytes:
    out = io.BytesIO()
    table = pd.DataFrame({"number": range(first, first + rows), "text": [f"row {number}" for number in range(rows)]})
    table.to_parquet(out)
    return out.getvalue()


def add(path: str, data: bytes) -> CommitOperationAdd:
    return CommitOperationAdd(path, data)


FILES = {
    "README.md": CARD,
    "data/train-00000-of-00001.parquet": parquet(10),
    "data/test-00000-of-00001.parquet": parquet(500),
    "notes/a.txt": b"a\n",
}


def publish(client: Client) -> str:
    client.api.create_repo(REPO, repo_type="dataset")
    operations = [add(path, data) for path, data in FILES.items()]
    return client.api.create_commit(REPO, operations, commit_message="first", repo_type="dataset").oid


def test_a_new_repository_has_one_commit_with_gitattributes(hub: LoopbackHub, client: Client) -> None:
    url = client.api.create_repo(REPO, repo_type="dataset")
    assert (url.repo_id, url.repo_type) == (REPO, "dataset")
    assert client.api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO
    assert client.api.create_repo("lab/papers", repo_type="dataset", private=True).repo_id == "lab/papers"
    assert hub.repo("lab/papers").private
    assert client.api.whoami()["name"] == "ada"
    assert [commit.message for commit in hub.repo(REPO).commits] == ["initial commit"]
    assert b"*.parquet filter=lfs" in hub.repo(REPO).files()[".gitattributes"]
    # a model of the same name is another repository
    assert not client.api.repo_exists(REPO)
    client.api.create_repo(REPO)
    assert client.api.repo_exists(REPO)
    client.api.update_repo_settings("lab/papers", visibility="public", gated="manual", repo_type="dataset")
    assert (hub.repo("lab/papers").private, hub.repo("lab/papers").gated) == (False, True)
    client.api.delete_repo(REPO, repo_type="dataset")
    assert not client.api.repo_exists(REPO, repo_type="dataset")


def test_a_commit_keeps_small_and_large_files(hub: LoopbackHub, client: Client) -> None:
    client.api.create_repo(REPO, repo_type="dataset")
    before = client.api.dataset_info(REPO).sha
    operations = [add(path, data) for path, data in FILES.items()]
    made = client.api.create_commit(
        REPO, operations, commit_message="first", commit_description="why", repo_type="dataset", parent_commit=before
    )
    repo = hub.repo(REPO)
    assert made.oid == repo.head() == client.api.dataset_info(REPO).sha
    assert (repo.commits[-1].message, repo.commits[-1].description, repo.commits[-1].author) == ("first", "why", "ada")
    assert {path: data for path, data in repo.files().items() if path != ".gitattributes"} == FILES
    # the small parquet went in one piece, the other in several
    assert hub.count("lfs_complete") == 1
    assert hub.count("lfs_upload", ok=True) > 2
    assert hub.count("lfs_verify", ok=True) == 2
    info = client.api.dataset_info(REPO, files_metadata=True)
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or []}
    large = siblings["data/test-00000-of-00001.parquet"]
    assert large.lfs is not None
    assert large.lfs.sha256 == hashlib.sha256(FILES["data/test-00000-of-00001.parquet"]).hexdigest()
    assert siblings["README.md"].blob_id == git_oid(CARD)
    # the same again is no commit
    again = client.api.create_commit(REPO, [add("README.md", CARD)], commit_message="x", repo_type="dataset")
    assert again.oid == made.oid
    assert hub.count("commit") == 1


def test_a_commit_on_a_parent_that_is_not_the_head_is_refused(hub: LoopbackHub, client: Client) -> None:
    first = publish(client)
    hub.push(REPO, {"other.txt": b"x"})
    with pytest.raises(HfHubHTTPError) as caught:
        client.api.create_commit(
            REPO, [add("mine.txt", b"y")], commit_message="late", repo_type="dataset", parent_commit=first
        )
    assert caught.value.response.status_code == 412
    assert "mine.txt" not in hub.repo(REPO).files()


def test_of_many_writers_on_one_parent_one_wins(hub: LoopbackHub, client: Client) -> None:
    first = publish(client)
    barrier = threading.Barrier(8)

    def write(number: int) -> int:
        barrier.wait()
        try:
            client.api.create_commit(
                REPO, [add(f"{number}.txt", b"x")], commit_message="x", repo_type="dataset", parent_commit=first
            )
        except HfHubHTTPError as error:
            return error.response.status_code
        return 200

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [200, *[412] * 7]
    assert len(hub.repo(REPO).commits) == 3


def test_deleting_and_copying(hub: LoopbackHub, client: Client) -> None:
    publish(client)
    operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        CommitOperationDelete("notes/"),
        CommitOperationCopy("data/train-00000-of-00001.parquet", "copy.parquet"),
        CommitOperationCopy("README.md", "OTHER.md"),
    ]
    client.api.create_commit(REPO, operations, commit_message="second", repo_type="dataset")
    files = hub.repo(REPO).files()
    assert "notes/a.txt" not in files
    assert files["copy.parquet"] == FILES["data/train-00000-of-00001.parquet"]
    assert files["OTHER.md"] == CARD


def test_tags_branches_and_history(hub: LoopbackHub, client: Client) -> None:
    first = publish(client)
    api = client.api
    api.create_tag(REPO, tag="v1", repo_type="dataset", tag_message="one")
    api.create_branch(REPO, branch="try/this", repo_type="dataset")
    hub.push(REPO, {"more.txt": b"x"}, "more")
    refs = api.list_repo_refs(REPO, repo_type="dataset", include_pull_requests=True)
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": hub.repo(REPO).head(), "try/this": first}
    assert [(ref.name, ref.ref, ref.target_commit) for ref in refs.tags] == [("v1", "refs/tags/v1", first)]
    assert hub.repo(REPO).tags == {"v1": first}
    assert [item.title for item in api.list_repo_commits(REPO, repo_type="dataset")] == [
        "more",
        "first",
        "initial commit",
    ]
    for revision in ("v1", "try/this", first, first[:8]):
        assert api.dataset_info(REPO, revision=revision).sha == first
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_tag(REPO, tag="v1", repo_type="dataset")
    assert caught.value.response.status_code == 409
    api.create_tag(REPO, tag="v1", repo_type="dataset", exist_ok=True)
    api.delete_tag(REPO, tag="v1", repo_type="dataset")
    api.delete_branch(REPO, branch="try/this", repo_type="dataset")
    assert hub.repo(REPO).tags == {}
    assert list(hub.repo(REPO).branches) == ["main"]


def test_trees_come_in_pages(hub: LoopbackHub, client: Client) -> None:
    publish(client)
    hub.state.page_size = 2
    paths = [item.path for item in client.api.list_repo_tree(REPO, repo_type="dataset", recursive=True)]
    assert paths == sorted([*FILES, ".gitattributes", "data", "notes"])
    assert hub.count("tree") == 4
    top = list(client.api.list_repo_tree(REPO, repo_type="dataset", expand=True))
    assert [item.path for item in top] == [".gitattributes", "README.md", "data", "notes"]
    assert [item.last_commit.title for item in top if item.last_commit] == ["initial commit", *["first"] * 3]
    known = client.api.get_paths_info(REPO, ["README.md", "data", "nowhere"], repo_type="dataset")
    assert [item.path for item in known] == ["README.md", "data"]


def test_old_revisions_stay_readable(hub: LoopbackHub, client: Client, tmp_path: Path) -> None:
    first = publish(client)
    client.api.create_tag(REPO, tag="v1", repo_type="dataset")
    hub.push(REPO, {"README.md": b"changed", "data/test-00000-of-00001.parquet": parquet(3)})
    for revision, expected in (("v1", CARD), (first, CARD), ("main", b"changed")):
        found = hf_hub_download(REPO, "README.md", repo_type="dataset", revision=revision)
        assert Path(found).read_bytes() == expected
    for number, revision in enumerate(("v1", first)):
        folder = Path(snapshot_download(REPO, repo_type="dataset", revision=revision, cache_dir=tmp_path / str(number)))
        assert folder.name == first
        assert {path: (folder / path).read_bytes() for path in FILES} == FILES


def test_a_token_goes_to_the_hub_and_never_to_the_storage(hub: LoopbackHub, client: Client) -> None:
    publish(client)
    snapshot_download(REPO, repo_type="dataset")
    pd.read_parquet(f"hf://datasets/{REPO}/data/test-00000-of-00001.parquet")
    ports = {call.port: set[str | None]() for call in hub.calls}
    for call in hub.calls:
        ports[call.port].add(call.token)
    assert ports["storage"] == {None}
    # the parts of a large file are put together without a token: their address is the permission
    assert {call.route for call in hub.calls if call.port == "hub" and call.token is None} == {"lfs_complete"}
    assert {call.route for call in hub.calls if call.port == "storage"} == {"lfs_upload", "content"}


def test_load_dataset_and_pandas(hub: LoopbackHub, client: Client) -> None:
    first = publish(client)
    client.api.create_tag(REPO, tag="v1", repo_type="dataset")
    hub.push(REPO, {"data/train-00000-of-00001.parquet": parquet(2)})
    loaded = load_dataset(REPO, revision="v1")
    assert {name: len(split) for name, split in loaded.items()} == {"train": 10, "test": 500}
    assert len(load_dataset(REPO, split="train")) == 2
    streamed = load_dataset(REPO, revision=first, split="train", streaming=True)
    assert [row["number"] for row in streamed] == list(range(10))
    frame = pd.read_parquet(f"hf://datasets/{REPO}@v1/data/test-00000-of-00001.parquet")
    assert len(frame) == 500
    system = HfFileSystem(endpoint=hub.endpoint)
    assert system.read_bytes(f"datasets/{REPO}@{first}/README.md") == CARD
    assert not [call for call in hub.calls if call.route == "other"]


def test_push_to_hub(hub: LoopbackHub, client: Client) -> None:
    Dataset.from_dict({"a": [1, 2, 3]}).push_to_hub("ada/pushed", token="hf_ada")
    Dataset.from_dict({"a": [4]}).push_to_hub("ada/pushed", split="test")
    client.forget()
    assert {name: split["a"][:] for name, split in load_dataset("ada/pushed").items()} == {
        "train": [1, 2, 3],
        "test": [4],
    }
    assert [commit.message for commit in hub.repo("ada/pushed").commits][1:] == ["Upload dataset"] * 2


def test_pull_requests(hub: LoopbackHub, client: Client) -> None:
    first = publish(client)
    api = client.api
    with online(hub, "hf_bob") as other:
        made = other.api.create_commit(
            REPO,
            [add("bob.txt", b"b"), add("b.parquet", parquet(1))],
            commit_message="by bob",
            repo_type="dataset",
            create_pr=True,
        )
    assert (made.pr_num, made.pr_revision) == (1, "refs/pr/1")
    assert hub.repo(REPO).head() == first
    api.create_commit(REPO, [add("ada.txt", b"a")], commit_message="too", repo_type="dataset", revision="refs/pr/1")
    pulls = list(api.get_repo_discussions(REPO, repo_type="dataset", discussion_status="open"))
    assert [(pull.num, pull.title, pull.author, pull.is_pull_request) for pull in pulls] == [(1, "by bob", "bob", True)]
    assert api.dataset_info(REPO, revision="refs/pr/1").sha == hub.repo(REPO).head("refs/pr/1")
    assert HfFileSystem().read_bytes(f"datasets/{REPO}@refs/pr/1/bob.txt") == b"b"
    details = api.get_discussion_details(REPO, 1, repo_type="dataset")
    assert [event.type for event in details.events] == ["comment", "commit", "commit"]
    hub.push(REPO, {"meanwhile.txt": b"m"})
    api.merge_pull_request(REPO, 1, repo_type="dataset")
    assert {"bob.txt", "ada.txt", "b.parquet", "meanwhile.txt"} <= set(hub.repo(REPO).files())
    assert api.get_discussion_details(REPO, 1, repo_type="dataset").status == "merged"
    assert not list(api.get_repo_discussions(REPO, repo_type="dataset", discussion_status="open"))
    draft = api.create_pull_request(REPO, "another one", repo_type="dataset")
    assert (draft.num, draft.status) == (2, "draft")
    api.change_discussion_status(REPO, 2, "closed", repo_type="dataset")
    assert [pull.status for pull in hub.repo(REPO).pulls.values()] == ["merged", "closed"]


def test_a_process_of_its_own(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.push(REPO, dict(FILES))
    code = (
        "from huggingface_hub import HfApi, hf_hub_download\n"
        f"print(HfApi().whoami()['name'], HfApi().dataset_info('{REPO}').sha)\n"
        f"print(open(hf_hub_download('{REPO}', 'README.md', repo_type='dataset')).read())\n"
    )
    done = python_process("-c", code, cwd=tmp_path, env=hub.environment(tmp_path, "hf_bob"))
    assert done.out.splitlines()[0] == f"bob {hub.repo(REPO).head()}", done.err
    assert done.out.encode().split(b"\n", 1)[1].strip() == CARD.strip()
    assert {call.user for call in hub.calls} == {"bob"}
    assert "HF_TOKEN" not in os.environ
