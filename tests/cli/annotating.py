"""What the tests of `curate annotate` share."""

from __future__ import annotations

from pathlib import Path

from tests.commands import ROOT, Argument, curate, tree

__all__ = ["ANNOTATORS", "FOLDER", "HEADER", "refused"]

FOLDER = ROOT / "data/annotations"
ANNOTATORS = (FOLDER / "annotator-a.csv", FOLDER / "annotator-b.csv")
HEADER = "paper_id,title,primary,topics,note\n"


def refused(*arguments: Argument, cwd: Path) -> str:
    """Run `curate annotate`, which must refuse its input, and return its message; nothing may be written."""
    before = tree(cwd)
    ended = curate("annotate", *arguments, cwd=cwd)
    assert (ended.code, ended.out) == (2, ""), (ended.out, ended.err)
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert "what to do: " in ended.err
    assert tree(cwd) == before, "something was left behind"
    return ended.err
