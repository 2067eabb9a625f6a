"""The benchmark in the card: tasks are those of the data, and scores stand there only where they are of these data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.chart import SCORE_NAMES
from curation.benchmark.leaderboard import FORMAT
from curation.benchmark.models.light import LIGHT
from curation.benchmark.read import LEAST_TEST, LEAST_TRAIN
from curation.benchmark.task import tasks
from curation.errors import InputFileError, RecipeError
from curation.recipe import read_recipe
from curation.release.build import build
from curation.release.card import BASELINES
from curation.validation import validate
from tests.commands import ROOT
from tests.release.test_card import cells_of, table_under
from tests.releases import copy_of, edit_manifest, files_of, manifest_of, seal
from tests.sample_page import page_text

RECIPE = '[dataset]\nname = "x"\ntitle = "X"\n[benchmark]\nleaderboard = "scores.json"\n'
NOT_RUN = "The benchmark has not been run on this version's data of"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def entries(page_release: Path) -> dict[str, Json]:
    """What a manifest says of the tasks of the invented page."""
    found: dict[str, Json] = manifest_of(page_release)["benchmark"]
    assert list(found) == ["sentence-to-abstract", "title-to-abstract"]
    return found


def row(model: str, score: float, low: float, high: float, rank: int) -> Json:
    return {
        "model": model,
        "score": score,
        "low": low,
        "high": high,
        "interval_method": "wilson",
        "rank": rank,
        "better_than": 3 - rank,
        "worse_than": rank - 1,
        "scores": {"ndcg_at_10": score},
    }


def leaderboard_of(entries: dict[str, Json]) -> Json:
    """Return a leaderboard of these data, as `curate leaderboard --format json` prints it."""
    rows = [
        row("tfidf", 0.87654321, 0.5, 0.999, 1),
        row("my|model`", 1 / 3, 0.25, 0.75, 1),
        row("random", -0.001, -0.052, 0.4, 3),
    ]
    whole = {
        "format": FORMAT,
        "source": "x 1.0.0",
        "tasks": [
            {
                "task": name,
                **{key: entry[key] for key in ("version", "data_sha256", "main_score", "sizes")},
                "units": entry["sizes"]["units"],
                "width": 0.4990000001,
                "units_to_halve": 8,
                "rows": rows if name == "sentence-to-abstract" else rows[::2],
                "pairs": [{"better": "tfidf", "worse": "random", "difference": 0.8, "p": 0.01}],
            }
            for name, entry in entries.items()
        ],
    }
    copied: Json = json.loads(json.dumps(whole))
    return copied


def built(folder: Path, scores: Json | str | bytes) -> Path:
    """Build a release of the invented page with a leaderboard."""
    (folder / "my-page.txt").write_text(page_text(), encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    text = json.dumps(scores) if isinstance(scores, dict) else scores
    (folder / "scores.json").write_bytes(text.encode() if isinstance(text, str) else text)
    return build([folder / "my-page.txt"], recipe=folder / "recipe.toml", out=folder / "release").out


@pytest.fixture(scope="module")
def scored(entries: dict[str, Json], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the invented page with a leaderboard of its data."""
    return built(tmp_path_factory.mktemp("scored"), leaderboard_of(entries))


def section(release: Path) -> str:
    """Return the card's section on the benchmark."""
    text = (release / "README.md").read_text(encoding="utf-8")
    found = text.split("\n## Benchmark\n")[1].split("\n## ")[0]
    assert "\n\n\n" not in found
    return found


