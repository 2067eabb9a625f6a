"""A build that was stopped at any moment goes on from what is done, and gives what an undisturbed one gives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from curation.errors import CurationError, OutputError
from curation.streaming.workspace import Workspace, open_workspace, work_folder
from tests.commands import clean_environment, curate
from tests.sample_page import page_text
from tests.streaming.record_files import hashes, near, record, records, streamed, write
from tests.streaming.victim import PASSES, Stop, child_build, done_parts, running_in, steps_of, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at as Linux shows them")


@dataclass(frozen=True)
class Undisturbed:
    """Two record files and a page: some nine batches of five, and their release."""

    sources: list[Path]
    files: dict[str, str]
    parts: tuple[str, ...]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    one = write(folder / "one.jsonl.gz", [*records(18), b"{broken", near(record(0), 2, 50)])
    two = write(folder / "two.csv", [*records(14, 20), record(3)])
    page = folder / "page.txt"
    page.write_text(page_text(), encoding="utf-8")
    sources = [one, two, page]
    out = folder / "release"
    with child_build(sources, out) as child:
        assert child.exitcode == 0
    steps = steps_of(out)
    assert {step.partition("/")[0] for step in steps} == set(PASSES)
    assert len(steps) == len(set(steps)) == 8 * 3 + 4
    return Undisturbed(sources, hashes(out), tuple(steps))


def is_clean(out: Path) -> bool:
    """Tell whether nothing is beside a release but what the tests put there."""
    own = {"release", str(out.readlink()), "said", "steps", "go", "waiting", "interrupt-0", "interrupt-1"}
    return {path.name for path in out.parent.iterdir()} <= own


MOMENTS = [
    Stop(r"/rows/\d+$"),
    Stop(r"/rows/\d+$", after=5, how="parent"),
    Stop(r"/merged/\d+$", after=6),
    Stop(r"/papers/\d+$", after=2),
    Stop(r"/papers/\d+$", after=7, how="parent"),
    Stop(r"/tables/\d+$", after=0, how="parent"),
    Stop(r"/tables/\d+$", after=2),
    Stop(r"/release$"),
]


@pytest.mark.parametrize("stop", MOMENTS, ids=lambda stop: f"{stop.at}-{stop.after}-{stop.how}")
def test_a_killed_build_goes_on_from_what_is_done(undisturbed: Undisturbed, tmp_path: Path, stop: Stop) -> None:
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=stop) as killed:
        assert killed.exitcode == -signal.SIGKILL
        assert killed.pid is not None
        pid = killed.pid
        until(lambda: not running_in(pid))
    assert not out.exists()
    done = done_parts(out)
    whole = {name for name in done if name.count("/") == 1}
    with child_build(undisturbed.sources, out) as second:
        assert second.exitcode == 0, (tmp_path / "said").read_text()
    redone = steps_of(out)
    assert len(redone) == len(set(redone))
    if not stop.at.startswith("/merged"):  # the second pass is one step
        assert sorted([*whole, *redone]) == sorted(undisturbed.parts)
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


def test_parts_that_are_done_are_not_touched_again(undisturbed: Undisturbed, tmp_path: Path) -> None:
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(r"/papers/\d+$", after=4)) as killed:
        assert killed.exitcode == -signal.SIGKILL
    done = done_parts(out)
    assert len({name.partition("/")[0] for name in done}) == 3
    # looked at before the release is put in its place and the work removed
    with child_build(undisturbed.sources, out, stop=Stop(r"/\.release-[0-9a-f]{16}$", how="parent")) as second:
        assert second.exitcode == -signal.SIGKILL
    assert done_parts(out).items() >= done.items()
    with child_build(undisturbed.sources, out) as third:
        assert third.exitcode == 0
    assert steps_of(out) == []
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


def test_a_build_that_is_killed_again_and_again_arrives(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Also with another number of processes each time."""
    out = tmp_path / "release"
    for kind, after, processes in (("rows", 3, 2), ("merged", 3, 1), ("papers", 5, 3), ("tables", 1, 1)):
        stop = Stop(rf"/{kind}/\d+$", after)
        with child_build(undisturbed.sources, out, stop=stop, processes=processes) as killed:
            assert killed.exitcode == -signal.SIGKILL
    with child_build(undisturbed.sources, out) as last:
        assert last.exitcode == 0
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


