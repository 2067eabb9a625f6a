r"""How far the repairs and the damage flags can be trusted, on abstracts whose LaTeX is known.

Takes arXiv abstracts with their LaTeX (JSON lines with `id` and `abstract`, plain or gzip), strips them as the listing
page does, repairs them, and compares with a rendering of the original. Signs and rules were made on one half of the
sample, chosen by the hash of the id; the other half is reported. Run from the project's folder:

    python benchmarks/fidelity.py SAMPLE.jsonl.gz [--tune] [--listed N]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

# run as a file, its own folder is on the path and not the project's
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rendering import render, tokenize
from curation.benchmark.page_model import Remnant, Stripped, find_remnants, spell_greek, strip_page
from curation.normalize import RULES, Edit, normalize_texts, undo
from curation.normalize.bounds import BOUND_PRECISION
from curation.normalize.braces import BRACE_SIGNS
from curation.normalize.damage import SUSPECTED, VISIBLE, Damage, find_damage, find_signs
from curation.normalize.pieces import compose
from curation.normalize.signs import OTHER_SIGNS, SIGNS

_CERTAIN_OR_LAYOUT = tuple(rule for rule in RULES if rule.of != "math")
_CLASS_OF = {rule.id: rule.of for rule in RULES}


@dataclass(frozen=True, slots=True)
class Case:
    """An abstract, what the page makes of it, and what the page left behind there."""

    id: str
    stripped: Stripped
    remnants: tuple[Remnant, ...]
    prepared: str
    damage: Damage

    @property
    def damaged(self) -> bool:
        """Whether the page left something behind."""
        return bool(self.remnants)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--tune", action="store_true", help="report the half that the rules were made on, sign by sign")
    parser.add_argument("--listed", type=int, default=20, help="how many wrong cases to list of each kind")
    options = parser.parse_args()
    records = list(read_half(options.sample, tuning=options.tune))
    print(f"{len(records)} abstracts: the {'tuning' if options.tune else 'held-out'} half of {options.sample.name}")
    for title, change in (("as published", str), ("Greek letters of the math spelled as commands", spell_greek)):
        cases = make_cases(records, change)
        print(f"\n# {title}: {sum(case.damaged for case in cases)} abstracts with something left behind\n")
        report_detection(cases, options.listed)
        report_signs(cases, options.listed if options.tune else 0)
        report_repairs(cases, options.listed)
    report_untouched(records, options.listed)
    report_ledger(records)


def read_half(path: Path, *, tuning: bool) -> Iterator[tuple[str, str]]:
    """Yield id and abstract, in one line, of one half of the sample."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            first = hashlib.sha256(record["id"].encode()).digest()[0]
            if (first % 2 == 0) == tuning:
                yield record["id"], " ".join(record["abstract"].split())


def make_cases(records: Iterable[tuple[str, str]], change: Callable[[str], str]) -> list[Case]:
    """Strip abstracts, and look for damage where the rules for prose have done their work."""
    found = [(id_, strip_page(change(abstract))) for id_, abstract in records]
    prepared, _ = normalize_texts(pa.array([one.text for _, one in found]), _CERTAIN_OR_LAYOUT)
    return [
        Case(id_, one, tuple(find_remnants(one)), text, find_damage(text))
        for (id_, one), text in zip(found, prepared.to_pylist(), strict=True)
    ]


def wilson(good: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.975)
    share = good / total
    center = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5 / (1 + z * z / total)
    return max(0.0, center - half), min(1.0, center + half)


def share(good: int, total: int) -> str:
    """Spell a share with its interval."""
    low, high = wilson(good, total)
    return f"{good / total if total else 0:.4f} [{low:.4f}, {high:.4f}] ({good}/{total})"


def report_detection(cases: list[Case], listed: int) -> None:
    """Print the curve of precision and recall over the threshold, by abstract, and the shipped point by span."""
    damaged = sum(case.damaged for case in cases)
    thresholds = sorted({round(case.damage.score, 3) for case in cases if case.damage.score} | {VISIBLE, SUSPECTED})
    print("threshold  precision                            recall")
    for threshold in reversed(thresholds):
        flagged = [case for case in cases if case.damage.score >= threshold]
        right = sum(case.damaged for case in flagged)
        mark = "  <- visible" if threshold == VISIBLE else "  <- suspected" if threshold == SUSPECTED else ""
        print(f"{threshold:9.3f}  {share(right, len(flagged)):<35}  {share(right, damaged)}{mark}")
    visible = [case for case in cases if case.damage.level == "visible"]
    spans = [
        (span, case) for case in visible for span in case.damage.spans if span.kind in ("command", "braces", "dollar")
    ]
    hits = sum(
        any(_same_text(span.start, span.end, case, remnant) for remnant in case.remnants) for span, case in spans
    )
    remnants = [(remnant, case) for case in cases for remnant in case.remnants]
    found = sum(
        case.damage.level == "visible"
        and any(_same_text(span.start, span.end, case, remnant) for span in case.damage.spans)
        for remnant, case in remnants
    )
    print(f"\nspans flagged visible that are remnants:  {share(hits, len(spans))}")
    print(f"remnants inside a span flagged visible:   {share(found, len(remnants))}")
    wrong = [case for case in visible if not case.damaged]
    for case in wrong[:listed]:
        best = max(case.damage.spans, key=lambda span: span.precision)
        print(f"  wrongly visible {case.id}: {best.sign}: {_around(case.prepared, best.start, best.end)}")
    print()


