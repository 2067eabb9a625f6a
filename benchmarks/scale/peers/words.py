"""The n-grams that near-duplicates are defined by, for peers that leave them to their user. Standard library only.

The same as `curation.deduplicate.similarity.shingles`, joined into strings; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["word_ngrams"]

_TOKEN = re.compile(r"\w+")


def word_ngrams(text: str, size: int = 5) -> list[str]:
    r"""Return the n-grams of the NFKC, casefolded `\w+` tokens of a text, each once."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())
    if not tokens:
        return []
    if len(tokens) <= size:
        return [" ".join(tokens)]
    return list({" ".join(gram) for gram in zip(*(tokens[start:] for start in range(size)), strict=False)})
