"""How many examples property tests try, by the environment's `HYPOTHESIS_PROFILE`.

By default a long selection is cut; `whole` tries all of it, as `make stress` does, and `thorough` ten times as many,
drawn anew each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["examples"]

_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
_FACTOR = {"default": 1, "whole": 1, "thorough": 10}[_PROFILE]
_MOST = 100 if _PROFILE == "default" else None


def examples(count: int) -> settings:
    """Settings for a property that is tried `count` times, by default at most 100 times.

    But for `thorough` the examples are the same on every run, so that a test fails on the change that broke it.
    """
    return settings(
        max_examples=min(count, _MOST or count) * _FACTOR,
        deadline=None,
        derandomize=_PROFILE != "thorough",
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
