"""`curate annotate agreement`: what annotators are told of how far they agree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from curation.annotate import read_annotations
from curation.schemas.taxonomy import TOPIC_IDS
from tests.cli.annotating import ANNOTATORS, FOLDER, HEADER, refused
from tests.commands import ROOT, Argument, curate


def agreement(*arguments: Argument, cwd: Path = ROOT) -> dict[str, Any]:
    ended = curate("annotate", "agreement", *arguments, "--format", "json", cwd=cwd)
    assert (ended.code, ended.err) == (0, "")
    told: dict[str, Any] = json.loads(ended.out)
    return told


def test_the_agreement_on_the_dataset_is_told_with_every_difference_and_its_reason(tmp_path: Path) -> None:
    ended = curate("annotate", "agreement", "--recipe", ROOT / "data/recipe.toml", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "annotator-a, annotator-b: 244 papers"
    assert lines[2].startswith("Cohen's kappa on the primary topic: 0.986 (95 % interval 0.968 to 1.000)")
    assert "differences (32 papers)" in lines
    decisions = read_annotations(FOLDER / "adjudicator.csv")
    first, second = (read_annotations(path) for path in ANNOTATORS)
    differ = [
        paper
        for paper, one in first.items()
        if (one.primary, set(one.topics)) != (second[paper].primary, set(second[paper].topics))
    ]
    assert len(differ) == 32
    for paper in differ:
        at = lines.index(f"  {paper} {first[paper].title}")
        assert lines[at + 1] == f"    annotator-a: {' '.join(first[paper].topics)}"
        assert lines[at + 2] == f"    annotator-b: {' '.join(second[paper].topics)}"
        assert lines[at + 3] == f"    decided: {' '.join(decisions[paper].topics)}: {decisions[paper].note}"
        assert decisions[paper].note
    again = sorted(decisions.keys() - set(differ))
    assert f"read again ({len(again)} papers)" in lines
    for paper in again:
        at = lines.index(f"  {paper} {decisions[paper].title}")
        assert lines[at + 1] == f"    decided: {' '.join(decisions[paper].topics)}: {decisions[paper].note}"
    at = lines.index("round 2")
    for line, name in zip(lines[at + 1 :], ("annotator-a", "annotator-b"), strict=True):
        assert line.startswith(f"  {name} and annotator-c: kappa on the primary topic 0.9")
    topics = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in TOPIC_IDS]
    assert topics[: len(TOPIC_IDS)] == list(TOPIC_IDS)


def test_the_agreement_as_json_holds_what_the_text_says() -> None:
    told = agreement("--recipe", "data/recipe.toml")
    assert told == agreement()
    assert (told["annotators"], told["papers"]) == (["annotator-a", "annotator-b"], 244)
    (pair,) = told["pairs"]
    assert pair["primary_kappa"]["value"] == pytest.approx(0.9865, abs=1e-4)
    assert pair["primary_kappa"]["low"] < pair["primary_kappa"]["value"] < pair["primary_kappa"]["high"] <= 1
    assert [topic["topic"] for topic in pair["topics"]] == list(TOPIC_IDS)
    assert len(told["differences"]) == 32
    decisions = read_annotations(FOLDER / "adjudicator.csv")
    assert {one["paper_id"] for one in told["differences"]} <= set(told["decisions"])
    assert told["decisions"] == {
        paper: {"primary": one.primary, "topics": list(one.topics), "reason": one.note}
        for paper, one in decisions.items()
    }
    assert list(told["later_rounds"]) == ["2"]
    later = told["later_rounds"]["2"]
    assert later["annotators"] == ["annotator-a", "annotator-b", "annotator-c"]
    assert len(later["pairs"]) == 3
    assert later["pairs"][0] == pair


def test_the_agreement_of_the_release_is_that_of_the_files(release: Path) -> None:
    told = agreement()
    stated = json.loads((release / "manifest.json").read_text(encoding="utf-8"))["statistics"]["agreement"]
    assert stated["kappa_primary"] == told["pairs"][0]["primary_kappa"]
    assert stated["topics"] == told["pairs"][0]["topics"]
    for name in ("annotators", "papers", "same_primary", "same_set", "alpha_jaccard", "alpha_masi"):
        assert stated[name] == told[name], name
    assert stated["papers_that_differ"] == len(told["differences"])


def test_agreement_of_named_files_is_told_by_their_paths(tmp_path: Path) -> None:
    for path in ANNOTATORS:
        shutil.copy(path, tmp_path)
    names = ("annotator-a.csv", "annotator-b.csv")
    told = agreement(*names, cwd=tmp_path)
    assert told["annotators"] == list(names)
    assert told["pairs"][0]["primary_kappa"] == agreement()["pairs"][0]["primary_kappa"]
    assert (told["decisions"], told["later_rounds"]) == ({}, {})
    shown = curate("annotate", "agreement", *names, cwd=tmp_path).out
    assert shown.startswith("annotator-a.csv, annotator-b.csv: 244 papers")
    assert "decided" not in shown
    assert "round 2" not in shown


def test_agreement_of_three_files_names_each_pair() -> None:
    shown = curate("annotate", "agreement", *ANNOTATORS, FOLDER / "annotator-c.csv").out
    heads = [line for line in shown.splitlines() if line.startswith("Cohen's kappa on the primary topic ")]
    assert len(heads) == 3


def test_agreement_needs_two_files() -> None:
    for files in (ANNOTATORS[:1], (ANNOTATORS[0], ANNOTATORS[0])):
        message = refused_here(*files)
        assert "agreement needs two annotators, not 1" in message
        assert "name the annotations of another annotator, too" in message


def refused_here(*files: Path) -> str:
    """Ask for the agreement of files, which must be refused."""
    ended = curate("annotate", "agreement", *files)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    return ended.err


def write_labels(path: Path, *papers: str) -> Path:
    lines = [f"{paper},Paper {paper[:2]},statistics,statistics,\n" for paper in papers]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def test_agreement_needs_the_same_papers(tmp_path: Path) -> None:
    one = write_labels(tmp_path / "one.csv", "a" * 16, "b" * 16)
    other = write_labels(tmp_path / "other.csv", "a" * 16, "c" * 16)
    message = refused("agreement", one, other, cwd=tmp_path)
    assert "one.csv did not label what another annotator did, papers: 1: cccccccccccccccc (Paper cc)" in message
    assert "expected: the same papers from each annotator" in message


def test_agreement_of_files_without_a_paper_is_refused(tmp_path: Path) -> None:
    files = [write_labels(tmp_path / name) for name in ("one.csv", "other.csv")]
    assert "the annotators labelled no paper" in refused("agreement", *files, cwd=tmp_path)


def test_agreement_of_a_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path) -> None:
    good = write_labels(tmp_path / "good.csv", "a" * 16)
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + f"{'a' * 16},Paper aa,nonsense,nonsense,\n")
    assert "bad.csv:2: there is no topic 'nonsense'" in refused("agreement", good, bad, cwd=tmp_path)
    assert "nope.csv: the table of annotations cannot" in refused("agreement", good, "nope.csv", cwd=tmp_path)


def recipe(folder: Path, annotations: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(f'[dataset]\nname = "x"\ntitle = "X"\n{annotations}', encoding="utf-8")
    return path


def test_agreement_without_annotations_in_the_recipe_is_refused(tmp_path: Path) -> None:
    recipe(tmp_path, "")
    message = refused("agreement", "--recipe", "recipe.toml", cwd=tmp_path)
    assert "recipe.toml: the recipe names no annotations" in message
    assert "add a section `[annotations]`, or name files of labels" in message
    assert "data/recipe.toml: the recipe cannot be read" in refused("agreement", cwd=tmp_path)


@pytest.mark.parametrize("papers", [("a" * 16,), ("b" * 16, "a" * 16)], ids=["fewer papers", "all papers"])
def test_a_later_round_may_be_of_fewer_papers(tmp_path: Path, papers: tuple[str, ...]) -> None:
    for name in ("one.csv", "two.csv"):
        write_labels(tmp_path / name, "a" * 16, "b" * 16)
    write_labels(tmp_path / "three.csv", *papers)
    recipe(tmp_path, '[annotations]\nfirst_round = ["one.csv", "two.csv"]\nlater_rounds = ["three.csv"]\n')
    told = agreement("--recipe", "recipe.toml", cwd=tmp_path)
    assert (told["papers"], told["later_rounds"]["2"]["papers"]) == (2, len(papers))


def test_a_later_round_of_a_paper_that_the_first_did_not_label_is_no_crash(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        write_labels(tmp_path / name, "a" * 16)
    write_labels(tmp_path / "three.csv", "a" * 16, "b" * 16)
    recipe(tmp_path, '[annotations]\nfirst_round = ["one.csv", "two.csv"]\nlater_rounds = ["three.csv"]\n')
    message = refused("agreement", "--recipe", "recipe.toml", cwd=tmp_path)
    assert "b" * 16 in message


def test_marks_and_controls_in_labels_do_not_reach_the_terminal(tmp_path: Path) -> None:
    text = f'{HEADER}{"a" * 16},"[bold]Title[/] \x1b[31m",%s,"[/red] \x07 why"\n'
    (tmp_path / "one.csv").write_text(text % "statistics,statistics")
    (tmp_path / "two.csv").write_text(text % "statistics,optimization")
    (tmp_path / "decided.csv").write_text(text % "statistics,statistics")
    recipe(tmp_path, '[annotations]\nfirst_round = ["one.csv", "two.csv"]\nadjudicator = "decided.csv"\n')
    ended = curate("annotate", "agreement", "--recipe", "recipe.toml", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "[bold]Title[/]" in ended.out
    assert "[/red]" in ended.out
    assert "\x1b" not in ended.out
    assert "\x07" not in ended.out
