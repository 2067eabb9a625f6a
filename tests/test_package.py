"""The wheel alone does the job, and the sdist builds it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.commands import ROOT, clean_environment
from tests.sample_page import page_text

SOURCES = (
    *("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"),
    *("Makefile", "dataset_card.md", "requirements.lock", "curation", "schemas", "scripts", "data", "tests"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sdist and wheel, the wheel built from the sdist, both from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignore)
        else:
            shutil.copy(ROOT / name, source / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", source],
        env=clean_environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as pip unpacks it."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, next(built.glob("*.whl"))], check=True, capture_output=True)
    return target


def python(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed wheel and its dependencies, and without the checkout."""
    # without `site`, the link of an editable install in this environment is not followed
    paths = os.pathsep.join([str(installed), sysconfig.get_paths()["purelib"]])
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        env={**clean_environment(cwd), "PYTHONPATH": paths},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def names_in_wheel(built: Path) -> set[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def test_the_wheel_holds_every_module_and_what_the_command_needs(built: Path) -> None:
    names = names_in_wheel(built)
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "curation").rglob("*.py")}
    modules |= {f"curation/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "schemas").glob("*.py")}
    assert modules <= names
    assert {
        "curation/py.typed",
        "curation/resources/default_recipe.toml",
        "curation/resources/dataset_card.md",
        "curation/schemas/taxonomy.toml",
    } <= names


def test_the_wheel_installs_one_name_and_nothing_else(built: Path) -> None:
    tops = {name.split("/")[0] for name in names_in_wheel(built)}
    (metadata,) = tops - {"curation"}
    assert metadata.endswith(".dist-info")
    assert not any(
        "test" in name or (name.endswith(".txt") and "dist-info" not in name) for name in names_in_wheel(built)
    )


def test_the_wheel_names_its_licence_command_and_python(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        text = {name.rpartition("/")[2]: wheel.read(name).decode() for name in wheel.namelist() if "dist-info" in name}
    assert "License-Expression: Apache-2.0" in text["METADATA"]
    assert "Requires-Python: >=3.11" in text["METADATA"]
    assert "curate = curation.cli:main" in text["entry_points.txt"]
    assert "Apache License" in text["LICENSE"]


def test_the_sdist_holds_the_tests_the_data_and_the_documents(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"data/recipe.toml", "data/splits.csv", "data/raw/README.md", "schemas/tables.py", "Makefile"} <= names
    assert {"data/enrichment/arxiv-ids.csv", "data/enrichment/README.md"} <= names
    assert {"CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE", "tests/conftest.py"} <= names
    assert not any("__pycache__" in name for name in names)
    # releases of earlier schema versions are tests' material; no other data of ours is in there
    assert all(name.startswith("tests/published/") for name in names if name.endswith(".parquet"))


def test_the_installed_wheel_curates_a_page_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = python(
        installed, "-c", "import curation, curation.schemas as s; print(curation.__file__, s.__file__)", cwd=tmp_path
    )
    assert [Path(name).is_relative_to(installed) for name in where.stdout.split()] == [True, True]
    (tmp_path / "page.txt").write_text(page_text(), encoding="utf-8")
    built = python(installed, "-m", "curation.cli", "build", "page.txt", "--format", "json", cwd=tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    assert json.loads(built.stdout)["manifest"]["sources"][0]["records"] == 6
    checked = python(installed, "-m", "curation.cli", "validate", "release", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