@pytest.mark.parametrize("gone", ["rows", "tables"])
def test_half_cleared_work_is_not_taken_for_work_that_is_done(
    undisturbed: Undisturbed, tmp_path: Path, gone: str
) -> None:
    """A folder is removed in no order: whatever went first, the next build must not stumble."""
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(r"/\.release\.work$")) as killed:
        assert killed.exitcode == -signal.SIGKILL
    assert hashes(out) == undisturbed.files
    work = Workspace(work_folder(out))
    # as `remove` does it, killed after its first entries
    for path in work.folder.iterdir():
        if path.name == gone:
            path.unlink() if path.is_file() else _remove_some(path)
    with child_build(undisturbed.sources, out) as second:
        assert second.exitcode == 0, (tmp_path / "said").read_text()
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


def test_work_that_was_cleared_by_half_for_another_recipe_is_not_taken_up(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(r"/tables/\d+$", after=2)) as killed:
        assert killed.exitcode == -signal.SIGKILL
    # the second batch size clears what the first one left; the third is the first one again
    clearing = Stop(r"/\.release\.work/(rows|merged|papers|tables|signatures)$")
    with child_build(undisturbed.sources, out, rows=6, stop=clearing) as killed:
        assert killed.exitcode == -signal.SIGKILL
    left = [path for path in work_folder(out).iterdir() if path.is_dir()]
    _remove_some(left[0])
    with child_build(undisturbed.sources, out) as third:
        assert third.exitcode == 0, (tmp_path / "said").read_text()
    assert hashes(out) == undisturbed.files


def _remove_some(folder: Path) -> None:
    for path in sorted(folder.iterdir())[::2]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("what", ["input", "recipe", "previous", "batches"])
def test_nothing_stale_is_used_when_something_changed(tmp_path: Path, what: str) -> None:
    one = write(tmp_path / "one.jsonl", [*records(12), near(record(1), 8, 60), near(record(2), 9, 61)])
    recipe = tmp_path / "recipe.toml"
    text = '[dataset]\nname = "paper-abstracts"\ntitle = "Mine"\n[deduplicate]\nthreshold = 0.75\n'
    recipe.write_text(text, encoding="utf-8")
    sources = [one]
    more: dict[str, Any] = {"recipe": recipe}
    out = tmp_path / "work" / "release"
    out.parent.mkdir()
    with child_build(sources, out, stop=Stop(r"/tables/\d+$", after=2), recipe=recipe) as killed:
        assert killed.exitcode == -signal.SIGKILL
    rows = 5
    if what == "input":
        write(one, [*records(5), *records(7, 80), near(record(1), 8, 60), record(61)])
    elif what == "recipe":
        recipe.write_text(text.replace("0.75", "0.7"), encoding="utf-8")
    elif what == "previous":
        more["previous"] = streamed(sources, recipe=recipe, out=tmp_path / "before").out
        write(one, [*records(11), near(record(1), 8, 60), near(record(2), 9, 61)])
    else:
        rows = 3
    with child_build(sources, out, rows=rows, **more) as second:
        assert second.exitcode == 0, (out.parent / "said").read_text()
    assert hashes(out) == hashes(streamed(sources, out=tmp_path / "fresh", **more).out)


def test_another_place_does_not_go_on_from_this_one(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with child_build(undisturbed.sources, tmp_path / "one", stop=Stop(r"/papers/\d+$", after=2)):
        pass
    with child_build(undisturbed.sources, tmp_path / "two") as other:
        assert other.exitcode == 0
    assert sorted(steps_of(tmp_path / "two")) == sorted(undisturbed.parts)
    assert work_folder(tmp_path / "one").is_dir()
    assert hashes(tmp_path / "two") == undisturbed.files


def test_a_second_build_of_the_same_place_is_refused(undisturbed: Undisturbed, tmp_path: Path) -> None:
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(r"/papers/\d+$", 2, "wait"), join=False) as first:
        until((tmp_path / "waiting").exists)
        ended = curate("build", *undisturbed.sources, "--out", out)
        assert ended.code == 2
        assert "another build of this release is at work" in ended.err
        assert "what to do: wait for it, or choose another --out" in ended.err
        assert "Traceback" not in ended.err
        (tmp_path / "go").touch()
        first.join(60)
        assert first.exitcode == 0
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


