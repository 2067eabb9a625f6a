r"""What an abstract's LaTeX means, in plain Unicode: the reference that repairs are measured against.

Written apart from the repair rules; the two share only the table of LaTeX's symbols. The style is the listings' own:
subscripts and superscripts stay as `_{…}` and `^{…}`, fonts vanish but for double-struck letters. Every token knows
the place in the source it came from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from curation.benchmark.page_model import PROPER_MATH
from curation.normalize.symbols import ACCENTS, DOUBLE_STRUCK, OPERATORS, SIZES, STYLES, SYMBOLS

__all__ = ["Token", "render", "tokenize"]


@dataclass(frozen=True, slots=True)
class Token:
    """Characters `start` to `end` of the source print as `out`."""

    start: int
    end: int
    out: str


_COMBINING = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip
_LETTERS = {"ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø", "O": "Ø"}
_LETTERS |= {"l": "ł", "L": "Ł"}
_SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "/": "", "quad": " ", "qquad": " "}
_ESCAPED = "%&#_{}$"

_TEXT = re.compile(
    r"""(?P<link>(?:https?://|www\.)[^\s{}]+)"""
    r"""|(?P<accent>\\(?:["'`^~=.]|[cvuHkrdb](?=[ {]))\s?(?P<brace>\{)?(?P<base>\\[ij](?![A-Za-z])|[A-Za-z])"""
    r"""(?(brace)\}))"""
    r"""|(?P<switch>\\(?:bf(?:series)?|em|it(?:shape)?|tt(?:family)?|sf|sc|rm|sl)(?![A-Za-z])\s*)"""
    r"""|\\(?P<command>[A-Za-z]+)|\\(?P<sign>[^A-Za-z])|(?P<group>[{}])|(?P<open>``)|(?P<close>'')"""
    r"""|(?P<dash>(?<!-)-{2,3}(?!-))|(?P<tie>~)|(?P<single>`)|(?P<plain>.)""",
    re.DOTALL,
)


def render(source: str) -> str:
    """Render an abstract of one line, in composed letters and with single blanks, as texts are published."""
    return unicodedata.normalize("NFC", " ".join("".join(token.out for token in tokenize(source)).split()))


def _close_quotes(tokens: list[Token]) -> list[Token]:
    """Turn the plain mark that closes a quotation opened by backticks."""
    closed: list[Token] = []
    opened = ""
    for at, token in enumerate(tokens):
        out = token.out
        if out in ("“", "‘"):
            opened = out
        elif out in ("”", "’"):
            opened = ""
        elif out == '"' and opened == "“":
            out, opened = "”", ""
        elif out == "'" and opened == "‘" and not (at + 1 < len(tokens) and tokens[at + 1].out[:1].isalnum()):
            out, opened = "’", ""
        closed.append(Token(token.start, token.end, out))
    return closed


def tokenize(source: str) -> list[Token]:
    """Cut an abstract into tokens, in order, with what each prints."""
    tokens: list[Token] = []
    done = 0
    for math in PROPER_MATH.finditer(source):
        tokens += _text_tokens(source, done, math.start())
        width = 2 if math[0].startswith("$$") else 1
        tokens.append(Token(math.start(), math.start() + width, ""))
        tokens += _Math(source, math.start() + width, math.end() - width).tokens()
        tokens.append(Token(math.end() - width, math.end(), ""))
        done = math.end()
    return _close_quotes(tokens + _text_tokens(source, done, len(source)))


def _text_tokens(source: str, start: int, end: int) -> list[Token]:
    return [Token(*match.span(), _print_text(match, source)) for match in _TEXT.finditer(source, start, end)]


def _print_text(match: re.Match[str], source: str) -> str:
    text = match[0]
    if match["accent"]:
        base = match["base"].lstrip("\\")
        composed = unicodedata.normalize("NFC", base + _COMBINING[text[1]])
        rest = source[match.end() - 1 :]
        if text[1] == "'" and not match["brace"] and re.match(r"(?:[stdm]|ll|re|ve)(?![A-Za-z])", rest):
            return "'" + base  # an escaped apostrophe
        in_word = re.search(r"[^\W_]\{?\Z", source[: match.start()]) is not None
        return composed if len(composed) == 1 and (in_word or text[1] != '"') else text
    if match["command"]:
        name = match["command"]
        if name in STYLES or name in ("url", "uline"):
            return ""
        return _LETTERS.get(name, SYMBOLS.get(name, text))
    if match["sign"]:
        return match["sign"] if match["sign"] in _ESCAPED else _SPACES.get(match["sign"], text)
    printed = {"dash": "—" if len(text) == 3 else "–"} | {
        "group": "",
        "switch": "",
        "open": "“",
        "close": "”",
        "tie": " ",
        "single": "‘",
    }
    return printed.get(match.lastgroup or "", text)


class _Math:
    """Renders one formula by descent: a command, a group, a script or a character at a time."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self.at = start
        self.end = end
        self.found: list[Token] = []

    def tokens(self) -> list[Token]:
        while self.at < self.end:
            self._one()
        return self.found

    def _emit(self, width: int, out: str) -> None:
        self.found.append(Token(self.at, self.at + width, out))
        self.at += width

    def _one(self) -> None:
        source, at = self.source, self.at
        if degree := re.compile(r"\^\s?(?:\\circ(?![A-Za-z])|\{\s?\\circ\s?\})").match(source, at, self.end):
            self._emit(len(degree[0]), "°")
        elif negated := re.compile(r"\\not\s?\\?(in|equiv|=|subset)(?![A-Za-z])").match(source, at, self.end):
            self._emit(len(negated[0]), {"in": "∉", "equiv": "≢", "=": "≠", "subset": "⊄"}[negated[1]])
        elif command := re.compile(r"\\([A-Za-z]+)\*?").match(source, at, self.end):
            self._command(command)
        elif source[at] == "\\" and at + 1 < self.end:
            sign = source[at + 1]
            self._emit(2, sign if sign in _ESCAPED else _SPACES.get(sign, "‖" if sign == "|" else ""))
        elif source[at] in "_^":
            self._emit(1, source[at])
            if self.at < self.end and source[self.at] == "{":
                self._group("{", "}")
        elif source[at] == "{":
            self._group("", "")
        elif dash := re.compile(r"(?<!-)-{2,3}(?!-)").match(source, at, self.end):
            self._emit(len(dash[0]), "—" if len(dash[0]) == 3 else "–")
        else:
            self._emit(1, {"~": " ", "}": ""}.get(source[at], source[at]))

    def _group(self, opening: str, closing: str) -> None:
        self._emit(1, opening)
        while self.at < self.end and self.source[self.at] != "}":
            self._one()
        if self.at < self.end:
            self._emit(1, closing)

    def _argument(self, opening: str = "", closing: str = "") -> str:
        """Render what a command takes: a group or the next token. Returns what it printed."""
        while self.at < self.end and self.source[self.at] == " ":
            self._emit(1, "")
        before = len(self.found)
        if self.at < self.end:
            if self.source[self.at] == "{":
                self._group(opening, closing)
            else:
                self._one()
        return "".join(token.out for token in self.found[before:])

    def _command(self, match: re.Match[str]) -> None:
        name, width = match[1], len(match[0])
        if name == "href":
            self._emit(width, "")
            self._argument()
            self.found.append(Token(self.at, self.at, " "))
            self._argument()
        elif name in {"frac", "tfrac", "dfrac"}:
            self._emit(width, "")
            self._wrapped()
            self.found.append(Token(self.at, self.at, "/"))
            self._wrapped()
        elif name == "sqrt":
            self._emit(width, "√")
            self._wrapped()
        elif name in ACCENTS:
            self._emit(width, "")
            self._argument()
            self.found.append(Token(self.at, self.at, ACCENTS[name]))
        elif name == "mathbb":
            self._emit(width, "")
            before = len(self.found)
            self._argument()
            self.found[before:] = [
                Token(token.start, token.end, DOUBLE_STRUCK.get(token.out, token.out)) for token in self.found[before:]
            ]
        elif name in STYLES or name in SIZES:
            self._emit(width, "")
            while self.at < self.end and self.source[self.at] == " ":
                self._emit(1, "")
        elif name in OPERATORS:
            self._emit(width, name)
        else:
            self._emit(width, _SPACES.get(name, SYMBOLS.get(name, name)))

    def _wrapped(self) -> None:
        """Render an argument, in parentheses unless it is one character or number."""
        before = len(self.found)
        printed = self._argument()
        if len(printed) > 1 and not printed.isalnum():
            self.found.insert(before, Token(self.found[before].start, self.found[before].start, "("))
            self.found.append(Token(self.at, self.at, ")"))
