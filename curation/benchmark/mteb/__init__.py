"""The tasks of a release as tasks of MTEB, and models of ours as models of MTEB: `mteb.evaluate` runs both, offline.

Example:
    >>> import mteb
    >>> from curation.benchmark.models.external import open_model
    >>> from curation.benchmark.mteb import benchmark, wrapped
    >>> mteb.evaluate(wrapped(open_model("tfidf")), benchmark("release"), cache=mteb.ResultCache("results"))
"""

from __future__ import annotations

from importlib.util import find_spec

from curation.errors import ModelError

# looked for, not tried: an error of theirs while they are loaded is another thing, and is shown as it is
for _name in ("mteb", "torch"):
    if find_spec(_name) is None:
        raise ModelError(
            f"tasks of MTEB need {_name}, which is not installed", hint="pip install 'paper-abstracts[benchmark]'"
        )

from curation.benchmark.mteb.models import wrapped  # noqa: E402
from curation.benchmark.mteb.tasks import benchmark, mteb_tasks  # noqa: E402

__all__ = ["benchmark", "mteb_tasks", "wrapped"]