@pytest.mark.parametrize("at", [r"/rows/\d+$", r"/papers/\d+$", r"/tables/\d+$"])
def test_a_killed_worker_is_one_clear_error_and_the_next_build_goes_on(
    undisturbed: Undisturbed, tmp_path: Path, at: str
) -> None:
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(at, after=1, how="worker")) as failed:
        assert failed.exitcode == CurationError.exit_code
        assert failed.pid is not None
        pid = failed.pid
        until(lambda: not running_in(pid))
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert said.startswith("a worker process was killed, perhaps because memory ran out\nwhat to do: run the same")
    done = {name for name in done_parts(out) if name.count("/") == 1}
    assert done
    with child_build(undisturbed.sources, out) as second:
        assert second.exitcode == 0
    assert not done & set(steps_of(out))
    assert hashes(out) == undisturbed.files
    assert is_clean(out)


@pytest.mark.parametrize("at", [r"/rows/\d+$", r"/papers/\d+$"])
def test_no_worker_outlives_a_killed_build(undisturbed: Undisturbed, tmp_path: Path, at: str) -> None:
    """Nor does one that is in the middle of a part."""
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(at, 2, "wait"), join=False) as build:
        until((tmp_path / "waiting").exists)
        assert build.pid is not None
        pid = build.pid
        assert len(running_in(pid)) == 3
        os.kill(pid, signal.SIGKILL)
        build.join()
        until(lambda: not running_in(pid))


@pytest.mark.parametrize(
    ("at", "how"),
    [
        (r"/rows/\d+$", "interrupt"),
        (r"/rows/\d+$", "interrupt twice"),
        (r"/merged/\d+$", "interrupt"),
        (r"/tables/\d+$", "interrupt"),
    ],
)
def test_ctrl_c_ends_a_build_and_the_next_one_goes_on(
    undisturbed: Undisturbed, tmp_path: Path, at: str, how: str
) -> None:
    """Also where somebody presses it again, as the first one takes its time."""
    out = tmp_path / "release"
    with child_build(undisturbed.sources, out, stop=Stop(at, after=1, how=how)) as interrupted:
        assert interrupted.exitcode == 130, (tmp_path / "said").read_text()
        assert interrupted.pid is not None
        assert not running_in(interrupted.pid)
    assert not out.exists()
    done = {name for name in done_parts(out) if name.count("/") == 1}
    assert done
    with child_build(undisturbed.sources, out) as second:
        assert second.exitcode == 0
    if "merged" not in at:
        assert sorted([*done, *steps_of(out)]) == sorted(undisturbed.parts)
    assert hashes(out) == undisturbed.files


def test_ctrl_c_at_the_command_is_told_without_a_traceback(tmp_path: Path) -> None:
    """The whole group is told, as a terminal does it."""
    path = write(tmp_path / "a.jsonl", records(6_000))
    process = subprocess.Popen(
        [sys.executable, "-m", "curation.cli", "build", str(path), "--out", str(tmp_path / "release")],
        env=clean_environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until((work_folder(tmp_path / "release") / "rows").is_dir)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"interrupted" in err
    assert out == b""
    assert running_in(process.pid) == []
    assert not (tmp_path / "release").exists()
    assert work_folder(tmp_path / "release").is_dir()


def test_a_part_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    """A worker that outlives its killed parent for a moment may finish the very part that the next build makes."""
    with open_workspace(tmp_path / "release") as work:
        with work.writing("rows", 3) as folder:
            (folder / "mine").write_text("late", encoding="utf-8")
            other = work.part("rows", 3)
            other.mkdir()
            (other / "theirs").write_text("early", encoding="utf-8")
        assert [path.name for path in work.part("rows", 3).iterdir()] == ["theirs"]
        assert [path.name for path in work.part("rows", 3).parent.iterdir()] == ["000003"]


def test_an_unwritable_place_is_refused_before_any_work(undisturbed: Undisturbed, tmp_path: Path) -> None:
    (tmp_path / ".release.work").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="the folder for work in progress cannot be made"):
        streamed(undisturbed.sources, out=tmp_path / "release")
    assert {path.name for path in tmp_path.iterdir()} == {".release.work"}
