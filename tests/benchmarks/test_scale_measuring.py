"""The measurements around a streamed build: what runners print is read, compared with the truth, and reported."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.scale import environments, near_duplicates, report, whole
from benchmarks.scale.running import HERE, Runner, RunnerError, command, last_line, measured, summary
from curation.deduplicate.similarity import shingles

PRINTED = {
    "peer": "ours",
    "task": "whole",
    "records": 1_000,
    "kept": 990,
    "removed": 10,
    "seconds": 2.0,
    "total_seconds": 3.0,
    "peak_kib": 2048,
    "versions": {"pyarrow": "1"},
}
MACHINE = {
    "cpu": "A processor",
    "cores": 2,
    "memory_gib": 8,
    "system": "Linux",
    "python": "3.11.0",
    "libraries": {"pyarrow": "1"},
    "date": "2026-01-01",
}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / "peers" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(seconds: float, **more: Any) -> dict[str, Any]:
    return summary([{**PRINTED, "seconds": seconds, **more}])


def results() -> dict[str, dict[str, Any]]:
    quality = near_duplicates.quality({"pairs": [[0, 1]], "removed": [1]}, [(0, 1, 0.8)])
    rows = {"ours": row(2.0), "floor, release": row(0.5), "others": row(8.0, versions={"others": "7.1"})}
    return {
        "whole": {"kind": "whole", "machine": MACHINE, "tables": [{"records": 1_000, "rows": rows, "missing": {}}]},
        "sizes": {
            "kind": "sizes",
            "machine": MACHINE,
            "tables": [
                {"records": 1_000, "rows": rows, "missing": {}},
                {"records": 3_000, "rows": {"ours": row(9.0, records=3_000)}, "missing": {"floor, release": "why\nso"}},
            ],
        },
        "near": {
            "kind": "near",
            "machine": MACHINE,
            "records": 1_000,
            "rows": {
                near_duplicates.OURS: row(1.0) | {"quality": quality},
                "rensa": row(3.0) | {"quality": quality},
            },
            "missing": {"datasketch": "its environment could not be had"},
        },
    }


def test_the_last_line_with_a_result_is_read() -> None:
    assert last_line(f"progress\n{json.dumps(PRINTED)}\n\n") == PRINTED


@pytest.mark.parametrize("output", ["", "words\n", '{"peer": "x"}\n', "{broken\n", "[1]\n"])
def test_output_without_a_result_is_an_error(output: str) -> None:
    with pytest.raises(RunnerError):
        last_line(output)


def test_runners_take_turns_and_one_that_fails_is_told(tmp_path: Path) -> None:
    script = tmp_path / "runner.py"
    script.write_text(
        f"import json, sys, pathlib\nsource, out, name = sys.argv[1:]\n"
        f"with open(source, 'a') as file: file.write(name)\nif name == 'c': sys.exit('no luck in /a/b/c.py')\n"
        f"print(json.dumps({PRINTED!r}))\n",
        encoding="utf-8",
    )
    runners = [
        Runner("a", (sys.executable, str(script)), ("a",)),
        Runner("b", (sys.executable, str(script)), ("b",), rounds=1),
        Runner("c", (sys.executable, str(script)), ("c",)),
        Runner("d", (sys.executable, str(script)), ("d",), needs=tmp_path / "nowhere"),
    ]
    source = tmp_path / "source"
    found, missing = measured(runners, source, tmp_path, rounds=3, tell=lambda text: None)
    assert source.read_text(encoding="utf-8") == "abcaa"
    assert {name: len(one) for name, one in found.items()} == {"a": 3, "b": 1}
    assert missing["c"] == "c: no luck in c.py\n"
    assert "could not be had" in missing["d"]


def test_a_runner_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    runner = Runner("slow", (sys.executable, "-c", "import time; time.sleep(60)"))
    _, missing = measured([runner], tmp_path / "x", tmp_path, rounds=1, timeout=0.5, tell=lambda text: None)
    assert "not done" in missing["slow"]


def test_least_and_median_are_taken_over_the_repetitions() -> None:
    made = summary([{**PRINTED, "seconds": seconds, "peak_kib": int(seconds)} for seconds in (5.0, 1.0, 2.0)])
    assert (made["seconds_min"], made["seconds_median"], made["rounds"], made["peak_kib"]) == (1.0, 2.0, 3, 5)
    assert made["records_per_second"] == 500


def test_the_floor_prints_a_result_and_converts_every_record(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    source = tmp_path / "records.jsonl"
    records = [{"id": f"{n}", "title": "T", "abstract": "a\nb", "categories": "cs.CL", "other": 1} for n in range(50)]
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    for variant, files in (("columns", 1), ("release", 2)):
        runner = Runner(variant, command("floor.py"), ("--variant", variant))
        found, missing = measured([runner], source, tmp_path, rounds=1, tell=lambda text: None)
        assert not missing
        assert found[variant][0]["records"] == 50
        written = sorted((tmp_path / "0.folder").glob("*.parquet"))
        assert [pq.read_table(file).num_rows for file in written] == [50] * files
        assert pq.read_table(written[0]).column_names == ["id", "title", "abstract", "categories"]


def test_quality_is_recall_by_similarity_and_what_else_was_removed() -> None:
    truth = [(0, 1, 0.75), (2, 3, 0.97), (4, 5, 1.0), (6, 7, 0.7), (8, 9, 0.99)]
    found = {"clusters": [[4, 5, 12]], "pairs": [[3, 2], [6, 7]], "removed": [3, 5, 7, 12]}
    made = near_duplicates.quality(found, truth)
    assert (made["pairs"], made["pairs_found"], made["recall"]) == (4, 2, 0.5)
    bins = made["recall_by_similarity"]
    assert bins["0.75-0.80"] == {"found": 0, "pairs": 1}
    assert bins["0.95-1.00"] == {"found": 1, "pairs": 2}
    assert bins["1.00"] == {"found": 1, "pairs": 1}
    assert (made["removed_outside_decoys"], made["removed_elsewhere"]) == (1, 1)


def test_pairs_of_first_rows_of_clusters_count_for_their_members() -> None:
    found = {"clusters": [[0, 5]], "pairs": [[0, 3]], "removed": [3, 5]}
    assert near_duplicates.quality(found, [(3, 5, 0.8)])["recall"] == 1


@pytest.mark.parametrize(
    "text", ["", "one two", "One, two; THREE four ﬁve six ſeven $x_i$ 8", "a b c d e f a b c d e f"]
)
def test_peers_get_the_n_grams_that_the_truth_is_made_with(text: str) -> None:
    assert set(load("words").word_ngrams(text)) == {" ".join(gram) for gram in shingles(text, 5)}


def test_rows_go_that_are_near_a_survivor_and_clusters_are_what_hangs_together() -> None:
    outcome = load("outcome")
    assert outcome.survivors(5, [(0, 1), (1, 2), (3, 4)]) == [1, 4]
    assert outcome.clusters_of([(3, 1), (1, 5), (8, 9)]) == [[1, 3, 5], [8, 9]]
    sets = {0: {"a", "b", "c", "d"}, 1: {"a", "b", "c"}, 2: {"a"}}
    assert outcome.checked([(0, 1), (0, 2)], sets.__getitem__) == [(0, 1)]


def test_the_head_of_a_file_is_its_first_records(tmp_path: Path) -> None:
    import gzip

    source = tmp_path / "all.jsonl"
    source.write_bytes(b"1\n2\n3\n")
    whole.head(source, 2, tmp_path / "some.jsonl.gz")
    assert gzip.decompress((tmp_path / "some.jsonl.gz").read_bytes()) == b"1\n2\n"
    with pytest.raises(ValueError, match="3 records, not 4"):
        whole.head(source, 4, tmp_path / "some.jsonl.gz")


def test_a_page_says_what_the_results_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for kind, result in results().items():
        files.append(tmp_path / f"{kind}.json")
        files[-1].write_text(json.dumps(result), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["report.py", *map(str, files), "--docs", str(tmp_path)])
    report.main()
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "A processor, 2 cores, 8 GiB of memory, Linux, Python 3.11.0, pyarrow 1; 2026-01-01." in page
    assert "Versions of the others: others 7.1." in page
    assert "| ours | 2.0 (least 2.0) | 500 | 1.00 x | 4.00 x | 2 MiB | 990 |" in page
    assert "| others | 8.0 (least 8.0) | 125 | 4.00 x | 16.00 x | 2 MiB | 990 |" in page
    assert "| 3,000 | 9.0 | 333 | 1.50 x | 2 MiB | n/a |" in page
    assert "floor, release is missing at 3,000: so" in page
    assert "| rensa | 333 | 3.0 x | 1.0000 |" in page
    assert "datasketch is missing: its environment could not be had" in page
    assert report.NOT_MEASURED not in page
    assert (tmp_path / "performance.svg").read_text(encoding="utf-8").startswith("<svg")


def test_prose_of_a_page_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = tmp_path / "near.json"
    near.write_text(json.dumps(results()["near"]), encoding="utf-8")
    page = tmp_path / "performance.md"
    page.write_text(report.TEMPLATE.replace("## The machine", "## Our words"), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["report.py", str(near), "--docs", str(tmp_path)])
    report.main()
    first = page.read_text(encoding="utf-8")
    report.main()
    assert page.read_text(encoding="utf-8") == first
    assert "## Our words" in first
    assert first.count(report.NOT_MEASURED) == 2


@pytest.mark.parametrize("content", ["[]", "{}", '{"kind": "other"}'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "some.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.json is no result"):
        report.read_results([path])
    path.write_text(json.dumps(results()["near"]), encoding="utf-8")
    with pytest.raises(ValueError, match="second result"):
        report.read_results([path, path])


def test_every_peer_pins_its_versions_and_nothing_else() -> None:
    assert set(environments.NAMES) == {"datasets", "datasketch", "datatrove", "rensa", "text-dedup"}
    for name in environments.NAMES:
        lines = (HERE / "peers" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        assert lines == sorted(lines)
        assert all(line.count("==") == 1 and "//" not in line for line in lines)
        assert any(line.startswith(f"{name}==") for line in lines)


def test_runners_are_there() -> None:
    for runner in [*near_duplicates.runners(), *whole.runners()]:
        assert Path(runner.command[1]).is_file()
    assert [runner.name for runner in whole.runners(peers=False)] == ["ours", "floor, columns", "floor, release"]
