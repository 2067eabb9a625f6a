"""Which links lead to code."""

from __future__ import annotations

import pytest

from curation.enrich import CODE_HOSTS, find_code_urls, find_urls, is_code_url


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/a/b",
        "https://github.com/a",
        "http://www.github.com/a/b",
        "HTTPS://GitHub.com/a/b",
        "github.com/a/b",
        "github.com/a/b?from=https://a.org",
        "https://github.com:443/a/b",
        "https://github.com//a/b",
        "https://gist.github.com/a/1",
        "https://gitlab.com/a/b",
        "https://gitlab.inria.fr/a/b",
        "https://git.tu-berlin.de/a/b",
        "https://bitbucket.org/a/b",
        "https://codeberg.org/a/b",
        "https://gitee.com/a/b",
        "https://sourceforge.net/projects/a",
        "https://a.sourceforge.net",
        "https://git.sr.ht/~a/b",
        "https://sr.ht/~a/b",
        "https://colab.research.google.com/drive/1",
        "https://anonymous.4open.science/r/a/README.md",
        "https://pypi.org/project/a",
        "https://huggingface.co/a/b",
        "https://huggingface.co/a/b/tree/main",
        "huggingface.co/a/b",
        "https://hf.co/a/b",
    ],
)
def test_a_link_to_code_is_one(url: str) -> None:
    assert is_code_url(url)
    assert find_code_urls(find_urls(f"see {url}.")) == [url]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com",
        "https://github.com/",
        "https://www.github.com/",
        "github.com",
        "https://name.github.io",
        "https://name.github.io/github.com/a",
        "https://a.gitlab.io/b",
        "https://sourceforge.net/",
        "https://huggingface.co",
        "https://huggingface.co/a",
        "https://huggingface.co/datasets/a/b",
        "https://huggingface.co/Datasets/a/b",
        "hf.co/datasets/a/b",
        "https://huggingface.co/spaces/a/b",
        "https://huggingface.co/collections/a/b-1",
        "https://huggingface.co/papers/2403.03900",
        "https://notgithub.com/a/b",
        "https://github.com.example.org/a/b",
        "https://example.org/github.com/a/b",
        "https://zenodo.org/records/1",
        "https://arxiv.org/abs/2403.03900",
        "https://example.org",
        "https://[broken/a",
        "https://[::1/a",
        "",
    ],
)
def test_other_links_do_not_lead_to_code(url: str) -> None:
    assert not is_code_url(url)
    assert find_code_urls([url]) == []


def test_links_to_code_keep_their_order() -> None:
    urls = ["https://gitlab.com/a/b", "https://a.org", "https://github.com/a/b", "https://github.com"]
    assert find_code_urls(urls) == ["https://gitlab.com/a/b", "https://github.com/a/b"]
    assert find_code_urls([]) == []


@pytest.mark.parametrize("host", sorted(CODE_HOSTS))
def test_a_host_of_code_is_one_in_lower_case_and_without_www(host: str) -> None:
    assert host == host.lower().removeprefix("www.")
    assert is_code_url(f"https://{host}/a/b")
    assert not is_code_url(f"https://{host}/")
