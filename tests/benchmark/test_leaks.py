"""Leaks between papers: planted in invented and in published papers, and none where none is."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.data import LabelledData, LabelledTexts
from curation.benchmark.leaks import KINDS, Leak, find_leaks, leaking_papers, query_in_document
from tests.benchmark.leaking import SEEDS, Paper, invented, labelled, row, sentences, two

# --- plants: each makes a leaking copy of a paper


def exact(paper: Paper, _: random.Random) -> Paper:
    return paper


def respelled(paper: Paper, chance: random.Random) -> Paper:
    """Other case, Unicode form, white space, punctuation and invisible characters."""
    text = unicodedata.normalize(chance.choice(["NFC", "NFD", "NFKC", "NFKD"]), paper.abstract)
    text = chance.choice([str.upper, str.lower, str.swapcase])(text)
    text = text.replace(", ", chance.choice([" -- ", ",\n", " "])).replace(" ", chance.choice(["\n", " \u200b", "  "]))
    return replace(paper, title="Another Name", abstract=f"\n{text}\n")


def reworded(paper: Paper, _: random.Random) -> Paper:
    """Every eighth word is another: more than half of the 5-grams stay."""
    words = paper.abstract.split(" ")
    words[4::8] = [f"new{number}" for number in range(len(words[4::8]))]
    return replace(paper, title="Another Name", abstract=" ".join(words))


def shortened(paper: Paper, _: random.Random) -> Paper:
    return replace(paper, title="Another Name", abstract=paper.abstract[: len(paper.abstract) // 2])


def reordered(paper: Paper, _: random.Random) -> Paper:
    said = sentences(paper.abstract)
    return replace(paper, title="Another Name", abstract=" ".join(said[::-1]))


def same_title(paper: Paper, _: random.Random) -> Paper:
    return replace(paper, title=f"{paper.title.upper()}!", abstract=row("other", 1, 60))


PLANTS: dict[Callable[[Paper, random.Random], Paper], str] = {
    exact: "near-duplicate",
    respelled: "near-duplicate",
    reworded: "near-duplicate",
    shortened: "near-duplicate",
    reordered: "reordered",
    same_title: "same-title",
}


def plant(papers: list[Paper], seed: int, sides: tuple[str, str]) -> tuple[list[Paper], list[tuple[str, str, str]]]:
    """Add a leak of every kind, each from another paper; return all papers and kind, left and right of each leak."""
    chance = random.Random(seed)
    fit = [one for one in papers if one.split == sides[0] and len(sentences(one.abstract)) >= 5]
    taken = chance.sample(fit, len(PLANTS) + 1)
    # a copy under the same id, too
    copies = [replace(taken[-1], split=sides[1])]
    planted = [("same-paper", taken[-1].paper_id, taken[-1].paper_id)]
    for number, ((make, kind), paper) in enumerate(zip(PLANTS.items(), taken, strict=False)):
        copies.append(replace(make(paper, chance), paper_id=f"copy{number}", split=sides[1]))
        planted.append((kind, paper.paper_id, f"copy{number}"))
    mixed = [*papers, *copies]
    chance.shuffle(mixed)
    return mixed, sorted(planted, key=lambda leak: leak[2])


def told(leaks: Sequence[Leak]) -> list[tuple[str, str, str]]:
    return sorted(((one.kind, one.left, one.right) for one in leaks), key=lambda leak: leak[2])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sides", [("train", "test"), ("train", "validation"), ("validation", "test")])
def test_every_leak_planted_in_invented_papers_is_found_and_nothing_else(seed: int, sides: tuple[str, str]) -> None:
    papers, planted = plant(invented(seed), seed, sides)
    assert told(list(leaking_papers(papers).values())) == planted
    if sides == ("train", "test"):
        assert told(find_leaks(labelled(papers))) == planted


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sides", [("train", "test"), ("train", "validation"), ("validation", "test")])
def test_every_leak_planted_in_the_release_is_found_and_nothing_else(
    published: list[Paper], seed: int, sides: tuple[str, str]
) -> None:
    papers, planted = plant(published, seed, sides)
    assert told(list(leaking_papers(papers).values())) == planted
    if sides == ("train", "test"):
        assert told(find_leaks(labelled(papers))) == planted


def test_the_release_has_no_leak(published: list[Paper]) -> None:
    assert len(published) == 244
    assert leaking_papers(published) == {}
    assert find_leaks(labelled(published)) == []


# --- thresholds, each from both sides


def test_a_text_with_every_eighth_word_changed_is_a_near_duplicate_and_with_every_seventh_is_not() -> None:
    words = row("word", 1, 100).split()
    for step, expected in ((8, ["near-duplicate"]), (7, [])):
        changed = [f"new{at}" if at % step == 0 else word for at, word in enumerate(words)]
        assert [one.kind for one in two(("A", " ".join(words)), ("B", " ".join(changed)))] == expected


@pytest.mark.parametrize(("shared", "found"), [(33, True), (32, False)])
def test_three_tenths_of_the_shorter_text_are_a_near_duplicate(shared: int, found: bool) -> None:
    """100 5-grams of which `shared` - 4 stand in a text of another length: 0.30 of the shorter, 0.15 of the longer."""
    left = row("both", 1, shared + 1) + " " + row("left", 1, 103 - shared)
    right = row("both", 1, shared + 1) + " " + row("right", 1, 203 - shared)
    leaks = two(("A", left), ("B", right))
    assert leaks == ([Leak("near-duplicate", "a", "b", 0.3)] if found else [])


@pytest.mark.parametrize(("shared", "found"), [(13, True), (12, False)])
def test_fewer_than_thirteen_words_in_a_row_are_no_near_duplicate(shared: int, found: bool) -> None:
    left = row("both", 1, shared) + " " + row("left", 1, 3)
    right = row("right", 1, 3) + " " + row("both", 1, shared)
    assert [one.kind for one in two(("A", left), ("B", right))] == (["near-duplicate"] if found else [])


@pytest.mark.parametrize("sign", ["", "™", "”", "！™"])
def test_a_sign_after_a_sentence_is_no_word_of_it(sign: str) -> None:
    left, right = f"{row('one', 1, 7)}.{{}} {row('two', 1, 7)}.", f"{row('end', 1, 3)}! {row('new', 1, 9)}"
    leaks = two(("A", f"{left.format('')} {right}"), ("B", left.format(sign)))
    assert leaks == [Leak("near-duplicate", "a", "b", 1.0)]


@pytest.mark.parametrize(("length", "found"), [(8, True), (7, False)])
def test_a_whole_text_of_eight_words_in_another_is_a_near_duplicate(length: int, found: bool) -> None:
    other = f"{row('more', 1, 40)} {row('both', 1, length)} {row('else', 1, 40)}"
    leaks = two(("A", row("both", 1, length)), ("B", other))
    assert leaks == ([Leak("near-duplicate", "a", "b", 1.0)] if found else [])


def spoken(prefix: str, length: int, count: int) -> list[str]:
    return [row(f"{prefix}{number}x", 1, length).capitalize() + "." for number in range(count)]


@pytest.mark.parametrize(("shared", "found"), [(2, True), (1, False)])
def test_half_of_the_sentences_in_another_order_leak(shared: int, found: bool) -> None:
    """Two of four short sentences, in reverse order, among long ones: too few 5-grams for a near-duplicate."""
    both = spoken("both", 8, shared)
    left = [*both, *spoken("left", 30, 4 - shared)]
    right = [*spoken("right", 30, 4), *both[::-1]]
    leaks = two(("A", " ".join(left)), ("B", " ".join(right)))
    assert leaks == ([Leak("reordered", "a", "b", 0.5)] if found else [])


def test_half_of_the_sentences_among_others_leak_in_the_same_order_too() -> None:
    both = spoken("both", 8, 2)
    left, right = [*both, *spoken("left", 30, 2)], [*spoken("right", 30, 4), *both]
    assert two(("A", " ".join(left)), ("B", " ".join(right))) == [Leak("reordered", "a", "b", 0.5)]


def test_fewer_than_half_of_the_sentences_do_not_leak() -> None:
    both = spoken("both", 8, 2)
    left, right = [*both, *spoken("left", 30, 3)], [*spoken("right", 30, 3), *both[::-1]]
    assert two(("A", " ".join(left)), ("B", " ".join(right))) == []


def test_sentences_of_seven_words_tell_nothing() -> None:
    left, right = spoken("both", 7, 2), [*spoken("right", 30, 3), *spoken("both", 7, 2)[::-1]]
    assert two(("A", " ".join(left)), ("B", " ".join(right))) == []


def test_a_sentence_that_stands_twice_counts_once() -> None:
    (one,) = spoken("both", 8, 1)
    left, right = [one, one, *spoken("left", 40, 1)], [*spoken("right", 40, 2), one, one]
    assert two(("A", " ".join(left)), ("B", " ".join(right))) == []


def test_a_copy_in_the_same_order_is_a_near_duplicate_and_in_another_it_is_reordered() -> None:
    said = spoken("both", 12, 5)
    assert two(("A", " ".join(said)), ("B", " ".join(said))) == [Leak("near-duplicate", "a", "b", 1.0)]
    swapped = [said[1], said[0], *said[2:]]
    assert two(("A", " ".join(said)), ("B", " ".join(swapped))) == [Leak("reordered", "a", "b", 1.0)]


def test_the_share_is_that_of_the_text_with_fewer_sentences_whichever_side_it_is_on() -> None:
    both = spoken("both", 8, 2)
    few, many = [*both, *spoken("few", 30, 1)], [*spoken("many", 30, 6), *both[::-1]]
    for left, right in ((few, many), (many, few)):
        (leak,) = two(("A", " ".join(left)), ("B", " ".join(right)))
        assert (leak.kind, leak.value) == ("reordered", 2 / 3)


def test_a_closing_sentence_that_all_share_is_no_leak() -> None:
    close = " Our code is publicly available at https://github.com/own/code."
    assert two(("A", row("left", 1, 30) + "." + close), ("B", row("right", 1, 30) + "." + close)) == []


# --- traps


@pytest.mark.parametrize("text", ["", " ", "\n", "…", "__", "\u200b", "Withdrawn.", "See the paper.", "撤回。"])
def test_empty_and_very_short_abstracts_are_no_leak_by_accident(text: str) -> None:
    assert two(("First Name", text), ("Second Title", text)) == []
    assert two(("First Name", text), ("Second Title", f"{row('word', 1, 40)} {text}")) == []


@pytest.mark.parametrize("title", ["", " ", "?", "___", "\u200b"])
def test_titles_without_letters_are_not_the_same(title: str) -> None:
    assert two((title, row("left", 1, 30)), (title, row("right", 1, 30))) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Schrödinger Bridges: A View", "SCHRODINGER   bridges\na view"),
        ("ﬁne-tuning x² models", "Fine-Tuning X2 Models"),
        ("扩散模型", "扩散模型。"),
    ],
)
def test_the_same_title_in_another_spelling_with_another_abstract(left: str, right: str) -> None:
    assert two((left, row("left", 1, 30)), (right, row("right", 1, 30))) == [Leak("same-title", "a", "b", 1.0)]


def test_an_id_on_both_sides_is_the_same_paper_whatever_its_text() -> None:
    assert two(("A", row("left", 1, 30)), ("B", row("right", 1, 30)), ("a", "a")) == [Leak("same-paper", "a", "a", 1.0)]


CHINESE = (
    "我们提出一种新的扩散模型用于图像生成。该方法在多个数据集上取得了更好的结果。"
    "实验表明采样速度明显提高而且质量没有下降。我们还证明了在一般条件下的收敛性。"
)
RUSSIAN = (
    "Мы предлагаем новый метод обучения диффузионных моделей для изображений. "
    "Эксперименты показывают, что он работает быстрее и точнее других методов. "
    "Кроме того, мы доказываем сходимость метода при самых общих условиях."
)
HINDI = (
    "हम छवियों के लिए एक नई विधि प्रस्तुत करते हैं जो तेज़ है। प्रयोग दिखाते हैं कि यह विधि पहले की विधियों से बेहतर काम करती है। "
    "हम यह भी सिद्ध करते हैं कि यह हमेशा अभिसरित होती है।"
)
KOREAN = "우리는 이미지 생성을 위한 새로운 확산 모델을 제안하고 여러 데이터에서 좋은 결과를 얻었음을 보인다."


@pytest.mark.parametrize("text", [CHINESE, RUSSIAN, HINDI, KOREAN])
def test_texts_in_other_scripts_are_compared_too(text: str) -> None:
    changed = unicodedata.normalize("NFD", text).upper().replace(",", "")
    assert two(("A", text), ("B", changed)) == [Leak("near-duplicate", "a", "b", 1.0)]
    others = [one for one in (CHINESE, RUSSIAN, HINDI, KOREAN) if one != text]
    assert not any(two(("A", text), ("B", other)) for other in others)
    assert query_in_document(text, changed) == 1.0


def test_one_changed_character_does_not_hide_a_text_without_blanks() -> None:
    assert [one.kind for one in two(("A", CHINESE), ("B", CHINESE.replace("图像", "视频")))] == ["near-duplicate"]
    assert query_in_document(CHINESE, CHINESE.replace("图像", "视频")) > 0.75


@pytest.mark.parametrize("text", [RUSSIAN, CHINESE, HINDI])
def test_sentences_of_other_scripts_in_another_order(text: str) -> None:
    stop = next(one for one in ("。", "।", ".") if one in text)
    said = [one.strip() for one in text.split(stop) if one.strip()]
    turned = f"{stop} ".join(said[::-1]) + stop
    assert [one.kind for one in two(("A", text), ("B", turned.lower()))] == ["reordered"]


def test_one_sentence_abstracts() -> None:
    one = row("word", 1, 12).capitalize() + "."
    assert two(("A", one), ("B", one)) == [Leak("near-duplicate", "a", "b", 1.0)]
    assert two(("A", one), ("B", row("else", 1, 12))) == []


def test_a_labelled_text_without_an_empty_line_is_its_own_title() -> None:
    def data(left: str, right: str) -> LabelledData:
        return LabelledData((), LabelledTexts(("a",), (left,), ((0,),)), LabelledTexts(("b",), (right,), ((0,),)))

    assert find_leaks(data("Small Text", "small text!")) == [Leak("same-title", "a", "b", 1.0)]
    assert find_leaks(data(row("w", 1, 20), f"{row('w', 1, 20)} more")) == [Leak("near-duplicate", "a", "b", 1.0)]
    assert find_leaks(data("", "")) == []
    assert find_leaks(data("Small Text", "Small Texts")) == []


# --- papers of several splits


def test_only_what_is_scored_is_left_out_and_papers_of_one_split_may_be_alike() -> None:
    text = row("word", 1, 30)
    papers = [Paper(f"{split}{number}", f"{split} {number}", text, split) for split in ("test",) for number in (1, 2)]
    assert leaking_papers(papers) == {}
    assert leaking_papers([*papers, Paper("val", "V", text, "validation")]).keys() == {"test1", "test2"}
    assert leaking_papers([*papers, Paper("x", "X", text, "unknown")]) == {}
    everywhere = [*papers, Paper("val", "V", text, "validation"), Paper("train", "T", text, "train")]
    assert list(leaking_papers(everywhere)) == ["test1", "test2", "val"]


def test_the_clearest_leak_of_a_paper_is_told_and_of_equals_the_first() -> None:
    text, title = row("word", 1, 60), "Common Title"
    train = [
        Paper("d", "D", row("word", 1, 40), "train"),
        Paper("c", "C", text + " more", "train"),
        Paper("b", "B", text + " other", "train"),
        Paper("a", title, row("else", 1, 40), "train"),
    ]
    assert leaking_papers([*train, Paper("t", title, text, "test")])["t"] == Leak("near-duplicate", "b", "t", 1.0)
    (changed,) = leaking_papers([train[0], Paper("e", "E", f"{row('word', 1, 30)} {row('x', 1, 30)}", "train"),
                                 Paper("t", title, text, "test")]).values()  # fmt: skip
    assert changed == Leak("near-duplicate", "d", "t", 1.0)


@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_the_papers_makes_no_difference(chance: random.Random, seed: int) -> None:
    papers, _ = plant(invented(seed), seed, ("train", "test"))
    expected = leaking_papers(papers)
    chance.shuffle(papers)
    found = leaking_papers(papers)
    assert list(found.items()) == list(expected.items())


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_is_taken(title: str, abstract: str, query: str, document: str) -> None:
    found = two((title, abstract), (title, abstract))
    assert len(found) <= 1
    assert all(one.kind in KINDS and 0 < one.value <= 1 for one in found)
    assert 0 <= query_in_document(query, document) <= 1


@given(
    st.lists(st.sampled_from(["Ärger", "naïve", "Straße", "ﬁt", "x²", "ΑΙᾳ", "İ", "model"]), min_size=8, max_size=30)
)
def test_spelling_makes_no_difference(words: list[str]) -> None:
    text = " ".join(words)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert query_in_document(text, f"So: {unicodedata.normalize(form, text).upper()}, and so on") == 1.0
