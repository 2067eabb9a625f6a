"""Charts of a release: drawn with Altair, rendered to SVG and PNG without a browser.

Every chart embeds its data, is at most `WIDTH` pixels wide and has an opaque background, so that it reads on a white
page as on a dark one. Nothing is told by colour alone, and the colours are those of Okabe and Ito, or cividis. A chart
of nothing would look like a finding: data without a paper raise `ValueError`, as do data at odds with themselves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt
import vl_convert

from curation.schemas.taxonomy import TOPIC_IDS, TOPICS

__all__ = [
    "BLUE",
    "FONT",
    "GRID",
    "INK",
    "PADDING",
    "PAPER",
    "QUIET",
    "WIDTH",
    "AgreementRow",
    "Bin",
    "agreement",
    "plotted",
    "png",
    "reliability",
    "styled",
    "svg",
    "topic_cooccurrence",
    "topics_by_count",
]

# Topic, kappa, the ends of its interval, papers; what could not be computed is None or NaN.
AgreementRow: TypeAlias = tuple[str, float | None, float | None, float | None, int]
# Mean confidence, share that was right, the ends of its interval, papers.
Bin: TypeAlias = tuple[float, float, float, float, int]

WIDTH = 760
PADDING = 16

# vl-convert bundles Liberation Sans; a browser without it has Arial or Helvetica, whose letters are as wide.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

# Of the colours of Okabe and Ito; their yellow is hard to see on white.
BLUE, _SKY, _BLACK = "#0072B2", "#56B4E9", "#000000"

# A colour, a shape and a dash for each series of a reliability diagram.
_SERIES = (
    (BLUE, "circle", [1, 0]),
    ("#D55E00", "square", [6, 3]),
    ("#009E73", "triangle-up", [2, 2]),
    (_BLACK, "diamond", [8, 3, 2, 3]),
    ("#E69F00", "triangle-down", [10, 4]),
    ("#CC79A7", "cross", [4, 2, 1, 2]),
)

INK, QUIET, GRID, PAPER = "#1f2933", "#52606d", "#e4e7eb", "#ffffff"
_ROW, _SQUARE = 24, 560
_LOWEST = -0.2
_NAMES = {topic.id: topic.name for topic in TOPICS}


def svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart of this module as SVG; the same chart gives the same text, whatever fonts are installed."""
    return vl_convert.vegalite_to_svg(_spec(chart), vl_version=_vega_lite(), allowed_base_urls=[])


def png(chart: alt.TopLevelMixin, *, scale: float = 2) -> bytes:
    """Return a chart of this module as PNG with `scale` dots to a pixel; the same chart gives the same bytes.

    vl-convert takes an installed Liberation Sans before its own, so that another machine may round letters otherwise.
    """
    return vl_convert.vegalite_to_png(_spec(chart), vl_version=_vega_lite(), scale=scale, allowed_base_urls=[])


def topics_by_count(rows: Mapping[str, tuple[int, int]]) -> alt.LayerChart:
    """Draw how many papers each topic has, most papers first.

    Args:
        rows: Topic id to the papers whose primary topic it is and the papers that have it at all.

    Raises:
        ValueError: No topic has a paper, a topic is unknown, or more papers have it as primary topic than at all.
    """
    _check_topics(rows)
    for topic, (primary, papers) in rows.items():
        if not 0 <= primary <= papers:
            raise ValueError(f"{topic}: {primary} papers with it as primary topic, but {papers} with it at all")
    largest = max((papers for _, papers in rows.values()), default=0)
    if not largest:
        raise ValueError("no topic has a paper")
    order = sorted(rows, key=lambda topic: (-rows[topic][1], -rows[topic][0], TOPIC_IDS.index(topic)))
    texts = [f"{rows[topic][0]:,} of {rows[topic][1]:,}" for topic in order]
    bars = ["thin bar: as primary topic", "wide bar: as primary or further topic"]
    wide = [{"topic": _NAMES[topic], "papers": rows[topic][1], "bar": bars[1]} for topic in order]
    thin = [{"topic": _NAMES[topic], "papers": rows[topic][0], "bar": bars[0]} for topic in order]
    numbers = [row | {"text": text} for row, text in zip(wide, texts, strict=True)]
    # the longest bar leaves room for its numbers
    scale = alt.Scale(domain=[0, largest / (1 - max(map(len, texts)) / 70)], nice=False)
    x = alt.X("papers:Q", scale=scale, axis=alt.Axis(format=",d", tickMinStep=1, tickCount=6), title="Papers")
    y = _topic_axis([_NAMES[topic] for topic in order])
    fill = alt.Scale(domain=bars, range=[BLUE, _SKY])
    color = alt.Color("bar:N", scale=fill, legend=alt.Legend(orient="top", title=None, labelLimit=0))
    layers = [
        plotted(wide).mark_bar(size=17).encode(x=x, y=y, color=color),
        plotted(thin).mark_bar(size=7).encode(x=x, y=y, color=color),
        plotted(numbers).mark_text(align="left", dx=5, color=INK).encode(x=x, y=y, text="text:N"),
    ]
    return _finish(layers, "Papers of each topic, as primary topic and at all.", height=_ROW * len(order))


