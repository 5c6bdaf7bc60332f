"""Dialects of CSV: numbers, missing values, separators, and the settings that errors suggest."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nncli.data.dialect import MISSING, PLAIN, Dialect, detect_separator

COMMA = Dialect(decimal=",")
GERMAN = Dialect(decimal=",", thousands=".")
FRENCH = Dialect(decimal=",", thousands=" ", symbols=("€",))
AMERICAN = Dialect(thousands=",", symbols=("$", "%"))
SWISS = Dialect(thousands="'", symbols=("CHF", "(", ")"))
DIALECTS = [PLAIN, COMMA, GERMAN, FRENCH, AMERICAN, SWISS]
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("dialect", "text", "number"),
    [
        (PLAIN, "1.5", 1.5),
        (PLAIN, " -1.5e3 ", -1500.0),
        (PLAIN, ".5", 0.5),
        (PLAIN, "5.", 5.0),
        (COMMA, "1,5", 1.5),
        (COMMA, " -0,25 ", -0.25),
        (COMMA, ",5", 0.5),
        (COMMA, "5,", 5.0),
        (COMMA, "15", 15.0),
        (COMMA, "+1,5E-3", 0.0015),
        (GERMAN, "1.234.567,5", 1234567.5),
        (GERMAN, "1234567,5", 1234567.5),
        (GERMAN, "-1.234", -1234.0),
        (FRENCH, "1 234,5", 1234.5),
        (FRENCH, "1\u202f234,5\u00a0€", 1234.5),
        (FRENCH, "1\u00a0234\u2009567", 1234567.0),
        (AMERICAN, "$1,234.50", 1234.5),
        (AMERICAN, "-$1,234", -1234.0),
        (AMERICAN, "$-5", -5.0),
        (AMERICAN, "$ 5", 5.0),
        (AMERICAN, "12%", 12.0),
        (AMERICAN, "12 %", 12.0),
        (AMERICAN, "100,500", 100500.0),
        (SWISS, "CHF 1'234'567.50", 1234567.5),
        (SWISS, "(5)", 5.0),
    ],
)
def test_numbers_are_read_in_their_dialect(dialect: Dialect, text: str, number: float) -> None:
    assert dialect.number(text) == number
    assert dialect.is_number(text)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (PLAIN, "1,5"),
        (PLAIN, "1_000"),
        (PLAIN, "$5"),
        (PLAIN, ""),
        (COMMA, "1.5"),
        (COMMA, "1_000"),
        (COMMA, "1,5,5"),
        (COMMA, ","),
        (COMMA, "1 000"),
        (GERMAN, "1.5"),
        (GERMAN, "12.34.567"),
        (GERMAN, "1234.567"),
        (FRENCH, "1  234"),
        (FRENCH, "12 34"),
        (AMERICAN, "12,34"),
        (AMERICAN, "1,234,5"),
        (AMERICAN, "$"),
        (AMERICAN, "€5"),
        (AMERICAN, "--5"),
        (AMERICAN, "+-5"),
        (SWISS, "1'23"),
        (SWISS, "CH 5"),
    ],
)
def test_other_texts_are_not_numbers(dialect: Dialect, text: str) -> None:
    with pytest.raises(ValueError):
        dialect.number(text)
    assert not dialect.is_number(text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_infinite_numbers_and_nan_are_numbers_in_each_dialect(dialect: Dialect) -> None:
    assert dialect.number("-inf") == -math.inf
    assert dialect.number("Infinity") == math.inf
    assert dialect.number("1e999") == math.inf
    assert math.isnan(dialect.number("nan"))


@given(FINITE, st.sampled_from(DIALECTS), st.booleans())
@example(-0.0, GERMAN, False)
@example(1.7976931348623157e308, FRENCH, True)
@example(5e-324, AMERICAN, False)
def test_numbers_are_read_back_to_the_last_bit(number: float, dialect: Dialect, grouped: bool) -> None:
    """A float written in a dialect, with or without separators of thousands, keeps every bit."""
    text = repr(number)
    if grouped and dialect.thousands and "e" not in text:
        whole, _, fraction = text.partition(".")
        text = f"{int(whole):,}".replace(",", "_") + f".{fraction}"
        text = text if math.copysign(1, number) == math.copysign(1, int(whole)) else f"-{text.lstrip('-')}"
    text = text.replace(".", dialect.decimal).replace("_", dialect.thousands)
    if dialect.symbols:
        text = f"{dialect.symbols[0]}{text}"
    read = dialect.number(text)
    assert (read, math.copysign(1, read)) == (number, math.copysign(1, number))


@given(st.text(st.sampled_from("0123456789.eE+-_ infanINF\t"), max_size=8))
def test_plain_numbers_are_those_of_float_without_underscores(text: str) -> None:
    try:
        expected = None if "_" in text else float(text)
    except ValueError:
        expected = None
    assert PLAIN.is_number(text) == (expected is not None)
    if expected is not None:
        assert PLAIN.number(text) == expected or math.isnan(expected)


@given(st.text(st.sampled_from("0123456789.,eE+-_ '$%\u00a0infan"), max_size=8), st.sampled_from(DIALECTS))
def test_any_text_is_a_number_or_a_value_error(text: str, dialect: Dialect) -> None:
    try:
        number = dialect.number(text)
    except ValueError:
        return
    assert isinstance(number, float)


@pytest.mark.parametrize("text", [None, "", "  ", "?", "NA", "n/a", "NaN", " Null ", "none"])
def test_usual_missing_values_are_missing_in_any_case(text: str | None) -> None:
    assert PLAIN.is_missing(text)


@pytest.mark.parametrize("value", ["-", "0", "unknown", 0, False, -200, "-200"])
def test_other_values_are_present(value: object) -> None:
    assert not PLAIN.is_missing(value)


@pytest.mark.parametrize("value", [-200, -200.0, "-200", " -200,0 ", "-2E2", "-", "<na>", "<NA>", "", None, "NA"])
def test_declared_texts_and_numbers_are_missing_in_any_notation(value: object) -> None:
    assert Dialect(decimal=",", missing=(*MISSING, "-200", "-", "<na>")).is_missing(value)


@pytest.mark.parametrize("value", ["None", "?", "nan", True, 1.5, "200"])
def test_usual_missing_values_can_be_present(value: object) -> None:
    assert not Dialect(missing=("-200", "1")).is_missing(value)


def test_words_are_present_and_not_numbers() -> None:
    assert [PLAIN.is_word(text) for text in ("a", "1", "NA", "", "1,5", "inf")] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("texts", "hint"),
    [
        (["1,5", "2,25"], '`decimal: ","`'),
        (["1,500", "22,250,100"], '`thousands: ","`'),
        (["1,500", "2,250"], '`thousands: ","` or `decimal: ","`'),
        (["1 500", "2"], '`thousands: " "`'),
        (["1'500"], '`thousands: "\'"`'),
        (["1.500,25"], '`thousands: "."` and `decimal: ","`'),
        (["1 500,25"], '`thousands: " "` and `decimal: ","`'),
        (["12%", "5 %"], '`symbols: ["%"]`'),
        (["$12.50", "$5"], '`symbols: ["$"]`'),
        (["$1,200.50", "$5"], '`symbols: ["$"]` and `thousands: ","`'),
    ],
)
def test_suggestions_name_settings_that_read_the_texts(texts: list[str], hint: str) -> None:
    assert PLAIN.suggest(texts) == f"add {hint} under `data:` to read such numbers"
    assert PLAIN.fitting(texts)
    for settings in PLAIN.fitting(texts):
        assert all(PLAIN.with_settings(settings).is_number(text) for text in texts)


@pytest.mark.parametrize(
    ("dialect", "texts", "hint"),
    [
        (COMMA, ["1.5"], '`decimal: "."`'),
        (COMMA, ["1,234.5"], '`decimal: "."` and `thousands: ","`'),
        (COMMA, ["1.234,5"], '`decimal: ","` and `thousands: "."`'),
        (Dialect(symbols=("$",)), ["5%"], '`symbols: ["$", "%"]`'),
        (Dialect(symbols=("$",)), ["$1,500.25"], '`symbols: ["$"]` and `thousands: ","`'),
    ],
)
def test_suggestions_fit_the_settings_of_the_table(dialect: Dialect, texts: list[str], hint: str) -> None:
    assert dialect.suggest(texts) == f"add {hint} under `data:` to read such numbers"


@pytest.mark.parametrize(
    "texts", [[], ["a", "b"], ["1", "2"], ["NA", ""], ["1,5", "a"], ["Rome, Italy"], ["01/03/2004"]]
)
def test_texts_that_are_no_numbers_get_no_suggestion(texts: list[str]) -> None:
    assert PLAIN.suggest(texts) == ""
    assert PLAIN.fitting(texts) == []


def test_most_texts_decide_on_a_suggestion() -> None:
    numbers = [f"{i},5" for i in range(9)]
    assert PLAIN.fitting([*numbers, "broken"])[0] == {"decimal": ","}
    assert PLAIN.fitting([*numbers, "broken", "too"]) == []


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_detected(separator: str) -> None:
    rows = [["x", "y", "note"], ["1", "2", '"a, b; c | d\te"'], ["3", "4", '"two\nlines"'], ["5", "6", ""]]
    assert detect_separator([f"{separator.join(row)}\n" for row in rows]) == separator


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("", ","),
        ("x\n1\n2\n", ","),
        ("x;y\n1,5;2\n3;4\n", ";"),
        ("x;y\n1;2\n3\n", ","),
        ("x,y;z\n1,2;3\n", ","),
        ("a|b;c|d\n1|2;3|4\n", "|"),
        ('x;y\n"a;b";2\n', ";"),
        ('x;y\n1;2\n3;"begins\n', ";"),
        ('x,y\n"a"b,1\n', ","),
        ("\n\nx;y\n\n1;2\n\n", ";"),
    ],
)
def test_a_comma_is_the_separator_in_doubt(text: str, separator: str) -> None:
    assert detect_separator(text.splitlines(keepends=True)) == separator


@pytest.mark.parametrize(
    ("line", "separator"), [("1,5;2,5;3,5\n", ";"), ("1,5\t2,5\n", "\t"), ('"1,5","2,5"\n', ","), ("1,5\n", ",")]
)
def test_decimal_commas_separate_only_if_no_other_separator_fits(line: str, separator: str) -> None:
    assert detect_separator([line], ",") == separator
