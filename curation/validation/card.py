"""The card against the data."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from itertools import zip_longest
from typing import Any

import jinja2
import yaml
from datasets import Features

from curation.recipe import Recipe
from curation.release.card import CARD, DEFAULT_CONFIG, published_configs, render_card, scored_here
from curation.release.folder import MANIFEST
from curation.release.reader import Release
from curation.schemas.derive import features
from curation.schemas.tables import SCHEMA_VERSION, TABLES
from curation.validation.card_metadata import card_values, config_faults, metadata_faults
from curation.validation.findings import Finding

__all__ = ["check_card"]


def check_card(release: Release) -> Iterator[Finding]:
    """Yield what the card says that the data does not: configs, counts and features in its metadata, any line of text.

    What the Hub would not take of the metadata comes first. The text is compared with the card rendered again, where
    this is the version of the package that rendered it.
    """
    try:
        data = card_values(release.folder / CARD)
    except (OSError, ValueError, yaml.YAMLError) as error:
        yield Finding("card", CARD, f"the card cannot be read: {str(error).splitlines()[0]}")
        return
    text = (release.folder / CARD).read_text(encoding="utf-8")
    files = frozenset(entry["path"] for entry in release.manifest["files"])
    unreadable = list(config_faults(data))
    findings = [Finding("card", CARD, fault) for fault in [*metadata_faults(text, files), *unreadable]]
    findings += () if unreadable else _check_metadata(release, data)
    findings += _check_leaderboard(release)
    yield from findings
    generator = release.manifest["generator"]["version"], release.manifest["schema_version"]
    if generator == (metadata.version("paper-abstracts"), SCHEMA_VERSION) and not findings:
        yield from _check_text(release)


def _check_leaderboard(release: Release) -> Iterator[Finding]:
    """Yield tasks of the leaderboard that were scored on other data than the release's: claims without evidence."""
    for one in (release.manifest.get("leaderboard") or {"tasks": []})["tasks"]:
        if not scored_here(one, release.manifest.get("benchmark", {})):
            yield Finding("card", MANIFEST, f"leaderboard: the scores of {one['task']} are not of this release's data")


def _check_metadata(release: Release, data: dict[str, Any]) -> Iterator[Finding]:
    if data.get("version") != release.manifest["version"]:
        wanted = release.manifest["version"]
        yield Finding("card", CARD, f"version {data.get('version')!r}, the manifest says {wanted!r}")
    expected = published_configs(release.manifest)
    found = {config.get("config_name"): config for config in data.get("configs") or []}
    for name in sorted(set(expected) ^ set(found)):
        what = "is missing in" if name in expected else "has no rows but is in"
        yield Finding("card", CARD, f"config {name} {what} the card")
    for name in sorted(set(expected) & set(found)):
        paths = {
            entry["split"]: entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
            for entry in found[name]["data_files"]
        }
        if paths != expected[name]:
            yield Finding("card", CARD, f"config {name}: the data files are {paths}, not {expected[name]}")
        if bool(found[name].get("default")) != (name == DEFAULT_CONFIG):
            yield Finding("card", CARD, f"config {name}: only {DEFAULT_CONFIG} is the default")
    infos = data.get("dataset_info") or []
    by_name = {info.get("config_name"): info for info in (infos if isinstance(infos, list) else [infos])}
    for name in sorted(expected):
        if name in by_name:
            yield from _check_info(release, name, by_name[name], list(expected[name]))
        else:
            yield Finding("card", CARD, f"config {name} has no dataset_info")


def _check_info(release: Release, name: str, info: dict[str, Any], splits: list[str]) -> Iterator[Finding]:
    rows = {split["name"]: split["num_examples"] for split in info.get("splits", [])}
    wanted = {split: release.manifest["tables"][name][split]["rows"] for split in splits}
    if rows != wanted:
        yield Finding("card", CARD, f"config {name}: the card counts {rows}, the data {wanted}")
    if release.manifest["schema_version"] != SCHEMA_VERSION:
        return  # the features were those of its schema, of which only the columns are known here
    if Features._from_yaml_list(info.get("features", [])) != features(TABLES[name]):
        yield Finding("card", CARD, f"config {name}: the features in the card are not the data's")


def _check_text(release: Release) -> Iterator[Finding]:
    try:
        wanted = render_card(release.manifest, Recipe.model_validate(release.manifest["recipe"])).splitlines()
    except (ValueError, KeyError, TypeError, AttributeError, jinja2.TemplateError) as error:
        yield Finding("card", CARD, f"the manifest does not give a card: {type(error).__name__}: {error}")
        return
    found = (release.folder / CARD).read_text(encoding="utf-8").splitlines()
    for number, (line, right) in enumerate(zip_longest(found, wanted, fillvalue=""), start=1):
        if line != right:
            same = next((at for at, pair in enumerate(zip(line, right, strict=False)) if len(set(pair)) > 1), 0)
            start = max(same - 30, 0)
            shown, meant = line[start : start + 80], right[start : start + 80]
            yield Finding("card", CARD, f"line {number} has {shown!r}, the data say {meant!r}")
            return
