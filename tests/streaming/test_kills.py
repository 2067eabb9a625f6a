"""A small part of the long campaign of kills, the same on every run; `make stress` runs all of it."""

from __future__ import annotations

from tests.stress.streamed_kills import report, run_trials

SEED = 4


def test_builds_killed_at_random_moments_arrive_with_the_same_bytes() -> None:
    setting, trials = run_trials(3_000, 3, SEED, rows=500)
    assert [one.failure for one in trials] == [""] * 3
    assert sum(one.kills for one in trials) >= 2
    assert setting.parts == 3 * 6 + 4
    table = report(setting, trials)
    assert table.count("same") == 3
    assert "FAILED" not in table
