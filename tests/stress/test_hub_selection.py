"""A small part of the campaigns against the Hub, the same on every run; `make stress` runs all of them."""

from __future__ import annotations

from collections import Counter

from tests.stress.hub_faults import FAULTS, KILLED, SCENARIOS, Trial, draw, run_trials

FIRST, NEXT = SCENARIOS
TRIALS = (
    Trial(0, FIRST, "drop after", "commit", 1),
    Trial(1, NEXT, KILLED, "commit", 1),
    Trial(2, NEXT, "503", "tag_create", 1),
)


def test_a_publication_disturbed_at_its_weakest_places_is_completed_by_the_same_command() -> None:
    runs, _ = run_trials(lambda calls: TRIALS, calls={FIRST: Counter(), NEXT: Counter()}, workers=1)
    assert [(run.trial, run.outcome, run.said, run.wrong) for run in runs if run.wrong] == []
    assert [run.happened for run in runs] == [True, True, True]
    assert [run.outcome for run in runs] == ["published", KILLED, "published"]
    assert [run.again for run in runs] == ["published"] * 3


def test_the_campaign_has_every_route_with_every_fault_and_a_kill_at_every_call() -> None:
    calls = {FIRST: Counter({"commit": 1, "resolve": 9}), NEXT: Counter({"commit": 1})}
    trials = draw(calls, 300, 20)
    assert {(one.scenario, one.route, one.fault) for one in trials if one.route and one.nth == 1} == {
        (scenario, route, fault) for scenario, by_route in calls.items() for route in by_route for fault in FAULTS
    }
    assert {one.nth for one in trials if one.fault == KILLED and one.scenario == FIRST} == set(range(1, 11))
