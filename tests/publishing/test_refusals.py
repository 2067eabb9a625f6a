"""What keeps a release from being published: each has its own message, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import Outcome, curate
from tests.hub import LoopbackHub, Route
from tests.publishing.places import REPO, TOKEN, Built, another_hub, connected, drop_waits, everything, put
from tests.releases import copy_of, edit_manifest

Prepare = Callable[[LoopbackHub, Built, Path], Path | None]
LONG = f"ada/{'x' * 97}"


@dataclass(frozen=True, slots=True)
class Case:
    """A command that is refused.

    Attributes:
        says: What its message holds.
        prepare: Prepares the Hub and returns the release; the first one without it.
        arguments: What follows the release.
        token: The token.
        code: The exit code.
        hint: What its advice holds.
        down: Whether the Hub is down.
    """

    says: str
    prepare: Prepare = lambda hub, built, folder: None
    arguments: tuple[str, ...] = (REPO, "--yes")
    token: str | None = TOKEN
    code: int = 2
    hint: str = ""
    down: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    outcome: Outcome
    before: Mapping[str, object]
    after: Mapping[str, object]
    writes: list[Route]


def theirs(hub: LoopbackHub, built: Built, folder: Path) -> None:
    put(hub, built.first, "bob/abs", tag="1.0.0")


def theirs_next(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    theirs(hub, built, folder)
    return built.second


def gated(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    hub.add_repo("bob/abs", gated=True)
    return theirs_next(hub, built, folder)


def model(hub: LoopbackHub, built: Built, folder: Path) -> None:
    hub.add_repo(REPO, kind="model")


def space(hub: LoopbackHub, built: Built, folder: Path) -> None:
    hub.add_repo(REPO, kind="space")


def something_else(hub: LoopbackHub, built: Built, folder: Path) -> None:
    hub.push(REPO, {"data.csv": b"a,b\n1,2\n"})


def another_dataset(hub: LoopbackHub, built: Built, folder: Path) -> None:
    other = copy_of(built.other, folder)
    edit_manifest(other, lambda manifest: manifest.update(name="recipes", version="0.9.0"))
    put(hub, other, tag="0.9.0")


def damaged(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    copy = copy_of(built.first, folder)
    file = copy / "taxonomy.json"
    file.write_bytes(file.read_bytes()[:-2])
    return copy


def taken(hub: LoopbackHub, built: Built, folder: Path) -> None:
    put(hub, built.other, tag="1.0.0")


def outdated(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    put(hub, built.first, tag="1.0.0")
    put(hub, built.third, tag="2.1.0")
    return built.second


def other_base(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    put(hub, built.other, tag="1.0.0")
    return built.second


def no_base_there(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    return built.second


def no_base_here(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    old = copy_of(built.other, folder)
    edit_manifest(old, lambda manifest: manifest.update(version="0.9.0"))
    put(hub, old, tag="0.9.0")
    return built.first


def no_release(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    return folder


def no_folder(hub: LoopbackHub, built: Built, folder: Path) -> Path:
    return folder / "nothing"


def at(repo: str) -> tuple[str, ...]:
    return repo, "--yes"


CASES = {
    "no token": Case("publishing needs a token, and there is none", token=None, hint="HF_TOKEN"),
    "wrong token": Case("the Hub does not know this token", token="hf_wrong", hint="make a new one"),
    "read-only token": Case("this token may only read", token="hf_ada_reads", hint="write access"),
    "no such owner": Case("there is no owner 'nobody' that", arguments=at("nobody/abs"), hint="before the `/`"),
    "not ours": Case("the token has no right to it", theirs_next, at("bob/abs"), hint="may write there"),
    "gated": Case("the repository is gated", gated, at("bob/abs"), hint="ask for access"),
    "model": Case("this is the name of a model", model, hint="another name"),
    "space": Case("this is the name of a space", space, hint="another name"),
    "something else": Case("holds what no release brought there", something_else, hint="another name"),
    "another dataset": Case("the place holds the dataset 'recipes'", another_dataset, hint="another place"),
    "damaged": Case("the release is wrong, which keeps it from being published", damaged, hint="curate validate"),
    "taken": Case("version 1.0.0 is published already, with other content", taken, hint=f"--previous {REPO}"),
    "outdated": Case("the newest version there is 2.1.0", outdated, code=3, hint=f"`--previous {REPO}@2.1.0`"),
    "other base": Case("version 1.0.0 of other content", other_base, code=3, hint=f"`--previous {REPO}@1.0.0`"),
    "no base here": Case("built on no earlier version", no_base_here, code=3, hint=f"`--previous {REPO}@0.9.0`"),
    "no base there": Case("follows version 1.0.0, but no version is published", no_base_there, hint="1.0.0 first"),
    "name with two dashes": Case("this name is not allowed on the Hub", arguments=at("a--b/c"), hint="another"),
    "name too long": Case("this name is not allowed on the Hub", arguments=at(LONG), hint="another name"),
    "name without a slash": Case("this is no dataset on the Hub", arguments=at("no-slash"), hint="check the name"),
    "three parts": Case("this is no dataset on the Hub", arguments=at("ada/abs/papers"), hint="check the name"),
    "version in the target": Case("the version is the release's own", arguments=at(f"{REPO}@1.0.0"), hint="@1.0.0"),
    "no version in the target": Case("'newest' is no version", arguments=at(f"{REPO}@newest")),
    "nobody to ask": Case("nobody can be asked here", arguments=(REPO,), hint="--yes"),
    "question and JSON": Case("nobody can be asked here", arguments=(REPO, "--format", "json"), hint="--yes"),
    "two places": Case("name one place to publish to", arguments=(REPO, "--to", "folder:x", "--yes"), hint="--help"),
    "no place": Case("name one place to publish to", arguments=("--yes",), hint="--help"),
    "no folder of versions": Case("this is no folder of versions", arguments=("--to", "x", "--yes")),
    "no release": Case("not a release", no_release, hint="check the path"),
    "no folder": Case("there is no such file or folder", no_folder, hint="check the path"),
    "unreachable": Case("its versions cannot be read: ConnectError", down=True, hint="try again later"),
}
SAME = ({"name with two dashes", "name too long"}, {"name without a slash", "three parts"}, {"two places", "no place"})


@pytest.fixture(scope="module")
def refused(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Refused]]:
    with pytest.MonkeyPatch.context() as patch, another_hub() as hub:
        drop_waits(patch)
        yield {name: run(case, hub, built, tmp_path_factory.mktemp("refused")) for name, case in CASES.items()}


def run(case: Case, hub: LoopbackHub, built: Built, folder: Path) -> Refused:
    hub.state._repos.clear()
    release = case.prepare(hub, built, folder) or built.first
    before = everything(hub)
    hub.forget_calls()
    with connected(hub, case.token):
        if case.down:
            hub.down()
        outcome = curate("publish", release, *case.arguments, cwd=folder)
        hub.up()
    # a card is sent to be looked at
    changing = [call for call in hub.calls if call.method not in {"GET", "HEAD"} and call.route != "validate_yaml"]
    writes = [call.route for call in changing if call.status is not None and call.status < 400]
    return Refused(outcome, before, everything(hub), writes)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_a_message_and_an_exit_code(refused: dict[str, Refused], name: str) -> None:
    case, outcome = CASES[name], refused[name].outcome
    assert outcome.code == case.code
    assert outcome.out == ""
    first, *rest = outcome.err.splitlines()
    assert first.startswith("error: ")
    assert case.says in first
    assert case.hint in "\n".join(rest)
    assert len(rest) <= 2
    assert "Traceback" not in outcome.err
    assert TOKEN not in outcome.err


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_changed_on_the_hub(refused: dict[str, Refused], name: str) -> None:
    assert refused[name].before == refused[name].after
    assert refused[name].writes == []


def test_the_messages_differ(refused: dict[str, Refused]) -> None:
    by_message: dict[str, set[str]] = {}
    for name, one in refused.items():
        what = one.outcome.err.splitlines()[0].rpartition(": ")[2]
        by_message.setdefault(what, set()).add(name)
    alike = [names for names in by_message.values() if len(names) > 1]
    assert sorted(map(sorted, alike)) == sorted(map(sorted, (*SAME, {"nobody to ask", "question and JSON"})))
