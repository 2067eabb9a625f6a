"""One line of JSON lines: the object it holds, the texts in that, and the line with labels at its end."""

from __future__ import annotations

import json
from typing import Any

from curation.errors import InputFileError, Location
from curation.label.file_columns import ADDED, Values

__all__ = ["json_line", "json_object", "json_text"]


def json_object(text: str, where: Location) -> dict[str, Any]:
    """Read the object of a line; names that it has twice are refused."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputFileError(f"an object has {twice!r} twice", where=where, hint="rename or drop one of them")
        return value

    expected = 'an object on each line, for example {"title": "…", "abstract": "…"}'
    try:
        # whole numbers go out as they came in; read as such, long ones would be refused
        value = json.loads(text, object_pairs_hook=unique, parse_int=float)
    except (json.JSONDecodeError, RecursionError) as error:
        hint = "write each object on a line of its own, for example with `jq -c`"
        raise InputFileError(f"the line is not JSON: {error}", where=where, expected=expected, hint=hint) from error
    if not isinstance(value, dict):
        hint = "write a list as lines, for example with `jq -c '.[]'`"
        raise InputFileError(f"the line is {_named(value)}", where=where, expected=expected, hint=hint)
    return value


def json_text(value: dict[str, Any], name: str, where: Location) -> str | None:
    """Return a text of an object, None where there is none."""
    text = value.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        hint = "write it as text, or null where there is none"
        raise InputFileError(f"{name} is {_named(text)}", where=where, expected="text or null", hint=hint)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise InputFileError(
            f"{name} has half of a surrogate pair", where=where, expected="text of whole characters", hint="repair it"
        )
    return text


def json_line(text: str, values: Values) -> str:
    """Put labels at the end of the object of a line, which else stays as it is spelled."""
    added = json.dumps(dict(zip(ADDED, values, strict=True)), ensure_ascii=False)
    begun = text[:-1]
    return begun + ("" if begun.strip() == "{" else ", ") + added[1:]


def _named(value: object) -> str:
    names = {
        bool: "true or false",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
    return names[type(value)]
