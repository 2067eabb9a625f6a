"""Retrieval: documents ranked by cosine of vectors, or by a searcher's own scores; trec_eval's measures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from curation.benchmark.data import RetrievalData
from curation.benchmark.evidence import Evidence, Outcome
from curation.benchmark.models.base import Encoder, Model, Scores, Searcher, Vectors
from curation.benchmark.models.checked import encoded_parts, prepared, searched
from curation.errors import ModelError

__all__ = ["cosine", "evaluate_retrieval"]

# Documents below these ranks change no measure; MTEB keeps as many.
_KEPT = 1000


def evaluate_retrieval(data: RetrievalData, model: Model, progress: Callable[[int], None]) -> Outcome:
    """Score rankings by nDCG@10 (its binary or graded gains as trec_eval has them), reciprocal rank and recall.

    Documents of equal score come in descending order of their ids, as trec_eval ranks them.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    scores = _scores(data, model, progress)
    run = [
        ir_measures.ScoredDoc(query, data.corpus.ids[column], float(scores[row, column]))
        for row, query in enumerate(data.queries.ids)
        for column in _best(scores[row], query, data)
    ]
    qrels = [ir_measures.Qrel(query, one, grade) for query, found in data.qrels.items() for one, grade in found.items()]
    # with a cutoff it would be that of MS MARCO, whose documents of equal score come in another order
    measures = {nDCG @ 10: "ndcg_at_10", RR: "mrr_at_10", R @ 10: "recall_at_10"}
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(data.queries.ids, 0.0) for name in measures.values()}
    for metric in ir_measures.iter_calc(list(measures), qrels, run):
        below = metric.measure == RR and metric.value < 1 / 10
        values[measures[metric.measure]][metric.query_id] = 0.0 if below else float(metric.value)
    main = values["ndcg_at_10"]
    return Outcome(
        {name: float(np.mean(list(found.values()))) for name, found in values.items()},
        Evidence("queries", tuple(main[query] for query in data.queries.ids), data.queries.groups),
        {},
    )


def _scores(data: RetrievalData, model: Model, progress: Callable[[int], None]) -> Scores:
    if isinstance(model, Searcher):
        return searched(model, data.queries.texts, data.corpus.texts)
    if not isinstance(model, Encoder):
        raise ModelError(f"the model {model.name} can neither encode nor search")
    prepared(model, data.corpus.texts)
    methods = ("encode_documents", "encode_queries")
    documents, queries = encoded_parts(model, [data.corpus.texts, data.queries.texts], progress, by=methods)
    return cosine(queries, documents)


def cosine(left: Vectors, right: Vectors) -> Scores:
    """Return the cosine of each row of the one with each row of the other; 0 where a row is all zeros."""
    from sklearn.metrics.pairwise import cosine_similarity

    found: Scores = cosine_similarity(left, right)
    return found


def _best(scores: npt.NDArray[np.floating], query: str, data: RetrievalData) -> npt.NDArray[np.intp]:
    if data.skip_identical and query in data.corpus.ids:
        scores = scores.copy()
        scores[data.corpus.ids.index(query)] = -np.inf
    kept = min(_KEPT, len(scores))
    found = np.argpartition(-scores, kept - 1)[:kept]
    best: npt.NDArray[np.intp] = found[np.isfinite(scores[found])]
    return best
