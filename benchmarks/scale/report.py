"""Write docs/performance.md and docs/performance.svg from result files: no figure that is not in one of them.

    python benchmarks/scale/report.py benchmarks/scale/results/*.json [--docs docs]

A page that is there keeps its prose: only what stands between `<!-- begin NAME -->` and `<!-- end NAME -->` is written
again. Without one, a page with the markers is made. A part without a result file says that it was not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.scale import near_duplicates, whole

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("whole", "sizes", "near")
NOT_MEASURED = "Not measured yet."

TEMPLATE = """\
# How fast a build from record files is

What `python benchmarks/scale/whole.py` and `near_duplicates.py` measured; `python benchmarks/scale/report.py` wrote the
tables, and the figure, from their result files in `benchmarks/scale/results/`. Every repetition is a process of its
own, the order alternates, a time is the median of the repetitions without the imports, and a ratio compares times of
one run. Memory is the highest resident memory of the largest process.

![Records per second of this project, the floor and other tools](performance.svg)

## The machine

<!-- begin machine -->
<!-- end machine -->

## From a file to Parquet

The records are grown from real ones ([benchmarks/scale/grow.py](../benchmarks/scale/grow.py)): recombined sentences of
real abstracts, with near-duplicates planted at a known similarity. The floor reads the lines and writes Parquet,
nothing else: its columns once, or with as many bytes of text as a release has. datasets repairs with ftfy and writes;
near-duplicates it does not know. datatrove repairs with ftfy, removes near-duplicates with MinHash and writes, once
with its default words and once with `str.split`. Ours, without labels, keeps the captured text and every change too.

<!-- begin whole -->
<!-- end whole -->

## At growing sizes

<!-- begin sizes -->
<!-- end sizes -->

## Near-duplicates

Near are two abstracts whose sets of word 5-grams have a Jaccard similarity of 0.75 or more. Recall is the share of
those pairs that were found; by similarity in the columns that follow. Removed below 0.75 are planted decoys at 0.60 to
0.74. rensa and datasketch are given the same n-grams, and their candidates are verified exactly; text-dedup and
datatrove find their words by themselves, remove candidates unverified, and read and write files within the time.

<!-- begin near -->
<!-- end near -->
"""


def read_results(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Return results by kind.

    Raises:
        ValueError: A file is no result, or two are of one kind.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        result = json.loads(path.read_text(encoding="utf-8"))
        kind = result.get("kind") if isinstance(result, dict) else None
        if kind not in KINDS:
            raise ValueError(f"{path.name} is no result of these benchmarks")
        if kind in found:
            raise ValueError(f"{path.name} is a second result of the kind {kind}")
        found[kind] = result
    return found


def parts(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return what goes between the markers."""
    shown = {
        "whole": whole.markdown(results["whole"]) if "whole" in results else NOT_MEASURED,
        "sizes": whole.markdown(results["sizes"]) if "sizes" in results else NOT_MEASURED,
        "near": near_duplicates.markdown(results["near"]) if "near" in results else NOT_MEASURED,
    }
    return {"machine": machine_lines(results) or NOT_MEASURED, **shown}