@pytest.mark.parametrize("which", ["release", "page_release"])
def test_tasks_and_their_sizes_are_the_manifests(request: pytest.FixtureRequest, which: str) -> None:
    folder = request.getfixturevalue(which)
    stated = manifest_of(folder)["benchmark"]
    shown = table_under(section(folder), "task", "what is asked")
    assert [cells[0] for cells in shown] == [f"`{name}`" for name in stated]
    for (_, asked, score, texts, units), (name, entry) in zip(shown, stated.items(), strict=True):
        sizes = entry["sizes"]
        assert asked.removesuffix(" (nearly solved, a check)") == tasks()[name].title
        assert asked.endswith("a check)") == tasks()[name].sanity
        assert score == SCORE_NAMES[entry["main_score"]]
        assert int(units) == sizes["units"]
        wanted = {sizes[key] for key in ("queries", "documents", "labels", "train", "test") if sizes.get(key)}
        assert {int(part.split()[0]) for part in texts.split(", ")} == wanted
    rests_on = [entry["sizes"]["units"] for entry in stated.values()]
    told = f"{min(rests_on)} to {max(rests_on)}" if len(set(rests_on)) > 1 else str(rests_on[0])
    assert f"a score rests on {told} units" in section(folder)


def test_topics_that_the_primary_topic_leaves_out_are_named_with_their_papers(
    release: Path, page_release: Path
) -> None:
    left_out = manifest_of(release)["benchmark"]["topic-primary"]["left_out"]
    assert len(left_out) > 5
    (line,) = [line for line in section(release).splitlines() if line.startswith("`topic-primary` has only topics")]
    assert f"at least {LEAST_TRAIN} papers in `train` and {LEAST_TEST} in `test`." in line
    assert ", ".join(f"`{topic}` ({why})" for topic, why in left_out.items()) in line
    assert "has only topics" not in section(page_release)


def test_the_scores_in_the_card_are_the_leaderboards(scored: Path) -> None:
    shown = {cells[0]: cells[1:] for cells in table_under(section(scored), "model")}
    assert shown == {
        "tfidf": ["0.877 (1)<br>0.50\u00a0to\u00a01.00"] * 2,
        "my\\|model\\`": ["0.333 (1)<br>0.25\u00a0to\u00a00.75", "n/a"],
        "random": ["\u22120.001 (3)<br>\u22120.05\u00a0to\u00a00.40"] * 2,
    }
    (heading,) = [cells_of(line) for line in section(scored).splitlines() if line.startswith("| model |")]
    assert heading == ["model", "`sentence-to-abstract`", "`title-to-abstract`"]
    assert "Where it says n/a, the model was not scored." in section(scored)
    assert f"\n`random`: {BASELINES['random']}; `tfidf`: {BASELINES['tfidf']}.\n" in section(scored)
    assert NOT_RUN not in section(scored)
    assert "No scores" not in section(scored)


def test_every_light_baseline_is_explained() -> None:
    assert tuple(BASELINES) == tuple(LIGHT)


