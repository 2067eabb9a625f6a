"""Tasks of MTEB whose data are in memory.

Scores are MTEB's own code but for three things, without which they would not be those of `curation.benchmark.evaluate`:
subsets of a clustering are drawn without replacement (its module says why), classifiers and clusters are fitted to
vectors of 64 bits, and cosines of pairs that are equal but for rounding are equal.
"""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt
from datasets import Dataset, DatasetDict
from mteb.abstasks import (
    AbsTask,
    AbsTaskClassification,
    AbsTaskClustering,
    AbsTaskMultilabelClassification,
    AbsTaskPairClassification,
    AbsTaskRetrieval,
)
from mteb.benchmarks.benchmark import Benchmark

from curation.benchmark.data import LabelledData, LabelledTexts, PairData, RetrievalData, TaskData
from curation.benchmark.evaluate.classification import DRAWS, SAMPLES_PER_LABEL, several_classifier
from curation.benchmark.evaluate.clustering import SUBSETS, draw_subsets, same_distances, subset_size
from curation.benchmark.mteb.metadata import PREFIX, Source, TaskAbout, metadata_of, source_of
from curation.benchmark.read import open_benchmark
from curation.benchmark.task import Task, TaskType, pick_tasks

__all__ = ["benchmark", "mteb_tasks"]

# Of cosines, as many as 32 bits hold; those that differ beyond are equal.
_DIGITS: Final = 7


def benchmark(target: str | Path, tasks: Iterable[str] = ()) -> Benchmark:
    """Return the tasks of a release or a folder of tasks as a benchmark of MTEB.

    Args:
        target: A release, named as everywhere (a folder, `owner/name@version` on the Hub), or a folder of tasks.
        tasks: Names of tasks, as `curate tasks list` shows them; all without any.

    Raises:
        LookupFailedError: A task does not exist, or its data are not at hand.
        ReleaseError: The target is neither, or damaged, or a release from before there were tasks.
        InputFileError: A folder of tasks is damaged.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
    """
    found, source = _open(target, tasks)
    name = " ".join(filter(None, (source.path, source.version)))
    return Benchmark(
        name=f"{PREFIX}({name})",
        tasks=found,
        description=f"Tasks made of abstracts of research papers: {name}.",
        reference=source.reference,
        citation=source.citation or None,
    )


def mteb_tasks(target: str | Path, tasks: Iterable[str] = ()) -> list[AbsTask]:
    """Return the tasks alone; see `benchmark`."""
    return _open(target, tasks)[0]


def _open(target: str | Path, names: Iterable[str]) -> tuple[list[AbsTask], Source]:
    data = open_benchmark(target)
    source = source_of(target, data)
    wanted = pick_tasks(names, data.tasks)
    return [_task(task, data.tasks[task.name], source) for task in wanted], source


def _task(task: Task, data: TaskData, source: Source) -> AbsTask:
    about = metadata_of(task, data, source)
    # a class for each task: MTEB reads some of the description, as prompts, from classes
    made = type(about.name, (_CLASSES[task.type],), {"metadata": about, "data": data, "__doc__": about.description})
    return made()


class _InMemory:
    """What all tasks share: data that are there already, and draws that start anew for each model.

    Attributes:
        data: The data.
    """

    data: ClassVar[TaskData]
    metadata: ClassVar[TaskAbout]
    # of MTEB's classes, next in line
    seed: int
    dataset: Any
    data_loaded: bool

    def load_data(self, num_proc: int | None = None, **_: Any) -> None:
        """Hand the data over; nothing is fetched."""
        if not self.data_loaded:
            (subset,) = self.metadata.hf_subsets
            self.dataset = {subset: self._splits()}
            self.data_loaded = True

    def evaluate(self, *arguments: Any, **more: Any) -> Mapping[str, Any]:
        """Score a model; MTEB would go on drawing where the model before left off."""
        self.rng_state, self.np_rng = self._draws(), np.random.default_rng(self.seed)
        found: Mapping[str, Any] = super().evaluate(*arguments, **more)  # type: ignore[misc]
        return found

    def _draws(self) -> random.Random:
        return random.Random(self.seed)  # noqa: S311  # draws papers, keeps no secret

    @abstractmethod
    def _splits(self) -> Mapping[str, Any]:
        """Return the data as MTEB keeps them, by split."""


