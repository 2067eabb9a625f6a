"""Publishing into a folder of versions."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

import curation
from curation.errors import HubUnavailableError, OutputError, ReleaseError, VersionExistsError
from curation.publishing import Receipt, to_folder
from curation.publishing import publish as publish_release
from curation.publishing.verify import verify_loads
from curation.release.build import build
from curation.release.reader import open_release
from tests.commands import Outcome, curate, tree
from tests.releases import copy_of, edit_manifest
from tests.sample_page import PAPERS, page_text


@dataclass(frozen=True)
class Published:
    """Two releases that follow each other, published one after the other."""

    folder: Path
    versions: Path
    receipts: tuple[Receipt | None, ...]

    @property
    def releases(self) -> list[Path]:
        return [self.folder / "first", self.folder / "second"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("publishing")
    for name, papers in (("one", PAPERS[:4]), ("two", PAPERS[4:])):
        (folder / f"{name}.txt").write_text(page_text(papers), encoding="utf-8")
    versions = folder / "versions"
    build([folder / "one.txt"], out=folder / "first")
    _, first = publish_release(folder / "first", f"folder:{versions}")
    pages = [folder / "one.txt", folder / "two.txt"]
    build(pages, out=folder / "second", previous=f"folder:{versions}")
    _, second = publish_release(folder / "second", f"folder:{versions}")
    return Published(folder, versions, (first, second))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish without the process that loads what was published; the fixture above has shown that one."""
    monkeypatch.setattr(to_folder, "verify_loads", lambda release, path: None)


def publish(release: Path, to: Path, *more: str) -> Outcome:
    ended = curate("publish", release, "--to", f"folder:{to}", *more)
    assert "Traceback" not in ended.err
    return ended


def test_the_versions_stand_side_by_side_each_as_it_was_built(published: Published) -> None:
    assert sorted(path.name for path in published.versions.iterdir()) == ["1.0.0", "1.1.0", "latest"]
    for version, release in zip(("1.0.0", "1.1.0"), published.releases, strict=True):
        assert tree(published.versions / version) == tree(release.resolve())
        assert curation.validate(published.versions / version).ok
    assert published.versions.joinpath("latest").readlink() == Path("1.1.0")


def test_a_receipt_says_what_was_published(published: Published) -> None:
    for version, receipt in zip(("1.0.0", "1.1.0"), published.receipts, strict=True):
        assert receipt is not None
        assert (receipt.tag, str(receipt.version), receipt.already) == (version, version, False)
        assert receipt.files == len([path for path in (published.versions / version).rglob("*") if path.is_file()])


def test_every_version_loads(published: Published, tmp_path: Path) -> None:
    newest = load_dataset(str(published.versions / "latest"), cache_dir=str(tmp_path))
    assert sum(part.num_rows for part in newest.values()) == 6
    for version, papers in (("1.0.0", 4), ("1.1.0", 6), (None, 6)):
        loaded: Any = curation.load(f"folder:{published.versions}", version, cache_dir=tmp_path)
        assert sum(part.num_rows for part in loaded.values()) == papers


def test_publishing_again_changes_nothing(published: Published, quick: None) -> None:
    def state() -> dict[str, Any]:
        paths = [published.versions, *published.versions.rglob("*")]
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in paths}

    before = state()
    for release in published.releases:
        ended = publish(release, published.versions, "--yes")
        assert (ended.code, ended.err) == (0, "")
        assert "there already" in ended.out
    assert state() == before


