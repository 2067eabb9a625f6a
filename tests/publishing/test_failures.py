"""Which failures of the Hub are waited out and for how long, and what is told of those that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NoReturn

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils._http import hf_raise_for_status

from curation.errors import (
    AuthenticationError,
    CurationError,
    HubError,
    HubUnavailableError,
    ReleaseError,
    RepositoryError,
    VersionNotFoundError,
)
from curation.hub.failures import PATIENT, QUICK, Retry, is_passing, status_of, told
from tests.hub import rate_limited
from tests.publishing.places import Waits

URL = "http://127.0.0.1:1/api/datasets/ada/abs/refs"
TOKEN = "hf_aTokenLikeNoOther"


def refusal(
    status: int, code: str | None = None, message: str | None = None, headers: Mapping[str, str] | None = None
) -> Exception:
    """What the client raises for an answer."""
    named = {"X-Error-Code": code, "X-Error-Message": message, **(headers or {})}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value]
    response = httpx2.Response(status, headers=raw, request=httpx2.Request("GET", URL))
    try:
        hf_raise_for_status(response)
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError(status)


def lost(kind: type[httpx2.TransportError] = httpx2.ConnectError, text: str = "Connection refused") -> Exception:
    return kind(text)


def wrapped(error: Exception) -> Exception:
    """A failure as a download of the client wraps it."""
    outer = LocalEntryNotFoundError("Please check your connection and try again.")
    outer.__cause__ = error
    return outer


class Failing:
    """Fails with each error in turn, and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def always(error: Exception) -> Callable[[], NoReturn]:
    def call() -> NoReturn:
        raise error

    return call


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_hub_is_asked_again(waits: Waits, status: int) -> None:
    call = Failing(refusal(status), refusal(status))
    assert Retry().call(call) == "done"
    assert (call.calls, len(waits)) == (3, 2)


@pytest.mark.parametrize("kind", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_a_lost_connection_is_tried_again(waits: Waits, kind: type[httpx2.TransportError]) -> None:
    call = Failing(lost(kind), ConnectionResetError("reset"), TimeoutError("late"))
    assert Retry().call(call) == "done"
    assert call.calls == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 416, 422, 501])
def test_what_the_hub_refuses_is_not_asked_again(waits: Waits, status: int) -> None:
    call = Failing(refusal(status))
    with pytest.raises(HfHubHTTPError) as raised:
        Retry().call(call)
    assert status_of(raised.value) == status
    assert (call.calls, waits) == (1, [])


@pytest.mark.parametrize("error", [ValueError("ours"), OfflineModeIsEnabled("off"), wrapped(refusal(503))])
def test_what_does_not_pass_is_not_asked_again(waits: Waits, error: Exception) -> None:
    """A download has been tried again by the client before it says so."""
    assert not is_passing(error)
    with pytest.raises(type(error)):
        Retry().call(Failing(error))
    assert waits == []


def test_waits_double_up_to_a_limit_and_spread_by_a_quarter(waits: Waits) -> None:
    retry = Retry(attempts=8, first_wait=1.0, longest_wait=20.0)
    with pytest.raises(httpx2.ConnectError):
        retry.call(always(lost()))
    for wait, full in zip(waits, [1, 2, 4, 8, 16, 20, 20], strict=True):
        assert 0.75 * full <= wait <= full
    assert len({round(wait / full, 6) for wait, full in zip(waits, [1, 2, 4, 8, 16, 20, 20], strict=True)}) > 1
    assert all(before < after for before, after in pairwise(waits[:5]))


def test_publishing_is_more_patient_than_reading(waits: Waits) -> None:
    for retry, least, most in ((QUICK, 2, 3), (PATIENT, 23, 31)):
        waits.clear()
        with pytest.raises(httpx2.ConnectError):
            retry.call(always(lost()))
        assert least <= sum(waits) <= most


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(waits: Waits, status: int) -> None:
    assert Retry().call(Failing(refusal(status, headers={"Retry-After": "17"}))) == "done"
    assert waits == [17.0]


def test_a_longer_wait_of_ours_is_not_cut_short_by_the_hub(waits: Waits) -> None:
    Retry(first_wait=8.0).call(Failing(refusal(503, headers={"Retry-After": "1"})))
    assert waits[0] >= 6.0


