"""Text helpers shorten, quote, count and join words for messages."""

from __future__ import annotations

import pytest

from nncli.text import count_of, join_words, list_names, plural, quote, shorten, uncapitalize


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("", 60, ""),
        ("a" * 60, 60, "a" * 60),
        ("a" * 61, 60, "a" * 57 + "..."),
        ("é😀 \u2028", 60, "é😀 \\u2028"),
        ("\x1b" * 9, 5, "\\x..."),  # every character of an escape counts
    ],
)
def test_shorten_returns_one_printable_line(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
    assert quote(text, limit) == f'"{short}"'


@pytest.mark.parametrize(
    ("words", "sentence"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_join_words_joins_as_in_a_sentence(words: list[str], sentence: str) -> None:
    assert join_words(words, "or") == sentence
    assert join_words(tuple(words)) == sentence.replace(" or ", " and ")


def test_list_names_ends_a_long_list_with_the_number() -> None:
    names = [f"column {number}" for number in range(9)]
    assert list_names(names[:8]) == ", ".join(names[:8])
    assert list_names(names) == f"{', '.join(names[:8])}, ... 9 in all"
    assert list_names(["a" * 100, "\t"]) == "a" * 57 + "..., \\t"


def test_only_one_takes_the_singular() -> None:
    assert [count_of(count, "epoch") for count in (0, 1, 10_001)] == ["0 epochs", "1 epoch", "10,001 epochs"]
    assert [plural("row", count) for count in (0, 1, 2)] == ["rows", "row", "rows"]


def test_uncapitalize_changes_only_the_first_letter() -> None:
    assert [uncapitalize(text) for text in ("No space in A", "", "a")] == ["no space in A", "", "a"]
