"""The scripts run the stages one by one on Parquet files and give what the build gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT, Argument, Outcome, tree
from tests.commands import script as run_script
from tests.releases import read_rows

SCRIPTS = ROOT / "scripts"
RECIPE = ROOT / "data/recipe.toml"
ARXIV_IDS = ROOT / "data/enrichment/arxiv-ids.csv"


def script(name: str, *arguments: Argument, cwd: Path) -> Outcome:
    """Run a script in this process; `tests/test_docs.py` starts each in one of its own."""
    return run_script(SCRIPTS / f"{name}.py", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def steps(release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Outcome]]:
    """The four stages run on the published listings."""
    folder = tmp_path_factory.mktemp("steps")
    listings = release / "listings/train-00000-of-00001.parquet"
    ended = [
        script("normalize", listings, "normalized.parquet", "--log", "edits.parquet", cwd=folder),
        script("deduplicate", "normalized.parquet", "distinct.parquet", "--removed", "removed.parquet", cwd=folder),
        script("enrich", "distinct.parquet", "enriched.parquet", "--arxiv-ids", ARXIV_IDS, cwd=folder),
        script(
            "label", "enriched.parquet", "labelled.parquet", "--log", "votes.parquet", "--recipe", RECIPE, cwd=folder
        ),
    ]
    return folder, ended


def test_every_script_reports_its_rows(steps: tuple[Path, list[Outcome]]) -> None:
    assert [(ended.code, ended.err, ended.out) for ended in steps[1]] == [
        (0, "", "normalize: 250 in, 250 kept, 0 merged, 0 rejected\n"),
        (0, "", "deduplicate: 250 in, 244 kept, 6 merged, 0 rejected\n"),
        (0, "", "enrich: 244 in, 244 kept, 0 merged, 0 rejected\n"),
        (0, "", "label: 244 in, 244 kept, 0 merged, 0 rejected\n"),
    ]


def test_the_steps_give_the_papers_of_the_release(steps: tuple[Path, list[Outcome]], release: Path) -> None:
    folder, _ = steps
    labelled = {row["paper_id"]: row for row in pq.read_table(folder / "labelled.parquet").to_pylist()}
    papers = [row for split in ("train", "validation", "test") for row in read_rows(release, "papers", split)]
    assert len(labelled) == len(papers) == 244
    for paper in papers:
        assert paper == labelled[paper["paper_id"]]


def keyed(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(str(row[column]) for column in columns) for row in rows)


def test_the_steps_give_the_removed_rows_and_the_logs_of_the_release(
    steps: tuple[Path, list[Outcome]], release: Path
) -> None:
    folder, _ = steps
    removed = pq.read_table(folder / "removed.parquet").to_pylist()
    assert keyed(removed, *removed[0]) == keyed(read_rows(release, "removed"), *removed[0])
    votes = pq.read_table(folder / "votes.parquet").to_pylist()
    assert keyed(votes, *votes[0]) == keyed(read_rows(release, "annotations"), *votes[0])
    survivors = {(row["source_id"], row["position"]) for row in read_rows(release, "listings") if row["is_survivor"]}
    edits = pq.read_table(folder / "edits.parquet").to_pylist()
    columns = ("field", "step", "rule", "start", "end", "before", "after", "offsets")
    published = [row for row in edits if (row["source_id"], row["position"]) in survivors]
    assert keyed(published, *columns) == keyed(read_rows(release, "edits"), *columns)


def refused(name: str, *arguments: Argument, cwd: Path) -> str:
    before = tree(cwd)
    ended = script(name, *arguments, cwd=cwd)
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err
    assert tree(cwd) == before
    return ended.err


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    message = refused("normalize", "nope.parquet", "out.parquet", cwd=tmp_path)
    assert "nope.parquet: there is no such file" in message
    assert "what to do:" in message


def test_a_text_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("a text")
    assert "page.txt: this is no Parquet file" in refused("label", "page.txt", "out.parquet", cwd=tmp_path)


def test_a_file_of_another_stage_is_explained(release: Path, tmp_path: Path) -> None:
    listings = release / "listings/train-00000-of-00001.parquet"
    message = refused("deduplicate", listings, "out.parquet", cwd=tmp_path)
    assert "the file lacks math_damage, math_damage_spans, title_key, abstract_key" in message
    assert "what to do: give the output of the stage before deduplicate" in message


def test_a_column_of_another_type_is_explained(release: Path, tmp_path: Path) -> None:
    table = pq.read_table(release / "listings/train-00000-of-00001.parquet", partitioning=None)
    place = table.column_names.index("position")
    names = pa.array([f"number {row}" for row in range(table.num_rows)])
    pq.write_table(table.set_column(place, "position", names), tmp_path / "in.parquet")
    assert "a column has a type that does not fit" in refused("normalize", "in.parquet", "out.parquet", cwd=tmp_path)


@pytest.mark.parametrize("out", ["page.txt/out.parquet", "nope/out.parquet", "folder", "."])
def test_a_place_that_cannot_be_written_is_explained(release: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "page.txt").write_text("x")
    (tmp_path / "folder").mkdir()
    message = refused("normalize", release / "listings/train-00000-of-00001.parquet", out, cwd=tmp_path)
    assert "the file cannot be written" in message


def test_a_log_that_a_stage_does_not_keep_is_refused(steps: tuple[Path, list[Outcome]], tmp_path: Path) -> None:
    given = steps[0] / "normalized.parquet"
    message = refused("deduplicate", given, "out.parquet", "--log", "log.parquet", cwd=tmp_path)
    assert "--log" in message


def test_a_table_of_arxiv_ids_that_is_wrong_is_explained(steps: tuple[Path, list[Outcome]], tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("title,id\n")
    given = steps[0] / "distinct.parquet"
    assert "ids.csv:1: the table" in refused("enrich", given, "out.parquet", "--arxiv-ids", "ids.csv", cwd=tmp_path)
    assert "nope.csv: the table" in refused("enrich", given, "out.parquet", "--arxiv-ids", "nope.csv", cwd=tmp_path)


def test_without_a_table_of_arxiv_ids_none_is_known(steps: tuple[Path, list[Outcome]], tmp_path: Path) -> None:
    assert script("enrich", steps[0] / "distinct.parquet", "out.parquet", cwd=tmp_path).code == 0
    assert pq.read_table(tmp_path / "out.parquet")["arxiv_id"].null_count == 244


def test_without_a_recipe_the_labeler_labels_all(
    steps: tuple[Path, list[Outcome]], release: Path, tmp_path: Path
) -> None:
    ended = script("label", steps[0] / "enriched.parquet", "out.parquet", "--log", "votes.parquet", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert {row["label_source"] for row in rows} == {"model", "abstained"}
    assert all(len(row["topic_scores"]) == len(TOPIC_IDS) for row in rows)
    assert all(bool(row["topics"]) == (row["label_source"] == "model") for row in rows)
    votes = pq.read_table(tmp_path / "votes.parquet").to_pylist()
    assert {row["annotator"].split("/")[0] for row in votes} == {"model", "labeling-functions"}
    said = {(row["paper_id"], row["topic"]): row["score"] for row in votes if row["annotator"] == "model"}
    assert said == {(row["paper_id"], topic): row["topic_scores"][topic] for row in rows for topic in row["topics"]}


def test_a_recipe_that_cannot_be_followed_is_explained_when_labelling(
    steps: tuple[Path, list[Outcome]], tmp_path: Path
) -> None:
    given = steps[0] / "enriched.parquet"
    message = refused("label", given, "out.parquet", "--recipe", "nope.toml", cwd=tmp_path)
    assert "nope.toml: the recipe cannot be read" in message
    start = '[dataset]\nname = "x"\ntitle = "X"\n[annotations]\nfirst_round = ["a.csv", "b.csv"]\n'
    (tmp_path / "recipe.toml").write_text(start)
    message = refused("label", given, "out.parquet", "--recipe", "recipe.toml", cwd=tmp_path)
    assert "a.csv: the table of annotations cannot be read" in message


def test_build_and_validate_are_the_commands(page: Path, home: Path) -> None:
    built = script("build", page, "--out", "release", cwd=home)
    assert (built.code, built.err) == (0, "")
    assert "6 papers" in built.out
    checked = script("validate", "release", cwd=home)
    assert checked.code == 0
    (home / "release/taxonomy.json").unlink()
    assert script("validate", "release", cwd=home).code == 1
    assert script("validate", "nope", cwd=home).code == 2


def test_split_draws_the_committed_assignment_and_never_overwrites(tmp_path: Path) -> None:
    ended = script("split", RECIPE, "splits.csv", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "splits.csv: " + ended.out.removeprefix("splits.csv: ")
    assert (tmp_path / "splits.csv").read_bytes() == (ROOT / "data/splits.csv").read_bytes()
    message = refused("split", RECIPE, "splits.csv", cwd=tmp_path)
    assert "the file exists; a split once given is never drawn again" in message
    assert "cannot be written" in refused("split", RECIPE, "nope/splits.csv", cwd=tmp_path)
