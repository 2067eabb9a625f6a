"""Texts full of TeX and of what a page leaves of it, and what the tests of edits do with them."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

from curation.normalize import RULES, Edit, Rule, normalize_texts
from curation.normalize.pieces import Piece, compose
from curation.normalize.signs import SIGNS

__all__ = ["RULE_BY_ID", "SCRAPS", "TEX", "TEXTS", "assert_composed", "normalize", "redo"]

SCRAPS = (
    *("\\", '"', "'", "`", "^", "~", "-", "%", "$", "{", "}", "(", ")", "[", "]", " ", "\u00a0", "\n", "o", "i"),
    *("\\\"", "\\'", "\\`", "\\c", "\\o", "\\aa", "\\%", "\\i", "\\(", "\\)", "``", "''", "--", "---", "$$", "https://"),
    *("a ", "word", "ö", "o\u0308", "\u0308", "\u1112\u1161\u11ab", "\u212b", "\ufb01", "漢", "😀", "\u2028"),
    *("5", ".", "é", "\x01", "s "),
)  # fmt: skip
TEX = st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join)
# names and braces that the page leaves of math, fragments of TeX, lines, wrongly decoded characters
_NAMES = sorted({name for sign in SIGNS for name in sign.names})
_FONTS = ("texttt{", "emph{", "textbf{", *",;&_#")
_REMNANTS = (
    *(
        "x",
        "n",
        "T",
        "O",
        "(",
        ")",
        "{",
        "}",
        "_",
        "^",
        "=",
        "<",
        ",",
        ".",
        "3",
        "10",
        "!",
        "|",
        "~",
        " ",
        "{\\em ",
        "}{",
    ),
    *("O(d/", "a.md{", "Ã¶", "â€™", "â€œ", "\r\n", "\n", "performance.We ", "(ASWA)and ", "[https://a.b||https://a.b]"),
    *(f"\\{name}" for name in (*_NAMES, *_FONTS)),
)
REMNANTS = st.lists(
    st.one_of(st.sampled_from(SCRAPS), st.sampled_from(_NAMES), st.sampled_from(_REMNANTS), st.just(" ")), max_size=12
).map("".join)
TEXTS = st.one_of(TEX, REMNANTS, st.text(max_size=60))
RULE_BY_ID = {rule.id: rule for rule in RULES}


def normalize(text: str, *rules: Rule) -> tuple[str, list[Edit]]:
    texts, edits = normalize_texts(pa.array([text], type=pa.string()), rules or RULES)
    return texts[0].as_py(), edits.get(0, [])


def redo(text: str, edits: list[Edit]) -> str:
    """Make edits again, in their order, by nothing but what is on record."""
    for edit in edits:
        for start in (*reversed(edit.offsets), edit.start):
            end = start + len(edit.before)
            assert text[start:end] == edit.before
            text = text[:start] + edit.after + text[end:]
    return text


# Words, names and spellings of their authors' that look like what a page leaves of math, or like slips.


def assert_composed(captured: str, edits: list[Edit]) -> list[Piece]:
    pieces = compose(captured, edits)
    assert "".join(piece.before for piece in pieces) == captured
    assert "".join(piece.after for piece in pieces) == redo(captured, edits)
    for piece in pieces:
        assert piece.before or piece.after
        assert piece.rules or piece.before == piece.after
    assert {rule for piece in pieces for rule in piece.rules} <= {edit.rule for edit in edits}
    return pieces