class _Labelled(_InMemory):
    """Tasks in which something is fitted to vectors: to those our own evaluation takes, not to their first 32 bits.

    A fit of 32 bits ends elsewhere, and the score of a transformer differs in the fourth digit.
    """

    def _evaluate_subset(self, model: Any, *arguments: Any, **more: Any) -> Mapping[str, Any]:
        taken = _Taken(model, self._vectors)
        found: Mapping[str, Any] = super()._evaluate_subset(taken, *arguments, **more)  # type: ignore[misc]
        return found

    def _vectors(self, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return found


class _Taken:
    """An encoder whose vectors are changed before they are used."""

    def __init__(self, model: Any, change: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> None:
        self.mteb_model_meta = model.mteb_model_meta
        self.similarity = model.similarity
        self.similarity_pairwise = model.similarity_pairwise
        self._encode = model.encode
        self._change = change

    def encode(self, *arguments: Any, **more: Any) -> npt.NDArray[np.float64]:
        """Return the vectors as they are used, of 64 bits."""
        return self._change(np.asarray(self._encode(*arguments, **more), dtype=np.float64))


class _Classification(_Labelled, AbsTaskClassification):
    samples_per_label = SAMPLES_PER_LABEL
    n_experiments = DRAWS

    def _splits(self) -> Mapping[str, Any]:
        data = self.data
        assert isinstance(data, LabelledData)
        splits: Mapping[str, Any] = DatasetDict({"train": _labelled(data.train), "test": _labelled(data.test)})
        return splits


def _labelled(part: LabelledTexts) -> Dataset:
    return Dataset.from_dict({"text": list(part.texts), "label": [label for (label,) in part.labels]})


class _MultilabelClassification(_Labelled, AbsTaskMultilabelClassification):
    samples_per_label = SAMPLES_PER_LABEL
    n_experiments = DRAWS
    evaluator_model = several_classifier()
    # MTEB scores 3,000 texts at most
    max_eval_samples = None

    def _splits(self) -> Mapping[str, Any]:
        data = self.data
        assert isinstance(data, LabelledData)
        parts = {"train": data.train, "test": data.test}
        splits: Mapping[str, Any] = DatasetDict(
            {
                split: Dataset.from_dict({"text": list(part.texts), "label": [list(given) for given in part.labels]})
                for split, part in parts.items()
            }
        )
        return splits


class _Clustering(_Labelled, AbsTaskClustering):
    # MTEB embeds 4 % of the texts
    max_fraction_of_documents_to_embed = None
    max_document_to_embed = None
    n_clusters = SUBSETS

    @property
    def max_documents_per_cluster(self) -> int:
        """How many papers are clustered at a time."""
        return subset_size(self._papers)

    @property
    def _papers(self) -> int:
        assert isinstance(self.data, LabelledData)
        return len(self.data.test)

    def _vectors(self, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # Ten times faster. Where two distances are equal, k-means goes by the rounding of their last digits: scores of
        # the same vectors, written in another way, differ in the fourth.
        return same_distances(found)

    def _draws(self) -> random.Random:
        return _Subsets(draw_subsets(self._papers, self.seed))

    def _splits(self) -> Mapping[str, Any]:
        data = self.data
        assert isinstance(data, LabelledData)
        labels = [label for (label,) in data.test.labels]
        splits: Mapping[str, Any] = DatasetDict(
            {"test": Dataset.from_dict({"sentences": list(data.test.texts), "labels": labels})}
        )
        return splits


class _Subsets(random.Random):
    """Gives subsets that were drawn before to the one who asks for a draw with replacement."""

    def __init__(self, subsets: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self._left = iter(subsets)

    def choices(self, population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> list[Any]:
        """Return the next subset; `k` is its size."""
        drawn = next(self._left)
        assert len(drawn) == k
        return [population[at] for at in drawn]


class _Retrieval(_InMemory, AbsTaskRetrieval):
    @property
    def ignore_identical_ids(self) -> bool:
        """Whether a document with the query's own id is left out of its ranking."""
        assert isinstance(self.data, RetrievalData)
        return self.data.skip_identical

    def task_specific_scores(self, scores: Mapping[str, Mapping[str, float]], *_: Any, **__: Any) -> dict[str, float]:
        """Return the main score with all its digits; MTEB rounds it to five."""
        return {"ndcg_at_10_unrounded": float(np.mean([one["ndcg_cut_10"] for one in scores.values()]))}

    def _splits(self) -> Mapping[str, Any]:
        data = self.data
        assert isinstance(data, RetrievalData)
        tables = {
            name: Dataset.from_dict({"id": list(part.ids), "text": list(part.texts)})
            for name, part in (("queries", data.queries), ("corpus", data.corpus))
        }
        relevant = {query: dict(found) for query, found in data.qrels.items()}
        return {"test": {**tables, "relevant_docs": relevant, "top_ranked": None}}


class _PairClassification(_InMemory, AbsTaskPairClassification):
    def _compute_metrics(self, similarity_scores: Mapping[str, Sequence[float]], labels: list[int]) -> dict[str, float]:
        # Texts that differ in case or punctuation alone often have the same vector. Their cosines would be ranked by
        # the rounding of their last digit, and a score move in its third.
        scores = {name: np.round(found, _DIGITS).tolist() for name, found in similarity_scores.items()}
        found: dict[str, float] = super()._compute_metrics(scores, labels)
        return found

    def _splits(self) -> Mapping[str, Any]:
        data = self.data
        assert isinstance(data, PairData)
        columns = {"sentence1": list(data.left), "sentence2": list(data.right), "labels": list(data.labels)}
        splits: Mapping[str, Any] = DatasetDict({"test": Dataset.from_dict(columns)})
        return splits


_CLASSES: Final[Mapping[TaskType, type[_InMemory]]] = {
    TaskType.classification: _Classification,
    TaskType.multilabel_classification: _MultilabelClassification,
    TaskType.clustering: _Clustering,
    TaskType.retrieval: _Retrieval,
    TaskType.pair_classification: _PairClassification,
}
