"""A disk that runs full: one clear error that names the place; with room the same command goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from curation.streaming.workspace import work_folder
from tests.commands import clean_environment, curate, curate_process
from tests.streaming.record_files import hashes, records, streamed, write


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A place with room for a part of the work; unmounted in any case."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def resize(place: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


RECIPE = '[dataset]\nname = "mine"\ntitle = "Mine"\n[label]\ntopics = false\n[[sources]]\npath = "a.jsonl"\n'


def test_a_full_disk_is_one_clear_error_and_the_next_build_goes_on(small: Path, tmp_path: Path) -> None:
    """It runs full in one pass after the other: each time there is a little more room."""
    write(tmp_path / "a.jsonl", records(1_500))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    out = small / "release"
    work = work_folder(out)
    done: dict[Path, int] = {}
    passes = set()
    for size in ("256k", *(f"{size}k" for size in range(1_600, 5_000, 200))):
        resize(small, size)
        ended = curate("build", "--recipe", recipe, "--out", out, cwd=tmp_path)
        if not ended.code:
            break
        assert ended.code == 2, ended.err
        assert "No space left on device" in ended.err
        assert ended.err.startswith(f"error: {small}/")
        assert "what to do:" in ended.err
        assert "Traceback" not in ended.err
        assert {path.name for path in small.iterdir()} == {work.name}
        assert list(work.glob("*/.*")) == [], "half a part is left, and takes up room"
        # what was done is still there, the same files
        assert {path: path.stat().st_ino for path in done} == done
        done = {path: path.stat().st_ino for path in work.glob("*/[0-9]*")}
        passes.add(frozenset(path.parent.name for path in done))
    assert len(passes) >= 3
    resize(small, "64m")
    env = clean_environment(tmp_path, PYTHONDONTWRITEBYTECODE="1")
    last = curate_process("build", "--recipe", recipe, "--out", out, cwd=tmp_path, env=env)
    assert last.code == 0, last.err
    assert {path.name for path in small.iterdir()} == {"release", str(out.readlink())}
    assert hashes(out) == hashes(streamed(recipe=recipe, out=tmp_path / "release", labels=None).out)
