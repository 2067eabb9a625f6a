"""Enrichment: what an abstract's links and a table of arXiv ids say of a paper; nothing is guessed."""

from curation.enrich.arxiv_ids import FACTS, ArxivRecord, read_arxiv_ids
from curation.enrich.links import CODE_HOSTS, find_code_urls, find_urls, is_code_url
from curation.enrich.stage import EnrichStage

__all__ = [
    "CODE_HOSTS",
    "FACTS",
    "ArxivRecord",
    "EnrichStage",
    "find_code_urls",
    "find_urls",
    "is_code_url",
    "read_arxiv_ids",
]
