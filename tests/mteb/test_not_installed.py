"""Without MTEB, its module says what to install."""

from __future__ import annotations

import pytest

from tests.commands import ROOT, python_process


@pytest.mark.parametrize("missing", ["mteb", "torch"])
def test_a_missing_library_is_one_clear_error(missing: str) -> None:
    code = f"""
import sys
sys.modules.update(mteb=sys, torch=sys)  # as if they were there
sys.modules[{missing!r}] = None  # as if it were not
from curation.errors import ModelError
try:
    import curation.benchmark.mteb
except ModelError as error:
    print(error)
"""
    done = python_process("-c", code, cwd=ROOT)
    assert done.code == 0, done.err
    assert f"need {missing}, which is not installed" in done.out
    assert "pip install 'paper-abstracts[benchmark]'" in done.out
