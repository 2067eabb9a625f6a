"""The card against the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curation.release.card import DEFAULT_CONFIG, published_configs
from curation.release.reader import Release
from curation.schemas.derive import features
from curation.schemas.tables import TABLES
from curation.validation.findings import Finding

__all__ = ["check_card"]

CARD = "README.md"


def check_card(release: Release) -> Iterator[Finding]:
    """Yield configs, counts and features in the card's metadata that are not the data's."""
    import yaml
    from datasets import Features
    from huggingface_hub import DatasetCard

    try:
        data: dict[str, Any] = DatasetCard.load(release.folder / CARD, ignore_metadata_errors=False).data.to_dict()
    except (OSError, ValueError, yaml.YAMLError) as error:
        yield Finding("card", CARD, f"the card cannot be read: {str(error).splitlines()[0]}")
        return
    if data.get("version") != release.manifest["version"]:
        yield Finding(
            "card",
            CARD,
            f"version {data.get('version')!r}, the manifest says {release.manifest['version']!r}",
        )
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
    for info in infos if isinstance(infos, list) else [infos]:
        name = info.get("config_name")
        if name not in expected:
            continue
        rows = {split["name"]: split["num_examples"] for split in info.get("splits", [])}
        wanted = {split: release.manifest["tables"][name][split]["rows"] for split in expected[name]}
        if rows != wanted:
            yield Finding("card", CARD, f"config {name}: the card counts {rows}, the data {wanted}")
        if Features._from_yaml_list(info.get("features", [])) != features(TABLES[name]):
            yield Finding("card", CARD, f"config {name}: the features in the card are not the data's")
    named = {info.get("config_name") for info in (infos if isinstance(infos, list) else [infos])}
    for name in sorted(set(expected) - named):
        yield Finding("card", CARD, f"config {name} has no dataset_info")