def _same_text(start: int, end: int, case: Case, remnant: Remnant) -> bool:
    """Tell whether a span of the prepared text is a remnant of the stripped one, by what stands there and where."""
    text, other = case.prepared[start:end], case.stripped.text[remnant.start : remnant.end]
    shift = len(case.stripped.text) - len(case.prepared)
    slack = abs(shift) + 3 * case.stripped.text.count("\\") + 8
    near = abs(start - remnant.start) <= slack
    return near and (other in text or text in other)


def _around(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 30) : start]}[{text[start:end]}]{text[end : end + 25]}"


def report_signs(cases: list[Case], listed: int) -> None:
    """Print for every sign the abstracts that have it, how many are damaged, and how many lost anything at all."""
    with_sign: dict[str, set[str]] = defaultdict(set)
    examples: dict[str, list[str]] = defaultdict(list)
    damaged = {case.id for case in cases if case.damaged}
    for case in cases:
        for span in find_signs(case.prepared):
            if case.id not in with_sign[span.sign] and case.id not in damaged:
                examples[span.sign].append(_around(case.prepared, span.start, span.end))
            with_sign[span.sign].add(case.id)
    lossy = damaged | _lossy([case for case in cases if case.damage.score and not case.damaged])
    suspected = {case.id for case in cases if case.damage.level == "suspected"}
    print(f"suspected abstracts in which something was left behind: {share(len(suspected & damaged), len(suspected))}")
    print(f"suspected abstracts that lost anything, seen or not:    {share(len(suspected & lossy), len(suspected))}\n")
    print("sign                       with it   damaged   lost anything   precision in use")
    in_use = {sign.id: sign.precision for sign in SIGNS}
    in_use |= {sign.id: sign.precision for sign in OTHER_SIGNS}
    in_use |= BRACE_SIGNS | {"equal-bounds": BOUND_PRECISION}
    for name, precision in in_use.items():
        ids = with_sign.get(name, set())
        shown = f"   {examples[name][:3]}" if listed else ""
        print(f"{name:<26} {len(ids):7} {len(ids & damaged):9} {len(ids & lossy):15} {precision:18.2f}{shown}")
    missed = [case for case in cases if case.damaged and case.damage.level != "visible"]
    for case in missed[:listed]:
        first = case.remnants[0]
        print(f"  missed {case.id}: {_around(case.stripped.text, first.start, first.end)}")
    print()


def _lossy(cases: list[Case]) -> set[str]:
    """Return the abstracts that read differently from the original's rendering, white space and braces aside."""
    texts, _ = normalize_texts(pa.array([case.stripped.text for case in cases], pa.string()), _CERTAIN_OR_LAYOUT)
    bare = str.maketrans("", "", " {}")
    return {
        case.id
        for case, text in zip(cases, texts.to_pylist(), strict=True)
        if text.translate(bare) != render(case.stripped.source).translate(bare)
    }


def report_repairs(cases: list[Case], listed: int) -> None:
    """Print, rule by rule, how often a repair is what the original prints, and the character error rates."""
    texts, edits = normalize_texts(pa.array([case.stripped.text for case in cases]))
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong: dict[str, list[str]] = defaultdict(list)
    for row, made in edits.items():
        case = cases[row]
        for rule, printed, after, place in _compare(case.stripped, made):
            total[rule] += 1
            if printed == after:
                right[rule] += 1
            else:
                wrong[rule].append(f"{case.id}: {place}: {after!r}, the original prints {printed!r}")
    print("rule                 class    fired, and equal to the rendering of the original")
    for rule in dict.fromkeys(rule.id for rule in RULES):
        print(f"{rule:<20} {_CLASS_OF[rule]:<8} {share(right[rule], total[rule])}")
    for rule, lines in wrong.items():
        for line in lines[:listed]:
            print(f"  {rule} {line}")
    _report_errors([case for case in cases if case.damaged], texts, cases)


