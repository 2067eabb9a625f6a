"""Sources, named by their content: captured files, read whole, and files of records (`records`), read in chunks."""

from curation.sources.text import TextSource, read_text_source

__all__ = ["TextSource", "read_text_source"]
