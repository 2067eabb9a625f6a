"""The card's metadata against what the Hugging Face Hub takes, without asking it.

Before a commit the Hub looks at a card's metadata (`/api/validate-yaml`). What it refuses stops the commit; of other
things it warns, or leaves them out of its filters. The code of that endpoint is not public. What is checked here
follows

- the published form, `datasetcard.md` of huggingface/hub-docs, and the types of `cardData` in huggingface.js, for keys
  and types;
- the lists that the library `datasets` ships (`datasets/utils/resources`) for languages, sizes and creators;
- `_TASKS` and `_LICENSES` below for tasks and licences, of which no installed library has a list: they hold what this
  project's cards use and no more. The whole lists are `packages/tasks/src/pipelines.ts` of huggingface.js and the
  table in `docs/hub/repositories-licenses.md` of hub-docs.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs, _NoDuplicateSafeLoader
from huggingface_hub import DatasetCard, DatasetCardData
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

__all__ = ["card_values", "config_faults", "metadata_faults"]

_REFUSED = "the Hub refuses the commit"
_WARNED = "the Hub warns and leaves it out of its filters"
_IGNORED = "the Hub keeps it and does nothing with it"
_UNREADABLE = "the Hub takes the card, but `load_dataset` and the viewer cannot read its configs"

# A key that is not the Hub's: it keeps unknown keys in `cardData`, where other tools find the version.
_OWN_KEYS = frozenset({"version"})
_TEXTS = frozenset(
    {"license_name", "license_link", "license_details", "pretty_name", "paperswithcode_id", "thumbnail", "description"}
    | {f"extra_gated_{name}" for name in ("prompt", "heading", "description", "button_content")}
)
_LISTS = frozenset(
    {"tags", "annotations_creators", "language_creators", "language_bcp47", "multilinguality", "size_categories"}
    | {"source_datasets", "task_categories", "task_ids", "config_names"}
)
_TEXT_OR_LIST = frozenset({"language", "license", "language_details"})
_OTHERS = frozenset({"configs", "dataset_info", "train-eval-index", "extra_gated_fields", "viewer", "benchmark"})
_KNOWN = _TEXTS | _LISTS | _TEXT_OR_LIST | _OTHERS | _OWN_KEYS
# without these the Hub's page of the dataset lacks what people look for first
_WANTED = ("language", "license", "pretty_name", "size_categories", "task_categories")

_TASKS = {
    "text-classification": frozenset({"topic-classification", "multi-label-classification"}),
    "text-retrieval": frozenset({"document-retrieval"}),
}
_LICENSES = frozenset({"other"})
_LICENSE_FILES = ("LICENSE", "LICENSE.md")
_SOURCES = re.compile(r"original|extended(\|.+)?|[\w.-]+(/[\w.-]+)?")


def card_values(card: Path) -> dict[str, Any]:
    """Read the metadata of a card, as the Hub's client reads them; not to be changed, several checks share them.

    Raises:
        OSError: The file cannot be read.
        ValueError: It has no metadata, or none that can be read.
        yaml.YAMLError: They are not YAML.
    """
    return _parsed(card.read_text(encoding="utf-8"))


# YAML of this length takes as long to read as all tables of a small release
@lru_cache(maxsize=2)
def _parsed(card: str) -> dict[str, Any]:
    values: dict[str, Any] = DatasetCard(card, ignore_metadata_errors=False).data.to_dict()  # type: ignore[no-untyped-call]
    return values


_Loader: Any = _NoDuplicateSafeLoader
if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Loader(CParser, _NoDuplicateSafeLoader):  # type: ignore[no-redef, misc]
        """The loader of `datasets` that knows of duplicates, on libyaml's parser: seven times faster."""

        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)


@lru_cache(maxsize=2)
def _unique(block: str) -> Any:
    """Return the metadata as the Hub reads them, which is not as its client does: no name may be there twice."""
    return yaml.load(block, Loader=_Loader)  # noqa: S506 (a SafeLoader)


def metadata_faults(card: str, files: frozenset[str]) -> Iterator[str]:
    """Yield what the Hub would not take of a card's metadata as it is; each message ends with what it would do.

    The configs are left to `config_faults`.

    Args:
        card: The whole card.
        files: Paths of the release's files.
    """
    block = REGEX_YAML_BLOCK.search(card)
    if block is None:
        yield "there is no metadata at the top: the Hub warns and shows the dataset without tags"
        return
    try:
        data = _unique(block[2])
    except (yaml.YAMLError, TypeError) as error:
        yield f"the metadata are not YAML ({str(error).splitlines()[0]}): {_REFUSED}"
        return
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        yield f"the metadata are not names with values: {_REFUSED}"
        return
    yield from (f"`{key}` is missing: the Hub shows the dataset without it" for key in _WANTED if key not in data)
    yield from _keys(data)
    wrong = dict(_types(data))
    yield from (f"{message}: {_REFUSED}" for message in wrong.values())
    right = {key: value for key, value in data.items() if key not in wrong}
    yield from _values(right)
    yield from _licence(right, files)


