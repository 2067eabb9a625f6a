"""`curate repair`: text in, repaired text out, every edit reported."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curation.normalize import undo
from tests.commands import ROOT, clean_environment, curate, shown_on
from tests.releases import as_edit

BROKEN = 'A na\\"ive model at 64times64 is 20times slower in the ell_2 norm.'
WHOLE = "A naïve model at 64×64 is 20× slower in the ℓ_2 norm."


def lines(*values: Any) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def test_text_from_a_pipe_comes_out_repaired_and_the_report_goes_to_standard_error() -> None:
    ended = curate("repair", stdin=f"{BROKEN}\n".encode())
    assert (ended.code, ended.out) == (0, f"{WHOLE}\n")
    assert ended.err.splitlines() == [
        "4 edits (math-symbol 1, math-times 2, tex-accent 1); math damage: visible, 0 of 3 places stay"
    ]


def test_a_file_is_repaired_paragraph_by_paragraph(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("First line,\nwrapped at 2times.\n\n\nmathcal{O}(x)\n \nlast", encoding="utf-8")
    ended = curate("repair", "notes.txt", cwd=tmp_path)
    assert ended.out == "First line, wrapped at 2×.\n\n\nmathcal{O}(x)\n \nlast"
    assert ended.err == "2 edits (math-times 1, unwrap 1); math damage: visible, 3 of 4 places stay\n"


def test_text_with_nothing_to_repair_comes_out_as_it_is() -> None:
    text = "Alpha generation, sim-to-real transfer and Gamma processes, many times.\n"
    ended = curate("repair", "-", stdin=text.encode())
    assert (ended.out, ended.err) == (text, "0 edits; math damage: none\n")


def test_a_gzip_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(BROKEN)))
    ended = curate("repair", "a.jsonl.gz", "--format", "jsonl", cwd=tmp_path)
    assert json.loads(ended.out)["text"] == WHOLE


def test_json_lines_answer_each_line_with_text_edits_and_damage() -> None:
    given = [BROKEN, {"id": "x1", "abstract": "by 5\\% only", "title": "left out"}, {"abstract": "line\nbreaks\nhere"}]
    ended = curate("repair", "--format", "jsonl", stdin=lines(*given[:2]) + b"\n" + lines(given[2]))
    assert (ended.code, ended.err) == (0, "")
    first, second, third = map(json.loads, ended.out.splitlines())
    assert first["text"] == WHOLE
    assert first["math_damage"] == "visible"
    assert [first["text"][span["start"] : span["end"]] for span in first["math_damage_spans"]] == ["×", "×", "ℓ"]
    assert {edit["rule"]: edit["class"] for edit in first["edits"]}["math-times"] == "math"
    assert (second["id"], second["text"], second["math_damage"]) == ("x1", "by 5% only", "none")
    assert set(second) == {"id", "text", "edits", "math_damage", "math_damage_spans"}
    assert third["text"] == "line breaks here"
    assert [edit["offsets"] for edit in third["edits"]] == [[11]]
    for answer, before in zip((first, third), (BROKEN, "line\nbreaks\nhere"), strict=True):
        assert undo(answer["text"], [as_edit(edit) for edit in answer["edits"]]) == before


def test_json_gives_every_paragraph_and_a_count_for_each_rule() -> None:
    ended = curate("repair", "--format", "json", stdin=b"at 2times\n\nat 3times by 4\\%\n")
    answer = json.loads(ended.out)
    assert [one["text"] for one in answer["paragraphs"]] == ["at 2×", "at 3× by 4%"]
    assert [one["before"] for one in answer["paragraphs"]] == ["at 2times", "at 3times by 4\\%"]
    assert answer["edits_by_rule"] == {"escaped-percent": 1, "math-times": 2}
    assert ended.err == ""


def test_a_line_is_answered_before_the_next_one_comes(home: Path) -> None:
    command = [sys.executable, "-m", "curation.cli", "repair", "--format", "jsonl"]
    with subprocess.Popen(
        command, cwd=ROOT, env=clean_environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in (2, 3):
            running.stdin.write(lines(f"at {number}times"))
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["text"] == f"at {number}×"
        running.stdin.close()
    assert running.returncode == 0


def test_many_lines_through_a_pipe_keep_their_order_and_a_reader_that_leaves_is_no_crash(home: Path) -> None:
    text = lines(*({"id": number, "abstract": f"run {number} at {number}times"} for number in range(5_000)))
    command = f"{sys.executable} -m curation.cli repair --format jsonl"
    whole = subprocess.run(
        command.split(), input=text, cwd=ROOT, env=clean_environment(home), capture_output=True, check=True
    )
    answers = [json.loads(line) for line in whole.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == [f"run {number} at {number}×" for number in range(5_000)]
    (home / "in.jsonl").write_bytes(text)
    piped = subprocess.run(
        ["bash", "-c", f"{command} {home / 'in.jsonl'} | head -1"],
        cwd=ROOT, env=clean_environment(home), capture_output=True, check=True,
    )  # fmt: skip
    assert len(piped.stdout.splitlines()) == 1
    assert piped.stderr == b""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "is not JSON"),
        (b"5\\% plain text", "is not JSON"),
        (b"[1]", "found list"),
        (b"null", "found NoneType"),
        (b'{"title": "x"}', "an object without it (title)"),
        (b'{"abstract": 3}', "found"),
        (b'"\xff"', "not UTF-8"),
        (b'"half \\ud800"', "surrogate"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_wrong_line_is_named_after_the_lines_before_it_were_answered(line: bytes, told: str) -> None:
    ended = curate("repair", "--format", "jsonl", stdin=lines("at 2times") + b"\n" + line + b"\n" + lines("never"))
    assert ended.code == 2
    assert [json.loads(answer)["text"] for answer in ended.out.splitlines()] == ["at 2×"]
    assert ended.err.startswith("error: standard input:3: ")
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"na\xefve")
    (tmp_path / "not.gz").write_bytes(b"plain")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 10_000)[:30])
    for name, told in {
        "missing.txt": "cannot be read (No such file or directory)",
        ".": "cannot be read (Is a directory)",
        "latin.txt": "not UTF-8",
        "not.gz": "is not gzip",
        "cut.gz": "ends too early",
    }.items():
        ended = curate("repair", name, cwd=tmp_path)
        assert (ended.code, ended.out) == (2, ""), name
        assert name in ended.err
        assert told in ended.err


def test_on_a_terminal_the_text_stands_above_what_it_became_in_colour(home: Path) -> None:
    (home / "text.txt").write_text(f"{BROKEN} mathcal{{O}}(x)\n", encoding="utf-8")
    main, side = pty.openpty()
    environment = clean_environment(home, TERM="xterm-256color", COLUMNS="200")
    running = subprocess.Popen(
        [sys.executable, "-m", "curation.cli", "repair", str(home / "text.txt")],
        cwd=ROOT, env=environment, stdout=side, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(side)
    shown = shown_on(main)
    assert running.wait() == 0
    text = shown.decode()
    assert text.index("given") < text.index("repaired")
    assert "\x1b[1;35m×" in text  # math, bold magenta
    assert "\x1b[1;31m" in text or "\x1b[1;4;31m" in text  # what stays
