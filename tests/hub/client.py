"""Real clients in this process, pointed at the loopback Hub."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import datasets.config
import huggingface_hub.hf_api
from huggingface_hub import HfApi, HfFileSystem, close_session, constants
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

__all__ = ["Client", "online"]


@dataclass(frozen=True, slots=True)
class Client:
    """Clients in this process, with caches of their own."""

    api: HfApi
    home: Path

    @property
    def hub_cache(self) -> Path:
        """Where files downloaded from the Hub are kept."""
        return self.home / "hub"

    def forget(self) -> None:
        """Drop what file systems remember of references and listings, and the shared connections."""
        _forget()


def _forget() -> None:
    HfFileSystem.clear_instance_cache()
    close_session()


def _set(stack: ExitStack, target: ModuleType | HfApi, values: dict[str, object]) -> None:
    """Set what the libraries read from the environment when they are imported, until the stack ends."""
    for name, value in values.items():
        stack.callback(setattr, target, name, getattr(target, name))
        setattr(target, name, value)


def _restore_environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


class _Address(Protocol):
    """What is needed of a Hub that may run in another process."""

    @property
    def endpoint(self) -> str: ...


@contextmanager
def online(
    hub: _Address,
    token: str | None = None,
    *,
    home: Path | None = None,
    etag_timeout: int | None = None,
    download_timeout: int | None = None,
) -> Iterator[Client]:
    """Point huggingface_hub, `hf://` and datasets at the Hub, as the environment would have before the import.

    Not for threads: the settings are those of the process. Caches are new, in `home` or a temporary folder.
    """
    with ExitStack() as stack:
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loopback-client-")))
        wanted_environment = {"HF_ENDPOINT": hub.endpoint, "NO_PROXY": "*"}
        stack.callback(_restore_environment, dict(os.environ))
        os.environ.update(wanted_environment)
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            os.environ.pop(name, None)
        if token is not None:
            os.environ["HF_TOKEN"] = token
        settings: dict[str, object] = {
            "ENDPOINT": hub.endpoint,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_URL_HOSTS": constants.HF_URL_HOSTS | {"127.0.0.1"},
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_DISABLE_TELEMETRY": True,
            "HF_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hub"),
            "HUGGINGFACE_HUB_CACHE": str(home / "hub"),
            "HF_ASSETS_CACHE": str(home / "assets"),
            "HF_TOKEN_PATH": str(home / "token"),
            "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
        }
        if etag_timeout is not None:
            settings["HF_HUB_ETAG_TIMEOUT"] = etag_timeout
        if download_timeout is not None:
            settings["HF_HUB_DOWNLOAD_TIMEOUT"] = download_timeout
        _set(stack, constants, settings)
        _set(
            stack,
            datasets.config,
            {
                "HF_ENDPOINT": hub.endpoint,
                "HUB_DATASETS_URL": hub.endpoint + "/datasets/{repo_id}/resolve/{revision}/{path}",
                "HF_HUB_OFFLINE": False,
                "HF_DATASETS_OFFLINE": False,
                "HF_CACHE_HOME": str(home),
                "HF_DATASETS_CACHE": home / "datasets",
                "DOWNLOADED_DATASETS_PATH": home / "datasets" / "downloads",
                "EXTRACTED_DATASETS_PATH": home / "datasets" / "downloads" / "extracted",
                # both are at other addresses than the Hub's
                "HF_UPDATE_DOWNLOAD_COUNTS": False,
                "USE_PARQUET_EXPORT": False,
            },
        )
        # made at import, so it kept the endpoint of then; module-level functions are its methods
        _set(stack, huggingface_hub.hf_api.api, {"endpoint": hub.endpoint})
        if not are_progress_bars_disabled():
            disable_progress_bars()
            stack.callback(enable_progress_bars)
        # the client's own way to send a large file uses an argument that its HTTP library would rather have renamed
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
        _forget()
        stack.callback(_forget)
        yield Client(HfApi(endpoint=hub.endpoint, token=token), home)
