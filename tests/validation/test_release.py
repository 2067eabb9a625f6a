"""Validation of a release: whatever is damaged or forged is found, and nothing else is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import curation
from curation.release.folder import MANIFEST
from curation.validation import Finding
from tests.commands import curate, curate_process
from tests.releases import copy_of, edit_manifest, files_of, manifest_of, read_rows, seal, write_rows
from tests.stress.damage import JUNK, flip_bits, put_junk

KINDS = (
    "README.md",
    "taxonomy.json",
    "CHANGELOG.md",
    "charts",
    "papers",
    "listings",
    "segments",
    "edits",
    "annotations",
)


def findings(release: Path) -> tuple[Finding, ...]:
    """Validate with the command, which must answer 1, and return what it found."""
    ended = curate("validate", release, "--format", "json")
    assert ended.code == 1, ended.out
    assert ended.err == ""
    answer = json.loads(ended.out)
    assert not answer["ok"]
    found = tuple(Finding(**finding) for finding in answer["findings"])
    assert found
    return found


def only(release: Path) -> Finding:
    """Return the one finding of a release with one flaw."""
    (finding,) = findings(release)
    return finding


@pytest.fixture
def copy(page_release: Path, tmp_path: Path) -> Path:
    return copy_of(page_release, tmp_path)


def test_a_valid_release_is_ok_whether_linked_or_copied(release: Path, tmp_path: Path) -> None:
    for folder in (release, copy_of(release, tmp_path)):
        ended = curate("validate", folder)
        assert ended.code == 0
        assert ended.err == ""
        assert "valid" in ended.out
        assert str(folder) in ended.out.replace("\n", "")
        assert curation.validate(folder).findings == ()


def test_json_says_what_the_text_says(copy: Path) -> None:
    good = json.loads(curate("validate", copy, "--format", "json").out)
    assert (good["ok"], good["kind"], good["findings"]) == (True, "release", [])
    assert {"manifest", "files", "schema", "ledger", "edits", "labels", "card"} <= set(good["checks"])
    (copy / "notes.txt").write_text("mine")
    (copy / "edits/train-00000-of-00001.parquet").unlink()
    text = curate("validate", copy)
    assert text.code == 1
    found = findings(copy)
    assert len(found) > 1
    for finding in found:
        assert finding.where in text.out
        assert finding.message in text.out
    assert f"{len(found)} findings" in text.out


def test_validate_answers_1_as_a_process_too(copy: Path, home: Path) -> None:
    (copy / "taxonomy.json").unlink()
    ended = curate_process("validate", copy, cwd=home)
    assert (ended.code, ended.err) == (1, "")
    assert "taxonomy.json" in ended.out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
def test_a_changed_byte_of_any_file_is_found(copy: Path, kind: str, place: float) -> None:
    name = next(name for name in files_of(copy) if name.startswith(kind))
    content = bytearray((copy / name).read_bytes())
    content[int(len(content) * place)] ^= 0x01
    (copy / name).write_bytes(content)
    found = findings(copy)
    assert [finding.where for finding in found if "sha256" in finding.message] == [name]
    table = name.split("/")[0]
    assert {finding.where.split("/")[0] for finding in found if finding.check in ("files", "schema")} == {table}


@pytest.mark.parametrize("table", ["papers", "listings", "segments", "edits", "annotations", "removed"])
def test_a_truncated_parquet_file_is_found(copy: Path, table: str) -> None:
    path = next((copy / table).iterdir())
    path.write_bytes(path.read_bytes()[:-20])
    found = findings(copy)
    name = path.relative_to(copy).as_posix()
    assert all(finding.where == name for finding in found)
    assert any("bytes, the manifest says" in finding.message for finding in found)
    assert any("cannot be read" in finding.message for finding in found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_is_found(copy: Path, kind: str) -> None:
    name = next(name for name in files_of(copy) if name.startswith(kind))
    (copy / name).unlink()
    found = findings(copy)
    assert Finding("files", name, "the file is missing") in found
    assert {finding.where for finding in found} == {name}


def test_an_extra_file_is_found(copy: Path) -> None:
    (copy / "papers/extra-00000-of-00001.parquet").write_bytes(b"x")
    finding = only(copy)
    assert (finding.check, finding.where) == ("files", "papers/extra-00000-of-00001.parquet")


def test_a_row_count_that_is_off_is_found(copy: Path) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["tables"]["edits"]["train"]["rows"] += 1

    edit_manifest(copy, more)
    found = findings(copy)
    assert {(finding.check, finding.where) for finding in found} == {("files", "edits/train"), ("card", "README.md")}


def test_a_hash_in_the_manifest_that_is_off_is_found(copy: Path) -> None:
    def other(manifest: dict[str, Any]) -> None:
        manifest["files"][0]["sha256"] = "0" * 64

    edit_manifest(copy, other)
    finding = only(copy)
    assert (finding.check, finding.where) == ("files", manifest_of(copy)["files"][0]["path"])
    assert "0" * 64 in finding.message


def test_a_source_hash_that_is_off_is_found(copy: Path) -> None:
    def other(manifest: dict[str, Any]) -> None:
        manifest["sources"][0]["sha256"] = "0" * 64

    edit_manifest(copy, other)
    assert any("not given back byte for byte" in finding.message for finding in findings(copy))


def test_a_stage_that_counts_other_rows_is_found(copy: Path) -> None:
    def other(manifest: dict[str, Any]) -> None:
        manifest["stages"][0]["in"] += 1

    edit_manifest(copy, other)
    assert ("ledger", MANIFEST) in {(finding.check, finding.where) for finding in findings(copy)}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "3", '{"tables": 3, "sources": []}', "{}", "\x00", '"x"'])
def test_a_manifest_that_cannot_be_read_is_one_finding(copy: Path, content: str) -> None:
    (copy / MANIFEST).write_text(content)
    finding = only(copy)
    assert (finding.check, finding.where) == ("manifest", MANIFEST)


def test_a_manifest_that_is_not_utf8_is_one_finding(copy: Path) -> None:
    (copy / MANIFEST).write_bytes(b"\xff{}")
    assert only(copy).where == MANIFEST


def test_a_missing_manifest_is_a_wrong_release_and_not_no_release(copy: Path) -> None:
    (copy / MANIFEST).unlink()
    finding = only(copy)
    assert (finding.check, finding.where) == ("manifest", MANIFEST)


@pytest.mark.parametrize("number", range(len(JUNK)), ids=lambda number: repr(JUNK[number]))
def test_no_value_in_the_manifest_makes_validation_crash(copy: Path, number: int) -> None:
    """Two values out of four in each place; `make stress` puts every one in each."""
    tried, crashes = put_junk(copy, JUNK[number], every=2, first=number % 2)
    assert crashes == []
    assert tried > 20


@pytest.mark.parametrize("junk", [*JUNK, {}], ids=repr)
def test_no_figure_of_agreement_in_the_manifest_makes_validation_crash(
    release: Path, tmp_path: Path, junk: Any
) -> None:
    copy = copy_of(release, tmp_path)
    edit_manifest(copy, lambda manifest: manifest["statistics"].update(agreement=junk))
    assert ("ledger", MANIFEST) in {(finding.check, finding.where) for finding in findings(copy)}


def change_card(release: Path, change: Callable[[str], str]) -> None:
    """Change the card so that its hash agrees."""
    path = release / "README.md"
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    seal(release, card=False)


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"num_examples: 6\b", "num_examples: 7", "counts"),
        (r"version: 1\.0\.0", "version: 1.0.1", "version"),
        (r"- config_name: edits\n  data_files:\n(?:  .*\n)+", "", "missing in the card"),
        (r"(?s)(- config_name: edits\n  features:.*?)(?=- config_name|configs:)", "", "no dataset_info"),
        (r"edits/train-00000-of-00001\.parquet", "papers/train-00000-of-00001.parquet", "data files"),
        (r"  default: true\n", "", "default"),
        (r"  - name: abstract\n    dtype: string\n", "  - name: abstract\n    dtype: int64\n", "features"),
        (r"\A---\n", "", "card"),
        (r"license: other", "license: [other", "cannot be read"),
    ],
)
def test_a_card_that_disagrees_with_the_data_is_found(copy: Path, pattern: str, replacement: str, message: str) -> None:
    change_card(copy, lambda text: re.sub(pattern, replacement, text, count=1))
    found = findings(copy)
    assert {(finding.check, finding.where) for finding in found} == {("card", "README.md")}
    assert any(message in finding.message for finding in found)


@pytest.mark.parametrize(
    ("shown", "forged"),
    [
        ("**6 papers**", "**7 papers**"),
        ("| `edits` | 7 |", "| `edits` | 8 |"),
        ("| `tex-accent` | certain | 2 |", "| `tex-accent` | certain | 3 |"),
        ("| deduplicate | 6 | 6 | 0 | 0 |", "| deduplicate | 6 | 5 | 1 | 0 |"),
    ],
)
def test_a_figure_in_the_cards_text_that_is_not_the_datas_is_found(copy: Path, shown: str, forged: str) -> None:
    change_card(copy, lambda text: text.replace(shown, forged))
    assert {(finding.check, finding.where) for finding in findings(copy)} == {("card", "README.md")}


def test_a_changed_taxonomy_is_found(copy: Path) -> None:
    path = copy / "taxonomy.json"
    path.write_text(path.read_text(encoding="utf-8").replace("diffusion-models", "infusion-models"), encoding="utf-8")
    seal(copy)
    assert "taxonomy.json" in {finding.where for finding in findings(copy)}


@pytest.mark.parametrize("key", ["papers_edited", "papers_without_label", "possibly_truncated"])
def test_a_statistic_of_the_manifest_that_is_not_the_datas_is_found(copy: Path, key: str) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["statistics"][key] += 1

    edit_manifest(copy, more)
    seal(copy, statistics=False)
    assert MANIFEST in {finding.where for finding in findings(copy)}


@pytest.mark.parametrize("source", ["adjudicated", "model", "abstained"])
def test_a_count_of_label_sources_that_is_not_the_datas_is_found(copy: Path, source: str) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["statistics"]["papers_by_label_source"][source] += 1

    edit_manifest(copy, more)
    seal(copy, statistics=False)
    finding = only(copy)
    assert (finding.check, finding.where) == ("ledger", MANIFEST)
    assert "papers_by_label_source" in finding.message


def test_a_repaired_copy_is_valid_again(copy: Path) -> None:
    rows = read_rows(copy, "edits")
    write_rows(copy, "edits", rows[:-1])
    assert findings(copy)
    write_rows(copy, "edits", rows)
    assert curation.validate(copy).ok


@pytest.mark.parametrize("what", ["missing", "empty", "other", "text", "manifest alone is no JSON object's folder"])
def test_what_is_no_release_is_exit_code_2(tmp_path: Path, what: str) -> None:
    target = tmp_path / "target"
    if what == "text":
        target.write_text("a text")
    elif what != "missing":
        target.mkdir()
        if what == "other":
            (target / "papers").mkdir()
            (target / "papers/notes.txt").write_text("x")
        if what.startswith("manifest"):
            (target / "manifest.yaml").write_text("x")
    for form in ("text", "json"):
        ended = curate("validate", target, "--format", form)
        assert ended.code == 2
        assert ended.out == ""
        assert str(target) in ended.err
        assert "what to do:" in ended.err
        assert "Traceback" not in ended.err


def test_no_changed_bit_of_a_parquet_file_is_missed_or_makes_validation_crash(copy: Path) -> None:
    """Damage that Parquet itself does not notice reaches the schema and the ledger as odd values."""
    assert flip_bits(copy, 20, seed=2) == []
