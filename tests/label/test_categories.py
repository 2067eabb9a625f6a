"""What arXiv categories say of a topic."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import pytest

from curation.label.categories import category_votes, topic_of_category
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT

MAPS: Final = tomllib.loads((ROOT / "curation" / "label" / "categories.toml").read_text(encoding="utf-8"))

# https://arxiv.org/category_taxonomy
DIVIDED: Final = {
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL",
    "eess": "AS IV SP SY",
    "econ": "EM GN TH",
    "stat": "AP CO ME ML OT TH",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
}
DIVIDED["cs"] += " RO SC SD SE SI SY"
ARCHIVES: Final = {
    *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex"),
    *("nucl-th", "physics", "quant-ph", *DIVIDED),
}


def test_categories_are_those_of_arxiv_with_topics_of_the_taxonomy() -> None:
    real = {f"{archive}.{name}" for archive, names in DIVIDED.items() for name in names.split()}
    assert set(MAPS) == {"categories", "archives"}
    assert set(MAPS["categories"]) <= real
    assert set(MAPS["archives"]) <= ARCHIVES
    assert {*MAPS["categories"].values(), *MAPS["archives"].values()} <= set(TOPIC_IDS)
    assert [name for name in MAPS["categories"] if not re.fullmatch(r"[a-z]+(-[a-z]+)?\.[A-Z]{2}", name)] == []


@pytest.mark.parametrize("category", ["cs.LG", "stat.ML", "cs.AI", "cs.NE", "math.AG", "math", "cs", "", "cs.XX"])
def test_a_category_without_a_natural_topic_abstains(category: str) -> None:
    assert topic_of_category(category) is None
    assert category_votes([category]) == ([False] * len(TOPIC_IDS), [False] * len(TOPIC_IDS))


@pytest.mark.parametrize(
    ("category", "topic"),
    [
        ("cs.CV", "computer-vision"),
        ("cs.CL", "language-models"),
        ("eess.AS", "speech-audio"),
        ("q-fin.TR", "finance-economics"),
        ("econ.EM", "finance-economics"),
        ("cond-mat.stat-mech", "science-engineering"),
        ("quant-ph", "science-engineering"),
        ("physics.ao-ph", "science-engineering"),
        ("math.OC", "optimization"),
        ("stat.CO", "bayesian-inference"),
        ("stat.ME", "statistics"),
    ],
)
def test_a_category_or_its_archive_stands_for_a_topic(category: str, topic: str) -> None:
    assert topic_of_category(category) == topic


def test_the_primary_category_votes_by_itself_and_with_the_others() -> None:
    primary, among = category_votes(["cs.IR", "cs.LG", "cs.CV", "eess.IV"])
    assert [topic for topic, vote in zip(TOPIC_IDS, primary, strict=True) if vote] == ["information-systems"]
    assert {topic for topic, vote in zip(TOPIC_IDS, among, strict=True) if vote} == {
        "information-systems",
        "computer-vision",
    }


def test_a_primary_category_that_abstains_leaves_its_place_empty() -> None:
    primary, among = category_votes(["cs.LG", "cs.CV"])
    assert not any(primary)
    assert among.index(True) == TOPIC_IDS.index("computer-vision")
    assert category_votes([]) == ([False] * len(TOPIC_IDS), [False] * len(TOPIC_IDS))
