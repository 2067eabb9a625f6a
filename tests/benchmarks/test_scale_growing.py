"""Records grown from a sample: the same each time, valid, and like no other but where it is said."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from benchmarks.scale.exact import check, exact_pairs
from benchmarks.scale.grow import grow, truth_path
from benchmarks.scale.planting import DECOY, PLANTED, change
from benchmarks.scale.pools import Material, read_records
from curation.deduplicate.similarity import NearIndex, shingles

RECORDS = 2_000


def sample_records(count: int = 700) -> list[dict[str, str]]:
    """Return made-up records: words of one sentence are in no other, some have math, half are wrapped."""
    draw = random.Random(5)
    words = ["".join(draw.choices("bcdfglmnprst", k=2) + draw.choices("aeiou", k=2)) * 2 for _ in range(3_000)]
    records = []
    for number in range(count):
        sentences = []
        for _ in range(8):
            sentence = " ".join(draw.choices(words, k=draw.randint(12, 24)))
            if number % 3 == 0 and draw.random() < 0.5:
                sentence += f" with $x_{draw.randint(0, 9)} \\le \\alpha$ given"
            sentences.append(sentence.capitalize() + ".")
        text = (" " if number % 2 else "\n").join(sentences)
        title = f"{' '.join(draw.choices(words, k=3)).capitalize()} for {' '.join(draw.choices(words, k=3))}"
        records.append({"id": f"2606.{number:05d}", "title": title, "abstract": text, "categories": "cs.CL cs.AI"})
    return records


def grown_records(path: Path) -> list[dict[str, Any]]:
    return list(read_records(path))


def listed_pairs(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(truth_path(path)).to_pylist()
    return rows


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in sample_records())
    return path


@pytest.fixture(scope="module")
def grown(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("grown") / "grown.jsonl.gz"
    grow(sample, RECORDS, path)
    return path


def test_the_same_seed_gives_the_same_bytes(sample: Path, grown: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.jsonl.gz", tmp_path / "other.jsonl.gz"
    grow(sample, RECORDS, again)
    grow(sample, RECORDS, other, seed=1)
    assert again.read_bytes() == grown.read_bytes()
    assert truth_path(again).read_bytes() == truth_path(grown).read_bytes()
    assert other.read_bytes() != grown.read_bytes()


def test_fewer_records_are_the_first_of_more(sample: Path, grown: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.jsonl"
    grow(sample, 700, fewer)
    assert grown_records(fewer) == grown_records(grown)[:700]
    assert listed_pairs(fewer) == [pair for pair in listed_pairs(grown) if pair["right"] < 700]


def test_records_have_the_layout_and_unique_valid_ids(grown: Path) -> None:
    records = grown_records(grown)
    assert len(records) == RECORDS
    assert all(list(record) == ["id", "title", "abstract", "categories"] for record in records)
    assert all(re.fullmatch(r"\d\d(0[1-9]|1[0-2])\.(?!00000)\d{5}", record["id"]) for record in records)
    assert len({record["id"] for record in records}) == RECORDS
    assert records[0]["id"] == "2607.00001"  # the month after the sample's last


def test_ids_go_on_over_the_end_of_a_year_and_of_a_month(sample: Path) -> None:
    from benchmarks.scale.grow import PER_MONTH, Grower

    grower = Grower(Material(read_records(sample)))
    numbers = [PER_MONTH - 1, PER_MONTH, 5 * PER_MONTH, 6 * PER_MONTH]
    ids = [grower.record(number)[0]["id"] for number in numbers]
    assert ids == ["2607.20000", "2608.00001", "2612.00001", "2701.00001"]


def test_lengths_wraps_and_math_are_as_in_the_sample(sample: Path, grown: Path) -> None:
    shares = []
    for path in (sample, grown):
        texts = [record["abstract"] for record in read_records(path)]
        words = sum(len(text.split()) for text in texts) / len(texts)
        shares.append((sum("$" in text for text in texts) / len(texts), words))
    assert shares[0] == pytest.approx(shares[1], rel=0.1)
    wrapped = [text for record in grown_records(grown) if "\n" in (text := record["abstract"])]
    assert 0.45 < len(wrapped) / RECORDS < 0.55
    assert max(len(line) for text in wrapped for line in text.split("\n")) <= 79
    assert not any(line.endswith(" ") for text in wrapped for line in text.split("\n"))


def test_pairs_are_as_listed_and_no_others_are_near(grown: Path) -> None:
    pairs = [(pair["left"], pair["right"], pair["jaccard"]) for pair in listed_pairs(grown)]
    assert check(grown, pairs, 0.75) == []
    # the check sees what is wrong
    assert len(check(grown, pairs[3:], 0.75)) == sum(similarity >= 0.75 for _, _, similarity in pairs[:3])
    left, right, similarity = pairs[0]
    assert len(check(grown, [(left, right, similarity + 0.001), *pairs[1:]], 0.75)) == 1


def test_planted_pairs_and_decoys_are_spread_over_their_ranges(grown: Path) -> None:
    pairs = listed_pairs(grown)
    planted = [pair["jaccard"] for pair in pairs if pair["kind"] == "planted"]
    decoys = [pair["jaccard"] for pair in pairs if pair["kind"] == "decoy"]
    assert len(planted) == pytest.approx(0.05 * RECORDS, rel=0.1)
    assert len(decoys) == pytest.approx(0.025 * RECORDS, rel=0.1)
    assert PLANTED[0] <= min(planted) < 0.8
    assert max(planted) == 1
    assert DECOY[0] <= min(decoys) < max(decoys) <= DECOY[1]
    assert all(pair["left"] < pair["right"] for pair in pairs)
    assert len({pair["left"] for pair in pairs} | {pair["right"] for pair in pairs}) == 2 * len(pairs)
    assert any(pair["right"] - pair["left"] > RECORDS / 2 for pair in pairs)


def test_no_two_abstracts_share_more_than_a_sentence(grown: Path, sample: Path) -> None:
    own = {pair["right"] for pair in listed_pairs(grown)}
    records = [record for number, record in enumerate(grown_records(grown)) if number not in own]
    sentences = [set(re.split(r"(?<=\.)\s", " ".join(record["abstract"].split()))) for record in records]
    assert max(len(one & other) for one, other in itertools.combinations(sentences[:600], 2)) == 1


def test_all_pairs_finds_what_the_index_of_the_project_finds(grown: Path) -> None:
    texts = [record["abstract"] for record in grown_records(grown)][:800]
    index, found = NearIndex(0.6), []
    for number, text in enumerate(texts):
        grams = shingles(text, 5)
        if closest := index.closest(grams):
            found.append((closest[0], number, closest[1]))
        index.add(grams)
    assert found == list(exact_pairs(texts, 0.6))


def test_the_sample_can_stand_first_with_its_natural_pairs(tmp_path: Path) -> None:
    records = sample_records()
    records[41]["abstract"] = records[7]["abstract"].replace("\n", " ")
    path, out = tmp_path / "sample.jsonl", tmp_path / "out.jsonl.gz"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    grow(path, 1_000, out, natural=True)
    made, pairs = grown_records(out), listed_pairs(out)
    assert made[: len(records)] == records
    assert len(made) == 1_000
    natural = {"left": 7, "right": 41, "jaccard": 1.0, "kind": "natural"}
    assert [pair for pair in pairs if pair["kind"] == "natural"] == [natural]
    assert check(out, [(pair["left"], pair["right"], pair["jaccard"]) for pair in pairs], 0.75) == []


def test_a_sample_that_is_too_small_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in sample_records(20)), encoding="utf-8")
    with pytest.raises(ValueError, match="too few to make others of"):
        grow(path, 100, tmp_path / "out.jsonl.gz")
    path.write_text("".join(json.dumps(record) + "\n" for record in sample_records(100)), encoding="utf-8")
    with pytest.raises(ValueError, match="not 100000000"):
        grow(path, 100_000_000, tmp_path / "out.jsonl.gz")


def test_without_duplicates_there_are_none(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "none.jsonl.gz"
    assert grow(sample, 500, out, duplicates=0) == 0
    assert list(exact_pairs((record["abstract"] for record in read_records(out)), 0.6)) == []


def test_a_text_too_short_to_change_so_little_is_given_up() -> None:
    assert change("one two three", "four five six seven", (0.6, 0.74), random.Random(0)) is None
