"""Publishing: one commit, verified whole, then one tag; a version never changes."""

from curation.publishing.plan import Plan, Receipt
from curation.publishing.run import publish

__all__ = ["Plan", "Receipt", "publish"]