def machine_lines(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what each result was measured on, said once where it is the same, and with which versions."""
    told: dict[str, list[str]] = {}
    for kind in KINDS:
        if kind in results:
            told.setdefault(_machine(results[kind]["machine"]), []).append(kind)
    names = {"whole": "from a file to Parquet", "sizes": "growing sizes", "near": "near-duplicates"}
    lines = [
        machine if len(told) == 1 else f"{' and '.join(names[kind] for kind in kinds).capitalize()}: {machine}"
        for machine, kinds in told.items()
    ]
    if versions := peer_versions(results):
        lines.append(f"Versions of the others: {', '.join(f'{name} {version}' for name, version in versions.items())}.")
    return "\n\n".join(lines)


def _machine(told: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in told["libraries"].items())
    return (
        f"{told['cpu']}, {told['cores']} cores, {told['memory_gib']} GiB of memory, {told['system']},"
        f" Python {told['python']}, {libraries}; {told['date']}."
    )


def peer_versions(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the versions that peers were measured with."""
    own = {name for result in results.values() for name in result["machine"]["libraries"]}
    found: dict[str, str] = {}
    for result in results.values():
        for table in result.get("tables", [result]):
            for row in table["rows"].values():
                found |= {name: version for name, version in row["versions"].items() if name not in own}
    return dict(sorted(found.items()))


def written(page: str, filled: Mapping[str, str]) -> str:
    """Return a page with what stands between its markers written again.

    Raises:
        ValueError: A marker is missing.
    """
    for name, text in filled.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, first, rest = page.partition(begin)
        _, second, after = rest.partition(end)
        if not first or not second or begin in after:
            raise ValueError(f"the page must have one place for {name}, from {begin.strip()} to {end}")
        page = f"{before}{begin}{text}\n{end}{after}"
    return page


def chart(results: Mapping[str, Mapping[str, Any]]) -> Any:
    """Draw records per second: a panel of bars for the whole way and for near-duplicates, a line for growing sizes.

    Raises:
        ValueError: There is nothing to draw.
    """
    import altair as alt

    from curation.charts import WIDTH, styled

    panels = []
    if "whole" in results:
        table = results["whole"]["tables"][-1]
        panels.append(_bars(table["rows"], f"From a file to Parquet, {table['records']:,} records"))
    if "near" in results:
        panels.append(_bars(results["near"]["rows"], f"Near-duplicates of {results['near']['records']:,} records"))
    if "sizes" in results:
        panels.append(_line(results["sizes"]["tables"]))
    if not panels:
        raise ValueError("there is no result to draw")
    panels = [panel.properties(width=WIDTH - 260) for panel in panels]
    drawn = alt.vconcat(*panels, spacing=36) if len(panels) > 1 else panels[0]
    return styled(drawn, "Records per second of this project, the floor and other tools.")


def _bars(rows: Mapping[str, Mapping[str, Any]], heading: str) -> Any:
    import altair as alt

    from curation.charts import BLUE, INK, QUIET, plotted

    ranked = sorted(rows, key=lambda name: -rows[name]["records_per_second"])
    values = [
        {"name": name, "speed": rows[name]["records_per_second"], "text": f"{rows[name]['records_per_second']:,.0f}"}
        for name in ranked
    ]
    largest = max(value["speed"] for value in values)
    scale = alt.Scale(domain=[0, largest * 1.15], nice=False)
    x = alt.X("speed:Q", scale=scale, axis=alt.Axis(format=",d", tickCount=5, grid=True), title="Records per second")
    y = alt.Y("name:N", scale=alt.Scale(domain=ranked), axis=alt.Axis(labelLimit=0), title=None)
    ours = [value for value in values if value["name"].startswith("ours")]
    others = [value for value in values if not value["name"].startswith("ours")]
    layers = [
        plotted(some).mark_bar(size=15, color=color).encode(x=x, y=y)
        for some, color in ((ours, BLUE), (others, QUIET))
        if some
    ]
    layers.append(plotted(values).mark_text(align="left", dx=5, color=INK).encode(x=x, y=y, text="text:N"))
    title = alt.TitleParams(heading, anchor="start", frame="group", fontSize=12, color=INK, offset=8)
    return alt.layer(*layers).properties(height=24 * len(ranked), title=title)


def _line(tables: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    from curation.charts import BLUE, INK, plotted

    values = [
        {"records": table["records"], "speed": row["records_per_second"], "text": f"{row['records_per_second']:,.0f}"}
        for table in tables
        if (row := table["rows"].get(whole.OURS))
    ]
    sizes = [value["records"] for value in values]
    speed = alt.Scale(domain=[0, 1.25 * max(value["speed"] for value in values)], nice=False)
    wide = alt.Scale(type="log", domain=[0.8 * min(sizes), 1.25 * max(sizes)], nice=False)
    x = alt.X("records:Q", scale=wide, axis=alt.Axis(values=sizes, format=",d"), title="Records")
    y = alt.Y("speed:Q", scale=speed, axis=alt.Axis(format=",d", tickCount=4, grid=True), title="Records per second")
    base = plotted(values).encode(x=x, y=y)
    title = alt.TitleParams("Ours at growing sizes", anchor="start", frame="group", fontSize=12, color=INK, offset=8)
    return alt.layer(
        base.mark_line(color=BLUE, strokeWidth=2),
        base.mark_point(color=BLUE, filled=True, size=60, opacity=1),
        base.mark_text(color=INK, dy=-12).encode(text="text:N"),
    ).properties(height=140, title=title)


def main() -> None:
    """Read, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    from curation import charts

    results = read_results(options.results)
    picture = charts.svg(chart(results))
    page = options.docs / "performance.md"
    text = page.read_text(encoding="utf-8") if page.exists() else TEMPLATE
    text = written(text, parts(results))
    page.write_text(text, encoding="utf-8")
    page.with_suffix(".svg").write_text(picture, encoding="utf-8")
    print(f"{page.name} and {page.with_suffix('.svg').name} say what {len(results)} result files hold")


if __name__ == "__main__":
    main()
