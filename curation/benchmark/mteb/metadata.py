"""What MTEB is told of a task."""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mteb.abstasks.task_metadata import TaskMetadata
from pydantic import PrivateAttr

from curation.benchmark.data import LabelledData, PairData, TaskData, data_sha256
from curation.benchmark.read import BenchmarkData
from curation.benchmark.task import MAIN_SCORES, Task, TaskType

__all__ = ["Source", "TaskAbout", "metadata_of", "source_of"]

PREFIX: Final = "PaperAbstracts"
_LANGUAGE: Final = "eng-Latn"
# Enough of a hash to tell data apart, and to be read.
_DIGITS: Final = 16
_MONTH = re.compile(r"(\d{2})(0[1-9]|1[0-2])\.\d{4,5}")

_TYPES: Final[Mapping[TaskType, tuple[str, str]]] = {
    TaskType.classification: ("Classification", "t2c"),
    TaskType.multilabel_classification: ("MultilabelClassification", "t2c"),
    TaskType.clustering: ("Clustering", "t2c"),
    TaskType.retrieval: ("Retrieval", "t2t"),
    TaskType.pair_classification: ("PairClassification", "t2t"),
}


@dataclass(frozen=True, slots=True)
class _Made:
    """How a task was made, in MTEB's words."""

    subtypes: tuple[str, ...]
    annotations: str
    texts: str = "found"


_MADE: Final[Mapping[str, _Made]] = {
    "topic-primary": _Made(("Topic classification",), "LM-generated"),
    "topics": _Made(("Topic classification",), "LM-generated"),
    "topic-clustering": _Made(("Thematic clustering",), "LM-generated"),
    # the judgments are the topics
    "related-papers": _Made(("Article retrieval",), "LM-generated"),
    "title-to-abstract": _Made(("Article retrieval",), "derived"),
    "sentence-to-abstract": _Made(("Article retrieval",), "derived"),
    # texts that were found, and copies that rules changed
    "near-duplicate": _Made(("Duplicate Detection",), "algorithmic", "multiple"),
    "math-repair": _Made((), "derived", "multiple"),
}


class TaskAbout(TaskMetadata):
    """MTEB's description of a task, with the texts that a model may learn from; it gets to see them no other way."""

    _to_learn_from: tuple[str, ...] = PrivateAttr(default=())

    @property
    def to_learn_from(self) -> tuple[str, ...]:
        """The texts, without labels, that `Encoder.prepare` is given."""
        return self._to_learn_from


@dataclass(frozen=True, slots=True)
class Source:
    """Where tasks come from.

    Attributes:
        path: Repository on the Hub; name of the release or of the folder of tasks where it was not the Hub.
        version: Of the release; empty for a folder of tasks, which has none.
        reference: A page about it.
        citation: As BibTeX; empty where there is none.
        months: First and last month that an arXiv id of its papers names.
    """

    path: str
    version: str = ""
    reference: str | None = None
    citation: str = ""
    months: tuple[str, str] | None = None


def source_of(target: str | Path, data: BenchmarkData) -> Source:
    """Return what is known of the release or folder of tasks that was opened."""
    from curation.benchmark.scale import is_task_folder
    from curation.references import HubReference, open_reference, parse_reference

    if is_task_folder(Path(target)):
        groups = (one for part in data.tasks.values() for one in _groups(part))
        return Source(data.source, months=_months(groups))
    manifest = open_reference(target).manifest
    card = manifest["recipe"]["card"]
    reference = parse_reference(target)
    ids = _arxiv_ids(target)
    if isinstance(reference, HubReference):
        page = f"https://huggingface.co/datasets/{reference.repo}"
        return Source(reference.repo, manifest["version"], page, card["citation"], _months(ids))
    return Source(manifest["name"], manifest["version"], card["homepage"] or None, card["citation"], _months(ids))


def _arxiv_ids(target: str | Path) -> Sequence[str]:
    from curation.references import open_reference

    found = open_reference(target).read("papers")["arxiv_id"].to_pylist()
    return [one for one in found if one]


def _groups(data: TaskData) -> Sequence[str]:
    if isinstance(data, LabelledData):
        return ()
    return data.groups if isinstance(data, PairData) else data.queries.groups


def _months(ids: Iterable[str]) -> tuple[str, str] | None:
    found = sorted(f"20{match[1]}-{match[2]}-01" for one in ids if (match := _MONTH.match(one)))
    return (found[0], found[-1]) if found else None


def metadata_of(task: Task, data: TaskData, source: Source) -> TaskAbout:
    """Return MTEB's description of a task.

    The one subset is named by the version of the task and the hash of its data. MTEB looks for cached results by task,
    model, split and subset, and overlooks that the revision of the data is another; by this name it finds none of other
    data, whatever the cache and the strategy.
    """
    kind, category = _TYPES[task.type]
    made = _MADE[task.name]
    digits = data_sha256(data)[:_DIGITS]
    found = TaskAbout(
        name=PREFIX + "".join(part.capitalize() for part in task.name.split("-")),
        description=" ".join((f"{task.title}.", task.measures, *task.limits, task.licence)),
        dataset={"path": source.path, "revision": f"{source.version or task.version}-{digits}"},
        reference=source.reference,
        type=kind,
        category=category,
        modalities=["text"],
        eval_splits=["test"],
        eval_langs={f"{task.version}-{digits}": [_LANGUAGE]},
        main_score=MAIN_SCORES[task.type],
        date=source.months,
        domains=["Academic", "Written"],
        task_subtypes=list(made.subtypes),
        # the texts have as many licences as authors
        license="not specified",
        annotations_creators=made.annotations,
        dialect=[],
        sample_creation=made.texts,
        bibtex_citation=source.citation,
    )
    found._to_learn_from = _to_learn_from(task, data)
    return found


def _to_learn_from(task: Task, data: TaskData) -> tuple[str, ...]:
    """Return what our own evaluation gives `prepare`."""
    if isinstance(data, PairData):
        return (*data.left, *data.right)
    if isinstance(data, LabelledData):
        return (data.test if task.type is TaskType.clustering else data.train).texts
    return data.corpus.texts
