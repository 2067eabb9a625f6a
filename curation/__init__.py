"""Paper Abstracts: research abstracts that can be trusted, from captured listings to a versioned dataset.

    >>> import curation
    >>> result = curation.build(["my-page.txt"], out="my-release")
    >>> curation.validate("my-release").findings
    ()
    >>> papers = curation.load("my-release", split="train")

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.loading import load as load
    from curation.publishing import publish as publish
    from curation.release.build import build as build
    from curation.validation import validate as validate

__all__ = ["build", "load", "publish", "validate"]

_HOMES = {
    "build": "curation.release.build",
    "load": "curation.loading",
    "publish": "curation.publishing",
    "validate": "curation.validation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'curation' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
