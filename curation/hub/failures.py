"""What goes wrong at the Hub: which failures pass, how long to wait for it, and what to tell the user."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import httpx2
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._http import parse_ratelimit_headers

from curation.errors import (
    AuthenticationError,
    CurationError,
    HubError,
    HubUnavailableError,
    Location,
    ReleaseError,
    RepositoryError,
    VersionNotFoundError,
)

__all__ = ["PATIENT", "QUICK", "Retry", "is_passing", "status_of", "told"]

_Result = TypeVar("_Result")

# the statuses that huggingface_hub's own `http_backoff` takes for passing
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retry:
    """How often to try again and how long to wait in between.

    Attributes:
        attempts: Tries in all.
        first_wait: Seconds before the second try; each later wait is twice the one before.
        longest_wait: Most seconds to wait, unless the Hub asks for more.
        longest_asked: Most seconds that the Hub may ask for (its rate limits are per five minutes).
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 30.0
    longest_asked: float = 330.0

    def waits(self) -> Iterator[float]:
        """Yield the waits between the tries, each shortened at random by up to a quarter so that writers spread."""
        for number in range(self.attempts - 1):
            wait = min(self.first_wait * 2**number, self.longest_wait)
            yield wait * random.uniform(0.75, 1)  # noqa: S311 (nothing secret hangs on it)

    def call(self, call: Callable[[], _Result]) -> _Result:
        """Call until it succeeds, fails for good, or the tries are used up.

        Raises:
            Exception: The last failure, as the client raised it.
        """
        for wait in self.waits():
            try:
                return call()
            except Exception as error:
                if not is_passing(error):
                    raise
                self.sleep(wait, error)
        return call()

    def sleep(self, wait: float, error: BaseException) -> None:
        """Wait; as long as the Hub asks for in `Retry-After` or its rate-limit headers, if it does.

        Raises:
            BaseException: The failure itself, where the Hub asks for more than `longest_asked`.
        """
        asked = _asked_wait(error)
        if asked is not None and asked > self.longest_asked:
            raise error
        time.sleep(wait if asked is None else max(wait, asked))


PATIENT = Retry()
"""For publishing: gives up after about a minute."""

QUICK = Retry(attempts=3)
"""For reading, where a verified cache may serve instead."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _response_of(error: BaseException) -> httpx2.Response | None:
    for one in _chain(error):
        if isinstance(one, HfHubHTTPError):
            return one.response
        if isinstance(one, httpx2.HTTPStatusError):
            return one.response
    return None


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind a failure, looking through the errors that wrap it; None if there was none."""
    response = _response_of(error)
    return None if response is None else response.status_code


def is_passing(error: BaseException) -> bool:
    """Tell whether a failure may pass: the Hub is busy, down, or the connection was lost."""
    # a download that ends in the second has been tried again by the client itself, for 23 seconds
    if any(isinstance(one, (OfflineModeIsEnabled, LocalEntryNotFoundError)) for one in _chain(error)):
        return False
    status = status_of(error)
    if status is not None:
        return status in _PASSING
    return any(isinstance(one, (httpx2.TransportError, ConnectionError, TimeoutError)) for one in _chain(error))


def _asked_wait(error: BaseException) -> float | None:
    response = _response_of(error)
    if response is None:
        return None
    limit = parse_ratelimit_headers(response.headers)
    if response.status_code == 429 and limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    after = response.headers.get("retry-after", "").strip()
    return float(after) if after.isascii() and after.isdigit() else None


def told(error: BaseException, repo: str, *, token: str | None, doing: str) -> CurationError:
    """Return a failure of the client as an error of ours, with what to do.

    Args:
        error: What the client raised.
        repo: `owner/name`.
        token: The token in use, so that no message repeats it.
        doing: What was being done, as in "the versions cannot be read".
    """
    status, said = status_of(error), _short(error, token)

    def is_one(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in _chain(error))

    kind: type[CurationError] = HubError
    what, hint = said, None
    if is_one(OfflineModeIsEnabled):
        kind, what, hint = HubUnavailableError, "offline mode is on", "unset HF_HUB_OFFLINE"
    elif is_one(GatedRepoError):
        kind, what = RepositoryError, "the repository is gated"
        hint = "ask for access on its page on the Hub, then try again with a token of that account"
    elif status == 401 and token is None:
        kind, what = AuthenticationError, "no token was given, and there is nothing public of that name"
        hint = "check the name; for a private repository set HF_TOKEN or run `hf auth login`"
    elif status == 401 and not is_one(RepositoryNotFoundError):
        kind, what = AuthenticationError, "the Hub does not know this token"
        hint = "make a new one in your settings on the Hub"
    elif status == 403:
        kind, what = AuthenticationError, f"the token has no right to it ({said})"
        hint = "use a token with write access of an account that may write there"
    elif is_one(RevisionNotFoundError):
        kind, what, hint = VersionNotFoundError, "there is no such version", "check the version"
    elif is_one(RemoteEntryNotFoundError):
        kind, what = ReleaseError, "there is no such file in that version"
        hint = "this version was not published by `curate publish`; ask the maintainers"
    elif is_one(RepositoryNotFoundError) or status == 404:
        kind, what = RepositoryError, "there is no such dataset, or it is private"
        hint = "check the name and the token"
    elif is_passing(error) or is_one(LocalEntryNotFoundError):
        kind, hint = HubUnavailableError, "try again later; what is done already stays done"
    return kind(f"{doing}: {what}", where=Location(repo), hint=hint)


def _short(error: BaseException, token: str | None) -> str:
    """Say what happened in a line, without the token and without the client's advice."""
    response = _response_of(error)
    if response is not None:
        said = response.headers.get("x-error-message") or response.reason_phrase
        text = f"{response.status_code} {said}".strip()
    else:
        first = next((one for one in _chain(error) if isinstance(one, httpx2.TransportError)), error)
        text = f"{type(first).__name__}: {first}".strip().rstrip(":")
    text = " ".join(text.split())
    # before it is cut, which could leave a part of the token
    return (text.replace(token, "***") if token else text)[:200]