def test_the_manifest_states_the_leaderboard_by_content_without_pairs(scored: Path, entries: dict[str, Json]) -> None:
    content = (scored.parent / "scores.json").read_bytes()
    stated = manifest_of(scored)["leaderboard"]
    assert {key: stated[key] for key in ("name", "sha256", "bytes")} == {
        "name": "scores.json",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    given = leaderboard_of(entries)["tasks"]
    assert len(stated["tasks"]) == len(given) == 2
    for found, one in zip(stated["tasks"], given, strict=True):
        assert found.keys() == one.keys() - {"pairs"}
        assert found["width"] == 0.499
        assert [part["score"] for part in found["rows"]] == [round(part["score"], 6) for part in one["rows"]]
    assert "benchmark" not in manifest_of(scored)["recipe"]  # a path of the machine it was built on


def test_a_release_with_a_leaderboard_is_valid_and_built_again_the_same(
    scored: Path, entries: dict[str, Json], tmp_path: Path
) -> None:
    assert validate(scored).findings == ()
    again = built(tmp_path, leaderboard_of(entries))
    assert files_of(again) == files_of(scored)
    assert "charts/benchmark.png" in files_of(scored)
    for path in files_of(scored):
        assert (again / path).read_bytes() == (scored / path).read_bytes(), path


def test_a_release_without_a_leaderboard_says_so(page_release: Path) -> None:
    assert manifest_of(page_release)["leaderboard"] is None
    assert "No scores come with this release." in section(page_release)
    assert "| model |" not in section(page_release)
    assert NOT_RUN not in section(page_release)
    assert "charts/benchmark.png" not in files_of(page_release)


@pytest.mark.parametrize("key", ["data_sha256", "version", "task"])
def test_scores_of_other_data_are_not_shown(entries: dict[str, Json], tmp_path: Path, key: str) -> None:
    scores = leaderboard_of(entries)
    scores["tasks"][1][key] = {"data_sha256": "0" * 64, "version": "1.0.1", "task": "some-other-task"}[key]
    out = built(tmp_path, scores)
    assert [one["task"] for one in manifest_of(out)["leaderboard"]["tasks"]] == ["sentence-to-abstract"]
    assert f"{NOT_RUN} `title-to-abstract`, so no scores are shown for it." in section(out)
    (cells, *_) = table_under(section(out), "model")
    assert len(cells) == 2
    assert validate(out).ok


def test_a_leaderboard_of_nothing_but_other_data_gives_no_scores_and_no_chart(
    entries: dict[str, Json], tmp_path: Path
) -> None:
    scores = leaderboard_of(entries)
    for one in scores["tasks"]:
        one["data_sha256"] = "0" * 64
    out = built(tmp_path, scores)
    assert manifest_of(out)["leaderboard"]["tasks"] == []
    assert f"{NOT_RUN} `sentence-to-abstract` and `title-to-abstract`, so no scores are shown for them." in section(out)
    assert "| model |" not in section(out)
    assert "benchmark.png" not in section(out)
    assert "charts/benchmark.png" not in files_of(out)
    assert validate(out).ok


def test_the_committed_leaderboard_is_of_the_published_data(release: Path) -> None:
    renew = "renew data/leaderboard.json: `curate benchmark`, then `curate leaderboard --format json`"
    stated = manifest_of(release)
    assert [one["task"] for one in stated["leaderboard"]["tasks"]] == list(stated["benchmark"]), renew
    content = (ROOT / "data/leaderboard.json").read_bytes()
    assert stated["leaderboard"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert {part["model"] for one in stated["leaderboard"]["tasks"] for part in one["rows"]} == set(LIGHT), renew
    assert NOT_RUN not in section(release)


def damaged(change: Callable[[Json], object]) -> Callable[[Json], str]:
    def give(scores: Json) -> str:
        change(scores)
        return json.dumps(scores)

    return give


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda scores: "", "Expecting value"),
        (lambda scores: "{", "line 1 column 2"),
        (lambda scores: b"\xff\xfe\xfd", "decode"),
        (lambda scores: "[" * 100_000, "recursion"),
        (lambda scores: "[]", "`leaderboard`: "),
        (lambda scores: "{}", "`format`: "),
        (damaged(lambda scores: scores.update(format="paper-abstracts-benchmark/1")), "`format`: "),
        (damaged(lambda scores: scores.pop("tasks")), "`tasks`: "),
        (damaged(lambda scores: scores["tasks"][0].pop("rows")), "`tasks.0.rows`: "),
        (damaged(lambda scores: scores["tasks"][0].update(rows=[])), "`tasks.0.rows`: "),
        (damaged(lambda scores: scores["tasks"][1]["rows"][0].update(score="0.9")), "`tasks.1.rows.0.score`: "),
        (damaged(lambda scores: scores["tasks"][1]["rows"][0].update(high=float("nan"))), "`tasks.1.rows.0.high`: "),
        (damaged(lambda scores: scores["tasks"][1]["rows"][0].update(rank=0)), "`tasks.1.rows.0.rank`: "),
        (damaged(lambda scores: scores["tasks"][1]["rows"][1].update(model="tfidf")), "a model has two rows"),
        (damaged(lambda scores: scores["tasks"].append(scores["tasks"][0])), "a task stands there twice"),
        (damaged(lambda scores: scores["tasks"][0].update(data_sha256="abc")), "`tasks.0.data_sha256`: "),
    ],
)
def test_a_file_that_is_no_leaderboard_is_explained_and_nothing_is_built(
    entries: dict[str, Json], tmp_path: Path, give: Callable[[Json], str], message: str
) -> None:
    with pytest.raises(InputFileError) as refused:
        built(tmp_path, give(leaderboard_of(entries)))
    told = str(refused.value)
    assert told.startswith(f"{tmp_path / 'scores.json'}: this is no leaderboard: ")
    assert message in told
    assert "expected: JSON as `curate leaderboard DIR --format json` prints it" in told
    assert "what to do: " in told
    assert len(told.splitlines()) == 3
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize("named", ["missing.json", "."])
def test_a_leaderboard_that_cannot_be_read_is_explained(tmp_path: Path, named: str) -> None:
    (tmp_path / "my-page.txt").write_text(page_text(), encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("scores.json", named), encoding="utf-8")
    with pytest.raises(InputFileError, match="the leaderboard cannot be read") as refused:
        build([tmp_path / "my-page.txt"], recipe=tmp_path / "recipe.toml", out=tmp_path / "release")
    assert "what to do: check the path" in str(refused.value)
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[benchmark]\n", "recipe.toml:4: the key `benchmark.leaderboard` is missing"),
        ("[benchmark]\nleaderbord = 'a'\nleaderboard = 'b'\n", "recipe.toml:5: unknown key `benchmark.leaderbord`"),
        ("[benchmark]\nleaderboard = 3\n", "recipe.toml:5: `benchmark.leaderboard` is wrong"),
        ("[benchmark]\nleaderboard = ''\n", "recipe.toml:5: `benchmark.leaderboard` is wrong"),
    ],
)
def test_a_section_of_the_recipe_that_is_wrong_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f'[dataset]\nname = "x"\ntitle = "X"\n{text}', encoding="utf-8")
    with pytest.raises(RecipeError) as refused:
        read_recipe(path)
    assert f"{tmp_path}/{message}" in str(refused.value)


