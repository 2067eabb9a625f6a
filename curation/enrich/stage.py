"""Enrichment as a stage: links from the abstract, arXiv ids by the exact title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.enrich.arxiv_ids import FACTS, ArxivRecord
from curation.enrich.links import find_code_urls, find_urls_of_many
from curation.schemas.arrow_text import whole
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
        stated: What the records of a source say of themselves, by `source_id`: a table of `position`, each once, and
            the columns of `FACTS`, with an identifier. It goes before what is looked up.
    """

    arxiv: Mapping[str, ArxivRecord] = field(default_factory=dict)
    stated: Mapping[str, pa.Table] = field(default_factory=dict)

    name = "enrich"
    kind = "row"
    input_model = DistinctPapers
    output_model = EnrichedPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Enrich a batch of `DistinctPapers`; the key of the title goes no further."""
        schema = plain_schema(EnrichedPapers)
        columns: dict[str, Any] = {name: table[name] for name in table.column_names if name in schema.names}
        facts = self._facts(table)
        columns |= {name: facts[name] for name in FACTS.names}
        urls = find_urls_of_many(whole(table["abstract"]))
        columns["urls"] = _lists(urls, table.num_rows)
        columns["code_urls"] = _lists({row: find_code_urls(found) for row, found in urls.items()}, table.num_rows)
        return StageResult(pa.table(columns, schema=schema), empty_removed())

    def _facts(self, table: pa.Table) -> pa.Table:
        """Return for each paper what its source states of it, else what is known of its title, else nothing."""
        known = [self.arxiv.get(key) for key in table["title_key"].to_pylist()] if self.arxiv else []
        looked_up = [(row, record) for row, record in enumerate(known) if record is not None]
        found = pa.Table.from_pylist([asdict(record) for _, record in looked_up], schema=FACTS)
        parts = [pa.Table.from_pylist([{"categories": []}], schema=FACTS), found]
        at = np.zeros(table.num_rows, np.int64)
        at[[row for row, _ in looked_up]] = np.arange(1, 1 + len(looked_up))
        before = 1 + len(looked_up)
        for source_id, stated in self.stated.items():
            own = pc.indices_nonzero(pc.equal(table["source_id"], source_id)).to_numpy()
            among = pc.index_in(table["position"].take(own), value_set=stated["position"].combine_chunks())
            there = among.is_valid().to_numpy()
            at[own[there]] = among.drop_null().to_numpy() + before
            parts.append(stated.select(FACTS.names))
            before += stated.num_rows
        return pa.concat_tables(parts).combine_chunks().take(pa.array(at))


def _lists(values: Mapping[int, Sequence[str]], rows: int) -> pa.Array:
    """Return a column of lists, which are empty beyond the rows that are given."""
    ends = np.zeros(rows + 1, np.int32)
    ends[np.fromiter(values, np.int64, len(values)) + 1] = [len(texts) for texts in values.values()]
    texts = pa.array([text for given in values.values() for text in given], pa.string())
    return pa.ListArray.from_arrays(ends.cumsum(dtype=np.int32), texts)
