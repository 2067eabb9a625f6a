"""Record files by name and by content: which they are, how they are packed, and what is wrong with them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import random
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from curation.errors import SourceError, SourceNotFoundError
from curation.schemas.stages import EnrichedPapers
from curation.sources.record_rows import id_and_year
from curation.sources.records import FORMATS, Columns, is_record_file, open_record_source, read_chunks
from tests.sources.reading import json_lines, opened, outcome, packed, paper


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("a.jsonl", True),
        ("x/a.NDJSON", True),
        ("a.json.gz", True),
        ("a.csv", True),
        ("a.csv.zst", True),
        ("a.b.parquet", True),
        ("https://example.org/a.jsonl.gz?download=1#top", True),
        ("hf://datasets/lab/papers@main/train.parquet", True),
        ("simplecache::s3://bucket/a.csv", True),
        ("zip://a.csv::https://example.org/b.zip", True),
        ("a.parquet.gz", False),
        ("a.txt", False),
        ("a.gz", False),
        ("jsonl", False),
        ("https://example.org/?file=a.jsonl", False),
    ],
)
def test_record_files_by_name(path: str, is_one: bool) -> None:
    assert is_record_file(path) is is_one


def test_a_source_is_named_by_its_content(tmp_path: Path) -> None:
    content = packed(json_lines(paper()), "gzip")
    seen: list[tuple[int, int | None]] = []
    source = opened(tmp_path / "a.jsonl", content, watch=lambda done, total: seen.append((done, total)))
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert source.source_id == source.sha256[:16]
    assert (source.bytes, source.format, source.compression) == (len(content), "jsonl", "gzip")
    assert (source.name, source.shown) == ("a.jsonl", str(tmp_path / "a.jsonl"))
    assert seen == [(len(content), len(content))]
    assert opened(tmp_path / "b.json.zst", content, name="mine").name == "mine"


def test_paths_are_read_from_the_base(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(paper()))
    for path in ("a.jsonl", str(tmp_path / "a.jsonl"), (tmp_path / "a.jsonl").as_uri()):
        source = open_record_source(
            path, base=tmp_path, name=None, format=None, columns=Columns(), downloads=tmp_path / "downloads"
        )
        assert (source.path, source.name) == (tmp_path / "a.jsonl", "a.jsonl")
    assert not (tmp_path / "downloads").exists()


def test_the_format_may_be_told(tmp_path: Path) -> None:
    path = tmp_path / "papers.txt"
    assert outcome(opened(path, json_lines(paper()), format="jsonl"))[0].num_rows == 1
    with pytest.raises(SourceError, match="the name does not tell the format") as caught:
        opened(path)
    assert all(one in str(caught.value) for one in FORMATS)
    with pytest.raises(SourceError, match="there is no format 'json'"):
        opened(path, format="json")


def _zip(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.jsonl", content)
    return out.getvalue()


def _tar(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.jsonl")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("how", [None, "gzip", "zstd"])
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_zip, "a zip archive"),
        (_tar, "a tar archive"),
        (lzma.compress, "an xz file"),
        (bz2.compress, "a bzip2 file"),
        (lambda content: content.decode().encode("utf-16"), "UTF-16 text"),
        (lambda content: content.decode().encode("utf-16-le"), "UTF-16 text"),
        (lambda content: content.decode().encode("utf-16-be"), "UTF-16 text"),
        (lambda content: b"<!DOCTYPE html><p>" + content, "an HTML page"),
        (lambda content: b"PAR1" + content, "a Parquet file"),
        (lambda _: b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_files_of_another_kind_are_named(tmp_path: Path, spoil: Any, told: str, how: str | None, name: str) -> None:
    with pytest.raises(SourceError, match=f"this is {told}") as caught:
        opened(tmp_path / name, packed(spoil(json_lines(paper())), how))
    assert caught.value.expected
    assert caught.value.hint


def test_what_is_packed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="this is a zstd file inside a gzip file"):
        opened(tmp_path / "a.jsonl.gz", packed(packed(json_lines(paper()), "zstd"), "gzip"))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="there is no such file"):
        opened(tmp_path / "none.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(SourceNotFoundError, match="this is a folder"):
        opened(tmp_path / "folder.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(SourceNotFoundError, match="this is no regular file"):
        opened(tmp_path / "pipe.jsonl")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json_lines(paper()))
    path.chmod(0)
    with pytest.raises(SourceNotFoundError, match="Permission denied"):
        opened(path)


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_that_is_cut_off_is_noticed_wherever_that_is(tmp_path: Path, how: str, suffix: str) -> None:
    draw = random.Random(1)
    rows = [paper(number, abstract=draw.randbytes(40).hex()) for number in range(3000)]
    if suffix == "jsonl":
        content = json_lines(*rows)
    else:
        lines = [",".join((row["title"], row["abstract"])) for row in rows]
        content = "\n".join(["title,abstract", *lines, ""]).encode()
    whole = packed(content, how)
    cuts = {1, 5, 20, len(whole) // 2, 1 << 16, *(len(whole) - back for back in (1, 2, 4, 7, 8, 9))}
    path = tmp_path / f"a.{suffix}"
    assert outcome(opened(path, whole))[0].num_rows == 3000
    told = []
    for cut in sorted(cuts):
        with pytest.raises(SourceError) as caught:
            outcome(opened(path, whole[:cut]), 50)
        if cut > 3:  # else nothing tells how it was packed
            match = re.search(r"is cut off or damaged, after ([\d,]+) records? ", caught.value.what)
            assert match is not None
            told.append(int(match[1].replace(",", "")))
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] > 2000


def test_a_packed_file_that_is_damaged_is_noticed(tmp_path: Path) -> None:
    whole = bytearray(packed(json_lines(*map(paper, range(2000))), "gzip"))
    whole[len(whole) // 2] ^= 1
    with pytest.raises(SourceError, match="the gzip file is cut off or damaged"):
        outcome(opened(tmp_path / "a.jsonl", bytes(whole)))
    with pytest.raises(SourceError, match="the gzip file is cut off or damaged, after 0 records "):
        opened(tmp_path / "a.jsonl", packed(json_lines(paper()), "gzip") + b"and more")


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_of_several_parts_is_read_whole(tmp_path: Path, how: str) -> None:
    parts = [packed(json_lines(*map(paper, range(start, start + 500))), how) for start in (0, 500, 1000)]
    if how == "zstd":  # as parallel packers write: a frame to be skipped in front
        parts.insert(0, b"\x50\x2a\x4d\x18\x04\0\0\0abcd")
    source = opened(tmp_path / "a.jsonl", b"".join(parts))
    assert source.compression == how
    records, removed = outcome(source, 70)
    assert (records.num_rows, removed.num_rows) == (1500, 0)
    assert records["title"].to_pylist() == [paper(number)["title"] for number in range(1500)]


@pytest.mark.parametrize("how", [None, "gzip"])
def test_a_file_that_changes_is_noticed(tmp_path: Path, how: str | None) -> None:
    path = tmp_path / "a.jsonl"
    content = packed(json_lines(*map(paper, range(100))), how)
    source = opened(path, content)
    path.write_bytes(content + content)
    with pytest.raises(SourceError, match="the file was changed while it was read"):
        next(read_chunks(source, 10))
    path.write_bytes(content)
    chunks = read_chunks(source, 10)
    next(chunks)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="the file was changed while it was read"):
        list(chunks)
    path.unlink()
    with pytest.raises(SourceNotFoundError, match="cannot be read any more"):
        list(read_chunks(source, 10))


def test_a_chunk_needs_rows(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.jsonl", json_lines(paper()))
    with pytest.raises(ValueError, match="a chunk needs rows, not 0"):
        read_chunks(source, 0)


def test_progress_reaches_the_end_of_the_file(tmp_path: Path) -> None:
    content = json_lines(
        *[paper(number, abstract=random.Random(number).randbytes(300).hex()) for number in range(9000)]
    )
    for how in (None, "gzip", "zstd"):
        source = opened(tmp_path / "a.jsonl", packed(content, how))
        read = [chunk.read for chunk in read_chunks(source, 500)]
        assert read == sorted(read)
        assert read[-1] == source.bytes
        assert read[0] < source.bytes


@pytest.mark.parametrize(
    "arxiv_id", ["2403.03900", "2403.0390", "math/0309136", "math.GT/0309136", "cond-mat/9901001", "hep-th/9108001"]
)
def test_ids_are_those_of_the_schema(arxiv_id: str) -> None:
    check = EnrichedPapers.to_schema().columns["arxiv_id"].checks[0]
    known = id_and_year(f"arXiv:{arxiv_id}v3")
    assert known is not None
    assert known[0] == arxiv_id
    assert re.search(check.statistics["pattern"], arxiv_id)
    for other in (arxiv_id + "x", "x " + arxiv_id, arxiv_id + "\n", arxiv_id.upper().replace(".", "")):
        assert id_and_year(other) is None


def test_a_gzip_file_by_any_name(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.ndjson.zst", "wt", encoding="utf-8") as file:
        file.write(json.dumps(paper()))
    source = opened(tmp_path / "a.ndjson.zst")
    assert source.compression == "gzip"
    assert outcome(source)[0].num_rows == 1
