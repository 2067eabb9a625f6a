"""The topics of the dataset: read once from `taxonomy.toml`, the one place they are written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

__all__ = ["TAXONOMY_VERSION", "TOPICS", "TOPIC_IDS", "Topic", "as_json", "code_of"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        id: Stable name, lower case with hyphens; what data and code use.
        name: Name for people.
        description: What belongs to the topic.
    """

    id: str
    name: str
    description: str


def _read() -> tuple[str, tuple[Topic, ...]]:
    text = resources.files("curation.schemas").joinpath("taxonomy.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return data["version"], tuple(Topic(**entry) for entry in data["topics"])


TAXONOMY_VERSION, TOPICS = _read()
TOPIC_IDS: tuple[str, ...] = tuple(topic.id for topic in TOPICS)
_CODES = {topic: code for code, topic in enumerate(TOPIC_IDS)}


def code_of(topic: str) -> int:
    """Return the ClassLabel code of a topic id.

    Raises:
        KeyError: The taxonomy has no such topic.
    """
    return _CODES[topic]


def as_json() -> dict[str, Any]:
    """Return the taxonomy as it is shipped in a release (`taxonomy.json`)."""
    topics = [
        {"code": code, "id": topic.id, "name": topic.name, "description": topic.description}
        for code, topic in enumerate(TOPICS)
    ]
    return {"version": TAXONOMY_VERSION, "topics": topics}
