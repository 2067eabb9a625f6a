"""Damaged papers of the captured listings are replaced by their undamaged originals from a snapshot of arXiv."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.deduplicate.similarity import jaccard, shingles
from curation.release.build import BuildResult
from curation.validation import validate
from tests.captures import CAPTURES, DATA
from tests.releases import read_rows
from tests.streaming.record_files import (
    Record,
    all_rows,
    assert_accounted,
    hashes,
    record,
    records,
    source_of,
    streamed,
    write,
)


@dataclass(frozen=True)
class Original:
    """A paper of the listings, with what the page left of its math.

    Attributes:
        title: Its title.
        arxiv_id: Where the original is.
        math: What the listing shows, and the LaTeX of it.
        published: How the LaTeX is rendered.
    """

    title: str
    arxiv_id: str
    math: tuple[tuple[str, str], ...]
    published: tuple[str, ...]


ORIGINALS = (
    Original(
        "Revisiting the Effects of Stochasticity for Hamiltonian Samplers",
        "2106.16200",
        (("rate is O(eta^2), with eta being", r"rate is $\mathcal{O}(\eta^2)$, with $\eta$ being"),),
        ("rate is O(η²), with η being",),
    ),
    Original(
        "Categorical Stochastic Processes and Likelihood",
        "2005.04735",
        (("the comonad (Omega x -) and one", r"the comonad $(\Omega \times -)$ and one"),),
        ("the comonad (Ω × −) and one",),
    ),
    Original(
        "Bandits with Replenishable Knapsacks: the Best of both Worlds",
        "2306.08470",
        (
            ("ratio alpha when B=Omega(T) or when", r"ratio $\alpha$ when $B=\Omega(T)$ or when"),
            ("an instance-independent O(T^{1/2}) regret", r"an instance-independent $\tilde{O}(T^{1/2})$ regret"),
        ),
        ("ratio α when B = Ω(T) or when", "an instance-independent Õ(T^(1/2)) regret"),
    ),
)


def snapshot_records() -> list[Record]:
    """Records as arXiv's metadata has them: the originals between records that stand in no listing."""
    captured = {title: abstract for capture in CAPTURES for _, title, abstract, _, _ in capture.records()}
    found = []
    for one in ORIGINALS:
        abstract = captured[one.title]
        for shown, latex in one.math:
            assert abstract.count(shown) == 1
            abstract = abstract.replace(shown, latex)
        middle = abstract.index(" ", len(abstract) // 2)
        wrapped = f"  {abstract[:middle]}\n{abstract[middle + 1 :]}\n"
        found.append({"title": one.title, "abstract": wrapped, "id": one.arxiv_id, "categories": "stat.ML cs.LG"})
    return [record(0), found[0], *records(4, 1), found[1], found[2], *records(3, 5)]


@dataclass(frozen=True)
class Grown:
    """The listings with a snapshot beside them."""

    snapshot: Path
    result: BuildResult

    @property
    def out(self) -> Path:
        return self.result.out


def recipe_with(folder: Path, snapshot: Path) -> Path:
    """The project's own recipe with one more source, beside its other files."""
    text = (DATA / "recipe.toml").read_text(encoding="utf-8")
    for name in ("raw", "annotations", "enrichment", "splits.csv", "leaderboard.json"):
        if not (folder / name).exists():
            (folder / name).symlink_to(DATA / name)
    recipe = folder / "recipe.toml"
    source = f"[[sources]]\npath = {json.dumps(str(snapshot))}\n"
    recipe.write_text(text.replace("[deduplicate]", f"{source}\n[deduplicate]"), encoding="utf-8")
    return recipe


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    folder = tmp_path_factory.mktemp("grown")
    snapshot = write(folder / "snapshot.jsonl", snapshot_records())
    recipe = recipe_with(folder, snapshot)
    return Grown(snapshot, streamed(recipe=recipe, out=folder / "release", rows=4, processes=2))


def test_the_listings_alone_publish_the_damage(release: Path) -> None:
    damage = {row["title"]: row["math_damage"] for row in all_rows(release, "papers")}
    assert [damage[one.title] for one in ORIGINALS] == [2, 2, 2]


@pytest.mark.parametrize("original", ORIGINALS, ids=lambda one: one.arxiv_id)
def test_the_text_of_the_original_is_published(grown: Grown, original: Original) -> None:
    (paper,) = [row for row in all_rows(grown.out, "papers") if row["title"] == original.title]
    assert (paper["math_damage"], paper["math_damage_spans"]) == (0, [])
    assert (paper["arxiv_id"], paper["categories"]) == (original.arxiv_id, ["stat.ML", "cs.LG"])
    assert "$" not in paper["abstract"]
    assert "\n" not in paper["abstract"]
    for text in original.published:
        # how many blanks stand around a sign is the renderer's choice
        assert text.replace(" ", "") in paper["abstract"].replace(" ", "")


@pytest.mark.parametrize("original", ORIGINALS, ids=lambda one: one.arxiv_id)
def test_both_occurrences_are_on_record(grown: Grown, original: Original, release: Path) -> None:
    rows = [row for row in all_rows(grown.out, "listings") if row["title"] == original.title]
    sources = {row["source_id"]: row for row in rows}
    own = sources.pop(source_of(grown.snapshot))
    ((listing, other),) = sources.items()
    assert listing in {source_of(capture.path) for capture in CAPTURES}
    assert (own["is_survivor"], other["is_survivor"]) == (True, False)
    assert own["paper_id"] == other["paper_id"]
    (removed,) = [
        row
        for row in all_rows(grown.out, "removed")
        if (row["source_id"], row["position"]) == (listing, other["position"])
    ]
    assert (removed["stage"], removed["reason"], removed["rule"]) == ("deduplicate", "merged", "near")
    assert removed["survivor"] == own["paper_id"]
    # the listing's text as it is published without the snapshot
    (before,) = [row for row in all_rows(release, "papers") if row["title"] == original.title]
    (after,) = [row for row in all_rows(grown.out, "papers") if row["title"] == original.title]
    assert before["paper_id"] == after["paper_id"]
    texts = (shingles(before["abstract"], 5), shingles(after["abstract"], 5))
    assert 0.75 <= removed["similarity"] < 1
    assert removed["similarity"] == pytest.approx(jaccard(*texts))


def test_papers_of_the_listings_keep_their_splits(grown: Grown, release: Path) -> None:
    def splits(folder: Path) -> dict[str, str]:
        named = ("train", "validation", "test")
        return {row["paper_id"]: split for split in named for row in read_rows(folder, "papers", split)}

    before, after = splits(release), splits(grown.out)
    assert {paper: after[paper] for paper in before} == before
    assert len(after) == len(before) + 8


def test_every_other_paper_is_as_it_was(grown: Grown, release: Path) -> None:
    names = ("paper_id", "title", "abstract", "math_damage", "arxiv_id", "year")
    titles = {one.title for one in ORIGINALS} | {one["title"] for one in snapshot_records()}
    before, after = (
        {
            row["paper_id"]: [row[name] for name in names]
            for row in all_rows(folder, "papers")
            if row["title"] not in titles
        }
        for folder in (release, grown.out)
    )
    assert before == after


def test_everything_is_accounted_for_and_valid(grown: Grown) -> None:
    found = {source_of(capture.path): capture.count for capture in CAPTURES}
    assert_accounted(grown.out, found | {source_of(grown.snapshot): len(snapshot_records())})
    assert validate(grown.out).findings == ()


def test_other_batches_give_the_same_papers(grown: Grown, tmp_path: Path) -> None:
    other = streamed(recipe=recipe_with(tmp_path, grown.snapshot), out=tmp_path / "release")
    # the recipe is part of the manifest, and names the snapshot by the same path
    assert hashes(other.out) == hashes(grown.out)


def test_with_the_listings_published_before_their_texts_stay(grown: Grown, release: Path, tmp_path: Path) -> None:
    """A paper that was published survives what resembles it; the original is merged into it and tells its id."""
    out = streamed(recipe=recipe_with(tmp_path, grown.snapshot), out=tmp_path / "next", previous=release).out
    before = {row["title"]: row for row in all_rows(release, "papers")}
    after = {row["title"]: row for row in all_rows(out, "papers")}
    for one in ORIGINALS:
        assert after[one.title]["paper_id"] == before[one.title]["paper_id"]
