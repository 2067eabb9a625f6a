"""Tasks of any size, made from a large file of arXiv metadata: `near-duplicate` and `math-repair`."""

from __future__ import annotations

from curation.benchmark.scale.folder import is_task_folder, read_task_folder
from curation.benchmark.scale.make import make_tasks

__all__ = ["is_task_folder", "make_tasks", "read_task_folder"]
