"""The contract of a stage is kept by whoever runs it: a stage that breaks it is stopped, a bad row is put aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandera.pandas as pan
import pyarrow as pa
import pytest
from pandera.typing import Series

from curation.engines import LocalEngine
from curation.errors import StageError
from curation.schemas.columns import String, column
from curation.schemas.derive import plain_schema
from curation.schemas.stages import Occurrence, RemovedRows
from curation.stage import Stage, StageCount, StageResult, empty_removed, removed_rows, require_valid, run_checked

SOURCE = "0123456789abcdef"


class Words(Occurrence):
    word: Series[String] = column("A word.", str_length={"min_value": 2, "max_value": 9})


class Notes(pan.DataFrameModel):
    text: Series[String] = column("A note.", str_length={"min_value": 1})

    class Config:
        strict = True


def words(*texts: str) -> pa.Table:
    rows = [{"source_id": SOURCE, "position": place, "word": text} for place, text in enumerate(texts)]
    return pa.Table.from_pylist(rows, schema=plain_schema(Words))


def notes(*texts: str | None) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.string())})


def gone(position: int, **more: object) -> pa.Table:
    row = {"stage": "label", "reason": "rejected", "rule": "r", "source_id": SOURCE, "position": position}
    return removed_rows([row | more])


@dataclass(frozen=True)
class Tried(Stage):
    """A stage that does what a test wants."""

    work: Callable[[pa.Table], StageResult]

    name: ClassVar[str] = "label"
    kind: ClassVar[Literal["row", "table"]] = "table"
    input_model = Words
    output_model = Words
    log_model = Notes

    def __call__(self, table: pa.Table) -> StageResult:
        return self.work(table)


def run(work: Callable[[pa.Table], StageResult], table: pa.Table | None = None) -> StageResult:
    given = words("one", "two", "three") if table is None else table
    return run_checked(Tried(work), given, LocalEngine())


def test_a_stage_that_keeps_and_removes_all_its_rows_passes() -> None:
    result = run(lambda table: StageResult(table.slice(0, 2), gone(2), notes("did it")))
    assert result.kept.num_rows == 2
    assert result.removed["position"].to_pylist() == [2]
    assert result.log == notes("did it")


def test_columns_beyond_the_input_model_are_not_shown_to_a_stage() -> None:
    seen: list[str] = []

    def look(table: pa.Table) -> StageResult:
        seen.extend(table.column_names)
        return StageResult(table, empty_removed(), notes())

    more = words("one").append_column("colour", pa.array(["red"]))
    assert run(look, more).kept.column_names == seen == ["source_id", "position", "word"]


@pytest.mark.parametrize(
    "work",
    [
        lambda table: StageResult(table.slice(1), empty_removed(), notes()),
        lambda table: StageResult(table.slice(0, 0), empty_removed(), notes()),
        lambda table: StageResult(table, gone(0), notes()),
        lambda table: StageResult(
            pa.concat_tables([table, words("", "", "", "four").slice(3)]), empty_removed(), notes()
        ),
    ],
    ids=["loses one", "loses all", "removes a row that it keeps", "invents one"],
)
def test_a_stage_that_loses_or_invents_a_row_is_stopped(work: Callable[[pa.Table], StageResult]) -> None:
    with pytest.raises(StageError, match=r"stage label lost \d rows and invented \d"):
        run(work)


def test_a_stage_that_replaces_a_row_by_another_one_is_stopped() -> None:
    def swap(table: pa.Table) -> StageResult:
        other = words("", "", "", "four").slice(3)
        return StageResult(pa.concat_tables([table.slice(0, 2), other]), empty_removed(), notes())

    with pytest.raises(StageError):
        run(swap)


def test_a_stage_that_keeps_one_row_twice_for_another_is_stopped() -> None:
    def double(table: pa.Table) -> StageResult:
        return StageResult(pa.concat_tables([table.slice(0, 2), table.slice(0, 1)]), empty_removed(), notes())

    with pytest.raises(StageError):
        run(double)


def test_a_stage_that_removes_a_row_it_was_not_given_is_stopped() -> None:
    with pytest.raises(StageError):
        run(lambda table: StageResult(table.slice(0, 2), gone(77), notes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop_columns(["word"]),
        lambda table: table.append_column("colour", pa.array(["red"] * 3)),
        lambda table: table.set_column(2, "word", table["word"].cast(pa.large_string())),
        lambda table: table.set_column(1, "position", table["position"].cast(pa.int32())),
        lambda table: table.rename_columns(["source_id", "position", "Word"]),
        lambda table: table.append_column("word", table["word"]),
    ],
    ids=["lacks a column", "adds a column", "large string", "int32", "renames a column", "doubles a column"],
)
def test_a_stage_that_gives_another_schema_is_stopped(change: Callable[[pa.Table], pa.Table]) -> None:
    with pytest.raises(StageError, match="label gave a table that is not Words"):
        run(lambda table: StageResult(change(table), empty_removed(), notes()))


def test_a_stage_is_not_run_on_a_table_that_lacks_a_column() -> None:
    with pytest.raises(StageError, match="the input of label lacks word"):
        run(lambda table: StageResult(table, empty_removed(), notes()), words("one").drop_columns(["word"]))


@pytest.mark.parametrize(
    "log",
    [
        notes(""),
        notes(None),
        pa.table({"text": [1]}),
        pa.table({"note": ["a"]}),
        pa.table({"text": ["a"], "more": [1]}),
    ],
    ids=["breaks a rule", "missing value", "other type", "other column", "more columns"],
)
def test_a_stage_with_a_log_that_is_not_as_declared_is_stopped(log: pa.Table) -> None:
    with pytest.raises(StageError, match="log of label"):
        run(lambda table: StageResult(table, empty_removed(), log))


def test_a_stage_that_declares_a_log_and_gives_none_is_stopped() -> None:
    with pytest.raises(StageError, match="log of label"):
        run(lambda table: StageResult(table, empty_removed(), None))


@pytest.mark.parametrize(
    "removed",
    [
        gone(2, stage="elsewhere"),
        gone(2, reason="lost"),
        gone(2, rule=""),
        gone(2, reason="merged"),
        gone(2, survivor=SOURCE),
        gone(2, similarity=1.0),
        gone(2, reason="merged", survivor=SOURCE, similarity=1.5),
        gone(2, source_id="nope"),
        gone(-1),
    ],
)
def test_removed_rows_without_a_proper_reason_are_stopped(removed: pa.Table) -> None:
    with pytest.raises(StageError, match=r"removed rows of label break RemovedRows in row 0"):
        run(lambda table: StageResult(table.slice(0, 2), removed, notes()))


def test_a_row_that_breaks_the_output_model_becomes_a_removed_row_with_rule_and_value() -> None:
    result = run(
        lambda table: StageResult(table, empty_removed(), notes()), words("one", "x", "three", "much too long")
    )
    assert result.kept["word"].to_pylist() == ["one", "three"]
    assert result.removed.schema == plain_schema(RemovedRows)
    assert [
        {name: row[name] for name in ("stage", "reason", "rule", "value", "source_id", "position", "survivor")}
        for row in result.removed.to_pylist()
    ] == [
        {
            "stage": "label",
            "reason": "rejected",
            "rule": "word: str_length(2, 9)",
            "value": value,
            "source_id": SOURCE,
            "position": position,
            "survivor": None,
        }
        for position, value in ((1, "x"), (3, "much too long"))
    ]


def test_a_row_without_a_value_becomes_a_removed_row() -> None:
    table = words("one", "two")
    table = table.set_column(2, "word", pa.array(["one", None], pa.string()))
    result = run(lambda given: StageResult(given, empty_removed(), notes()), table)
    assert result.kept["word"].to_pylist() == ["one"]
    (row,) = result.removed.to_pylist()
    assert (row["position"], row["rule"].split(":")[0]) == (1, "word")


def test_of_rows_with_the_same_key_the_first_stays() -> None:
    table = pa.concat_tables([words("one", "two"), words("uno")])
    result = run(lambda given: StageResult(given, empty_removed(), notes()), table)
    assert result.kept["word"].to_pylist() == ["one", "two"]
    (row,) = result.removed.to_pylist()
    assert row["rule"] == "unique(source_id, position)"
    assert row["value"] == f"source_id={SOURCE}, position=0"


@pytest.mark.parametrize("counts", [(3, 2, 0, 0), (3, 2, 1, 1), (0, 1, 0, 0)])
def test_a_count_that_does_not_add_up_cannot_be_made(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(StageError, match="lost count"):
        StageCount("label", *counts)


def test_a_count_is_made_from_the_removed_rows() -> None:
    removed = pa.concat_tables([gone(0), gone(1, reason="merged", survivor=SOURCE, similarity=1.0), gone(2)])
    assert StageCount.of("label", 5, 2, removed) == StageCount("label", 5, 2, merged=1, rejected=2)
    with pytest.raises(StageError):
        StageCount.of("label", 5, 3, removed)


def test_long_values_of_removed_rows_are_cut() -> None:
    values = removed_rows([{"value": "x" * 1000}, {"value": None}, {"value": "y" * 200}])["value"].to_pylist()
    assert values == ["x" * 199 + "…", None, "y" * 200]


def test_a_table_of_our_own_that_breaks_its_model_is_a_bug_and_says_where() -> None:
    with pytest.raises(StageError, match=r"the test rows break Words in row 1: word: str_length\(2, 9\), found 'x'"):
        require_valid(words("one", "x"), Words, "test rows")


@pytest.mark.parametrize("rows", [0, -5])
def test_an_engine_needs_batches_of_at_least_one_row(rows: int) -> None:
    with pytest.raises(ValueError, match="batch_rows must be at least 1"):
        LocalEngine(batch_rows=rows)
