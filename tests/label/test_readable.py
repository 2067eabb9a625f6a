"""What the labeler reads: English abstracts of the usual length."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from curation.label.corpus import Corpus
from curation.label.readable import REASONS, why_unreadable
from curation.schemas.columns import ABSTRACT_LENGTH
from tests.labelling import UNREADABLE

ENGLISH: Final = "We study how networks are trained, and show that the error of the method is small."

FOREIGN: Final = {
    "French": "Nous étudions l'entraînement des réseaux de neurones profonds et montrons que la méthode proposée réduit"
    " l'erreur sur plusieurs jeux de données. Les expériences confirment que notre approche est plus rapide.",
    "German": "Wir untersuchen das Training tiefer neuronaler Netze und zeigen, dass das vorgeschlagene Verfahren den"
    " Fehler auf mehreren Datensätzen verringert. Die Experimente bestätigen, dass unser Ansatz schneller ist.",
    "Spanish": "Estudiamos el entrenamiento de redes neuronales profundas y mostramos que el método propuesto reduce el"
    " error en varios conjuntos de datos. Los experimentos confirman que nuestro enfoque es más rápido.",
    "Portuguese": "Estudamos o treinamento de redes neurais profundas e mostramos que o método proposto reduz o erro em"
    " vários conjuntos de dados. Os experimentos confirmam que nossa abordagem é mais rápida do que outras.",
    "Portuguese with articles": "Estudamos o treinamento de redes neurais profundas e mostramos que o método proposto"
    " reduz o erro em vários conjuntos de dados. Os experimentos confirmam que as redes treinadas com a nossa abordagem"
    " são mais rápidas e mais estáveis do que as redes existentes.",
    "Italian": "Studiamo l'addestramento di reti neurali profonde e mostriamo che il metodo proposto riduce l'errore su"
    " diversi insiemi di dati. Gli esperimenti confermano che il nostro approccio è più rapido.",
    "Dutch": "Wij bestuderen het trainen van diepe neurale netwerken en laten zien dat de voorgestelde methode de fout"
    " op verschillende datasets verkleint. De experimenten bevestigen dat onze aanpak sneller en stabieler is.",
    "Dutch with is and of": "Het is de vraag of een model beter is naarmate het groter is. In dit artikel wordt"
    " onderzocht of dat zo is, en of de kwaliteit van de data van belang is. Het antwoord is dat de data telt.",
    "Russian": "Мы изучаем обучение глубоких нейронных сетей и показываем, что предложенный метод уменьшает ошибку на"
    " нескольких наборах данных. Эксперименты подтверждают, что наш подход быстрее существующих.",
    "Chinese": "我们研究深度神经网络的训练，并证明所提出的方法在多个数据集上降低了误差。"
    "实验证实，我们的方法比现有方法更快、更稳定。此外，我们给出了理论分析，说明该方法为何有效，并讨论了它的局限性以及未来的研究方向。",
    "Japanese": "本論文では、深層ニューラルネットワークの学習を調べる。"
    "提案手法が複数のデータセットで誤差を減らすことを示す。"
    "実験により、提案手法は既存の手法よりも高速で安定していることを確認した。",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_not_read(language: str) -> None:
    assert why_unreadable("A Title", FOREIGN[language]) == "not English"


@pytest.mark.parametrize(
    "text",
    ["-" * 60, "… " * 40, "12.5 7.25 " * 10, "x" * 60, "α β γ " * 12],
    ids=["dashes", "dots", "numbers", "x", "Greek"],
)
def test_what_holds_no_english_words_is_not_read(text: str) -> None:
    assert why_unreadable("A Title", text) == "not English"


def test_english_is_read() -> None:
    assert why_unreadable("A Title", ENGLISH) is None
    assert why_unreadable("Über Brücken", f"  {ENGLISH}\n") is None


def test_every_paper_with_a_label_is_read(corpus: Corpus) -> None:
    papers = corpus.papers + corpus.invented
    reasons = [why_unreadable(*text) for text in papers.texts]
    assert [papers.texts[at][0] for at in np.flatnonzero([reason is not None for reason in reasons])] == []


@pytest.mark.parametrize(("title", "abstract", "reason"), UNREADABLE)
def test_there_is_one_reason(title: str | None, abstract: str | None, reason: str) -> None:
    assert why_unreadable(title, abstract) == reason


def test_reasons_are_all_that_are_stated_but_for_doubt() -> None:
    found = [why_unreadable(title, abstract) for title, abstract, _ in UNREADABLE]
    assert tuple(dict.fromkeys(found)) == REASONS[:-1]
    assert REASONS[-1] == "not sure"


def test_lengths_are_those_of_the_schema_without_blanks_around() -> None:
    shortest, longest = ABSTRACT_LENGTH
    text = (ENGLISH + " ") * (longest // len(ENGLISH))

    def of(length: int) -> str:
        return (text[:length].rstrip() + "x" * length)[:length]

    assert why_unreadable("A Title", of(shortest - 1)) == "abstract too short"
    assert why_unreadable("A Title", " " * 9 + of(shortest - 1) + "\n" * 9) == "abstract too short"
    assert why_unreadable("A Title", of(shortest)) is None
    assert why_unreadable("A Title", of(longest)) is None
    assert why_unreadable("A Title", of(longest + 1)) == "abstract too long"


@pytest.mark.parametrize("empty", [None, "", " ", "\n\t"])
def test_a_missing_title_comes_before_a_missing_abstract(empty: str | None) -> None:
    assert why_unreadable(empty, empty) == "no title"
    assert why_unreadable("A Title", empty) == "no abstract"