@pytest.mark.parametrize("value", ["", "soon", "-3", "²", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds_changes_nothing(waits: Waits, value: str) -> None:
    Retry().call(Failing(refusal(503, headers={"Retry-After": value})))
    assert 0.75 <= waits[0] <= 1


def test_the_end_of_a_rate_limit_is_waited_for(waits: Waits) -> None:
    Retry().call(Failing(refusal(429, headers=rate_limited(271))))
    assert waits == [271.0]


def test_a_rate_limit_that_is_not_used_up_is_not_waited_for(waits: Waits) -> None:
    """The Hub sends these headers with every answer."""
    Retry().call(Failing(refusal(429, headers={"RateLimit": '"api";r=12;t=271'})))
    Retry().call(Failing(refusal(503, headers=rate_limited(271))))
    assert [wait <= 1 for wait in waits] == [True, True]


@pytest.mark.parametrize("headers", [{"Retry-After": "331"}, {"Retry-After": "9" * 400}, rate_limited(331)])
def test_more_than_the_longest_wait_gives_up(waits: Waits, headers: dict[str, str]) -> None:
    call = Failing(refusal(429, headers=headers))
    with pytest.raises(Exception, match="429"):
        Retry().call(call)
    assert (call.calls, waits) == (1, [])


def test_a_failure_behind_others_is_found() -> None:
    inner = refusal(403)
    outer = RuntimeError("outer")
    outer.__context__ = inner
    assert (status_of(outer), is_passing(outer)) == (403, False)
    assert status_of(wrapped(refusal(503))) == 503
    assert status_of(lost()) is None


TOLD: list[tuple[Exception, str | None, type[CurationError], str]] = [
    (refusal(401, "RepoNotFound", "Invalid username or password."), None, AuthenticationError, "no token was given"),
    (refusal(401, None, "Invalid credentials in Authorization header"), TOKEN, AuthenticationError, "does not know"),
    (refusal(403, None, "you must use a write token"), TOKEN, AuthenticationError, "has no right to it .*write token"),
    (refusal(403, "GatedRepo"), TOKEN, RepositoryError, "the repository is gated"),
    (refusal(401, "GatedRepo"), None, RepositoryError, "the repository is gated"),
    (refusal(404, "RepoNotFound"), TOKEN, RepositoryError, "no such dataset, or it is private"),
    (refusal(404, "RevisionNotFound"), TOKEN, VersionNotFoundError, "there is no such version"),
    (refusal(404, "EntryNotFound"), TOKEN, ReleaseError, "there is no such file in that version"),
    (refusal(503), TOKEN, HubUnavailableError, "503 Service Unavailable"),
    (refusal(429), TOKEN, HubUnavailableError, "429 Too Many Requests"),
    (lost(), TOKEN, HubUnavailableError, "ConnectError: Connection refused"),
    (wrapped(refusal(503)), TOKEN, HubUnavailableError, "503"),
    (wrapped(lost(httpx2.ReadTimeout, "")), TOKEN, HubUnavailableError, r"ReadTimeout\n"),
    (OfflineModeIsEnabled("off"), TOKEN, HubUnavailableError, "offline mode is on"),
    (refusal(400, None, "bad card"), TOKEN, HubError, "400 bad card"),
    (refusal(413), TOKEN, HubError, "413"),
    (OSError(28, "No space left on device"), TOKEN, HubError, "No space left"),
]


@pytest.mark.parametrize(("error", "token", "kind", "what"), TOLD)
def test_each_failure_is_told_as_what_it_is(
    error: Exception, token: str | None, kind: type[CurationError], what: str
) -> None:
    found = told(error, "ada/abs", token=token, doing="it was tried")
    assert type(found) is kind
    with pytest.raises(kind, match=what):
        raise found
    assert str(found).startswith("ada/abs: it was tried: ")
    assert found.hint or kind is HubError


@pytest.mark.parametrize("before", [0, 150, 185, 190, 195])
def test_no_part_of_the_token_is_told_wherever_it_stands(before: int) -> None:
    text = f"{'x' * before} {TOKEN} is not welcome"
    for error in (refusal(400, None, text), refusal(403, None, text), lost(text=text), OSError(text)):
        found = str(told(error, "ada/abs", token=TOKEN, doing="it was tried"))
        assert not any(TOKEN[:length] in found for length in range(6, len(TOKEN) + 1))
