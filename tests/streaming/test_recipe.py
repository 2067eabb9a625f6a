"""What a recipe says of record files, and record files from elsewhere."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from curation.errors import RecipeError, SourceError
from curation.identity import source_id
from tests.releases import manifest_of
from tests.sample_page import page_text
from tests.streaming.record_files import all_rows, hashes, record, records, removed_rows, source_of, streamed, write

START = '[dataset]\nname = "mine"\ntitle = "Mine"\n'


def recipe_of(folder: Path, *sources: str) -> Path:
    """A recipe with these sources, each the lines of its section."""
    path = folder / "recipe.toml"
    path.write_text(START + "".join(f"[[sources]]\n{one}\n" for one in sources), encoding="utf-8")
    return path


def test_columns_go_by_the_names_that_the_recipe_gives(tmp_path: Path) -> None:
    named = {"title": "name", "abstract": "summary", "id": "eprint", "categories": "tags"}
    some = [{named[key]: value for key, value in one.items()} | {"title": "no"} for one in records(3)]
    write(tmp_path / "a.jsonl", some)
    columns = 'columns = { title = "name", abstract = "summary", arxiv_id = "eprint", categories = "tags" }'
    release = streamed(recipe=recipe_of(tmp_path, f'path = "a.jsonl"\n{columns}'), out=tmp_path / "release").out
    found = {row["title"]: (row["abstract"], row["arxiv_id"], row["categories"]) for row in all_rows(release, "papers")}
    assert found == {one["title"]: (one["abstract"], one["id"], one["categories"].split()) for one in records(3)}
    (entry,) = manifest_of(release)["sources"]
    assert entry["columns"] == {"title": "name", "abstract": "summary", "arxiv_id": "eprint", "categories": "tags"}


def test_a_column_that_is_named_must_be_there(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", records(3))
    recipe = recipe_of(tmp_path, 'path = "a.csv"\ncolumns = { title = "name" }')
    with pytest.raises(SourceError, match="'name'"):
        streamed(recipe=recipe, out=tmp_path / "release")
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "recipe.toml"}


@pytest.mark.parametrize(
    ("name", "written", "format"),
    [
        ("a.txt", "a.jsonl", "jsonl"),
        ("a.data", "a.csv", "csv"),
        ("a", "a.parquet", "parquet"),
        ("b.txt", "b.jsonl.gz", "jsonl"),
    ],
)
def test_the_format_is_what_the_recipe_says(tmp_path: Path, name: str, written: str, format: str) -> None:
    write(tmp_path / written, records(4)).rename(tmp_path / name)
    recipe = recipe_of(tmp_path, f'path = "{name}"\nformat = "{format}"\nname = "snapshot"')
    release = streamed(recipe=recipe, out=tmp_path / "release", rows=2).out
    assert [(one["name"], one["format"], one["records"]) for one in manifest_of(release)["sources"]] == [
        ("snapshot", format, 4)
    ]


def test_a_page_may_have_the_name_of_a_record_file(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text(page_text(), encoding="utf-8")
    write(tmp_path / "a.jsonl", records(2))
    recipe = recipe_of(tmp_path, 'path = "page.json"\nformat = "listing"', 'path = "a.jsonl"')
    release = streamed(recipe=recipe, out=tmp_path / "release").out
    layouts = {one["name"]: (one["layout"], one["records"]) for one in manifest_of(release)["sources"]}
    assert layouts == {"page.json": ("B", 6), "a.jsonl": ("records", 2)}


def test_math_that_was_stripped_is_read_back_and_its_damage_marked(tmp_path: Path) -> None:
    """The same text is another thing in a source that says of itself that it has its LaTeX."""
    text = record(0)["abstract"].lower()
    one = record(0, abstract=f"We reach a rate of O(eta^2) with steps eta in R^d for a sum_{{i=1}}^n x_i and {text}")
    found = {}
    for math in ("stripped", "latex"):
        folder = tmp_path / math
        folder.mkdir()
        write(folder / "a.jsonl", [one, record(1)])
        recipe = recipe_of(folder, f'path = "a.jsonl"\nmath = "{math}"')
        release = streamed(recipe=recipe, out=folder / "release").out
        found[math] = next(row for row in all_rows(release, "papers") if row["title"] == one["title"])
        assert manifest_of(release)["sources"][0]["math"] == math
    assert (found["stripped"]["math_damage"], found["latex"]["math_damage"]) == (2, 0)
    assert "O(η^2)" in found["stripped"]["abstract"]
    assert found["latex"]["abstract"] == one["abstract"]


def test_a_pin_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", records(3))
    recipe = recipe_of(tmp_path, f'path = "a.jsonl"\nsha256 = "{"0" * 64}"')
    with pytest.raises(SourceError, match="the content is not what the recipe pins") as caught:
        streamed(recipe=recipe, out=tmp_path / "release")
    assert caught.value.expected is not None
    assert source_of(path) in caught.value.expected
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "recipe.toml"}


def test_the_same_content_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", records(3))
    (tmp_path / "b.ndjson").write_bytes(path.read_bytes())
    recipe = recipe_of(tmp_path, 'path = "a.jsonl"', 'path = "b.ndjson"')
    with pytest.raises(SourceError, match="the same content is given twice, here and as"):
        streamed(recipe=recipe, out=tmp_path / "release")
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "b.ndjson", "recipe.toml"}


@pytest.mark.parametrize(
    ("sources", "line", "message"),
    [
        (['path = "a.jsonl"\nformt = "csv"'], 6, "unknown key `sources.formt`"),
        (['path = "a.jsonl"\nformat = "xml"'], 6, "`sources.format` is wrong: found 'xml'"),
        (['path = "a.jsonl"\nmath = "none"'], 6, "`sources.math` is wrong"),
        (['path = "a.jsonl"\n[sources.columns]\ntitel = "x"'], 7, "unknown key `sources.columns.titel`"),
        (
            ['path = "b.jsonl"', 'path = "a.jsonl"\n[sources.columns]\ntitel = "x"'],
            9,
            "unknown key `sources.columns.titel`",
        ),
        (['path = "b.jsonl"', 'path = "a.jsonl"\ncolumns = { titel = "x" }'], 8, "unknown key `sources.columns.titel`"),
        (['path = "a.jsonl"\ncolumns = { title = "" }'], 6, "`sources.columns.title` is wrong"),
    ],
)
def test_a_wrong_key_is_told_with_its_line(tmp_path: Path, sources: list[str], line: int, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        streamed(recipe=recipe_of(tmp_path, *sources), out=tmp_path / "release")
    assert message in caught.value.what
    assert caught.value.where is not None
    assert caught.value.where.line == line
    assert {path.name for path in tmp_path.iterdir()} == {"recipe.toml"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """The address of a server of files, and their folder."""
    monkeypatch.setenv("NO_PROXY", "*")
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()
        thread.join()


def test_a_file_behind_a_url_gives_the_release_of_the_file(site: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = site
    path = write(folder / "a.jsonl.gz", [*records(20), b"{broken"])
    seen: list[str] = []
    remote = streamed(
        [f"{address}/a.jsonl.gz"],
        out=tmp_path / "remote",
        rows=6,
        processes=2,
        watch=lambda step, done, of: seen.append(step),
    )
    local = streamed([path], out=tmp_path / "local")
    assert list(dict.fromkeys(seen)) == ["read", "normalize", "deduplicate", "enrich", "write"]
    assert (remote.manifest["sources"], remote.manifest["stages"]) == (
        local.manifest["sources"],
        local.manifest["stages"],
    )
    parquet = [
        {name: one for name, one in hashes(each.out).items() if name.endswith(".parquet")} for each in (remote, local)
    ]
    assert parquet[0] == parquet[1]
    assert {one.name for one in tmp_path.iterdir()} >= {"remote", "local"}
    assert not (tmp_path / ".remote.work").exists()


def test_a_url_without_a_file_is_refused(site: tuple[str, Path], tmp_path: Path) -> None:
    address, _ = site
    with pytest.raises(SourceError) as caught:
        streamed([f"{address}/none.jsonl"], out=tmp_path / "release")
    assert f"{address}/none.jsonl" in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"site"}


def test_a_file_of_any_file_system_in_a_recipe(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", records(6))
    content = path.read_bytes()
    with fsspec.open("memory://streaming-tests/a.parquet", "wb") as file:
        file.write(content)
    recipe = recipe_of(tmp_path, 'path = "memory://streaming-tests/a.parquet"\nname = "memory"')
    release = streamed(recipe=recipe, out=tmp_path / "release", rows=2, processes=2).out
    (entry,) = manifest_of(release)["sources"]
    assert (entry["name"], entry["source_id"], entry["records"]) == ("memory", source_id(content), 6)
    assert removed_rows(release, "position") == []


def test_the_name_of_the_content_decides_not_the_path(tmp_path: Path) -> None:
    """A file that was moved and renamed is the same source."""
    one = write(tmp_path / "a.jsonl", records(5))
    first = streamed([one], out=tmp_path / "first")
    other = one.rename(tmp_path / "b.ndjson")
    second = streamed([other], out=tmp_path / "second")
    listings = [(each.out / "listings/train-00000-of-00001.parquet").read_bytes() for each in (first, second)]
    assert listings[0] == listings[1]
