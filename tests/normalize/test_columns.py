"""What is done to whole columns is what is done to each text."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from curation.identity import abstract_key, paper_number, paper_numbers, text_keys, title_key
from curation.normalize import RULES, normalize_texts
from curation.normalize.edits import apply
from curation.normalize.plain import find_line_breaks
from curation.normalize.settle import edit_column
from curation.normalize.wrapped import join_lines, newline_places
from tests.profiles import examples
from tests.promises.edited_texts import TEXTS

_LINES = st.lists(
    st.sampled_from(["one", "two words", "\n", "\n", "\n\n", " ", "\r\n", "\r", "\t", "\x1a", "\x1c", "é", "x\ny"]),
    max_size=9,
).map("".join)
_COLUMNS = st.lists(st.one_of(_LINES, st.text(max_size=8)), max_size=9)


@examples(500)
@given(_COLUMNS, st.integers(0, 3))
def test_lines_are_joined_as_one_by_one(texts: list[str], cut: int) -> None:
    column = pa.array(["before"] * cut + texts + ["after"], pa.string()).slice(cut, len(texts))
    done = join_lines(column)
    made = dict(zip(done.rows.tolist(), zip(done.starts.tolist(), done.offsets.to_pylist(), strict=True), strict=True))
    for row, (text, new) in enumerate(zip(texts, done.texts.to_pylist(), strict=True)):
        if row not in made:
            assert new == text
            continue
        expected, (edit,) = apply(text, "unwrap", find_line_breaks(text))
        assert (new, made[row]) == (expected, (edit.start, list(edit.offsets)))
        assert (edit.before, edit.after, "\n" in new) == ("\n", " ", False)


def test_the_usual_breaks_are_joined_as_columns() -> None:
    usual, other = (
        ["one\ntwo\nthree", "a\nb"],
        ["", "none", "é\nx", "a \nb", "a\n\nb", "a\n", "\na", "a\rb\nc", "\x1a\nb"],
    )
    assert join_lines(pa.array([*other, *usual])).rows.tolist() == [9, 10]
    assert join_lines(pa.array(other)).texts.to_pylist() == other
    assert len(join_lines(pa.array([""])).rows) == len(join_lines(pa.array([], pa.string())).rows) == 0


@examples(200)
@given(st.lists(st.text("ab\n", max_size=6), max_size=6))
def test_newlines_are_counted_and_placed(texts: list[str]) -> None:
    counts, places = newline_places(pa.array(["\n", *texts], pa.string()).slice(1))
    assert counts.tolist() == [text.count("\n") for text in texts]
    assert places.tolist() == [at for text in texts for at, char in enumerate(text) if char == "\n"]


@examples(200)
@given(st.lists(TEXTS, max_size=6))
def test_edits_by_row_start_with_joined_lines(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    done, (published, edits) = edit_column(column, RULES), normalize_texts(column)
    assert (done.texts, done.by_row()) == (published, edits)
    joined = [] if done.joined is None else done.joined[1].rows.tolist()
    assert list(edits) == [*joined, *(row for row in done.further if row not in joined)]
    assert all(edits[row][0].rule == "unwrap" for row in joined)
    for row, text in enumerate(texts):
        alone, own = normalize_texts(pa.array([text], pa.string()))
        assert (alone[0], own.get(0)) == (published[row], edits.get(row))


@examples(300)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_keys_of_columns_are_those_of_their_texts(papers: list[tuple[str, str]]) -> None:
    titles, abstracts = ([one[at] for one in papers] for at in (0, 1))
    keys = [text_keys(pa.array(["é, before", *texts], pa.string()).slice(1)) for texts in (titles, abstracts)]
    expected = [[title_key(text) for text in titles], [abstract_key(text) for text in abstracts]]
    assert [column.to_pylist() for column in keys] == expected
    short, long = paper_numbers(*(pa.chunked_array([column, column.slice(0, 1)]) for column in keys))
    pairs = [*zip(*expected, strict=True)]
    pairs += pairs[:1]
    assert short.tolist() == [paper_number(title) for title, _ in pairs]
    assert long.tolist() == [paper_number(title, abstract) for title, abstract in pairs]
