"""Tests of how sources and papers are named."""

from __future__ import annotations

import hashlib
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.identity import abstract_key, hash_fraction, paper_id, paper_names, short_hash, source_id, title_key
from tests.captures import CAPTURES
from tests.profiles import examples


@examples(100)
@given(st.binary())
def test_a_source_is_named_by_its_content(content: bytes) -> None:
    assert source_id(content) == short_hash(content) == hashlib.sha256(content).hexdigest()[:16]


def test_the_real_sources_have_the_names_they_were_published_with() -> None:
    assert [source_id(capture.path.read_bytes()) for capture in CAPTURES] == ["ea58d92eb101f8aa", "ee3dc9a1dc53c618"]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Schrödinger Bridge!", "schrodingerbridge"),
        ("schro\u0308dinger-bridge", "schrodingerbridge"),
        ("SCHRÖDINGER  BRIDGE", "schrodingerbridge"),
        ("3D Gaussian_Splatting: x² & ﬁne", "3dgaussiansplattingx2fine"),
        ("Straße", "strasse"),
        ("Überblick — über “alles”", "uberblickuberalles"),
        ("漢字 and Ελλάδα", "漢字andελλαδα"),
        ("--- ?!", ""),
    ],
)
def test_a_title_key_is_its_letters_and_digits(title: str, key: str) -> None:
    assert title_key(title) == key
    assert abstract_key(title) == key


@examples(300)
@given(st.text())
def test_a_key_holds_letters_and_digits_only_and_knows_no_form_of_unicode(text: str) -> None:
    key = title_key(text)
    assert not any(char.isspace() or char == "_" for char in key)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert title_key(unicodedata.normalize(form, text)) == key


@examples(200)
@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
def test_case_blanks_and_signs_make_no_other_key(text: str) -> None:
    key = title_key(text)
    assert title_key(text.upper()) == title_key(text.lower()) == key
    assert title_key(" ".join(text)) == title_key(f"“{text}”…") == key
    assert title_key(key) == key


def test_a_paper_is_named_by_its_title_and_by_its_abstract_only_where_asked() -> None:
    assert paper_id("lazyforests") == hashlib.sha256(b"lazyforests").hexdigest()[:16] == "e22d0447856d914a"
    assert paper_id("lazyforests", "westudy") == hashlib.sha256(b"lazyforests\nwestudy").hexdigest()[:16]


@examples(200)
@given(*[st.text(alphabet="abc", max_size=4)] * 4)
def test_papers_with_other_keys_have_other_names(title: str, abstract: str, other: str, other_abstract: str) -> None:
    same = (title, abstract) == (other, other_abstract)
    assert (paper_id(title, abstract) == paper_id(other, other_abstract)) is same
    assert paper_id(title) != paper_id(other, other_abstract)


@examples(200)
@given(st.text(), st.text())
def test_a_hash_fraction_is_at_least_zero_and_below_one(name: str, salt: str) -> None:
    assert 0.0 <= hash_fraction(name, salt) < 1.0


def test_a_hash_fraction_never_changes() -> None:
    digest = hashlib.sha256(b"split:e22d0447856d914a").hexdigest()
    expected = int(digest[:16], 16) / 2**64
    assert hash_fraction("e22d0447856d914a", "split") == pytest.approx(expected, abs=2**-53)
    assert hash_fraction("e22d0447856d914a", "split") != hash_fraction("e22d0447856d914a", "other")


def test_hash_fractions_are_spread_evenly() -> None:
    fractions = [hash_fraction(f"{number:016x}", "split") for number in range(10_000)]
    tenths = [sum(tenth <= 10 * fraction < tenth + 1 for fraction in fractions) for tenth in range(10)]
    # five standard deviations of a binomial count
    assert all(abs(count - 1000) < 150 for count in tenths)


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_a_name_is_its_number_in_sixteen_digits(numbers: list[int]) -> None:
    assert paper_names(np.array(numbers, np.uint64)).to_pylist() == [f"{number:016x}" for number in numbers]
