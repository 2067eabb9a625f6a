"""The flow at scale: batches on disk, a process for each core, memory bounded whatever the size, resumable.

A build of record files goes through four passes over batches of records. What a batch gave is put down as a folder of
Arrow files in one step, so a build that was killed goes on from the batches already done.

1. `rows`: parse and normalize a batch, take signatures of its abstracts.
2. `merging`: over all batches, decide which rows are one paper, and name the papers.
3. `papers`: enrich and label the papers of a batch, and lay its rows out by table and key.
4. `writing`: gather each table in the order of its key, split it, and write it.

The stages, their checks and the writer are those of a build of captured pages, and so are the bytes.
"""

from curation.streaming.inputs import Inputs, open_records
from curation.streaming.merging import Known
from curation.streaming.run import stream
from curation.streaming.workspace import open_workspace

__all__ = ["Inputs", "Known", "open_records", "open_workspace", "stream"]
