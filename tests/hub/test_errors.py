"""Each refusal of the loopback Hub is the exception of the real client that it would be with the real Hub."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import Client, LoopbackHub, online

REPO = "ada/papers"


def commit(api: HfApi, repo_id: str = REPO, *, create_pr: bool = False, revision: str | None = None) -> object:
    return api.create_commit(
        repo_id,
        [CommitOperationAdd("a.txt", b"a")],
        commit_message="x",
        repo_type="dataset",
        create_pr=create_pr,
        revision=revision,
    )


def refused(call: Callable[[], object], status: int, kind: type[HfHubHTTPError] = HfHubHTTPError) -> HfHubHTTPError:
    with pytest.raises(HfHubHTTPError) as caught:
        call()
    assert (type(caught.value), caught.value.response.status_code) == (kind, status)
    assert caught.value.request_id
    return caught.value


@pytest.fixture
def anonymous(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=False)


def test_what_does_not_exist(hub: LoopbackHub, client: Client) -> None:
    hub.push(REPO, {"README.md": b"x"})
    api = client.api
    refused(lambda: api.dataset_info("ada/none"), 404, RepositoryNotFoundError)
    refused(lambda: api.model_info(REPO), 404, RepositoryNotFoundError)
    refused(lambda: api.dataset_info(REPO, revision="v9"), 404, RevisionNotFoundError)
    refused(lambda: commit(api, revision="v9"), 404, RevisionNotFoundError)
    refused(lambda: commit(api, "ada/none"), 404, RepositoryNotFoundError)
    refused(lambda: api.create_tag(REPO, tag="t", revision="v9", repo_type="dataset"), 404, RevisionNotFoundError)
    refused(lambda: api.delete_tag(REPO, tag="t", repo_type="dataset"), 404, RevisionNotFoundError)
    refused(lambda: api.delete_file("no.txt", REPO, repo_type="dataset"), 404, RemoteEntryNotFoundError)
    refused(lambda: list(api.list_repo_tree(REPO, "nowhere", repo_type="dataset")), 404, RemoteEntryNotFoundError)
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(REPO, "no.txt", repo_type="dataset")
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(REPO, "README.md", repo_type="dataset", revision="v9")
    with pytest.raises(RepositoryNotFoundError):
        snapshot_download("ada/none", repo_type="dataset")
    with pytest.raises(DatasetNotFoundError):
        load_dataset("ada/none")
    with pytest.raises(DatasetNotFoundError, match="Revision 'v9'"):
        load_dataset(REPO, revision="v9")


def test_who_may_read(hub: LoopbackHub, client: Client, anonymous: HfApi) -> None:
    hub.push("ada/secret", {"a.txt": b"a"})
    hub.repo("ada/secret").private = True
    assert client.api.dataset_info("ada/secret").private
    refused(lambda: anonymous.dataset_info("ada/secret"), 401, RepositoryNotFoundError)
    refused(lambda: anonymous.dataset_info("ada/none"), 401, RepositoryNotFoundError)
    other = HfApi(endpoint=hub.endpoint, token="hf_bob")
    refused(lambda: other.dataset_info("ada/secret"), 404, RepositoryNotFoundError)
    wrong = HfApi(endpoint=hub.endpoint, token="hf_wrong")
    hub.push("ada/open", {"a.txt": b"a"})
    assert anonymous.dataset_info("ada/open").id == "ada/open"
    assert "Invalid credentials" in str(refused(lambda: wrong.dataset_info("ada/open"), 401))
    refused(wrong.whoami, 401)
    assert wrong.endpoint == hub.endpoint


def test_who_may_write(hub: LoopbackHub, anonymous: HfApi) -> None:
    hub.push(REPO, {"README.md": b"x"})
    hub.add_repo("lab/papers")
    with online(hub, "hf_ada") as client:
        assert commit(client.api, "lab/papers")
        refused(lambda: client.api.create_repo(REPO, repo_type="dataset"), 409)
        refused(lambda: client.api.create_repo("bob/papers", repo_type="dataset"), 403)
        refused(lambda: client.api.create_repo("nobody/papers", repo_type="dataset"), 403)
    with online(hub, "hf_ada_reads") as client:
        refused(lambda: commit(client.api), 403)
        refused(lambda: client.api.create_repo("ada/new", repo_type="dataset"), 403)
        refused(lambda: client.api.create_tag(REPO, tag="t", repo_type="dataset"), 403)
        # with the repository there already, a token that may only read is no obstacle to `exist_ok`
        assert client.api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO
    with online(hub):
        refused(lambda: commit(anonymous), 401, RepositoryNotFoundError)
        refused(lambda: anonymous.create_repo("ada/new", repo_type="dataset"), 401)
    with online(hub, "hf_bob") as client:
        refused(lambda: commit(client.api), 403)
        assert commit(client.api, create_pr=True)
        hub.revoke("hf_bob")
        refused(lambda: commit(client.api), 401)
    assert len(hub.repo(REPO).commits) == 2


def test_a_gated_repository(hub: LoopbackHub) -> None:
    hub.push(REPO, {"README.md": b"x"})
    hub.repo(REPO).gated = True
    for token, status in ((None, 401), ("hf_bob", 403)):
        with online(hub, token) as client:
            assert client.api.dataset_info(REPO).gated == "manual"
            refused(lambda: hf_hub_download(REPO, "README.md", repo_type="dataset"), status, GatedRepoError)
            refused(lambda: client.api.auth_check(REPO, repo_type="dataset"), status, GatedRepoError)
            with pytest.raises(DatasetNotFoundError, match="gated"):
                load_dataset(REPO)
    hub.repo(REPO).granted.add("bob")
    with online(hub, "hf_bob"):
        assert hf_hub_download(REPO, "README.md", repo_type="dataset")


def test_a_bad_card_is_refused() -> None:
    with LoopbackHub(check_card=lambda text: ["license is unknown"] if "license: odd" in text else []) as hub:
        hub.add_user("ada", "hf_ada")
        hub.add_repo(REPO)
        with online(hub, "hf_ada") as client:
            bad = [CommitOperationAdd("README.md", b"---\nlicense: odd\n---\n")]
            with pytest.raises(ValueError, match="license is unknown"):
                client.api.create_commit(REPO, bad, commit_message="x", repo_type="dataset")
            empty = [CommitOperationAdd("README.md", b"# no metadata\n")]
            with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
                client.api.create_commit(REPO, empty, commit_message="x", repo_type="dataset")


def test_a_mistake_of_the_hub_itself_is_told() -> None:
    def broken(_text: str) -> list[str]:
        raise ZeroDivisionError

    def use() -> None:
        with LoopbackHub(check_card=broken) as hub, online(hub, "hf_ada") as client:
            hub.add_user("ada", "hf_ada")
            hub.add_repo(REPO)
            card = [CommitOperationAdd("README.md", b"---\n---\n")]
            with pytest.raises(HfHubHTTPError, match="500"):
                client.api.create_commit(REPO, card, commit_message="x", repo_type="dataset")

    with pytest.raises(ExceptionGroup) as caught:
        use()
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)
