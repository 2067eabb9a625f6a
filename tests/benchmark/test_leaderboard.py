"""Tests of the leaderboard on results made by hand, of which it is known who can be told apart."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from curation.benchmark.evidence import Evidence, interval_of
from curation.benchmark.leaderboard import as_markdown, board_of, leaderboard
from curation.benchmark.results import Result
from curation.errors import BenchmarkError
from tests.benchmark.helpers import paper_id, queries_result, write_results

EASY = [0.9 + 0.002 * (at % 40) for at in range(40)]
ALMOST = [value + (0.02 if at % 2 else -0.021) for at, value in enumerate(EASY)]
MIDDLE = [0.5 + 0.001 * at for at in range(40)]
HARD = [0.1 + 0.001 * (at * 7 % 40) for at in range(40)]


def of_subsets(model: str, values: list[float], papers: int = 12) -> Result:
    groups = tuple(paper_id(number) for number in range(papers))
    evidence = Evidence("subsets", tuple(values), groups, taken=8, seed=42)
    score = sum(values) / len(values)
    return replace(
        queries_result(model, [0.5], "topic-clustering"),
        type="clustering",
        main_score="ami",
        scores={"ami": score},
        evidence=evidence,
        interval=interval_of(evidence),
    )


def test_models_that_cannot_be_told_apart_share_a_rank(tmp_path: Path) -> None:
    values = {"hard": HARD, "easy": EASY, "middle": MIDDLE, "almost": ALMOST}
    write_results(tmp_path, *(queries_result(name, found) for name, found in values.items()))
    (board,) = leaderboard(tmp_path).tasks
    assert [(row.model, row.rank) for row in board.rows] == [("easy", 1), ("almost", 1), ("middle", 3), ("hard", 4)]
    assert [(row.better_than, row.worse_than) for row in board.rows] == [(2, 0), (2, 0), (1, 2), (0, 3)]
    p = {(pair.better, pair.worse): pair.p for pair in board.pairs}
    assert len(p) == 6
    assert p["easy", "almost"] > 0.5
    assert max(found for names, found in p.items() if names != ("easy", "almost")) == pytest.approx(6 / 10_000)
    for pair in board.pairs:
        scores = {row.model: row.score for row in board.rows}
        assert pair.difference == scores[pair.better] - scores[pair.worse] > 0
    assert (board.task, board.main_score, board.units, board.version) == (
        "title-to-abstract",
        "ndcg_at_10",
        40,
        "1.0.0",
    )
    assert board.data_sha256 == "ab" * 32


def test_the_best_is_compared_with_the_one_in_the_middle() -> None:
    results = [queries_result(name, found) for name, found in (("a", EASY), ("b", ALMOST), ("c", MIDDLE), ("d", HARD))]
    of_four, of_three = board_of(results).best_from_median, board_of(results[1:]).best_from_median
    assert of_four
    assert (of_four.better, of_four.worse) == ("a", "c")
    assert of_three
    assert (of_three.better, of_three.worse) == ("b", "c")
    assert of_three.p < 0.001
    assert board_of(results[:2]).best_from_median is None


def test_one_model_is_alone(tmp_path: Path) -> None:
    board = leaderboard(write_results(tmp_path, queries_result("only", EASY)))
    assert board.models == ["only"]
    (row,) = board.tasks[0].rows
    assert (row.rank, row.better_than, row.worse_than) == (1, 0, 0)
    assert board.tasks[0].pairs == ()
    assert "`only`" in as_markdown(board)


def test_equal_models_share_the_first_rank_by_name() -> None:
    board = board_of([queries_result("b", EASY), queries_result("a", EASY), queries_result("c", HARD)])
    assert [(row.model, row.rank) for row in board.rows] == [("a", 1), ("b", 1), ("c", 3)]
    assert {(pair.better, pair.worse): pair.p for pair in board.pairs}["a", "b"] == 1


def test_the_width_is_that_of_the_interval_in_the_middle() -> None:
    noisy = [0.0, 1.0] * 20
    results = [queries_result("a", EASY), queries_result("b", noisy), queries_result("c", [0.5] * 39 + [0.6])]
    board = board_of(results)
    widths = sorted(row.high - row.low for row in board.rows)
    assert board.width == widths[1]
    assert 40 < board.units_to_halve <= 160
    (alone,) = [board_of([one]).units_to_halve for one in results[1:2]]
    assert alone == pytest.approx(160, rel=0.1)  # four times as many, and a little more for Wilson's


def test_scores_below_zero_and_intervals_wider_than_one() -> None:
    board = board_of([of_subsets("x", [-0.9, 0.9] * 3), of_subsets("y", [-0.2, -0.25, -0.21])][:1])
    assert board.width > 1
    assert board.units_to_halve == 4 * 12
    low = board_of([of_subsets("y", [-0.2, -0.25, -0.21]), of_subsets("x", [-0.1, -0.15, -0.11])])
    assert [row.model for row in low.rows] == ["x", "y"]
    assert low.rows[1].score < 0
    assert low.rows[1].low < low.rows[1].score < low.rows[1].high
    assert low.pairs[0].p < 0.05


def test_results_of_other_units_are_refused() -> None:
    with pytest.raises(BenchmarkError, match=r"the results of topic-clustering cannot be compared: .* other units"):
        board_of([of_subsets("x", [0.1, 0.2]), of_subsets("y", [0.1, 0.2], papers=13)])


@pytest.mark.parametrize(
    ("change", "what", "told"),
    [
        ({"data_sha256": "cd" * 32}, "data", "a: abababababab, b: cdcdcdcdcdcd, c: abababababab"),
        ({"version": "2.0.0"}, "task version", "a: 1.0.0, b: 2.0.0, c: 1.0.0"),
        ({"seed": 7}, "seed", "a: 42, b: 7, c: 42"),
    ],
)
def test_results_that_cannot_be_compared_are_refused_by_name(
    tmp_path: Path, change: dict[str, object], what: str, told: str
) -> None:
    results = [queries_result(name, EASY) for name in "abc"]
    write_results(tmp_path, results[0], replace(results[1], **change), results[2])  # type: ignore[arg-type]
    write_results(tmp_path, queries_result("a", EASY, "topics"))
    with pytest.raises(BenchmarkError) as raised:
        leaderboard(tmp_path)
    assert f"{tmp_path}: the results of title-to-abstract are not of the same {what} ({told})" in str(raised.value)
    assert "expected: results of one version of the data" in str(raised.value)


def test_a_copied_result_is_refused(tmp_path: Path) -> None:
    write_results(tmp_path, queries_result("a", EASY), queries_result("b", HARD))
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "x.json").write_bytes((tmp_path / "b" / "title-to-abstract.json").read_bytes())
    with pytest.raises(BenchmarkError, match="there are several results of b on title-to-abstract"):
        leaderboard(tmp_path)


@pytest.mark.parametrize("folder", ["", "missing"])
def test_an_empty_folder_is_explained(tmp_path: Path, folder: str) -> None:
    with pytest.raises(BenchmarkError, match="there are no results"):
        leaderboard(tmp_path / folder)


def some_board(folder: Path) -> Path:
    """Three tasks; one model is missing on two of them."""
    return write_results(
        folder,
        queries_result("good", EASY),
        queries_result("bad", HARD),
        queries_result("st:own/er", MIDDLE),
        queries_result("good", EASY, "related-papers"),
        queries_result("bad", HARD, "related-papers"),
        of_subsets("good", [0.5, 0.6]),
        of_subsets("bad", [0.1, 0.0]),
        queries_result("good", EASY, "unheard-of"),
    )


def test_models_are_ordered_by_their_ranks_over_tasks(tmp_path: Path) -> None:
    board = leaderboard(some_board(tmp_path))
    assert [one.task for one in board.tasks] == [
        "related-papers",
        "title-to-abstract",
        "topic-clustering",
        "unheard-of",
    ]
    assert board.models == ["good", "st:own/er", "bad"]
    assert board.source == "invented 1.0.0"
    other = write_results(tmp_path / "more", *(queries_result(name, EASY) for name in "ab"))
    write_results(other, queries_result("a", HARD, "topics", source="invented 2.0.0"))
    assert leaderboard(other).source == "invented 1.0.0, invented 2.0.0"


CELL = re.compile(r"(-?\d\.\d{3}) \[(-?\d\.\d{3}), (-?\d\.\d{3})\] \((\d+)\)")


def test_markdown_and_json_agree(tmp_path: Path) -> None:
    board = leaderboard(some_board(tmp_path))
    data = json.loads(json.dumps(board.as_json(), allow_nan=False))
    assert list(data) == ["format", "source", "tasks"]
    assert data["format"] == "paper-abstracts-leaderboard/1"
    page = as_markdown(board)
    first, second = (
        [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
        for part in page.split("\n\n")[1:]
    )
    assert first[0] == ["model", *(task["task"] for task in data["tasks"])]
    shown = {
        (line[0].strip("`"), task): cell
        for line in first[2:]
        for task, cell in zip(first[0][1:], line[1:], strict=True)
    }
    assert [line[0] for line in first[2:]] == [f"`{model}`" for model in board.models]
    rows = {(row["model"], task["task"]): row for task in data["tasks"] for row in task["rows"]}
    for place, cell in shown.items():
        if place not in rows:
            assert cell == ""
            continue
        row = rows[place]
        found = CELL.fullmatch(cell)
        assert found
        told = [f"{row[key]:.3f}" for key in ("score", "low", "high")] + [str(row["rank"])]
        assert list(found.groups()) == told
    assert shown["st:own/er", "title-to-abstract"].endswith("(2)")
    for line, task in zip(second[2:], data["tasks"], strict=True):
        assert line[:2] == [task["task"], task["main_score"]]
        assert line[2:5] == [f"{task['units']:,}", f"{task['width']:.3f}", f"{task['units_to_halve']:,}"]
        assert (line[5] != "") == (len(task["rows"]) > 2)
    assert [line[5] for line in second[2:] if line[5]] == ["`good` from `st:own/er`"]
