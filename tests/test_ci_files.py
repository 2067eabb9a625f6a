"""The pre-commit hook, the action and the example workflow: shaped as documented, naming what exists, running."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from curation.cli.app import app
from tests.commands import ROOT, clean_environment, curate
from tests.releases import copy_of, edit_manifest

# https://pre-commit.com/#creating-new-hooks: what a hook must have, and the types of all it may have
HOOK_REQUIRED = {"id", "name", "entry", "language"}
HOOK_TYPES: dict[str, type] = {
    **dict.fromkeys(("id", "name", "entry", "language", "files", "exclude", "description", "language_version"), str),
    **dict.fromkeys(("types", "types_or", "exclude_types", "args", "stages"), list),
    **dict.fromkeys(("always_run", "fail_fast", "pass_filenames", "require_serial", "verbose"), bool),
    "minimum_pre_commit_version": str,
}
COMMAND: Any = typer.main.get_command(app)


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


HOOKS = load(".pre-commit-hooks.yaml")
ACTION = load("action.yml")
WORKFLOW = load("docs/examples/publish-on-tag.yml")
OURS = [load(f".github/workflows/{name}.yml") for name in ("ci", "stress")]
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}


def steps_of(workflow: Any) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def run_step(name: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as GitHub runs one with `shell: bash`, in this environment's Python."""
    script = cwd.parent / f"{name}.sh"
    script.write_text(STEPS[name]["run"], encoding="utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=cwd,
        env={**clean_environment(cwd.parent), "PATH": path, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def validate_step(cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return run_step("Validate", cwd, **{"TARGET": "release", "FORMAT": "text", "JUNIT": "", **env})


@pytest.fixture
def workspace(page_release: Path, tmp_path: Path) -> Path:
    """A checkout that holds a release and nothing else."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    copy_of(page_release, tmp_path).rename(folder / "release")
    return folder


# What stands in for the command on the PATH: it notes its arguments and ends as it is told.
STAND_IN = """#!/bin/sh
printf '%s\\0' "$@" > "$NOTED"
exit "$CODE"
"""


def asked_of_the_command(workspace: Path, code: int = 2, /, **env: str) -> list[str]:
    """Run the step with a stand-in for the command that ends with a code; return what it is called with last."""
    folder, noted = workspace.parent / "bin", workspace.parent / "noted"
    folder.mkdir(exist_ok=True)
    (folder / "curate").write_text(STAND_IN, encoding="utf-8")
    (folder / "curate").chmod(0o755)
    noted.unlink(missing_ok=True)
    ended = validate_step(workspace, PATH=f"{folder}:{os.environ['PATH']}", NOTED=str(noted), CODE=str(code), **env)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    return noted.read_text(encoding="utf-8").split("\0")[:-1]


def spoil(workspace: Path) -> None:
    edit_manifest(workspace / "release", lambda manifest: manifest["stages"][0].update(kept=1))


def test_the_hook_has_the_shape_that_pre_commit_documents() -> None:
    assert [hook["id"] for hook in HOOKS] == ["curate-validate"]
    for hook in HOOKS:
        assert set(hook) >= HOOK_REQUIRED
        for key, value in hook.items():
            assert isinstance(value, HOOK_TYPES[key]), key
        assert all(isinstance(argument, str) for argument in hook["args"])
        assert hook["pass_filenames"] is False


def test_the_hook_runs_a_command_of_this_package() -> None:
    program, command, *rest = shlex.split(HOOKS[0]["entry"])
    assert program == "curate"
    assert command in COMMAND.commands
    assert rest == []
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '\ncurate = "' in pyproject


def test_the_hook_runs_for_files_of_a_release_only() -> None:
    files = re.compile(HOOKS[0]["files"])
    for path in ("release", "release/manifest.json", "release/papers/a.parquet", ".release-0a1b/README.md"):
        assert files.search(path), path
    for path in ("README.md", "my/release/README.md", "releases/a.md", "release.md"):
        assert not files.search(path), path


def test_the_hook_passes_for_a_valid_release_and_fails_for_another(workspace: Path) -> None:
    script = [*shlex.split(HOOKS[0]["entry"]), *HOOKS[0]["args"]]
    program = Path(sys.executable).parent / script[0]
    for code in (0, 1):
        ended = subprocess.run(
            [program, *script[1:]],
            cwd=workspace,
            env=clean_environment(workspace),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
        spoil(workspace)


def test_the_action_has_the_shape_that_github_documents() -> None:
    assert {"name", "description", "inputs", "runs"} == set(ACTION)
    assert list(ACTION["inputs"]) == ["target", "format", "junit", "python-version", "version"]
    for given in ACTION["inputs"].values():
        assert set(given) == {"description", "default"}
        assert isinstance(given["default"], str)  # all inputs are strings
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"  # a composite step must name its shell


def test_inputs_reach_scripts_as_variables_only() -> None:
    for step in [*ACTION["runs"]["steps"], *steps_of(WORKFLOW)]:
        assert "${{" not in step.get("run", "")
    used = re.findall(r"\$\{\{ *inputs\.([\w-]+) *\}\}", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert sorted(used) == sorted(ACTION["inputs"])
    for step in STEPS.values():
        assert set(re.findall(r"\$\{?([A-Z_]+)", step["run"])) == set(step["env"])


def test_actions_are_pinned_as_in_our_own_workflows() -> None:
    ours = {step["uses"] for workflow in OURS for step in steps_of(workflow) if "uses" in step}
    for step in [*ACTION["runs"]["steps"], *steps_of(WORKFLOW)]:
        if "uses" in step and not step["uses"].startswith("OWNER/"):
            assert step["uses"] in ours


@pytest.mark.parametrize(
    "line", [step["run"] for step in steps_of(WORKFLOW) if step.get("run", "").startswith("curate")]
)
def test_the_commands_of_the_example_exist(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    used = {argument for argument in arguments if argument.startswith("--")}
    if name not in COMMAND.commands or "--previous" in used - _options(name):
        pytest.skip(f"`{line}` is not there yet")
    assert used <= _options(name)


def _options(command: str) -> set[str]:
    return {name for parameter in COMMAND.commands[command].params for name in parameter.opts}


def test_the_example_uses_the_action_as_it_is_and_keeps_its_token_to_one_step() -> None:
    assert WORKFLOW[True] == {"pull_request": None, "push": {"tags": ["v*"]}}  # YAML reads `on` as true
    for step in steps_of(WORKFLOW):
        if step.get("uses", "").startswith("OWNER/"):
            assert set(step["with"]) <= set(ACTION["inputs"])
    holders = [step["run"] for step in steps_of(WORKFLOW) if "secrets." in str(step)]
    assert holders == ['curate publish release "$DATASET" --yes']
    assert WORKFLOW["permissions"] == {"contents": "read"}


def test_the_page_on_ci_shows_what_exists() -> None:
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    formats, inputs, *_ = (
        re.findall(r"^\| `(\w[\w-]*)` \|([^|]*)\|", part, re.MULTILINE) for part in page.split("\n## ")
    )
    assert [name for name, _ in formats] == ["text", "json", "junit", "github"]
    shown = {name: default.strip("` ") for name, default in inputs}
    assert shown == {name: given["default"] for name, given in ACTION["inputs"].items()}
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    hooks = [hook for block in blocks if "repos" in block for repo in block["repos"] for hook in repo["hooks"]]
    assert {hook["id"] for hook in hooks} == {hook["id"] for hook in HOOKS}
    assert (ROOT / "docs" / re.findall(r"\]\((examples/[^)]+)\)", page)[0]).is_file()


def test_the_validate_step_ends_with_the_code_of_the_command_and_writes_junit_as_well(workspace: Path) -> None:
    ended = validate_step(workspace, JUNIT="valid.xml")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("valid: release (release; ")
    assert "<failure" not in (workspace / "valid.xml").read_text(encoding="utf-8")
    spoil(workspace)
    assert validate_step(workspace, JUNIT="reports/a b/release.xml").returncode == 1
    assert "<failure" in (workspace / "reports/a b/release.xml").read_text(encoding="utf-8")
    assert validate_step(workspace, TARGET="nowhere", JUNIT="other.xml").returncode == 2
    assert not (workspace / "other.xml").exists()


@pytest.mark.parametrize("code", [0, 1, 2])
def test_without_junit_the_validate_step_is_one_command_and_its_code(workspace: Path, code: int) -> None:
    assert asked_of_the_command(workspace, code) == ["validate", "--format", "text", "--", "release"]
    assert {path.name for path in workspace.iterdir()} == {"release"}


def test_inputs_are_never_run_nor_taken_for_options(workspace: Path) -> None:
    for target in ("--help", "$(touch pwned) `touch pwned`", '"; touch pwned; "'):
        for env, form in (({}, "text"), ({"JUNIT": "report.xml"}, "junit")):
            asked = asked_of_the_command(workspace, TARGET=target, **env)
            assert asked == ["validate", "--format", form, "--", target]
            assert curate(*asked, cwd=workspace).code == 2
    asked = asked_of_the_command(workspace, FORMAT="text; touch pwned")
    assert asked == ["validate", "--format", "text; touch pwned", "--", "release"]
    assert curate(*asked, cwd=workspace).code == 2
    assert [path.name for path in workspace.iterdir()] == ["release"]


def test_the_validate_step_annotates_the_files_of_a_pull_request(workspace: Path) -> None:
    asked = asked_of_the_command(workspace, FORMAT="github")
    assert curate(*asked, cwd=workspace).out.startswith("::notice title=curate validate::release: valid")
    spoil(workspace)
    ended = curate(*asked, cwd=workspace)
    assert ended.code == 1
    assert re.search(r"^::error file=release/manifest\.json,title=curate validate%3A ledger ", ended.out, re.MULTILINE)


def test_the_install_step_installs_the_actions_own_checkout(tmp_path: Path) -> None:
    checkout, target = tmp_path / "action", tmp_path / "site"
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("curation", "schemas"):
        shutil.copytree(ROOT / name, checkout / name, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE", "dataset_card.md", "MANIFEST.in"):
        shutil.copy(ROOT / name, checkout / name)
    # what it depends on and what builds it is here; for pip, 0 means that the build is not isolated
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_TARGET": str(target)}
    ended = run_step("Install", checkout, ACTION_PATH=str(checkout), VERSION="", **offline)
    assert ended.returncode == 0, ended.stderr
    assert (target / "curation/cli/app.py").is_file()
    (found,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    for version, code in ((found, 0), ("0.0.0", 2)):
        shutil.rmtree(target)
        again = run_step("Install", checkout, ACTION_PATH=str(checkout), VERSION=version, **offline)
        assert again.returncode == code
    assert f"this action installs curate {found}; use the tag" in again.stderr
