"""A recipe that cannot be followed: the line, what was expected, what to do; nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.identity import paper_id, title_key
from tests.commands import curate, tree
from tests.releases import read_rows
from tests.sample_page import PAPERS

START = '[dataset]\nname = "x"\ntitle = "X"\n\n[[sources]]\npath = "my-page.txt"\n'


def refused(folder: Path, recipe: str | bytes) -> str:
    """Build by a recipe that must be refused; the message, after a look that nothing was written."""
    (folder / "recipe.toml").write_bytes(recipe.encode() if isinstance(recipe, str) else recipe)
    before = tree(folder)
    ended = curate("build", "--recipe", "recipe.toml", "--out", "new/release", cwd=folder)
    assert ended.code == 2, ended.out
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert tree(folder) == before, "something was left behind"
    return ended.err


def test_a_missing_recipe_is_explained(tmp_path: Path) -> None:
    ended = curate("build", "--recipe", "nope.toml", cwd=tmp_path)
    assert ended.code == 2
    assert "nope.toml: the recipe cannot be read (No such file or directory)" in ended.err
    assert "what to do: check the path" in ended.err
    assert tree(tmp_path) == {}


def test_a_folder_as_recipe_is_explained(tmp_path: Path) -> None:
    ended = curate("build", "--recipe", ".", cwd=tmp_path)
    assert ended.code == 2
    assert "the recipe cannot be read (Is a directory)" in ended.err


def test_a_recipe_that_is_not_utf8_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    assert "recipe.toml (byte 3): the recipe is not UTF-8 text" in refused(tmp_path, b"# \n\xff")


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("not toml [", ":1: the recipe is not TOML"),
        (START + 'colour = "red\n', ":7: the recipe is not TOML"),
        (START + "[dataset]\n", ":7: the recipe is not TOML"),
    ],
)
def test_what_is_not_toml_is_explained_with_its_line(page: Path, tmp_path: Path, recipe: str, message: str) -> None:
    assert page.is_file()
    assert f"recipe.toml{message}" in refused(tmp_path, recipe)


@pytest.mark.parametrize(
    ("text", "where", "known", "meant"),
    [
        ("[deduplicate]\nthresold = 0.8\n", "8: unknown key `deduplicate.thresold`", "ngram, threshold", "threshold"),
        (
            "[splits]\ntrain = 1.0\n",
            "7: unknown key `splits`",
            "annotations, benchmark, card, dataset, deduplicate, enrich, label, sources, split",
            "split",
        ),
        ('nmae = "a"\n', "7: unknown key `sources.nmae`", "columns, format, math, name, path, sha256", "name"),
        (
            "[split]\n\n# a comment\ntrian = 0.6\n",
            "10: unknown key `split.trian`",
            "assignments, test, train, validation",
            "train",
        ),
        (
            '[card]\nhome_page = "x"\n',
            "8: unknown key `card.home_page`",
            "citation, contact, homepage, provenance",
            "homepage",
        ),
    ],
)
def test_an_unknown_key_is_explained_with_its_line_and_what_was_meant(
    page: Path, text: str, where: str, known: str, meant: str
) -> None:
    message = refused(page.parent, START + text)
    assert f"recipe.toml:{where}" in message
    assert f"expected: one of {known}" in message
    assert f"what to do: did you mean `{meant}`?" in message


def test_an_unknown_key_that_resembles_nothing_is_to_be_removed(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    assert "what to do: remove it" in refused(tmp_path, START + "[deduplicate]\nzzz = 1\n")


@pytest.mark.parametrize(
    ("text", "line", "key", "found"),
    [
        ('[deduplicate]\nthreshold = "high"\n', 8, "deduplicate.threshold", "'high'"),
        ("[deduplicate]\nthreshold = 3.0\n", 8, "deduplicate.threshold", "3.0"),
        ("[deduplicate]\nthreshold = 0.0\n", 8, "deduplicate.threshold", "0.0"),
        ("[deduplicate]\nngram = 2.5\n", 8, "deduplicate.ngram", "2.5"),
        ("[deduplicate]\nngram = 0\n", 8, "deduplicate.ngram", "0"),
        ("[split]\ntrain = true\n", 8, "split.train", "True"),
        ("[split]\nassignments = 3\n", 8, "split.assignments", "3"),
        ('sha256 = "abc"\n', 7, "sources.sha256", "'abc'"),
        ("card = 3\n", 7, "sources.card", ""),
    ],
)
def test_a_wrong_value_is_explained_with_its_line_and_what_was_found(
    page: Path, text: str, line: int, key: str, found: str
) -> None:
    message = refused(page.parent, START + text)
    assert f"recipe.toml:{line}: " in message
    assert f"`{key}`" in message
    assert found in message


def test_the_line_is_that_of_the_source_that_is_wrong(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    message = refused(tmp_path, START + '\n[[sources]]\npath = ""\n')
    assert "recipe.toml:9: " in message


def test_shares_that_do_not_add_up_are_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    message = refused(tmp_path, START + "[split]\ntrain = 0.9\n")
    assert "recipe.toml:7: " in message
    assert "the shares of train, validation, test add up to 1.3, not to 1" in message


def test_a_pinned_hash_that_is_not_the_files_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    message = refused(tmp_path, START + f'sha256 = "{"0" * 64}"\n')
    assert "my-page.txt: the content is not what the recipe pins" in message
    assert f"expected: sha256 {'0' * 64}, found " in message
    assert "what to do: restore the file, or change the recipe" in message


def test_a_source_that_is_missing_is_explained_with_its_path_from_the_recipe(tmp_path: Path) -> None:
    message = refused(tmp_path, START)
    assert "my-page.txt: there is no such file" in message


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ('[[sources]]\npath = "my-page.txt"\n', "dataset"),
        ('[dataset]\ntitle = "X"\n', "dataset.name"),
        ("", "dataset"),
    ],
)
def test_a_missing_key_is_explained(page: Path, tmp_path: Path, recipe: str, key: str) -> None:
    assert page.is_file()
    message = refused(tmp_path, recipe)
    assert f"the key `{key}` is missing" in message
    assert (
        "what to do: add `[dataset]` and what belongs to it" in message
        if key == "dataset"
        else "what to do: add `name" in message
    )


def test_a_recipe_without_sources_is_explained(tmp_path: Path) -> None:
    message = refused(tmp_path, '[dataset]\nname = "x"\ntitle = "X"\n')
    assert "recipe.toml: there is nothing to build" in message


@pytest.mark.parametrize("name", ["", "Paper Abstracts", "-x", "a" * 200, "ä"])
def test_a_dataset_name_that_the_hub_would_refuse_is_explained(page: Path, tmp_path: Path, name: str) -> None:
    assert page.is_file()
    message = refused(tmp_path, START.replace('"x"', f'"{name}"'))
    assert "recipe.toml:2: `dataset.name` is wrong" in message


def test_a_missing_file_of_splits_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    message = refused(tmp_path, START + '[split]\nassignments = "nope.csv"\n')
    assert "nope.csv: the split assignment cannot be read" in message
    assert "what to do: check `split.assignments`" in message


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        ("paper_id,split\nabc,train\ndef,tran\n", ":3", "there is no split 'tran'"),
        ("paper_id,split\nabc,train\nabc,test\n", ":3", "paper abc is assigned twice"),
        ("paper,split\nabc,train\n", ":1", "lacks a column"),
        ("", ":1", "lacks a column"),
        ("paper_id,split\nabc\n", ":2", "there is no split"),
    ],
)
def test_a_file_of_splits_that_is_wrong_is_explained_with_its_line(
    page: Path, tmp_path: Path, content: str, where: str, message: str
) -> None:
    assert page.is_file()
    (tmp_path / "splits.csv").write_text(content)
    assert f"splits.csv{where}: " in (text := refused(tmp_path, START + '[split]\nassignments = "splits.csv"\n'))
    assert message in text
    assert "None" not in text


def test_a_file_of_splits_that_is_not_utf8_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    (tmp_path / "splits.csv").write_bytes(b"paper_id,split\n\xff,train\n")
    assert "the split assignment is not UTF-8 text" in refused(
        tmp_path, START + '[split]\nassignments = "splits.csv"\n'
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "ids.csv: the table of arXiv ids cannot be read (No such file or directory)"),
        ("", "ids.csv:1: the table of arXiv ids lacks a column"),
        ("title,arxiv_id,categories,year,sources\nLazy Forests,2403,,2024,here\n", "ids.csv:2: '2403' is no arXiv id"),
        ('title,arxiv_id,categories,year,sources\n"Lazy', "ids.csv:2: the table of arXiv ids is no CSV"),
    ],
)
def test_a_table_of_arxiv_ids_that_is_wrong_is_explained(
    page: Path, tmp_path: Path, content: str | None, message: str
) -> None:
    assert page.is_file()
    if content is not None:
        (tmp_path / "ids.csv").write_text(content)
    text = refused(tmp_path, START + '[enrich]\narxiv_ids = "ids.csv"\n')
    assert message in text
    assert "what to do: " in text


def test_a_section_of_enrichment_without_a_table_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    assert "the key `enrich.arxiv_ids` is missing" in refused(tmp_path, START + "[enrich]\n")
    message = refused(tmp_path, START + '[enrich]\narxiv_id = "ids.csv"\narxiv_ids = "ids.csv"\n')
    assert "unknown key `enrich.arxiv_id`" in message
    assert "did you mean `arxiv_ids`?" in message


NOTES = "paper_id,title,primary,topics,note\n"
FIRST = '[annotations]\nfirst_round = ["a.csv", "b.csv"]\n'
PAPER = "0123456789abcdef"


def label(topics: str, *, paper: str = PAPER, note: str = "") -> str:
    return f"{paper},A Paper,{topics.split(maxsplit=1)[0] if topics else ''},{topics},{note}\n"


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        ({}, ("a.csv: the table of annotations cannot be read (No such file or directory)", "check the path")),
        ({"a.csv": ""}, ("b.csv: the table of annotations cannot be read (No such file or directory)",)),
        ({"a.csv": None}, ("a.csv:1: the table of annotations lacks the column `paper_id`",)),
        ({"a.csv": label("magic")}, ("a.csv:2: there is no topic 'magic'", "expected: one of diffusion-models")),
        ({"a.csv": label("statistic")}, ("a.csv:2: there is no topic 'statistic'", "`statistics`, if that is meant")),
        ({"a.csv": label("")}, ("a.csv:2: the line has no primary topic",)),
        ({"a.csv": label("statistics"), "b.csv": ""}, ("the second annotator did not label", f"{PAPER} (A Paper)")),
        (
            {"a.csv": label("statistics"), "b.csv": label("optimization")},
            (
                "a.csv: the annotators differ and no decision is given, papers: 1",
                f"{PAPER} (A Paper)",
                "expected: a decision for each paper on which they differ",
            ),
        ),
        (
            {"a.csv": label("statistics optimization"), "b.csv": label("statistics")},
            ("the annotators differ and no decision is given, papers: 1",),
        ),
    ],
)
def test_annotations_that_are_wrong_are_explained(
    page: Path, tmp_path: Path, files: dict[str, str | None], parts: tuple[str, ...]
) -> None:
    assert page.is_file()
    for name, lines in files.items():
        (tmp_path / name).write_text("" if lines is None else NOTES + lines)
    message = refused(tmp_path, START + FIRST)
    for part in (*parts, "what to do: "):
        assert part in message


@pytest.mark.parametrize(
    ("decision", "part"),
    [
        (None, "decided.csv: the table of annotations cannot be read"),
        ("", "decided.csv: the annotators differ and no decision is given, papers: 1"),
        (label("statistics"), "has no reason"),
        (label("statistics", note="why", paper="f" * 16), "is about a paper that the annotators did not label"),
        (label("statistics", note="why").replace("A Paper", "Another"), "has another paper's title"),
        (label("magic", note="why"), "decided.csv:2: there is no topic 'magic'"),
    ],
)
def test_decisions_that_are_wrong_are_explained(page: Path, tmp_path: Path, decision: str | None, part: str) -> None:
    assert page.is_file()
    (tmp_path / "a.csv").write_text(NOTES + label("statistics"))
    (tmp_path / "b.csv").write_text(NOTES + label("optimization"))
    if decision is not None:
        (tmp_path / "decided.csv").write_text(NOTES + decision)
    message = refused(tmp_path, START + FIRST + 'adjudicator = "decided.csv"\n')
    assert part in message
    assert "decided.csv" in message
    assert "what to do: " in message


def test_a_later_round_that_is_missing_is_explained(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(NOTES + label("statistics"))
    message = refused(tmp_path, START + FIRST + 'later_rounds = ["c.csv"]\n')
    assert "c.csv: the table of annotations cannot be read" in message


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        ("[annotations]\n", 7, "the key `annotations.first_round` is missing"),
        ('[annotations]\nfirst_round = ["a.csv"]\n', 8, "`annotations.first_round` is wrong"),
        ('[annotations]\nfirst_round = ["a.csv", "b.csv", "c.csv"]\n', 8, "`annotations.first_round` is wrong"),
        (FIRST + "adjudicator = 3\n", 9, "`annotations.adjudicator` is wrong: found 3"),
        (FIRST + 'later_rounds = "c.csv"\n', 9, "`annotations.later_rounds` is wrong: found 'c.csv'"),
        (FIRST + 'ajudicator = "c.csv"\n', 9, "unknown key `annotations.ajudicator`"),
    ],
)
def test_a_section_of_annotations_that_is_wrong_is_explained(
    page: Path, tmp_path: Path, section: str, line: int, message: str
) -> None:
    assert page.is_file()
    text = refused(tmp_path, START + section)
    assert f"recipe.toml:{line}: {message}" in text


@pytest.mark.parametrize(
    "section",
    [
        '[annotations]\nfirst_round = ["a.csv", "a.csv"]\n',
        '[annotations]\nfirst_round = ["a.csv", "more/a.csv"]\n',
        '[annotations]\nfirst_round = ["a.csv", "adjudicator.csv"]\n',
        '[annotations]\nfirst_round = ["a.csv", "model.csv"]\n',
    ],
    ids=["a file twice", "a name twice", "the adjudicator's name", "the labeler's name"],
)
def test_annotators_whose_names_cannot_be_told_apart_are_explained(page: Path, tmp_path: Path, section: str) -> None:
    paper = paper_id(title_key(PAPERS[0][0]))
    (tmp_path / "more").mkdir()
    for name in ("a.csv", "more/a.csv", "adjudicator.csv", "model.csv"):
        (tmp_path / name).write_text(NOTES + label("statistics", paper=paper))
    assert page.is_file()
    assert "what to do: " in refused(tmp_path, START + section)


def test_annotations_of_some_papers_leave_the_others_to_the_labeler(page: Path, tmp_path: Path) -> None:
    paper = paper_id(title_key(PAPERS[5][0]))
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(NOTES + label("science-engineering", paper=paper))
    assert page.is_file()
    (tmp_path / "recipe.toml").write_text(START + FIRST)
    ended = curate("build", "--recipe", "recipe.toml", "--out", "release", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    rows = [
        row for split in ("train", "validation", "test") for row in read_rows(tmp_path / "release", "papers", split)
    ]
    assert {row["label_source"] for row in rows if row["paper_id"] != paper} == {"model"}
    (one,) = [row for row in rows if row["paper_id"] == paper]
    assert (one["label_source"], one["topic_names"], one["topic_scores"]) == (
        "adjudicated",
        ["science-engineering"],
        [],
    )
    assert curate("validate", "release", cwd=tmp_path).code == 0


def test_a_recipe_is_followed_when_it_is_right(page: Path, tmp_path: Path) -> None:
    assert page.is_file()
    (tmp_path / "recipe.toml").write_text(START)
    assert curate("build", "--recipe", "recipe.toml", "--out", "new/release", cwd=tmp_path).code == 0
