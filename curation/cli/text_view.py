"""How a changed text looks: what was given above what it became, each edit in its class's colour, damage marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from curation.cli.report import visible
from curation.normalize.pieces import Piece
from curation.normalize.rules import RULE_CLASSES, class_of

__all__ = ["CLASS_STYLES", "compared", "legend"]

# Readable on light and dark ground.
CLASS_STYLES = {"layout": "blue", "certain": "green", "math": "magenta", None: "green"}
_DAMAGE = "bold red underline"


def legend(*, colour: bool) -> Text:
    """Return the key to the colours, or to the brackets that stand for them."""
    if not colour:
        return Text("⟦before→after⟧ an edit, ⟪…⟫ damage that stays")
    parts = [(name, CLASS_STYLES[name]) for name in RULE_CLASSES]
    key = Text("edits: ", style="dim")
    for name, style in parts:
        key.append(name, style=f"not dim {style}").append(" ")
    return key.append("damage: ").append("stays", style=f"not dim {_DAMAGE}")


def compared(
    pieces: Sequence[Piece], damage: Sequence[dict[str, Any]], *, colour: bool, names: tuple[str, str]
) -> Iterator[Text]:
    """Yield a text as it was given and as it is now.

    Args:
        pieces: The text in pieces.
        damage: Places of damage in the text as it is now: `start`, `end`, `repaired`.
        colour: Whether colours will be seen.
        names: What to call the two.
    """
    stays = [(place["start"], place["end"]) for place in damage if not place["repaired"]]
    if any(piece.rules for piece in pieces):
        yield Text(names[0], style="dim")
        yield _given(pieces) if colour else Text(visible("".join(piece.before for piece in pieces)))
        yield Text(names[1], style="dim")
    yield _coloured(pieces, stays) if colour else Text(_bracketed(pieces, stays))


def _style(piece: Piece) -> str:
    classes = [class_of(rule) for rule in piece.rules]
    return CLASS_STYLES["math" if "math" in classes else classes[-1]]


def _given(pieces: Sequence[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        text.append(visible(piece.before), style=f"{_style(piece)} strike" if piece.rules else "")
    return text


def _coloured(pieces: Sequence[Piece], stays: list[tuple[int, int]]) -> Text:
    text = Text()
    at = 0
    for piece in pieces:
        text.append(visible(piece.after), style=f"bold {_style(piece)}" if piece.rules else "")
        at += len(piece.after)
    for start, end in stays:
        text.stylize(_DAMAGE, start, end)
    return text


def _bracketed(pieces: Sequence[Piece], stays: list[tuple[int, int]]) -> str:
    """Write the marks into the text; at one place what ends comes before what starts."""
    marks: list[tuple[int, int, str]] = [(start, 2, "⟪") for start, _ in stays] + [(end, 0, "⟫") for _, end in stays]
    at = 0
    for piece in pieces:
        end = at + len(piece.after)
        if piece.rules:
            marks += [(at, 3, f"⟦{visible(piece.before)}→"), (end, 4 if at == end else -1, "⟧")]
        at = end
    text = "".join(piece.after for piece in pieces)
    parts: list[str] = []
    done = 0
    for place, _, mark in sorted(marks, key=lambda one: one[:2]):
        parts += [visible(text[done:place]), mark]
        done = place
    return "".join([*parts, visible(text[done:])])
