"""Processes that tests kill or let run side by side: forked from one server that has loaded the libraries."""

from __future__ import annotations

import multiprocessing

__all__ = ["CONTEXT"]

CONTEXT = multiprocessing.get_context("forkserver")
# a session has one such server, and of several lists the last one would count: so there is one for all
CONTEXT.set_forkserver_preload(
    ["tests.stress.victim", "tests.stress.hub_victim", "tests.stress.hub_writing", "tests.streaming.victim"]
)
