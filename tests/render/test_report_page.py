"""The contents of a report, and the escaping of all text from runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import nncli
from nncli import evaluation
from nncli.catalog.record import read_record
from nncli.model import Model
from nncli.render.figures.palette import DARK, LIGHT
from nncli.render.report.markup import Markup, join, table, tag
from nncli.render.report.page import page
from nncli.render.report.sections import ReportedRun
from nncli.store import Run

SINE = """
data: {type: sine, samples: 20, validation: {samples: 10}}
layers: [{type: dense, units: 4, activation: tanh, weight_l2: 1e-3}, {type: dense, units: 1}]
loss: mse
train: {epochs: 5}
"""
CLASSES = """
data: {type: csv, path: t.csv, target: kind}
layers: [{type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 3}
"""
ATTACK = "<script>alert(1)</script>"
ELEMENTS = "html head meta title style body main section h1 h2 h3 p div table thead tbody tr th td figure pre"
OF_SVG = "svg defs g path use clippath rect image lineargradient stop"


class Page(HTMLParser):
    """The elements of a page, their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.text, self.open = [], [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.elements.append(name)
        self.attributes += attributes
        if name != "meta":
            self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append(name)
        self.attributes += attributes

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, text):
        if self.open[-1:] != ["style"]:
            self.text += f"{text}\n"


@pytest.fixture
def trained(tmp_path):
    def train(text, changes=None, name="a"):
        (tmp_path / "a.yaml").write_text(text)
        return nncli.train(tmp_path / "a.yaml", changes, runs_dir=tmp_path / "runs", name=name)

    return train


def reported_run(run: Run) -> ReportedRun:
    model = Model(run)
    return ReportedRun(run, read_record(run), model, evaluation.evaluate(model), "")


def checked_page(*runs: ReportedRun) -> Page:
    """Return the page. Assert that all elements are closed and known, and that it loads nothing."""
    parsed = Page(page(runs))
    assert not parsed.open
    assert set(parsed.elements) <= {*ELEMENTS.split(), *OF_SVG.split()}
    for name, value in parsed.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "action", "formaction")
        if name in ("href", "xlink:href"):
            assert value.startswith(("#", "data:image/png;base64,"))
    return parsed


def test_report_describes_the_training_and_its_results(trained):
    run = trained(SINE)
    parsed = checked_page(reported_run(run))
    final = run.summary()["final"]
    for text in (
        f"A network 1 → 4 tanh → 1 linear with {4 * 2 + 5} parameters, trained on 20 samples of sine with adam",
        "done, 20",
        f"{final['val_loss']:.4g}",
        "Best epoch on validation data: 4 (val_loss ",
        "type: sine",
        f"nncli repeat {run.name}",
        "Measured on training data (20 samples) and compared with a baseline that ignores the inputs.",
    ):
        assert text in parsed.text, text
    labels = [value for name, value in parsed.attributes if name == "aria-label"]
    assert labels[-1] == "predictions on the training data"


def test_verdict_is_beside_the_status(trained):
    run = reported_run(trained(SINE))
    assert "done, learns badly, 20" in checked_page(run._replace(verdict="learns_badly")).text
    diverged = run._replace(record=replace(run.record, status="diverged"), verdict="diverged")
    assert "diverged, 20" in checked_page(diverged).text
    assert "does not learn\n" in checked_page(run, run._replace(verdict="does_not_learn")).text


def test_several_runs_are_compared(trained):
    runs = [trained(SINE, {"optimizer.learning_rate": rate}, name="b") for rate in (0.01, 0.1)]
    parsed = checked_page(*map(reported_run, runs))
    assert "optimizer.learning_rate\n" in parsed.text
    assert parsed.elements.count("h2") == 2
    assert parsed.text.count("Fit\n") == 2


def test_text_of_runs_is_escaped(trained, tmp_path):
    names = [ATTACK, '"><img src=x onerror=alert(1)>', "\x1b[31m&amp;"]
    out = io.StringIO()
    csv.writer(out).writerows([("<b>x</b>", "kind"), *((i, names[i % 3]) for i in range(12))])
    (tmp_path / "t.csv").write_text(out.getvalue())
    run = trained(CLASSES)
    info = run.info() | {"command": ["nncli", ATTACK], "reason": ATTACK, "git": {"commit": ATTACK, "dirty": True}}
    (run.path / "run.json").write_text(json.dumps(info))
    parsed = checked_page(reported_run(run))
    assert parsed.text.count(ATTACK) >= 4
    assert "\x1b" not in parsed.text


def test_run_without_checkpoint(trained):
    run = trained(SINE)
    (run.path / "checkpoints" / "last.npz").unlink()
    parsed = checked_page(ReportedRun(run, read_record(run), None, None, "has no checkpoint"))
    assert "has no checkpoint" in parsed.text
    assert "Curves\n" in parsed.text
    assert "Fit\n" not in parsed.text


def test_run_without_epochs(trained):
    run, other = trained(SINE), trained(SINE)
    (run.path / "metrics.jsonl").write_text("")
    (run.path / "summary.json").unlink()
    nothing = ReportedRun(run, read_record(run), None, None, "nothing yet")
    assert "svg" not in checked_page(nothing).elements
    assert "nothing yet" in checked_page(reported_run(other), nothing).text


def test_figures_use_the_colours_of_the_page(trained):
    text = page([reported_run(trained(SINE))])
    svg = text[text.index("<svg") : text.rindex("</svg>")].lower()
    for name, colour in LIGHT._asdict().items():
        assert str(colour).lower() not in svg
        if isinstance(colour, str):
            assert text.count(f"--{name}: {colour};") == 1
            assert text.count(f"--{name}: {getattr(DARK, name)};") == 1
    assert "var(--ink)" in svg
    assert "var(--blue)" in svg


def test_tags_escape_plain_strings():
    assert tag("p", "a<b", tag("i", "&"), title='"x"') == '<p title="&quot;x&quot;">a&lt;b<i>&amp;</i></p>'
    assert join(["<", Markup("<hr>")]) == "&lt;<hr>"
    assert "<td>&lt;</td>" in table(("a", "b"), [("x", "<")])
    assert tag("pre", "a\n\x1bb") == "<pre>a\n\\x1bb</pre>"
