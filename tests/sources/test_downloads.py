"""URLs: copied whole or not at all, and not again where the server says that nothing changed."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from curation.errors import OutputError, SourceError, SourceNotFoundError
from tests.hub import LoopbackHub, online
from tests.sources.reading import json_lines, opened, outcome, packed, paper

CONTENT = packed(json_lines(*map(paper, range(2000))), "gzip")


class _Site(ThreadingHTTPServer):
    """A server of files, which may go wrong."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.headers: dict[str, str] = {}
        self.status = 200
        self.sent: int | None = None
        self.chunked = False
        self.bodies = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Site

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        site = self.server
        path = self.path.partition("?")[0]
        self.close_connection = True
        if path == "/moved.jsonl":
            self.send_response(302)
            self.send_header("Location", "/a.jsonl.gz")
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            return
        body = site.files.get(path)
        status = 404 if body is None else site.status
        body = body or b""
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in site.headers.items():
            self.send_header(name, value)
        if site.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if site.chunked:
                self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            else:
                self.wfile.write(body[: site.sent])
            self.wfile.flush()
            site.bodies += 1
        except OSError:
            pass  # the client went away


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Site]:
    monkeypatch.setenv("NO_PROXY", "*")
    with _Site() as server:
        server.files["/a.jsonl.gz"] = CONTENT
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_over_http(site: _Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    url = site.url("/a.jsonl.gz?download=1")
    source = opened(url, downloads=tmp_path / "d", watch=lambda done, total: seen.append((done, total)))
    assert source.path.read_bytes() == CONTENT
    assert source.path.parent == tmp_path / "d"
    assert (source.name, source.shown, source.compression) == ("a.jsonl.gz", url, "gzip")
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert outcome(source)[0].num_rows == 2000
    (tmp_path / "local.jsonl.gz").write_bytes(CONTENT)
    assert opened(tmp_path / "local.jsonl.gz").sha256 == source.sha256


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_a_copy_is_used_again_while_the_file_is_the_same(site: _Site, tmp_path: Path, header: str) -> None:
    url = site.url("/a.jsonl.gz")
    site.headers = {header: "one"}
    first = opened(url, downloads=tmp_path)
    made = first.path.stat().st_ino
    second = opened(url, downloads=tmp_path)
    assert (second, second.path.stat().st_ino) == (first, made)
    site.headers = {header: "two"}
    site.files["/a.jsonl.gz"] = packed(json_lines(paper()), "gzip")
    third = opened(url, downloads=tmp_path)
    assert third.sha256 != first.sha256
    assert outcome(third)[0].num_rows == 1
    # somebody may still be reading the other one
    assert first.path.exists()


def test_a_copy_is_fetched_again_where_nothing_tells_that_it_is_the_same(site: _Site, tmp_path: Path) -> None:
    url = site.url("/a.jsonl.gz")
    first = opened(url, downloads=tmp_path)
    changed = bytearray(json_lines(paper()).ljust(len(CONTENT)))
    site.files["/a.jsonl.gz"] = bytes(changed)
    second = opened(url, downloads=tmp_path)
    assert first.sha256 != second.sha256
    assert len(_names(tmp_path)) == 1


def test_a_copy_that_lost_its_end_is_fetched_again(site: _Site, tmp_path: Path) -> None:
    site.headers = {"ETag": "one"}
    url = site.url("/a.jsonl.gz")
    source = opened(url, downloads=tmp_path)
    source.path.write_bytes(CONTENT[:50])
    assert opened(url, downloads=tmp_path) == source
    assert source.path.read_bytes() == CONTENT


def test_no_size_and_another_address(site: _Site, tmp_path: Path) -> None:
    site.chunked = True
    seen: list[int | None] = []
    source = opened(site.url("/moved.jsonl"), downloads=tmp_path, watch=lambda _, total: seen.append(total))
    assert source.sha256 == opened(site.url("/a.jsonl.gz"), downloads=tmp_path).sha256
    assert set(seen) == {None}
    assert source.name == "moved.jsonl"


def test_a_file_that_breaks_off_leaves_nothing(site: _Site, tmp_path: Path) -> None:
    site.sent = len(CONTENT) // 2
    with pytest.raises(SourceError, match="the file cannot be fetched") as caught:
        opened(site.url("/a.jsonl.gz"), downloads=tmp_path / "d")
    assert site.url("/a.jsonl.gz") in str(caught.value)
    assert _names(tmp_path / "d") == []


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (401, SourceNotFoundError, "the server refuses the file"),
        (403, SourceNotFoundError, "the server refuses the file"),
        (404, SourceNotFoundError, "there is no such file"),
        (500, SourceError, "the server answers 500"),
    ],
)
def test_a_server_that_refuses(site: _Site, tmp_path: Path, status: int, error: type[SourceError], told: str) -> None:
    site.status = status
    with pytest.raises(error, match=told) as caught:
        opened(site.url("/a.jsonl.gz"), downloads=tmp_path)
    assert caught.value.hint
    assert type(caught.value) is error


