"""What a user calls a release: folders, folders of versions, datasets on the Hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.diff import Version
from curation.errors import CurationError, ReleaseError, VersionNotFoundError
from curation.references import FolderReference, HubReference, open_reference, parse_reference, versions_in
from tests.releases import copy_of, edit_manifest

ONE = Version(1, 2, 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some folders and a file."""
    for name in ("release", "owner/there", "v@1.2.0", "a@b/c", "a@b"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "path", "version"),
    [
        ("release", "release", None),
        ("release@1.2.0", "release", ONE),
        ("./release", "release", None),
        ("file", "file", None),
        ("owner/there", "owner/there", None),
        ("owner/there@1.2.0", "owner/there", ONE),
        ("v@1.2.0", "v@1.2.0", None),
        ("v@1.2.0@1.2.0", "v@1.2.0", ONE),
        ("a@b/c", "a@b/c", None),
        ("a@b/c@1.2.0", "a@b/c", ONE),
        ("a@b/new/one", "a@b/new/one", None),
        ("nowhere", "nowhere", None),
        ("no/such/folder", "no/such/folder", None),
        ("../up", "../up", None),
        ("folder:release", "release", None),
        ("folder:release@1.2.0", "release", ONE),
        ("folder:new", "new", None),
        ("folder:new@1.2.0", "new", ONE),
        ("folder:owner/there", "owner/there", None),
        ("folder:owner/new", "owner/new", None),
        ("folder:v@1.2.0", "v@1.2.0", None),
        ("folder:a@b", "a@b", None),
        ("folder:a@b/c", "a@b/c", None),
        ("folder:a@b/c@1.2.0", "a@b/c", ONE),
        ("folder:a@b/new", "a@b/new", None),
    ],
)
def test_these_are_folders(here: Path, text: str, path: str, version: Version | None) -> None:
    assert parse_reference(text) == FolderReference(Path(path), version)


@pytest.mark.parametrize(
    ("text", "repo", "version"),
    [
        ("owner/name", "owner/name", None),
        ("owner/name@1.2.0", "owner/name", ONE),
        ("owner/na.me_2-x", "owner/na.me_2-x", None),
        ("hf://datasets/owner/name", "owner/name", None),
        ("hf://datasets/owner/name@1.2.0", "owner/name", ONE),
        ("hf://datasets/owner/there", "owner/there", None),
        ("hf://datasets/owner/there@1.2.0", "owner/there", ONE),
    ],
)
def test_these_are_datasets_on_the_hub(here: Path, text: str, repo: str, version: Version | None) -> None:
    assert parse_reference(text) == HubReference(repo, version)


def test_a_path_object_is_always_a_path(here: Path) -> None:
    for text in ("owner/name", "owner/name@1.2.0", "release"):
        assert parse_reference(Path(text)) == FolderReference(Path(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("owner/name@1.2", "'1.2' is no version"),
        ("owner/name@latest", "'latest' is no version"),
        ("owner/name@", "'' is no version"),
        ("release@v1.2.0", "'v1.2.0' is no version"),
        ("folder:release@newest", "'newest' is no version"),
        ("folder:", "names no folder"),
        ("folder:@1.2.0", "names no folder"),
        ("@1.2.0", "no dataset on the Hub"),
        ("nowhere@1.2.0", "no dataset on the Hub"),
        ("hf://datasets/", "no dataset on the Hub"),
        ("hf://datasets/name", "no dataset on the Hub"),
        ("hf://datasets/a/b/c", "no dataset on the Hub"),
        ("hf://datasets/owner/na me", "no dataset on the Hub"),
        ("./new@1.2.0", "no dataset on the Hub"),
    ],
)
def test_these_are_nothing_and_say_what_was_expected(here: Path, text: str, message: str) -> None:
    with pytest.raises(ReleaseError, match=message) as caught:
        parse_reference(text)
    assert caught.value.expected


@pytest.mark.parametrize("text", ["", "nowhere", "file", "release", "x" * 5000, "no\0way", "hf:/models/a", "a b/c"])
def test_what_is_no_release_is_one_clear_error(here: Path, text: str) -> None:
    with pytest.raises(CurationError) as caught:
        open_reference(text)
    assert caught.value.exit_code == 2


# --- opening them


@pytest.fixture
def versions(page_release: Path, tmp_path: Path) -> Path:
    """A folder of versions, and things that are none."""
    folder = tmp_path / "versions"
    for number in ("1.9.0", "1.10.0", "1.2.0"):
        copy = copy_of(page_release, tmp_path)
        edit_manifest(copy, lambda manifest, number=number: manifest.update(version=number))  # type: ignore[misc]
        folder.mkdir(exist_ok=True)
        copy.rename(folder / number)
    for name in ("v2.0.0", "2.0", ".2.0.0-1.partial", "notes"):
        (folder / name).mkdir()
    (folder / "3.0.0").touch()
    (folder / "latest").symlink_to("1.10.0")
    return folder


def test_the_versions_of_a_folder_come_by_number(versions: Path) -> None:
    assert [str(one) for one in versions_in(versions)] == ["1.2.0", "1.9.0", "1.10.0"]
    assert versions_in(versions / "3.0.0") == versions_in(versions / "nowhere") == {}


def test_a_folder_of_versions_opens_the_newest_or_the_one_that_is_named(versions: Path) -> None:
    opened = {
        "": "1.10.0",
        "@1.2.0": "1.2.0",
        "@1.9.0": "1.9.0",
        "/1.9.0": "1.9.0",
        "/latest": "1.10.0",
        "/1.9.0@1.9.0": "1.9.0",
    }
    for name, version in opened.items():
        for text in (f"folder:{versions}{name}", f"{versions}{name}"):
            assert open_reference(text).manifest["version"] == version, text


def test_a_version_that_is_not_there_is_an_error_that_says_which_are(versions: Path) -> None:
    with pytest.raises(VersionNotFoundError, match=r"no version 1\.3\.0") as caught:
        open_reference(f"folder:{versions}@1.3.0")
    assert caught.value.expected == "one of 1.2.0, 1.9.0, 1.10.0"


def test_a_release_is_never_given_in_the_place_of_another_version(versions: Path) -> None:
    with pytest.raises(VersionNotFoundError, match=r"no version 1\.2\.0") as caught:
        open_reference(f"folder:{versions}/1.9.0@1.2.0")
    assert caught.value.expected == "1.9.0, which this release is"
    (versions / "1.9.0").rename(versions / "4.0.0")
    for text in (f"folder:{versions}", f"folder:{versions}@4.0.0"):
        with pytest.raises(VersionNotFoundError, match=r"no version 4\.0\.0"):
            open_reference(text)


def test_a_folder_without_versions_has_none(tmp_path: Path) -> None:
    with pytest.raises(VersionNotFoundError) as caught:
        open_reference(f"folder:{tmp_path}@1.0.0")
    assert caught.value.expected == "a folder of versions"
    with pytest.raises(ReleaseError, match="not a release"):
        open_reference(f"folder:{tmp_path}")
