"""Enrichment as a stage: links from the abstract, arXiv ids by the exact title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.enrich.arxiv_ids import ArxivRecord
from curation.enrich.links import LINK_TRIGGER, find_code_urls, find_urls
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DistinctPapers, EnrichedPapers
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["EnrichStage"]


@dataclass(frozen=True, slots=True)
class EnrichStage(Stage):
    """Add the links of each abstract, and what is known of the paper on arXiv.

    Attributes:
        arxiv: Records by the `title_key` of their title. A paper whose captured title has none of these keys keeps
            missing values; nothing is guessed.
        stated: What sources state of a paper themselves, by source and position; it goes before what is looked up.
    """

    arxiv: Mapping[str, ArxivRecord] = field(default_factory=dict)
    stated: Mapping[tuple[str, int], ArxivRecord] = field(default_factory=dict)

    name = "enrich"
    kind = "row"
    input_model = DistinctPapers
    output_model = EnrichedPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Enrich a batch of `DistinctPapers`; the key of the title goes no further."""
        schema = plain_schema(EnrichedPapers)
        places = zip(*(table[name].to_pylist() for name in ("source_id", "position", "title_key")), strict=True)
        records = [self.stated.get((source, position)) or self.arxiv.get(key) for source, position, key in places]
        urls = _urls(table["abstract"])
        columns: dict[str, Any] = {name: table[name] for name in table.column_names if name in schema.names}
        columns["arxiv_id"] = [None if record is None else record.arxiv_id for record in records]
        columns["categories"] = [[] if record is None else list(record.categories) for record in records]
        columns["year"] = [None if record is None else record.year for record in records]
        columns["urls"] = urls
        columns["code_urls"] = [find_code_urls(found) if found else [] for found in urls]
        return StageResult(pa.table(columns, schema=schema), empty_removed())


def _urls(abstracts: pa.ChunkedArray) -> list[list[str]]:
    found: list[list[str]] = [[]] * len(abstracts)
    rows = pc.indices_nonzero(pc.match_substring_regex(abstracts, LINK_TRIGGER))
    for row, abstract in zip(rows.to_pylist(), abstracts.take(rows).to_pylist(), strict=True):
        found[row] = find_urls(abstract)
    return found
