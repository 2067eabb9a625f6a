"""Ways in which a captured page can be damaged: each a function of its bytes and a source of chance."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.listing_pages import BOILERPLATE, SENTENCES

__all__ = ["OPERATORS", "Operator", "mutate"]

Operator = Callable[[bytes, Random], bytes]

_BOM = b"\xef\xbb\xbf"
_SCRAPS = ("\\", "``", "''", "`", '"', "--", "---", "$", "{", "}", "\\%", '\\"o', "\\c c", "http://", "<b>", "  ")
_ODD = ("\x01", "\x07", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\x9f", "\u00ad", "\u200b", "\u2028", "\ufeff")
_LETTERS = ("o\u0308", "\u0308", "\ufb01", "\u2126", "漢", "한", "\u1112\u1161\u11ab", "😀", "\U0010ffff", "İ")


def _lines(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def _text_at(rng: Random, lines: list[bytes]) -> int:
    """Choose a line with text, if there is one."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    return rng.choice(full or range(len(lines)))


def _inside(content: bytes, rng: Random, put: bytes) -> bytes:
    """Put bytes between two characters."""
    place = rng.randint(0, len(content))
    while place < len(content) and content[place] & 0xC0 == 0x80:
        place += 1
    return content[:place] + put + content[place:]


def delete_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    del lines[_text_at(rng, lines)]
    return b"\n".join(lines)


def delete_block(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    start = _text_at(rng, lines)
    return b"\n".join(lines[:start] + lines[start + rng.randint(2, 9) :])


def duplicate_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    return b"\n".join([*lines[: number + 1], *lines[number:]])


def repeat_block(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    start = _text_at(rng, lines)
    return b"\n".join([*lines, *lines[start : start + rng.randint(2, 20)]])


def swap_lines(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    one, other = _text_at(rng, lines), _text_at(rng, lines)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def swap_neighbours(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) > 1:
        place = rng.randrange(len(full) - 1)
        one, other = full[place], full[place + 1]
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def truncate_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    shown = lines[number].decode(errors="ignore")
    lines[number] = shown[: rng.randint(0, len(shown))].encode()
    return b"\n".join(lines)


def lengthen_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    lines[number] *= rng.randint(2, 40)
    return b"\n".join(lines)


def join_lines(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    following = lines[number + 1 :]
    while following and not following[0].strip():
        following = following[1:]
    return b"\n".join(
        [*lines[:number], lines[number] + rng.choice((b"", b" ")) + b"".join(following[:1]), *following[1:]]
    )


def split_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    words = lines[number].split(b" ")
    place = rng.randint(0, len(words))
    lines[number] = b" ".join(words[:place]) + b"\n" + b" ".join(words[place:])
    return b"\n".join(lines)


def empty_line(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    lines[_text_at(rng, lines)] = rng.choice((b"", b" ", "\u00a0".encode()))
    return b"\n".join(lines)


def insert_boilerplate(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    lines.insert(rng.randint(0, len(lines)), rng.choice(BOILERPLATE).encode())
    return b"\n".join(lines)


def glue_boilerplate(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    number = _text_at(rng, lines)
    lines[number] = rng.choice(BOILERPLATE).encode() + lines[number]
    return b"\n".join(lines)


def insert_sentence(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    lines.insert(rng.randint(0, len(lines)), rng.choice(SENTENCES).encode())
    return b"\n".join(lines)


def drop_header(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    return b"\n".join(lines[rng.randint(1, 10) :])


def strip_blank_lines(content: bytes, rng: Random) -> bytes:
    return b"\n".join(line for line in _lines(content) if line.strip() or rng.random() < 0.05)


def add_blank_lines(content: bytes, rng: Random) -> bytes:
    share = rng.choice((0.1, 0.6, 1.0))
    return b"\n".join(line + b"\n" if rng.random() < share else line for line in _lines(content))


def trailing_blanks(content: bytes, rng: Random) -> bytes:
    blanks = rng.choice((b" ", b"\t", "\u00a0".encode(), "\u3000 ".encode()))
    return b"\n".join(line + blanks if rng.random() < 0.5 else line for line in _lines(content))


def other_line_ends(content: bytes, rng: Random) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r")))


def mixed_line_ends(content: bytes, rng: Random) -> bytes:
    lines = _lines(content)
    ends = [rng.choice((b"\n", b"\r\n", b"\r")) for _ in lines[1:]]
    return b"".join(line + end for line, end in zip(lines, [*ends, b""], strict=True))


def last_newline(content: bytes, rng: Random) -> bytes:
    return content + rng.choice((b"\n", b"\r\n", b"\n\n\n", b" \n \n"))


def byte_order_mark(content: bytes, rng: Random) -> bytes:
    return _BOM + content if rng.random() < 0.7 else _inside(content, rng, _BOM)


def cut_the_end(content: bytes, rng: Random) -> bytes:
    return content[: rng.randint(0, len(content))]


def cut_the_start(content: bytes, rng: Random) -> bytes:
    return content[rng.randint(0, len(content)) :]


def append_page(content: bytes, rng: Random) -> bytes:
    return content + rng.choice((b"", b"\n", b"\n\n", _BOM, b"\n" + _BOM)) + content[: rng.randint(1, 40_000)]


def flip_bit(content: bytes, rng: Random) -> bytes:
    if not content:
        return content
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]


def insert_byte(content: bytes, rng: Random) -> bytes:
    return _inside(content, rng, bytes([rng.randrange(1, 128)]))


def delete_bytes(content: bytes, rng: Random) -> bytes:
    place = rng.randint(0, len(content))
    return content[:place] + content[place + rng.choice((1, 1, 1, 50, 3000)) :]


def invalid_utf8(content: bytes, rng: Random) -> bytes:
    return _inside(content, rng, rng.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf")))


def zero_byte(content: bytes, rng: Random) -> bytes:
    return _inside(content, rng, b"\0")


def odd_character(content: bytes, rng: Random) -> bytes:
    return _inside(content, rng, rng.choice(_ODD).encode())


def foreign_letter(content: bytes, rng: Random) -> bytes:
    return _inside(content, rng, rng.choice(_LETTERS).encode())


def tex_scrap(content: bytes, rng: Random) -> bytes:
    for _ in range(rng.randint(1, 5)):
        content = _inside(content, rng, rng.choice(_SCRAPS).encode())
    return content


OPERATORS: dict[str, Operator] = {
    operator.__name__: operator
    for operator in (
        delete_line,
        delete_block,
        duplicate_line,
        repeat_block,
        swap_lines,
        swap_neighbours,
        truncate_line,
        lengthen_line,
        join_lines,
        split_line,
        empty_line,
        insert_boilerplate,
        glue_boilerplate,
        insert_sentence,
        drop_header,
        strip_blank_lines,
        add_blank_lines,
        trailing_blanks,
        other_line_ends,
        mixed_line_ends,
        last_newline,
        byte_order_mark,
        cut_the_end,
        cut_the_start,
        append_page,
        flip_bit,
        insert_byte,
        delete_bytes,
        invalid_utf8,
        zero_byte,
        odd_character,
        foreign_letter,
        tex_scrap,
    )
}


def mutate(content: bytes, kinds: list[str], rng: Random) -> bytes:
    """Damage a page in these ways, one after the other."""
    for kind in kinds:
        content = OPERATORS[kind](content, rng)
    return content
