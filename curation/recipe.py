"""Recipes: what a dataset is made of and how, in one TOML file."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from curation.errors import Location, RecipeError
from curation.schemas.stages import SPLITS

__all__ = [
    "Annotations",
    "Benchmark",
    "CardText",
    "Dataset",
    "Deduplicate",
    "Enrich",
    "Label",
    "Recipe",
    "SourceColumns",
    "SourceFile",
    "Split",
    "read_recipe",
]


# narrower than the Hub's own rule, which `curate publish` asks for: no `--`, no `..`, no sign at either end
_REPOSITORY = r"^[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*/[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CardText(_Section):
    """Sentences of the card that only the maintainer can say.

    Attributes:
        provenance: How the sources came to be.
        citation: BibTeX.
        homepage: Where the code and the issues are.
        contact: Whom to write to, as in `curators@example.org`.
    """

    provenance: str = ""
    citation: str = ""
    homepage: str = ""
    contact: str = ""


class Dataset(_Section):
    """The dataset's names.

    Attributes:
        name: Lower case, with hyphens; for files and the Hub.
        title: For people.
        summary: What it is, in a sentence or two.
        date: The day on which the version is cut; `SOURCE_DATE_EPOCH` goes before it. None if no day is stated.
        repository: The dataset on the Hub that it is published as, `owner/name`; None if that is not known.
    """

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,94}[a-z0-9])?$")
    title: str = Field(min_length=1)
    summary: str = ""
    date: dt.date | None = None
    repository: str | None = Field(default=None, pattern=_REPOSITORY)


class SourceColumns(_Section):
    """What a file of records calls our columns; the usual names are looked for where none is given.

    Attributes:
        title: Usually `title`.
        abstract: Usually `abstract`.
        arxiv_id: Usually `arxiv_id` or `id`; a value that is no identifier of arXiv's is passed over.
        categories: Usually `categories`: text with blanks between them, or a list of texts.
    """

    title: str | None = Field(default=None, min_length=1)
    abstract: str | None = Field(default=None, min_length=1)
    arxiv_id: str | None = Field(default=None, min_length=1)
    categories: str | None = Field(default=None, min_length=1)


class SourceFile(_Section):
    """One source: a captured listing, or a file of records.

    Attributes:
        path: The file, from the recipe's folder; a file of records may be a URL.
        name: What to call it; the file's name when missing.
        sha256: If given, the content must have it.
        format: What the file is; told by its name when missing.
        columns: What a file of records calls our columns.
        math: What became of the math of a file of records: `latex` where it still stands there as LaTeX, `stripped`
            where the records were taken from pages that strip it, as listings are.
    """

    path: str = Field(min_length=1)
    name: str | None = Field(default=None, min_length=1)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    format: Literal["listing", "jsonl", "csv", "parquet"] | None = None
    columns: SourceColumns = SourceColumns()
    math: Literal["latex", "stripped"] = "latex"


class Deduplicate(_Section):
    """Near-duplicates.

    Attributes:
        threshold: Jaccard similarity from which two abstracts are one paper's.
        ngram: Words per n-gram.
    """

    threshold: float = Field(default=0.75, gt=0, le=1)
    ngram: int = Field(default=5, ge=1)


class Enrich(_Section):
    """What is known of the papers from elsewhere.

    Attributes:
        arxiv_ids: CSV of arXiv ids by title, from the recipe's folder.
    """

    arxiv_ids: str = Field(min_length=1)


class Annotations(_Section):
    """Who annotated the papers.

    Attributes:
        first_round: CSV of each of two annotators who did not see each other's labels, from the recipe's folder.
        later_rounds: CSV of an annotator for each later round; kept and measured, but not decided upon.
        adjudicator: CSV of decisions where the two differ.
        invented: JSON lines of invented papers with their topics, for training the labeler; never published as data.
    """

    first_round: list[str] = Field(min_length=2, max_length=2)
    later_rounds: list[str] = []
    adjudicator: str | None = None
    invented: str | None = None


class Benchmark(_Section):
    """What models reached on the tasks of the release.

    Attributes:
        leaderboard: What `curate leaderboard DIR --format json` printed, from the recipe's folder. The card shows the
            tasks that were scored on the very data of the release.
    """

    leaderboard: str = Field(min_length=1)


class Label(_Section):
    """Whether papers are given topics.

    Attributes:
        topics: Without them nobody is asked, neither annotators nor the labeler; the labels are missing.
    """

    topics: bool = True


class Split(_Section):
    """Shares of the splits.

    Attributes:
        train: Share of the papers.
        validation: Share of the papers.
        test: Share of the papers.
        assignments: CSV of splits already given, from the recipe's folder.
    """

    train: float = Field(default=0.6, ge=0, le=1)
    validation: float = Field(default=0.1, ge=0, le=1)
    test: float = Field(default=0.3, ge=0, le=1)
    assignments: str | None = None

    @model_validator(mode="after")
    def _add_up(self) -> Split:
        total = sum(self.shares)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares of {', '.join(SPLITS)} add up to {total:g}, not to 1")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares in the order of `SPLITS`."""
        return (self.train, self.validation, self.test)


