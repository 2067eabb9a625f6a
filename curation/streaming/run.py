"""A streamed build: the passes in their order, and what is left for the manifest."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pan
import pyarrow as pa

from curation.deduplicate.store import SignatureStore
from curation.engines import LocalEngine
from curation.parse import record_table, rejection_table, segment_table
from curation.release.folder import sync
from curation.release.manifest import Content, listing_entry, nothing_to_publish
from curation.schemas.stages import SPLITS
from curation.schemas.tables import TABLES, Segments
from curation.sources.records import read_chunks
from curation.split import MOST_STRATIFIED, first_assignment
from curation.stage import StageCount, require_valid
from curation.streaming.context import Context
from curation.streaming.inputs import Inputs, Watch, build_key
from curation.streaming.merging import MERGED, merge_rows
from curation.streaming.papers import LAID_OUT, Layout, stage_counts, take_papers
from curation.streaming.pool import Pool, available_cores, open_pool
from curation.streaming.rows import KIND, Batch, take_batch
from curation.streaming.tasks import TASKS_DONE, Candidates, Tasks, make_tasks, read_tasks
from curation.streaming.workspace import Workspace
from curation.streaming.writing import TABLES_DONE, Gather, Gathered, gather_tables, read_gathered

__all__ = ["Streamed", "stream"]

# pandera loads the rest of itself when it first sees a frame: here, once, not in each of the processes
pan.DataFrameSchema.register_default_backends(pd.DataFrame)

# Papers in a range of ids, of which memory holds one, about 30 MB.
_RANGE_ROWS = 20_000
_SIGNATURES, _SPOOL = "signatures", "spool"
# Bytes of sources, most of them packed, whose parts fit into the memory that caches files; those of more are packed.
_PLAIN_BELOW = 256 << 20


@dataclass(frozen=True, slots=True)
class Streamed:
    """What the passes gave: tables in the folder for work in progress, to be put into a release.

    Attributes:
        inputs: What the build is made of.
        work: Where the tables are.
        sources: The `source_id` of each batch.
        rows: What the first pass told of each batch.
        counts: Rows of each stage.
        parts: What the fourth pass wrote.
        tasks: The tables of the benchmark.
    """

    inputs: Inputs
    work: Workspace
    sources: Sequence[str]
    rows: Sequence[Mapping[str, int]]
    counts: Sequence[StageCount]
    parts: Sequence[tuple[Gather, Gathered]]
    tasks: Tasks

    def write(self, folder: Path) -> Content:
        """Put the tables into a release's folder, with those of the benchmark, and say what they hold."""
        whole = Gathered(dict(self.tasks.rows), dict(self.tasks.files), dict(self.tasks.hashes))
        for _, found in self.parts:
            whole.merge(found)
        places = [self.work.part(TABLES_DONE, job.number) for job, _ in self.parts]
        for place in (*places, self.work.part(TASKS_DONE, 0)):
            for path in sorted(place.rglob("*.parquet")):
                target = folder / path.relative_to(place)
                target.parent.mkdir(exist_ok=True)
                os.link(path, target)  # not moved: a build that is killed here finds them again
        return Content(
            sources=self._entries(),
            counts=self.counts,
            rows={name: whole.rows[name] for name in TABLES},
            files={name: whole.files[name] for name in TABLES},
            hashes=whole.hashes,
            tally=whole.tally,
            tasks=self.tasks.entries,
            rejected=sorted(whole.rejected, key=lambda row: (row["source_id"], row["position"])),
        )

    def _entries(self) -> list[dict[str, Any]]:
        """Return the manifest's entries of the sources."""
        entries = {one.source.source_id: listing_entry(one) for one in self.inputs.listings}
        for one in self.inputs.records:
            batches = zip(self.rows, self.sources, strict=True)
            told = [batch for batch, source_id in batches if source_id == one.source.source_id]
            captured, found = (sum(batch[name] for batch in told) for name in ("captured", "found"))
            entries[one.source.source_id] = one.entry(captured, found - captured)
        return [entries[source_id] for source_id in sorted(entries)]