def _compare(stripped: Stripped, made: list[Edit]) -> Iterator[tuple[str, str, str, str]]:
    """Yield for each edited piece its rule, what the original prints there, what the repair put there, and where."""
    tokens = tokenize(stripped.source)
    at = 0
    for piece in compose(stripped.text, made):
        start, at = at, at + len(piece.before)
        if not piece.rules:
            continue
        if piece.before:
            first = stripped.origins[start]
            while first and stripped.source[first - 1] == "\\":
                first -= 1
            last = stripped.origins[at - 1] + 1
            # What prints between two characters of the source (a lost bar or root) is not the repair's to know.
            within = (one for one in tokens if first <= one.start and one.end <= last)
            printed = "".join(one.out for one in within if one.start < one.end or one.start > first)
        else:
            printed = ""
        place = _around(stripped.text, start, at)
        rules = [rule for rule in piece.rules if _CLASS_OF[rule] == "math"] or list(piece.rules)
        yield rules[-1], _plain_form(printed), _plain_form(piece.after), place


def _plain_form(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _report_errors(damaged: list[Case], texts: pa.Array, cases: list[Case]) -> None:
    if not damaged:
        return
    repaired = {case.id: text for case, text in zip(cases, texts.to_pylist(), strict=True)}
    rows = []
    for case in damaged:
        reference = render(case.stripped.source)
        errors = [
            Levenshtein.distance(text, reference) for text in (case.stripped.text, case.prepared, repaired[case.id])
        ]
        rows.append((*errors, len(reference)))
    table = np.array(rows, dtype=float)
    draws = np.random.default_rng(0).integers(0, len(table), size=(2000, len(table)))
    print(f"\ncharacter error rate of the {len(table)} damaged abstracts against the rendering of the original")
    for name, column in (("page", 0), ("page, prose rules only", 1), ("repaired", 2)):
        rate = table[:, column].sum() / table[:, 3].sum()
        low, high = np.quantile(table[draws, column].sum(1) / table[draws, 3].sum(1), [0.025, 0.975])
        print(f"  {name:<24} {100 * rate:.3f} % [{100 * low:.3f}, {100 * high:.3f}]")
    ratio = table[:, 2].sum() / table[:, 1].sum()
    low, high = np.quantile(table[draws, 2].sum(1) / table[draws, 1].sum(1), [0.025, 0.975])
    print(f"  repaired / prose only    {ratio:.3f} [{low:.3f}, {high:.3f}]")


_TEX = re.compile(r"[\\${}~`]|--|''|\|\||[^\x00-\x7f][^\x00-\x7f]|[\x80-\x9f]")


def report_untouched(records: list[tuple[str, str]], listed: int) -> None:
    """Print the edits on abstracts with nothing of TeX in them, white space and Unicode form aside.

    A blank that is missing between two sentences is something to repair: those are counted and listed by themselves.
    """
    clean = [(id_, text) for id_, text in records if not _TEX.search(text)]
    published, edits = normalize_texts(pa.array([text for _, text in clean]))
    touched = [(row, edit) for row, made in edits.items() for edit in made if _CLASS_OF[edit.rule] != "layout"]
    blanks = [(row, edit) for row, edit in touched if edit.rule == "glued-sentence"]
    others = [(row, edit) for row, edit in touched if edit.rule != "glued-sentence"]
    print("\n# abstracts without TeX")
    print(f"changed by any rule but glued-sentence: {share(len({row for row, _ in others}), len(clean))}")
    for row, edit in others:
        print(f"  {clean[row][0]} {edit.rule}: {_around(clean[row][1], edit.start, edit.end)}")
    print(f"given a missing blank:                  {share(len({row for row, _ in blanks}), len(clean))}")
    for row, edit in blanks[:listed]:
        text = published[row].as_py()  # a text's edits go from left to right: up to here it is as it was then
        print(f"  {clean[row][0]}: {text[max(0, edit.start - 30) : edit.start]}[ ]{text[edit.start + 1 :][:25]}")


def report_ledger(records: list[tuple[str, str]]) -> None:
    """Print whether every edit can be taken back and a second repair finds nothing, on page text and on raw LaTeX."""
    print("\n# ledger")
    stripped = [strip_page(text).text for _, text in records]
    for name, texts in (("page text", stripped), ("raw LaTeX", [text for _, text in records])):
        started = time.perf_counter()
        published, edits = normalize_texts(pa.array(texts))
        seconds = time.perf_counter() - started
        back = sum(
            undo(new, edits.get(row, [])) == old
            for row, (old, new) in enumerate(zip(texts, published.to_pylist(), strict=True))
        )
        _, more = normalize_texts(published)
        print(
            f"{name}: {sum(map(len, edits.values()))} edits in {len(edits)} abstracts ({seconds:.1f} s), undone exactly"
            f" {back}/{len(texts)}, edits of a second run {sum(map(len, more.values()))}"
        )


if __name__ == "__main__":
    main()
