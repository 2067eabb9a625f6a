"""What several tests share: one built release, an invented page, quiet libraries, Hypothesis profiles."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Read when the libraries are imported, so set before: no network, no cache of the user's, no bars.
_HOME = tempfile.TemporaryDirectory(prefix="tests-hf-")
os.environ.update(HF_HOME=_HOME.name, HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
os.environ.pop("SOURCE_DATE_EPOCH", None)

from curation.release.build import build  # noqa: E402
from tests.commands import ROOT  # noqa: E402
from tests.sample_page import page_text  # noqa: E402

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("default", max_examples=40, derandomize=bool(os.environ.get("CI")), **_COMMON)  # type: ignore[arg-type]
settings.register_profile("whole", settings.get_profile("default"))
settings.register_profile("thorough", max_examples=1000, **_COMMON)  # type: ignore[arg-type]
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure() -> None:
    # a shell ignores Ctrl-C for what it starts in the background, and so would the processes that tests interrupt
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    _HOME.cleanup()


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of `data/recipe.toml`; never change it, copy it with `tests.releases.copy_of`."""
    out = tmp_path_factory.mktemp("official") / "release"
    build(recipe=ROOT / "data" / "recipe.toml", out=out)
    return out


@pytest.fixture(scope="session")
def page_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of one invented page; never change it either."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "my-page.txt").write_text(page_text(), encoding="utf-8")
    out = folder / "my-release"
    build([folder / "my-page.txt"], out=out)
    return out


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """An invented captured page of layout B with six papers."""
    path = tmp_path / "my-page.txt"
    path.write_text(page_text(), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder that is not `tmp_path`."""
    return tmp_path_factory.mktemp("home")


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every garbage collection: the tests make garbage, this does not."""
    gc.collect()
    gc.freeze()
