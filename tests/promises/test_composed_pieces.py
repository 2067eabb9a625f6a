"""Edits laid side by side over the text they changed."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from curation.normalize import Edit, undo
from curation.normalize.pieces import Piece
from tests.profiles import examples
from tests.promises.edited_texts import TEXTS, assert_composed, normalize, redo


@examples(200)
@given(
    st.lists(st.sampled_from(["ab", "\n", "\n\n", "c", ""]), max_size=12).map("".join),
    st.sampled_from(["", " ", "xyz"]),
)
def test_one_edit_in_many_places_is_composed_and_undone(text: str, after: str) -> None:
    places = [place.start() for place in re.finditer("\n", text)]
    edits = [Edit("unwrap", places[0], places[0] + 1, "\n", after, tuple(places[1:]))] if places else []
    pieces = assert_composed(text, edits)
    assert sum("\n" in piece.before for piece in pieces) <= len(places)
    assert undo(redo(text, edits), edits) == text


@examples(400)
@given(TEXTS)
def test_composed_pieces_join_to_both_texts(text: str) -> None:
    assert_composed(text, normalize(text)[1])


@examples(600)
@given(st.text(alphabet="abc", max_size=12), st.data())
def test_composed_pieces_join_to_both_texts_for_any_edits(text: str, data: st.DataObject) -> None:
    edits: list[Edit] = []
    now = text
    for number in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(now)))
        end = data.draw(st.integers(start, len(now)))
        after = data.draw(st.text(alphabet="xyz", max_size=3))
        edits.append(Edit(f"rule-{number}", start, end, now[start:end], after))
        now = now[:start] + after + now[end:]
    assert_composed(text, edits)


def test_untouched_text_keeps_out_of_pieces_with_rules() -> None:
    text = "by 5\\% -- not 6\\%"
    assert assert_composed(text, normalize(text)[1]) == [
        Piece("by 5", "by 5"),
        Piece("\\%", "%", ("escaped-percent",)),
        Piece(" ", " "),
        Piece("--", "–", ("tex-dash",)),
        Piece(" not 6", " not 6"),
        Piece("\\%", "%", ("escaped-percent",)),
    ]


def test_neighbouring_edits_keep_pieces_of_their_own() -> None:
    percent = Piece("\\%", "%", ("escaped-percent",))
    assert assert_composed("5\\%\\%", normalize("5\\%\\%")[1]) == [Piece("5", "5"), percent, percent]
    assert assert_composed("`\\'e'", normalize("`\\'e'")[1]) == [
        Piece("`", "‘", ("tex-quotes",)),
        Piece("\\'e", "é", ("tex-accent",)),
        Piece("'", "’", ("tex-quotes",)),
    ]


def test_edits_of_the_same_characters_share_a_piece() -> None:
    text = 'a {\\"o}\u0304 b'
    assert assert_composed(text, normalize(text)[1]) == [
        Piece("a ", "a "),
        Piece('{\\"o}\u0304', "\u022b", ("tex-accent", "nfc")),
        Piece(" b", " b"),
    ]
