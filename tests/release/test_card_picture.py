"""The card as a reader sees it: rendered to HTML and laid out by a browser.

To look at it: `CARD_PICTURES=folder pytest tests/release/test_card_picture.py` leaves pages and screenshots there.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.releases import manifest_of

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
pytestmark = pytest.mark.skipif(not _CHROMIUM, reason="no Chromium here to lay the card out with")

# About as wide as the Hub's column for a card, where a table that is wider scrolls in a box of its own.
_WIDTH = 740
_STYLE = f"""
body {{ width: {_WIDTH}px; margin: 0; font: 16px/1.6 sans-serif; color: #1f2937; background: white }}
.table {{ overflow-x: auto; margin: 1em 0 }}
table {{ border-collapse: collapse; font-size: 14px }}
th, td {{ border: 1px solid #ddd; padding: 4px 10px; vertical-align: top }}
pre {{ background: #f6f8fa; padding: 12px; overflow-x: auto }}
code {{ font-size: .87em }}
img {{ max-width: 100% }}
"""
# What the browser knows of the page is written into the page, where `--dump-dom` shows it.
_REPORT = """
addEventListener("load", () => {
  const all = query => [...document.querySelectorAll(query)];
  const prose = document.body.cloneNode(true);
  prose.querySelectorAll("pre, code, script").forEach(part => part.remove());
  const report = {
    pictures: all("img").map(one => [one.getAttribute("src"), one.naturalWidth, one.clientWidth, one.alt]),
    tables: all("table").map(one => [one.rows.length, ...new Set([...one.rows].map(row => row.cells.length))]),
    wide: all(".table, pre").filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent),
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
    prose: prose.textContent,
  };
  document.body.dataset.report = JSON.stringify(report);
});
"""


@dataclass(frozen=True)
class Laid:
    """A card and what the browser says of it."""

    release: Path
    text: str
    report: dict[str, Any]


@pytest.fixture(scope="module", params=["release", "page_release"])
def laid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Laid:
    """The card of the dataset, and the one of papers that nobody annotated."""
    release = request.getfixturevalue(request.param)
    text = (release / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    kept = os.environ.get("CARD_PICTURES")
    folder = Path(kept).resolve() if kept else tmp_path_factory.mktemp("picture")
    page = folder / f"{request.param}.html"
    page.write_text(page_of(text, release), encoding="utf-8")
    found = re.search(r' data-report="([^"]*)"', browse(page, folder, "--dump-dom"))
    assert found, "the page did not load"
    report = json.loads(html.unescape(found[1]))
    if kept:
        size = f"--window-size={_WIDTH},{report['height']}"
        browse(page, folder, f"--screenshot={page.with_suffix('.png')}", size, "--hide-scrollbars")
    return Laid(release, text, report)


def page_of(text: str, release: Path) -> str:
    """Render Markdown as the Hub does it: CommonMark with tables."""
    body = MarkdownIt("commonmark").enable("table").render(text)
    body = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    head = f'<meta charset="utf-8"><base href="{release.resolve().as_uri()}/"><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}<script>{_REPORT}</script></head><body>{body}</body></html>"


def browse(page: Path, folder: Path, *options: str) -> str:
    """Open a page in Chromium, without a window and without a network."""
    ended = subprocess.run(
        [
            _CHROMIUM,
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"),
            f"--user-data-dir={folder / 'profile'}",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.decode("utf-8")


def test_every_picture_loads_and_fits(laid: Laid) -> None:
    listed = {entry["path"] for entry in manifest_of(laid.release)["files"] if entry["path"].startswith("charts/")}
    assert listed
    assert {source for source, *_ in laid.report["pictures"]} == listed
    for source, natural, shown, words in laid.report["pictures"]:
        assert natural > 300, source
        assert 300 < shown <= _WIDTH, source
        assert len(words) > 20, source


def test_every_table_is_one_and_fits(laid: Laid) -> None:
    assert len(laid.report["tables"]) == len(re.findall(r"^\|[-:|]+\|$", laid.text, re.MULTILINE)) > 10
    for rows, *widths in laid.report["tables"]:
        assert rows > 1
        assert len(widths) == 1
    assert laid.report["wide"] == []
    assert laid.report["width"] <= 800  # the window


def test_no_mark_of_markdown_or_template_is_shown(laid: Laid) -> None:
    prose = laid.report["prose"]
    assert len(prose) > 5000
    assert re.findall(r"\{\{|\{%|%\}|\}\}|\*\*|```|\]\(|^#+ |^\||^ *[-*] |:?---+|<!--|&\w+;", prose, re.MULTILINE) == []


_ODD = (
    r"\b1 \w+s (?:were|have|are)\b",  # 1 papers were
    r"\b(?!1\b)\d+ \w+ (?:was|has)\b",  # 2 papers was
    r"\b1 (?:paper|record|abstract|title|occurrence|marked place)s\b",
    r"\b(?!1\b)\d+ (?:paper|record|abstract|title|occurrence|marked place)\b",
    r"\bNone\b",
    r"\(\)",
    r"\S {2,}\S",
    r" [.,;:!?](?:\s|$)",
    r"\.\.|,,|;;|::",
)


@pytest.mark.parametrize("odd", _ODD)
def test_no_sentence_is_left_odd_by_a_figure(laid: Laid, odd: str) -> None:
    prose = re.sub(r"(?s)```.*?```", "", laid.text.split("\n## Columns\n")[0])
    lines = [line for line in re.sub(r"`[^`\n]*`", "x", prose).splitlines() if not line.startswith("|")]
    assert [line for line in lines if re.search(odd, line)] == []
