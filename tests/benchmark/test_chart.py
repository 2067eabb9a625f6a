"""Tests of the chart of a leaderboard: what is drawn is read back from its description and from the SVG and PNG."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.chart import SCORE_NAMES, board_of_tasks, leaderboard_chart, write_chart
from curation.benchmark.leaderboard import Leaderboard, Row, TaskBoard
from curation.benchmark.task import MAIN_SCORES, tasks
from curation.charts import FONT, WIDTH, png, svg
from curation.errors import OutputError
from tests.test_charts import NEUTRAL, OKABE_ITO, colours, marks, root_of, texts

Numbers = tuple[float, float, float, int]

MODELS: dict[str, Numbers] = {
    "tfidf": (0.82, 0.7, 0.9, 1),
    "lsa": (0.8, 0.71, 0.88, 1),
    "majority": (0.36, 0.23, 0.51, 3),
    "random": (0.2, 0.1, 0.3, 3),
}


def task_board(
    task: str = "topic-primary", score: str = "accuracy", models: Mapping[str, Numbers] = MODELS
) -> TaskBoard:
    rows = tuple(
        Row(model, value, low, high, "wilson", rank, len(models) - rank, rank - 1, {score: value})
        for model, (value, low, high, rank) in models.items()
    )
    return TaskBoard(task, "1.0.0", "0" * 64, score, {"units": 44}, 44, 0.2, 176, rows, ())


def board(*boards: TaskBoard) -> Leaderboard:
    return Leaderboard("paper-abstracts 1.0.0", boards or (task_board(),))


def whole() -> Leaderboard:
    """Return a board of the six tasks of a release, with scores below 0 and a model that cannot do them all."""
    found = [one for one in tasks().values() if one.from_release]
    boards = []
    for place, one in enumerate(found):
        models = {
            name: (a - place / 50, b - place / 50, c - place / 50, rank) for name, (a, b, c, rank) in MODELS.items()
        }
        if one.main_score == "ami":
            models["random"] = (-0.02, -0.06, 0.01, 4)
        if one.main_score == "ndcg_at_10":
            models["bm25"] = (0.7, 0.6, 0.8, 2)
        boards.append(task_board(one.name, one.main_score, models))
    assert len(boards) == 6
    return board(*boards)


@cache
def whole_svg() -> str:
    return svg(leaderboard_chart(whole()))


def panels(drawn: Leaderboard) -> list[dict[str, Any]]:
    chart: dict[str, Any] = leaderboard_chart(drawn).to_dict()
    found: list[dict[str, Any]] = chart["concat"]
    for layer in (layer for panel in found for layer in panel["layer"]):
        # Altair keeps the rows of all panels in one place
        layer["data"] = {"values": chart["datasets"][layer["data"]["name"]]}
    return found


def layers(panel: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [layer for layer in panel["layer"] if layer["mark"]["type"] == kind]


def written(panel: Mapping[str, Any], field: str) -> list[dict[str, str]]:
    return [
        row
        for layer in layers(panel, "text")
        for row in layer["data"]["values"]
        if layer["encoding"]["text"].get("field") == field
    ]


def test_what_is_drawn_are_the_boards_scores_intervals_and_ranks() -> None:
    drawn = whole()
    for panel, one in zip(panels(drawn), drawn.tasks, strict=True):
        assert panel["title"]["text"] == one.task
        (points,) = layers(panel, "point")
        assert points["data"]["values"] == [
            {"model": row.model, "score": row.score, "low": row.low, "high": row.high, "rank": str(row.rank)}
            for row in one.rows
        ]
        intervals = [layer for layer in layers(panel, "rule") if "x2" in layer["encoding"]]
        assert [layer["data"]["values"] for layer in intervals] == [points["data"]["values"]]
        ends = intervals[0]["encoding"]
        assert (ends["x"]["field"], ends["x2"]["field"], points["encoding"]["x"]["field"]) == ("low", "high", "score")
        ranks = {row.model: str(row.rank) for row in one.rows}
        assert {row["model"]: row["rank"] for row in written(panel, "rank")} == {
            model: ranks.get(model, "n/a") for model in drawn.models
        }


def test_points_stand_where_the_axis_has_their_scores() -> None:
    drawn = whole()
    points = iter(marks(whole_svg(), "symbol"))
    for panel, one in zip(panels(drawn), drawn.tasks, strict=True):
        scale = layers(panel, "point")[0]["encoding"]["x"]["scale"]
        (low, high), (_, width) = scale["domain"], scale["range"]
        for row in one.rows:
            x, y = map(float, re.findall(r"[-\d.]+", next(points).attrib["transform"]))
            assert x == pytest.approx((row.score - low) / (high - low) * width, abs=0.01)
            assert y == pytest.approx(
                (drawn.models.index(row.model) + 0.5) * panel["height"] / len(drawn.models), abs=1
            )
    assert not list(points)


def test_every_panel_has_the_models_in_the_order_of_the_board() -> None:
    drawn = whole()
    for panel in panels(drawn):
        orders = {tuple(layer["encoding"]["y"]["scale"]["domain"]) for layer in layers(panel, "point")}
        assert orders == {tuple(drawn.models)}
    shown = [text for text in texts(whole_svg()) if text in drawn.models]
    assert shown == drawn.models * 2  # once for each row of three panels


@pytest.mark.parametrize("count", range(1, 8))
def test_any_number_of_tasks_fits_a_page(count: int) -> None:
    some = board(*(task_board(f"task-{number}") for number in range(count)))
    assert int(root_of(svg(leaderboard_chart(some))).attrib["width"]) <= WIDTH


@pytest.mark.parametrize(
    "name",
    [
        "st:sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
        "W" * 80,
        "mymodule.with_a_long_name:the_function_that_makes_it",
        'a "quoted" <b> & \\ name',
        "模型" * 12,
    ],
)
def test_a_long_or_odd_name_is_written_in_full_and_fits(name: str) -> None:
    drawn = board(*(task_board(task, models={**MODELS, name: (0.5, 0.4, 0.6, 2)}) for task in ("one", "two", "three")))
    text = svg(leaderboard_chart(drawn))
    first = panels(drawn)[0]
    assert "".join(row["name"] for row in written(first, "name") if row["model"] == name) == name
    for row in written(first, "name"):
        assert row["name"] in texts(text)
    assert int(root_of(text).attrib["width"]) <= WIDTH


def test_lines_of_a_long_name_stand_around_the_middle_of_its_row() -> None:
    (panel,) = panels(board(task_board(models={**MODELS, "owner/" + "a-long-name-" * 4: (0.5, 0.4, 0.6, 2)})))
    downs = {
        layer["mark"]["dy"]: len(layer["data"]["values"]) for layer in layers(panel, "text") if "dy" in layer["mark"]
    }
    assert downs == {-7.0: 1, 0.0: len(MODELS), 7.0: 1}


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.05, 0.93, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.0, 0.4, [0, 0.1, 0.2, 0.3, 0.4]),
        (-0.05, 0.32, [-0.1, 0, 0.1, 0.2, 0.3, 0.4]),
        (0.93, 0.97, [0.93, 0.94, 0.95, 0.96, 0.97]),
        (1.0, 1.0, [0.98, 0.985, 0.99, 0.995, 1]),
        (0.0, 0.0, [0, 0.005, 0.01, 0.015, 0.02]),
        (-1.3, 1.4, [-2, -1, 0, 1, 2]),
    ],
)
def test_an_axis_holds_every_interval(low: float, high: float, ticks: Sequence[float]) -> None:
    (panel,) = panels(board(task_board(models={"one": ((low + high) / 2, low, high, 1), "two": (low, low, low, 2)})))
    for layer in (*layers(panel, "rule"), *layers(panel, "point")):
        x = layer["encoding"]["x"]
        assert x["axis"]["values"] == ticks
        assert x["scale"]["domain"] == [ticks[0], ticks[-1]]
        assert ticks[0] <= low <= high <= ticks[-1]


def test_chance_is_a_dashed_line_where_it_was_scored() -> None:
    with_chance = panels(board())[0]
    (line,) = [layer for layer in layers(with_chance, "rule") if "strokeDash" in layer["mark"]]
    assert line["data"]["values"] == [{"score": MODELS["random"][0]}]
    assert "chance" in " ".join(texts(svg(leaderboard_chart(board()))))
    others = board(task_board(models={name: numbers for name, numbers in MODELS.items() if name != "random"}))
    assert not [layer for layer in layers(panels(others)[0], "rule") if "strokeDash" in layer["mark"]]
    assert "chance" not in " ".join(texts(svg(leaderboard_chart(others))))


def test_rank_one_is_told_by_a_filled_point_and_a_number() -> None:
    points = marks(svg(leaderboard_chart(board())), "symbol")
    fills = [point.attrib["fill"].lower() for point in points]
    assert fills == ["#0072b2", "#0072b2", "#ffffff", "#ffffff"]
    assert {point.attrib["stroke"].lower() for point in points} == {"#0072b2"}


def test_a_model_that_was_not_scored_is_said() -> None:
    some = board(task_board("one"), task_board("two", models={"bm25": (0.5, 0.4, 0.6, 1)}))
    words = texts(svg(leaderboard_chart(some)))
    assert words.count("n/a") == 1 + len(MODELS)
    assert "n/a: the model was not scored on the task." in " ".join(words)
    assert "n/a" not in " ".join(texts(svg(leaderboard_chart(board()))))


def test_scores_are_named_in_words() -> None:
    assert set(MAIN_SCORES.values()) == set(SCORE_NAMES)
    words = texts(whole_svg())
    assert {"nDCG@10", "accuracy", "adjusted mutual information", "label ranking average precision"} <= set(words)
    assert "_at_" not in " ".join(words)
    assert {one.task for one in whole().tasks} <= set(words)
    assert "−0.2" in words


def test_it_is_drawn_in_the_style_of_the_other_charts() -> None:
    text = whole_svg()
    root = root_of(text)
    assert colours(text) <= OKABE_ITO | NEUTRAL
    assert set(re.findall(r'font-family="([^"]*)"', text)) == {FONT}
    assert (root[0].get("width"), root[0].get("fill")) == (root.get("width"), "#ffffff")
    assert {float(size) for size in re.findall(r'font-size="([\d.]+)px"', text)} == {12}


def test_the_same_board_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "a.png"):
        write_chart(whole(), tmp_path / name)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == whole_svg()
    assert (tmp_path / "a.png").read_bytes() == png(leaderboard_chart(whole()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]


def test_an_ending_in_capitals_will_do(tmp_path: Path) -> None:
    write_chart(board(), tmp_path / "A.PNG")
    assert (tmp_path / "A.PNG").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a.pdf", ".pdf"), ("a", "without an ending"), ("a.svg.gz", ".gz"), (".svg", "without an ending")],
)
def test_another_ending_is_refused_before_anything_is_drawn(tmp_path: Path, name: str, shown: str) -> None:
    with pytest.raises(OutputError, match=re.escape(shown)) as refused:
        write_chart(Leaderboard("", ()), tmp_path / name)  # nothing that could be drawn
    assert ".svg or .png" in str(refused.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["no-such-folder/a.svg", "folder.png"])
def test_a_place_that_cannot_be_written_is_refused_and_left_as_it_was(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_chart(board(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_a_board_of_plain_values_is_the_board() -> None:
    plain = whole().as_json()["tasks"]
    again = board_of_tasks(plain)
    assert again.tasks == whole().tasks
    assert svg(leaderboard_chart(again)) == whole_svg()


@pytest.mark.parametrize(
    "empty",
    [Leaderboard("", ()), board(task_board(models={})), board(task_board(models={"one": (math.nan, 0.1, 0.2, 1)}))],
)
def test_nothing_to_draw_is_refused(empty: Leaderboard) -> None:
    with pytest.raises(ValueError, match=r"leaderboard without|is no number"):
        leaderboard_chart(empty)
