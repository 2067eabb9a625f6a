"""Columns are written once, as models; everything else follows from them, and every broken rule names its row."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import datasets
import pandera.pandas as pan
import pyarrow as pa
import pytest
from datasets import ClassLabel, Features, List, Value

from curation.release.writer import write_parquet
from curation.schemas import stages
from curation.schemas.check import VALUE_LIMIT, Check, check_table
from curation.schemas.columns import CLASS_NAMES
from curation.schemas.derive import arrow_schema, as_json, as_markdown, column_docs, features, plain_schema, table_of
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPIC_IDS, TOPICS
from curation.schemas.taxonomy import as_json as taxonomy_json
from tests.commands import curate, python_process
from tests.releases import read_rows
from tests.sample_page import PAPERS, page_text

NAMES = list(TABLES)
SOURCE = "0123456789abcdef"
SCORES = [0.0, 1.0, 0.305, *[0.001] * (len(TOPIC_IDS) - 3)]


def models() -> dict[str, type[pan.DataFrameModel]]:
    """Return every model between two stages and every published one."""
    between = [getattr(stages, name) for name in stages.__all__ if isinstance(getattr(stages, name), type)]
    return {model.__name__: model for model in (*between, *(table.model for table in TABLES.values()))}


@pytest.mark.parametrize("name", NAMES)
def test_the_columns_of_a_model_are_those_of_all_that_is_derived(name: str) -> None:
    table = TABLES[name]
    declared = set(table.model.to_schema().columns)
    order = list(table.columns)
    assert set(order) == declared
    assert len(order) == len(declared)
    assert list(features(table)) == order
    assert arrow_schema(table).names == order
    assert [doc.name for doc in column_docs(table)] == order
    assert [column["name"] for column in as_json([table])[name]["columns"]] == order
    assert all(f"\n| `{column}` |" in as_markdown([table]) for column in order)
    assert table_of(order[::-1]) is table
    assert table_of(order[1:]) is None


def feature_of(kind: pa.DataType, names: list[str] | None) -> Any:
    if pa.types.is_list(kind):
        return List(feature_of(kind.value_type, names))
    if pa.types.is_struct(kind):
        return {field.name: Value(str(field.type)) for field in kind}
    return ClassLabel(names=names) if names else Value(str(kind))


@pytest.mark.parametrize("name", NAMES)
def test_the_types_of_a_model_are_those_of_all_that_is_derived(name: str) -> None:
    table = TABLES[name]
    plain = plain_schema(table.model)
    for field in arrow_schema(table):
        assert field.type == plain.field(field.name).type
        column = table.model.to_schema().columns[field.name]
        assert field.metadata[b"description"].decode() == column.description
        names = (column.metadata or {}).get(CLASS_NAMES)
        assert features(table)[field.name] == feature_of(field.type, names)
    stored = json.loads(arrow_schema(table).metadata[b"huggingface"])
    assert Features.from_dict(stored["info"]["features"]) == features(table)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_and_table_says_what_it_means(name: str) -> None:
    assert TABLES[name].row.endswith((".", ";"))
    for doc in column_docs(TABLES[name]):
        assert doc.meaning.endswith(".")
        assert "|" not in doc.meaning
        assert "None" not in doc.bounds


@pytest.mark.parametrize("name", NAMES)
def test_types_survive_parquet_and_datasets(release: Path, tmp_path: Path, name: str) -> None:
    table = TABLES[name]
    rows = read_rows(release, name)
    write_parquet(pa.Table.from_pylist(rows, schema=arrow_schema(table)), tmp_path / "train.parquet")
    loaded = datasets.Dataset.from_parquet(str(tmp_path / "train.parquet"), cache_dir=str(tmp_path))
    assert loaded.features == features(table)
    assert loaded.to_list() == rows
    assert check_table(loaded.data.table.replace_schema_metadata(None), table.model).failures == ()


@pytest.mark.parametrize("name", sorted(models()))
def test_a_check_has_the_same_public_name_in_every_model(name: str) -> None:
    schema = models()[name].to_schema()
    checks = [*schema.checks, *(check for column in schema.columns.values() for check in column.checks)]
    assert [check.name for check in checks if str(check.name).startswith("_")] == []


ORDER = """
from curation.schemas.stages import NormalizedRecords, DistinctPapers, EnrichedPapers
from curation.schemas.tables import TABLES
for model in (TABLES["papers"].model, EnrichedPapers, DistinctPapers, NormalizedRecords):
    print([check.name for check in model.to_schema().columns["title"].checks])
