"""`nncli report`: one HTML file, which a browser shows without a word of complaint or a request."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Program, json_of

SPIRAL = """\
name: spiral
data: {type: spiral, samples: 30, classes: 3, validation: {samples: 10}}
layers: [{type: dense, units: 8, activation: relu, weight_l2: 1e-3}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 30}
"""
# What Chromium itself would fetch or look up at its start is switched off: what is left is the page's.
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --log-level=0 "
    "--allow-file-access-from-files"
)
# Opens the page in a window of some width and says how wide it is and what it would print.
FRAME = """<!doctype html><title></title><iframe src="report.html" style="width: {width}px; height: 900px; border: 0"
  onload="const page = this.contentDocument; document.title = [page.documentElement.scrollWidth,
  page.querySelectorAll('svg').length, page.fonts.status].join(' ')"></iframe>"""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "the tests of reports need Chromium: apt-get install chromium"
    return found


def browse(folder: Path, file: str, *more: str) -> tuple[str, list[str]]:
    """What a page has become in the browser, and what the browser's console and network said."""
    profile = f"--user-data-dir={folder / 'profile'}"
    net = folder / "net.json"
    command = [
        chromium(),
        *QUIET.split(),
        profile,
        f"--log-net-log={net}",
        *more,
        "--dump-dom",
        (folder / file).as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    events = (event.get("params", {}) for event in json.loads(net.read_text(encoding="utf-8"))["events"])
    # The browser's own requests are of no site; those of a page are of the site that it is on.
    of_page = [each["url"] for each in events if "file://" in each.get("site_for_cookies", "")]
    requests = sorted({url for url in of_page if not url.startswith(("file:", "data:"))})
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line] + requests


def test_one_run(program: Program) -> None:
    run = program.trained()
    done = program("report", PYTHONWARNINGS="default")
    assert (done.code, done.out, done.err) == (0, f"runs/{run.name}/report.html\n", "")
    assert json_of(program("report", run.name, "-o", "a.html", "--json")) == {"report": "a.html"}
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert text == (program.folder / "a.html").read_text(encoding="utf-8")
    assert run.name in text


def test_a_run_that_was_lost_is_reported_as_far_as_it_goes(program: Program) -> None:
    run = program.trained()
    shutil.rmtree(run.path / "checkpoints")
    done = program("report", run.name, "-o", "a.html")
    assert (done.code, done.err) == (0, "")
    assert "has no checkpoint" in (program.folder / "a.html").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written(program: Program) -> None:
    program.trained()
    (program.folder / "file").write_text("")
    done = program("report", "-o", "file/a.html")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[1] == "hint: choose another file with --output"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("a.pdf", ["a.pdf: a report is written as .html", "hint: name it a.html"]),
        ("-", ["-: a report is written as .html", "hint: name a file: report.html"]),
        ("folder.html", ["folder.html: exists and is not a regular file", "hint: choose another file with --output"]),
    ],
)
def test_what_no_report_is_written_to(program: Program, output: str, told: list[str]) -> None:
    program.trained()
    (program.folder / "folder.html").mkdir()
    done = program("report", "-o", output)
    assert (done.code, done.out, done.err.splitlines()) == (2, "", told)


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it(program: Program, width: int) -> None:
    """No error on its console, no request, and nothing wider than the window."""
    program.write("spiral.yaml", SPIRAL)
    paths = [
        program("train", "spiral.yaml", f"optimizer.learning_rate={rate}", "-q").out.strip() for rate in (0.1, 0.01)
    ]
    assert program("report", *paths, "-o", "report.html").code == 0
    program.write("frame.html", FRAME.format(width=width))
    page, said = browse(program.folder, "report.html")
    assert said == []
    for words in ("2 runs", *(path.removeprefix("runs/") for path in paths), "Evaluation", "learning_rate"):
        assert words in page
    framed, said = browse(program.folder, "frame.html", "--window-size=1400,1000")
    assert said == []
    found = re.search(r"<title>(\d+) (\d+) loaded</title>", framed)
    assert found, framed[:500]
    assert int(found[1]) == width
    assert int(found[2]) >= 5


@pytest.mark.long
def test_the_browser_would_have_said_so(program: Program) -> None:
    """Scripts, images and fonts from elsewhere are what the page's own policy forbids, loudly."""
    program.trained()
    assert program("report", "-o", "report.html").code == 0
    text = (program.folder / "report.html").read_text(encoding="utf-8")
    spoiled = text.replace(
        "<main>", '<main><img src="http://127.0.0.1:9/a.png"><script>document.title = "run"</script>'
    )
    program.write("spoiled.html", spoiled)
    page, said = browse(program.folder, "spoiled.html")
    assert len([line for line in said if "Content Security Policy" in line]) == 2
    assert "<title>run</title>" not in page
    program.write("open.html", re.sub(r"<meta http-equiv[^>]*>", "", spoiled))
    page, said = browse(program.folder, "open.html")
    assert "<title>run</title>" in page
    assert "http://127.0.0.1:9/a.png" in said


def test_a_summary_that_was_edited(program: Program) -> None:
    """Rows say nothing of the training data after the last step, but the weights are evaluated for the report."""
    run = program.trained()
    summary = run.summary() or {}
    value = summary["final"]["regression_accuracy"]
    summary["final"]["regression_accuracy"] = 0.98
    (run.path / "summary.json").write_text(json.dumps(summary | {"epochs": 100}))
    done = program("report", run.name)
    assert done.code == 0
    lines = [
        f"runs/{run.name}: summary.json: epochs is 100, and the rows of metrics.jsonl end at 12",
        f"runs/{run.name}: summary.json: final.regression_accuracy is 0.98, and its own weights give {value}",
    ]
    assert done.err.splitlines() == lines
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert all(f"Contradiction: {line}" in text for line in lines)