def topic_cooccurrence(rows: Mapping[tuple[str, str], int]) -> alt.LayerChart:
    """Draw how many papers carry both of two topics, with all topics in the order of the taxonomy.

    Args:
        rows: Two topic ids to the papers that carry both. Either order will do; if both are given they must agree. A
            topic paired with itself is left out: those are all its papers, which would outshine every pair.

    Raises:
        ValueError: No two topics share a paper, a topic is unknown, a count is negative, or a pair has two counts.
    """
    _check_topics(topic for pair in rows for topic in pair)
    pairs: dict[tuple[str, str], int] = {}
    for (one, other), papers in rows.items():
        if papers < 0 or rows.get((other, one), papers) != papers:
            raise ValueError(f"{one} and {other} share {papers} papers, the other way round {rows.get((other, one))}")
        if papers and one != other:
            pairs[one, other] = pairs[other, one] = papers
    if not pairs:
        raise ValueError("no two topics share a paper")
    largest = max(pairs.values())
    cells = [{"topic": _NAMES[a], "other": _NAMES[b], "papers": pairs[a, b]} for a, b in sorted(pairs)]
    names = [topic.name for topic in TOPICS]
    axis = alt.Axis(orient="top", labelAngle=-90, labelLimit=0)
    x = alt.X("other:N", scale=alt.Scale(domain=names), axis=axis, title="Topic")
    y = _topic_axis(names)
    # on a square root, few papers still differ in colour
    scale = alt.Scale(type="sqrt", scheme="cividis", reverse=True, domain=[0, largest])
    # of symbols, because a gradient is numbered anew at each rendering
    legend = alt.Legend(type="symbol", symbolType="square", orient="bottom", format=",d", values=_marks(largest))
    color = alt.Color("papers:Q", scale=scale, legend=legend, title="Papers that carry both topics")
    # white numbers on the dark half of the scale
    ink = alt.when(alt.datum.papers > 0.3 * largest).then(alt.value(PAPER)).otherwise(alt.value(_BLACK))
    layers = [
        plotted([{"topic": name, "other": name} for name in names]).mark_rect(color=GRID).encode(x=x, y=y),
        plotted(cells).mark_rect(stroke=PAPER).encode(x=x, y=y, color=color),
        plotted(cells).mark_text(fontSize=11).encode(x=x, y=y, text=alt.Text("papers:Q", format=",d"), color=ink),
    ]
    return _finish(layers, "Papers that carry both of two topics.", height=28 * len(names))


