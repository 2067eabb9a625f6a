"""JSON lines: what becomes a record, what a removed row, and what no source at all."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from curation.errors import SourceError
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
from curation.sources.records import RECORD_SCHEMA, parse_chunk, read_chunks
from curation.stage import require_valid
from tests.captures import SHARED
from tests.sources.reading import PAPER, json_lines, opened, outcome, packed, paper, rules

LIMIT = 16 << 20


def test_a_record_of_the_arxiv_snapshot(tmp_path: Path) -> None:
    snapshot = {
        "id": "math/0309136",
        "submitter": "A. Author",
        "title": "Sparsity-certifying\n  Graph Decompositions",
        "abstract": "  We describe a new algorithm,\nthe pebble game.\n",
        "categories": "math.CO cs.CG math.CO",
        "versions": [{"version": "v1", "created": "Sat, 31 Mar 2007 02:26:18 GMT"}],
        "license": None,
        "authors_parsed": [["Author", "A.", ""]],
    }
    source = opened(tmp_path / "arxiv.json", json_lines(snapshot))
    records, removed = outcome(source)
    assert removed.num_rows == 0
    assert records.schema == RECORD_SCHEMA
    assert records.to_pylist() == [
        {
            "source_id": source.sha256[:16],
            "position": 0,
            "title": snapshot["title"],
            "abstract": snapshot["abstract"],
            "title_line": 1,
            "abstract_line": 1,
            "possibly_truncated": False,
            "arxiv_id": "math/0309136",
            "categories": ["math.CO", "cs.CG"],
            "year": 2003,
        }
    ]


def test_the_schema_begins_with_that_of_parsed_records(tmp_path: Path) -> None:
    assert list(RECORD_SCHEMA)[:7] == list(plain_schema(ParsedRecords))
    records, _ = outcome(opened(tmp_path / "a.jsonl", json_lines(*map(paper, range(5)))))
    require_valid(records.select(range(7)), ParsedRecords, "records")


BAD = [
    (b"{", "json: object", "{"),
    (b"[1, 2]", "json: object", "[1, 2]"),
    (b'"text"', "json: object", '"text"'),
    (b'{"title": "a", "abstract": "b"} {}', "json: object", '{"title": "a", "abstract": "b"} {}'),
    (b'{"title": "a\tb", "abstract": "b"}', "json: object", '{"title": "a\\tb", "abstract": "b"}'),
    (b'{"title": "\xff", "abstract": "b"}', "encoding: utf-8", '{"title": "\\xff", "abstract": "b"}'),
    (b'{"title": "a", "title": "a", "abstract": "b"}', "json: each name once", None),
    (b'{"title": "a", "abstract": "b", "t\\u0069tle": "c"}', "json: each name once", None),
    (b'{"title": "a", "abstract": "b", "x": ' + b"[" * 400 + b"]" * 400 + b"}", "json: at most 400 deep", None),
    (b'{"abstract": "b"}', "title: text", "(missing)"),
    (b'{"title": null, "abstract": "b"}', "title: text", "null"),
    (b'{"title": "", "abstract": "b"}', "title: text", '""'),
    (b'{"title": " \\n", "abstract": "b"}', "title: text", '" \\n"'),
    (b'{"title": {"a": 1}, "abstract": "b"}', "title: text", '{"a": 1}'),
    (b'{"title": 7, "abstract": ""}', "title: text", "7"),
    (b'{"title": "a", "abstract": ["b"]}', "abstract: text", '["b"]'),
    (b'{"title": "a"}', "abstract: text", "(missing)"),
    (b'{"title": "a\\u0000b", "abstract": "b"}', "title: no NUL", "a\\x00b"),
    (b'{"title": "a", "abstract": "b\\ud800"}', "abstract: whole characters", "b\\ud800"),
]


@pytest.mark.parametrize(("line", "rule", "value"), BAD)
def test_a_malformed_line_is_one_removed_row(tmp_path: Path, line: bytes, rule: str, value: str | None) -> None:
    source = opened(tmp_path / "a.jsonl", json_lines(paper(), b"", line, paper(1)))
    (row,) = rules(source)
    assert row[:3] == (1, 3, rule)
    assert value is None or row[3] == value
    records, _ = outcome(source)
    assert records["position"].to_pylist() == [0, 2]
    assert records["title_line"].to_pylist() == [1, 4]


@pytest.mark.parametrize(
    "line",
    [
        b'{"title": "a", "abstract": "b", "score": NaN, "n": ' + b"7" * 5000 + b"}",
        b'{"title": "a", "abstract": "b", "versions": [{"title": "x"}, {"title": "y"}], "k": 1, "k": 2}',
        b'  {"title": "a", "abstract": "b"} \t\r',
        b'{"t\\u0069tle": "a", "abstract": "b"}',
        b'{"title": "a", "abstract": "b", "x": "' + b"[" * 1000 + b'"}',
        b'{"title": "a", "abstract": "b", "x": ' + b"[" * 399 + b"]" * 399 + b"}",
    ],
)
def test_what_else_is_in_an_object_does_not_matter(tmp_path: Path, line: bytes) -> None:
    records, _ = outcome(opened(tmp_path / "a.jsonl", line))
    assert records.select(["title", "abstract"]).to_pylist() == [{"title": "a", "abstract": "b"}]


def test_a_number_of_many_digits_for_a_title_is_shown(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.jsonl", json_lines(paper(), b'{"title": ' + b"7" * 5000 + b', "abstract": "b"}'))
    assert rules(source) == [(1, 2, "title: text", "Infinity")]


def test_deep_nesting_is_refused_wherever_it_is_parsed(tmp_path: Path) -> None:
    depths = [399, 400, 900, 2000, 100_000]
    lines = [b'{"title": "a", "abstract": "b", "x": ' + b"[" * deep + b"]" * deep + b"}" for deep in depths]
    source = opened(tmp_path / "a.jsonl", json_lines(*lines))

    def below(frames: int) -> list[tuple[int, int, str, str]]:
        return rules(source) if not frames else below(frames - 1)

    flat = below(0)
    assert [row[:3] for row in flat] == [(place, place + 1, "json: at most 400 deep") for place in range(1, 5)]
    assert below(300) == flat


def test_the_value_of_a_removed_row_has_at_most_200_characters(tmp_path: Path) -> None:
    (row,) = rules(opened(tmp_path / "a.jsonl", json_lines(paper(), b"\xff" * 5000)))
    assert len(row[3]) == 200


@pytest.mark.parametrize("how", [None, "gzip", "zstd"])
def test_mark_crlf_blank_lines_and_no_end_of_line(tmp_path: Path, how: str | None) -> None:
    lines = [json.dumps(paper(0)).encode(), b" \t", b"", json.dumps(paper(1)).encode()]
    content = b"\xef\xbb\xbf" + b"\r\n".join(lines)
    source = opened(tmp_path / "a.jsonl", packed(content, how))
    assert source.compression == how
    records, removed = outcome(source, 1)
    assert removed.num_rows == 0
    assert records["title"].to_pylist() == ["On Walks 0", "On Walks 1"]
    assert records["position"].to_pylist() == [0, 1]
    assert records["abstract_line"].to_pylist() == [1, 4]


@pytest.mark.parametrize(("length", "kept"), [(LIMIT, True), (LIMIT + 1, False)])
def test_the_longest_line(tmp_path: Path, length: int, kept: bool) -> None:
    begun = b'{"title": "a", "abstract": "'
    line = begun + b"x" * (length - len(begun) - 2) + b'"}'
    source = opened(tmp_path / "a.jsonl", json_lines(paper(), line, paper(1)))
    records, removed = outcome(source)
    assert records["position"].to_pylist() == ([0, 1, 2] if kept else [0, 2])
    assert removed["rule"].to_pylist() == ([] if kept else ["line: at most 16 MiB"])


@pytest.mark.parametrize("ended", [True, False])
def test_a_line_of_100_mb_is_never_held_whole(tmp_path: Path, ended: bool) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(json_lines(paper()))
        for _ in range(100):
            file.write(b'{"title": "' * 90_910)
        if ended:
            file.write(b"\n" + json_lines(paper(1)))
    source = opened(path)
    tracemalloc.start()
    try:
        records, removed = outcome(source, 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * LIMIT
    assert records["position"].to_pylist() == ([0, 2] if ended else [0])
    (row,) = removed.to_pylist()
    assert (row["position"], row["line"], row["rule"]) == (1, 2, "line: at most 16 MiB")
    assert row["value"].startswith('{"title": "{"title"')


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        for number in range(80):
            file.write(json_lines(paper(number, abstract="x" * 1_000_000)))
    source = opened(path)
    tracemalloc.start()
    try:
        chunks = sum(1 for _ in read_chunks(source, 1000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert chunks == 3
    # the chunk that was given and the one that is being filled
    assert peak < 80 << 20


def test_one_malformed_line_in_a_hundred_is_accounted_for_exactly(tmp_path: Path) -> None:
    lines = [BAD[number // 100 % len(BAD)][0] if number % 100 == 37 else paper(number) for number in range(3000)]
    source = opened(tmp_path / "a.jsonl", json_lines(*lines))
    whole = outcome(source, 100_000)
    assert whole[1]["position"].to_pylist() == list(range(37, 3000, 100))
    assert whole[1]["line"].to_pylist() == list(range(38, 3000, 100))
    assert whole[0].num_rows == 2970
    for rows in (1, 7, 512):
        assert [one.equals(other) for one, other in zip(outcome(source, rows), whole, strict=True)] == [True, True]


def test_ids_and_categories_of_others(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, object], tuple[str | None, int | None, list[str]]]] = [
        ({"id": "arXiv:2403.03900v12"}, ("2403.03900", 2024, ["cs.LG"])),
        ({"id": "math.GT/0309136"}, ("math.GT/0309136", 2003, ["cs.LG"])),
        ({"id": "hep-th/9108001"}, ("hep-th/9108001", 1991, ["cs.LG"])),
        ({"id": "9001.00001"}, ("9001.00001", 2090, ["cs.LG"])),
        ({"id": "10.1000/182"}, (None, None, [])),
        ({"id": "see 2403.03900"}, (None, None, [])),
        ({"id": "2403.03900\n"}, (None, None, [])),
        ({"id": 2403.039}, (None, None, [])),
        ({"id": None}, (None, None, [])),
        ({"arxiv_id": "2403.03900", "id": "2501.00001"}, ("2403.03900", 2024, ["cs.LG"])),
        ({"arxiv_id": None, "id": "2501.00001"}, (None, None, [])),
        ({"id": "2403.03900", "categories": ["q-bio", None, "", "a q-bio"]}, ("2403.03900", 2024, ["q-bio", "a"])),
        ({"id": "2403.03900", "categories": ["cs.LG", 1]}, ("2403.03900", 2024, [])),
        ({"id": "2403.03900", "categories": {"cs.LG": 1}}, ("2403.03900", 2024, [])),
        ({"id": "2403.03900", "categories": 5}, ("2403.03900", 2024, [])),
    ]  # fmt: skip
    lines = [{"title": "a", "abstract": "b", "categories": "cs.LG"} | given for given, _ in cases]
    records, removed = outcome(opened(tmp_path / "a.jsonl", json_lines(*lines)))
    assert removed.num_rows == 0
    found = [(row["arxiv_id"], row["year"], row["categories"]) for row in records.to_pylist()]
    assert found == [expected for _, expected in cases]


def test_categories_that_nobody_can_read_are_left_out(tmp_path: Path) -> None:
    line = b'{"title": "a", "abstract": "b", "id": "2403.03900", "categories": "cs.LG \\ud800 q\\u0000 \\u00e9"}'
    records, _ = outcome(opened(tmp_path / "a.jsonl", line))
    assert records["categories"].to_pylist() == [["cs.LG", "é"]]


def test_columns_by_other_names(tmp_path: Path) -> None:
    line = {"Name": "a", "summary": "b", "paper": "2403.03900", "tags": "cs.LG", "title": 1, "id": 2}
    names: dict[str, Any] = {"title": "Name", "abstract": "summary", "arxiv_id": "paper", "categories": "tags"}
    records, _ = outcome(opened(tmp_path / "a.jsonl", json_lines(line), **names))
    (row,) = records.select(["title", "abstract", "arxiv_id", "categories"]).to_pylist()
    assert row == {"title": "a", "abstract": "b", "arxiv_id": "2403.03900", "categories": ["cs.LG"]}


@pytest.mark.parametrize(
    ("content", "told", "hint"),
    [
        (json_lines({"heading": "a", "abstract": "b"}), "lacks 'title'", 'columns = { title = "heading" }'),
        (json_lines(*[{"title": "a", "text": "b"}] * 1500), "none of the first 1,000 records has 'abstract'", "'text'"),
        (json_lines(b"no", b"json"), "none of the first 2 records is a JSON object", "jq -c"),
        (json.dumps([PAPER]).encode(), "this is a JSON array", "jq -c '.[]'"),
        (json.dumps([PAPER], indent=1).encode(), "this is a JSON array", "jq -c '.[]'"),
        (b"[\n" + b",\n".join([json.dumps(PAPER).encode()] * 3) + b"\n]\n", "this is a JSON array", "jq -c '.[]'"),
        (b"[", "this is a JSON array", "jq -c '.[]'"),
        (b"[" + b" " * (LIMIT + 1) + b"]", "this is a JSON array", "jq -c '.[]'"),
        (json.dumps(PAPER, indent=1).encode(), "is a JSON object", "jq -c"),
        (b"", "the file is empty", "path"),
        (b" \n\n", "the file holds no records", "path"),
    ],
)
def test_a_file_without_our_records_is_refused(tmp_path: Path, content: bytes, told: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        opened(tmp_path / "a.jsonl", content)
    assert told in caught.value.what
    assert hint in (caught.value.hint or "")
    assert caught.value.expected
    assert str(tmp_path / "a.jsonl") in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_named_column_that_no_record_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"lacks 'arxiv'") as caught:
        opened(tmp_path / "a.jsonl", json_lines(PAPER), arxiv_id="arxiv")
    assert 'columns = { arxiv_id = "id" }' in (caught.value.hint or "")
    with pytest.raises(SourceError, match="both said to be the column 'abstract'"):
        opened(tmp_path / "a.jsonl", title="abstract")


@pytest.mark.parametrize("line", [b"[", b"[1", b'[{"title": "a"}, ', b'{"title": "a", "abst'])
def test_a_first_line_that_is_malformed_does_not_end_the_run(tmp_path: Path, line: bytes) -> None:
    source = opened(tmp_path / "a.jsonl", json_lines(line, paper(), paper(1)))
    assert [row[:3] for row in rules(source)] == [(0, 1, "json: object")]


def test_columns_may_come_late_and_a_line_may_hold_a_list(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.jsonl", json_lines(b"[1]", *[b"{}"] * 998, PAPER))
    assert len(rules(source, rows=(300,))) == 999


@pytest.mark.shared
def test_the_arxiv_sample_is_read_whole() -> None:
    path = SHARED / "arxiv" / "arxiv-metadata-sample.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"the maintainers' sample is not here: ../shared/arxiv/{path.name}")
    source = opened(path)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        given = [json.loads(line) for line in file]
    at = 0
    for chunk in read_chunks(source, 4096):
        records, removed = parse_chunk(source, chunk)
        assert removed.num_rows == 0
        part = given[at : at + records.num_rows]
        assert records["position"].to_pylist() == list(range(at, at + len(part)))
        assert records["title"].to_pylist() == [one["title"] for one in part]
        assert records["abstract"].to_pylist() == [one["abstract"] for one in part]
        assert records["arxiv_id"].to_pylist() == [one["id"] for one in part]
        assert records["categories"].to_pylist() == [one["categories"].split() for one in part]
        at += len(part)
    assert at == len(given) == 29_743
