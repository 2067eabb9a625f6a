"""The card: prose from `dataset_card.md`, every figure and table from the release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import pyarrow as pa
import yaml
from datasets.info import DatasetInfo, DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData

from curation.diff.version import Version
from curation.normalize.latex_rules import LATEX_RULES
from curation.normalize.rules import RULES
from curation.recipe import Recipe
from curation.release.card_benchmark import BASELINES, benchmark_facts, counted, scored_here
from curation.release.card_sources import default_provenance, source_facts, summary
from curation.release.markdown import escaped
from curation.release.pictures import CHARTS
from curation.release.shape import asks_for_topics, is_record_file
from curation.schemas.derive import as_markdown, features
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPICS
from curation.split import MOST_STRATIFIED

__all__ = [
    "BASELINES",
    "CARD",
    "DAMAGE_LEVEL_MEANING",
    "DAMAGE_MEANING",
    "DEFAULT_CONFIG",
    "LICENSE_NAME",
    "card_data",
    "card_template",
    "published_configs",
    "render_card",
    "scored_here",
]

CARD = "README.md"
LICENSE_NAME = "authors-abstracts"
DEFAULT_CONFIG = "papers"

# libyaml's, where pyyaml was built with it, writes the same in a fifth of the time
_DUMPER: Any = getattr(yaml, "CDumper", yaml.Dumper)

Tables = Mapping[str, Mapping[str, pa.Table]]

# The Hub's own size classes.
_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)

# For those who look for data with labels.
_LABEL_TASKS = ("topic-classification", "multi-label-classification")

# Where the Hub shows the section of the card that stands for the licence's text: it makes anchors of headings.
_LICENSE_SECTION = "https://huggingface.co/datasets/{}#licence-and-whose-words-these-are"

# By the levels of `DAMAGE_LEVELS`.
DAMAGE_LEVEL_MEANING = {
    "none": "no sign was found; math lost without a trace leaves none",
    "suspected": "only weak signs",
    "visible": "a strong sign",
}

# By the kinds of `DAMAGE_KINDS`.
DAMAGE_MEANING = {
    "command": "a command's name is left where its symbol stood, as in `d/epsilon`",
    "braces": "braces of TeX are left without what they belonged to, as in `{<}`",
    "dollar": "a dollar sign of the math is left",
    "spacing": "the sign of a spacing command is left, as in `=!`",
    "bound": "a bound is compared with the same bound: what told the two apart is lost",
}


def published_configs(manifest: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Return the configs of a release: the files of each table's splits that have rows.

    datasets 5 refuses a split without rows, so those are left out, and so is a table without any.
    """
    configs = {
        name: {split: part["files"] for split, part in splits.items() if part["rows"]}
        for name, splits in manifest["tables"].items()
    }
    return {name: splits for name, splits in configs.items() if splits}


def card_data(manifest: Mapping[str, Any], recipe: Recipe) -> DatasetCardData:
    """Return the card's metadata: the Hub's standard keys, `configs` and `dataset_info`."""
    papers = sum(part["rows"] for part in manifest["tables"]["papers"].values())
    labelled, of_pages = asks_for_topics(manifest), not any(map(is_record_file, manifest["sources"]))
    size = next((name for limit, name in _SIZE_CATEGORIES if papers < limit), "n>10M")
    data = DatasetCardData(
        language=["en"],
        license="other",
        license_name=LICENSE_NAME,
        # a link must lead to a file of the release or a page; without a page there is neither, and it is left out
        license_link=_LICENSE_SECTION.format(recipe.dataset.repository) if recipe.dataset.repository else None,
        pretty_name=recipe.dataset.title,
        size_categories=[size],
        task_categories=["text-classification", "text-retrieval"] if labelled else ["text-retrieval"],
        task_ids=[*(_LABEL_TASKS if labelled else ()), "document-retrieval"],
        annotations_creators=["machine-generated" if labelled else "no-annotation"],
        language_creators=["found"],
        multilinguality=["monolingual"],
        source_datasets=["original"],
        # only of the captured pages is it known what they are about
        tags=["abstracts", *(["machine-learning"] if of_pages else []), "scientific-text"],
        version=manifest["version"],  # a key of ours; the Hub keeps keys it does not know
    )
    configs = published_configs(manifest)
    metadata_configs = MetadataConfigs()
    infos = DatasetInfosDict()
    for name, splits in configs.items():
        metadata_configs[name] = {
            "data_files": [
                {"split": split, "path": paths if len(paths) > 1 else paths[0]} for split, paths in splits.items()
            ]
        }
        if name == DEFAULT_CONFIG:
            metadata_configs[name]["default"] = True
        infos[name] = _info(manifest, name, splits)
    metadata_configs.to_dataset_card_data(data)
    infos.to_dataset_card_data(data)
    return data