def test_validation_finds_a_forged_score_in_the_card(scored: Path, tmp_path: Path) -> None:
    copy = copy_of(scored, tmp_path)
    card = copy / "README.md"
    text = card.read_text(encoding="utf-8")
    assert text.count("0.333 (1)") == 1
    card.write_text(text.replace("0.333 (1)", "0.933 (1)"), encoding="utf-8")
    seal(copy, card=False)
    (finding,) = validate(copy).findings
    assert (finding.check, finding.where) == ("card", "README.md")
    assert "0.933 (1)" in finding.message
    assert "the data say" in finding.message


def test_validation_finds_scores_that_are_not_of_the_data(scored: Path, tmp_path: Path) -> None:
    copy = copy_of(scored, tmp_path)
    edit_manifest(copy, lambda manifest: manifest["leaderboard"]["tasks"][1].update(data_sha256="0" * 64))
    seal(copy)
    (finding,) = validate(copy).findings
    assert (finding.check, finding.where) == ("card", "manifest.json")
    assert "the scores of title-to-abstract are not of this release's data" in finding.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stated: stated["tasks"][0]["rows"][0].update(score="high"), "`leaderboard.tasks.0.rows.0.score`"),
        (lambda stated: stated.pop("tasks"), "`leaderboard.tasks`"),
        (lambda stated: stated.update(sha256="?"), "`leaderboard.sha256`"),
    ],
)
def test_a_leaderboard_of_another_shape_makes_a_manifest_unreadable(
    scored: Path, tmp_path: Path, change: Callable[[Json], object], message: str
) -> None:
    from curation.errors import ReleaseError
    from curation.release.reader import open_release

    copy = copy_of(scored, tmp_path)
    edit_manifest(copy, lambda manifest: change(manifest["leaderboard"]))
    with pytest.raises(ReleaseError, match=message):
        open_release(copy)


def test_a_manifest_from_before_there_were_leaderboards_is_read(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    edit_manifest(copy, lambda manifest: manifest.pop("leaderboard"))
    assert validate(copy).ok