class Recipe(_Section):
    """A whole recipe.

    Attributes:
        dataset: Names.
        sources: Files, in any order.
        deduplicate: Thresholds.
        enrich: Tables to look papers up in; None if there are none.
        annotations: Who annotated the papers; None if nobody did, and the labeler labels them all.
        label: Whether papers are given topics.
        split: Shares.
        benchmark: Scores of models; None if there are none. Like a source it stands in a manifest by its content.
        card: The maintainer's sentences.
    """

    dataset: Dataset
    sources: list[SourceFile] = []
    deduplicate: Deduplicate = Deduplicate()
    enrich: Enrich | None = None
    annotations: Annotations | None = None
    label: Label = Label()
    split: Split = Split()
    benchmark: Benchmark | None = Field(default=None, exclude=True)
    card: CardText = CardText()


def read_recipe(path: Path | None) -> Recipe:
    """Read a recipe.

    Args:
        path: The file; None for the default recipe, which names no sources.

    Raises:
        RecipeError: The file is missing, is no TOML, or has an unknown key or a wrong value; the message names the
            line.
    """
    if path is None:
        default = resources.files("curation.resources").joinpath("default_recipe.toml")
        return _parse(default.read_text(encoding="utf-8"), Path("default_recipe.toml"))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError("the recipe is not UTF-8 text", where=Location(path, byte=error.start)) from error
    except OSError as error:
        raise RecipeError(
            f"the recipe cannot be read ({error.strerror})", where=Location(path), hint="check the path"
        ) from error
    return _parse(text, path)


def _parse(text: str, path: Path) -> Recipe:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise RecipeError(
            f"the recipe is not TOML: {error}", where=Location(path, line=int(line[1]) if line else None)
        ) from error
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise _explain(error, text, path) from error


def _explain(error: ValidationError, text: str, path: Path) -> RecipeError:
    first = error.errors()[0]
    keys = [part for part in first["loc"] if isinstance(part, str)]
    number = next((part for part in first["loc"] if isinstance(part, int)), None)
    name = ".".join(keys) or "recipe"
    where = Location(path, line=_line_of(text, keys, number))
    if first["type"] == "extra_forbidden":
        known = sorted(_known_keys(keys[:-1]))
        close = difflib.get_close_matches(keys[-1], known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "remove it"
        return RecipeError(f"unknown key `{name}`", where=where, expected=f"one of {', '.join(known)}", hint=hint)
    if first["type"] == "missing":
        hint = f"add `[{name}]` and what belongs to it" if len(keys) == 1 else f"add `{keys[-1]} = …`"
        return RecipeError(f"the key `{name}` is missing", where=where, hint=hint)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return RecipeError(f"`{name}` is wrong: {message}", where=where, hint="change the recipe")
    return RecipeError(
        f"`{name}` is wrong: found {first['input']!r}",
        where=where,
        expected=message[0].lower() + message[1:].removeprefix("nput should be "),
        hint="change the recipe",
    )


def _known_keys(sections: list[str]) -> set[str]:
    model: Any = Recipe
    for section in sections:
        annotation = model.model_fields[section].annotation
        model = next((arg for arg in getattr(annotation, "__args__", ())), annotation)
    return set(model.model_fields)


def _line_of(text: str, keys: list[str], number: int | None) -> int | None:
    """Find the line of a key in the text, which `tomllib` does not tell.

    Args:
        text: The recipe.
        keys: Section and key, or a section alone.
        number: Which one of several sections of that name.
    """
    section = ""
    seen: Counter[str] = Counter()
    last = None
    whole, above = ".".join(keys), ".".join(keys[:-1])
    for line_number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?", line):
            section = header[1]
            if line.lstrip().startswith("[["):
                seen[section] += 1
            if section in (whole, above) and _is_the_one(section, seen, number):
                last = line_number  # the section's own line serves for a key it lacks
                if section == whole:
                    return line_number
        elif (key := re.match(r"\s*([\w-]+)\s*=(.*)", line)) and _is_the_one(section, seen, number):
            place = ".".join(filter(None, (section, key[1])))
            # in an inline table the key stands further right
            if place == whole or (place == above and re.search(rf"[{{,]\s*{re.escape(keys[-1])}\s*=", key[2])):
                return line_number
    return last


def _is_the_one(section: str, seen: Counter[str], number: int | None) -> bool:
    """Tell whether a section is, or stands under, the one of that number among those of its name."""
    return number is None or seen[section.partition(".")[0]] == number + 1
