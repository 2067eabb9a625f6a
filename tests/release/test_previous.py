"""Building on a previous release: the version by rule, the same bytes, ids and splits kept, a changelog that grows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import curation
from curation.release.build import BuildResult, build
from tests.commands import curate, tree
from tests.releases import copy_of, edit_manifest, read_rows
from tests.sample_page import PAPERS, Paper, page_text

SPLITS = ("train", "validation", "test")
MORE: tuple[Paper, ...] = (
    (
        "Reading Old Maps with a Small Transformer",
        (
            "Old maps carry names in many scripts and at many angles. We train a small transformer that reads them"
            " letter by letter and follows the curve of each name. On three collections it reads more names than a"
            " larger model, and it says where it is unsure. The maps and the transcriptions are public."
        ),
    ),
    (PAPERS[0][0], PAPERS[0][1]),
)


def recipe_in(folder: Path, **card: str) -> Path:
    path = folder / "recipe.toml"
    lines = ['[dataset]\nname = "my-abstracts"\ntitle = "My Abstracts"\nsummary = "Some."\n', "[deduplicate]\n"]
    lines += ["[split]\ntrain = 0.6\nvalidation = 0.1\ntest = 0.3\n"]
    lines += [f"{name} = {json.dumps(value)}\n" for name, value in card.items() if name == "assignments"]
    lines += ["[card]\n", *(f"{name} = {json.dumps(value)}\n" for name, value in card.items() if name != "assignments")]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def facts(release: Path) -> dict[str, tuple[str, str]]:
    """Id and split of each paper, by title."""
    rows = [(split, row) for split in SPLITS for row in read_rows(release, "papers", split)]
    return {row["title"]: (row["paper_id"], split) for split, row in rows}


@dataclass(frozen=True)
class Chain:
    """Releases that follow each other: first, one page more, one page less, another sentence in the card."""

    folder: Path
    results: tuple[BuildResult, ...]

    @property
    def outs(self) -> list[Path]:
        return [result.out for result in self.results]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("chain")
    recipe = recipe_in(folder)
    one, two = folder / "one.txt", folder / "two.txt"
    one.write_text(page_text(), encoding="utf-8")
    two.write_text(page_text(MORE), encoding="utf-8")
    first = build([one], recipe=recipe, out=folder / "first")
    second = build([two, one], recipe=recipe, out=folder / "second", previous=first.out)
    third = build([two], recipe=recipe, out=folder / "third", previous=str(second.out))
    other = recipe_in(folder, homepage="https://example.org")
    fourth = build([two], recipe=other, out=folder / "fourth", previous=f"folder:{third.out}@2.0.0")
    recipe_in(folder)
    return Chain(folder, (first, second, third, fourth))


def test_versions_follow_from_what_changed(chain: Chain) -> None:
    manifests = [result.manifest for result in chain.results]
    assert [one["version"] for one in manifests] == ["1.0.0", "1.1.0", "2.0.0", "2.0.1"]
    assert [one["base"] and one["base"]["version"] for one in manifests] == [None, "1.0.0", "1.1.0", "2.0.0"]
    reasons = [one["version_reason"] for one in manifests]
    assert reasons[0] == "first release: no earlier one was named"
    assert reasons[1].startswith("minor change since 1.0.0: 1 paper added, 1 source added, ")
    assert reasons[2].startswith("major change since 1.1.0: 1 source removed, 5 papers removed")
    assert reasons[3] == "patch since 2.0.0: the same rows, written in another way"


def test_every_release_of_the_chain_is_valid_and_names_the_manifest_before(chain: Chain) -> None:
    for result in chain.results:
        assert curation.validate(result.out).findings == ()
    for before, result in pairwise(chain.results):
        digest = hashlib.sha256((before.out / "manifest.json").read_bytes()).hexdigest()
        assert result.manifest["base"]["manifest_sha256"] == digest


def test_the_changelog_has_the_newest_first_and_keeps_every_earlier_entry(chain: Chain) -> None:
    logs = [(out / "CHANGELOG.md").read_text(encoding="utf-8") for out in chain.outs]
    title = "# Changelog\n\n"
    for before, log in pairwise(logs):
        assert log.startswith(title)
        assert log.endswith("\n" + before.removeprefix(title))
    headings = [line for line in logs[-1].splitlines() if line.startswith("## ")]
    assert headings == ["## 2.0.1", "## 2.0.0", "## 1.1.0", "## 1.0.0"]
    assert logs[-1].count("# Changelog") == 1
    assert "Reading Old Maps with a Small Transformer" in logs[1]


def test_papers_keep_id_and_split_and_a_copy_displaces_none(chain: Chain) -> None:
    first, second, third, _ = map(facts, chain.outs)
    assert {title: second[title] for title in first} == first
    assert {title: second[title] for title in third} == third
    diff = chain.results[1].diff
    assert diff is not None
    assert (diff.breaking(), diff.retaken, diff.edited, diff.moved) == ([], [], [], [])


@pytest.mark.parametrize("number", [0, 1, 3])
def test_the_same_inputs_again_give_the_same_bytes_in_any_folder_at_any_time(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    before = chain.outs[number]
    pages = [[chain.folder / "one.txt"], [chain.folder / "one.txt", chain.folder / "two.txt"], [], []][number]
    recipe = recipe_in(tmp_path, homepage="https://example.org") if number == 3 else recipe_in(tmp_path)
    result = build(pages or [chain.folder / "two.txt"], recipe=recipe, out=tmp_path / "again", previous=before)
    assert tree(result.out.resolve()) == tree(before.resolve())
    assert result.diff is not None
    assert result.diff.empty


def test_built_on_itself_in_place_nothing_is_touched(chain: Chain) -> None:
    out = chain.outs[0]
    link = out.readlink()
    ended = curate(
        "build", "one.txt", "--recipe", "recipe.toml", "--out", "first", "--previous", "first", cwd=chain.folder
    )
    assert (ended.code, ended.err) == (0, "")
    assert "unchanged, it was there already" in ended.out
    assert out.readlink() == link


def test_a_date_is_that_of_the_build_where_something_changed(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    pages = [chain.folder / "one.txt", chain.folder / "two.txt"]
    result = build(pages, recipe=recipe_in(tmp_path), out=tmp_path / "out", previous=chain.outs[0])
    assert (result.manifest["version"], result.manifest["date"]) == ("1.1.0", "2023-11-14")
    assert (
        (result.out / "CHANGELOG.md").read_text(encoding="utf-8").startswith("# Changelog\n\n## 1.1.0 – 2023-11-14\n")
    )


def test_the_recipe_s_splits_go_before_those_of_the_previous_release(chain: Chain, tmp_path: Path) -> None:
    before = facts(chain.outs[0])
    title, (paper, split) = next(iter(before.items()))
    other = next(name for name in SPLITS if name != split)
    (tmp_path / "splits.csv").write_text(f"paper_id,split\n{paper},{other}\n", encoding="utf-8")
    recipe = recipe_in(tmp_path, assignments="splits.csv")
    result = build([chain.folder / "one.txt"], recipe=recipe, out=tmp_path / "out", previous=chain.outs[0])
    assert facts(result.out) == before | {title: (paper, other)}
    assert result.manifest["version"] == "2.0.0"
    assert "1 paper moved to another split" in result.manifest["version_reason"]


# --- what cannot be followed


def flipped(copy: Path) -> None:
    file = copy / "listings/train-00000-of-00001.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)


def changed(**values: Any) -> Any:
    return lambda copy: edit_manifest(copy, lambda manifest: manifest.update(values))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flipped, "listings/train-00000-of-00001.parquet: the sha256 is"),
        (lambda copy: (copy / "taxonomy.json").unlink(), "taxonomy.json: the file is missing"),
        (changed(name="others"), "this is a release of 'others'"),
        (changed(schema_version="9.0.0"), "the release has schema version 9.0.0"),
        (changed(version="1.0"), "the manifest is damaged or of another kind"),
        (lambda copy: (copy / "manifest.json").write_text("{"), "not JSON"),
        (
            lambda copy: changed(files=[])(copy) or (copy / "CHANGELOG.md").unlink(),
            "lacks what the next one takes over",
        ),
    ],
)
def test_a_release_that_cannot_be_followed_is_one_clear_error_and_nothing_is_written(
    page_release: Path, page: Path, tmp_path: Path, damage: Any, message: str
) -> None:
    copy = copy_of(page_release, tmp_path)
    damage(copy)
    (tmp_path / "out").symlink_to(".out-0123456789abcdef")  # an earlier release stands there
    copy_of(page_release, tmp_path / "x").rename(tmp_path / ".out-0123456789abcdef")
    before = tree(tmp_path)
    ended = curate("build", page, "--out", tmp_path / "out", "--previous", copy)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("previous", "message"),
    [
        ("nowhere", "there is no such file or folder"),
        ("my-page.txt", "not a release"),
        ("folder:.", "not a release"),
        ("folder:release@1.7.0", "there is no version 1.7.0"),
        ("release@1.x", "'1.x' is no version"),
    ],
)
def test_what_names_no_release_is_one_clear_error(
    page_release: Path, page: Path, tmp_path: Path, previous: str, message: str
) -> None:
    (tmp_path / "release").symlink_to(page_release)
    before = tree(tmp_path)
    ended = curate("build", page.name, "--out", "out", "--previous", previous, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "what to do: " in ended.err or "expected: " in ended.err
    assert tree(tmp_path) == before
