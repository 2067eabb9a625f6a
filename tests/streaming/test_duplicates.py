"""Records of one paper become one paper: which of them survives, by which rule, with what it takes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.recipe import read_recipe
from tests.sample_page import PAPERS, page_text
from tests.streaming.record_files import (
    Record,
    Rows,
    all_rows,
    jaccard_of,
    near,
    record,
    records,
    removed_rows,
    source_of,
    streamed,
    write,
)

THRESHOLD = read_recipe(None).deduplicate.threshold


def papers_by_title(release: Path) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in all_rows(release, "papers"):
        found.setdefault(row["title"], []).append(row)
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records 0 to 5; then copies of them by 0, 1, …, 11 words, in batches of 4, in two processes."""
    folder = tmp_path_factory.mktemp("planted")
    copies = [near(record(at % 6), words, 100 + at) for at, words in enumerate(range(12))]
    path = write(folder / "planted.jsonl", [*records(6), *copies])
    return streamed([path], out=folder / "release", rows=4, processes=2).out


def test_near_copies_merge_into_their_original_with_their_similarity(planted: Path) -> None:
    owners = {row["position"]: row["paper_id"] for row in all_rows(planted, "listings")}
    expected = []
    for at, words in enumerate(range(12)):
        if jaccard_of(words) >= THRESHOLD:
            expected.append((6 + at, "near", owners[at % 6], pytest.approx(jaccard_of(words))))
    assert removed_rows(planted, "position", "rule", "survivor", "similarity") == expected
    assert len(expected) == 9
    assert jaccard_of(8) == THRESHOLD
    assert len(all_rows(planted, "papers")) == 6 + 3


def test_a_copy_merges_into_the_nearest_survivor_and_into_no_merged_row(tmp_path: Path) -> None:
    """No chaining: a copy of a copy that is too far from the survivor is a paper of its own."""
    original = record(0)
    step = near(original, 6, 1)
    far = step | {
        "title": "Far Away From It",
        "id": "",
        "abstract": "Fully other words at its start " + step["abstract"][40:],
    }
    nearer = near(original, 8, 2)
    path = write(tmp_path / "a.jsonl", [original, step, far, nearer])
    release = streamed([path], out=tmp_path / "release", rows=1).out
    assert [row[0] for row in removed_rows(release, "position")] == [1, 3]
    assert len(all_rows(release, "papers")) == 2


def test_the_same_text_under_the_same_title_is_exact(tmp_path: Path) -> None:
    one = record(0)
    shouted = one | {"title": one["title"].upper(), "abstract": one["abstract"].replace(" ", "\n"), "id": ""}
    path = write(tmp_path / "a.jsonl", [one, record(1), shouted])
    release = streamed([path], out=tmp_path / "release", rows=2).out
    assert removed_rows(release, "position", "rule", "similarity", "value") == [(2, "exact", 1.0, shouted["title"])]


@pytest.mark.parametrize("spelling", ["{}", "{}v2", "arXiv:{}", "ARXIV:{}v11"])
def test_another_text_under_the_same_arxiv_id_merges_by_it(tmp_path: Path, spelling: str) -> None:
    one = record(0)
    path = write(tmp_path / "a.jsonl", [one, record(1), record(2, id=spelling.format(one["id"]))])
    release = streamed([path], out=tmp_path / "release", rows=1).out
    ((position, rule, survivor, similarity),) = removed_rows(release, "position", "rule", "survivor", "similarity")
    assert (position, rule) == (2, "arxiv-id")
    assert similarity == 0
    (kept,) = papers_by_title(release)[one["title"]]
    assert (kept["paper_id"], kept["arxiv_id"]) == (survivor, one["id"])


def test_texts_without_an_arxiv_id_share_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [record(0, id=""), record(1, id=""), record(2, id="7"), record(3, id="7")])
    release = streamed([path], out=tmp_path / "release").out
    assert removed_rows(release, "position") == []
    assert {row["arxiv_id"] for row in all_rows(release, "papers")} == {None}


DAMAGED = "We reach a rate of O(eta^2) with steps eta and "


