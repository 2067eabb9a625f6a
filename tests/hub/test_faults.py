"""Each kind of fault, as the real client meets it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pandas as pd
import pytest
from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import HfHubHTTPError

from tests.hub import Call, Client, Fault, FaultKind, LoopbackHub, online, rate_limited

REPO = "ada/papers"
NOISE = os.urandom(3000)


def commit(client: Client, path: str = "a.txt", data: bytes = b"a") -> object:
    operations = [CommitOperationAdd(path, data)]
    return client.api.create_commit(REPO, operations, commit_message="x", repo_type="dataset")


@pytest.fixture(autouse=True)
def _repository(hub: LoopbackHub) -> None:
    hub.push(REPO, {"README.md": b"x" * 1000, "big.bin": NOISE})


@pytest.mark.parametrize(
    ("kind", "error", "made"),
    [
        ("status", HfHubHTTPError, False),
        ("status_after", HfHubHTTPError, True),
        ("drop_before", httpx2.RemoteProtocolError, False),
        ("drop_after", httpx2.RemoteProtocolError, True),
        ("drop_midway", httpx2.RemoteProtocolError, True),
        ("reset", httpx2.ReadError, False),
        ("timeout", httpx2.RemoteProtocolError, False),
        ("timeout_after", httpx2.RemoteProtocolError, True),
        ("delay", None, True),
    ],
)
def test_a_commit_is_tried_once(
    hub: LoopbackHub, client: Client, kind: FaultKind, error: type[Exception] | None, made: bool
) -> None:
    hub.fail("commit", kind, seconds=0.3)
    before = time.monotonic()
    if error is None:
        commit(client)
    else:
        with pytest.raises(error):
            commit(client)
    # the client sets no limit of its own for a commit: it waits until the connection ends
    if kind in {"timeout", "timeout_after", "delay"}:
        assert time.monotonic() - before > 0.3
    assert ("a.txt" in hub.repo(REPO).files()) == made
    assert hub.count("commit") == 1
    assert [call.fault for call in hub.calls if call.route == "commit"] == [kind]


def test_steps_before_the_commit_are_tried_again(hub: LoopbackHub, client: Client) -> None:
    hub.fail("preupload", status=429, headers=rate_limited(0))
    hub.fail("lfs_batch", status=500, headers={"Retry-After": "0"})
    hub.fail("lfs_upload", "drop_after")
    hub.fail("lfs_verify", "reset")
    commit(client, "new.bin", NOISE[::-1])
    assert hub.repo(REPO).files()["new.bin"] == NOISE[::-1]
    counts = [hub.count(route) for route in ("preupload", "lfs_batch", "lfs_upload", "lfs_verify", "commit")]
    assert counts == [2, 2, 2, 2, 1]


def test_a_download_goes_on_where_it_broke_off(hub: LoopbackHub, client: Client) -> None:
    hub.push(REPO, {"bigger.bin": NOISE * 8000})
    hub.fail("resolve", "drop_midway", method="GET", path="README.md")
    hub.fail("content", "drop_midway")
    for name in ("README.md", "bigger.bin"):
        found = client.api.hf_hub_download(REPO, name, repo_type="dataset")
        assert Path(found).read_bytes() == hub.repo(REPO).files()[name]
    # the client keeps what it has in steps of 10 MiB, so that a short file starts again
    ranges = [call.headers.get("range") for call in hub.calls if call.method == "GET"]
    assert ranges == [None, None, None, f"bytes={10 * 1024 * 1024}-"]


def test_a_client_does_not_see_that_content_is_corrupt(hub: LoopbackHub, client: Client) -> None:
    hub.fail("content", "corrupt")
    found = Path(client.api.hf_hub_download(REPO, "big.bin", repo_type="dataset")).read_bytes()
    assert found != NOISE
    assert len(found) == len(NOISE)


def test_time_limits_of_reading_can_be_set(hub: LoopbackHub) -> None:
    hub.push(REPO, {"a.parquet": _parquet()})
    hub.fail("repo_info", "timeout")
    with online(hub, "hf_ada", etag_timeout=1, download_timeout=1) as client:
        before = time.monotonic()
        with pytest.raises(httpx2.ReadTimeout):
            pd.read_parquet(f"hf://datasets/{REPO}/a.parquet")
        assert 0.9 < time.monotonic() - before < 10
        hub.fail("content", "timeout")
        assert len(pd.read_parquet(f"hf://datasets/{REPO}/a.parquet")) == 2
        assert client.hub_cache.name == "hub"
    assert hub.count("content") >= 2


def _parquet() -> bytes:
    return bytes(pd.DataFrame({"a": [1, 2]}).to_parquet())


def test_half_a_request_has_no_effect(hub: LoopbackHub) -> None:
    commit = b'{"key": "header", "value": {"summary": "x"}}\n'
    head = f"POST /api/datasets/{REPO}/commit/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_ada\r\n".encode()
    half = b"Content-Length: %d\r\n\r\n%s" % (len(commit) + 1, commit)
    chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(commit), commit)
    for rest in (half, chunks, chunks + b"0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", int(hub.endpoint.rsplit(":", 1)[1]))) as connection:
            connection.sendall(head + rest)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert [call.status for call in hub.calls] == [200]
    assert [made.message for made in hub.repo(REPO).commits[2:]] == ["x"]


def test_another_writer_can_come_between_two_calls(hub: LoopbackHub, client: Client) -> None:
    def push(call: Call) -> None:
        if call.route == "commit":
            hub.push(REPO, {"theirs.txt": b"t"})

    hub.on_call = push
    head = hub.repo(REPO).head()
    add = [CommitOperationAdd("mine.txt", b"m")]
    with pytest.raises(HfHubHTTPError, match="412"):
        client.api.create_commit(REPO, add, commit_message="x", repo_type="dataset", parent_commit=head)
    assert "theirs.txt" in hub.repo(REPO).files()


def test_which_calls_fail_is_counted(hub: LoopbackHub, client: Client) -> None:
    hub.fail("repo_info", nth=2, times=2, status=500)
    hub.fail("repo_info", status=404, path="nothing", times=None)
    outcomes = []
    for _ in range(5):
        try:
            client.api.dataset_info(REPO)
            outcomes.append(200)
        except HfHubHTTPError as error:
            outcomes.append(error.response.status_code)
    assert outcomes == [200, 500, 500, 200, 200]
    hub.forget_calls()
    hub.fail_call(2, Fault(status=502, headers={"X-Odd": "yes"}))
    client.api.dataset_info(REPO)
    with pytest.raises(HfHubHTTPError) as caught:
        client.api.list_repo_refs(REPO, repo_type="dataset")
    assert (caught.value.response.status_code, caught.value.response.headers["X-Odd"]) == (502, "yes")
    assert [(call.number, call.route, call.status) for call in hub.calls] == [(1, "repo_info", 200), (2, "refs", 502)]
    hub.forget_calls()
    hub.heal()
    client.api.dataset_info(REPO)
    client.api.dataset_info(REPO)


def test_the_hub_can_go_away_and_come_back(hub: LoopbackHub, client: Client) -> None:
    hub.unavailable = True
    with pytest.raises(HfHubHTTPError, match="503"):
        client.api.dataset_info(REPO)
    hub.unavailable = False
    endpoint = hub.endpoint
    hub.down()
    with pytest.raises(httpx2.TransportError):
        client.api.dataset_info(REPO)
    hub.up()
    assert hub.endpoint == endpoint
    client.forget()
    assert client.api.dataset_info(REPO).sha == hub.repo(REPO).head()


@pytest.mark.parametrize("made", [False, True])
def test_a_client_can_be_killed_between_two_calls(hub: LoopbackHub, tmp_path: Path, made: bool) -> None:
    code = (
        "from huggingface_hub import HfApi\n"
        f"HfApi().upload_file(path_or_fileobj=b'k', path_in_repo='k.txt', repo_id='{REPO}', repo_type='dataset')\n"
    )
    env = hub.environment(tmp_path, "hf_ada")
    process = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=tmp_path)

    def kill(call: Call) -> None:
        if call.route == "commit":
            process.send_signal(signal.SIGKILL)
            process.wait()

    hub.on_call = kill
    if not made:
        hub.fail("commit", "drop_before")
    assert process.wait(60) == -signal.SIGKILL
    # the request was received whole, so that the Hub does what it asks for, unless told not to
    end = time.monotonic() + 5
    while made and "k.txt" not in hub.repo(REPO).files() and time.monotonic() < end:
        time.sleep(0.01)
    assert ("k.txt" in hub.repo(REPO).files()) == made
