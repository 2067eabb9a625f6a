"""Tests of the charts: what is drawn is read back from the rendered SVG and PNG."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from xml.etree import ElementTree as ET

import altair as alt
import pytest

from curation.charts import FONT, WIDTH, agreement, png, reliability, svg, topic_cooccurrence, topics_by_count
from curation.schemas.taxonomy import TOPIC_IDS, TOPICS

OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
NEUTRAL = {"#ffffff", "#e4e7eb", "#52606d", "#1f2933", "none", "transparent"}
NAMES = [topic.name for topic in TOPICS]

COUNTS = {topic: (3 * place, 3 * place + place % 4 + 1) for place, topic in enumerate(TOPIC_IDS)}
PAIRS = {
    (one, other): 1 + (place * rank) % 7
    for place, one in enumerate(TOPIC_IDS)
    for rank, other in enumerate(TOPIC_IDS[:place])
    if (place + rank) % 3
}
KAPPAS = [
    (topic, place / 20, place / 20 - 0.15, place / 20 + 0.08, 10 + place) for place, topic in enumerate(TOPIC_IDS)
]
BINS = [(0.2, 0.1, 0.0, 0.3, 7), (0.5, 0.45, 0.3, 0.6, 40), (0.9, 0.97, 0.9, 1.0, 1234)]
SERIES = {"Labeling functions": BINS, "Model": [(0.4, 0.5, 0.4, 0.6, 3)], "Both of them": BINS[:2]}

CHARTS: dict[str, Callable[[], alt.LayerChart]] = {
    "counts": lambda: topics_by_count(COUNTS),
    "pairs": lambda: topic_cooccurrence(PAIRS),
    "agreement": lambda: agreement(KAPPAS),
    "reliability": lambda: reliability(SERIES),
}
TITLES = {
    "counts": ["Topic", "Papers"],
    "pairs": ["Topic", "Papers that carry both topics"],
    "agreement": ["Topic", "Agreement beyond chance (kappa)", "Papers"],
    "reliability": ["Confidence of the labeler", "Share that was right", "Labeler", "Papers"],
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return {name: svg(chart()) for name, chart in CHARTS.items()}


def root_of(text: str) -> ET.Element:
    return ET.fromstring(text)


def texts(text: str) -> list[str]:
    return ["".join(element.itertext()) for element in root_of(text).iter("{http://www.w3.org/2000/svg}text")]


def colours(text: str) -> set[str]:
    return {value.lower() for value in re.findall(r'(?:fill|stroke)="([^"]+)"', text)}


def marks(text: str, role: str) -> list[ET.Element]:
    """Return the drawn marks of a kind (`rect`, `symbol`, `rule`, `text`), axes and legends left out."""
    return [
        path
        for group in root_of(text).iter("{http://www.w3.org/2000/svg}g")
        if (group.get("class") or "").startswith(f"mark-{role} role-mark")
        for path in group
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_names_its_axes_in_words(name: str, drawn: dict[str, str]) -> None:
    assert set(TITLES[name]) <= set(texts(drawn[name]))


@pytest.mark.parametrize("name", ["counts", "pairs", "agreement"])
def test_every_topic_is_named_in_full(name: str, drawn: dict[str, str]) -> None:
    assert set(NAMES) <= set(texts(drawn[name]))
    assert "…" not in drawn[name]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_opaque_and_no_wider_than_a_page(name: str, drawn: dict[str, str]) -> None:
    root = root_of(drawn[name])
    first = root[0]
    assert int(root.attrib["width"]) <= WIDTH
    assert (first.get("width"), first.get("height")) == (root.get("width"), root.get("height"))
    assert first.get("fill") == "#ffffff"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_written_in_one_font_and_fetches_nothing(name: str, drawn: dict[str, str]) -> None:
    assert set(re.findall(r'font-family="([^"]*)"', drawn[name])) == {FONT}
    assert set(re.findall(r"https?://[^\"]*", drawn[name])) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_data_give_the_same_bytes(name: str, drawn: dict[str, str]) -> None:
    chart = CHARTS[name]()
    assert svg(chart) == svg(chart) == drawn[name]
    assert png(chart, scale=1) == png(CHARTS[name](), scale=1)


def test_a_theme_of_the_caller_changes_nothing(drawn: dict[str, str]) -> None:
    with alt.theme.enable("dark"):
        assert svg(CHARTS["counts"]()) == drawn["counts"]


@pytest.mark.parametrize("scale", [1, 2])
def test_a_png_has_its_size(scale: int, drawn: dict[str, str]) -> None:
    root = root_of(drawn["counts"])
    image = png(CHARTS["counts"](), scale=scale)
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", image[16:24]) == (
        scale * int(root.attrib["width"]),
        scale * int(root.attrib["height"]),
    )


def test_a_png_has_two_dots_to_a_pixel_unless_told() -> None:
    chart = topics_by_count({TOPIC_IDS[0]: (1, 2)})
    assert png(chart) == png(chart, scale=2)


@pytest.mark.parametrize("name", ["counts", "agreement", "reliability"])
def test_the_colours_are_those_of_okabe_and_ito(name: str, drawn: dict[str, str]) -> None:
    assert colours(drawn[name]) <= OKABE_ITO | NEUTRAL


def test_a_heat_map_is_in_cividis() -> None:
    spec = topic_cooccurrence(PAIRS).to_dict()
    scales = [layer["encoding"]["color"].get("scale") for layer in spec["layer"] if "color" in layer["encoding"]]
    assert [scale["scheme"] for scale in scales if scale] == ["cividis"]


def test_bars_differ_in_width_and_in_colour_and_are_explained(drawn: dict[str, str]) -> None:
    bars = marks(drawn["counts"], "rect")
    looks = {(re.findall(r"v(\d+)", bar.attrib["d"])[0], bar.attrib["fill"].lower()) for bar in bars}
    assert looks == {("17", "#56b4e9"), ("7", "#0072b2")}
    assert {"thin bar: as primary topic", "wide bar: as primary or further topic"} <= set(texts(drawn["counts"]))


def test_series_differ_in_shape_and_dash_and_colour() -> None:
    text = svg(reliability({f"Series {number}": [(0.1 * number, 0.5, 0.4, 0.6, 9)] for number in range(6)}))
    points = [mark for mark in marks(text, "symbol") if mark.get("fill")]
    assert len({mark.attrib["fill"] for mark in points}) == 6
    assert len({mark.attrib["d"] for mark in points}) == 6
    lines = [layer["mark"] for layer in reliability(SERIES).to_dict()["layer"] if layer["mark"]["type"] == "line"]
    assert len({tuple(line["strokeDash"]) for line in lines}) == len(lines) == 1 + len(SERIES)


def test_counts_are_sorted_and_written() -> None:
    few, many, none = TOPICS[0], TOPICS[4], TOPICS[9]
    written = texts(svg(topics_by_count({few.id: (1, 2), none.id: (0, 0), many.id: (1000, 23456)})))
    assert [text for text in written if text in NAMES] == [many.name, few.name, none.name]
    assert [text for text in written if " of " in text] == ["1,000 of 23,456", "1 of 2", "0 of 0"]


def test_topics_with_as_many_papers_stand_by_primary_topic_then_by_taxonomy() -> None:
    written = texts(svg(topics_by_count({TOPIC_IDS[2]: (1, 5), TOPIC_IDS[1]: (1, 5), TOPIC_IDS[3]: (2, 5)})))
    assert [text for text in written if text in NAMES] == [NAMES[3], NAMES[1], NAMES[2]]


def test_pairs_stand_in_both_halves_and_the_rest_is_blank() -> None:
    one, other, third = TOPIC_IDS[:3]
    text = svg(topic_cooccurrence({(one, other): 12, (other, third): 0, (one, one): 99}))
    assert [mark.text for mark in marks(text, "text")] == ["12", "12"]
    assert [name for name in texts(text) if name in NAMES] == NAMES * 2


def test_numbers_are_readable_on_their_cells() -> None:
    text = svg(topic_cooccurrence({(TOPIC_IDS[0], TOPIC_IDS[1]): 100, (TOPIC_IDS[2], TOPIC_IDS[3]): 1}))
    assert {(mark.text, mark.get("fill")) for mark in marks(text, "text")} == {("100", "#ffffff"), ("1", "#000000")}


def test_agreement_is_sorted_and_what_is_missing_is_said() -> None:
    rows = [
        (TOPIC_IDS[0], None, None, None, 0),
        (TOPIC_IDS[1], 0.2, 0.1, 0.4, 1234),
        (TOPIC_IDS[2], math.nan, math.nan, math.nan, 3),
        (TOPIC_IDS[3], -0.05, None, None, 7),
        (TOPIC_IDS[4], 0.9, 0.8, 1.0, 55),
    ]
    text = svg(agreement(rows))
    written = texts(text)
    assert [name for name in written if name in NAMES] == [NAMES[4], NAMES[1], NAMES[3], NAMES[0], NAMES[2]]
    assert [count for count in written if count in {"0", "1,234", "3", "7", "55"}] == ["55", "1,234", "7", "0", "3"]
    assert [mark.text for mark in marks(text, "text")] == ["n/a", "n/a"]


def test_agreement_below_the_scale_ends_at_its_edge() -> None:
    within, below = (svg(agreement([(TOPIC_IDS[0], kappa, kappa - 0.1, 0.5, 9)])) for kappa in (-0.05, -0.4))
    assert not marks(within, "text")
    assert [mark.text for mark in marks(below, "text")] == ["\u22120.40"]
    assert "−0.2" in texts(below)
    assert "−0.4" not in texts(below)


def test_a_reliability_diagram_is_square_on_one_scale(drawn: dict[str, str]) -> None:
    spec = reliability(SERIES).to_dict()
    assert spec["width"] == spec["height"]
    for layer in spec["layer"]:
        for channel in ("x", "y"):
            assert layer["encoding"][channel]["scale"] == {"domain": [0, 1]}
    assert set(SERIES) <= set(texts(drawn["reliability"]))
    assert texts(drawn["reliability"]).count("0.6") == 2


def test_a_bin_without_papers_is_left_out() -> None:
    assert svg(reliability({"One": [*BINS, (0.7, math.nan, math.nan, math.nan, 0)]})) == svg(reliability({"One": BINS}))


@pytest.mark.parametrize("papers", [1, 2, 3, 9])
def test_few_papers_are_enough(papers: int) -> None:
    assert "Papers" in texts(svg(reliability({"One": [(0.5, 1.0, 0.2, 1.0, papers)]})))
    assert str(papers) in texts(svg(topic_cooccurrence({(TOPIC_IDS[0], TOPIC_IDS[1]): papers})))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: topics_by_count({}), "no topic has a paper"),
        (lambda: topics_by_count({TOPIC_IDS[0]: (0, 0)}), "no topic has a paper"),
        (lambda: topics_by_count({"alchemy": (1, 1)}), "not in the taxonomy: alchemy"),
        (lambda: topics_by_count({TOPIC_IDS[0]: (2, 1)}), "2 papers with it as primary topic"),
        (lambda: topic_cooccurrence({}), "no two topics share"),
        (lambda: topic_cooccurrence({(TOPIC_IDS[0], TOPIC_IDS[0]): 5}), "no two topics share"),
        (lambda: topic_cooccurrence({(TOPIC_IDS[0], "alchemy"): 5}), "not in the taxonomy: alchemy"),
        (
            lambda: topic_cooccurrence({(TOPIC_IDS[0], TOPIC_IDS[1]): 5, (TOPIC_IDS[1], TOPIC_IDS[0]): 4}),
            "the other way round",
        ),
        (lambda: topic_cooccurrence({(TOPIC_IDS[0], TOPIC_IDS[1]): -1}), "share -1 papers"),
        (lambda: agreement([]), "no topic has an agreement"),
        (lambda: agreement([("alchemy", 0.5, 0.4, 0.6, 1)]), "not in the taxonomy: alchemy"),
        (lambda: agreement([KAPPAS[0], KAPPAS[0]]), "two rows"),
        (lambda: agreement([(TOPIC_IDS[0], 0.5, 0.6, 0.7, 1)]), "interval from 0.6 to 0.7"),
        (lambda: agreement([(TOPIC_IDS[0], 1.5, None, None, 1)]), "kappa 1.5"),
        (lambda: reliability({}), "no bin has a paper"),
        (lambda: reliability({"One": []}), "no bin has a paper"),
        (lambda: reliability({"One": [(0.5, 0.5, 0.4, 0.6, 0)]}), "no bin has a paper"),
        (lambda: reliability({"One": [(0.5, 0.7, 0.4, 0.6, 3)]}), "out of order"),
        (lambda: reliability({"One": [(0.5, math.nan, 0.4, 0.6, 3)]}), "out of order"),
        (lambda: reliability({"One": [(0.5, 0.5, 0.4, 0.6, -3)]}), "out of order"),
        (lambda: reliability({"One": [(1.5, 0.5, 0.4, 0.6, 3)]}), "out of order"),
        (lambda: reliability({str(number): BINS for number in range(7)}), "7 series cannot be told apart"),
    ],
)
def test_nothing_to_draw_or_data_at_odds_are_refused(draw: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        draw()