def test_no_server(site: _Site, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="there is no such file"):
        opened(site.url("/none.csv"), downloads=tmp_path)
    with pytest.raises(SourceError, match="the file cannot be fetched"):
        opened("http://127.0.0.1:1/a.jsonl", downloads=tmp_path)
    with pytest.raises(SourceError, match="the file cannot be fetched"):
        opened("http://[/a.jsonl", downloads=tmp_path)


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    system.pipe_file("/records-of-tests/a.jsonl", json_lines(paper(), paper(1)))
    yield system
    system.rm("/records-of-tests", recursive=True)


def test_a_file_over_fsspec(memory: Any, tmp_path: Path) -> None:
    url = "memory://records-of-tests/a.jsonl"
    seen: list[tuple[int, int | None]] = []
    source = opened(url, downloads=tmp_path, watch=lambda done, total: seen.append((done, total)))
    assert outcome(source)[0].num_rows == 2
    assert (source.name, source.shown) == ("a.jsonl", url)
    assert seen == [(source.bytes, source.bytes)]
    made = source.path.stat().st_ino
    assert opened(url, downloads=tmp_path) == source
    assert source.path.stat().st_ino == made
    memory.pipe_file("/records-of-tests/a.jsonl", json_lines(paper(), paper(2)))
    assert opened(url, downloads=tmp_path).sha256 != source.sha256


def test_chained_urls(memory: Any, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("in/a.csv", "title,abstract\na,b\n")
    memory.pipe_file("/records-of-tests/a.zip", out.getvalue())
    url = "zip://in/a.csv::memory://records-of-tests/a.zip"
    source = opened(url, downloads=tmp_path / "d")
    assert (source.name, source.format, outcome(source)[0].num_rows) == ("a.csv", "csv", 1)
    with pytest.raises(SourceNotFoundError, match="there is no such file"):
        opened("zip://none.csv::memory://records-of-tests/a.zip", downloads=tmp_path / "d")


def test_what_fsspec_cannot_give(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="there is no such file"):
        opened("memory://records-of-tests/none.jsonl", downloads=tmp_path)
    with pytest.raises(SourceNotFoundError, match="this is a folder"):
        opened("memory://records-of-tests", downloads=tmp_path, format="jsonl")
    with pytest.raises(SourceError, match="there is no protocol xyz://") as caught:
        opened("xyz://bucket/a.jsonl", downloads=tmp_path)
    assert "s3://" in (caught.value.expected or "")
    memory.pipe_file("/records-of-tests/empty.jsonl", b"")
    with pytest.raises(SourceError, match="the file is empty") as caught:
        opened("memory://records-of-tests/empty.jsonl", downloads=tmp_path)
    assert "memory://records-of-tests/empty.jsonl" in str(caught.value)


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(SourceError, match="s3:// needs a package that is not installed") as caught:
        opened("s3://bucket/a.jsonl", downloads=tmp_path)
    assert caught.value.hint == "pip install s3fs"


@pytest.mark.parametrize("error", [RuntimeError("no credentials\nat all"), OSError(5, "gone"), PermissionError("no")])
def test_any_failure_of_a_file_system_is_told(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class _Broken:
        def read(self, size: int) -> bytes:
            raise error

        def close(self) -> None:
            """Nothing is open."""

    monkeypatch.setattr(type(memory), "open", lambda *_, **__: _Broken())
    with pytest.raises(SourceError) as caught:
        opened("memory://records-of-tests/a.jsonl", downloads=tmp_path)
    assert "at all" not in str(caught.value)
    assert caught.value.hint
    assert _names(tmp_path) == []


def test_a_folder_that_cannot_be_made(memory: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="the folder for downloads cannot be made"):
        opened("memory://records-of-tests/a.jsonl", downloads=tmp_path / "file" / "d")


def test_a_file_on_the_hub(tmp_path: Path) -> None:
    with LoopbackHub() as hub:
        hub.push("lab/papers", {"data/train.jsonl.gz": CONTENT})
        with online(hub) as client:
            url = "hf://datasets/lab/papers/data/train.jsonl.gz"
            source = opened(url, downloads=tmp_path)
            assert source.path.read_bytes() == CONTENT
            made = source.path.stat().st_ino
            client.forget()
            assert opened(url, downloads=tmp_path).path.stat().st_ino == made
            hub.push("lab/papers", {"data/train.jsonl.gz": packed(json_lines(paper()), "gzip")})
            client.forget()
            assert outcome(opened(url, downloads=tmp_path))[0].num_rows == 1
            with pytest.raises(SourceNotFoundError, match="there is no such file"):
                opened("hf://datasets/lab/papers/none.jsonl", downloads=tmp_path)
