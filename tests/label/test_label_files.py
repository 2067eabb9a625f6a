"""Labelling a file: four columns more, nothing else changed, whatever the format, the packing and the batch."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.label import parquet_files, text_files
from curation.label.file_columns import ADDED
from curation.label.files import label_file
from curation.label.labeler import Answer, load_labeler
from curation.schemas.taxonomy import TOPIC_IDS
from tests.label.paper_files import (
    DIFFUSION,
    LONG,
    OTHER,
    PAPERS,
    SUFFIXES,
    cells,
    content,
    labelled,
    labels,
    papers,
    put,
    read,
    refused,
    write,
)
from tests.profiles import examples


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gets_what_the_labeler_says(tmp_path: Path, suffix: str) -> None:
    answers = list(load_labeler().label([(*texts, ()) for texts in PAPERS]))
    out = labelled(write(tmp_path / f"papers{suffix}", papers(PAPERS)))
    assert labels(out) == [
        {
            "primary_topic": answer.topics[0] if answer.topics else None,
            "topics": list(answer.topics),
            "topic_scores": list(answer.scores),
            "label_source": "model" if answer.topics else "abstained",
        }
        for answer in answers
    ]
    first, second, third, *rest = labels(out)
    assert (first["primary_topic"], second["primary_topic"]) == ("diffusion-models", "reinforcement-learning")
    assert (third["label_source"], len(third["topic_scores"])) == ("abstained", len(TOPIC_IDS))
    assert all(row["label_source"] == "abstained" and row["topic_scores"] == [] for row in rest)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_batches_make_no_difference_and_answers_are_told_in_order(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the first record lacks its abstract: whether a column is missing must not hang on the batch either
    source = write(tmp_path / f"papers{suffix}", papers([(DIFFUSION[0], None), *PAPERS]))
    whole = labelled(source).read_bytes()
    for rows in (1, 3):
        told: list[tuple[int, Answer]] = []

        class Told:
            def __enter__(self) -> Any:
                return lambda place, answer: told.append((place, answer))  # noqa: B023

            def __exit__(self, *error: object) -> None:
                pass

        monkeypatch.setattr(parquet_files if suffix == ".parquet" else text_files, "BATCH_ROWS", rows)
        assert labelled(source, watch=lambda rows: Told()).read_bytes() == whole
        first = 2 if suffix == ".csv" else 1
        assert [place for place, _ in told] == list(range(first, first + len(PAPERS) + 1))
        assert [answer.reason for _, answer in told[:3]] == ["no abstract", None, None]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet"])
def test_an_abstract_of_five_megabytes_is_too_long_and_no_crash(tmp_path: Path, suffix: str) -> None:
    before = csv.field_size_limit()
    source = write(tmp_path / f"long{suffix}", papers([LONG, DIFFUSION]))
    out = labelled(source)
    assert [row["label_source"] for row in labels(out)] == ["abstained", "model"]
    assert read(out)[0]["abstract"] == LONG[1]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_categories_are_heard(tmp_path: Path, suffix: str) -> None:
    named = [[], ["cs.CR", "stat.ML"], ["cs.CR", "stat.ML"]]
    rows = [{**papers([OTHER])[0], "categories": one} for one in named]
    without, *with_them = labels(labelled(write(tmp_path / f"papers{suffix}", rows)))
    at = TOPIC_IDS.index("security-privacy")
    assert with_them[0]["topic_scores"][at] > without["topic_scores"][at]
    assert with_them[0] == with_them[1]
    for row in rows:
        row["categories"] = " ".join(row["categories"])
    assert labels(labelled(write(tmp_path / f"as-text{suffix}", rows))) == [without, *with_them]


def test_the_threshold_decides_who_abstains(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", papers([OTHER, DIFFUSION]))
    assert [row["label_source"] for row in labels(labelled(source, threshold=0.0))] == ["model", "model"]
    assert labels(labelled(source, threshold=1.0))[0]["label_source"] == "abstained"


def test_a_stream_gets_the_rows_unpacked(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv.gz", papers(PAPERS))
    stream = io.BytesIO()
    label_file(source, stream)
    assert stream.getvalue() == content(labelled(source))


def test_packing_is_as_the_output_is_named_and_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", papers([DIFFUSION]))
    for name in ("b.jsonl.gz", "c.ndjson.gz"):
        label_file(plain, tmp_path / name)
    label_file(tmp_path / "a.jsonl", tmp_path / "d.json")
    assert (tmp_path / "b.jsonl.gz").read_bytes() == (tmp_path / "c.ndjson.gz").read_bytes()
    assert content(tmp_path / "b.jsonl.gz") == (tmp_path / "d.json").read_bytes()


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ['"', 'a "b", c', "two\nlines", "two\r\nlines", "old\rmac", " blanks ", "", "1.0", "007", "é\u2028", "=1+1"]
)


@given(
    rows=st.lists(st.tuples(CELLS, st.sampled_from([DIFFUSION[1], "", "x,\ny"]), CELLS), max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    mark=st.sampled_from(["", "\ufeff"]),
    last=st.booleans(),
)
@examples(40)
def test_a_csv_file_without_the_added_cells_is_the_file_that_came_in(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    rows: list[tuple[str, str, str]],
    end: str,
    quoting: Any,
    mark: str,
    last: bool,
) -> None:
    text = io.StringIO()
    # Python's writer leaves a carriage return bare, which its reader refuses
    bare = any("\r" in cell for row in rows for cell in row)
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL if bare else quoting)
    writer.writerows([("title", "abstract", "my, note"), *rows])
    given_text = text.getvalue() if last else text.getvalue().removesuffix(end)
    given_bytes = (mark + given_text).encode()
    path = put(tmp_path_factory.mktemp("csv") / "a.csv", given_bytes)
    found = labelled(path).read_bytes()
    header, *new = cells(found.removeprefix(mark.encode()))
    old_header, *old = cells(given_text.encode())
    assert header == [*old_header, *ADDED]
    assert [row[:-4] for row in new] == old
    assert found.startswith(b"\xef\xbb\xbf") is bool(mark)
    # not only the cells: quotation marks and line ends as well
    rest = found.decode()
    for row in [header, *new]:
        rest = rest.replace("," + ",".join(row[-4:]), "", 1)
    assert rest.encode() == given_bytes


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
LISTS = st.lists(SCALARS, max_size=3)
JSON_VALUES = SCALARS | LISTS | st.dictionaries(st.text(max_size=4), SCALARS | LISTS, max_size=3)
TEXTS = st.sampled_from([None, "", DIFFUSION[1], "é“\u2028\n\0", "Short."])


@given(
    rows=st.lists(
        st.fixed_dictionaries({"title": TEXTS, "abstract": TEXTS, "more": JSON_VALUES}), min_size=1, max_size=5
    ),
    plain=st.booleans(),
    tight=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", " \n"]),
)
@examples(40)
def test_json_lines_without_the_added_keys_are_the_lines_that_came_in(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], plain: bool, tight: bool, end: str
) -> None:
    style: dict[str, Any] = {"ensure_ascii": not plain, "separators": (",", ":") if tight else None}
    try:
        given_lines = [json.dumps(row, **style).encode() for row in rows]
    except UnicodeEncodeError:  # half a surrogate pair, spelled out
        given_lines = [json.dumps(row).encode() for row in rows]
    path = put(tmp_path_factory.mktemp("json") / "a.jsonl", b"".join(line + end.encode() for line in given_lines))
    found = labelled(path).read_bytes().split(end.encode())
    assert found.pop() == b""
    for line, old in zip(found, given_lines, strict=True):
        assert line.startswith(old[:-1] + b", ")
        parsed = json.loads(line)
        assert list(parsed)[-4:] == list(ADDED)
        # by their spelling, since NaN is not itself
        assert repr({name: parsed[name] for name in parsed if name not in ADDED}) == repr(json.loads(old))


def test_numbers_escapes_and_blanks_of_json_survive_as_they_are_spelled(tmp_path: Path) -> None:
    long = "9" * 5000
    line = (
        f' {{ "abstract":null,"n": 1.0, "big":{long}, "e":1E5,"z":-0.0,"x":NaN,"u":"\\u00e9\\/","d":{{"title":3}} }}\t'
    )
    path = put(tmp_path / "a.jsonl", f'{line}\n\n{{"title":"x","abstract":""}}'.encode())
    assert label_file(path, tmp_path / "out.jsonl") == 1
    added = ', "primary_topic": null, "topics": [], "topic_scores": [], "label_source": "abstained"}'
    assert (tmp_path / "out.jsonl").read_text() == line[:-2] + added + '\t\n{"title":"x","abstract":""' + added


def test_an_empty_record_among_others_is_an_abstention(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", b'{ }\n{"title":"x","abstract":"y"}\n')
    assert [row["label_source"] for row in labels(labelled(path))] == ["abstained", "abstained"]


def test_a_csv_file_with_a_header_alone_gets_a_longer_header(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", b"\n  \ntitle,abstract\r\n\r\n")
    assert label_file(path, tmp_path / "out.csv") == 3
    assert (tmp_path / "out.csv").read_bytes() == b"title,abstract,primary_topic,topics,topic_scores,label_source\r\n"


def test_an_interrupt_leaves_no_file(tmp_path: Path) -> None:
    class Interrupted:
        def __enter__(self) -> Any:
            def tell(place: int, answer: Answer) -> None:
                raise KeyboardInterrupt

            return tell

        def __exit__(self, *error: object) -> None:
            pass

    for suffix in (".csv", ".parquet"):
        source = write(tmp_path / f"a{suffix}", papers([DIFFUSION]))
        with pytest.raises(KeyboardInterrupt):
            labelled(source, watch=lambda rows: Interrupted())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


def test_a_text_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_LONGEST_CELL", 1000)
    path = put(tmp_path / "a.csv", b'title,abstract\n"open,\n' + b"more\n" * 1000)
    assert "a.csv:2: from here on this is no CSV (a cell has more than 1,000 characters)" in refused(path)
