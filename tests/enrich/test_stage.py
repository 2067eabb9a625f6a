"""Enrichment: links from the published abstract, arXiv ids by the exact key of the captured title, nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.engines import LocalEngine
from curation.enrich import ArxivRecord, EnrichStage, find_code_urls, find_urls, read_arxiv_ids
from curation.identity import paper_id, title_key
from curation.release.build import build
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DistinctPapers, EnrichedPapers
from curation.stage import run_checked
from tests.captures import DATA
from tests.commands import ROOT
from tests.profiles import examples
from tests.releases import manifest_of, read_rows
from tests.sample_page import PAPERS

ADDED = ("arxiv_id", "categories", "year", "urls", "code_urls")
RECORD = ArxivRecord("2403.03900", ("cs.IR", "cs.LG"), 2024)
ABSTRACT = "We study how a sampler behaves when its target drifts."


def enrich(
    *papers: tuple[str, str], arxiv: dict[str, ArxivRecord] | None = None, published: str = "A Title"
) -> list[dict[str, Any]]:
    rows = [
        {
            "source_id": "0" * 16,
            "position": position,
            "title": published,
            "abstract": abstract,
            "math_damage": 0,
            "math_damage_spans": [],
            "paper_id": paper_id(f"{position} {title}"),
            "possibly_truncated": False,
            "title_key": title_key(title),
        }
        for position, (title, abstract) in enumerate(papers)
    ]
    table = pa.Table.from_pylist(rows, schema=plain_schema(DistinctPapers))
    result = run_checked(EnrichStage(arxiv or {}), table, LocalEngine(2))
    assert result.removed.num_rows == 0
    found: list[dict[str, Any]] = result.kept.to_pylist()
    for row, before in zip(found, rows, strict=True):
        assert {name: value for name, value in row.items() if name not in ADDED} == {
            name: value for name, value in before.items() if name != "title_key"
        }
    return found


def test_a_paper_in_the_table_gets_id_categories_and_year() -> None:
    (row,) = enrich(("Lazy Forests", ABSTRACT), arxiv={"lazyforests": RECORD})
    assert (row["arxiv_id"], row["categories"], row["year"]) == ("2403.03900", ["cs.IR", "cs.LG"], 2024)


def test_the_captured_title_is_looked_up_and_not_the_published_one() -> None:
    captured = {title_key('Schr\\"odinger Forests'): RECORD}
    assert enrich(('Schr\\"odinger Forests', ABSTRACT), arxiv=captured, published="Other")[0]["arxiv_id"] is not None
    assert enrich(("Other", ABSTRACT), arxiv=captured, published="Schrödinger Forests")[0]["arxiv_id"] is None


@pytest.mark.parametrize("title", ["Lazy Forest", "Lazy Forests II", "The Lazy Forests", "Forests"])
def test_a_title_that_only_resembles_one_in_the_table_gets_nothing(title: str) -> None:
    (row,) = enrich((title, ABSTRACT), arxiv={"lazyforests": RECORD})
    assert (row["arxiv_id"], row["categories"], row["year"]) == (None, [], None)


def test_unknown_categories_are_an_empty_list() -> None:
    (row,) = enrich(("Lazy Forests", ABSTRACT), arxiv={"lazyforests": ArxivRecord("2403.03900", (), 2024)})
    assert (row["arxiv_id"], row["categories"], row["year"]) == ("2403.03900", [], 2024)


def test_links_are_those_of_the_abstract() -> None:
    text = f"{ABSTRACT} See www.example.org/page and https://github.com/a/b, https://github.com/a/b again."
    with_links, without = enrich(("One", text), ("Two", ABSTRACT))
    assert with_links["urls"] == ["www.example.org/page", "https://github.com/a/b"]
    assert with_links["code_urls"] == ["https://github.com/a/b"]
    assert (without["urls"], without["code_urls"]) == ([], [])


def test_the_output_has_the_columns_of_its_model_without_the_key_of_the_title() -> None:
    assert set(enrich(("One", ABSTRACT))[0]) == set(plain_schema(EnrichedPapers).names)
    assert "title_key" not in plain_schema(EnrichedPapers).names


def test_no_papers_are_enriched_too() -> None:
    assert enrich() == []


LINKED = st.lists(
    st.sampled_from(
        [
            "https://",
            "github.com/a/b",
            "www.",
            "x.org/",
            "\\_",
            "\\~{}",
            "~",
            "me",
            " ",
            ".",
            ")",
            "(",
            "%",
            "\\",
            "code",
        ]
    ),
    max_size=20,
).map(lambda parts: re.sub(" +", " ", f"{ABSTRACT} {''.join(parts)}").strip())


@examples(150)
@given(st.lists(LINKED, min_size=1, max_size=4))
def test_what_is_found_in_any_abstract_meets_the_model(abstracts: list[str]) -> None:
    rows = enrich(*((f"Title {number}", abstract) for number, abstract in enumerate(abstracts)))
    assert [row["urls"] for row in rows] == [find_urls(abstract) for abstract in abstracts]


def test_the_release_has_what_table_and_abstracts_say(release: Path) -> None:
    known = read_arxiv_ids(DATA / "enrichment/arxiv-ids.csv")
    captured = {row["paper_id"]: row["title"] for row in read_rows(release, "listings") if row["is_survivor"]}
    for split in ("train", "validation", "test"):
        for row in read_rows(release, "papers", split):
            record = known[title_key(captured[row["paper_id"]])]
            assert ArxivRecord(row["arxiv_id"], tuple(row["categories"]), row["year"]) == record
            assert row["urls"] == find_urls(row["abstract"])
            assert row["code_urls"] == find_code_urls(row["urls"])


def test_a_recipe_without_a_table_knows_nothing_and_says_so(page_release: Path) -> None:
    rows = [row for split in ("train", "validation", "test") for row in read_rows(page_release, "papers", split)]
    assert len(rows) == len(PAPERS)
    assert {(row["arxiv_id"], tuple(row["categories"]), row["year"]) for row in rows} == {(None, (), None)}
    assert manifest_of(page_release)["enrichment"] is None


def test_the_manifest_names_the_table_by_its_content_and_not_by_its_path(page: Path, tmp_path: Path) -> None:
    ids = tmp_path / "my ids.csv"
    ids.write_text(f"title,arxiv_id,categories,year,sources\n{PAPERS[1][0]},2403.03900,cs.LG,2024,here\n")
    recipe = tmp_path / "recipe.toml"
    for named in (ids.name, ids.as_posix()):
        recipe.write_text(f'[dataset]\nname = "x"\ntitle = "X"\n[enrich]\narxiv_ids = "{named}"\n')
        out = build([page], recipe=recipe, out=tmp_path / "release").out
        rows = [row for split in ("train", "validation", "test") for row in read_rows(out, "papers", split)]
        assert [row["title"] for row in rows if row["arxiv_id"]] == [PAPERS[1][0]]
        assert manifest_of(out)["enrichment"]["arxiv_ids"]["name"] == "my ids.csv"
        assert "enrich" not in manifest_of(out)["recipe"]
        assert str(tmp_path) not in (out / "manifest.json").read_text() + (out / "README.md").read_text()


def test_the_page_about_the_table_counts_it_right() -> None:
    page = (ROOT / "data/enrichment/README.md").read_text(encoding="utf-8")
    known = read_arxiv_ids(DATA / "enrichment/arxiv-ids.csv")
    assert f"All {len(known)} papers have an id." in page
    assert f"The categories of {sum(not record.categories for record in known.values())} of them are unknown." in page
    columns = (DATA / "enrichment/arxiv-ids.csv").read_text(encoding="utf-8").split("\n")[0].split(",")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == columns
