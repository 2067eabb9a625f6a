"""Copies of files that stand behind a URL, fetched whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import fsspec
import httpx2
from fsspec.registry import known_implementations

from curation.atomic import write_whole
from curation.errors import CurationError, Location, OutputError, SourceError, SourceNotFoundError
from curation.identity import short_hash
from curation.sources.kinds import last_part

__all__ = ["fetch"]

_BLOCK: Final = 1 << 20
# Bytes that a file system of fsspec asks for at once.
_REQUEST: Final = 16 << 20
# Seconds without a byte after which a server is given up.
_SILENCE: Final = 60.0
# What fsspec's file systems tell of a file that changes when its content does.
_MARKS: Final = (
    "ETag", "etag", "md5", "content_md5", "checksum", "sha256", "crc32c", "oid", "blob_id", "xet_hash", "generation",
    "version_id", "VersionId", "LastModified", "last_modified", "updated", "mtime", "modified", "created",
)  # fmt: skip
# Packages that bring a file system, where fsspec's own message does not name one to install.
_PACKAGES: Final = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "adl": "adlfs",
    "sftp": "paramiko", "ssh": "paramiko", "oci": "ocifs", "oss": "ossfs", "webdav": "webdav4", "smb": "smbprotocol",
    "github": "requests", "box": "boxfs", "dropbox": "dropboxdrivefs", "gdrive": "gdrivefs", "http": "aiohttp requests",
    "https": "aiohttp requests",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Remote:
    """A file behind a URL, before it is read.

    Attributes:
        size: Its bytes, where they are told.
        mark: What tells this content from another; None where nothing does.
        read: Yields its bytes.
    """

    size: int | None
    mark: str | None
    read: Callable[[], Iterator[bytes]]


def fetch(url: str, folder: Path, watch: Callable[[int, int | None], None]) -> tuple[Path, str | None]:
    """Copy a file behind a URL into a folder, unless its copy is there already.

    A copy is used again if the server tells by an ETag, a checksum or a time that the file is still the same. Copies of
    what it was before stay until somebody empties the folder.

    Args:
        url: `http://` and `https://`, or any protocol that fsspec knows.
        folder: Where copies are kept; it is made if it is not there.
        watch: Told the bytes that are there and those in all (None where the server does not say).

    Returns:
        The copy, and its sha256 if it was fetched just now.

    Raises:
        SourceNotFoundError: There is no such file, or it may not be read.
        SourceError: The protocol is not known, its package is not installed, or the file cannot be fetched.
        OutputError: The copy cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder for downloads cannot be made ({error.strerror})",
            where=Location(folder),
            hint="choose another place",
        ) from error
    with ExitStack() as stack:
        remote = (_over_http if url.lower().startswith(("http://", "https://")) else _over_fsspec)(url, stack)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", last_part(url))[-80:]
        copy = folder / f"{short_hash(f'{url} {remote.mark} {remote.size}'.encode())}-{name}"
        if remote.mark is not None and copy.is_file() and remote.size in (None, copy.stat().st_size):
            return copy, None
        digest = hashlib.sha256()
        write_whole(copy, lambda partial: _write(partial, remote, url, digest, watch))
    return copy, digest.hexdigest()


def _write(partial: Path, remote: _Remote, url: str, digest: Any, watch: Callable[[int, int | None], None]) -> None:
    done = 0
    with partial.open("wb") as file:
        for block in remote.read():
            file.write(block)
            digest.update(block)
            done += len(block)
            watch(done, remote.size)
    if remote.size is not None and done != remote.size:
        raise _failed(url, f"{done:,} of {remote.size:,} bytes came")


def _failed(url: str, told: object) -> SourceError:
    # some libraries tell more in the lines below
    first = (str(told).strip() or type(told).__name__).splitlines()[0]
    return SourceError(
        f"the file cannot be fetched ({first})",
        where=Location(url),
        expected="a file that can be read from here",
        hint="check the address and the network, then run again",
    )


def _refused(url: str, what: str, hint: str) -> SourceNotFoundError:
    return SourceNotFoundError(what, where=Location(url), expected="a file that can be read from here", hint=hint)


def _over_http(url: str, stack: ExitStack) -> _Remote:
    try:
        client = stack.enter_context(httpx2.Client(follow_redirects=True, timeout=_SILENCE))
        # the bytes as they are: a server may else pack them on the way
        headers = {"Accept-Encoding": "identity"}
        response = stack.enter_context(client.stream("GET", url, headers=headers))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise _failed(url, error) from error
    status = response.status_code
    if status in (401, 403):
        raise _refused(url, f"the server refuses the file ({status})", "check that it may be read without signing in")
    if status in (404, 410):
        raise _refused(url, "there is no such file", "check the address")
    if status != 200:
        raise _failed(url, f"the server answers {status} {response.reason_phrase}")
    told = response.headers.get("Content-Length", "")
    mark = response.headers.get("ETag") or response.headers.get("Last-Modified")

    def read() -> Iterator[bytes]:
        try:
            yield from response.iter_raw(_BLOCK)
        except (httpx2.HTTPError, OSError) as error:
            raise _failed(url, error) from error

    return _Remote(int(told) if told.isdecimal() else None, mark, read)


def _over_fsspec(url: str, stack: ExitStack) -> _Remote:
    system, path = _file_system(url)
    try:
        # what it remembers of the file may be outdated
        system.invalidate_cache()
        info: Mapping[str, Any] = system.info(path)
        if info.get("type") == "directory":
            raise _refused(url, "this is a folder", "name the file in it")
        file = stack.enter_context(closing(system.open(path, "rb", block_size=_REQUEST)))
    except Exception as error:
        raise _translated(url, error) from error
    size = info.get("size")
    marks = [f"{name}={info[name]}" for name in _MARKS if info.get(name) is not None]

    def read() -> Iterator[bytes]:
        while True:
            try:
                block = file.read(_BLOCK)
            except Exception as error:
                raise _translated(url, error) from error
            if not block:
                return
            yield block

    return _Remote(size if isinstance(size, int) else None, " ".join(marks) or None, read)


def _file_system(url: str) -> tuple[Any, str]:
    protocol = url.partition("://")[0].partition("::")[0]
    try:
        return fsspec.core.url_to_fs(url)  # type: ignore[no-any-return]
    except ImportError as error:
        package = _PACKAGES.get(protocol)
        raise SourceError(
            f"{protocol}:// needs a package that is not installed ({error})",
            where=Location(url),
            expected="a protocol that can be read",
            hint=f"pip install {package}" if package else "install it, or fetch the file and name the copy",
        ) from error
    except Exception as error:
        if isinstance(error, ValueError) and protocol not in known_implementations:
            raise SourceError(
                f"there is no protocol {protocol}://",
                where=Location(url),
                expected="http://, https://, hf://, s3://, gs:// or another one of fsspec",
                hint="check the address, or fetch the file and name the copy",
            ) from error
        raise _translated(url, error) from error


def _translated(url: str, error: Exception) -> CurationError:
    """Return our error for one of a file system, of which each has its own."""
    if isinstance(error, CurationError):
        return error
    if isinstance(error, FileNotFoundError):
        return _refused(url, "there is no such file", "check the address")
    if isinstance(error, PermissionError):
        return _refused(url, "the file may not be read", "sign in, or check the rights")
    return _failed(url, error)
