"""A small part of the long campaigns, the same on every run; `make stress` runs all of them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from curation.release.build import build
from tests.captures import CAPTURES
from tests.stress.folders import contents
from tests.stress.kills import run_kills
from tests.stress.mutations import BUILT, FAILED, attempt, build_standing
from tests.stress.operators import OPERATORS

SEED = 20
# of the first 36, those that are refused, and of those that are built a few small ones that were changed in every way
NUMBERS = (0, 1, 5, 7, 9, 10, 11, 13, 14, 15, 19, 21, 22, 23, 26, 28, 29, 30, 31, 35)


def test_a_build_of_mutated_listings_accounts_for_everything_or_leaves_no_trace(tmp_path: Path) -> None:
    build_standing(tmp_path)
    outcomes = [attempt(number, SEED, tmp_path) for number in NUMBERS]
    assert [one for one in outcomes if one.result == FAILED] == []
    results = Counter(one.result for one in outcomes)
    assert results[BUILT] >= 5
    assert results.total() - results[BUILT] >= 5
    assert {kind for one in outcomes for kind in one.kinds} >= OPERATORS.keys() - {"tex_scrap"}
    # each is made again from its seed and its number
    assert [attempt(number, SEED, tmp_path) for number in (26,)] == [one for one in outcomes if one.number == 26]


def test_a_killed_build_leaves_the_old_release_or_the_new_one_whole() -> None:
    kills = run_kills(4, SEED)
    assert [one for one in kills if one.failure] == []
    assert [one.stands for one in kills if one.stands not in {"old", "new"}] == []
    assert {one.mode for one in kills} == {"whole run", "writing", "file operation"}


def test_what_a_killed_build_with_this_process_s_own_number_left_is_no_obstacle(tmp_path: Path) -> None:
    partial = tmp_path / f".release-{os.getpid()}.partial"
    partial.mkdir()
    (partial / "taxonomy.json").write_text("{}", encoding="utf-8")
    build([CAPTURES[1].path], out=tmp_path / "release")
    assert {name.split("/")[0] for name in contents(tmp_path)} == {"release", str((tmp_path / "release").readlink())}
