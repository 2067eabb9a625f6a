"""`croissant.json`: a release in the terms of Croissant 1.1, with the Responsible AI properties of RAI 1.0.

Specifications: http://mlcommons.org/croissant/1.1 and http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from curation.recipe import Recipe
from curation.release.card import CARD, card_data
from curation.release.card_sources import sources_in_words, summary
from curation.release.shape import asks_for_topics
from curation.schemas.croissant import Node, file_set_id, record_sets

__all__ = ["CONFORMS_TO", "CROISSANT", "croissant"]

CROISSANT = "croissant.json"
CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

# The first is the registered media type, the second the one that mlcroissant 1.1.1 reads.
_PARQUET = ("application/vnd.apache.parquet", "application/x-parquet")

_LABEL_LIMITS = (
    "Nobody has checked the topics by hand.",
    "Small topics have few papers: figures for a single topic are loose.",
)
_LABEL_USES = ("Training and evaluating classification of abstracts by topic, in the fixed splits.",)
_NO_ANNOTATION = {"dataAnnotationProtocol": "No topics were given.", "annotationsPerItem": "None."}

# Terms of the specification's Appendix 1, and four of Croissant 1.0 that mlcroissant expects.
_TERMS = (
    "annotation arrayShape citeAs column containedIn equivalentProperty excludes extract field fileObject fileProperty"
    " fileSet format includes isArray isLiveDataset jsonPath key md5 parentField readLines recordSet references regex"
    " sdVersion separator source subField transform unArchive value path repeated replace samplingRate"
)

# Appendix 1 of the specification; schema.org under https, as in its published examples and as mlcroissant reads it.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
} | {term: f"cr:{term}" for term in sorted(_TERMS.split())}


def croissant(manifest: Mapping[str, Any], recipe: Recipe) -> Node:
    """Return the Croissant document of a release.

    The specification requires `datePublished`, but a date that is not known is left out, not invented: a release that
    is to be published is built with `SOURCE_DATE_EPOCH`.

    Args:
        manifest: The release's manifest, with size and hash of its Parquet files.
        recipe: Names and the maintainer's sentences.
    """
    metadata = card_data(manifest, recipe)
    maintainers = {"@type": "sc:Organization", "name": _maintainers(recipe)}
    return {
        "@context": dict(_CONTEXT),  # a copy: mlcroissant adds to what it is given
        "@type": "sc:Dataset",
        "name": recipe.dataset.title,
        "description": _description(manifest, recipe),
        "conformsTo": list(CONFORMS_TO),
        "url": recipe.card.homepage or CARD,  # the card is the dataset's page wherever the release is put
        "license": _licenses(metadata.get("license_name"), labelled=asks_for_topics(manifest)),
        "creator": maintainers,
        "publisher": maintainers,
        "version": manifest["version"],
        **({"datePublished": manifest["date"]} if manifest["date"] else {}),
        "citeAs": recipe.card.citation.strip() or _citation(manifest, recipe),
        "keywords": metadata.get("tags"),
        "inLanguage": metadata.get("language"),
        "isLiveDataset": False,
        **{f"rai:{name}": value for name, value in _responsible_ai(manifest, recipe).items() if value},
        "distribution": [*_file_objects(manifest), *_file_sets(manifest)],
        "recordSet": record_sets(),
    }


def _maintainers(recipe: Recipe) -> str:
    return f"The {recipe.dataset.title} maintainers"


def _description(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    figures = f"{_counted(_papers(manifest), 'paper')} from {_counted(manifest['stages'][0]['in'], 'captured record')}."
    return " ".join(filter(None, (summary(manifest, recipe), figures)))


def _licenses(texts: str, *, labelled: bool) -> list[Node]:
    return [
        {
            "@type": "sc:CreativeWork",
            "name": texts,
            "description": "Titles and abstracts are the words of the papers' authors, who keep their rights in them;"
            " they are collected here for research.",
        },
        {
            "@type": "sc:CreativeWork",
            "name": "Apache-2.0",
            "description": f"The {'labels, edits' if labelled else 'edits'} and other annotations.",
            "url": "https://spdx.org/licenses/Apache-2.0.html",
        },
    ]


def _citation(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    """Return BibTeX from what is known of any release."""
    fields = {
        "title": recipe.dataset.title,
        "author": _maintainers(recipe),
        "version": manifest["version"],
        "year": (manifest["date"] or "")[:4],
    }
    lines = [f"  {name} = {{{{{_tex(value)}}}}}" for name, value in fields.items() if value]
    return f"@misc{{{recipe.dataset.name},\n" + ",\n".join(lines) + "\n}"


def _tex(text: str) -> str:
    """Return text that BibTeX takes as it is; signs of markup that no backslash can make plain are left out."""
    return re.sub(r"([&%$#_])", r"\\\1", re.sub(r"[{}\\~^]", "", text))


def _file_objects(manifest: Mapping[str, Any]) -> Iterator[Node]:
    entries = {entry["path"]: entry for entry in manifest["files"]}
    for splits in manifest["tables"].values():
        for part in splits.values():
            for path in part["files"]:
                yield {
                    "@type": "cr:FileObject",
                    "@id": path,
                    "name": path.rpartition("/")[2],
                    "contentUrl": path,
                    "contentSize": f"{entries[path]['bytes']} B",
                    "encodingFormat": list(_PARQUET),
                    "sha256": entries[path]["sha256"],
                }


def _file_sets(manifest: Mapping[str, Any]) -> Iterator[Node]:
    # no `containedIn`: mlcroissant then looks beside croissant.json, and cannot read a set contained in file objects
    for name in manifest["tables"]:
        yield {
            "@type": "cr:FileSet",
            "@id": file_set_id(name),
            "name": file_set_id(name),
            "description": f"The Parquet files of `{name}`.",
            "encodingFormat": list(_PARQUET),
            "includes": f"{name}/*.parquet",
        }


def _responsible_ai(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return the RAI properties in the order of their specification; an empty one does not apply."""
    statistics, homepage = manifest["statistics"], recipe.card.homepage
    removed = {what: sum(stage[what] for stage in manifest["stages"]) for what in ("merged", "rejected")}
    edits = sum(statistics["edits_by_rule"].values())
    of, labelled = sources_in_words(manifest), asks_for_topics(manifest)
    return {
        "dataCollection": f"{recipe.card.provenance or of.came_from} {_counted(len(manifest['sources']), 'source')}"
        f" with {_counted(manifest['stages'][0]['in'], 'record')}; manifest.json lists them.",
        "dataCollectionType": of.type,
        "dataCollectionMissingData": f"{of.missing} {statistics['possibly_truncated']} of {_papers(manifest)} abstracts"
        f" may be cut off. {statistics['papers_with_arxiv_id']} have an arXiv id,"
        f" {statistics['papers_with_categories']} categories.",
        "dataCollectionRawData": of.raw,
        "dataImputationProtocol": "No metadata is filled in: what is not known is missing.",
        "dataManipulationProtocol": f"{removed['merged']} records were merged with another of the same paper,"
        f" {removed['rejected']} rejected; `removed` gives the reason for each.",
        "dataPreprocessingProtocol": [
            (
                f"Texts are normalized by rules: {_counted(edits, 'edit')} in"
                f" {_counted(statistics['papers_edited'], 'paper')}, each in `edits`, and each can be undone."
            ),
            (
                "Two records are one paper if title and abstract have the same letters and digits, or if the word"
                f" {recipe.deduplicate.ngram}-grams of their abstracts have a Jaccard similarity of"
                f" {recipe.deduplicate.threshold} or more{of.merged_by}."
            ),
        ],
        **(_annotation(manifest) if labelled else _NO_ANNOTATION),
        "dataReleaseMaintenancePlan": "No schedule is promised. CHANGELOG.md says what each version changes. Whoever"
        " wants a record of theirs removed opens a discussion on the dataset's page"
        + (f" or an issue at {homepage}." if homepage else "."),
        "personalSensitiveInformation": "No column is for names of authors or data about persons. Texts and links may"
        f" name people{of.kept_whole}.",
        "dataBiases": of.biases,
        "dataLimitations": [
            *of.limits,
            *([of.looked_up] if manifest["enrichment"] else []),
            *(_LABEL_LIMITS if labelled else ()),
        ],
        "dataUseCases": [*(_LABEL_USES if labelled else ()), "Retrieval over titles and abstracts."],
    }