def stream(
    inputs: Inputs,
    work: Workspace,
    engine: LocalEngine,
    watch: Watch = lambda step, done, of: None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Streamed:
    """Build the tables of a release from record files, and captured pages beside them.

    Args:
        inputs: What the build is made of.
        work: Where parts are put down, and taken up again.
        engine: How many rows a batch has and how many processes there are.
        watch: Told how far it is.
        meanwhile: Called when all work is handed out: what this process may do while it waits for the rest.

    Raises:
        SourceError: A source cannot be read to its end.
        CurationError: A worker process died.
        StageError: A stage broke its contract.
    """
    work.use(build_key(inputs, engine.batch_rows))
    work.packed = _bytes_of(inputs) >= _PLAIN_BELOW
    rule = inputs.recipe.deduplicate
    signatures = work.folder / _SIGNATURES
    signatures.mkdir(exist_ok=True)
    context = Context(
        work=work,
        signatures=SignatureStore(signatures, size=rule.ngram, threshold=rule.threshold),
        recipe=inputs.recipe,
        records={one.source.source_id: one.source for one in inputs.records},
        latex=frozenset(one.source.source_id for one in inputs.records if one.file.math == "latex"),
        arxiv=inputs.arxiv,
        voices=inputs.voices,
        assigned=inputs.assigned,
    )
    with open_pool(context, engine.processes or available_cores()) as pool:
        return _Stream(inputs, context, pool, engine.batch_rows, watch, meanwhile).run()


@dataclass(slots=True)
class _Stream:
    inputs: Inputs
    context: Context
    pool: Pool
    batch_rows: int
    watch: Watch
    meanwhile: Callable[[], object]

    def run(self) -> Streamed:
        sources = self._take_rows()
        rows = [self.context.work.told(KIND, number) for number in range(len(sources))]
        survivors = self._merge(sources)
        ranges = max(1, -(-survivors // _RANGE_ROWS))
        laid_out = self._take_papers(sources, ranges, survivors)
        counts = stage_counts(rows, laid_out, survivors)
        _require_papers(counts, self.inputs, self.context.work, len(sources))
        parts, candidates = self._gather(len(sources), ranges, counts[-1].kept, laid_out, survivors)
        return Streamed(self.inputs, self.context.work, sources, rows, counts, parts, candidates)

    def _take_rows(self) -> list[str]:
        """Run the first pass; return the source of each batch."""
        work = self.context.work
        if (finished := work.noted(KIND)) is not None:
            return list(finished)
        done = work.done(KIND)
        total = _bytes_of(self.inputs)
        sources: list[str] = []
        read = 0

        def advance(batch: Batch) -> None:
            nonlocal read
            read += batch.read
            self.watch("normalize", read, total)

        def todo() -> Iterator[Batch]:
            for batch in self._batches():
                sources.append(batch.source_id)
                if batch.number in done:
                    advance(batch)
                else:
                    yield batch

        self.watch("normalize", 0, total)
        spool = work.folder / _SPOOL
        spool.mkdir(exist_ok=True)
        try:
            for batch, _ in self.pool.run(take_batch, todo(), spool=spool):
                advance(batch)
        finally:
            shutil.rmtree(spool, ignore_errors=True)
        work.note(KIND, sources)
        return sources

    def _batches(self) -> Iterator[Batch]:
        """Yield the batches of all sources, by `source_id`; a captured page is one batch."""
        pages = {one.source.source_id: one for one in self.inputs.listings}
        numbers = itertools.count()
        for source_id in sorted({*pages, *self.context.records}):
            if source_id in pages:
                page = pages[source_id]
                tables = record_table([page]), rejection_table([page])
                yield Batch(next(numbers), source_id, tables, len(page.source.content))
                continue
            before = 0
            for chunk in read_chunks(self.context.records[source_id], self.batch_rows):
                yield Batch(next(numbers), source_id, chunk, chunk.read - before)
                before = chunk.read

    def _merge(self, sources: list[str]) -> int:
        """Run the second pass; return how many rows survive."""
        work = self.context.work
        survivors = work.noted(MERGED)
        if survivors is None:
            self.watch("deduplicate", 0, 1)
            survivors = merge_rows(
                self.context, sources, self.inputs.known, lambda done, of: self.watch("deduplicate", done, of)
            )
            work.note(MERGED, survivors)
        return int(survivors)

    def _take_papers(self, sources: list[str], ranges: int, survivors: int) -> list[dict[str, Any]]:
        """Run the third pass; return what each batch told."""
        work = self.context.work
        done = work.done(LAID_OUT)
        count = len(done)
        step = "label" if self.inputs.recipe.label.topics else "enrich"
        self.watch(step, count, len(sources))
        todo = (
            Layout(number, source, ranges, survivors) for number, source in enumerate(sources) if number not in done
        )
        for _ in self.pool.run(take_papers, todo):
            # a quarter of the work, which no later pass reads; it goes while others are at work
            shutil.rmtree(work.folder / _SIGNATURES, ignore_errors=True)
            count += 1
            self.watch(step, count, len(sources))
        return [work.told(LAID_OUT, number) for number in range(len(sources))]

    def _gather(
        self, batches: int, ranges: int, papers: int, laid_out: Sequence[Mapping[str, Any]], survivors: int
    ) -> tuple[list[tuple[Gather, Gathered]], Tasks]:
        """Run the fourth pass, and meanwhile make the tables of the benchmark."""
        segments = segment_table(sorted(self.inputs.listings, key=lambda one: one.source.source_id))
        require_valid(segments, Segments, "segments")
        gone = tuple(paper for told in laid_out for paper in told["gone"])
        shared: dict[str, Any] = {"batches": batches, "ranges": ranges, "gone": gone}
        drawn = self._drawn(batches, papers)
        first, *others = SPLITS
        jobs = [
            Gather(0, ("papers",), **shared, drawn=drawn, splits=(first,)),
            Gather(1, ("listings",), **shared),
            Gather(2, ("papers",), **shared, drawn=drawn, splits=tuple(others)),
            Gather(3, ("edits", "annotations", "removed", "segments"), **shared, parts={"segments": segments}),
        ]
        self.watch("write", 0, len(jobs) + 1)
        # the longest first
        making = self.pool.start(make_tasks, [Candidates(batches, papers, survivors, drawn)])
        writing = self.pool.start(gather_tables, jobs)
        self.meanwhile()
        work = self.context.work
        for done, (job, _) in enumerate(itertools.chain(writing, making), start=1):
            self.watch("write", done, len(jobs) + 1)
            if isinstance(job, Gather):
                # sees to it that they are on disk while the others are at work, and a release waits less for it
                for path in work.part(TABLES_DONE, job.number).rglob("*.parquet"):
                    sync(path)
        return [(job, read_gathered(work, job.number)) for job in jobs], read_tasks(work)

    def _drawn(self, batches: int, papers: int) -> dict[str, str]:
        """Draw a first assignment if none is given and papers are not split by hash."""
        if self.inputs.assigned is not None:
            return {}
        if papers > MOST_STRATIFIED or not self.inputs.recipe.label.topics:
            return {}  # what `first_assignment` says of these, without a look at them
        names = ["paper_id", "primary_topic_name"]
        parts = [self.context.work.read(LAID_OUT, number, "papers", names) for number in range(batches)]
        return first_assignment(pa.concat_tables(parts), self.inputs.recipe)


def _bytes_of(inputs: Inputs) -> int:
    records = sum(one.source.bytes for one in inputs.records)
    return records + sum(len(one.source.content) for one in inputs.listings)


def _require_papers(counts: Sequence[StageCount], inputs: Inputs, work: Workspace, batches: int) -> None:
    """Check that there is something to publish.

    Raises:
        SourceError: No record is fit to be published.
    """
    if counts[-1].kept:
        return
    removed = (work.read(LAID_OUT, number, "removed").slice(0, 1).to_pylist() for number in range(batches))
    names = {page.source.source_id: page.source.name for page in inputs.listings}
    names |= {file.source.source_id: file.source.name for file in inputs.records}
    raise nothing_to_publish(next((rows[0] for rows in removed if rows), None), names)
