"""Annotation: labels that people give, how far they agree, and what is final where they do not."""

from curation.annotate.adjudicate import Final, adjudicated
from curation.annotate.agreement import (
    Agreement,
    Confusion,
    Difference,
    PairAgreement,
    TopicAgreement,
    measure_agreement,
)
from curation.annotate.files import Annotation, read_annotations, write_annotations
from curation.annotate.kappa import Kappa
from curation.annotate.sheet import read_sheet, write_sheet

__all__ = [
    "Agreement",
    "Annotation",
    "Confusion",
    "Difference",
    "Final",
    "Kappa",
    "PairAgreement",
    "TopicAgreement",
    "adjudicated",
    "measure_agreement",
    "read_annotations",
    "read_sheet",
    "write_annotations",
    "write_sheet",
]
