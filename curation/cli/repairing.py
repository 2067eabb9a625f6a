"""The command `repair`: text in, repaired text out, with a report."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from curation.cli import report
from curation.cli.explanation import edit_list
from curation.cli.text_view import compared, legend
from curation.errors import InputFileError, Location
from curation.normalize.pieces import compose
from curation.repair import Repaired, repair_lines
from curation.repair import repair as repair_texts

__all__ = ["repair"]

_STANDARD_INPUT = "standard input"
_BETWEEN_PARAGRAPHS = re.compile(r"(\n[ \t]*(?:\n[ \t]*)+|\n*\Z)")


def repair(source: str, form: str) -> None:
    """Repair a file or standard input.

    Args:
        source: A path, or `-`.
        form: `text`, `json` or `jsonl`.

    Raises:
        InputFileError: The input cannot be read, is not UTF-8 text, or a line of it is not what was announced.
    """
    with _opened(source) as (stream, name):
        if form == "jsonl":
            for answer in repair_lines(stream, name):
                print(json.dumps(answer, ensure_ascii=False), flush=source == "-")
            return
        text = _decoded(stream.read(), name)
    parts = _BETWEEN_PARAGRAPHS.split(text)
    repaired = repair_texts(parts[::2])
    if form == "json":
        rules = Counter(edit.rule for one in repaired for edit in one.edits)
        told = [{"before": one.before, **one.as_json()} for one in repaired if one.before]
        print(
            json.dumps({"paragraphs": told, "edits_by_rule": dict(sorted(rules.items()))}, ensure_ascii=False, indent=2)
        )
    elif sys.stdout.isatty():
        _show(repaired)
    else:
        sys.stdout.write("".join(one.text + gap for one, gap in zip(repaired, [*parts[1::2], ""], strict=False)))
        sys.stdout.flush()
    if form == "text":
        print(_summary(repaired), file=sys.stderr)


@contextmanager
def _opened(source: str) -> Iterator[tuple[BinaryIO, str]]:
    """Open the input; reading a file shows a bar on a terminal."""
    if source == "-":
        yield sys.stdin.buffer, _STANDARD_INPUT
        return
    path = Path(source)
    try:
        with path.open("rb") as file, report.reading(file, path) as shown:
            if path.suffix == ".gz":
                with gzip.open(shown) as unpacked:
                    yield unpacked, source  # type: ignore[misc]
            else:
                yield shown, source
    except BrokenPipeError:
        raise  # of our own output
    except gzip.BadGzipFile as error:
        raise InputFileError("the file is not gzip", where=Location(source), hint="rename or pack it again") from error
    except EOFError as error:
        raise InputFileError("the gzip file ends too early", where=Location(source), hint="fetch it again") from error
    except OSError as error:
        raise InputFileError(
            f"the file cannot be read ({error.strerror})", where=Location(source), hint="check the path"
        ) from error


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputFileError(
            "the text is not UTF-8", where=Location(name, byte=error.start), hint="convert it, for example with iconv"
        ) from error


def _show(repaired: Sequence[Repaired]) -> None:
    """Show on a terminal each paragraph, with its edits and its damage."""
    console = report.console()
    colour = console.color_system is not None
    if any(one.edits or one.marks.places for one in repaired):
        console.print(legend(colour=colour))
    for one in repaired:
        if not one.before:
            continue
        told: dict[str, Any] = one.as_json()
        pieces = compose(one.before, one.edits)
        for line in compared(pieces, told["math_damage_spans"], colour=colour, names=("given", "repaired")):
            console.print(line)
        for entry in edit_list(told["edits"]):
            console.print(entry)
        console.print()


def _summary(repaired: Sequence[Repaired]) -> str:
    """Tell in one line what was done."""
    rules = Counter(edit.rule for one in repaired for edit in one.edits)
    listed = ", ".join(f"{rule} {number}" for rule, number in sorted(rules.items()))
    edits = report.count(rules.total(), "edit") + (f" ({listed})" if listed else "")
    levels = Counter(one.marks.level for one in repaired)
    level = next(name for name in ("visible", "suspected", "none") if levels[name] or name == "none")
    places = [place for one in repaired for place in one.marks.places]
    stay = sum(not place.repaired for place in places)
    return f"{edits}; math damage: {level}" + (
        f", {stay} of {report.count(len(places), 'place')} stay" if places else ""
    )
