"""What validation finds in a `croissant.json` that was forged, though the manifest agrees with its bytes."""

from __future__ import annotations

import copy as copying
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.recipe import Recipe
from curation.release.build import build
from curation.release.croissant import CROISSANT, croissant
from curation.release.manifest import add_files, to_json
from curation.release.reader import open_release
from curation.validation.croissant import check_croissant
from tests.releases import copy_of, edit_manifest, manifest_of

Document = dict[str, Any]
Change = Callable[[Document], object]

FILE = "papers/train-00000-of-00001.parquet"
REQUIRED = ["@context", "@type", "name", "description", "conformsTo", "url", "license", "creator", "distribution"]


def write(release: Path, text: str | None) -> None:
    """Write the file, or take it away, so that the manifest agrees."""
    (release / CROISSANT).unlink(missing_ok=True)
    if text is not None:
        (release / CROISSANT).write_text(text, encoding="utf-8")
    edit_manifest(release, lambda manifest: manifest.update(add_files(manifest, release)))


def document_of(release: Path) -> Document:
    manifest = manifest_of(release)
    return croissant(manifest, Recipe.model_validate(manifest["recipe"]))


def described(release: Path) -> Path:
    """Give a copy of a release the document that a build would write."""
    write(release, to_json(document_of(release)))
    return release


def found(release: Path) -> list[str]:
    findings = list(check_croissant(open_release(release)))
    assert {(finding.check, finding.where, finding.row) for finding in findings} <= {("croissant", CROISSANT, None)}
    return [finding.message for finding in findings]


def forged(release: Path, change: Change) -> list[str]:
    """Change the document of a release and return what is found."""
    document = document_of(release)
    change(document)
    write(release, to_json(document))
    return found(release)


def node(document: Document, name: str) -> Document:
    """Return the node with an id."""
    return next(one for one in nodes(document) if one.get("@id") == name and len(one) > 1)


def nodes(value: Any) -> Iterator[Document]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


