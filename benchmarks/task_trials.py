#!/usr/bin/env python3
"""Which tasks tell the light baselines apart: those of the benchmark, and those that were tried and left out.

    python benchmarks/task_trials.py release

A retrieval task that is no sanity check is kept if the best of the light baselines is told apart from the one in the
middle (paired permutation test, p of at most 0.05 after Holm's correction over all pairs of baselines).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from curation.benchmark.data import Queries, RetrievalData, TaskData, Texts
from curation.benchmark.evaluate import can_do
from curation.benchmark.leaderboard import board_of
from curation.benchmark.leaks import query_in_document
from curation.benchmark.models.light import LIGHT, light_model
from curation.benchmark.read import benchmark_of, open_benchmark
from curation.benchmark.run import score
from curation.benchmark.sentences import sentence_spans
from curation.benchmark.tables import Paper
from curation.benchmark.task import Task, tasks
from curation.cli.guard import guarded
from curation.schemas.taxonomy import TOPICS

Made = RetrievalData


def sentences(paper: Paper) -> list[str]:
    """Return the sentences of an abstract."""
    return [paper.abstract[start:end] for start, end in sentence_spans(paper.abstract)]


def closing_to_opening(papers: Sequence[Paper]) -> Made:
    """The last sentence of an abstract finds its first one."""
    parts = [(one, sentences(one)) for one in papers]
    asked = [
        (one.paper_id, found[-1])
        for one, found in parts
        if one.split == "test" and len(found) > 1 and len(found[-1].split()) >= 8
        if not query_in_document(found[-1], found[0])
    ]
    return of_papers(asked, [(one.paper_id, found[0]) for one, found in parts])


def opening_to_rest(papers: Sequence[Paper]) -> Made:
    """The first sentence of an abstract finds the rest."""
    parts = [(one, sentences(one)) for one in papers]
    rest = {one.paper_id: " ".join(found[1:]) for one, found in parts if len(found) > 1}
    asked = [
        (one.paper_id, found[0])
        for one, found in parts
        if one.split == "test" and one.paper_id in rest and not query_in_document(found[0], rest[one.paper_id])
    ]
    return of_papers(asked, list(rest.items()))


def topic_to_papers(papers: Sequence[Paper]) -> Made:
    """The definition of a topic finds the papers that have it."""
    having: dict[str, list[str]] = defaultdict(list)
    for one in papers:
        for topic in one.topics:
            having[topic].append(one.paper_id)
    asked = sorted((topic.id, f"{topic.name}: {topic.description}") for topic in TOPICS if topic.id in having)
    names = tuple(name for name, _ in asked)
    return RetrievalData(
        Queries(names, tuple(text for _, text in asked), names),
        Texts(tuple(one.paper_id for one in papers), tuple(f"{one.title} {one.abstract}" for one in papers)),
        {name: dict.fromkeys(sorted(having[name]), 1) for name in names},
    )


def of_papers(asked: Sequence[tuple[str, str]], corpus: Sequence[tuple[str, str]]) -> Made:
    """Return the data of a task whose queries each find the document of their own paper."""
    names = tuple(name for name, _ in asked)
    return RetrievalData(
        Queries(names, tuple(text for _, text in asked), names),
        Texts(tuple(name for name, _ in corpus), tuple(text for _, text in corpus)),
        {name: {name: 1} for name in names},
    )


TRIED: dict[str, Callable[[Sequence[Paper]], Made]] = {
    "closing-to-opening": closing_to_opening,
    "opening-to-rest": opening_to_rest,
    "topic-to-papers": topic_to_papers,
}


def row(task: Task, data: TaskData, state: str) -> str:
    """Score the light baselines on a task and return a row of the table."""
    models = [light_model(name) for name in LIGHT]
    board = board_of([score(task, data, model, "", progress=lambda _: None) for model in models if can_do(model, task)])
    pair = board.best_from_median
    assert pair is not None
    best, middle = (next(one.score for one in board.rows if one.model == name) for name in (pair.better, pair.worse))
    told = "yes" if pair.p <= 0.05 else "no"
    return (
        f"| {task.name} | {state} | {board.units} | `{pair.better}` {best:.3f} | `{pair.worse}` {middle:.3f} |"
        f" {pair.p:.4f} | {told} |"
    )


def main() -> None:
    """Print the table."""
    release = sys.argv[1] if len(sys.argv) > 1 else "release"
    papers = benchmark_of(release)
    print("| task | in the benchmark | units | best | in the middle | p (Holm) | told apart |")
    print("|---|---|---:|---|---|---:|---|")
    for name, data in open_benchmark(release).tasks.items():
        print(row(tasks()[name], data, "as a check" if tasks()[name].sanity else "yes"), flush=True)
    for name, make in TRIED.items():
        task = tasks()["sentence-to-abstract"].model_copy(update={"name": name})
        print(row(task, make(papers), "left out"), flush=True)


with guarded():
    main()
