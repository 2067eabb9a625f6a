r"""Links in abstracts, and which of them lead to code.

A link with a scheme (`http`, `https`, `ftp`) is found wherever it stands, even glued to a word. Without a scheme there
are four forms, all precise rather than greedy, since prose is full of dots and slashes:

- `www.` and a host (`www.example.org`);
- a site below a host of project pages (`name.github.io`), with or without a path;
- one of a few known sites, with a path (`huggingface.co/owner/name`, `youtu.be/abc`);
- a host in a top-level domain that is no word and no file extension, with a path (`example.org/data`), or below a
  country's academic or public domain (`cs.example.ac.il/data`).

So `e.g.the`, `README.md`, `Node.js/Express` and `ASP.NET/C#` are no links, and neither is a site that is only named
(`Booking.com`). Not found either are links that blanks or dollar signs cut to pieces (`https://github. com/a/b`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.schemas.arrow_text import text_bytes

__all__ = ["CODE_HOSTS", "find_code_urls", "find_urls", "find_urls_of_many", "is_code_url"]

CODE_HOSTS = frozenset(
    (
        *("github.com", "gist.github.com", "raw.githubusercontent.com", "gitlab.com", "bitbucket.org", "codeberg.org"),
        *("gitee.com", "sourceforge.net", "sr.ht", "hg.sr.ht", "launchpad.net", "code.google.com"),
        *("anonymous.4open.science", "colab.research.google.com", "codeocean.com"),
        *("pypi.org", "pypi.python.org", "cran.r-project.org", "crates.io", "npmjs.com", "anaconda.org"),
    )
)
"""Hosts where a path leads to source code or a package of it, in lower case and without `www.`.

Three kinds of host are told by their form: a Git server of one's own (`gitlab.<anything>`, `git.<anything>`),
`<name>.sourceforge.net`, and Hugging Face, which holds more than code (see `is_code_url`).
"""

_MODEL_HOSTS = frozenset(("huggingface.co", "hf.co"))
# First folders of Hugging Face that name no owner of a model.
_NOT_MODELS = frozenset(
    (
        *("api", "blog", "chat", "collections", "datasets", "docs", "join", "learn", "login", "models"),
        *("organizations", "papers", "posts", "pricing", "spaces", "tasks"),
    )
)

# --- what a link is made of

_PAGE_HOSTS = ("github.io", "gitlab.io", "hf.space", "netlify.app", "pages.dev", "readthedocs.io", "vercel.app")
# Sites in top-level domains that are not among those below.
_SITES = ("aka.ms", "bit.ly", "goo.gl", "hf.co", "huggingface.co", "sr.ht", "t.co", "wandb.me", "youtu.be")
# Left out: English words (in, is, it, me, no, so, to, us) and file extensions (cc, md, ml, pl, pt, py, rs, sh).
_DOMAINS = (
    *("com", "org", "net", "edu", "gov", "info", "io", "ai", "app", "dev"),
    *("cloud", "earth", "page", "science", "site", "tech", "wiki", "xyz"),
    *("au", "br", "ca", "ch", "cn", "cz", "de", "dk", "es", "eu", "fi", "fr", "gr", "hk", "hu", "ie", "il", "jp"),
    *("kr", "nl", "nz", "ru", "se", "sg", "tr", "tw", "ua", "uk", "vn", "za"),
)


def _any_of(names: Sequence[str]) -> str:
    return "(?:" + "|".join(map(re.escape, names)) + ")"


_SCHEME = r"(?i:https?|ftp)://"
_LABEL = r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\\_[A-Za-z0-9_-]*)*"
_PORT = r"(?::[0-9]+)?"
_FULL_HOST = rf"(?:[\w.%+-]+@)?{_LABEL}(?:\.{_LABEL})+"
# Top-level domains stand in lower case here, so that `www.example.org.We` ends where its sentence does. After a host
# without a path no letter may follow, and no `@`: that is an e-mail address. A page host by itself is no page. The
# first lookahead is there for speed: most words have no dot inside.
_BARE_HOST = (
    rf"(?=[A-Za-z0-9])(?:(?<![\w@./\\-])|(?<=[\s(]//))(?={_LABEL}\.[A-Za-z0-9])(?!{_any_of(_PAGE_HOSTS)}/)(?:"
    rf"(?:www|Www|WWW)\.(?:{_LABEL}\.)+[a-z]{{2,}}(?![\w@])"
    rf"|(?:{_LABEL}\.)+{_any_of(_PAGE_HOSTS)}(?![\w@-])"
    rf"|(?:{_LABEL}\.)*(?i:{_any_of(_SITES)})(?={_PORT}/)"
    rf"|(?:{_LABEL}\.)+(?:{_any_of(_DOMAINS)}|(?:ac|co|com|edu|gov|org)\.[a-z]{{2}})(?={_PORT}/)"
    r")"
)
# Quotation marks, brackets other than parentheses, bars and dollar signs end a link, a brace too: `README.md{here.}`.
# Another link does, unless it is an argument or a part of the path (`web.archive.org/web/2020/https://example.org`).
_PATH = (
    rf"(?:(?:[/?#]|\\#)(?:(?!(?<![/=]){_SCHEME})"
    r"(?:[\w/~%#?=&+.,;:!'()*@-]|\\~\{\}|\\[_%#&~]))*)?"
)
_LINK = re.compile(rf"(?:{_SCHEME}{_FULL_HOST}|{_BARE_HOST}){_PORT}{_PATH}")
# Each form holds one of these, told from the sign within: the search goes from one colon or dot to the next.
_MAY_LINK = re.compile(rf":(?=//)|\.(?:(?<=[wW]ww\.)|(?<=WWW\.)|[A-Za-z]{{2,}}{_PORT}/|{_any_of(_PAGE_HOSTS)})")
_ESCAPE = re.compile(r"\\(?:~\{\}|([_%#&~]))")
_BLANK = re.compile(r"\s")
_HOST_AND_PATH = re.compile(rf"(?:{_SCHEME})?(?:[^/?#]*@)?([^/?#:]*)[^/?#]*([^?#]*)")
_PARENTHESIS = re.compile(r"[()]")
_PUNCTUATION = ".,;:!?'*~"
# Bytes looked at in one go, which stay in the processor's cache.
_BLOCK = 1 << 16
_LOWER = np.uint8(0x20)


def find_urls(text: str) -> list[str]:
    r"""Find the links of a text.

    A link comes as its author wrote it, without a scheme if it had none, but without the sentence's punctuation, the
    brackets around it and TeX's backslashes (`\_`, `\%`, `\#`, `\&`, `\~{}`). Parentheses that are balanced within a
    link stay.

    Args:
        text: An abstract, as captured or as normalized.

    Returns:
        The links in order of appearance, each once.
    """
    found = (
        _trim(match[0], text[max(0, match.start() - 1) : match.start()])
        for span in _words_that_may_link(text)
        for match in _LINK.finditer(text, *span)
    )
    return list(dict.fromkeys(found))


def find_urls_of_many(texts: pa.Array) -> dict[int, list[str]]:
    """Find the links of many texts.

    Args:
        texts: Strings.

    Returns:
        What `find_urls` gives for each text, by its number, ascending; texts without a link are left out.
    """
    bounds, content = text_bytes(texts)
    places = _may_hint(content)
    owners = np.searchsorted(bounds, places, side="right") - 1
    inside = places < bounds[owners + 1] - 1  # what ends a text hints at nothing in the next one
    owners, places = owners[inside], places[inside]
    within = places - bounds[owners]
    found = {}
    for row, group in groupby(zip(owners.tolist(), within.tolist(), strict=True), itemgetter(0)):
        text = content[bounds[row] : bounds[row + 1]].tobytes()
        words, end = [], 0
        for _, place in group:
            if place >= end:
                # with the blank before it, which a link may ask for
                start = max(text.rfind(b" ", end, place), 0)
                end = text.find(b" ", place) % (len(text) + 1)
                words.append(text[start:end])
        if links := find_urls(b"".join(words).decode()):
            found[row] = links
    return found


def _may_hint(content: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return where `_MAY_LINK` may match, and few other places, of the bytes of all texts."""
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK + 1]
        hints = (block[:-1] == ord(".")) | (block[:-1] == ord(":"))
        hints &= block[1:] >= ord("/")
        found.append(np.flatnonzero(hints) + start)
    places = np.concatenate(found)
    before, sign, first, second = (content.take(places + step, mode="clip") for step in (-1, 0, 1, 2))
    scheme = (first == ord("/")) & (second == ord("/"))
    domain = (_is_letter(first) & _is_letter(second)) | (before | _LOWER == ord("w"))
    kept: NDArray[np.int64] = places[np.where(sign == ord(":"), scheme, domain)]
    return kept


