"""The links found in abstracts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.enrich import find_code_urls, find_urls, is_code_url
from curation.normalize import normalize_texts
from curation.parse import parse_listing
from curation.sources import TextSource
from tests.captures import CAPTURES
from tests.profiles import examples

# --- the real listings

# Every link of the captured abstracts by file and line, read by eye: 44, of which the pair joined at line 298 of the
# first file is one link. Line 204 has the link of line 84; the abstract at line 77 of the second file is that at line
# 374 of the first.
LINKS = [
    ("000_5766b93f8bff0b4f.txt", 10, ["https://github.com/chengkai-liu/Mamba4Rec"]),
    ("000_5766b93f8bff0b4f.txt", 30, ["https://github.com/checkcrab/SDSB"]),
    ("000_5766b93f8bff0b4f.txt", 52, ["https://github.com/abenechehab/AdaPTS"]),
    ("000_5766b93f8bff0b4f.txt", 78, ["https://github.com/ShuangtongLi/SCooL"]),
    ("000_5766b93f8bff0b4f.txt", 80, ["https://github.com/thu-ml/DiffusionBridge"]),
    ("000_5766b93f8bff0b4f.txt", 84, ["https://github.com/mandt-lab/PSLD"]),
    ("000_5766b93f8bff0b4f.txt", 100, ["https://github.com/wzhwzhwzh0921/S-D-Mamba"]),
    ("000_5766b93f8bff0b4f.txt", 104, ["https://github.com/Daniil-Selikhanovych/ASBM"]),
    ("000_5766b93f8bff0b4f.txt", 114, ["github.com/Ali-Meh619/SAMBA"]),
    ("000_5766b93f8bff0b4f.txt", 138, ["https://github.com/ngushchin/LightSB"]),
    ("000_5766b93f8bff0b4f.txt", 152, ["https://github.com/thudzj/Calibrated-DPMs"]),
    (
        "000_5766b93f8bff0b4f.txt",
        166,
        ["https://github.com/amirhossein-kz/Awesome-Diffusion-Models-in-Medical-Imaging"],
    ),
    ("000_5766b93f8bff0b4f.txt", 172, ["https://github.com/badripatro/Simba"]),
    ("000_5766b93f8bff0b4f.txt", 174, ["https://github.com/luost26/diffusion-point-cloud"]),
    ("000_5766b93f8bff0b4f.txt", 176, ["https://github.com/IBM/selective-dense-state-space-model"]),
    ("000_5766b93f8bff0b4f.txt", 182, ["https://lyumengyao.github.io/projects/spm"]),
    ("000_5766b93f8bff0b4f.txt", 190, ["https://github.com/ShaharLutatiPersonal/OCD"]),
    ("000_5766b93f8bff0b4f.txt", 200, ["https://github.com/LTH14/fractalgen"]),
    ("000_5766b93f8bff0b4f.txt", 204, ["https://github.com/mandt-lab/PSLD"]),
    ("000_5766b93f8bff0b4f.txt", 236, ["https://github.com/ML-GSAI/SMDM"]),
    ("000_5766b93f8bff0b4f.txt", 248, ["https://remdm.github.io"]),
    ("000_5766b93f8bff0b4f.txt", 298, ["https://github.com/kvmduc/BDBM"]),
    ("000_5766b93f8bff0b4f.txt", 302, ["https://github.com/tml-epfl/sgd-sparse-features"]),
    (
        "000_5766b93f8bff0b4f.txt",
        316,
        ["https://github.com/HazyResearch/state-spaces", "https://hazyresearch.stanford.edu/sashimi-examples"],
    ),
    ("000_5766b93f8bff0b4f.txt", 318, ["https://github.com/PrincetonLIPS/MaM"]),
    ("000_5766b93f8bff0b4f.txt", 320, ["https://github.com/Zyphra/BlackMamba"]),
    (
        "000_5766b93f8bff0b4f.txt",
        322,
        ["https://github.com/dshieble/Categorical_Stochastic_Processes_and_Likelihood"],
    ),
    ("000_5766b93f8bff0b4f.txt", 360, ["https://github.com/aktsonthalia/starlight"]),
    ("000_5766b93f8bff0b4f.txt", 374, ["https://github.com/1202kbs/DMCMC"]),
    ("001_c4a8ff82733ff1ea.txt", 17, ["https://github.com/Mingxiao-Li/TS-DPM"]),
    ("001_c4a8ff82733ff1ea.txt", 37, ["https://github.com/SYZhang0805/DisBack"]),
    ("001_c4a8ff82733ff1ea.txt", 53, ["https://github.com/facebookresearch/forwardgnn"]),
    ("001_c4a8ff82733ff1ea.txt", 61, ["https://anonymous.4open.science/r/BIB-ICLR2023-Submission/README.md"]),
    ("001_c4a8ff82733ff1ea.txt", 77, ["https://github.com/1202kbs/DMCMC"]),
    ("001_c4a8ff82733ff1ea.txt", 81, ["https://github.com/locuslab/smoothinv"]),
    ("001_c4a8ff82733ff1ea.txt", 129, ["https://github.com/zmlin1998/RUN"]),
    ("001_c4a8ff82733ff1ea.txt", 133, ["https://github.com/shizhouxing/Local-Lipschitz-Constants"]),
    ("001_c4a8ff82733ff1ea.txt", 141, ["https://github.com/CharlesGong12/RECE"]),
    ("001_c4a8ff82733ff1ea.txt", 145, ["https://github.com/42Shawn/PTQ4DM"]),
    ("001_c4a8ff82733ff1ea.txt", 165, ["https://github.com/sp-uhh/sgmse"]),
    ("001_c4a8ff82733ff1ea.txt", 177, ["https://github.com/martaskrt/fkc-diffusion"]),
    ("001_c4a8ff82733ff1ea.txt", 185, ["https://github.com/edmav4/BiPer"]),
]
# All the others lead to code.
PAGES = {
    "https://lyumengyao.github.io/projects/spm",
    "https://remdm.github.io",
    "https://hazyresearch.stanford.edu/sashimi-examples",
}


def captured_abstracts() -> list[tuple[str, int, str]]:
    """File, line and text of every abstract."""
    listings = [(one.name, parse_listing(TextSource.of(one.path.read_bytes(), one.name))) for one in CAPTURES]
    return [
        (name, record.abstract.number, record.abstract.text) for name, listing in listings for record in listing.records
    ]


def found_in(abstracts: list[tuple[str, int, str]]) -> list[tuple[str, int, list[str]]]:
    return [(name, line, links) for name, line, text in abstracts if (links := find_urls(text))]


def test_the_links_of_the_captured_abstracts_are_these() -> None:
    abstracts = captured_abstracts()
    assert len(abstracts) == 250
    assert found_in(abstracts) == LINKS
    assert sum(len(links) for _, _, links in LINKS) == 43
    assert sum(text.count("://") for _, _, text in abstracts) == 43


def test_normalization_changes_no_captured_link() -> None:
    abstracts = captured_abstracts()
    texts, _ = normalize_texts(pa.array([text for _, _, text in abstracts], type=pa.string()))
    places = [(name, line) for name, line, _ in abstracts]
    assert found_in([(*place, text) for place, text in zip(places, texts.to_pylist(), strict=True)]) == LINKS


def test_of_the_captured_links_40_lead_to_code() -> None:
    links = [link for _, _, found in LINKS for link in found]
    code = find_code_urls(links)
    assert [link for link in links if link not in PAGES] == code
    assert len(code) == 40


# --- what ends a link


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("code at https://github.com/a/b.", ["https://github.com/a/b"]),
        ("code (https://github.com/a/b).", ["https://github.com/a/b"]),
        ("code (https://github.com/a/b).Then we", ["https://github.com/a/b"]),
        ("see https://github.com/a/b, which", ["https://github.com/a/b"]),
        ("is it https://github.com/a/b?", ["https://github.com/a/b"]),
        ("at https://github.com/a/b!; see", ["https://github.com/a/b"]),
        ("https://github.com/a/b: the code", ["https://github.com/a/b"]),
        ("and so on: https://github.com/a/...", ["https://github.com/a/"]),
        ("with a slash https://a.example.org/.", ["https://a.example.org/"]),
        ('"https://github.com/a/b", \'"https://a.org\'', ["https://github.com/a/b", "https://a.org"]),
        ("“https://github.com/a/b” and ‘https://a.org/x’.", ["https://github.com/a/b", "https://a.org/x"]),
        ("«https://github.com/a/b»—https://a.org—done", ["https://github.com/a/b", "https://a.org"]),
        ("``https://github.com/a/b'' and `https://a.org/x'", ["https://github.com/a/b", "https://a.org/x"]),
        ("https://github.com/a/b's code", ["https://github.com/a/b"]),
        ("**https://github.com/a/b** or _https://a.org/x_.", ["https://github.com/a/b", "https://a.org/x"]),
        ("\\verb+github.com/a/b+ and \\verb|github.com/c/d|", ["github.com/a/b", "github.com/c/d"]),
        ("the library \\verb+github.com/a/b+.", ["github.com/a/b"]),
        ("we use https://github.com/a/lib++.", ["https://github.com/a/lib++"]),
    ],
)
def test_punctuation_of_the_sentence_is_no_part_of_a_link(text: str, links: list[str]) -> None:
    assert find_urls(text) == links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://en.wikipedia.org/wiki/Tree_(graph).", ["https://en.wikipedia.org/wiki/Tree_(graph)"]),
        ("(https://en.wikipedia.org/wiki/Tree_(graph))", ["https://en.wikipedia.org/wiki/Tree_(graph)"]),
        ("https://a.org/x_(y)/z?(a)=1", ["https://a.org/x_(y)/z?(a)=1"]),
        ("https://a.org/x(see below", ["https://a.org/x"]),
        ("tool(https://a.org/x)and", ["https://a.org/x"]),
        ("[https://a.org/x].", ["https://a.org/x"]),
        ("[code](https://a.org/x)", ["https://a.org/x"]),
        ("[https://a.org/x](https://a.org/x).", ["https://a.org/x"]),
        ("[[https://a.org/x|the page]]", ["https://a.org/x"]),
        ("<https://a.org/x>", ["https://a.org/x"]),
        ('<a href="https://a.org/x">here</a>', ["https://a.org/x"]),
        ("\\url{https://a.org/x}", ["https://a.org/x"]),
        ("\\href{https://a.org/x}{https://a.org/y}", ["https://a.org/x", "https://a.org/y"]),
        ("https://anonymous.4open.science/r/X/README.md{here.}", ["https://anonymous.4open.science/r/X/README.md"]),
        ("https://github.com/a/tglg{here}", ["https://github.com/a/tglg"]),
        ("https://github.com/a/CK-PLUG{this https URL}", ["https://github.com/a/CK-PLUG"]),
        ("$\\href{https://a.org/x}{here}$ or $https://a.org/y$", ["https://a.org/x", "https://a.org/y"]),
    ],
)
def test_brackets_around_a_link_are_no_part_of_it(text: str, links: list[str]) -> None:
    assert find_urls(text) == links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[https://a.org/x||https://a.org/x].", ["https://a.org/x"]),
        ("[https://a.org/x||https://a.org/y].", ["https://a.org/x", "https://a.org/y"]),
        ("https://a.org/x,https://a.org/y", ["https://a.org/x", "https://a.org/y"]),
        ("https://a.org/x;http://a.org/y", ["https://a.org/x", "http://a.org/y"]),
        ("https://a.org/xhttps://a.org/y", ["https://a.org/x", "https://a.org/y"]),
        ("http://https://a.org/x", ["https://a.org/x"]),
        ("https://web.archive.org/web/2020/https://a.org/x", ["https://web.archive.org/web/2020/https://a.org/x"]),
        ("https://a.org/?to=https://b.org/", ["https://a.org/?to=https://b.org/"]),
        ("github.com/c/d, https://a.org, then github.com/c/d again", ["github.com/c/d", "https://a.org"]),
        ("github.com/a/b or https://github.com/a/b", ["github.com/a/b", "https://github.com/a/b"]),
    ],
)
def test_joined_links_are_split_and_each_is_given_once_in_order(text: str, links: list[str]) -> None:
    assert find_urls(text) == links


@pytest.mark.parametrize(
    "link",
    [
        "https://a.org/a_b/c__d_",
        "http://www.a.org/~name/",
        "https://a.org/a%20b",
        "https://a.org/#/part",
        "https://a.org?x=1&y=2#z",
        "https://a.org/x?a=b,c;d:e@f+g!h*i",
        "https://de.wikipedia.org/wiki/Schrödinger",
        "https://en.wikipedia.org/wiki/Bayes'_theorem",
        "ftp://ftp.a.org/pub/x.tar.gz",
        "http://a.org:8080/x",
        "http://a.org:5000",
        "http://127.0.0.1/x",
        "https://name@a.org/x",
        "HTTPS://A.ORG/X",
        "Https://GitHub.com/a/b",
        "https://github.com/a/b.jl",
        "https://a.org/a--b",
        "https://a_b.github.io/c",
        "https://A.video",
        "https://github.com//a/b",
    ],
)
def test_a_link_is_given_as_it_was_written(link: str) -> None:
    assert find_urls(f"See {link} and more.") == [link]
    assert find_urls(f"See ({link}).") == [link]
    assert find_urls(f"at~{link}, too") == [link]


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://github.com/a\\_b/c\\_d", "https://github.com/a_b/c_d"),
        ("https://a.org/a\\%20b", "https://a.org/a%20b"),
        ("https://a.org/x\\#y\\_z", "https://a.org/x#y_z"),
        ("https://a.org\\#y", "https://a.org#y"),
        ("https://a.org/?x=1\\&y=2", "https://a.org/?x=1&y=2"),
        ("https://a.org/\\~{}name/", "https://a.org/~name/"),
        ("https://a.org/\\~name/", "https://a.org/~name/"),
        ("https://a\\_b.github.io/", "https://a_b.github.io/"),
        ("github.com/a\\_b/c", "github.com/a_b/c"),
        ("https://a.org/x\\_y\\\\", "https://a.org/x_y"),
    ],
)
def test_tex_s_backslashes_are_no_part_of_a_link(written: str, link: str) -> None:
    assert find_urls(f"code at {written}.") == [link]
    assert find_urls(f"\\url{{{written}}}") == [link]


@pytest.mark.parametrize("text", ["athttps://a.org/x", "Code:https://a.org/x", "~https://a.org/x", "/https://a.org/x"])
def test_a_link_with_a_scheme_is_found_wherever_it_stands(text: str) -> None:
    assert find_urls(text) == ["https://a.org/x"]


# --- links without a scheme


@pytest.mark.parametrize(
    "link",
    [
        "github.com/Ali-Meh619/SAMBA",
        "GitHub.com/a/b",
        "www.x.org",
        "Www.x.org/y",
        "www.learn2.github.io",
        "huggingface.co/owner/name",
        "hf.co/datasets/a/b",
        "name.github.io",
        "MyName.github.io/project/",
        "name.readthedocs.io",
        "anonymous.4open.science/r/x",
        "gitlab.com/a/b",
        "arxiv.org/abs/2403.03900",
        "doi.org/10.1000/182",
        "bit.ly/abc",
        "youtu.be/abc",
        "a.com/Page",
        "a.com/",
        "a.org:8080/x",
        "deadtrees.earth/releases/x",
        "pages.cs.example.ac.il/x",
        "cvit.example.ac.in/x",
        "a.co.uk/x",
        "example.de/data/x",
    ],
)
def test_a_link_without_a_scheme_is_found(link: str) -> None:
    assert find_urls(f"Code is at {link}.") == [link]
    assert find_urls(f"({link})") == [link]
    assert find_urls(f"Code:{link}, data") == [link]
    assert find_urls(f"at~\\url{{{link}}}") == [link]


def test_a_scheme_that_is_broken_leaves_a_link_without_one() -> None:
    assert find_urls("https:github.com/a/b") == ["github.com/a/b"]
    assert find_urls("https: //github.com/a/b") == ["github.com/a/b"]


def test_a_sentence_that_starts_without_a_blank_ends_a_bare_host() -> None:
    assert find_urls("at www.x.org.We show") == ["www.x.org"]
    assert find_urls("at name.github.io.We show") == ["name.github.io"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no link at all",
        "e.g.the other, i.e./e.g., i.i.d, i.i.d./non-i.i.d",
        "README.md, see README.md/LICENSE.md and main.py/run.sh",
        "the performance.We show/prove it, and/or.Then more",
        "PyTorch.nn and torch.nn/functional, model.pt/onnx",
        "3.5/4 of v1.2/3, 1.5x/2.0x and 10.1000/182",
        "Node.js, Node.js/Express and ASP.NET/C#",
        "mail a.b@github.com/x or name@x.github.io or me@www.x.org or info@example.com/x",
        "mailto:name@example.org.",
        "git@github.com:a/b.git",
        "the site Booking.com, GitHub.com. and draw.io, smddbench.com",
        "github.com and huggingface.co are hosts",
        "github.io and github.io/page without a name",
        "name.github.iowa and name.github.io@example.org",
        "www and www. and www.x and www.x/y",
        "a/b.com/c and data-set/a.org/b",
        "w.r.t./a.k.a./U.S./U.K.",
        "methods.in/out, x.is/are, a.so/b.no/c",
        "24.hr/day, 5.ms/frame",
        "https:// and http:// and https://localhost/x",
        "https://github. com/a/b and https: // github. com/ a/b",
        "https://github$.$com/a/b",
        "doi:10.1000/182 and arXiv:2403.03900v2",
        "rates O(1/n.log) and p(x|y)/p(y).The",
    ],
)
def test_what_only_looks_like_a_link_is_none(text: str) -> None:
    assert find_urls(text) == []


# --- any link, any text

WORDS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789", min_size=1, max_size=6)
INNER = st.lists(WORDS, min_size=1, max_size=4).flatmap(
    lambda words: st.lists(
        st.sampled_from(("-", "_", ".", "~", "%20", "/", "?", "=", "&", "#", "+", "'", ",", ":")),
        min_size=len(words) - 1,
        max_size=len(words) - 1,
    ).map(lambda signs: "".join(a + b for a, b in zip(words, [*signs, ""], strict=True)))
)
HOSTS = st.sampled_from(
    (
        *("https://github.com", "http://www.example.org", "ftp://ftp.example.edu:21", "HTTPS://x.y.example.de"),
        *("github.com", "www.example.org", "name.github.io", "huggingface.co", "cs.example.ac.uk"),
    )
)
LINK = st.builds("{}/{}".format, HOSTS, INNER)
BEFORE = st.sampled_from(("", "(", "[", "{", "<", '"', "'", "“", "‘", "«", "``", "~", "\\url{", "**", "Code:", "`"))
AFTER = st.lists(
    st.sampled_from((*".,;:!?'\"”’»)]}>|", "...", "''", "**", "{here.}", "](", "\\\\", "…", "—")), max_size=4
).map("".join)
# What links are made of, and what stands around them.
SCRAPS = st.lists(
    st.sampled_from(
        (
            *("https://", "http://", "ftp://", "www.", "github.com", ".github.io", "huggingface.co", "a.org", ".ac.uk"),
            *("/", "\\_", "\\%", "\\#", "\\~{}", "\\&", "\\", "~", "_", "%", "#", "?", "=", "&", "+", "-", ":", "@"),
            *("(", ")", "[", "]", "{", "}", "<", ">", "|", "||", "$", '"', "'", "''", "`", "“", "”", "’", "*", "!"),
            *(".", ",", ";", "...", " ", "\n", "\u00a0", "'s", "x", "A", "é", "漢", "e\u0301", "8080", "\x00"),
        )
    ),
    max_size=30,
).map("".join)


@examples(400)
@given(LINK, BEFORE, AFTER)
def test_a_link_in_a_sentence_is_found_exactly(link: str, before: str, after: str) -> None:
    assert find_urls(f"The code is at {before}{link}{after} and the rest is prose.") == [link]
    assert find_urls(f"The code is at {before}{link}{after}") == [link]


@examples(600)
@given(st.one_of(SCRAPS, st.text(max_size=80)))
def test_a_link_found_in_any_text_is_a_clean_part_of_it(text: str) -> None:
    links = find_urls(text)
    plain = text.replace("\\~{}", "~").replace("\\", "")
    assert len(links) == len(set(links))
    for link in links:
        assert link in plain
        assert not any(char.isspace() or char in '\\{}[]<>|"`$“”‘’' for char in link)
        assert not link.endswith((".", ",", ";", ":", "!", "?", "'", "*", "~"))
        assert link.count("(") == link.count(")")
        assert find_urls(link) == [link]
        assert isinstance(is_code_url(link), bool)
