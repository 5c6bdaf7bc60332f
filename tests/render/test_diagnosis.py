"""The text of a diagnosis."""

from __future__ import annotations

import io
import shlex

import pytest

from nncli.diagnosis.diagnose import Diagnosis
from nncli.diagnosis.rule import Finding
from nncli.render.diagnosis import STYLES, print_diagnosis, train_command

FINDING = Finding("init_too_small", "0.01 of it", {"gain": 0.01}, "It shrinks.", ["init.scale=0.1"], "the book", 0.6)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(*findings: Finding, run: str = "runs/a/1", verdict: str = "learns_badly", file: io.StringIO) -> str:
    print_diagnosis(Diagnosis(run, verdict, findings), "a b.yaml", ["seed=1"], file)  # type: ignore[arg-type]
    return file.getvalue()


def test_a_finding_is_printed():
    expected = """\
runs/a/1: learns badly

1. init_too_small: likely (0.6)
   seen     0.01 of it
   meaning  It shrinks.
   change   init.scale=0.1
   try      nncli train 'a b.yaml' seed=1 init.scale=0.1
   source   the book
"""
    assert printed(FINDING, file=io.StringIO()) == expected


@pytest.mark.parametrize("change", [None, []])
def test_a_finding_without_a_change_has_no_command(change):
    text = printed(FINDING._replace(change=change), file=io.StringIO())
    assert "   change   no setting can help; look at the data\n   source " in text


def test_a_run_without_findings():
    assert printed(verdict="healthy", file=io.StringIO()) == "runs/a/1: healthy\n"
    assert printed(file=io.StringIO()) == "runs/a/1: learns badly\nnone of the known causes fits\n"
    assert printed(run="-", verdict="healthy", file=io.StringIO()) == "stdin: healthy\n"


@pytest.mark.parametrize(("confidence", "words"), [(0.8, "very likely"), (0.79, "likely"), (0.49, "possible")])
def test_confidence_is_printed_in_words(confidence, words):
    text = printed(FINDING._replace(confidence=confidence), file=io.StringIO())
    assert f"1. init_too_small: {words} ({confidence})\n" in text


def test_a_terminal_has_colours_and_wraps_prose_but_not_what_is_pasted(monkeypatch):
    for name, value in {"TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    change = [f"layers.{number}.activation=leaky_relu" for number in range(5)]
    seen = "no unit of the first layer fires for 37% of the samples [red]"
    text = printed(FINDING._replace(change=change, seen=seen), file=Screen())
    assert "runs/a/1: \x1b[1;33mlearns badly\x1b[0m\n" in text
    assert "no unit of the first layer fires for 37% of the\n            samples [red]\n" in text
    assert f"seed=1 {shlex.join(change)}\n" in text


def test_every_verdict_has_a_style():
    assert set(STYLES) == {"healthy", "learns_badly", "does_not_learn", "diverged"}


def test_control_characters_are_escaped():
    change = ["name=\x1b[1m"]
    text = printed(FINDING._replace(change=change, seen="\x1b"), run="runs/\x1b/1", file=io.StringIO())
    assert text.replace("\n", "").isprintable()
    assert text.count(r"\x1b") == 4


@pytest.mark.parametrize(
    ("changes", "change", "words"),
    [
        (["seed=1"], ["init.scale=0.1"], ["seed=1", "init.scale=0.1"]),
        (["init.scale=3", "seed=1"], ["init.scale=0.1"], ["seed=1", "init.scale=0.1"]),
        (["init.scale=3"], ["init=he_normal"], ["init=he_normal"]),
        (["init={type: normal}"], ["init.scale=0.1"], ["init={type: normal}", "init.scale=0.1"]),
        (["initial=1"], ["init=he_normal"], ["initial=1", "init=he_normal"]),
    ],
)
def test_a_change_replaces_the_overrides_of_the_same_setting(changes, change, words):
    assert shlex.split(train_command("a b.yaml", changes, change)) == ["nncli", "train", "a b.yaml", *words]