def agreement(rows: Sequence[AgreementRow]) -> alt.LayerChart:
    """Draw for each topic how well the labels agree, best agreement first.

    The scale goes from -0.2 to 1. An interval that goes below ends in a triangle at the edge; a kappa below is written
    beside it.

    Args:
        rows: Topic id, kappa, the ends of its interval, papers. A kappa that is None or NaN is shown as 'n/a', and one
            without interval gets no bar.

    Raises:
        ValueError: There is no row, a topic is unknown or has two rows, or numbers are out of order or beyond -1 and 1.
    """
    if not rows:
        raise ValueError("no topic has an agreement")
    _check_topics(row[0] for row in rows)
    if len({row[0] for row in rows}) < len(rows):
        raise ValueError("a topic has two rows")
    drawn: dict[str, list[dict[str, Any]]] = {"bars": [], "dots": [], "edges": [], "notes": []}
    place: dict[str, float] = {}
    for topic, *numbers, _ in rows:
        kappa, low, high = (None if number is None or math.isnan(number) else number for number in numbers)
        name = {"topic": _NAMES[topic]}
        if kappa is None:
            drawn["notes"].append(name | {"kappa": _LOWEST, "note": "n/a"})
            continue
        if low is None or high is None:
            low = high = kappa
        if not -1 <= low <= kappa <= high <= 1:
            raise ValueError(f"{topic}: kappa {kappa} with an interval from {low} to {high}")
        place[topic] = kappa
        end = max(high, _LOWEST)
        drawn["bars"].append(name | {"kappa": max(low, _LOWEST), "high": end})
        if low < _LOWEST:
            drawn["edges"].append(name | {"kappa": _LOWEST})
        if kappa < _LOWEST:
            drawn["notes"].append(name | {"kappa": end, "note": f"{kappa:.2f}".replace("-", "\u2212")})
        else:
            drawn["dots"].append(name | {"kappa": kappa})
    ranked = sorted(rows, key=lambda row: (-place.get(row[0], -2), TOPIC_IDS.index(row[0])))
    papers = {_NAMES[topic]: f"{count:,}" for topic, *_, count in ranked}
    axis = alt.Axis(values=[-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f", grid=True)
    x = alt.X("kappa:Q", scale=alt.Scale(domain=[_LOWEST, 1]), axis=axis, title="Agreement beyond chance (kappa)")
    y = _topic_axis(list(papers))
    # the axis on the right has the names again, and writes the papers instead
    text = f"({json.dumps(papers)})[datum.label]"
    edge = max(44, 14 + 7 * max(map(len, papers.values())))
    above: dict[str, Any] = {"titleAngle": 0, "titleAlign": "right", "titleX": edge, "titleY": -8}
    right = alt.Axis(orient="right", labelExpr=text, labelAlign="right", labelPadding=edge, **above)
    point: dict[str, Any] = {"color": BLUE, "filled": True, "size": 80, "opacity": 1}
    kappas = alt.layer(
        plotted([{"kappa": 0}]).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=x),
        plotted(drawn["bars"]).mark_rule(color=BLUE, strokeWidth=2).encode(x=x, x2="high:Q", y=y),
        plotted(drawn["dots"]).mark_point(**point).encode(x=x, y=y),
        plotted(drawn["edges"]).mark_point(**point, shape="triangle-left").encode(x=x, y=y),
        plotted(drawn["notes"]).mark_text(color=QUIET, align="left", dx=10).encode(x=x, y=y, text="note:N"),
    )
    counts = plotted([{"topic": name} for name in papers]).mark_point(color=BLUE, opacity=0)
    layers = [kappas, counts.encode(y=y.copy().axis(right).title("Papers"))]
    chart = _finish(layers, "Agreement of the labels on each topic, with its interval.", height=_ROW * len(rows))
    both: alt.LayerChart = chart.resolve_axis(y="independent")
    return both


def reliability(rows: Mapping[str, Sequence[Bin]]) -> alt.LayerChart:
    """Draw how often a labeler was right against how sure it was; one that knows how sure to be is on the diagonal.

    Args:
        rows: Name of a series, such as a labeler, to its bins: mean confidence, share that was right, the ends of its
            interval, papers. A bin without papers is left out.

    Raises:
        ValueError: No bin has a paper, there are more series than can be told apart, or a number is out of order or
            outside 0 to 1.
    """
    if len(rows) > len(_SERIES):
        raise ValueError(f"{len(rows)} series cannot be told apart, {len(_SERIES)} can")
    points: list[dict[str, Any]] = [
        {"series": name, "confidence": confidence, "share": share, "low": low, "high": high, "papers": papers}
        for name, bins in rows.items()
        for confidence, share, low, high, papers in bins
        if papers
    ]
    for point in points:
        ordered = 0 <= point["low"] <= point["share"] <= point["high"] <= 1
        if not ordered or not 0 <= point["confidence"] <= 1 or point["papers"] < 0:
            raise ValueError(f"a bin's numbers are out of order or beyond 0 and 1: {point}")
    if not points:
        raise ValueError("no bin has a paper")
    largest = max(point["papers"] for point in points)
    unit: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".1f", tickCount=6, grid=True)}
    x = alt.X("confidence:Q", **unit, title="Confidence of the labeler")
    y, low = (alt.Y(field, **unit, title="Share that was right") for field in ("share:Q", "low:Q"))
    diagonal = plotted([{"confidence": end, "share": end} for end in (0, 1)]).encode(x=x, y=y)
    layers = [diagonal.mark_line(color=QUIET, strokeWidth=1, strokeDash=[4, 3])]
    for name, (hue, _, dash) in zip(rows, _SERIES, strict=False):
        base = plotted([point for point in points if point["series"] == name]).encode(x=x)
        layers += [
            base.mark_line(color=hue, strokeWidth=1.5, opacity=0.6, strokeDash=dash).encode(y=y),
            base.mark_rule(color=hue, strokeWidth=2).encode(y=low, y2="high:Q"),
        ]
    colors, shapes = (alt.Scale(domain=list(rows), range=[style[part] for style in _SERIES]) for part in (0, 1))
    below: dict[str, Any] = {"orient": "bottom", "direction": "vertical", "labelLimit": 400}
    names = alt.Legend(title="Labeler", **below)
    papers = alt.Legend(title="Papers", values=_marks(largest), format=",d", symbolFillColor=QUIET, **below)
    color = alt.Color("series:N", scale=colors, legend=names)
    shape = alt.Shape("series:N", scale=shapes, legend=names)
    size = alt.Size("papers:Q", scale=alt.Scale(domain=[0, largest], range=[30, 330]), legend=papers)
    dots = plotted(points).mark_point(filled=True, opacity=1, stroke=PAPER, strokeWidth=1)
    layers.append(dots.encode(x=x, y=y, color=color, shape=shape, size=size))
    chart = _finish(layers, "How often labels were right, by the labeler's confidence.", height=_SQUARE)
    return chart.properties(width=_SQUARE, autosize="pad")