def test_the_least_damaged_text_survives(tmp_path: Path) -> None:
    """Of a file taken from pages that strip math, a file with its LaTeX, and one more stripped one."""
    text = record(0)["abstract"].lower()
    whole = record(0, abstract=f"We reach a rate of $\\mathcal{{O}}(\\eta^2)$ with steps $\\eta$ and {text}")
    stripped = whole | {"abstract": DAMAGED + text}
    first = write(tmp_path / "stripped-1.jsonl", [stripped, record(1)])
    second = write(tmp_path / "latex.jsonl", [record(2), whole])
    third = write(tmp_path / "stripped-2.jsonl", [record(3), record(4), stripped])
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        '[dataset]\nname = "mine"\ntitle = "Mine"\n'
        + "".join(f'[[sources]]\npath = "{path.name}"\nmath = "stripped"\n' for path in (first, third))
        + f'[[sources]]\npath = "{second.name}"\n',
        encoding="utf-8",
    )
    release = streamed(recipe=recipe, out=tmp_path / "release", rows=1, processes=2).out
    survivor = next(
        row for row in all_rows(release, "listings") if row["title"] == whole["title"] and row["is_survivor"]
    )
    assert (survivor["source_id"], survivor["position"]) == (source_of(second), 1)
    assert sorted(removed_rows(release, "source_id", "rule")) == sorted(
        (source_of(path), "near") for path in (first, third)
    )
    (paper,) = papers_by_title(release)[whole["title"]]
    assert paper["math_damage"] == 0
    assert paper["abstract"].startswith("We reach a rate of O(η²) with steps η and ")


def of_page(paper: tuple[str, str], **more: str) -> Record:
    """The record of a paper of the invented page, under an id of its own."""
    return {"title": paper[0], "abstract": paper[1], "id": "2402.00001", "categories": "cs.LG stat.ML"} | more


def test_a_listing_takes_over_what_a_record_says_of_itself(tmp_path: Path) -> None:
    """The record's text has fewer words: the listing's survives, and has the record's id, categories and year."""
    page = tmp_path / "page.txt"
    page.write_text(page_text(), encoding="utf-8")
    title, abstract = PAPERS[2]
    recipe = tmp_path / "recipe.toml"
    stripped = write(
        tmp_path / "a.jsonl", [record(0), of_page((title, f"{abstract} Also alpha in (0,1) and O(eta^2)."))]
    )
    recipe.write_text(
        '[dataset]\nname = "mine"\ntitle = "Mine"\n'
        f'[[sources]]\npath = "{stripped.name}"\nmath = "stripped"\n[[sources]]\npath = "page.txt"\n',
        encoding="utf-8",
    )
    release = streamed(recipe=recipe, out=tmp_path / "release").out
    (paper,) = papers_by_title(release)[title]
    ((source, rule, survivor),) = removed_rows(release, "source_id", "rule", "survivor")
    assert (source, rule, survivor) == (source_of(stripped), "near", paper["paper_id"])
    assert (paper["arxiv_id"], paper["categories"], paper["year"]) == ("2402.00001", ["cs.LG", "stat.ML"], 2024)
    assert paper["abstract"] == abstract


def test_of_many_that_merge_the_best_with_an_id_gives_it(tmp_path: Path) -> None:
    one = record(0, id="")
    givers = [
        near(record(0), 1, 10, id=""),
        near(record(0), 2, 11, id="2403.00001", categories="cs.CV"),
        near(record(0), 3, 12, id="2404.00001", categories="cs.AI"),
    ]
    path = write(tmp_path / "a.jsonl", [one, *givers])
    release = streamed([path], out=tmp_path / "release", rows=1).out
    (paper,) = all_rows(release, "papers")
    assert (paper["arxiv_id"], paper["categories"], paper["year"]) == ("2403.00001", ["cs.CV"], 2024)
    assert [rule for (rule,) in removed_rows(release, "rule")] == ["near"] * 3


def test_an_id_of_its_own_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [record(0), near(record(0), 2, 11, id="2403.00001", categories="cs.CV")])
    (paper,) = all_rows(streamed([path], out=tmp_path / "release").out, "papers")
    assert (paper["arxiv_id"], paper["year"]) == (record(0)["id"], 2015)
