"""On a terminal publishing shows its plan and asks."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hub import LoopbackHub
from tests.publishing.places import REPO, TOKEN, Built, everything, put

QUESTION = "publish this? [y/N]"
# Seconds without a sign of the process.
_LONGEST = 60


@contextmanager
def terminal(command: list[str], cwd: Path, env: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Start a process on a terminal of its own; give our end of it."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, cwd=cwd, env={**env, "TERM": "xterm"}, start_new_session=True
    )
    os.close(its)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, wanted: str | None) -> str:
    """Read what is printed up to a text, or to the end."""
    seen = b""
    while wanted is None or wanted.encode() not in seen:
        ready, _, _ = select.select([terminal], [], [], _LONGEST)
        assert ready, f"nothing came after {seen[-500:]!r}"
        try:
            got = os.read(terminal, 4096)
        except OSError:  # Linux says so at the end
            got = b""
        if not got:
            break
        seen += got
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


def ask(hub: LoopbackHub, release: Path, home: Path, answer: bytes | None) -> tuple[str, str, int]:
    """Publish and answer, or interrupt it with None; return what was shown before and after that, and the exit code."""
    command = [sys.executable, "-m", "curation.cli", "publish", str(release), REPO]
    with terminal(command, home, hub.environment(home, TOKEN)) as (ours, process):
        before = read_until(ours, QUESTION)
        if answer is None:
            process.send_signal(signal.SIGINT)
            # a signal that comes just before the process waits for a key is heard with the next one, as on any terminal
            while not select.select([ours], [], [], 5)[0]:
                process.send_signal(signal.SIGINT)
        else:
            os.write(ours, answer)
        after = read_until(ours, None)
        return before, after, process.wait(_LONGEST)


def test_yes_publishes_what_was_shown(hub: LoopbackHub, built: Built, tmp_path: Path) -> None:
    put(hub, built.first, tag="1.0.0")
    before, after, code = ask(hub, built.second, tmp_path, b"y\n")
    assert code == 0
    assert f"{REPO}: version 2.0.0, major change since 1.0.0" in before.replace("\r\n", " ")
    assert "1 paper edited" in before
    assert re.search(r"\d+ files to send, \d+ KiB, \d+ files there already", before)
    assert "+ manifest.json" in before
    assert before.rstrip().endswith(QUESTION)
    assert f"published: {REPO} version 2.0.0" in after
    assert "Traceback" not in before + after
    assert sorted(hub.repo(REPO).tags) == ["1.0.0", "2.0.0"]


def test_no_publishes_nothing(hub: LoopbackHub, built: Built, tmp_path: Path) -> None:
    before = everything(hub)
    shown, after, code = ask(hub, built.first, tmp_path, b"n\n")
    assert "it is not there yet and will be made" in shown
    assert "nothing was published" in after
    assert "\u2501" not in shown + after, "something is drawn over the question"
    assert (code, everything(hub)) == (0, before)


@pytest.mark.parametrize(("key", "code"), [(b"\n", 0), (b"\x04", 0), (None, 130)])
def test_leaving_the_question_publishes_nothing(
    hub: LoopbackHub, built: Built, tmp_path: Path, key: bytes | None, code: int
) -> None:
    """With no answer, with Ctrl-D, and with the signal of Ctrl-C."""
    before = everything(hub)
    _, after, found = ask(hub, built.first, tmp_path, key)
    assert "Traceback" not in after
    assert (found, everything(hub)) == (code, before)
