"""How long to wait for an answer: the Hub's client itself waits for ever."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import httpx2
import huggingface_hub.utils._http as hub_http
from huggingface_hub import set_client_factory

__all__ = ["answer_seconds", "limited_waiting"]

# Seconds to connect, and seconds without a byte of the answer; a commit of thousands of files takes the Hub a while.
_CONNECT, _ANSWER = 10.0, 120.0
_ANSWER_VARIABLE = "CURATE_HUB_TIMEOUT"


def answer_seconds() -> float:
    """Return how long to wait for an answer: 120 seconds, or what `CURATE_HUB_TIMEOUT` says."""
    return float(os.environ.get(_ANSWER_VARIABLE) or _ANSWER)


@contextlib.contextmanager
def limited_waiting() -> Iterator[None]:
    """Give up on an answer that does not come, while this lasts; a client that the user has set up is left alone."""
    if hub_http._GLOBAL_CLIENT_FACTORY is not hub_http.default_client_factory:
        yield
        return
    answer = answer_seconds()

    def client() -> httpx2.Client:
        made = hub_http.default_client_factory()
        made.timeout = httpx2.Timeout(answer, connect=min(_CONNECT, answer))
        return made

    set_client_factory(client)
    try:
        yield
    finally:
        set_client_factory(hub_http.default_client_factory)