def _is_letter(signs: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (signs | _LOWER) - np.uint8(ord("a")) < 26


def _words_that_may_link(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of words that hold a hint of a link, which holds no blank."""
    end = 0
    for hint in _MAY_LINK.finditer(text):
        start = hint.start()
        if start < end:
            continue
        if start > end and not text[start - 1].isspace():
            start -= len(text[end:start].rsplit(None, 1)[-1])
        blank = _BLANK.search(text, hint.end())
        end = len(text) if blank is None else blank.start()
        yield start, end


def _trim(written: str, before: str) -> str:
    link = _ESCAPE.sub(lambda escape: escape[1] or "~", written)
    opened: list[int] = []
    for sign in _PARENTHESIS.finditer(link):
        if sign[0] == "(":
            opened.append(sign.start())
        elif opened:
            opened.pop()
        else:
            link = link[: sign.start()]
            break
    if opened:
        link = link[: opened[0]]
    link = link.rstrip(_PUNCTUATION).removesuffix("'s")
    # _link_ and \verb+link+: what opened before the link closes after it.
    if before in {"_", "+"}:
        link = link.removesuffix(before)
    return link.rstrip(_PUNCTUATION)


def is_code_url(url: str) -> bool:
    """Tell whether a link leads to code.

    It does if its host is one of `CODE_HOSTS` and it has a path: `github.com` alone is a site, and `name.github.io` is
    a project's page. On Hugging Face a model (`owner/name`) counts, its weights being published with code to run them;
    data sets, collections, papers, Spaces (demonstrations and leaderboards) and the page of an owner do not.

    Args:
        url: A link with or without a scheme, as `find_urls` gives it.
    """
    # `urlsplit` takes three times as long, for forms that no link of `find_urls` has
    parts = _HOST_AND_PATH.match(url)
    assert parts is not None
    host = parts[1].lower().removeprefix("www.")
    folders = [folder for folder in parts[2].split("/") if folder]
    if host in _MODEL_HOSTS:
        return len(folders) >= 2 and folders[0].lower() not in _NOT_MODELS
    if host.endswith(".sourceforge.net"):
        return True
    return bool(folders) and (host in CODE_HOSTS or host.startswith(("git.", "gitlab.")))


def find_code_urls(urls: Sequence[str]) -> list[str]:
    """Keep the links that lead to code (see `is_code_url`), in their order."""
    return [url for url in urls if is_code_url(url)]
