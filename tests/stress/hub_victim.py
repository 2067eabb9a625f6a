"""The process that publishes to a loopback Hub, with faults in its way, and may be killed at it."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from curation.errors import CurationError
from curation.hub.failures import Retry
from curation.publishing import publish
from tests.hub import online

__all__ = ["TOKEN", "Address", "publish_and_report"]

TOKEN = "hf_stress_4711"
# Seconds after which the process gives up on an answer.
PATIENCE = 1


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Hub of another process is."""

    endpoint: str


def publish_and_report(endpoint: str, home: Path, release: Path, repo: str, reports: Connection) -> None:
    """Publish, and send how it ended: `published`, `told` (an error of ours) or `crashed`, and what was said.

    Args:
        endpoint: The Hub's address.
        home: An empty folder for the caches.
        release: The release.
        repo: The dataset's name on the Hub.
        reports: Where the outcome goes.
    """
    # a group of its own, so that a kill takes the process along that checks what was published
    os.setsid()
    (home / "tmp").mkdir(parents=True)
    os.environ.update(TMPDIR=str(home / "tmp"), CURATE_HUB_TIMEOUT=str(PATIENCE))
    os.environ.update(HF_HUB_ETAG_TIMEOUT=str(PATIENCE), HF_HUB_DOWNLOAD_TIMEOUT=str(PATIENCE))
    with online(Address(endpoint), TOKEN, home=home / "hf", etag_timeout=PATIENCE, download_timeout=PATIENCE):
        try:
            publish(release, repo, retry=Retry(first_wait=0.05))
            reports.send(("published", ""))
        except CurationError as error:
            reports.send(("told", f"{type(error).__name__}: {error.what}"))
        except Exception:  # noqa: BLE001 (whatever it is, the campaign shows it)
            reports.send(("crashed", traceback.format_exc()))