@pytest.fixture(scope="module")
def own_copy(page_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose document each test writes anew; nothing else of it is changed."""
    return copy_of(page_release, tmp_path_factory.mktemp("croissant"))


def test_what_a_build_writes_is_right(copy: Path, own_copy: Path) -> None:
    assert found(described(copy)) == []
    assert found(described(own_copy)) == []


def test_several_files_of_a_split_are_right(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in ("ROWS_PER_FILE", "ROWS_PER_GROUP"):
        monkeypatch.setattr(f"curation.release.writer.{most}", 2)
    release = copy_of(build([page], out=tmp_path / "sharded").out, tmp_path)
    assert found(described(release)) == []
    path = open_release(release).files("segments")[1]
    (message,) = forged(release, lambda document: document["distribution"].remove(node(document, path)))
    assert message == f"the distribution lacks the file {path}"


def test_a_release_from_before_there_was_one_is_right(page_copy: Path) -> None:
    write(page_copy, None)
    assert found(page_copy) == []


def test_a_file_that_was_lost_is_found(page_copy: Path) -> None:
    described(page_copy)
    (page_copy / CROISSANT).unlink()
    assert found(page_copy) == ["the file cannot be read as JSON (FileNotFoundError)"]


@pytest.mark.parametrize("text", ["", "{", '"x', "[" * 100_000])
def test_a_file_that_is_not_json_is_found(own_copy: Path, text: str) -> None:
    write(own_copy, text)
    (message,) = found(own_copy)
    assert message.startswith("the file cannot be read as JSON")


def test_bytes_that_are_not_text_are_found(own_copy: Path) -> None:
    write(own_copy, "{}")
    (own_copy / CROISSANT).write_bytes(b"\xff\xfe{}")
    assert found(own_copy) == ["the file cannot be read as JSON (UnicodeDecodeError)"]


@pytest.mark.parametrize("text", ["[]", "1", "null"])
def test_json_that_is_no_object_is_found(own_copy: Path, text: str) -> None:
    write(own_copy, text)
    (message,) = found(own_copy)
    assert message.startswith("a JSON object is expected")


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("empty", [None, "", []])
def test_each_required_property_must_be_there(own_copy: Path, name: str, empty: Any) -> None:
    wanted = f"{name} is missing, which Croissant requires"
    assert wanted in forged(own_copy, lambda document: document.update({name: empty}))
    assert wanted in forged(own_copy, lambda document: document.pop(name))


def test_a_date_must_be_there_and_right_where_the_manifest_has_one(page_copy: Path) -> None:
    assert forged(page_copy, lambda document: document.update(datePublished="2026-01-31")) == [
        "datePublished is '2026-01-31', the manifest says None"
    ]
    edit_manifest(page_copy, lambda manifest: manifest.update(date="2026-01-31"))
    assert forged(page_copy, lambda document: None) == []
    assert forged(page_copy, lambda document: document.pop("datePublished")) == [
        "datePublished is missing, which Croissant requires"
    ]
    assert forged(page_copy, lambda document: document.update(datePublished="2026-02-01")) == [
        "datePublished is '2026-02-01', the manifest says '2026-01-31'"
    ]


FORGERIES: dict[str, tuple[Change, str]] = {
    "type": (lambda it: it.update({"@type": "sc:Thing"}), "@type is 'sc:Thing'"),
    "conforms": (lambda it: it["conformsTo"].pop(0), "conformsTo lacks http://mlcommons.org/croissant/1.1"),
    "version": (lambda it: it.update(version="2.0.0"), "version is '2.0.0', the manifest says '1.0.0'"),
    "no version": (lambda it: it.pop("version"), "version is None, the manifest says '1.0.0'"),
    "sha256": (lambda it: node(it, FILE).update(sha256="0" * 64), f"{FILE}: the sha256 is '000"),
    "size": (lambda it: node(it, FILE).update(contentSize="1 B"), f"{FILE}: the size is '1 B'"),
    "format": (lambda it: node(it, FILE).pop("encodingFormat"), f"{FILE}: encodingFormat is missing"),
    "no file": (lambda it: it["distribution"].pop(0), f"the distribution lacks the file {FILE}"),
    "other file": (
        lambda it: node(it, FILE).update(contentUrl="README.md"),
        "the distribution has the file 'README.md'",
    ),
    "same id": (lambda it: it["distribution"].append(node(it, FILE)), f"the id '{FILE}' is given 2 times"),
    "field's id": (
        lambda it: node(it, "papers/title").update({"@id": "papers/abstract"}),
        "the id 'papers/abstract' is given 2 times",
    ),
    "no record set": (lambda it: it["recordSet"].remove(node(it, "edits")), "table edits has no record set"),
    "unknown record set": (
        lambda it: it["recordSet"].append({"@type": "cr:RecordSet", "@id": "authors", "key": {"@id": "x"}}),
        "the record set authors is no table and has no data of its own",
    ),
    "no field": (lambda it: node(it, "edits")["field"].pop(), "edits: the column offsets has no field"),
    "no split": (lambda it: node(it, "papers")["field"].pop(0), "papers: the split has no field"),
    "unknown field": (
        lambda it: node(it, "edits")["field"].append(node(it, "edits/rule") | {"@id": "edits/why"}),
        "edits: the field 'edits/why' is no column",
    ),
    "unknown column": (
        lambda it: node(it, "edits/rule")["source"]["extract"].update(column="why"),
        "edits/rule: the source's column 'why' is not in the files",
    ),
    "other column": (
        lambda it: node(it, "edits/before")["source"]["extract"].update(column="after"),
        "edits/before: the source is another column, after",
    ),
    "part of a struct": (
        lambda it: node(it, "papers/math_damage_spans/end")["source"]["extract"].update(column="ends"),
        "papers/math_damage_spans/end: the source's column 'ends' is not in the files",
    ),
    "unknown source": (
        lambda it: node(it, "edits/rule")["source"]["fileSet"].update({"@id": "why"}),
        "edits/rule: the source 'why' is no file set",
    ),
    "other source": (
        lambda it: node(it, "edits/rule")["source"]["fileSet"].update({"@id": "papers-files"}),
        "edits/rule: the file set 'papers-files' does not have the files of table edits",
    ),
    "file set": (
        lambda it: node(it, "removed-files").update(includes="*.parquet"),
        "removed/stage: the file set 'removed-files' does not have the files of table removed",
    ),
    "no type": (lambda it: node(it, "edits/rule").pop("dataType"), "edits/rule: dataType is missing"),
    "no key": (lambda it: node(it, "edits").pop("key"), "edits: the record set has no key"),
    "unknown key": (lambda it: node(it, "edits")["key"][0].update({"@id": "x"}), "edits: the key 'x' is no field"),
    "reference": (
        lambda it: node(it, "papers/split")["references"]["field"].update({"@id": "x"}),
        "papers/split: the reference 'x' leads nowhere",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_the_specification_asks_for_is_checked(own_copy: Path, name: str) -> None:
    change, wanted = FORGERIES[name]
    messages = forged(own_copy, change)
    assert any(message.startswith(wanted) for message in messages), messages


OTHERS: dict[str, tuple[Change, str]] = {
    "prose": (lambda it: it.update(citeAs="me"), "citeAs is 'me', the release says '@misc{my-abstracts"),
    "more": (lambda it: it.update(funder="me"), "funder is 'me', the release says None"),
    "less": (lambda it: it.pop("rai:dataBiases"), "rai:dataBiases is None, the release says 'The records are"),
    "names": (
        lambda it: node(it, "topic")["data"][3].update({"topic/name": "x"}),
        "recordSet[1].data[3].topic/name is 'x', the release says",
    ),
    "kind": (lambda it: it.update(isLiveDataset=0), "isLiveDataset is 0, the release says False"),
    "list": (lambda it: it["keywords"].append("x"), "keywords is ['abstracts'"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_anything_else_is_compared_with_what_the_release_says(own_copy: Path, name: str) -> None:
    change, wanted = OTHERS[name]
    (message,) = forged(own_copy, change)
    assert message.startswith(wanted)


def test_the_document_of_another_version_of_the_package_is_not_derived_again(page_copy: Path) -> None:
    edit_manifest(page_copy, lambda manifest: manifest["generator"].update(version="9.9.9"))
    assert forged(page_copy, lambda document: document.update(citeAs="me")) == []
    assert forged(page_copy, lambda document: document.pop("url")) == ["url is missing, which Croissant requires"]


def test_a_manifest_that_gives_no_document_is_found(page_copy: Path) -> None:
    described(page_copy)
    edit_manifest(page_copy, lambda manifest: manifest["statistics"].pop("papers_edited"))
    assert found(page_copy) == ["the manifest does not give a croissant.json: KeyError: 'papers_edited'"]


def test_a_table_that_cannot_be_read_is_left_to_the_other_checks(page_copy: Path) -> None:
    described(page_copy)
    (page_copy / "edits/train-00000-of-00001.parquet").write_bytes(b"PAR1")
    assert found(page_copy) == []


def test_whatever_stands_in_a_place_is_found_and_trips_nothing(own_copy: Path) -> None:
    right = document_of(own_copy)
    places = [path for path in paths(right) if path[0] != "@context"]
    draw = random.Random(7)
    release = open_release(described(own_copy))
    for path in draw.sample(places, 150):
        document = copying.deepcopy(right)
        inner: Any = document
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = junk = draw.choice([3, "x", [], [[]], {}, {"@id": []}, {"@id": "x"}, [None]])
        (own_copy / CROISSANT).write_text(json.dumps(document), encoding="utf-8")
        assert list(check_croissant(release)), (path, junk)


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside another."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in steps:
        yield (step,)
        yield from ((step, *rest) for rest in paths(part))
