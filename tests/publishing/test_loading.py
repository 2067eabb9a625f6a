"""A version is loaded as that version or not at all: out of date caches, damage, moved tags, a Hub that is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from huggingface_hub import constants

import curation
from curation.diff.version import Version
from curation.errors import (
    AuthenticationError,
    CurationError,
    HubUnavailableError,
    LookupFailedError,
    ReleaseError,
    RepositoryError,
    VersionError,
    VersionNotFoundError,
)
from curation.hub.fetch import pinned_versions
from tests.commands import python_process
from tests.hub import Client, LoopbackHub, online
from tests.publishing.places import REPO, TOKEN, Built, Waits, connected, put
from tests.releases import copy_of, edit_manifest, files_of

Rows = list[dict[str, Any]]
TRAIN = "papers/train-00000-of-00001.parquet"


def rows_of(release: Path, path: str = TRAIN) -> Rows:
    rows: Rows = pq.read_table(release / path).to_pylist()
    return rows


def loaded(version: str | None, config: str = "papers", split: str = "train", repo: str = REPO, **more: Any) -> Rows:
    found: Any = curation.load(repo, version, config, split, **more)
    return [dict(row) for row in found]


def cached(client: Client, commit: str, path: str) -> Path:
    """The file of a commit in the client's cache, as itself."""
    (snapshot,) = client.hub_cache.glob(f"datasets--*/snapshots/{commit}")
    return (snapshot / path).resolve(strict=True)


