"""Physical types and reusable columns of the models.

A column's type is an Arrow type, spelled in the annotation, so that what is checked is what is written to Parquet.
A column over a closed list of names (a Hugging Face `ClassLabel`) carries the names in its metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pandas as pd
import pandera.pandas as pan
import pyarrow as pa

__all__ = [
    "ABSTAINED",
    "ABSTRACT_LENGTH",
    "ADJUDICATED",
    "CLASS_NAMES",
    "LABEL_SOURCES",
    "MAX_TOPICS",
    "MODEL",
    "TITLE_LENGTH",
    "Binary",
    "Boolean",
    "Float",
    "Floats",
    "Integer",
    "Integers",
    "Spans",
    "String",
    "Strings",
    "column",
    "count",
    "identifier",
]

String = Annotated[pd.ArrowDtype, pa.string()]
Strings = Annotated[pd.ArrowDtype, pa.list_(pa.string())]
Integer = Annotated[pd.ArrowDtype, pa.int64()]
Integers = Annotated[pd.ArrowDtype, pa.list_(pa.int64())]
Float = Annotated[pd.ArrowDtype, pa.float64()]
Floats = Annotated[pd.ArrowDtype, pa.list_(pa.float64())]
Boolean = Annotated[pd.ArrowDtype, pa.bool_()]
Binary = Annotated[pd.ArrowDtype, pa.binary()]
Spans = Annotated[
    pd.ArrowDtype,
    pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("kind", pa.string()), ("repaired", pa.bool_())])),
]

CLASS_NAMES = "class_names"

# Characters. The 30 thousand titles and abstracts of a public arXiv sample run from 6 to 207 and from 91 to 3488;
# the lower bound of an abstract leaves room for one that the capture cut off.
TITLE_LENGTH = (4, 400)
ABSTRACT_LENGTH = (40, 10_000)

ADJUDICATED, MODEL, ABSTAINED = LABEL_SOURCES = ("adjudicated", "model", "abstained")
MAX_TOPICS = 4


def column(description: str, *, class_names: Sequence[str] | None = None, nullable: bool = False, **checks: Any) -> Any:
    """Declare a column.

    Args:
        description: What the column means, for the card, `curate schema` and the Arrow metadata.
        class_names: The names behind integer codes; makes the column a `ClassLabel` (or a list of them).
        nullable: Whether a value may be missing.
        **checks: Pandera's checks by name, as `pandera.Field` takes them.
    """
    metadata = None if class_names is None else {CLASS_NAMES: list(class_names)}
    return pan.Field(description=description, nullable=nullable, metadata=metadata, **checks)


def identifier(description: str, *, nullable: bool = False) -> Any:
    """Declare a column of 16 lower-case hex digits."""
    return column(description, nullable=nullable, str_matches=r"^[0-9a-f]{16}$")


def count(description: str, *, nullable: bool = False) -> Any:
    """Declare a column of whole numbers from zero."""
    return column(description, nullable=nullable, ge=0)
