"""All voices of a dataset: who annotated which papers, in which round, and what is final."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.annotate.adjudicate import Final, adjudicated
from curation.annotate.files import Annotation, read_annotations
from curation.errors import InputFileError, Location
from curation.recipe import Annotations
from curation.schemas.columns import MODEL
from curation.schemas.taxonomy import code_of

__all__ = ["ADJUDICATOR", "FIRST_ROUND", "Voice", "Voices", "read_voices"]

ADJUDICATOR = "adjudicator"
FIRST_ROUND = "1"


@dataclass(frozen=True, slots=True)
class Voice:
    """The labels of one annotator.

    Attributes:
        annotator: Name, from the file's.
        round: `1` for the first round and the adjudicator, who decides its differences.
        path: The file.
        annotations: By `paper_id`.
    """

    annotator: str
    round: str
    path: Path
    annotations: Mapping[str, Annotation] = field(repr=False)

    def rows(self, paper: str) -> list[dict[str, Any]]:
        """Return what this voice says of a paper, as rows of `LabelVotes`."""
        given = self.annotations.get(paper)
        if given is None:
            return []
        return [
            {
                "paper_id": paper,
                "annotator": self.annotator,
                "version": self.round,
                "topic": code_of(topic),
                "is_primary": topic == given.primary,
                "score": None,
            }
            for topic in given.topics
        ]


@dataclass(frozen=True, slots=True)
class Voices:
    """What annotators say of a dataset's papers.

    Attributes:
        voices: Every annotator, and the adjudicator last.
        final: Adjudicated labels by `paper_id`.
    """

    voices: tuple[Voice, ...] = ()
    final: Mapping[str, Final] = field(default_factory=dict, repr=False)

    def rows(self, paper: str) -> list[dict[str, Any]]:
        """Return what all voices say of a paper, as rows of `LabelVotes`."""
        return [row for voice in self.voices for row in voice.rows(paper)]


def read_voices(section: Annotations | None, folder: Path) -> Voices:
    """Read the annotations that a recipe names.

    Args:
        section: The recipe's section; None if nobody annotated the papers.
        folder: What its paths start from.

    Raises:
        InputFileError: A file cannot be read, two annotators have one name, or the annotators differ where the
            adjudicator decided nothing.
    """
    if section is None:
        return Voices()
    named = [(FIRST_ROUND, path) for path in section.first_round]
    named += [(str(number), path) for number, path in enumerate(section.later_rounds, start=2)]
    _check_names([folder / path for _, path in named])
    voices = [Voice(Path(path).stem, number, folder / path, read_annotations(folder / path)) for number, path in named]
    decisions: dict[str, Annotation] = {}
    path = voices[0].path
    if section.adjudicator is not None:
        path = folder / section.adjudicator
        decisions = read_annotations(path)
        voices.append(Voice(ADJUDICATOR, FIRST_ROUND, path, decisions))
    final = adjudicated(voices[0].annotations, voices[1].annotations, decisions, path)
    return Voices(tuple(voices), final)


def _check_names(paths: list[Path]) -> None:
    seen: set[str] = set()
    for path in paths:
        name = path.stem
        if name in seen or name in {ADJUDICATOR, MODEL}:
            raise InputFileError(
                f"the annotator's name {name!r} is {'taken twice' if name in seen else 'kept for another voice'}",
                where=Location(path),
                expected="a file name of each annotator's own",
                hint="rename the file, and name it so in the recipe",
            )
        seen.add(name)
