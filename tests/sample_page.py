"""An invented captured page, with the things a captured text can bring: TeX accents, quotes, dashes, percent signs."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["HEADER", "PAPERS", "Paper", "page_text"]

Paper = tuple[str, str]

HEADER = ("new", "Get trending papers in your email inbox!", "Subscribe", "byAK and the research community", "Mar 17")

PAPERS: tuple[Paper, ...] = (
    (
        'Diffusion Schr\\"odinger Bridges That Need Fewer Steps',
        (
            "Diffusion models turn noise into data by following a learned score, and a sampler that needs hundreds"
            " of steps is slow. We show that Schr\\\"odinger bridges between the data and a ``warm'' prior can be"
            " trained with a single regression loss. On two image sets the bridge needs 12 steps where a diffusion"
            " model needs 200, and its samples are rated better by 61\\% of the raters. We also describe where the"
            " bridge fails."
        ),
    ),
    (
        "Mamba for Sensor Streams: State-Space Models on Small Devices",
        (
            "Selective state-space models such as Mamba process long sequences in linear time, which makes them"
            " attractive for sensors that run for months. We measure four state-space models on three"
            " microcontrollers -- and find that the scan, not the projection, limits throughput. A blocked scan is"
            " 2.7 times faster and leaves the outputs unchanged. All measurements and the firmware are published"
            " with this paper."
        ),
    ),
    (
        "A Lower Bound for Bandits with Delayed Feedback",
        (
            "We study multi-armed bandits in which the reward of an arm is seen only after a random delay. For any"
            " policy we prove that the regret grows with the median of the delay, not with its mean, and we give a"
            " policy that meets the bound up to a logarithmic factor. The proof rests on a coupling of two bandit"
            " instances that may be of use elsewhere. Simulations with heavy-tailed delays agree with the theory."
        ),
    ),
    (
        "Variational Inference with Heavy-Tailed Families",
        (
            "Variational inference with Gaussian families underestimates the tails of a posterior. We replace the"
            " Gaussian by a family of skewed Student distributions whose tails are learned, and derive a gradient"
            " estimator of low variance for it. On nine Bayesian regression models the new family finds intervals"
            " whose coverage is within 1.5\\% of the nominal one, at about twice the cost per step of a Gaussian"
            " family."
        ),
    ),
    (
        "Detecting Communities in Bipartite Graphs by Counting Squares",
        (
            "Community detection in bipartite graphs often projects the graph onto one side and loses what the other"
            " side says. We count the squares through each pair of nodes instead, and cluster the resulting matrix."
            " The count is exact, takes time linear in the number of edges for sparse graphs, and needs no tuning."
            " On ten graphs with known communities it finds them more often than three methods that project first."
        ),
    ),
    (
        "What the Old Baker Knew",
        (
            "A baker who has worked for forty years knows by touch when the dough is ready. We spent a winter in a"
            " bakery and wrote down what he said, what he did, and where the two differed. This paper tells the"
            " story, lists the forty sayings we heard, and asks which of them a thermometer could replace. The"
            " answer is fewer than we had thought, and the bread was very good in any case."
        ),
    ),
)


def page_text(papers: Sequence[Paper] = PAPERS, header: Sequence[str] = HEADER) -> str:
    """Return a page of layout B: lines separated by blank ones."""
    lines = [*header, *(text for paper in papers for text in paper)]
    return "\n\n".join(lines) + "\n"
