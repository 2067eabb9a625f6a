"""What several tests of labels share: the labelled papers of the recipe, and a labeler trained on few of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from curation.label.corpus import Corpus, read_corpus
from curation.label.training import Papers, Training, train
from tests.commands import ROOT


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices gain nothing from threads, and other work may share the machine."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The labelled papers of `data/recipe.toml`."""
    return read_corpus(ROOT / "data" / "recipe.toml")


@pytest.fixture(scope="session")
def few(corpus: Corpus) -> Papers:
    """Few captured papers and few invented ones, enough to train on quickly."""
    captured = corpus.papers.take(np.arange(0, len(corpus.ids), 5))
    return captured + corpus.invented.take(np.arange(0, len(corpus.invented.texts), 15))


@pytest.fixture(scope="session")
def trained(few: Papers, one_thread: None) -> Training:
    """A labeler trained on `few`."""
    return train(few)
