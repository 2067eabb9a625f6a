"""Identities: how sources and papers are named, independent of rules, labels and order."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["abstract_key", "hash_fraction", "paper_id", "paper_number", "short_hash", "source_id", "title_key"]

ID_DIGITS = 16
_NOT_ALNUM = re.compile(r"[\W_]+")
_ASCII_NOT_ALNUM = bytes(code for code in range(128) if not chr(code).isalnum())


def short_hash(data: bytes) -> str:
    """Return the first 16 hex digits (64 bits) of the sha256 of `data`."""
    return hashlib.sha256(data).hexdigest()[:ID_DIGITS]


def source_id(content: bytes) -> str:
    """Name a source by its content, so that renaming or moving the file changes nothing."""
    return short_hash(content)


def _key(text: str) -> str:
    if text.isascii():  # the same, ten times as fast
        return text.encode().lower().translate(None, _ASCII_NOT_ALNUM).decode()
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKD", text).casefold())


def title_key(title: str) -> str:
    """Return the letters and digits of a captured title, NFKD and casefolded.

    `Schrödinger Bridge!` and `schrodinger bridge` have the same key.
    """
    return _key(title)


def abstract_key(abstract: str) -> str:
    """Return the same key for an abstract; equal keys mean the same words in the same order."""
    return _key(abstract)


def paper_id(title: str, abstract: str | None = None) -> str:
    """Name a paper by its title key, or by title and abstract keys where papers share a title.

    Args:
        title: A title key, as `title_key` gives it.
        abstract: An abstract key; given only for the second and later papers with that title key.

    Returns:
        16 hex digits.
    """
    return short_hash(_named(title, abstract))


def paper_number(title: str, abstract: str | None = None) -> int:
    """Return the number whose 16 hex digits are the `paper_id`."""
    return int.from_bytes(hashlib.sha256(_named(title, abstract)).digest()[: ID_DIGITS // 2], "big")


def _named(title: str, abstract: str | None) -> bytes:
    return (title if abstract is None else f"{title}\n{abstract}").encode()


def hash_fraction(name: str, salt: str) -> float:
    """Map a name to a number in [0, 1) that looks uniform and never changes.

    Args:
        name: What to map, for instance a `paper_id`.
        salt: What the number is for, so that two uses do not correlate.
    """
    digest = hashlib.sha256(f"{salt}:{name}".encode()).digest()
    # 53 bits fit a double exactly, so the result is below 1 on every machine.
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)
