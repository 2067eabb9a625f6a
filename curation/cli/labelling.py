"""The command `label`: a file of papers in, the same with topics out, and a report."""

from __future__ import annotations

import json
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from curation.cli.report import count, progress, visible
from curation.errors import InputFileError, Location, OutputError
from curation.label.files import FORMATS, form_of, label_file
from curation.label.labeler import Answer, load_labeler
from curation.label.readable import REASONS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["LabelReport", "label"]

_NOT_SURE: Final = REASONS[-1]
# Places of unreadable texts: as many as JSON tells, and people read.
_KEPT: Final = 100
_SHOWN: Final = 5


@dataclass(slots=True)
class LabelReport:
    """What became of the rows of a file.

    Attributes:
        version: Of the labeler.
        threshold: Probability of the primary topic below which it abstained.
        unit: How places are counted: `line` (the first of a row) or `row` (from 1).
        topics: How many rows have each primary topic.
        reasons: How many rows have none, by reason.
        places: Of rows whose text could not be read, the first 100 for each reason.
        blank_lines: Lines that were left out.
    """

    version: str
    threshold: float
    unit: str
    topics: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[int]] = field(default_factory=dict)
    blank_lines: int = 0

    def add(self, place: int, answer: Answer) -> None:
        """Count an answer."""
        if answer.reason is None:
            self.topics[answer.topics[0]] += 1
            return
        self.reasons[answer.reason] += 1
        if answer.reason != _NOT_SURE and len(places := self.places.setdefault(answer.reason, [])) < _KEPT:
            places.append(place)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; `unreadable` names the first 100 rows whose text could not be read."""
        unreadable = sorted((place, reason) for reason, places in self.places.items() for place in places)
        return {
            "rows": self.topics.total() + self.reasons.total(),
            "labelled": self.topics.total(),
            "abstained": {reason: self.reasons[reason] for reason in REASONS},
            "by_primary_topic": {topic: self.topics[topic] for topic in TOPIC_IDS},
            "unreadable": [{self.unit: place, "reason": reason} for place, reason in unreadable[:_KEPT]],
            "blank_lines": self.blank_lines,
            "labeler_version": self.version,
            "threshold": self.threshold,
        }

    def as_text(self) -> Iterator[str]:
        """Yield lines for people."""
        labelled, abstained = self.topics.total(), self.reasons.total()
        reasons = ", ".join(f"{reason} {self.reasons[reason]}" for reason in REASONS if self.reasons[reason])
        told = f"{count(labelled + abstained, 'row')}: {labelled} labelled, {abstained} abstained"
        yield told + (f" ({reasons})" if reasons else "")
        for reason in (reason for reason in REASONS if reason in self.places):
            shown = self.places[reason][:_SHOWN]
            further = self.reasons[reason] - len(shown)
            places = f"{self.unit}{'' if len(shown) == 1 else 's'} {', '.join(map(str, shown))}"
            yield f"{reason}: {places}" + (f" and {further} more" if further else "")
        if self.blank_lines:
            yield f"{count(self.blank_lines, 'blank line')} left out"
        yield f"labeler {self.version}, threshold {self.threshold:.3g}"


def label(source: Path, out: Path | None, threshold: float | None, as_json: bool) -> None:
    """Label a file and report; the report goes to standard error where the rows go to standard output.

    Args:
        source: A Parquet, CSV or JSON lines file.
        out: Where to, a file of the same format; standard output when missing, which Parquet is not for.
        threshold: Probability of the primary topic below which the labeler abstains; its own when missing.
        as_json: Whether the report is one JSON object.

    Raises:
        InputFileError: The file cannot be labelled; nothing was written.
        OutputError: The output cannot be written, or does not fit the input.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise InputFileError(f"the threshold is {threshold}", expected="a probability", hint="choose one from 0 to 1")
    form = _check_source(source)
    _check_out(source, form, out)
    labeler = load_labeler()
    least = labeler.calibration.least_confidence if threshold is None else threshold
    result = LabelReport(labeler.version, least, "row" if form == "Parquet" else "line")

    @contextmanager
    def watch(rows: int) -> Iterator[Callable[[int, Answer], None]]:
        # on one terminal, the bar would run through the rows
        shown = out is not None or not sys.stdout.isatty()
        bar: AbstractContextManager[Callable[[str], None]] = progress(rows) if shown else nullcontext(lambda step: None)
        with bar as step:

            def tell(place: int, answer: Answer) -> None:
                step("labelling")
                result.add(place, answer)

            yield tell

    result.blank_lines = label_file(source, out or sys.stdout.buffer, threshold=threshold, watch=watch)
    sys.stdout.buffer.flush()
    to = sys.stderr if out is None else sys.stdout
    if as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=2), file=to)
        return
    for line in result.as_text():
        print(line, file=to)
    if out is not None:
        print(f"{visible(str(out))}: written", file=to)


def _check_source(source: Path) -> str:
    """Return the format of the input."""
    form, _ = form_of(source)
    expected = f"a name that ends in {', '.join(FORMATS)}; the text ones also in .gz"
    where = Location(source)
    try:
        found = source.stat()
    except FileNotFoundError as error:
        raise InputFileError("there is no such file", where=where, hint="check the path") from error
    except OSError as error:
        raise InputFileError(
            f"the file cannot be read ({error.strerror})", where=where, hint="check the path"
        ) from error
    if form is None:
        raise InputFileError(
            "its name does not tell the format", where=where, expected=expected, hint="rename or convert it"
        )
    if not stat.S_ISREG(found.st_mode):
        raise InputFileError(
            "this is no regular file", where=where, expected="a file that can be read twice", hint="name one"
        )
    if not found.st_size:
        raise InputFileError("the file is empty", where=where, expected="papers", hint="check the path")
    return form


def _check_out(source: Path, form: str, out: Path | None) -> None:
    """Refuse a place for the output before anything is labelled."""
    if out is None:
        if form == "Parquet":
            hint = "name a file, with `--out FILE.parquet`"
            raise OutputError("a Parquet file does not go to standard output", where=Location(source), hint=hint)
        return
    where = Location(out)
    if form_of(out)[0] != form:
        suffixes = " or ".join(suffix for suffix, other in FORMATS.items() if other == form)
        packed = "" if form == "Parquet" else ", with or without .gz"
        raise OutputError(
            f"the input is {form}, and so is the output",
            where=where,
            expected=f"a name that ends in {suffixes}{packed}",
            hint="rename the output, and convert it afterwards",
        )
    try:
        same, folder = out.samefile(source), out.is_dir()
    except OSError:
        return  # there is no such file yet
    if same or folder:
        what = "this is a folder" if folder else "this is the input, which is not written over"
        raise OutputError(what, where=where, hint="choose another --out")
