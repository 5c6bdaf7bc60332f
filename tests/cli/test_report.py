"""`nncli report`: an HTML file that a browser shows without errors or network requests."""

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
# Disables the requests that Chromium makes on its own, so that only those of the page remain.
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --log-level=0 "
    "--allow-file-access-from-files"
)
# Shows the page in a frame of a given width; the title becomes the width, the number of figures and the font status.
FRAME = """<!doctype html><title></title><iframe src="report.html" style="width: {width}px; height: 900px; border: 0"
  onload="const page = this.contentDocument; document.title = [page.documentElement.scrollWidth,
  page.querySelectorAll('svg').length, page.fonts.status].join(' ')"></iframe>"""


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "the tests of reports need Chromium: apt-get install chromium"
    return path


def browse(folder: Path, file: str, *more: str) -> tuple[str, list[str]]:
    """Return the HTML of a page as rendered by the browser, and its console messages and network requests."""
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
    # Requests of the browser itself have no site; those of a page have the site of the page.
    of_page = [each["url"] for each in events if "file://" in each.get("site_for_cookies", "")]
    requests = sorted({url for url in of_page if not url.startswith(("file:", "data:"))})
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line] + requests


def test_a_report_is_written_to_the_run_or_a_file(program: Program) -> None:
    run = program.train()
    done = program("report", PYTHONWARNINGS="default")
    assert (done.code, done.out, done.err) == (0, f"runs/{run.name}/report.html\n", "")
    assert json_of(program("report", run.name, "-o", "a.html", "--json")) == {"report": "a.html"}
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert text == (program.folder / "a.html").read_text(encoding="utf-8")
    assert run.name in text


def test_a_run_without_checkpoints_is_reported(program: Program) -> None:
    run = program.train()
    shutil.rmtree(run.path / "checkpoints")
    done = program("report", run.name, "-o", "a.html")
    assert (done.code, done.err) == (0, "")
    assert "has no checkpoint" in (program.folder / "a.html").read_text(encoding="utf-8")


def test_an_unwritable_file_is_an_error(program: Program) -> None:
    program.train()
    (program.folder / "file").write_text("")
    done = program("report", "-o", "file/a.html")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[1] == "hint: choose another file with --output"


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ("a.pdf", ["a.pdf: a report must end in .html", "hint: name it a.html"]),
        ("-", ["-: a report must end in .html", "hint: name a file: report.html"]),
        ("folder.html", ["folder.html: exists and is not a regular file", "hint: choose another file with --output"]),
    ],
)
def test_invalid_output_paths_are_refused(program: Program, output: str, lines: list[str]) -> None:
    program.train()
    (program.folder / "folder.html").mkdir()
    done = program("report", "-o", output)
    assert (done.code, done.out, done.err.splitlines()) == (2, "", lines)


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_the_report_without_errors(program: Program, width: int) -> None:
    """The console has no error, the page makes no request, and nothing is wider than the window."""
    program.write("spiral.yaml", SPIRAL)
    paths = [
        program("train", "spiral.yaml", f"optimizer.learning_rate={rate}", "-q").out.strip() for rate in (0.1, 0.01)
    ]
    assert program("report", *paths, "-o", "report.html").code == 0
    program.write("frame.html", FRAME.format(width=width))
    page, messages = browse(program.folder, "report.html")
    assert messages == []
    for words in ("2 runs", *(path.removeprefix("runs/") for path in paths), "Evaluation", "learning_rate"):
        assert words in page
    framed, messages = browse(program.folder, "frame.html", "--window-size=1400,1000")
    assert messages == []
    match = re.search(r"<title>(\d+) (\d+) loaded</title>", framed)
    assert match, framed[:500]
    assert int(match[1]) == width
    assert int(match[2]) >= 5


@pytest.mark.long
def test_the_browser_reports_forbidden_content(program: Program) -> None:
    """The page's own policy forbids scripts, images and fonts from elsewhere, with a message on the console."""
    program.train()
    assert program("report", "-o", "report.html").code == 0
    text = (program.folder / "report.html").read_text(encoding="utf-8")
    modified = text.replace(
        "<main>", '<main><img src="http://127.0.0.1:9/a.png"><script>document.title = "run"</script>'
    )
    program.write("modified.html", modified)
    page, messages = browse(program.folder, "modified.html")
    assert len([line for line in messages if "Content Security Policy" in line]) == 2
    assert "<title>run</title>" not in page
    program.write("open.html", re.sub(r"<meta http-equiv[^>]*>", "", modified))
    page, messages = browse(program.folder, "open.html")
    assert "<title>run</title>" in page
    assert "http://127.0.0.1:9/a.png" in messages


def test_an_edited_summary_is_marked_as_a_contradiction(program: Program) -> None:
    """The rows have no metrics after the last step, but the report evaluates the weights."""
    run = program.train()
    summary = run.summary() or {}
    value = summary["final"]["regression_accuracy"]
    summary["final"]["regression_accuracy"] = 0.98
    (run.path / "summary.json").write_text(json.dumps(summary | {"epochs": 100}))
    done = program("report", run.name)
    assert done.code == 0
    lines = [
        f"runs/{run.name}: summary.json: epochs is 100, but the rows of metrics.jsonl end at 12",
        f"runs/{run.name}: summary.json: final.regression_accuracy is 0.98, but its weights give {value}",
    ]
    assert done.err.splitlines() == lines
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert all(f"Contradiction: {line}" in text for line in lines)
