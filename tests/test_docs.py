"""What is documented exists, and what exists is documented."""

from __future__ import annotations

import ast
import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from curation.cli.app import app
from curation.normalize.rules import RULES
from curation.schemas.stages import STAGES
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPICS
from tests.commands import ROOT, curate, python_process
from tests.releases import manifest_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = (
    *(
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/labels.md",
        "docs/topics.md",
        "docs/publishing.md",
        "docs/ci.md",
        "docs/benchmark.md",
        "docs/sources.md",
        "docs/performance.md",
        "curation/label/model/README.md",
    ),
    *(f"data/{folder}/README.md" for folder in ("raw", "enrichment", "annotations", "unseen")),
)
GUIDE = ROOT.parent / "shared" / "taxonomy.md"

COMMAND: Any = typer.main.get_command(app)


def _commands(group: Any, prefix: str = "") -> dict[str, Any]:
    """Map the name of every command, those of groups with the group's before it, to the command."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {prefix + name: command} if inner is None else _commands(command, f"{prefix}{name} ")
    return found


COMMANDS = _commands(COMMAND)


def options(command: Any) -> list[str]:
    """List the long options of a command."""
    return [name for parameter in command.params for name in parameter.opts if name.startswith("--")]


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every Markdown table."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_readme_has_a_row_for_every_command() -> None:
    shown = [found[1] for row in table_rows(README) if (found := re.match(r"`curate ([a-z]+(?: [a-z]+)?)", row[0]))]
    assert sorted(shown) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_readme_shows_the_arguments_of_a_command(name: str) -> None:
    (row,) = [row[0] for row in table_rows(README) if re.match(rf"`curate {name}\b", row[0])]
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument":
            word = re.sub(r"\W", "", str(parameter.metavar))
            assert word in row


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name in sorted(COMMANDS) for option in options(COMMANDS[name])]
)
def test_readme_has_a_row_for_every_option_with_its_command(name: str, option: str) -> None:
    rows = [row for row in table_rows(README) if re.match(rf"`{option}\b", row[0])]
    assert any(f"`{name}`" in row[1] for row in rows), f"{option} of {name} is undocumented"


def test_readme_names_no_option_or_command_that_does_not_exist() -> None:
    for row in table_rows(README):
        if option := re.match(r"`(--[\w-]+)", row[0]):
            owners = re.findall(r"`([a-z ]+)`", row[1])
            for owner in owners:
                known = options(COMMAND if owner == "curate" else COMMANDS[owner])
                assert option[1] in known, (option[1], owner)
    for text in (README, CONTRIBUTING):
        for command in re.findall(r"curate ([a-z]+)\b", text):
            assert command in COMMAND.commands, command
        for command in re.findall(r"`curate (annotate [a-z]+)\b", text):
            assert command in COMMANDS, command


def test_readme_explains_version_and_help() -> None:
    shown = " ".join(row[0] for row in table_rows(README))
    assert "`--version`" in shown
    assert "`--help`" in shown


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_and_argument_has_a_help_text(name: str) -> None:
    assert COMMANDS[name].help
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), parameter.name


def test_readme_has_a_row_for_every_table() -> None:
    shown = [row[0].strip("`") for row in table_rows(README) if row[0].strip("`") in TABLES]
    assert shown == list(TABLES)


def test_readme_names_every_script() -> None:
    for script in sorted((ROOT / "scripts").glob("*.py")):
        assert f"scripts/{script.name}" in README
    for named in re.findall(r"`(scripts/\w+\.py)`", README + CONTRIBUTING):
        assert (ROOT / named).is_file(), named


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_every_make_target_is_described_and_documented() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == make_targets()
    text = README + CONTRIBUTING
    for target in make_targets() - {"help"}:
        assert f"make {target}" in text, f"`make {target}` is undocumented"


def test_every_make_target_that_is_named_exists() -> None:
    for text in (README, CONTRIBUTING, (ROOT / ".ci" / "run").read_text(encoding="utf-8")):
        for target in re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE):
            assert target in make_targets(), target


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        if not re.match(r"[a-z]+:", link):
            target = path.parent / link.partition("#")[0]
            assert target.exists(), f"{page} leads to {link}, which does not exist"


def test_every_path_that_is_named_exists() -> None:
    for page in PAGES:
        path = ROOT / page
        for named in re.findall(
            r"`((?:\.\./)?[\w./-]+/[\w.-]+\.(?:py|md|toml|csv|txt))`", path.read_text(encoding="utf-8")
        ):
            assert (path.parent / named).exists() or (ROOT / named).exists(), f"{page} names {named}"
        for folder in re.findall(r"`((?:[\w-]+/)+)`", path.read_text(encoding="utf-8")):
            assert (ROOT / folder).is_dir(), f"{page} names {folder}"


def test_contributing_explains_how_to_add_a_rule_a_topic_and_a_source() -> None:
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", CONTRIBUTING, re.MULTILINE | re.DOTALL))
    rule = next(text for heading, text in sections.items() if "rule" in heading.lower())
    assert "curation/normalize/rules.py" in rule
    topic = next(text for heading, text in sections.items() if "topic" in heading.lower())
    assert "schemas/taxonomy.toml" in topic
    assert "append only" in topic.lower()
    source = next(text for heading, text in sections.items() if "source" in heading.lower())
    for place in ("data/raw/", "data/raw/README.md", "data/recipe.toml", "sha256"):
        assert place in source


@pytest.mark.parametrize("name", ["rule", "stage", "topic"])
def test_names_that_reports_show_are_lower_case_words(name: str) -> None:
    names = {"rule": [rule.id for rule in RULES], "stage": list(STAGES), "topic": [topic.id for topic in TOPICS]}[name]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in names)


def test_the_numbers_of_the_readme_are_those_of_the_release(release: Path) -> None:
    manifest = manifest_of(release)
    occurrences = manifest["stages"][0]["in"]
    papers = sum(part["rows"] for part in manifest["tables"]["papers"].values())
    merged = sum(stage["merged"] for stage in manifest["stages"])
    assert (occurrences, papers, merged) == (250, 244, 6)
    assert {int(count) for count in re.findall(r"(\d+) (?:distinct |machine-learning )?papers", README)} >= {papers}
    for count in re.findall(r"(\d+) (?:records|occurrences)", README):
        assert int(count) == occurrences
    for count in re.findall(r"(\d+)\s+(?:distinct|machine-learning)\s+papers", README):
        assert int(count) == papers


def test_the_output_that_the_readme_shows_is_what_the_command_prints(tmp_path: Path) -> None:
    (shown,) = [block for block in code_blocks(README, "text") if "occurrences read" in block]
    recipe = ROOT / "data/recipe.toml"
    built = curate("build", "--recipe", recipe, "--out", "release", cwd=tmp_path)
    checked = curate("validate", "release", cwd=tmp_path)
    assert unsized(shown) == unsized(built.out + checked.out)


def unsized(text: str) -> list[str]:
    """Return the lines without sizes: the charts are drawn with the fonts of the machine."""
    return [re.sub(r"[\d,]+ KiB", "… KiB", line.rstrip()) for line in text.splitlines()]


def test_the_page_of_topics_is_what_its_script_writes(release: Path, tmp_path: Path) -> None:
    ended = python_process(ROOT / "scripts/topics_page.py", release.resolve(), cwd=tmp_path)
    assert ended.out == (ROOT / "docs/topics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(len(code_blocks(README, "python"))))
def test_the_python_of_the_readme_runs(release: Path, home: Path, number: int) -> None:
    (home / "release").symlink_to(release.resolve())
    block = code_blocks(README, "python")[number]
    ended = python_process("-W", "error::FutureWarning", "-c", block, cwd=home)
    assert (ended.code, ended.out == "") == (0, "print" not in block), ended.err


def test_the_python_interface_of_the_readme_exists() -> None:
    import curation

    for name in re.findall(r"`curation\.(\w+)\(", README):
        assert callable(getattr(curation, name))
        assert name in curation.__all__


def test_captured_files_have_the_hashes_that_are_stated() -> None:
    recipe = tomllib.loads((ROOT / "data/recipe.toml").read_text(encoding="utf-8"))
    stated = {row[0].strip("`"): row for row in table_rows((ROOT / "data/raw/README.md").read_text(encoding="utf-8"))}
    files = sorted(path for path in (ROOT / "data/raw").iterdir() if path.name != "README.md")
    assert [path.name for path in files] == sorted(Path(source["path"]).name for source in recipe["sources"])
    for path, source in zip(files, sorted(recipe["sources"], key=lambda source: str(source["path"])), strict=True):
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        assert source["sha256"] == sha256
        assert stated[path.name][-1].strip("`") == sha256
        assert int(stated[path.name][1]) == len(content)


def test_the_committed_splits_are_those_of_the_papers(release: Path) -> None:
    splits = pd.read_csv(ROOT / "data/splits.csv")
    for split, rows in splits.groupby("split"):
        published = pd.read_parquet(release / f"papers/{split}-00000-of-00001.parquet")
        assert sorted(rows["paper_id"]) == published["paper_id"].to_list()


@pytest.mark.shared
def test_the_taxonomy_is_the_guides() -> None:
    if not GUIDE.is_file():
        pytest.skip(f"the maintainers' guide is not here: ../shared/{GUIDE.name}")
    guide = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(topic.id, topic.description) for topic in TOPICS] == guide


@pytest.mark.shared
def test_the_captured_files_are_the_seeds() -> None:
    seeds = ROOT.parent / "shared" / "seeds"
    if not seeds.is_dir():
        pytest.skip("the maintainers' seeds are not here: ../shared/seeds")
    for seed in sorted(seeds.glob("*.txt")):
        assert (ROOT / "data/raw" / seed.name).read_bytes() == seed.read_bytes()


def test_versions_of_the_package_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8").replace('"', "")
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_module_and_public_name_says_what_it_is() -> None:
    for path in [*(ROOT / "curation").rglob("*.py"), *(ROOT / "schemas").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path.name
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


# A child for each script, forked before anything of ours is imported: what a script needs of it, it must import itself.
ASKED = """
import gc, os, runpy, sys
import altair, datasets, pandas, pandera.pandas, pyarrow.parquet, sklearn, typer
assert not [name for name in sys.modules if name.partition(".")[0] == "curation"]
gc.freeze()
for script in sys.argv[1:]:
    if not os.fork():
        for number, kind in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{os.path.basename(script)}.{kind}", os.O_WRONLY | os.O_CREAT), number)
        sys.argv = [script, "--help"]
        code = 0
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        sys.stdout.flush()
        os._exit(code)  # to take the libraries down properly takes half a second
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


def test_every_script_answers_to_help(home: Path) -> None:
    scripts = sorted((ROOT / "scripts").glob("*.py"))
    ended = python_process("-c", ASKED, *scripts, cwd=home)
    assert (ended.code, ended.out.split(), ended.err) == (0, ["0"] * len(scripts), "")
    for script in scripts:
        assert (home / f"{script.name}.err").read_text(encoding="utf-8") == "", script.name
        assert "usage" in (home / f"{script.name}.out").read_text(encoding="utf-8").lower(), script.name


def test_the_shares_that_the_card_states_are_those_of_the_reports() -> None:
    report = "".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("fidelity", "labels"))
    stated = re.findall(r"\d\.\d+ \[[^\]]+\]", (ROOT / "dataset_card.md").read_text(encoding="utf-8"))
    assert len(stated) >= 3
    assert all(share in report for share in stated)