def _keys(data: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(set(data) - _KNOWN):
        close = difflib.get_close_matches(key, _KNOWN, n=1)
        yield f"`{key}` is no key of the Hub's{f' (`{close[0]}` is)' if close else ''}: {_IGNORED}"


def _types(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    def are_texts(value: Any) -> bool:
        return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one for one in value)

    for key, value in data.items():
        is_text = isinstance(value, str) and bool(value)
        if key in _TEXTS and not is_text:
            yield key, f"`{key}` is {value!r}, not a text"
        elif key in _LISTS and not are_texts(value):
            yield key, f"`{key}` is {value!r}, not a list of texts"
        elif key in _TEXT_OR_LIST and not is_text and not are_texts(value):
            yield key, f"`{key}` is {value!r}, neither a text nor a list of texts"


@lru_cache
def _shipped(name: str) -> frozenset[str] | None:
    """Return a list of values that `datasets` ships; None if this version of it has none, and nothing can be told."""
    try:
        text = resources.files("datasets.utils.resources").joinpath(f"{name}.json").read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError):
        return None
    content = json.loads(text)
    if name == "creators":
        return frozenset(f"{kind}:{value}" for kind, values in content.items() for value in values)
    return frozenset(content)


def _in(name: str, prefix: str = "") -> Callable[[str], bool]:
    def known(value: str) -> bool:
        values = _shipped(name)
        return values is None or f"{prefix}{value}" in values

    return known


def _values(data: Mapping[str, Any]) -> Iterator[str]:
    checks: tuple[tuple[str, Callable[[str], bool], str, str], ...] = (
        ("language", _is_language, "is no ISO 639 code of two or three small letters", _REFUSED),
        ("license", _LICENSES.__contains__, "is no licence that this card knows", _REFUSED + " if it does not know it"),
        ("size_categories", _in("size_categories"), "is no size of the Hub's", _WARNED),
        ("multilinguality", _in("multilingualities"), "is none of the Hub's values", _WARNED),
        ("annotations_creators", _in("creators", "annotations:"), "is none of the Hub's values", _WARNED),
        ("language_creators", _in("creators", "language:"), "is none of the Hub's values", _WARNED),
        ("source_datasets", lambda value: bool(_SOURCES.fullmatch(value)), "names no dataset", _WARNED),
        ("task_categories", _TASKS.__contains__, "is no task that this card knows", _WARNED),
        ("task_ids", _is_task_id(data), "belongs to none of the card's `task_categories`", _WARNED),
    )
    for key, known, message, outcome in checks:
        given = data.get(key, [])
        for value in [given] if isinstance(given, str) else given:
            if not known(value):
                yield f"`{key}`: {value!r} {message}: {outcome}"


def _is_language(value: str) -> bool:
    return value in ("code", "multilingual") or (bool(re.fullmatch("[a-z]{2,3}", value)) and _in("languages")(value))


def _is_task_id(data: Mapping[str, Any]) -> Callable[[str], bool]:
    ids = {one for task in data.get("task_categories", []) for one in _TASKS.get(task, ())}
    return ids.__contains__


def _licence(data: Mapping[str, Any], files: frozenset[str]) -> Iterator[str]:
    name, link = data.get("license_name"), data.get("license_link")
    if data.get("license") in ("other", ["other"]) and name is None:
        yield "`license` is other without a `license_name`: the Hub shows `other` and nothing else"
    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        yield f"`license_name` is {name!r}, not small letters, digits, `.` and `-`: the Hub does not show it as a tag"
    if link in _LICENSE_FILES and link not in files:
        yield f"`license_link` is {link}, which is not in the release: the Hub shows a link that leads nowhere"
    elif link is not None and link not in _LICENSE_FILES and not re.match(r"https?://[\w.-]+\w(/\S*)?$", link):
        yield f"`license_link` is {link!r}, neither LICENSE, LICENSE.md nor an address: {_REFUSED}"


def config_faults(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps `datasets` and the Hub's viewer from reading the configs and features of a card.

    Args:
        data: The card's metadata.
    """
    card = DatasetCardData(**{key: data[key] for key in ("configs", "dataset_info") if data.get(key) is not None})
    try:
        MetadataConfigs.from_dataset_card_data(card).get_default_config_name()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield f"`configs` cannot be read ({_short(error)}): {_UNREADABLE}"
    else:
        for config in data.get("configs") or []:
            parts = config.get("data_files")
            if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
                name = config["config_name"]
                yield f"`configs`: {name} does not name its files split by split: `load_dataset` guesses the splits"
    infos = data.get("dataset_info")
    if infos is not None and not isinstance(infos, (dict, list)):
        # `datasets` passes over it, and the Hub shows no features
        yield f"`dataset_info` is {infos!r}, not a mapping or a list of them: {_IGNORED}"
        return
    try:
        DatasetInfosDict.from_dataset_card_data(card)
    except Exception as error:  # noqa: BLE001 (whatever a wrong type of a feature raises)
        yield f"`dataset_info` cannot be read ({_short(error)}): {_UNREADABLE}"


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:120]}"
