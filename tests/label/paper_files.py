"""Papers in files of every format, before and after they were labelled."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import InputFileError
from curation.label.file_columns import ADDED
from curation.label.files import form_of, label_file

__all__ = [
    "AGENTS",
    "CHINESE",
    "DIFFUSION",
    "FRENCH",
    "GERMAN",
    "LONG",
    "OTHER",
    "PAPERS",
    "RUSSIAN",
    "SPANISH",
    "SUFFIXES",
    "cells",
    "content",
    "labelled",
    "labels",
    "papers",
    "put",
    "read",
    "refused",
    "write",
]

DIFFUSION = (
    "Denoising diffusion models with fast samplers",
    (
        "We propose a sampler for denoising diffusion models. It is based on the score function, and we show that "
        "images can be generated with fewer steps than in score-based models of the same size."
    ),
)
AGENTS = (
    "Offline reinforcement learning with conservative policies",
    (
        "We study offline reinforcement learning, where a policy is learned from a fixed dataset of an agent. Our "
        "Q-learning method is conservative, and it improves the return that policies have in Atari, which we show."
    ),
)
OTHER = "A note on things", "This is a note on some of the things that have been of interest to us and to our friends."
FRENCH = (
    "Un modèle de diffusion",
    (
        "Nous proposons une nouvelle méthode pour entraîner des réseaux de neurones profonds, et nous montrons que les "
        "résultats obtenus sont meilleurs sur plusieurs jeux de données."
    ),
)
GERMAN = (
    "Ein Modell der Diffusion",
    (
        "Wir stellen ein neues Verfahren vor, mit dem tiefe neuronale Netze gelernt werden, und zeigen, dass die "
        "Ergebnisse auf mehreren Datensätzen besser sind als die bisherigen."
    ),
)
SPANISH = (
    "Un modelo de difusión",
    (
        "Proponemos un nuevo método para entrenar redes neuronales profundas y mostramos que los resultados obtenidos "
        "son mejores en varios conjuntos de datos."
    ),
)
CHINESE = (
    "扩散模型的快速采样",
    "我们提出了一种新的扩散模型采样方法，并在多个数据集上证明了其有效性，结果优于以往的方法。" * 2,
)
RUSSIAN = (
    "Диффузионные модели",
    "Мы предлагаем новый метод обучения глубоких нейронных сетей и показываем, что результаты лучше прежних.",
)
LONG = "A long one", "of the " * 750_000
PAPERS: list[tuple[str | None, str | None]] = [
    *(DIFFUSION, AGENTS, OTHER, FRENCH, GERMAN, SPANISH, CHINESE, RUSSIAN),
    *((None, DIFFUSION[1]), (DIFFUSION[0], None), ("", ""), ("Short", "Too short."), ("  ", AGENTS[1])),
]
SUFFIXES = (".csv", ".jsonl", ".ndjson", ".json", ".csv.gz", ".jsonl.gz", ".parquet")


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def put(path: Path, text: bytes) -> Path:
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format of the file's name."""
    form, _ = form_of(path)
    if form == "Parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    if form == "JSON lines":
        return put(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: " ".join(cell) if isinstance(cell, list) else cell for name, cell in row.items()})
    return put(path, text.getvalue().encode())


def cells(text: bytes) -> list[list[str]]:
    before = csv.field_size_limit(1 << 30)
    try:
        return list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))
    finally:
        csv.field_size_limit(before)


def read(path: Path) -> list[dict[str, Any]]:
    """Read rows; the added columns come back alike from every format."""
    form, _ = form_of(path)
    if form == "Parquet":
        return pq.read_table(path).to_pylist()  # type: ignore[no-any-return]
    if form == "JSON lines":
        return [json.loads(line) for line in content(path).splitlines()]
    header, *rows = cells(content(path).removeprefix(b"\xef\xbb\xbf"))
    found: list[dict[str, Any]] = [dict(zip(header, row, strict=True)) for row in rows]
    for one in found:
        one["primary_topic"] = one["primary_topic"] or None
        one["topics"] = one["topics"].split()
        one["topic_scores"] = [float(score) for score in one["topic_scores"].split()]
    return found


def labels(path: Path) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ADDED} for row in read(path)]


def papers(texts: list[tuple[str | None, str | None]]) -> list[dict[str, Any]]:
    return [{"id": number, "title": title, "abstract": abstract} for number, (title, abstract) in enumerate(texts)]


def labelled(source: Path, **options: Any) -> Path:
    out = source.with_name(f"labelled-{source.name}")
    label_file(source, out, **options)
    return out


def refused(path: Path) -> str:
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputFileError) as error:
        labelled(path)
    assert sorted(path.parent.iterdir()) == before
    return str(error.value)
