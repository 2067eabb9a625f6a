"""The outcome of a validation in the forms that continuous integration reads."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.validation import Finding, Validation, validate
from curation.validation.ci_formats import as_github, as_junit
from tests.releases import copy_of, edit_manifest, seal

# Attributes of junit-10.xsd (jenkinsci/xunit-plugin) that are used here, and those it requires.
ATTRIBUTES = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, set()),
    "testsuite": ({"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname"}, {"tests"}),
    "testcase": ({"name", "classname", "time", "file", "line", "assertions", "status"}, {"name"}),
    "failure": ({"type", "message"}, set()),
}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"failure"}, "failure": set[str]()}
CHECKS = ("manifest", "files", "schema", "card")

texts = st.text(st.characters(codec=None), max_size=40)


def outcome(*findings: Finding, target: str = "release") -> Validation:
    return Validation(target, "release", CHECKS, findings)


def parse(text: str) -> ET.Element:
    """Parse JUnit XML, as bytes in the encoding it declares, and check it against the schema's elements."""
    root = ET.fromstring(text.encode("utf-8"))
    for element in root.iter():
        allowed, required = ATTRIBUTES[element.tag]
        assert required <= set(element.attrib) <= allowed
        assert {child.tag for child in element} <= CHILDREN[element.tag]
    assert root.tag == "testsuites"
    return root


def spelled(text: str) -> str:
    """Spell what cannot be in a log or in XML: surrogates, two noncharacters, control characters but three."""
    bad = {*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)} - {ord(char) for char in "\t\n\r"}
    return "".join(f"\\u{ord(char):04x}" if ord(char) in bad else char for char in text)


def unescape(text: str) -> str:
    """Undo the escapes as GitHub's runner does (`ActionCommand`): the percent sign last."""
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as GitHub's runner does."""
    found = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
    assert found, line
    pairs = (pair.partition("=") for pair in (found[2] or "").split(",") if pair)
    return found[1], {key: unescape(value) for key, _, value in pairs}, unescape(found[3])


def test_a_valid_release_in_junit() -> None:
    root = parse(as_junit(outcome()))
    (suite,) = root
    assert root.attrib == {"name": "curate validate", "tests": "4", "failures": "0", "errors": "0"}
    assert suite.attrib == {"name": "release", "tests": "4", "failures": "0", "errors": "0"}
    assert [case.get("name") for case in suite] == list(CHECKS)
    assert {case.get("classname") for case in suite} == {"curate.release"}
    assert root.find(".//failure") is None
    assert as_junit(outcome()).startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')


def test_findings_in_junit() -> None:
    found = (
        Finding("schema", "papers", "isin: found 'x'", 3),
        Finding("card", "README.md", "line 7 has '<b>', the data say '&'"),
        Finding("schema", "edits", "unique: found 1"),
        Finding("ledger", "papers", "of a check that is not listed"),
    )
    root = parse(as_junit(outcome(*found)))
    assert (root.get("tests"), root.get("failures")) == ("5", "3")
    failures = {case.get("name"): case.find("failure") for case in root.iter("testcase")}
    assert [name for name, failure in failures.items() if failure is not None] == ["schema", "card", "ledger"]
    schema, card = failures["schema"], failures["card"]
    assert schema is not None
    assert card is not None
    assert schema.get("message") == "2 findings, the first: papers row 3: isin: found 'x'"
    assert schema.text == "papers row 3: isin: found 'x'\nedits: unique: found 1"
    assert card.get("message") == card.text == "README.md: line 7 has '<b>', the data say '&'"


@given(texts, texts, texts)
def test_any_text_is_well_formed_junit(target: str, where: str, message: str) -> None:
    root = parse(as_junit(outcome(Finding("card", where, message), target=target)))
    failure = root.find(".//failure")
    assert failure is not None
    assert (failure.text or "").replace("\r", "\n") == spelled(f"{where}: {message}").replace("\r", "\n")


def test_characters_that_xml_forbids_are_spelled() -> None:
    root = parse(as_junit(outcome(Finding("card", "a\x00", "b\x1b\ud800\ufffe\tc\nd\U0001f600"))))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == failure.text == "a\\u0000: b\\u001b\\ud800\\ufffe\tc\nd\U0001f600"


