"""How good the labels of the labeler are: `python benchmarks/labels.py [SAMPLE]` prints Markdown.

Without SAMPLE (arXiv metadata as JSON lines, gzip too) the unseen test, the topics against categories and the speed are
left out: their texts are not part of the project. Figures in brackets are 95 % bootstrap intervals over papers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from label_sample import against_categories, speed, unseen_papers
from label_systems import Indices, Prediction, by_classifier, by_functions, by_labeler, by_majority, majority
from unseen import ROUNDS

from curation import charts
from curation.label import metrics
from curation.label.corpus import Corpus, development, read_corpus
from curation.label.features import Array
from curation.label.functions import LABELING_FUNCTIONS, gather
from curation.label.labeler import load_labeler
from curation.label.training import Papers, out_of_fold, train
from curation.schemas.taxonomy import TOPIC_IDS

_RECIPE = Path(__file__).resolve().parent.parent / "data" / "recipe.toml"
_BASELINES = ("majority class", "functions alone", "classifier alone")


def _estimate(one: metrics.Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _scores(papers: Papers, systems: Mapping[str, Prediction]) -> Iterator[str]:
    """Yield the table of scores, and what the labeler gains on each baseline, paired."""
    yield "| system | micro F1 | macro F1 | primary topic right |"
    yield "|---|---|---|---|"
    right = papers.members
    for name, one in systems.items():
        micro = metrics.bootstrap(metrics.micro_f1, one.labels, right)
        macro = metrics.bootstrap(metrics.macro_f1, one.labels, right)
        primary = metrics.bootstrap(metrics.primary_accuracy, one.primary, papers.primary)
        yield f"| {name} | {_estimate(micro)} | {_estimate(macro)} | {_estimate(primary)} |"
    yield ""
    labeler = systems["labeler"]
    for name in _BASELINES[1:]:
        other = systems[name]
        micro = metrics.paired_bootstrap(metrics.micro_f1, right, labeler.labels, other.labels)
        primary = metrics.paired_bootstrap(metrics.primary_accuracy, papers.primary, labeler.primary, other.primary)
        yield f"- labeler less {name}: micro F1 {_estimate(micro)}, primary topic {_estimate(primary)}"


def _trust(papers: Papers, one: Prediction, least: float) -> Iterator[str]:
    """Yield how far confidences can be trusted."""
    right = one.primary == papers.primary
    test = metrics.calibration_test(one.confidence, right)
    low, high = test.expected_if_calibrated
    word = "can" if test.p_value < 0.05 else "cannot"
    yield (
        f"- calibration error of the primary topic's probability (equal-mass bins) {test.error:.3f}; a perfectly"
        f" calibrated model of this size gives {low:.3f} to {high:.3f} (p = {test.p_value:.3f}): it {word} be told from"
        " one that is calibrated"
    )
    for precision in (0.9, 0.95):
        coverage, threshold = metrics.coverage_at(one.confidence, right, precision)
        yield (
            f"- precision {precision:.2f} is reached on {100 * coverage:.1f} % of the papers (confidence from"
            f" {threshold:.3f})"
        )
    given = one.confidence >= least
    share = right[given].mean() if given.any() else float("nan")
    yield (
        f"- at the shipped threshold ({least:.3f}) it labels {100 * given.mean():.1f} % of the papers, and {share:.3f}"
        " of their primary topics are right"
    )


def _coverage(papers: Papers, one: Prediction) -> Iterator[str]:
    """Yield the precision of the primary topic as the abstain threshold moves."""
    points = metrics.precision_coverage(one.confidence, one.primary == papers.primary)
    yield "| share of papers labelled | share of primary topics right | least confidence |"
    yield "|---:|---:|---:|"
    for wanted in np.arange(0.1, 1.01, 0.1):
        point = min(points, key=lambda point: abs(point.coverage - wanted))
        yield f"| {point.coverage:.2f} | {point.precision:.3f} | {point.threshold:.3f} |"


def _average_precision(papers: Papers, one: Prediction) -> Iterator[str]:
    yield "| topic | papers | average precision | chance |"
    yield "|---|---:|---:|---:|"
    counts = papers.members.sum(axis=0)
    for topic, found, count in zip(
        TOPIC_IDS, metrics.average_precision(one.scores, papers.members), counts, strict=True
    ):
        if found is not None:
            yield f"| `{topic}` | {count:.0f} | {found.value:.3f} | {found.chance:.3f} |"


def _systems(known: Papers, papers: Papers, labeler: Prediction) -> dict[str, Prediction]:
    fallback = majority(known)
    return {
        "majority class": by_majority(papers, fallback),
        "functions alone": by_functions(papers, fallback),
        "classifier alone": by_classifier(known, papers),
        "labeler": labeler,
    }


def _joined(count: int, parts: list[tuple[Indices, Prediction]]) -> Prediction:
    topics = len(TOPIC_IDS)
    whole = Prediction(
        np.zeros(count, dtype=np.int64), np.zeros((count, topics)), np.zeros((count, topics)), np.zeros(count)
    )
    for held, part in parts:
        for name in ("primary", "labels", "scores", "confidence"):
            getattr(whole, name)[held] = getattr(part, name)
    return whole


def cross_validated(known: Papers) -> tuple[Papers, dict[str, Prediction]]:
    """Predict every captured paper by systems that did not see it, in folds by group."""
    real = known.take(np.flatnonzero(known.real))
    invented = np.flatnonzero(~known.real)
    parts: dict[str, list[tuple[Indices, Prediction]]] = {}
    for held, training in out_of_fold(known):
        seen = np.setdiff1d(np.flatnonzero(known.real), held)
        others = known.take(np.concatenate([seen, invented]))
        papers = known.take(held)
        for name, one in _systems(others, papers, by_labeler(training.labeler, papers)).items():
            parts.setdefault(name, []).append((held, one))
    return real, {name: _joined(len(real.texts), found) for name, found in parts.items()}


def learning_curve(corpus: Corpus, known: Papers) -> Iterator[str]:
    """Yield how scores on `test` grow with captured papers, and what invented ones add."""
    test = _of_split(corpus, "test")
    captured = np.random.default_rng(0).permutation(np.flatnonzero(known.real))
    invented = np.flatnonzero(~known.real)
    yield "| captured papers | invented papers | micro F1 | primary topic right |"
    yield "|---:|---:|---:|---:|"
    for share, with_invented in ((0.25, True), (0.5, True), (0.75, True), (1.0, True), (0.5, False), (1.0, False)):
        some = captured[: round(share * len(captured))]
        others = invented if with_invented else invented[:0]
        one = by_labeler(train(known.take(np.concatenate([some, others]))).labeler, test)
        micro, primary = metrics.micro_f1(one.labels, test.members), metrics.primary_accuracy(one.primary, test.primary)
        yield f"| {len(some)} | {len(others)} | {micro:.3f} | {primary:.3f} |"


def _of_split(corpus: Corpus, split: str) -> Papers:
    return corpus.papers.take(np.array([at for at, name in enumerate(corpus.splits) if name == split], dtype=np.int64))


def function_table(papers: Papers) -> Iterator[str]:
    """Yield a page with coverage, overlap, conflict and accuracy of every labeling function on some papers."""
    yield "# Labeling functions\n"
    yield "Printed by `python benchmarks/labels.py --functions`; they stand in `curation/label/functions.toml`."
    yield ""
    yield f"On the {len(papers.texts)} papers of `train`: *coverage* is the share of papers that a function votes on,"
    yield "*overlap* the share on which it and another one vote, *conflict* the share on which it and one for another"
    yield "topic vote. Of its votes, the last two columns say how many name a topic of the paper, and how many its"
    yield "primary one."
    yield ""
    votes: Array = np.array([[one is not None for one in gather(*text).scores()] for text in papers.texts])
    topic_of = np.array([TOPIC_IDS.index(function.topic) for function in LABELING_FUNCTIONS])
    yield "| function | topic | coverage | overlap | conflict | among topics | primary |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for number, function in enumerate(LABELING_FUNCTIONS):
        fired = votes[:, number].astype(bool)
        others = np.delete(votes, number, axis=1)[fired]
        rivals = votes[:, topic_of != topic_of[number]][fired]
        count = len(papers.texts)
        inside = papers.members[fired, topic_of[number]]
        primary = papers.primary[fired] == topic_of[number]
        right = f"{inside.mean():.2f} | {primary.mean():.2f}" if fired.any() else "– | –"
        yield (
            f"| `{function.name}` | `{function.topic}` | {fired.mean():.3f} | {others.any(axis=1).sum() / count:.3f}"
            f" | {rivals.any(axis=1).sum() / count:.3f} | {right} |"
        )


def _bins(papers: Papers, one: Prediction) -> list[charts.Bin]:
    found = metrics.equal_mass_bins(one.confidence, one.primary == papers.primary, bins=5)
    return [(bin_.confidence, bin_.accuracy, bin_.low, bin_.high, bin_.papers) for bin_ in found]


def report(sample: Path | None, picture: Path | None) -> Iterator[str]:
    """Yield the whole report; draw the reliability into an SVG file if one is named."""
    drawn: dict[str, list[charts.Bin]] = {}
    corpus = read_corpus(_RECIPE)
    known = development(corpus)
    labeler = load_labeler()
    least = labeler.calibration.least_confidence
    yield "## Cross-validation within `train` and `validation`\n"
    papers, systems = cross_validated(known)
    yield from _scores(papers, systems)
    yield from _trust(papers, systems["labeler"], least)
    drawn["cross-validation"] = _bins(papers, systems["labeler"])
    yield "\n## `test`\n"
    test = _of_split(corpus, "test")
    systems = _systems(known, test, by_labeler(labeler, test))
    yield from _scores(test, systems)
    yield from _trust(test, systems["labeler"], least)
    yield ""
    yield from _coverage(test, systems["labeler"])
    yield ""
    yield from _average_precision(test, systems["labeler"])
    yield "\n## Learning curve, on `test`\n"
    yield from learning_curve(corpus, known)
    if sample is not None:
        for number in reversed(ROUNDS):
            yield f"\n## The {number} unseen test\n"
            unseen = unseen_papers(sample, number)
            systems = _systems(known, unseen, by_labeler(labeler, unseen))
            systems["labeler with categories"] = by_labeler(labeler, unseen, categories=True)
            yield from _scores(unseen, systems)
            yield from _trust(unseen, systems["labeler"], least)
            yield ""
            yield from _coverage(unseen, systems["labeler"])
            yield ""
            yield from _average_precision(unseen, systems["labeler"])
            drawn.setdefault("unseen test", _bins(unseen, systems["labeler"]))
        yield "\n## Topics against arXiv categories\n"
        yield from against_categories(sample, labeler)
        yield "\n## Speed\n"
        yield from speed(sample, labeler)
    if picture is not None:
        picture.write_text(charts.svg(charts.reliability(drawn)), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sample", type=Path, nargs="?")
    parser.add_argument("--picture", metavar="FILE.svg", type=Path, help="draw how reliable the confidences are")
    parser.add_argument("--functions", action="store_true", help="print the page of labeling functions instead")
    options = parser.parse_args()
    lines = (
        function_table(_of_split(read_corpus(_RECIPE), "train"))
        if options.functions
        else report(options.sample, options.picture)
    )
    for line in lines:
        print(line, flush=True)