def flip(file: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.fixture
def commits(hub: LoopbackHub, built: Built, waits: Waits) -> dict[str, str]:
    """Two versions, and their commits; nothing is waited for between tries."""
    return {
        version: put(hub, release, tag=version)
        for version, release in (("1.0.0", built.first), ("2.0.0", built.second))
    }


@pytest.fixture
def reader(hub: LoopbackHub, commits: dict[str, str]) -> Iterator[Client]:
    """A client without a token."""
    with connected(hub, None) as made:
        yield made


def test_a_version_that_was_fetched_is_given_while_the_hub_is_away_and_no_other(
    hub: LoopbackHub, reader: Client, built: Built
) -> None:
    wanted, newer = rows_of(built.first), rows_of(built.second)
    assert wanted != newer
    assert loaded("1.0.0") == wanted
    assert loaded("2.0.0") == newer
    assert load_dataset(REPO, "papers", split="train").to_list() == newer
    hub.unavailable = True
    assert loaded("1.0.0") == wanted
    assert loaded("1.0.0", streaming=True) == wanted
    assert loaded("2.0.0") == newer
    hub.down()
    assert loaded("1.0.0") == wanted


def test_a_version_that_was_not_fetched_is_an_error_while_the_hub_is_away(
    hub: LoopbackHub, reader: Client, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = rows_of(built.second)
    assert loaded("2.0.0") == newer
    assert load_dataset(REPO, "papers", split="train").to_list() == newer
    hub.unavailable = True
    with pytest.raises(HubUnavailableError, match=r"version 1\.0\.0 is not in the cache") as raised:
        loaded("1.0.0")
    assert raised.value.expected == "the Hub, or a version of the cache: 2.0.0"
    # beside it: what `datasets` gives for 1.0.0 is 2.0.0, the last it prepared
    import datasets.config

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    assert load_dataset(REPO, "papers", revision="1.0.0", split="train").to_list() == newer
    with pytest.raises(HubUnavailableError, match="offline mode is on"):
        loaded("1.0.0")


def test_a_version_of_which_another_table_was_fetched_is_an_error_while_the_hub_is_away(
    hub: LoopbackHub, reader: Client, built: Built
) -> None:
    assert loaded("1.0.0") == rows_of(built.first)
    hub.unavailable = True
    for config, split in (("listings", "train"), ("papers", "test")):
        with pytest.raises(HubUnavailableError, match=r"does not hold all that is wanted of version 1\.0\.0"):
            loaded("1.0.0", config, split)
    with pytest.raises(HubUnavailableError, match="does not hold all"):
        curation.load(REPO, "1.0.0")
    hub.unavailable = False
    assert loaded("1.0.0", "papers", "test") == rows_of(built.first, TRAIN.replace("train", "test"))


def test_without_a_version_the_hub_must_be_there(hub: LoopbackHub, reader: Client) -> None:
    for version in ("2.0.0", "1.0.0"):
        loaded(version)
    hub.unavailable = True
    with pytest.raises(HubUnavailableError, match="the newest version cannot be known") as raised:
        loaded(None)
    assert raised.value.expected == "the Hub, or a version of the cache: 1.0.0, 2.0.0"
    assert pinned_versions(REPO) == [Version(1, 0, 0), Version(2, 0, 0)]
    with pytest.raises(HubUnavailableError) as raised:
        loaded(None, repo="ada/unknown")
    assert raised.value.expected == "the Hub, or a version of the cache: none"


@pytest.mark.parametrize("path", [TRAIN, "manifest.json"])
def test_a_changed_byte_in_the_cache_is_noticed_and_mended(
    hub: LoopbackHub, reader: Client, built: Built, commits: dict[str, str], path: str
) -> None:
    wanted = rows_of(built.first)
    assert loaded("1.0.0") == wanted
    file = cached(reader, commits["1.0.0"], path)
    flip(file)
    hub.unavailable = True
    with pytest.raises(HubUnavailableError, match="does not hold all that is wanted"):
        loaded("1.0.0")
    hub.unavailable = False
    assert loaded("1.0.0") == wanted
    assert cached(reader, commits["1.0.0"], path).read_bytes() == (built.first / path).read_bytes()
    hub.unavailable = True
    assert loaded("1.0.0") == wanted


@pytest.mark.parametrize("path", [TRAIN, "manifest.json"])
def test_a_file_that_arrives_damaged_is_noticed_and_fetched_again(
    hub: LoopbackHub, reader: Client, built: Built, path: str
) -> None:
    hub.fail("resolve" if path == "manifest.json" else "content", "corrupt", method="GET")
    if path == "manifest.json":
        with pytest.raises(ReleaseError):
            loaded("1.0.0")
    assert loaded("1.0.0") == rows_of(built.first)


def test_a_damaged_pin_is_made_again(hub: LoopbackHub, reader: Client, built: Built) -> None:
    loaded("1.0.0")
    (pin,) = reader.home.rglob("versions/1.0.0.json")
    whole = pin.read_bytes()
    for content in (b"", b"{}", b"[1]", whole[:-20], b"\xff"):
        pin.write_bytes(content)
        assert loaded("1.0.0") == rows_of(built.first)
        assert pin.read_bytes() == whole


def test_a_tag_that_was_moved_is_an_error(hub: LoopbackHub, reader: Client, commits: dict[str, str]) -> None:
    loaded("1.0.0")
    hub.repo(REPO).tags["1.0.0"] = commits["2.0.0"]
    with pytest.raises(VersionError, match="when it was first fetched") as raised:
        loaded("1.0.0")
    assert all(commit in raised.value.what for commit in commits.values())
    with (
        online(hub),
        pytest.raises(ReleaseError, match=r"the tag 1\.0\.0 leads to a release that calls itself 2\.0\.0"),
    ):
        loaded("1.0.0")


def test_the_verified_cache_serves_a_process_that_is_offline(
    hub: LoopbackHub, built: Built, commits: dict[str, str], tmp_path: Path
) -> None:
    script = (
        "import json, sys, curation\n"
        f"rows = curation.load({REPO!r}, '1.0.0', split='train').to_list()\n"
        f"try: curation.load({REPO!r}, '2.0.0')\n"
        "except Exception as error: json.dump([rows, type(error).__name__, str(error)], sys.stdout)\n"
    )
    with connected(hub, None, home=tmp_path / "hf"):
        loaded("1.0.0")
    hub.down()
    env = hub.environment(tmp_path, HF_HUB_OFFLINE="1")
    done = python_process("-c", script, cwd=tmp_path, env=env)
    assert done.code == 0, done.err
    rows, kind, message = json.loads(done.out)
    assert rows == json.loads(json.dumps(rows_of(built.first)))
    assert kind == "HubUnavailableError"
    assert "version 2.0.0 is not in the cache" in message
    assert "offline mode is on" in message


def push(hub: LoopbackHub, release: Path, version: str, **changed: bytes | None) -> None:
    files: dict[str, bytes | None] = {path: (release / path).read_bytes() for path in files_of(release)}
    hub.repo(REPO).tags[version] = hub.push(REPO, {**files, **changed}).oid


def test_a_tag_on_something_else_than_its_release_is_an_error(
    hub: LoopbackHub, reader: Client, built: Built, tmp_path: Path
) -> None:
    manifest = (built.first / "manifest.json").read_bytes()
    flipped = bytearray((built.first / TRAIN).read_bytes())
    flipped[len(flipped) // 2] ^= 1
    beside = (built.second / TRAIN).read_bytes()
    for number, (changed, what) in enumerate(
        (
            ({}, "calls itself 1.0.0"),
            ({"manifest.json": manifest[:-100]}, "the manifest cannot be read"),
            ({"manifest.json": b"{}"}, "the manifest is damaged or of another kind"),
            ({"manifest.json": None}, "manifest.json cannot be fetched: there is no such file"),
        )
    ):
        push(hub, built.first, f"7.0.{number}", **changed)  # type: ignore[arg-type]
        with pytest.raises(ReleaseError, match=what):
            loaded(f"7.0.{number}")
    copy = copy_of(built.first, tmp_path)
    edit_manifest(copy, lambda manifest: manifest.update(version="8.0.0"))
    for content, what in (
        (bytes(flipped), f"{TRAIN}: the sha256 is"),
        (beside, f"{TRAIN}: the (file has|sha256 is)"),
        (None, f"{TRAIN} cannot be fetched: there is no such file"),
    ):
        push(hub, copy, "8.0.0", **{TRAIN: content})
        with pytest.raises(ReleaseError, match=what):
            loaded("8.0.0")
    assert Version(8, 0, 0) not in pinned_versions(REPO)


def test_names_that_are_wrong_are_told_with_the_right_ones(hub: LoopbackHub, reader: Client) -> None:
    with pytest.raises(LookupFailedError, match="there is no config 'paper'") as raised:
        curation.load(REPO, "1.0.0", "paper")
    assert "papers" in (raised.value.expected or "")
    assert raised.value.hint == "did you mean `papers`?"
    with pytest.raises(LookupFailedError, match="there is no split of papers 'tests'") as raised:
        curation.load(REPO, "1.0.0", split="tests")
    assert raised.value.hint == "did you mean `test`?"
    with pytest.raises(VersionNotFoundError, match=r"there is no version 1\.2\.0") as missing:
        curation.load(REPO, "1.2.0")
    assert missing.value.expected == "one of: 1.0.0, 2.0.0"
    with pytest.raises(VersionError, match="'newest' is no version"):
        curation.load(REPO, "newest")
    with pytest.raises(VersionError, match=r"'1\.0\.0' is no version, or not the one of"):
        curation.load(f"{REPO}@2.0.0", "1.0.0")
    with pytest.raises(RepositoryError, match="not allowed on the Hub"):
        curation.load("a--b/c")


def test_a_repository_without_versions_is_told_apart_from_none(hub: LoopbackHub, reader: Client) -> None:
    hub.add_repo("ada/empty")
    with pytest.raises(VersionNotFoundError, match="there is no version yet"):
        curation.load("ada/empty")
    with pytest.raises(AuthenticationError, match="no token was given, and there is nothing public of that name"):
        curation.load("ada/unknown")
    with pytest.raises(RepositoryError, match="there is no such dataset, or it is private"):
        curation.load("ada/unknown", token=TOKEN)


def test_a_private_repository_needs_a_token_of_its_owner(hub: LoopbackHub, reader: Client, built: Built) -> None:
    hub.repo(REPO).private = True
    assert loaded("1.0.0", token=TOKEN) == rows_of(built.first)
    failures: list[CurationError] = []
    for token in (None, "hf_bob", "hf_wrong"):
        with pytest.raises(CurationError) as raised:
            loaded("2.0.0", token=token)
        failures.append(raised.value)
    assert [type(one) for one in failures] == [AuthenticationError, RepositoryError, AuthenticationError]
    assert len({one.what for one in failures}) == 3
    assert all("hf_" not in str(one) for one in failures)
    # what one had a right to once is not given to one without it
    with pytest.raises(AuthenticationError):
        loaded("1.0.0")


def test_a_gated_repository_has_a_message_of_its_own(hub: LoopbackHub, reader: Client, built: Built) -> None:
    hub.repo(REPO).gated = True
    for token in (None, "hf_bob"):
        with pytest.raises(RepositoryError, match="the repository is gated") as raised:
            loaded("1.0.0", token=token)
        assert "ask for access on its page" in (raised.value.hint or "")
    hub.repo(REPO).granted.add("bob")
    assert loaded("1.0.0", token="hf_bob") == rows_of(built.first)
    assert loaded("2.0.0", token=TOKEN) == rows_of(built.second)