def _annotation(manifest: Mapping[str, Any]) -> dict[str, Any]:
    labels, statistics = manifest["labels"], manifest["statistics"]
    sources, agreement = statistics["papers_by_label_source"], statistics["agreement"]
    voices = [
        f"{voice['annotator']} (round {voice['round']}): {_counted(voice['papers'], 'paper')}"
        for voice in labels["annotations"]
    ]
    asked = sources["model"] + sources["abstained"]
    protocol = [
        f"Topics of {_counted(sources['adjudicated'], 'paper')} were given by language models under one guide, not by"
        " people: two annotators labelled apart, an adjudicator decided where they differed."
        if voices
        else "",
        f"{_counted(sources['model'], 'paper')} were labelled by the package's labeler, which abstained on"
        f" {sources['abstained']}."
        if asked
        else "",
        "Every voice is in `annotations`.",
    ]
    kappa = agreement["kappa_primary"] if agreement else None
    return {
        "dataAnnotationProtocol": " ".join(filter(None, protocol)),
        "dataAnnotationAnalysis": f"First round: Cohen's kappa on the primary topic {_figure(kappa['value'])} (95 %"
        f" interval {_figure(kappa['low'])} to {_figure(kappa['high'])}), Krippendorff's alpha on the sets of topics"
        f" {_figure(agreement['alpha_jaccard'])} (Jaccard distance); {agreement['papers_that_differ']} of"
        f" {_counted(agreement['papers'], 'paper')} differ in some topic. The annotators are runs of the same model, so"
        " this says how steadily it reads the guide, not how right it is."
        if kappa
        else "",
        "annotationsPerItem": "None by people." + (f" By language models: {'; '.join(voices)}." if voices else ""),
        "annotatorDemographics": "Does not apply: no person annotated.",
        "machineAnnotationTools": [
            *(["A language model, as annotators and adjudicator"] if voices else []),
            *([f"The package's labeler, version {labels['labeler']}"] if asked else []),
            f"Labeling functions, version {labels['labeling_functions']}; their votes decide nothing",
        ],
    }


def _papers(manifest: Mapping[str, Any]) -> int:
    return sum(part["rows"] for part in manifest["tables"]["papers"].values())


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
