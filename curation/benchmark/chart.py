"""The leaderboard as a picture: a panel for each task, the same models in the same order in all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curation.atomic import write_whole
from curation.errors import Location, OutputError

# altair and the tests of the leaderboard take long to load, and the names of scores are wanted without them
if TYPE_CHECKING:
    import altair as alt

    from curation.benchmark.leaderboard import Leaderboard, TaskBoard

__all__ = ["CHANCE", "SCORE_NAMES", "board_of_tasks", "leaderboard_chart", "write_chart"]

SCORE_NAMES: Final[Mapping[str, str]] = {
    "accuracy": "accuracy",
    "lrap": "label ranking average precision",
    "ami": "adjusted mutual information",
    "ndcg_at_10": "nDCG@10",
    "cosine_ap": "average precision",
}
"""Main scores in words."""

CHANCE: Final = "random"
"""The baseline that says what chance gives."""

_ENDINGS: Final = (".svg", ".png")
# Pixels: a row, a line of a name, what stands between names and panel, between columns, between rows of panels (an axis
# and a heading), the column of ranks, and what a panel is narrowest.
_STEP, _LINE, _PADDING, _GAP, _BETWEEN, _RANK, _NARROWEST = 24, 14, 8, 28, 92, 34, 150
# Signs of a name in one line, and how wide they are; others are taken for capitals.
_LONGEST = 30
_WIDTHS = (("ijltfrI.,:;/|-'` ()[]", 4.2), ("abcdeghknopqsuvxyz0123456789_+", 6.9), ("mwMW@%", 12.0))
# The narrowest scale.
_SPAN = 0.02


def board_of_tasks(tasks: Iterable[Mapping[str, Any]]) -> Leaderboard:
    """Return a leaderboard of the plain values that a manifest has of it, without what is said of every two models."""
    from curation.benchmark.leaderboard import Leaderboard, Row, TaskBoard

    return Leaderboard(
        "", tuple(TaskBoard(**{**one, "rows": tuple(Row(**row) for row in one["rows"]), "pairs": ()}) for one in tasks)
    )


def leaderboard_chart(board: Leaderboard) -> alt.TopLevelMixin:
    """Draw the main scores of all models on all tasks with their intervals and shared ranks.

    Args:
        board: The leaderboard; its order of models is that of every panel.

    Raises:
        ValueError: There is no task, one has no model, or a number is none.
    """
    import altair as alt

    from curation.charts import INK, PADDING, WIDTH, styled

    if not board.tasks or not all(one.rows for one in board.tasks):
        raise ValueError("a leaderboard without a task, or a task without a model")
    for one in board.tasks:
        if wrong := [row.model for row in one.rows if not all(map(math.isfinite, (row.score, row.low, row.high)))]:
            raise ValueError(f"{one.task}: the score of {wrong[0]} or its interval is no number")
    models = board.models
    labels = {model: _lines(model) for model in models}
    room = _PADDING + math.ceil(max(_width(line) for lines in labels.values() for line in lines))
    columns = _columns(len(board.tasks), WIDTH - 2 * PADDING - room)
    width = (WIDTH - 2 * PADDING - room - (columns - 1) * _GAP) // columns
    step = max(_STEP, _LINE * max(map(len, labels.values())) + 6)
    panels = [
        _panel(one, labels, width=width, height=step * len(models), named=place % columns == 0)
        for place, one in enumerate(board.tasks)
    ]
    chart = alt.concat(
        *panels,
        columns=columns,
        # what stands around a panel is left out of account, so that the width is known beforehand
        bounds="flush",
        spacing={"row": _BETWEEN, "column": _GAP},
        title=alt.TitleParams(
            _note(board), anchor="start", fontSize=12, fontWeight="normal", color=INK, offset=16, lineHeight=17
        ),
    )
    drawn: alt.TopLevelMixin = styled(chart, f"Scores of {len(models)} models on {len(panels)} tasks.")
    return drawn


def write_chart(board: Leaderboard, path: Path) -> None:
    """Write the chart of a leaderboard, whole or not at all.

    Args:
        board: The leaderboard.
        path: A file that ends in `.svg` or `.png`; one that is there is replaced.

    Raises:
        OutputError: The path ends in something else or cannot be written.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise OutputError(
            f"a chart cannot be written as {path.suffix or 'a file without an ending'}",
            where=Location(path),
            expected="a path that ends in .svg or .png",
            hint="name the file with one of these endings",
        )
    from curation import charts

    chart = leaderboard_chart(board)
    content = charts.png(chart) if path.suffix.lower() == ".png" else charts.svg(chart).encode("utf-8")
    write_whole(path, lambda partial: partial.write_bytes(content))


def _note(board: Leaderboard) -> list[str]:
    """Return what a reader needs to know of the marks, in lines."""
    rows = [row for one in board.tasks for row in one.rows]
    lines = [
        "Scores with 95 % intervals. On the right the rank, shared by models that cannot be told apart.",
        "A filled point has rank 1.",
    ]
    if any(row.model == CHANCE for row in rows):
        lines[1] += f" The dashed line is chance: the score of {CHANCE}."
    if len(rows) < len(board.models) * len(board.tasks):
        lines[1] += " n/a: the model was not scored on the task."
    return lines


