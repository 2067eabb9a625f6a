"""The token is sent to the Hub's own address, and is written and printed nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.commands import Outcome, python_process
from tests.hub import Call, LoopbackHub
from tests.publishing.places import Built, another_hub

SECRET, WRONG = "hf_Nowhere4ToBeFound", "hf_Wrong5AndNowhere"
SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
import huggingface_hub
huggingface_hub.logging.set_verbosity_debug()
import curation
from curation.cli import main
from curation.hub.failures import Retry
from curation.publishing import publish

first, second, wrong = sys.argv[1:]
quick = Retry(attempts=3, first_wait=0.01)

def attempt(*arguments, **options):
    try:
        print(publish(*arguments, retry=quick, **options))
    except curation.errors.CurationError as error:
        print("refused:", type(error).__name__, repr(error), error)

sys.argv = ["curate", "publish", first, "ada/abs", "--yes", "--format", "json"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
attempt(second, "ada/abs", dry_run=True)
print(curation.load("ada/abs", "1.0.0"))
attempt(first, "ada/abs", token=wrong)
attempt(first, "ada/refused")
attempt(first, "ada/busy")
attempt(first, "ada/echo")
sys.argv = ["curate", "publish", first, "bob/abs", "--yes"]
main()
"""


@dataclass(slots=True)
class Flow:
    hub: LoopbackHub
    root: Path
    done: Outcome = field(default_factory=lambda: Outcome(-1, b"", ""))
    found: set[str] = field(default_factory=set)
    looked: int = 0

    def look(self) -> None:
        """Search all files for a token."""
        for file in self.root.rglob("*"):
            try:
                content = file.read_bytes() if file.is_file() else b""
            except OSError:  # gone meanwhile
                continue
            self.looked += 1
            self.found |= {str(file) for secret in (SECRET, WRONG) if secret.encode() in content}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, built: Built) -> Iterator[Flow]:
    """Publishing, loading and failing in a process that logs all it can; its files are searched meanwhile, too."""
    root = tmp_path_factory.mktemp("secrets")
    (root / "tmp").mkdir()
    with another_hub() as hub:
        hub.add_user("ada", SECRET)
        hub.fail("refs", status=403, path="ada/refused", times=None, message="not you")
        hub.fail("refs", status=503, path="ada/busy", times=None)
        hub.fail("refs", status=400, path="ada/echo", times=None, message=f"what is {'x' * 170} {SECRET}?")
        state = Flow(hub, root)

        def look(call: Call) -> None:
            # the check of a commit lists its files while its own cache is there
            if call.route in {"tree", "tag_create", "commit"}:
                state.look()

        hub.on_call = look
        env = hub.environment(
            root / "home",
            SECRET,
            HF_DEBUG="1",
            HF_HUB_VERBOSITY="debug",
            HOME=str(root / "home"),
            TMPDIR=str(root / "tmp"),
            XDG_CACHE_HOME=str(root / "home" / "cache"),
        )
        (root / "home").mkdir()
        state.done = python_process("-c", SCRIPT, built.first, built.second, WRONG, cwd=root, env=env)
        hub.on_call = None
        state.look()
        yield state


def test_the_flow_went_as_it_was_meant_to(flow: Flow) -> None:
    assert flow.done.code == 2, flow.done.err[-2000:]
    assert flow.hub.repo("ada/abs").tags.keys() == {"1.0.0"}
    refused = re.findall(r"^refused: (\w+)", flow.done.out, re.MULTILINE)
    assert refused == ["AuthenticationError", "AuthenticationError", "HubUnavailableError", "HubError"]
    assert "there is no owner 'bob'" in flow.done.err
    assert flow.hub.count("refs", ok=False) >= 3
    assert {SECRET, WRONG} <= {call.token for call in flow.hub.calls}


def test_the_logs_were_on(flow: Flow) -> None:
    assert "curl -X" in flow.done.err
    assert "<TOKEN>" in flow.done.err


def test_no_token_is_printed(flow: Flow) -> None:
    for secret in (SECRET, WRONG):
        # nor the beginning of one, where a message was cut
        assert secret[:10] not in flow.done.out
        assert secret[:10] not in flow.done.err.replace(f"what is {'x' * 170} {SECRET}?", "")


def test_no_token_is_in_any_file(flow: Flow) -> None:
    assert flow.looked > 200
    assert flow.found == set()


def test_the_token_is_sent_to_the_hub_alone(flow: Flow) -> None:
    storage = [call for call in flow.hub.calls if call.port == "storage"]
    assert len(storage) > 20
    assert [call for call in storage if "authorization" in call.headers] == []
    for call in storage:
        sent = f"{call.path} {call.query} {call.headers}".encode() + call.body
        assert SECRET.encode() not in sent
    # nor in an address, which others may log
    assert all(SECRET not in f"{call.path} {call.query}" for call in flow.hub.calls)
    assert all(SECRET.encode() not in call.body for call in flow.hub.calls)
