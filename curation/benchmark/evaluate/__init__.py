"""Scoring a model on the data of a task, by the protocols of MTEB, with what an interval needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from curation.benchmark.data import LabelledData, PairData, RetrievalData, TaskData
from curation.benchmark.evidence import Outcome
from curation.benchmark.models.base import Encoder, Model
from curation.benchmark.task import Task, TaskType
from curation.errors import ModelError

__all__ = ["SEED", "can_do", "evaluate"]

SEED: Final = 42
"""Seed of all draws; MTEB's own."""

Progress = Callable[[int], None]


def can_do(model: Model, task: Task) -> bool:
    """Tell whether a model can be scored on a task: one without vectors only on retrieval."""
    return task.type is TaskType.retrieval or isinstance(model, Encoder)


def evaluate(
    task: Task, data: TaskData, model: Model, *, seed: int = SEED, progress: Progress = lambda texts: None
) -> Outcome:
    """Score a model on a task.

    Args:
        task: The task.
        data: Its data.
        model: The model; it learns from the texts of the task, without labels, if it learns.
        seed: Of training draws and clusterings.
        progress: Called with the number of texts each time a model is done with some.

    Raises:
        ModelError: The model fails, gives something that no score can be made of, or cannot do the task.
    """
    if isinstance(data, RetrievalData):
        from curation.benchmark.evaluate.retrieval import evaluate_retrieval

        return evaluate_retrieval(data, model, progress)
    if not isinstance(model, Encoder):
        raise ModelError(
            f"the model {model.name} has no vectors, which the task {task.name} needs", hint="name tasks of retrieval"
        )
    if isinstance(data, PairData):
        from curation.benchmark.evaluate.pairs import evaluate_pairs

        return evaluate_pairs(data, model, progress)
    assert isinstance(data, LabelledData)
    if task.type is TaskType.clustering:
        from curation.benchmark.evaluate.clustering import evaluate_clustering

        return evaluate_clustering(data, model, seed, progress)
    from curation.benchmark.evaluate.classification import evaluate_classification

    return evaluate_classification(data, model, seed, progress, several=task.type is not TaskType.classification)