def _columns(panels: int, room: int) -> int:
    """Return how many panels stand side by side: three, or two of two or four, or fewer where the names are long."""
    wanted = {1: 1, 2: 2, 4: 2}.get(panels, 3)
    return next((count for count in range(wanted, 1, -1) if (room - (count - 1) * _GAP) // count >= _NARROWEST), 1)


def _panel(one: TaskBoard, labels: Mapping[str, Sequence[str]], *, width: int, height: int, named: bool) -> Any:
    import altair as alt

    from curation.charts import BLUE, INK, PAPER, QUIET, plotted

    rows = [
        {"model": row.model, "score": row.score, "low": row.low, "high": row.high, "rank": str(row.rank)}
        for row in one.rows
    ]
    ranks = {row.model: str(row.rank) for row in one.rows}
    notes = [{"model": model, "rank": ranks.get(model, "n/a")} for model in labels]
    ends = [end for row in one.rows for end in (row.low, row.score, row.high)]
    values, decimals = _ticks(min(ends), max(ends))
    scale = alt.Scale(domain=[values[0], values[-1]], nice=False, range=[0, width - _RANK])
    x = alt.X(
        "score:Q",
        scale=scale,
        axis=alt.Axis(grid=True, values=values, format=f".{decimals}f"),
        title=SCORE_NAMES.get(one.main_score, one.main_score),
    )
    y = alt.Y("model:N", scale=alt.Scale(domain=list(labels)), axis=alt.Axis(grid=True, labels=False), title=None)
    fill = alt.when(alt.datum.rank == "1").then(alt.value(BLUE)).otherwise(alt.value(PAPER))
    # right of the scale, in the panel's own width
    beside: dict[str, Any] = {"align": "right", "x": width}
    layers = [
        plotted(rows).mark_rule(color=BLUE, strokeWidth=2).encode(x=_renamed(x, "low:Q"), x2="high:Q", y=y),
        plotted(rows).mark_point(size=60, opacity=1, stroke=BLUE, strokeWidth=1.5).encode(x=x, y=y, fill=fill),
        plotted(notes).mark_text(color=INK, **beside).encode(y=y, text="rank:N"),
        plotted([{}]).mark_text(color=QUIET, y=-11, **beside).encode(text=alt.value("rank")),
    ]
    if chance := [{"score": row.score} for row in one.rows if row.model == CHANCE]:
        layers.insert(0, plotted(chance).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=x))
    if named:
        # not as labels of the axis, which would hang the lines of a long name below its row
        for down, part in _by_place(labels).items():
            name: dict[str, Any] = {"align": "right", "x": -_PADDING, "dy": down, "color": INK}
            layers.append(plotted(part).mark_text(**name).encode(y=y, text="name:N"))
    # in one line with the heading of the ranks
    heading = alt.TitleParams(one.task, anchor="start", frame="group", fontSize=12, color=INK, offset=-11)
    return alt.layer(*layers).properties(width=width, height=height, title=heading)


def _renamed(x: Any, field: str) -> Any:
    copied = x.copy()
    copied.shorthand = field
    return copied


def _by_place(labels: Mapping[str, Sequence[str]]) -> dict[float, list[dict[str, str]]]:
    """Return the lines of names by how far below the middle of its row each stands, in pixels."""
    found: dict[float, list[dict[str, str]]] = {}
    for model, lines in labels.items():
        for at, line in enumerate(lines):
            down = _LINE * (at - (len(lines) - 1) / 2)
            found.setdefault(down, []).append({"model": model, "name": line})
    return dict(sorted(found.items()))


def _ticks(low: float, high: float) -> tuple[list[float], int]:
    """Return the marks of a scale that holds `low` and `high`, and their decimals.

    They are multiples of 1, 2 or 5 times a power of ten, so that no scale goes beyond 0 or 1 unless a number does.
    """
    if high - low < _SPAN:  # all models have one score
        low = max(low - _SPAN, min(low, 0.0))
        high = max(high, low + _SPAN)
    exponent = math.floor(math.log10((high - low) / 5))
    unit = next(unit for unit in (1, 2, 5, 10) if unit * 10.0**exponent >= (high - low) / 5)
    step = unit * 10.0**exponent
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -exponent - (unit == 10))
    return [round(place * step, decimals) for place in range(first, last + 1)], decimals


def _lines(name: str) -> list[str]:
    """Return a model's name in lines of a label, cut where a path or a name has its parts."""
    lines: list[str] = []
    while len(name) > _LONGEST:
        place = max(name.rfind(sign, 8, _LONGEST) for sign in "/:-_. ")
        at = place + 1 if place > 0 else _LONGEST
        lines.append(name[:at])
        name = name[at:]
    return [*lines, name]


def _width(line: str) -> float:
    """Return about how wide a line of a name is, in pixels; rather too wide."""
    return sum(next((wide for signs, wide in _WIDTHS if sign in signs), 10.0) for sign in line)