def test_other_content_under_a_published_version_is_refused(
    published: Published, page_release: Path, quick: None
) -> None:
    before = tree(published.versions)
    ended = publish(page_release, published.versions, "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "version 1.0.0 is published already, with other content; a version never changes" in ended.err
    assert f"--previous folder:{published.versions}" in ended.err.replace("\n", "")
    assert tree(published.versions) == before


def test_a_release_built_on_an_older_version_is_refused_with_a_code_of_its_own(
    published: Published, tmp_path: Path, quick: None
) -> None:
    (tmp_path / "two.txt").write_text(page_text(PAPERS[3:]), encoding="utf-8")
    previous = f"folder:{published.versions}@1.0.0"
    release = build([tmp_path / "two.txt"], out=tmp_path / "release", previous=previous)
    assert release.manifest["version"] == "2.0.0"
    before = tree(published.versions)
    ended = publish(release.out, published.versions, "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "the newest version there is 1.1.0; release 2.0.0 was built on version 1.0.0" in ended.err
    assert f"--previous folder:{published.versions}@1.1.0" in ended.err
    assert tree(published.versions) == before


def test_a_release_that_follows_one_is_refused_where_there_is_none(published: Published, tmp_path: Path) -> None:
    ended = publish(published.releases[1], tmp_path / "new", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "publish version 1.0.0 first" in ended.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("left", ["partial", "no link", "old link", "half a link"])
def test_the_same_command_completes_what_was_killed(
    published: Published, tmp_path: Path, quick: None, left: str
) -> None:
    first, second = published.releases
    versions = tmp_path / "versions"
    assert publish(first, versions, "--yes").code == 0
    (versions / ".notes.partial").mkdir()  # not ours
    if left == "partial":
        (versions / ".1.1.0-123.partial" / "papers").mkdir(parents=True)
        (versions / ".1.1.0-123.partial" / "papers" / "file").touch()
    else:
        assert publish(second, versions, "--yes").code == 0
        (versions / "latest").unlink()
        if left == "old link":
            (versions / "latest").symlink_to("1.0.0")
        if left == "half a link":
            (versions / ".latest.123.link").symlink_to("1.1.0")
    ended = publish(second, versions, "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert sorted(path.name for path in versions.iterdir()) == [".notes.partial", "1.0.0", "1.1.0", "latest"]
    assert (versions / "latest").readlink() == Path("1.1.0")
    assert tree(versions / "1.1.0") == tree(published.versions / "1.1.0")


def test_what_does_not_load_as_the_release_is_not_published(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(release: Any, path: str) -> None:
        raise ReleaseError("what was published loads as something else")

    monkeypatch.setattr(to_folder, "verify_loads", refuse)
    with pytest.raises(ReleaseError, match="something else"):
        publish_release(published.releases[0], f"folder:{tmp_path / 'versions'}")
    assert list((tmp_path / "versions").iterdir()) == []


def test_a_check_that_would_crash_as_its_process_ends_is_one_that_passed(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as Arrow's threads make it crash now and then, before what was printed is out of the buffer
    (tmp_path / "sitecustomize.py").write_text("import atexit, os\natexit.register(os.abort)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    verify_loads(open_release(published.releases[0]), str(published.releases[0]))


def test_a_check_whose_process_crashes_is_made_once_more(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first"
    code = f"import os\nif not os.path.exists({str(first)!r}):\n    open({str(first)!r}, 'w').close()\n    os.abort()\n"
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    verify_loads(open_release(published.releases[0]), str(published.releases[0]))
    (tmp_path / "sitecustomize.py").write_text("import os\nos.abort()\n", encoding="utf-8")
    with pytest.raises(HubUnavailableError, match="could not be loaded to check it"):
        verify_loads(open_release(published.releases[0]), str(published.releases[0]))


def test_a_version_that_was_damaged_since_is_told(published: Published, tmp_path: Path, quick: None) -> None:
    versions = tmp_path / "versions"
    assert publish(published.releases[0], versions, "--yes").code == 0
    (versions / "1.0.0" / "taxonomy.json").write_text("{}")
    ended = publish(published.releases[0], versions, "--yes")
    assert ended.code == 2
    assert "taxonomy.json: the file has 2 bytes" in ended.err


def test_a_dry_run_shows_the_plan_and_changes_nothing(published: Published, tmp_path: Path) -> None:
    before = tree(tmp_path)
    ended = publish(published.releases[0], tmp_path / "new", "--dry-run")
    assert (ended.code, ended.err) == (0, "")
    assert "dry run: nothing was changed" in ended.out
    assert "it is not there yet and will be made" in ended.out
    ended = publish(published.releases[0], tmp_path / "new", "--dry-run", "--format", "json")
    told = json.loads(ended.out)
    assert (told["plan"]["version"], told["plan"]["state"], told["receipt"]) == ("1.0.0", "new", None)
    assert tree(tmp_path) == before


def test_nothing_is_published_where_nobody_can_be_asked(published: Published, tmp_path: Path) -> None:
    for more in ([], ["--format", "json"]):
        ended = publish(published.releases[0], tmp_path / "new", *more)
        assert (ended.code, ended.out) == (2, "")
        assert "--yes" in ended.err
    assert not (tmp_path / "new").exists()


def test_nothing_is_published_where_the_answer_is_no(published: Published, tmp_path: Path) -> None:
    plan, receipt = publish_release(published.releases[0], f"folder:{tmp_path / 'new'}", confirm=lambda plan: False)
    assert (plan.state, receipt) == ("new", None)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("way", ["path", "parent", "latest", "latest folder", "version", "release", "name"])
def test_something_in_the_way_is_one_clear_error_and_stays(
    published: Published, tmp_path: Path, quick: None, way: str
) -> None:
    versions = tmp_path / "versions"
    if way in ("path", "parent"):
        versions.write_text("mine")
    elif way == "release":
        copy_of(published.releases[0], tmp_path).rename(versions)
    elif way != "name":
        versions.mkdir()
        name = way.split(maxsplit=1)[0] if way != "version" else "1.0.0"
        (versions / name).mkdir() if "folder" in way else (versions / name).write_text("mine")
    before = tree(tmp_path)
    to = {"parent": versions / "below", "name": tmp_path / ("x" * 300)}.get(way, versions)
    ended = publish(published.releases[0], to, "--yes")
    assert ended.code == 2
    assert "what to do: " in ended.err
    assert tree(tmp_path) == before


def test_a_wrong_release_or_place_is_one_clear_error(published: Published, tmp_path: Path) -> None:
    copy = copy_of(published.releases[0], tmp_path)
    (copy / "more.txt").write_text("x")
    with pytest.raises(ReleaseError, match="the release is wrong"):
        publish_release(copy, f"folder:{tmp_path / 'new'}")
    for arguments, message in (
        (["--to", f"folder:{tmp_path}/new@1.0.0"], "the version is the release's own"),
        (["--to", str(tmp_path / "new")], "this is no folder of versions"),
        (["--to", "folder:"], "this names no folder"),
        (["owner/name", "--to", "folder:new"], "name one place to publish to"),
        ([], "name one place to publish to"),
    ):
        ended = curate("publish", published.releases[0], *arguments, "--yes", cwd=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert message in ended.err
    assert not (tmp_path / "new").exists()


def test_another_dataset_is_refused(published: Published, tmp_path: Path, quick: None) -> None:
    versions = tmp_path / "versions"
    assert publish(published.releases[0], versions, "--yes").code == 0
    edit_manifest(versions / "1.0.0", lambda manifest: manifest.update(name="others"))
    ended = publish(published.releases[1], versions, "--yes")
    assert ended.code == 2
    assert "the place holds the dataset 'others'" in ended.err
    with pytest.raises((VersionExistsError, OutputError)):
        publish_release(published.releases[0], f"folder:{versions}")
