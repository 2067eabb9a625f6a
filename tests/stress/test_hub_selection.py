"""A small part of the campaigns against the Hub, the same on every run; `make stress` runs all of them."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.stress.hub_faults import FAULTS, KILLED, SCENARIOS, Trial, draw, run_trials

FIRST, NEXT = SCENARIOS
SEED = 20
# where an answer that is lost, or a process that is killed, could leave two commits or a commit without a tag
WEAKEST = (Trial(0, FIRST, "drop after", "commit", 1), Trial(1, NEXT, KILLED, "commit", 1))
# calls before the check, which are made one after the other
CALLS = {FIRST: Counter({"refs": 3, "whoami": 1, "create_repo": 1}), NEXT: Counter({"preupload": 1, "tag_create": 1})}


def test_a_publication_disturbed_at_its_weakest_places_and_elsewhere_is_completed_by_the_same_command() -> None:
    trials = (*WEAKEST, *Random(SEED).sample(draw(CALLS, 60, SEED), 1))
    runs, _ = run_trials(lambda calls: trials, calls=CALLS, workers=1)
    assert [(run.trial, run.outcome, run.said, run.wrong) for run in runs if run.wrong] == []
    assert all(run.happened for run in runs)
    assert [run.outcome for run in runs[:2]] == ["published", KILLED]
    assert [run.again for run in runs] == ["published"] * 3
    assert {run.outcome for run in runs} <= {"published", "told", KILLED}


def test_the_campaign_has_every_route_with_every_fault_and_a_kill_at_every_call() -> None:
    calls = {FIRST: Counter({"commit": 1, "resolve": 9}), NEXT: Counter({"commit": 1})}
    trials = draw(calls, 300, SEED)
    assert {(one.scenario, one.route, one.fault) for one in trials if one.route and one.nth == 1} == {
        (scenario, route, fault) for scenario, by_route in calls.items() for route in by_route for fault in FAULTS
    }
    assert {one.nth for one in trials if one.fault == KILLED and one.scenario == FIRST} == set(range(1, 11))