def _info(manifest: Mapping[str, Any], name: str, splits: Mapping[str, list[str]]) -> DatasetInfo:
    parts = manifest["tables"][name]
    split_infos = SplitDict()
    for split in splits:
        split_infos.add(
            SplitInfo(split, num_bytes=parts[split]["uncompressed_bytes"], num_examples=parts[split]["rows"])
        )
    sizes = {entry["path"]: entry["bytes"] for entry in manifest["files"]}
    return DatasetInfo(
        config_name=name,
        features=features(TABLES[name]),
        splits=split_infos,
        download_size=sum(sizes[path] for paths in splits.values() for path in paths),
        dataset_size=sum(parts[split]["uncompressed_bytes"] for split in splits),
    )


def render_card(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    """Render the card of a release.

    Args:
        manifest: The release's manifest, with the sizes of its Parquet files.
        recipe: Names and the maintainer's sentences.
    """
    return card_template().render(_context(manifest, recipe)).rstrip("\n") + "\n"


@cache
def card_template() -> jinja2.Template:
    """Return the compiled prose, which no release changes and which takes longer than to fill it in."""
    template = resources.files("curation.resources").joinpath("dataset_card.md").read_text(encoding="utf-8")
    # the card is Markdown; escaping for HTML would spoil it. A line with nothing but a tag leaves no line behind.
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["count"] = counted
    environment.filters["cell"] = escaped
    environment.filters["figure"] = lambda value: "undefined" if value is None else f"{value:.3f}"
    return environment.from_string(template)


def _weakest(agreement: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the topic on which the annotators agree least."""
    rated = [one for one in (agreement or {}).get("topics", ()) if one["kappa"]["value"] is not None]
    return min(rated, key=lambda one: one["kappa"]["value"]) if rated else None


def _citation(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    """Return BibTeX from what is known of any release."""
    repository = recipe.dataset.repository
    fields = {
        "title": recipe.dataset.title,
        "author": f"The {recipe.dataset.title} maintainers",
        "version": manifest["version"],
        "year": (manifest["date"] or "")[:4],
        "url": f"https://huggingface.co/datasets/{repository}" if repository else "",
    }
    lines = [f"  {name} = {{{{{_tex(value)}}}}}" for name, value in fields.items() if value]
    return f"@misc{{{recipe.dataset.name},\n" + ",\n".join(lines) + "\n}"


def _tex(text: str) -> str:
    """Return text that BibTeX takes as it is; signs of markup that no backslash can make plain are left out."""
    return re.sub(r"([&%$#_])", r"\\\1", re.sub(r"[{}\\~^]", "", " ".join(text.split())))


def _yaml(data: DatasetCardData) -> str:
    """Return a card's metadata as the Hub's client writes them."""
    values = data.to_dict()  # type: ignore[no-untyped-call]
    text: str = yaml.dump(values, Dumper=_DUMPER, sort_keys=False, allow_unicode=True)
    return text.strip()


def _context(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    statistics, facts = manifest["statistics"], source_facts(manifest)
    configs = published_configs(manifest)
    papers = manifest["tables"]["papers"]
    counts = statistics["edits_by_rule"]
    by_topic = statistics["papers_by_primary_topic"]
    stages = manifest["stages"]
    kinds = statistics["math_damage_by_kind"]
    version = Version.parse(manifest["version"])
    assert version is not None  # the shape of the manifest asks for one
    place = recipe.dataset.repository or "path/to/release"
    first_split, first_files = next(iter(configs[DEFAULT_CONFIG].items()))
    return {
        "card_data": _yaml(card_data(manifest, recipe)),
        **benchmark_facts(manifest, recipe),
        "title": recipe.dataset.title,
        **facts,
        "labelled": asks_for_topics(manifest),
        "summary": summary(manifest, recipe),
        "papers": sum(part["rows"] for part in papers.values()),
        "occurrences": stages[0]["in"],
        "merged": sum(stage["merged"] for stage in stages),
        "rejected": sum(stage["rejected"] for stage in stages),
        "merged_by_rule": statistics["merged_by_rule"],
        "version": manifest["version"],
        "version_reason": manifest["version_reason"],
        "base": manifest["base"],
        **{f"next_{kind}": version.raised(kind) for kind in ("major", "minor", "patch")},
        "date": manifest["date"],
        "schema_version": manifest["schema_version"],
        "load_path": place,
        "split_names": ", ".join(configs[DEFAULT_CONFIG]),
        "example_config": "edits" if "edits" in configs else "listings",
        "first_split": first_split,
        "first_file": f"{'hf://datasets/' if recipe.dataset.repository else ''}{place}/{first_files[0]}",
        "splits": {split: part["rows"] for split, part in papers.items()},
        "tables": [
            {
                "name": name,
                "row": TABLES[name].row,
                "rows": sum(part["rows"] for part in manifest["tables"][name].values()),
            }
            for name in TABLES
        ],
        "provenance": recipe.card.provenance or default_provenance(manifest),
        "stages": stages,
        "ngram": recipe.deduplicate.ngram,
        "threshold": recipe.deduplicate.threshold,
        "papers_edited": statistics["papers_edited"],
        "rules": [
            {"id": rule.id, "of": rule.of, "count": counts[rule.id], "why": rule.why}
            # in the order they run: in that of texts with their LaTeX the others have no place of their own
            for rule in {rule.id: rule for rule in (*(LATEX_RULES if facts["latex"] else ()), *RULES)}.values()
            if rule.id in counts
        ],
        "damage": statistics["papers_by_math_damage"],
        "damage_levels": DAMAGE_LEVEL_MEANING,
        "damage_places": sum(kind["spans"] for kind in kinds.values()),
        "damage_repaired": sum(kind["repaired"] for kind in kinds.values()),
        "damage_kinds": [
            {"kind": kind, "meaning": meaning, **counts}
            for kind, meaning in DAMAGE_MEANING.items()
            if (counts := kinds.get(kind))
        ],
        "with_links": statistics["papers_with_links"],
        "with_code_links": statistics["papers_with_code_links"],
        "enrichment": manifest["enrichment"],
        "with_arxiv_id": statistics["papers_with_arxiv_id"],
        "with_categories": statistics["papers_with_categories"],
        "truncated": statistics["possibly_truncated"],
        "labeler_version": manifest["labels"]["labeler"],
        "functions_version": manifest["labels"]["labeling_functions"],
        "label_sources": statistics["papers_by_label_source"],
        "voices": manifest["labels"]["annotations"],
        "agreement": statistics["agreement"],
        "weakest": _weakest(statistics["agreement"]),
        "charts": [name for name in CHARTS if f"charts/{name}.png" in {entry["path"] for entry in manifest["files"]}],
        "topics": [
            {
                "id": topic.id,
                "primary": by_topic.get(topic.id, 0),
                "count": statistics["papers_by_topic"].get(topic.id, 0),
                "description": topic.description,
            }
            for topic in TOPICS
        ],
        "by_hash": not asks_for_topics(manifest) or sum(part["rows"] for part in papers.values()) > MOST_STRATIFIED,
        "shares": ", ".join(f"{name} {share:.0%}" for name, share in recipe.split if name != "assignments"),
        "dictionary": as_markdown(list(TABLES.values()), heading="###"),
        "license_name": LICENSE_NAME,
        "repository": recipe.dataset.repository,
        "homepage": recipe.card.homepage,
        "contact": recipe.card.contact,
        "citation": recipe.card.citation.strip() or _citation(manifest, recipe),
    }
