"""Promise 2 on the two real listings."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from curation.normalize import Edit
from curation.release.reader import open_release
from tests.promises.accounts import real_tables
from tests.promises.edited_texts import assert_composed
from tests.releases import as_edit

# Misspelt by their authors, each once, in the captured text.
TYPOS = (
    *("blcokmodels", "userdefined", "Furthemore", "espeically", "Dirchlet", "Inceptio", "baed", "componant"),
    *("solveable", "neglible", "DisBask", "quantitaive", "polylogarithimic"),
)
KINDS = {
    "escaped-percent": {("\\%", "%")},
    "glued-sentence": {("", " ")},
    "joined-link": {
        ("[https://github.com/kvmduc/BDBM||https://github.com/kvmduc/BDBM]", "https://github.com/kvmduc/BDBM")
    },
    "math-accent": {("tilde Omega", "Ω̃")},
    "math-approximately": {("approx", "≈")},
    "math-font": {("{bf A}", "A"), ("{bf b}", "b"), ("boldsymbol{epsilon}", "ε")},
    "math-greek": {("alpha", "α"), ("epsilon", "ε"), ("eta", "η"), ("theta", "θ"), ("Omega", "Ω")},
    "math-link": {("{", " "), ("}", "")},
    "math-relation": {("gg", "≫")},
    "math-symbol": {("ell", "ℓ"), ("cdot", "·"), ("sum", "∑"), ("infty", "∞")},
    "math-times": {("times", "×")},
    "orphan-brace": {("{", ""), ("}", "")},
    "tex-accent": {('\\"o', "ö"), ('\\"i', "ï")},
    "tex-dash": {("--", "–")},
    "tex-font": {("\\texttt{", ""), ("}", "")},
    "tex-quotes": {("``", "“"), ("''", "”"), ('"', "”"), ("`", "‘"), ("'", "’")},
    "tex-space": {("\\,", " ")},
    "tex-symbol": {("{\\alpha}", "α")},
    "tex-tie": {("~", " "), ("~", "")},
}
COUNTS = {
    "escaped-percent": 16,
    "glued-sentence": 2,
    "joined-link": 1,
    "math-accent": 1,
    "math-approximately": 3,
    "math-font": 7,
    "math-greek": 14,
    "math-link": 2,
    "math-relation": 1,
    "math-symbol": 9,
    "math-times": 7,
    "orphan-brace": 7,
    "tex-accent": 9,
    "tex-dash": 18,
    "tex-font": 2,
    "tex-quotes": 18,
    "tex-space": 4,
    "tex-symbol": 3,
    "tex-tie": 3,
}


def test_the_real_listings_are_changed_by_so_many_edits_of_each_rule(release: Path) -> None:
    counts = Counter(row["rule"] for row in real_tables()["edits"])
    assert counts == COUNTS
    assert open_release(release).manifest["statistics"]["edits_by_rule"] == counts


def test_every_edit_of_the_real_listings_is_of_its_rule_s_kind() -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in real_tables()["edits"]:
        found.setdefault(row["rule"], set()).add((row["before"], row["after"]))
    assert found == KINDS


@pytest.mark.parametrize("typo", TYPOS)
def test_an_author_s_own_typo_stays(typo: str) -> None:
    word = re.compile(rf"\b{typo}\b")
    papers = real_tables()["papers"]
    assert sum(len(word.findall(f"{row['title']} {row['abstract']}")) for row in papers) == 1


def test_a_real_text_without_edits_is_published_as_it_was_captured() -> None:
    tables = real_tables()
    edited = {(row["paper_id"], row["field"]) for row in tables["edits"]}
    captured = {row["paper_id"]: row for row in tables["listings"] if row["is_survivor"]}
    same = [
        paper[field] == captured[paper["paper_id"]][field]
        for paper in tables["papers"]
        for field in ("title", "abstract")
        if (paper["paper_id"], field) not in edited
    ]
    assert all(same)
    assert len(same) == 2 * 244 - len(edited)


def test_every_text_of_the_real_listings_is_composed_into_its_pieces() -> None:
    tables = real_tables()
    captured = {row["paper_id"]: row for row in tables["listings"] if row["is_survivor"]}
    edits: dict[tuple[str, str], list[Edit]] = {}
    for row in tables["edits"]:
        edits.setdefault((row["paper_id"], row["field"]), []).append(as_edit(row))
    papers = {row["paper_id"]: row for row in tables["papers"]}
    assert len({paper for paper, _ in edits}) == 59
    for (paper, field), made in edits.items():
        pieces = assert_composed(captured[paper][field], made)
        assert "".join(piece.after for piece in pieces) == papers[paper][field]
        assert sum(bool(piece.rules) for piece in pieces) == len(made)
