"""How many examples property tests try: `HYPOTHESIS_PROFILE=thorough` tries ten times as many, drawn anew each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["examples"]

_FACTORS = {"default": 1, "thorough": 10}
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
_FACTOR = _FACTORS[_PROFILE]


def examples(count: int) -> settings:
    """Settings for a property that is tried `count` times by default.

    By default the examples are the same on every run, so that a test fails on the change that broke it.
    """
    return settings(
        max_examples=count * _FACTOR,
        deadline=None,
        derandomize=_PROFILE == "default",
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
