"""Labelling a file: four columns more, nothing else changed, whatever the format, the packing and the batch."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Features, Value
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import InputFileError
from curation.label import parquet_files, text_files
from curation.label.file_columns import ADDED
from curation.label.files import form_of, label_file
from curation.label.labeler import Answer, load_labeler
from curation.schemas.taxonomy import TOPIC_IDS
from tests.profiles import examples

DIFFUSION = (
    "Denoising diffusion models with fast samplers",
    (
        "We propose a sampler for denoising diffusion models. It is based on the score function, and we show that "
        "images can be generated with fewer steps than in score-based models of the same size."
    ),
)
AGENTS = (
    "Offline reinforcement learning with conservative policies",
    (
        "We study offline reinforcement learning, where a policy is learned from a fixed dataset of an agent. Our "
        "Q-learning method is conservative, and it improves the return that policies have in Atari, which we show."
    ),
)
OTHER = "A note on things", "This is a note on some of the things that have been of interest to us and to our friends."
FRENCH = (
    "Un modèle de diffusion",
    (
        "Nous proposons une nouvelle méthode pour entraîner des réseaux de neurones profonds, et nous montrons que les "
        "résultats obtenus sont meilleurs sur plusieurs jeux de données."
    ),
)
GERMAN = (
    "Ein Modell der Diffusion",
    (
        "Wir stellen ein neues Verfahren vor, mit dem tiefe neuronale Netze gelernt werden, und zeigen, dass die "
        "Ergebnisse auf mehreren Datensätzen besser sind als die bisherigen."
    ),
)
SPANISH = (
    "Un modelo de difusión",
    (
        "Proponemos un nuevo método para entrenar redes neuronales profundas y mostramos que los resultados obtenidos "
        "son mejores en varios conjuntos de datos."
    ),
)
CHINESE = (
    "扩散模型的快速采样",
    "我们提出了一种新的扩散模型采样方法，并在多个数据集上证明了其有效性，结果优于以往的方法。" * 2,
)
RUSSIAN = (
    "Диффузионные модели",
    "Мы предлагаем новый метод обучения глубоких нейронных сетей и показываем, что результаты лучше прежних.",
)
LONG = "A long one", "of the " * 750_000
PAPERS: list[tuple[str | None, str | None]] = [
    *(DIFFUSION, AGENTS, OTHER, FRENCH, GERMAN, SPANISH, CHINESE, RUSSIAN),
    *((None, DIFFUSION[1]), (DIFFUSION[0], None), ("", ""), ("Short", "Too short."), ("  ", AGENTS[1])),
]
SUFFIXES = (".csv", ".jsonl", ".ndjson", ".json", ".csv.gz", ".jsonl.gz", ".parquet")


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def put(path: Path, text: bytes) -> Path:
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format of the file's name."""
    form, _ = form_of(path)
    if form == "Parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    if form == "JSON lines":
        return put(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: " ".join(cell) if isinstance(cell, list) else cell for name, cell in row.items()})
    return put(path, text.getvalue().encode())


def cells(text: bytes) -> list[list[str]]:
    before = csv.field_size_limit(1 << 30)
    try:
        return list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))
    finally:
        csv.field_size_limit(before)


def read(path: Path) -> list[dict[str, Any]]:
    """Read rows; the added columns come back alike from every format."""
    form, _ = form_of(path)
    if form == "Parquet":
        return pq.read_table(path).to_pylist()  # type: ignore[no-any-return]
    if form == "JSON lines":
        return [json.loads(line) for line in content(path).splitlines()]
    header, *rows = cells(content(path).removeprefix(b"\xef\xbb\xbf"))
    found: list[dict[str, Any]] = [dict(zip(header, row, strict=True)) for row in rows]
    for one in found:
        one["primary_topic"] = one["primary_topic"] or None
        one["topics"] = one["topics"].split()
        one["topic_scores"] = [float(score) for score in one["topic_scores"].split()]
    return found


def labels(path: Path) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ADDED} for row in read(path)]


def papers(texts: list[tuple[str | None, str | None]]) -> list[dict[str, Any]]:
    return [{"id": number, "title": title, "abstract": abstract} for number, (title, abstract) in enumerate(texts)]


def labelled(source: Path, **options: Any) -> Path:
    out = source.with_name(f"labelled-{source.name}")
    label_file(source, out, **options)
    return out


def refused(path: Path) -> str:
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputFileError) as error:
        labelled(path)
    assert sorted(path.parent.iterdir()) == before
    return str(error.value)


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