"""


def test_every_model_with_published_text_has_the_same_checks_of_it(home: Path) -> None:
    shown = python_process("-c", ORDER, cwd=home).out.splitlines()
    assert len(shown) == 4
    assert len(set(shown)) == 1, shown


def test_codes_of_topics_are_positions_in_the_taxonomy() -> None:
    assert len(set(TOPIC_IDS)) == len(TOPIC_IDS) == len(TOPICS) == 19
    assert [(topic["code"], topic["id"]) for topic in taxonomy_json()["topics"]] == list(enumerate(TOPIC_IDS))


def first_rows(release: Path, name: str, count: int = 3) -> list[dict[str, Any]]:
    """Return valid rows that have, if the table holds any such, a value in every column."""
    rows = [row for row in read_rows(release, name) if row.get("topics") != [] and not row.get("math_damage")]
    full = sorted(rows, key=lambda row: sum(value is None for value in row.values()))
    return [dict(row) for row in full[:count]]


def check_rows(name: str, rows: list[dict[str, Any]]) -> Check:
    return check_table(pa.Table.from_pylist(rows, schema=plain_schema(TABLES[name].model)), TABLES[name].model)


def damage(*places: tuple[int | None, ...], kind: str | None = "command", repaired: bool | None = False) -> Any:
    return [{"start": start, "end": end, "kind": kind, "repaired": repaired} for start, end in places]


BAD: list[tuple[str, str, Any, str]] = [
    ("papers", "paper_id", "XYZ", "paper_id: str_matches"),
    ("papers", "paper_id", "0123456789abcdef\n", "paper_id: str_matches"),
    ("papers", "title", "abc", "title: str_length(4, 400)"),
    ("papers", "title", "x" * 401, "title: str_length(4, 400)"),
    ("papers", "abstract", "x" * 39, "abstract: str_length(40, 10000)"),
    ("papers", "abstract", "x" * 10_001, "abstract: str_length(40, 10000)"),
    ("papers", "abstract", "a\x00b " * 20 + ".", "abstract: no_control_characters"),
    ("papers", "abstract", "a\x85b " * 20 + ".", "abstract: no_control_characters"),
    ("papers", "title", "two  blanks", "title: tidy_whitespace"),
    ("papers", "title", " blank before", "title: tidy_whitespace"),
    ("papers", "title", "no-break\u00a0space", "title: tidy_whitespace"),
    ("papers", "title", "thin\u2009space", "title: tidy_whitespace"),
    ("papers", "title", "Daily Papers", "title: no_boilerplate"),
    ("papers", "title", "SubscribeTitle of a Paper", "title: no_boilerplate"),
    ("papers", "title", "SubscribeA Title of a Paper", "title: no_boilerplate"),
    ("papers", "title", "SubscribeDDPM for Beginners", "title: no_boilerplate"),
    ("papers", "abstract", "x" * 40 + " byAK and the research community", "abstract: no_boilerplate"),
    ("papers", "title", "Schro\u0308dinger", "title: nfc"),
    ("papers", "primary_topic", 19, "primary_topic: in_range(0, 18)"),
    ("papers", "primary_topic", -1, "primary_topic: in_range(0, 18)"),
    ("papers", "topics", [0, 0], "topics: topics_from_taxonomy"),
    ("papers", "topics", [0, 1, 2, 3, 4], "topics: topics_from_taxonomy"),
    ("papers", "topics", [99], "topics: topics_from_taxonomy"),
    ("papers", "topic_names", ["speech-audio"], "topic_names_agree"),
    ("papers", "primary_topic_name", "speech-audio", "topic_names_agree"),
    ("papers", "label_source", "hearsay", "label_source: isin"),
    ("papers", "label_source", "labeling-functions", "label_source: isin"),
    ("papers", "label_source", "abstained", "source_fits_labels"),
    ("papers", "topic_scores", SCORES, "source_fits_labels"),
    ("papers", "topic_scores", SCORES[1:], "topic_scores: scores_for_every_topic"),
    ("papers", "topic_scores", [1.001, *SCORES[1:]], "topic_scores: scores_for_every_topic"),
    ("papers", "topic_scores", [-0.001, *SCORES[1:]], "topic_scores: scores_for_every_topic"),
    ("papers", "topic_scores", [0.1234, *SCORES[1:]], "topic_scores: scores_for_every_topic"),
    ("papers", "topic_scores", [math.nan, *SCORES[1:]], "topic_scores: scores_for_every_topic"),
    ("papers", "topic_scores", [None, *SCORES[1:]], "topic_scores: scores_for_every_topic"),
    ("papers", "arxiv_id", "2403.03900v2", "arxiv_id: str_matches"),
    ("papers", "arxiv_id", "https://arxiv.org/abs/2403.03900", "arxiv_id: str_matches"),
    ("papers", "arxiv_id", "9901.00001", "arxiv_columns_agree"),
    ("papers", "arxiv_id", None, "arxiv_columns_agree"),
    ("papers", "year", None, "arxiv_columns_agree"),
    ("papers", "year", 1990, "year: greater_than_or_equal_to(1991)"),
    ("papers", "categories", ["cs.LG", "cs.LG"], "categories: different_texts"),
    ("papers", "categories", [None], "categories: different_texts"),
    ("papers", "urls", [""], "urls: different_texts"),
    ("papers", "urls", ["https://example.org/foreign"], "urls_from_abstract"),
    ("papers", "code_urls", ["https://github.com/foreign/code"], "code_urls_from_urls"),
    ("papers", "code_urls", [None], "code_urls: different_texts"),
    ("papers", "math_damage", 3, "math_damage: in_range(0, 2)"),
    ("papers", "math_damage", 1, "spans_where_damage"),
    ("papers", "math_damage_spans", damage((0, 1)), "spans_where_damage"),
    ("papers", "math_damage_spans", damage((-1, 1)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((5, 5)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((5, 4)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, 3), (2, 4)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((4, 5), (0, 1)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, 1), kind="rust"), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, 1), kind=None), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, 1), repaired=None), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((None, 1)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, None)), "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", [None], "math_damage_spans: spans_in_order"),
    ("papers", "math_damage_spans", damage((0, 10_001)), "spans_inside_abstract"),
    ("papers", "position", -1, "position: greater_than_or_equal_to(0)"),
    ("listings", "title_line", 0, "title_line: greater_than_or_equal_to(1)"),
    ("listings", "title", "", "title: str_length(1, None)"),
    ("segments", "role", "title page", "role: isin"),
    ("segments", "end", 0, "end: greater_than_or_equal_to(1)"),
    ("segments", "raw", b"other length", "raw_fits_span"),
    ("segments", "raw", None, "raw_where_no_text"),
    ("segments", "position", 5, "position_where_record"),
    ("edits", "field", "footnote", "field: isin"),
    ("edits", "before", "much longer than it was", "span_fits_before"),
    ("edits", "offsets", [0], "offsets_after_span"),
    ("edits", "offsets", [9000, 9000], "offsets_after_span"),
    ("edits", "offsets", [9001, 9000], "offsets_after_span"),
    ("edits", "offsets", [None], "offsets_after_span"),
    ("edits", "rule", "", "rule: str_length(1, None)"),
    ("removed", "stage", "lunch", "stage: isin"),
    ("removed", "survivor", None, "merge_names_survivor"),
    ("removed", "similarity", 1.01, "similarity: in_range(0.0, 1.0)"),
    ("annotations", "topic", 19, "topic: in_range(0, 18)"),
    ("annotations", "score", -0.5, "score: greater_than_or_equal_to(0.0)"),
]


@pytest.mark.parametrize(("name", "column", "value", "rule"), BAD)
def test_a_bad_value_is_found_in_its_row_with_rule_and_value(
    release: Path, name: str, column: str, value: object, rule: str
) -> None:
    rows = first_rows(release, name)
    if name == "segments":
        rows = [row for row in read_rows(release, name) if row["role"] == "boilerplate"][:3]
    assert check_rows(name, rows).failures == ()
    rows[1][column] = value
    check = check_rows(name, rows)
    found = [failure for failure in check.failures if failure.rule.startswith(rule)]
    assert [failure.row for failure in found] == [1]
    assert {failure.row for failure in check.failures} == {1}
    if ": " in rule:
        assert found[0].column == column
        assert str(value)[:50] in found[0].value
    assert check.valid.to_pylist() == [rows[0], rows[2]]


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in NAMES for column in TABLES[name].columns])
def test_a_missing_value_is_a_failure_of_its_row_wherever_it_is_not_allowed(
    release: Path, name: str, column: str
) -> None:
    rows = first_rows(release, name)
    rows[1][column] = None
    check = check_rows(name, rows)
    assert {failure.row for failure in check.failures} <= {1}
    if not TABLES[name].model.to_schema().columns[column].nullable:
        assert check.first_by_row()[1].rule == f"{column}: not_nullable"


@pytest.mark.parametrize("name", NAMES)
def test_of_rows_with_the_same_key_the_first_is_valid(release: Path, name: str) -> None:
    rows = first_rows(release, name)
    rows = [rows[0], rows[1], dict(rows[0]), rows[2], dict(rows[0])]
    check = check_rows(name, rows)
    key = ", ".join(TABLES[name].sort_key)
    assert [(failure.row, failure.rule) for failure in check.failures] == [(2, f"unique({key})"), (4, f"unique({key})")]
    assert check.valid.to_pylist() == [rows[0], rows[1], rows[3]]


def test_a_row_that_breaks_many_rules_is_named_with_each_and_long_values_are_cut(release: Path) -> None:
    rows = first_rows(release, "papers")
    rows[2] |= {"title": " \x01" + "x" * 500, "abstract": "short", "position": -1}
    check = check_rows("papers", rows)
    assert {failure.row for failure in check.failures} == {2}
    assert len({failure.rule for failure in check.failures}) >= 5
    assert all(len(failure.value) <= VALUE_LIMIT for failure in check.failures)
    assert list(check.first_by_row()) == [2]


def replaced(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


@pytest.mark.parametrize(
    ("change", "rule", "value"),
    [
        (lambda table: table.drop_columns(["rule"]), "rule: missing column", "one of type string"),
        (lambda table: table.append_column("more", pa.array([1] * 3)), "more: unknown column", "int64"),
        (lambda table: table.append_column("rule", table["rule"]), "rule: missing column", "one of type string"),
        (
            lambda table: replaced(table, "rule", table["rule"].cast(pa.large_string())),
            "rule: type is",
            "large_string",
        ),
        (lambda table: replaced(table, "step", table["step"].cast(pa.int8())), "step: type is int64", "int8"),
        (lambda table: replaced(table, "rule", table["rule"].dictionary_encode()), "rule: type is", "dictionary"),
    ],
)
def test_another_shape_is_a_failure_of_the_table(release: Path, change: Any, rule: str, value: str) -> None:
    model = TABLES["edits"].model
    table = pa.Table.from_pylist(first_rows(release, "edits"), schema=plain_schema(model))
    check = check_table(change(table), model)
    assert check.valid.num_rows == 0
    assert check.failures == check.table_failures
    (failure,) = check.failures
    assert failure.row is None
    assert failure.rule.startswith(rule)
    assert value in failure.value


NO_TOPICS: dict[str, Any] = {"primary_topic": None, "topics": [], "primary_topic_name": None, "topic_names": []}
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("papers", {"math_damage": 1, "math_damage_spans": damage((0, 3), (3, 5))}),
    ("papers", {"math_damage": 2, "math_damage_spans": damage((2, 40), kind="bound", repaired=True)}),
    ("papers", {"label_source": "model", "topic_scores": SCORES}),
    ("papers", {"label_source": "abstained", "topic_scores": SCORES} | NO_TOPICS),
    ("papers", {"label_source": "abstained"} | NO_TOPICS),
    ("papers", {"arxiv_id": None, "year": None, "categories": []}),
    ("papers", {"arxiv_id": "math.GT/0309136", "year": 2003}),
    ("papers", {"arxiv_id": "cond-mat/9911001", "year": 1999, "categories": ["cond-mat.stat-mech", "cs.LG"]}),
    (
        "papers",
        {
            "abstract": "The code is at https://github.com/some/pro\\_ject, data at www.example.org/\\~{}me.",
            "urls": ["https://github.com/some/pro_ject", "www.example.org/~me"],
            "code_urls": ["https://github.com/some/pro_ject"],
            "math_damage": 0,
            "math_damage_spans": [],
        },
    ),
    ("edits", {"offsets": [9000, 9001]}),
]


@pytest.mark.parametrize(("name", "values"), GOOD)
def test_what_is_right_passes(release: Path, name: str, values: dict[str, Any]) -> None:
    rows = first_rows(release, name)
    rows[1] |= values
    assert check_rows(name, rows).failures == ()


def test_published_papers_have_their_columns_in_this_order() -> None:
    text = ["paper_id", "title", "abstract", "arxiv_id", "categories", "year", "urls", "code_urls"]
    labels = ["primary_topic", "topics", "primary_topic_name", "topic_names", "label_source", "topic_scores"]
    rest = ["math_damage", "math_damage_spans", "possibly_truncated", "source_id", "position"]
    assert list(TABLES["papers"].columns) == text + labels + rest


def test_levels_of_damage_are_class_labels_and_spans_lists_of_structs() -> None:
    found = features(TABLES["papers"])
    assert found["math_damage"] == ClassLabel(names=["none", "suspected", "visible"])
    assert found["math_damage_spans"] == List(
        {"start": Value("int64"), "end": Value("int64"), "kind": Value("string"), "repaired": Value("bool")}
    )
    docs = {doc.name: doc.type for doc in column_docs(TABLES["papers"])}
    assert docs["math_damage"] == "ClassLabel (none, suspected, visible)"
    assert docs["math_damage_spans"] == "list of {start: int64, end: int64, kind: string, repaired: bool}"


def test_columns_may_come_in_any_order_and_tables_may_be_empty(release: Path) -> None:
    for name in NAMES:
        table = pa.Table.from_pylist(first_rows(release, name), schema=plain_schema(TABLES[name].model))
        assert check_table(table.select(table.column_names[::-1]), TABLES[name].model).failures == ()
        assert check_table(table.slice(0, 0), TABLES[name].model).failures == ()


@pytest.mark.parametrize(
    ("title", "abstract", "rule", "value"),
    [
        (PAPERS[1][0], PAPERS[1][1] + " Bell\x07.", "abstract: no_control_characters", PAPERS[1][1][:50]),
        (PAPERS[1][0], "Short. It is." + " " * 300 + "So.", "abstract: str_length(40, 10000)", "Short. It is. So."),
        (PAPERS[1][0], " ".join(["A very long sentence indeed."] * 400), "abstract: str_length(40, 10000)", "A very"),
        ("Net", PAPERS[1][1], "title: str_length(4, 400)", "Net"),
    ],
)
def test_a_record_that_is_unfit_becomes_a_removed_row_and_harms_no_other(
    tmp_path: Path, title: str, abstract: str, rule: str, value: str
) -> None:
    papers = [*PAPERS[:1], (title, abstract), *PAPERS[2:]]
    (tmp_path / "page.txt").write_text(page_text(papers), encoding="utf-8")
    ended = curate("build", "page.txt", "--out", "release", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    (row,) = read_rows(tmp_path / "release", "removed")
    assert (row["reason"], row["position"], row["survivor"]) == ("rejected", 1, None)
    assert row["rule"] == rule
    assert row["value"].startswith(value)
    assert [one["paper_id"] is None for one in read_rows(tmp_path / "release", "listings")] == [
        place == 1 for place in range(6)
    ]
    assert curate("validate", tmp_path / "release").code == 0
    assert curate("restore", tmp_path / "release", "page.txt").raw == (tmp_path / "page.txt").read_bytes()