def _check_topics(topics: Iterable[str]) -> None:
    if unknown := sorted(set(topics) - set(TOPIC_IDS)):
        raise ValueError(f"not in the taxonomy: {', '.join(unknown)}")


def _marks(largest: int) -> list[int]:
    """Return the counts of papers that a legend shows."""
    return sorted({1, math.ceil(largest / 10), math.ceil(largest / 3), largest})


def plotted(values: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """Return a chart of rows that it embeds, before it has a mark."""
    return alt.Chart(alt.InlineData(values=list(values)))


def _topic_axis(names: list[str]) -> alt.Y:
    return alt.Y("topic:N", scale=alt.Scale(domain=names), axis=alt.Axis(labelLimit=0), title="Topic")


def styled(chart: Any, description: str) -> Any:
    """Return a whole chart in the style of all charts, with the sentence that stands for it where it is not seen."""
    ink: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    gaps: dict[str, Any] = {"labelPadding": 8, "titlePadding": 10, "labelFlush": False}
    axis = alt.AxisConfig(**ink, **gaps, grid=False, gridColor=GRID, domain=False, ticks=False)
    legend, text = alt.LegendConfig(**ink, symbolSize=140), alt.MarkConfig(fontSize=12)
    return chart.properties(
        background=PAPER,
        padding=PADDING,
        description=description,
        config=alt.Config(font=FONT, axis=axis, legend=legend, text=text, view=alt.ViewConfig(stroke=None)),
    )


def _finish(layers: Sequence[Any], description: str, *, height: int) -> alt.LayerChart:
    """Return the layers as one chart, as wide as a page whatever the names take."""
    chart = alt.layer(*layers)
    assert isinstance(chart, alt.LayerChart)  # no layer is faceted
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    finished: alt.LayerChart = styled(chart.properties(width=WIDTH, height=height, autosize=fit), description)
    return finished


def _spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    # a theme that the caller enabled must not change the picture; charts of this module are right whatever they show
    with alt.theme.enable("none"):
        return chart.to_dict(validate=False)


def _vega_lite() -> str:
    """Return the version of Vega-Lite that Altair writes."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