def rich_table(rows: int) -> pa.Table:
    """A table of every kind of column, with metadata of fields and schema."""
    texts = [PAPERS[number % len(PAPERS)] for number in range(rows)]
    columns = {
        "title": pa.array([title for title, _ in texts], pa.large_string()),
        "n": pa.array(range(rows), pa.uint32()),
        "abstract": pa.array([abstract for _, abstract in texts]).dictionary_encode(),
        "when": pa.array([1_700_000_000_123_456_789] * rows, pa.timestamp("ns", "UTC")),
        "nested": pa.array([{"a": [1, None], "b": {"c": "é"}}] * rows),
        "bytes": pa.array([b"\0\xff"] * rows),
        "categories": pa.array([["cs.CR", None], None, []] * rows)[:rows],
        "nothing": pa.nulls(rows),
    }
    table = pa.table(columns)
    described = table.schema.field("n").with_metadata({b"why": b"a count"}).with_nullable(False)
    return table.cast(table.schema.set(1, described)).replace_schema_metadata({b"mine": b"\xff\0 kept"})


@pytest.mark.parametrize(("rows", "group", "batch"), [(0, 10, 10), (1, 10, 10), (40, 7, 3), (40, 100, 1000)])
def test_a_parquet_file_without_the_added_columns_is_the_table_that_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, group: int, batch: int
) -> None:
    monkeypatch.setattr(parquet_files, "BATCH_ROWS", batch)
    monkeypatch.setattr(parquet_files, "ROWS_PER_GROUP", 15)
    path = tmp_path / "a.parquet"
    pq.write_table(rich_table(rows), path, row_group_size=group, store_schema=True)
    old, new = pq.read_table(path), pq.read_table(labelled(path))
    assert new.schema.names == [*old.schema.names, *ADDED]
    assert new.schema.field("topics").type == pa.list_(pa.string())
    assert new.schema.field("topic_scores").type == pa.list_(pa.float64())
    assert new.drop_columns(list(ADDED)).equals(old, check_metadata=True)
    groups = pq.ParquetFile(tmp_path / "labelled-a.parquet").metadata
    assert all(groups.row_group(at).num_rows >= min(15, rows) for at in range(groups.num_row_groups - 1))


def test_what_pandas_and_hugging_face_say_of_a_parquet_file_stays_true(tmp_path: Path) -> None:
    frame = pd.DataFrame(papers([DIFFUSION, OTHER])).set_index("id")
    frame.to_parquet(tmp_path / "pandas.parquet")
    back = pd.read_parquet(labelled(tmp_path / "pandas.parquet"))
    assert back.index.name == "id"
    assert back.columns.tolist() == ["title", "abstract", *ADDED]
    assert back["primary_topic"].tolist()[0] == "diffusion-models"

    features = Features(title=Value("string"), abstract=Value("string"), kind=ClassLabel(names=["a", "b"]))
    schema = features.arrow_schema
    told = json.loads(schema.metadata[b"huggingface"]) | {"fingerprint": "of the old content"}
    table = pa.table([[DIFFUSION[0]], [DIFFUSION[1]], [1]], schema=schema)
    pq.write_table(table.replace_schema_metadata({b"huggingface": json.dumps(told).encode()}), tmp_path / "hub.parquet")
    found = pq.read_schema(labelled(tmp_path / "hub.parquet"))
    assert Features.from_arrow_schema(found)["kind"] == features["kind"]
    told = json.loads(found.metadata[b"huggingface"])
    assert Features.from_dict(told["info"]["features"]).arrow_schema.equals(found.remove_metadata())
    assert "fingerprint" not in told


@pytest.mark.parametrize("metadata", [b"no JSON", b"[]", b'{"info": null}', b"\xff"])
def test_hugging_face_metadata_of_another_form_is_left_alone(tmp_path: Path, metadata: bytes) -> None:
    table = pa.table({"title": ["a"], "abstract": ["b"]}).replace_schema_metadata({b"huggingface": metadata})
    pq.write_table(table, tmp_path / "a.parquet")
    assert pq.read_schema(labelled(tmp_path / "a.parquet")).metadata[b"huggingface"] == metadata


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"title": [1]}, "title is of type int64"),
        ({"abstract": [b"bytes"]}, "abstract is of type binary"),
        ({"abstract": [["a list"]]}, "abstract is of type list"),
        ({"categories": [1]}, "categories is of type int64"),
        ({"topics": ["x"]}, "there is topics already"),
        ({"abstract": pa.array([b"\xff"]).view(pa.string())}, "a text in rows 1 to 1 is not UTF-8"),
    ],
)
def test_a_parquet_column_that_does_not_fit_is_named(tmp_path: Path, column: dict[str, Any], told: str) -> None:
    pq.write_table(pa.table({"title": ["a"], "abstract": ["b"], **column}), tmp_path / "a.parquet")
    assert told in refused(tmp_path / "a.parquet")


def test_a_parquet_file_that_is_broken_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", papers(PAPERS * 50))
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    assert "a.parquet: the file is broken (" in refused(path)


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