def test_a_valid_release_for_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert as_github(outcome()) == [
        "::notice title=curate validate::release: valid (checked manifest, files, schema, card)"
    ]


def test_findings_for_github_are_on_their_files(
    page_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(page_release, tmp_path).rename(tmp_path / ".release-1")
    (tmp_path / "release").symlink_to(folder.name)
    monkeypatch.chdir(tmp_path)
    found = (
        Finding("card", "README.md", "line 7 has 'a', the data say 'b'"),
        Finding("card", "README.md", "the card counts 7"),
        Finding("schema", "papers/train", "isin: found 'x', line 3 has", 3),
        Finding("files", "papers/train-00000-of-00001.parquet", "changed"),
        Finding("files", "gone.parquet", "the file is missing"),
    )
    for target in ("release", "./release", str(tmp_path / "release")):
        *errors, notice = (read_command(line) for line in as_github(outcome(*found, target=target)))
        assert [name for name, _, _ in errors] == ["error"] * 5
        assert [message for _, _, message in errors] == [finding.message for finding in found]
        assert [properties["file"] for _, properties, _ in errors] == [
            ".release-1/README.md",
            ".release-1/README.md",
            ".release-1/manifest.json",
            ".release-1/papers/train-00000-of-00001.parquet",
            ".release-1/manifest.json",
        ]
        assert [properties.get("line") for _, properties, _ in errors] == ["7", None, None, None, None]
        assert errors[2][1]["title"] == "curate validate: schema papers/train row 3"
        assert notice[0] == "notice"
        assert notice[2] == f"{target}: wrong, 5 findings (checked manifest, files, schema, card)"


def test_a_file_outside_the_working_directory_is_not_named(
    page_release: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    finding = Finding("card", "README.md", "the card counts 7")
    for target in (str(page_release), "hf://datasets/owner/name@1.0.0"):
        line = as_github(outcome(finding, target=target))[0]
        assert line == "::error title=curate validate%3A card README.md::the card counts 7"


def test_a_parquet_file_is_named_itself(page_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy_of(page_release, tmp_path))
    path = "edits/train-00000-of-00001.parquet"
    wrong = Validation(path, "parquet", ("schema",), (Finding("schema", path, "unique: found 1", 0),))
    _, properties, _ = read_command(as_github(wrong)[0])
    assert properties["file"] == path
    assert as_github(wrong)[-1].endswith("wrong, 1 finding (checked schema)")


@given(texts, texts)
def test_any_text_is_one_command_and_comes_back(where: str, message: str) -> None:
    lines = as_github(outcome(Finding("card", where, message), target="no such: folder,\r\n::error::x"))
    assert len(lines) == 2
    for line in lines:
        assert not set(line) & {"\r", "\n"}
    name, properties, text = read_command(lines[0])
    assert (name, text) == ("error", spelled(message))
    assert properties == {"title": f"curate validate: card {spelled(where)}"}
    assert read_command(lines[1])[2].startswith("no such: folder,\r\n::error::x: wrong")


def test_percent_signs_are_escaped_once() -> None:
    line = as_github(outcome(Finding("card", "100%: a,b", "50%\r\nx:y,z"), target="nowhere"))[0]
    assert line == "::error title=curate validate%3A card 100%25%3A a%2Cb::50%25%0D%0Ax:y,z"


def test_a_real_release_that_was_forged(page_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copy_of(page_release, tmp_path)
    edit_manifest(copy, lambda manifest: manifest["stages"][0].update(kept=1))
    seal(copy)
    (copy / "README.md").write_text("---\nversion: 1\n---\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = validate("copy")
    assert len(as_github(result)) == len(result.findings) + 1
    assert {read_command(line)[1]["file"] for line in as_github(result)[:-1]} == {
        "copy/README.md",
        "copy/manifest.json",
    }
    failing = {case.get("name") for case in parse(as_junit(result)).iter("testcase") if len(case)}
    assert failing == {finding.check for finding in result.findings}
