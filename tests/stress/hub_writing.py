"""The processes of writers at once: with this package, and with `push_to_hub`."""

from __future__ import annotations

import logging
import os
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import datasets

from curation.errors import CurationError, OutdatedBaseError, RepositoryError, VersionNotFoundError
from curation.hub.failures import Retry
from curation.publishing import publish
from curation.references import open_reference
from curation.release.build import build
from tests.hub import online
from tests.sample_page import PAPERS, page_text
from tests.stress.hub_victim import TOKEN, Address

__all__ = ["PUSHED", "REPO", "push", "title_of", "write"]

REPO = "ada/abstracts"
PUSHED = "ada/pushed"


def title_of(number: int) -> str:
    """Return the title of the paper that a writer adds."""
    return f"What Writer Number {number} Found in the Archive"


def _page(number: int) -> str:
    """Return a page with one paper that nobody else writes."""
    topic, abstract = PAPERS[number % len(PAPERS)]
    words = " ".join(f"{word}{number}" for word in abstract.split()[:40])
    return page_text([(title_of(number), f"In the tradition of {topic}: {words}.")])


def write(number: int, endpoint: str, home: Path, gate: Any, reports: Connection) -> None:
    """Add a page to the newest version and publish, again and again until it is accepted."""
    (home / "tmp").mkdir(parents=True)
    os.environ["TMPDIR"] = str(home / "tmp")
    (home / f"page-{number}.txt").write_text(_page(number), encoding="utf-8")
    tries = 0
    with online(Address(endpoint), TOKEN, home=home / "hf"):
        gate.wait()
        while True:
            tries += 1
            try:
                _build_and_publish(number, home, tries)
            except OutdatedBaseError:
                continue
            except CurationError as error:
                reports.send((tries, f"{type(error).__name__}: {error}"))
            except Exception:  # noqa: BLE001 (whatever it is, it is shown)
                reports.send((tries, traceback.format_exc()))
            else:
                reports.send((tries, ""))
            return


def _build_and_publish(number: int, home: Path, tries: int) -> None:
    sources = [home / f"page-{number}.txt"]
    try:
        newest = open_reference(f"hf://datasets/{REPO}")
    except (RepositoryError, VersionNotFoundError):  # nobody has published yet
        previous = None
    else:
        previous = f"{REPO}@{newest.manifest['version']}"
        for source in newest.manifest["sources"]:
            sources.append(home / source["name"])
            sources[-1].write_bytes(newest.restore(source["source_id"]))
    out = home / f"release-{tries}"
    build(sources, out=out, previous=previous)
    publish(out, REPO, retry=Retry(first_wait=0.2))


def push(number: int, endpoint: str, home: Path, gate: Any, reports: Connection) -> None:
    """Push one row as a split of its own with `push_to_hub`."""
    datasets.disable_progress_bars()
    logging.getLogger("datasets").setLevel(logging.ERROR)
    with online(Address(endpoint), TOKEN, home=home / "hf"):
        rows = datasets.Dataset.from_dict({"title": [title_of(number)]})
        gate.wait()
        try:
            rows.push_to_hub(PUSHED, split=f"writer{number}")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is counted)
            reports.send((1, f"{type(error).__name__}: {error}".splitlines()[0]))
        else:
            reports.send((1, ""))
