"""Labels and answers to measure, drawn by Hypothesis or invented from a seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = ["Array", "Flags", "Pair", "answers", "invented"]

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Pair = tuple[Array, Array]


@st.composite
def answers(draw: st.DrawFn) -> tuple[Array, Flags]:
    """Confidences, many of them equal, and whether each answer is right."""
    papers = draw(st.integers(1, 40))
    confidence = draw(hnp.arrays(np.float64, papers, elements=st.integers(0, 20).map(lambda part: part / 20)))
    return confidence, draw(hnp.arrays(np.bool_, papers))


def invented(seed: int, papers: int = 60, topics: int = 5) -> Pair:
    """Right labels, and labels that are right in about nine of ten places."""
    generator = np.random.default_rng(seed)
    right = generator.random((papers, topics)) < 0.3
    given = right ^ (generator.random(right.shape) < 0.1)
    return given.astype(float), right.astype(float)
