"""The labelled papers of a recipe, as the labeler is trained and measured on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from curation.annotate.voices import read_voices
from curation.deduplicate.similarity import jaccard, shingles
from curation.enrich import read_arxiv_ids
from curation.errors import InputFileError, Location, RecipeError
from curation.label.training import Papers, train
from curation.parse.reading import read_listings
from curation.pipeline import run_pipeline
from curation.recipe import Recipe, read_recipe
from curation.schemas.stages import ADJUDICATED, MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from curation.split import read_splits

__all__ = ["Corpus", "development", "read_corpus", "read_invented", "write_labeler"]

# Abstracts from this similarity on stay on one side of every fold, though they are different papers.
_RELATED = 0.2


@dataclass(frozen=True, slots=True)
class Corpus:
    """Papers with adjudicated labels, and invented ones.

    Attributes:
        ids: `paper_id` of the captured papers, sorted.
        titles: Their titles.
        splits: Their splits.
        papers: The captured papers, in that order.
        invented: The invented papers.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    splits: tuple[str, ...]
    papers: Papers
    invented: Papers


def read_corpus(recipe_path: Path) -> Corpus:
    """Read the papers that a recipe names, through the flow of a build, with their adjudicated labels.

    Raises:
        RecipeError: The recipe cannot be followed, or names no annotations.
        InputFileError: A file of annotations or the invented papers cannot be read.
        SourceError: A source cannot be read.
    """
    recipe = read_recipe(recipe_path)
    folder = recipe_path.parent
    section = recipe.annotations
    if section is None:
        raise RecipeError(
            "the recipe names no annotations", where=Location(recipe_path), hint="add a section `[annotations]`"
        )
    run = run_pipeline(
        read_listings(recipe, recipe_path),
        recipe,
        assigned=read_splits(folder / recipe.split.assignments) if recipe.split.assignments else None,
        arxiv=read_arxiv_ids(folder / recipe.enrich.arxiv_ids) if recipe.enrich else {},
        voices=read_voices(section, folder),
    )
    rows = [row for row in run.papers.sort_by("paper_id").to_pylist() if row["label_source"] == ADJUDICATED]
    texts = [(row["title"], row["abstract"]) for row in rows]
    papers = Papers.of(
        texts,
        [row["topic_names"] for row in rows],
        categories=[row["categories"] for row in rows],
        groups=_groups([abstract for _, abstract in texts], recipe),
    )
    invented = read_invented(folder / section.invented) if section.invented else Papers.of([], [], real=False)
    ids, titles, splits = (tuple(row[name] for row in rows) for name in ("paper_id", "title", "split"))
    return Corpus(ids, titles, splits, papers, invented)


def development(corpus: Corpus) -> Papers:
    """Return what the labeler may learn from: the papers of `train` and `validation`, then the invented ones."""
    known = np.array([number for number, split in enumerate(corpus.splits) if split != "test"], dtype=np.int64)
    return corpus.papers.take(known) + corpus.invented


def write_labeler(corpus: Corpus, folder: Path) -> dict[str, Any]:
    """Train the labeler and write it.

    Args:
        corpus: Papers; those of `test` are left out.
        folder: Where to; it is made if it is missing.

    Returns:
        What `labeler.json` states of the training.
    """
    papers = development(corpus)
    facts = {"captured": int(papers.real.sum()), "invented": int((~papers.real).sum())}
    folder.mkdir(parents=True, exist_ok=True)
    train(papers).labeler.save(folder, {"trained_on": facts})
    return facts


def _groups(abstracts: list[str], recipe: Recipe) -> list[int]:
    """Number the papers so that related abstracts have the number of the first of them."""
    sets = [shingles(text, recipe.deduplicate.ngram) for text in abstracts]
    groups = list(range(len(sets)))
    for one in range(len(sets)):
        for other in range(one):
            if jaccard(sets[one], sets[other]) >= _RELATED:
                first, last = sorted((groups[one], groups[other]))
                groups = [first if group == last else group for group in groups]
    return groups


class _Invented(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=1)
    abstract: str = Field(min_length=1)
    topics: list[str] = Field(min_length=1, max_length=MAX_TOPICS)


def read_invented(path: Path) -> Papers:
    """Read invented papers: JSON lines with `title`, `abstract` and `topics`, the primary one first.

    Raises:
        InputFileError: The file is missing, or a line is not of that form.
    """
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(
            "the invented papers cannot be read", where=Location(path), hint="check the path; the text must be UTF-8"
        ) from error
    found = list(_invented(lines, path)) if lines != [""] else []
    return Papers.of([(one.title, one.abstract) for one in found], [one.topics for one in found], real=False)


def _invented(lines: list[str], path: Path) -> Iterator[_Invented]:
    for number, line in enumerate(lines, start=1):
        where = Location(path, line=number)
        try:
            data: Any = json.loads(line)
            paper = _Invented.model_validate(data)
        except (json.JSONDecodeError, ValidationError) as error:
            raise InputFileError(
                "the line is no invented paper",
                where=where,
                expected='{"title": …, "abstract": …, "topics": […]}',
                hint=str(error).splitlines()[-1],
            ) from error
        unknown = [topic for topic in paper.topics if topic not in TOPIC_IDS]
        if unknown or len(set(paper.topics)) < len(paper.topics):
            raise InputFileError(
                f"the topics are wrong: {', '.join(paper.topics)}",
                where=where,
                expected=f"different ones of {', '.join(TOPIC_IDS)}",
                hint="correct the line",
            )
        yield paper
