"""Releases of records that follow each other: ids and splits stay, the version follows from what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.release.build import BuildResult
from tests.releases import read_rows
from tests.streaming.record_files import all_rows, hashes, near, record, records, removed_rows, streamed, write

Facts = dict[str, tuple[str, str, str]]


def facts(release: Path) -> Facts:
    """Title, abstract and split of each paper, by id."""
    splits = ("train", "validation", "test")
    rows = [(split, row) for split in splits for row in read_rows(release, "papers", split)]
    return {row["paper_id"]: (row["title"], row["abstract"], split) for split, row in rows}


@dataclass(frozen=True)
class Chain:
    """Releases that follow each other: 40 records; 30 more in a file of their own; the same again; some gone."""

    folder: Path
    results: tuple[BuildResult, ...]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("chain")
    # the second one has the first one's title; of the third a better copy comes later
    first = [*records(37), record(100, title=record(0)["title"]), near(record(1), 3, 101), record(102)]
    one = write(folder / "one.jsonl", first)
    two = write(
        folder / "two.jsonl.gz", [*records(27, 200), near(record(2), 2, 103), record(3), near(record(200), 1, 104)]
    )
    results = [streamed([one], out=folder / "first", rows=9, processes=2)]
    results.append(streamed([two, one], out=folder / "second", previous=results[-1].out, rows=7))
    results.append(streamed([one, two], out=folder / "third", previous=results[-1].out, rows=50, processes=2))
    results.append(streamed([two], out=folder / "fourth", previous=results[-1].out, rows=50))
    return Chain(folder, tuple(results))


def test_versions_follow_from_what_changed(chain: Chain) -> None:
    assert [one.manifest["version"] for one in chain.results] == ["1.0.0", "1.1.0", "1.1.0", "2.0.0"]


def test_papers_keep_their_ids_texts_and_splits(chain: Chain) -> None:
    first, second = facts(chain.results[0].out), facts(chain.results[1].out)
    assert {paper: second[paper] for paper in first} == first
    assert len(second) == len(first) + 27
    fourth = facts(chain.results[3].out)
    kept = {paper: second[paper] for paper in fourth if paper in second}
    assert {paper: fact[2] for paper, fact in kept.items()} == {paper: fourth[paper][2] for paper in kept}


def test_nothing_new_gives_the_same_release_byte_for_byte(chain: Chain) -> None:
    assert hashes(chain.results[2].out) == hashes(chain.results[1].out)


def test_a_published_paper_survives_what_resembles_it(chain: Chain) -> None:
    owners = {row["title"]: row["paper_id"] for row in all_rows(chain.results[0].out, "papers")}
    merged = {
        value: (rule, survivor)
        for value, rule, survivor in removed_rows(chain.results[1].out, "value", "rule", "survivor")
    }
    assert merged[record(103)["title"]] == ("near", owners[record(2)["title"]])
    assert merged[record(3)["title"]] == ("exact", owners[record(3)["title"]])


def test_a_better_copy_does_not_replace_a_published_text(tmp_path: Path) -> None:
    text = record(0)["abstract"].lower()
    damaged = record(0, abstract=f"We reach a rate of O(eta^2) with steps eta and {text}", id="")
    whole = record(0, abstract=f"We reach a rate of $\\mathcal{{O}}(\\eta^2)$ with steps $\\eta$ and {text}")
    one, two = write(tmp_path / "one.jsonl", [damaged, record(1)]), write(tmp_path / "two.jsonl", [record(2), whole])
    recipe = tmp_path / "recipe.toml"
    start = '[dataset]\nname = "mine"\ntitle = "Mine"\n[[sources]]\npath = "one.jsonl"\nmath = "stripped"\n'
    recipe.write_text(start, encoding="utf-8")
    first = streamed(recipe=recipe, out=tmp_path / "first")
    recipe.write_text(f'{start}[[sources]]\npath = "{two.name}"\n', encoding="utf-8")
    second = streamed(recipe=recipe, out=tmp_path / "second", previous=first.out)
    assert one.exists()
    before = next(row for row in all_rows(first.out, "papers") if row["title"] == damaged["title"])
    after = next(row for row in all_rows(second.out, "papers") if row["title"] == damaged["title"])
    assert (after["paper_id"], after["abstract"]) == (before["paper_id"], before["abstract"])
    # what the better copy says of itself is taken over
    assert (before["arxiv_id"], after["arxiv_id"]) == (None, whole["id"])
    assert second.manifest["version"] == "2.0.0"


def test_any_order_and_batch_on_the_same_previous_one(chain: Chain, tmp_path: Path) -> None:
    paths = [chain.folder / "one.jsonl", chain.folder / "two.jsonl.gz"]
    other = streamed(paths, out=tmp_path / "other", previous=chain.results[0].out, rows=4, processes=2)
    assert hashes(other.out) == hashes(chain.results[1].out)
