"""Enrichment as a stage: links from the abstract, arXiv ids by the exact title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.enrich.arxiv_ids import ArxivRecord
from curation.enrich.links import find_code_urls, find_urls
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
    """

    arxiv: Mapping[str, ArxivRecord] = field(default_factory=dict)

    name = "enrich"
    kind = "row"
    input_model = DistinctPapers
    output_model = EnrichedPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Enrich a batch of `DistinctPapers`; the key of the title goes no further."""
        schema = plain_schema(EnrichedPapers)
        records = [self.arxiv.get(key) for key in table["title_key"].to_pylist()]
        urls = [find_urls(abstract) for abstract in table["abstract"].to_pylist()]
        columns: dict[str, Any] = {name: table[name] for name in table.column_names if name in schema.names}
        columns["arxiv_id"] = [None if record is None else record.arxiv_id for record in records]
        columns["categories"] = [[] if record is None else list(record.categories) for record in records]
        columns["year"] = [None if record is None else record.year for record in records]
        columns["urls"] = urls
        columns["code_urls"] = [find_code_urls(found) for found in urls]
        return StageResult(pa.table(columns, schema=schema), empty_removed())
