"""Captured listing pages made up for tests: invented records, printed in each of the three layouts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from curation.sources import TextSource

__all__ = [
    "BOILERPLATE",
    "LAYOUTS",
    "PLAIN",
    "SENTENCES",
    "Line",
    "Page",
    "Style",
    "abstracts",
    "pages",
    "records",
    "render",
    "source_of",
    "styles",
    "titles",
]

LAYOUTS = ("A", "B", "C")
EMAIL = "Get trending papers in your email inbox!"
EMAIL_DAILY = "Get trending papers in your email inbox once a day!"
CURATOR = "byAK and the research community"
# What may stand on a line of its own and belongs to no record.
BOILERPLATE = ("new", EMAIL, EMAIL_DAILY, "Subscribe", "Daily Papers", CURATOR, "Mar 17", "Oct 3")

SENTENCES = (
    "We study how a sampler behaves when its target drifts slowly while the chain is still far from equilibrium.",
    "Existing estimators need a second pass over the data, which is out of reach for streams of unknown length.",
    "A single pass suffices if the weights are kept on a logarithmic grid and refreshed after every merge.",
    "On twelve public benchmarks the estimator is never worse than the strongest baseline by more than 0.3\\%.",
    "The proof rests on a coupling that may be of independent interest, since it avoids any mixing assumption.",
    "We call the first regime ``lazy'' and the second one `eager', and show that both occur in practice.",
    "Our procedure -- simple as it looks -- needs no tuning and no knowledge of the noise level.",
    "The Rao--Blackwell step removes most of the variance, and a Fr\\'echet bound controls what remains.",
    "This links the problem to a Schr\\\"odinger bridge whose marginals are known only through samples.",
    "For every $\\epsilon > 0$ the iterates satisfy $\\|x_t - x^*\\|_2 \\le C \\epsilon$ after $O(d \\log d)$ steps.",
    "Training took\u00a07 hours on one device, and the largest model has 1.3\u00a0billion parameters.",
    "A nai\u0308ve implementation is quadratic in the number of knots; a Poincare\u0301 inequality shows why.",
    "Code and the trained weights are available at https://example.org/grid--merge_v2/ under a free licence.",
    "We find that pruning by magnitude keeps the loud units and loses the ones that carry rare classes.",
    "The resulting network answers 4.2\\% more questions, although it reads only half as many documents.",
    "Why does a model that has never seen a map draw one when it is asked for the shortest way home?",
    "In contrast to earlier work, no convexity is needed, and the constants do not depend on the dimension.",
    "Human raters preferred the rendered scenes in 71% of all comparisons, with an interval of 68% to 74%.",
    "Graphs with heavy tails are the difficult case: a few hubs see nearly all messages and saturate first.",
    "The hardware costs about $900, which is a tenth of what a comparable installation costs today.",
    "Messages are quantised to four bits, and the error is fed back so that no bias builds up over rounds.",
    "An ablation shows that the gain comes from the schedule and not from the larger batch.",
    "We release a corpus of 40 thousand annotated recordings from three clinics, with the consent of all patients.",
    "The author\\'s earlier attempt failed because its \"momentum\" term was reset at every restart.",
    "Two constants appear in the bound: the first is universal, the second measures the curvature of the boundary.",
    "Forecasts made a week ahead lose little accuracy; a month ahead the seasonal model is the better choice.",
    "This suggests that memory, rather than computation, limits what recurrent models can learn from long texts.",
    "Attackers who see only the ranking can still recover membership for one record in fifty.",
    "Following {\\O}rsted and Ko\u0308nig we describe the field by its level sets and let them move freely.",
    "The theory predicts a phase transition at the point where the spectral gap closes, and experiments agree.",
    "Finally, we discuss when the method should not be used:  short series, strong seasonality, and missing labels.",
    "Each layer is solved in closed form, so that the whole model is fitted without a single gradient step.",
)  # fmt: skip
# Sentences that no rule of normalization changes.
PLAIN = tuple(text for text in SENTENCES if text.isascii() and not set("\\`$") & set(text) and "--" not in text)

_MANNERS = ("Sparse", "Causal", "Robust", "One-Pass", "Amortised", "Physics-Informed", "3D", "Self-Supervised", "Lazy")
_THINGS = (
    "Kernels",
    "Transformers",
    "Samplers",
    'Schr\\"odinger Bridges',
    "Ko\u0308nig Graphs",
    "Forests",
    "Embeddings",
)
_ENDS = ("for Drifting Streams", "under Label Shift", "in Crowded Scenes", "on a Budget", "with Feynman--Kac Weights")
_TAILS = ("", ": A Second Look", ": When Do They Help?", " and Where to Find Them", " (Extended Version)")


@dataclass(frozen=True, slots=True)
class Style:
    """How a page was saved.

    Attributes:
        newline: What ends a line.
        bom: Whether a byte order mark stands first.
        trailing: Blanks after the text of each line.
        blank: What stands on a blank line.
        last_newline: Whether the last line is ended.
    """

    newline: str = "\n"
    bom: bool = False
    trailing: str = ""
    blank: str = ""
    last_newline: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line with text: the page's own, or the title or abstract of the record with this number."""

    text: str
    role: str = "boilerplate"
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was shown."""

    layout: str
    records: tuple[tuple[str, str], ...]
    style: Style = field(default_factory=Style)

    def lines(self) -> list[Line]:
        """The lines with text, from top to bottom."""
        content = [
            Line(text, role, number)
            for number, record in enumerate(self.records)
            for role, text in zip(("title", "abstract"), record, strict=True)
        ]
        if self.layout == "A":
            content[0] = replace(content[0], text=f"Subscribe{content[0].text}")
            return [Line(EMAIL_DAILY), Line(EMAIL), *content]
        daily = ["Daily Papers"] if self.layout == "C" else []
        header = ["new", EMAIL, "Subscribe", *daily, CURATOR, "Jul 9"]
        return [*map(Line, header), *content]

    def content(self) -> bytes:
        """The captured bytes."""
        return render(self.lines(), self.layout, self.style)

    def pairs(self) -> list[tuple[int, str, str]]:
        """Position, title and abstract of every record, as a right parser finds them."""
        return [(number, title, abstract) for number, (title, abstract) in enumerate(self.records)]


def render(lines: list[Line], layout: str, style: Style) -> bytes:
    """Print lines as a page of this layout was saved."""
    between = style.newline if layout == "A" else f"{style.newline}{style.blank}{style.newline}"
    text = between.join(line.text + style.trailing for line in lines)
    return (("\ufeff" if style.bom else "") + text + (style.newline if style.last_newline else "")).encode()


def source_of(content: bytes, name: str = "page.txt") -> TextSource:
    """A source with these bytes."""
    return TextSource.of(content, name)


titles: st.SearchStrategy[str] = st.builds(
    lambda manner, thing, end, tail: f"{manner} {thing} {end}{tail}",
    *map(st.sampled_from, (_MANNERS, _THINGS, _ENDS, _TAILS)),
)
"""Titles of 25 to 90 characters, some with TeX or letters in two pieces."""

abstracts: st.SearchStrategy[str] = st.lists(st.sampled_from(SENTENCES), min_size=4, max_size=10, unique=True).map(
    " ".join
)
"""Abstracts of four to ten sentences."""

styles: st.SearchStrategy[Style] = st.builds(
    Style,
    newline=st.sampled_from(("\n", "\r\n", "\r")),
    bom=st.booleans(),
    trailing=st.sampled_from(("", " ", "\u00a0", " \t\u00a0 ")),
    blank=st.sampled_from(("", "  ", "\u00a0", "\u00a0 \u00a0")),
    last_newline=st.booleans(),
)


def records(least: int = 1, most: int = 5) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Records with titles of their own."""
    pairs = st.lists(st.tuples(titles, abstracts), min_size=least, max_size=most, unique_by=lambda pair: pair[0])
    return pairs.map(tuple)


def pages(least: int = 1, most: int = 5) -> st.SearchStrategy[Page]:
    """Pages of any layout and style."""
    return st.builds(Page, layout=st.sampled_from(LAYOUTS), records=records(least, most), style=styles)
