"""Sources: files as they were captured, read whole and named by their content."""

from curation.sources.text import TextSource, read_text_source

__all__ = ["TextSource", "read_text_source"]
