#!/usr/bin/env python3
"""Print docs/topics.md from a release: `topics_page.py release > docs/topics.md`.

Each topic with its definition, how many papers have it, and three papers that have it as primary topic: those of
`train` come first, and of them those with no further topic, in the order of their ids.
"""

import argparse
from pathlib import Path

from curation.cli.guard import guarded
from curation.release.reader import open_release
from curation.schemas.taxonomy import TOPICS

_EXAMPLES = 3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("release", type=Path)

with guarded():
    release = open_release(parser.parse_args().release)
    papers = [
        row | {"split": split}
        for split, part in release.manifest["tables"]["papers"].items()
        for path in part["files"]
        for row in release.read_file(path).to_pylist()
    ]
    papers.sort(key=lambda row: (row["split"] != "train", len(row["topic_names"]), row["paper_id"]))
    print("# Topics\n")
    print("Written by `scripts/topics_page.py` from the data. How to decide: [labelling-guide.md](labelling-guide.md).")
    for code, topic in enumerate(TOPICS):
        primary = [row for row in papers if row["primary_topic"] == code]
        anywhere = sum(code in row["topics"] for row in papers)
        print(f"\n## {topic.name}\n\n`{topic.id}` (code {code}): {topic.description}.\n")
        print(f"Primary topic of {len(primary)} papers, a topic of {anywhere}. For example:")
        for row in primary[:_EXAMPLES]:
            further = ", ".join(f"`{name}`" for name in row["topic_names"][1:])
            print(f"- {row['title']}" + (f" (also {further})" if further else ""))
