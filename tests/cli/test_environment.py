"""Unusual environments: no home, no working directory, a notebook's plotting backend, an ASCII locale."""

from __future__ import annotations

import shlex

import pytest

from nncli.cli.lazy_group import names
from tests.cli.program import COMMAND, CompletedCommand, Program

pytestmark = pytest.mark.long

# Commands that need arguments or behave differently with them, run in a folder that no longer exists. RUN, SPEC and ALL
# stand for the full paths of a run, the experiment file and the folder of runs.
LINES = {
    "new": "new",
    "train": "train SPEC --seeds 2 --runs-dir ALL",
    "sweep": "sweep SPEC layers.0.units=2,3 --runs-dir ALL",
    "resume": "resume RUN train.epochs=13",
    "eval": "eval RUN",
    "why": "why SPEC",
    "lr-find": "lr-find SPEC",
    "init-scan": "init-scan SPEC",
    "predict": "predict RUN --data x.csv",
    "plot": "plot --runs-dir ALL",
    "film": "film RUN",
    "report": "report RUN",
    "runs": "runs",
    "show": "show",
    "diff": "diff RUN RUN",
    "repeat": "repeat --runs-dir ALL -q",
    "rm": "rm runs/tiny",
    "clean": "clean --yes",
    "check": "check SPEC",
    "list": "list adam",
    "schema": "schema --write x.json",
    "book": "book ch17-sine-2x64-lr0.005 --epochs 101 --json",
}


def without_directory(program: Program, line: str) -> CompletedCommand:
    """Run a command in a folder that is removed before it starts."""
    return program.shell(f"mkdir gone && cd gone && rmdir ../gone && exec {shlex.join(COMMAND)} {line}")


def test_lines_name_existing_commands() -> None:
    assert set(LINES) <= set(names())


@pytest.mark.parametrize("command", names())
def test_a_deleted_working_directory_causes_no_traceback(program: Program, command: str) -> None:
    run = program.train()
    line = LINES.get(command, command).replace("RUN", str(run.path)).replace("ALL", str(program.runs_dir))
    done = without_directory(program, line.replace("SPEC", str(program.folder / "tiny.yaml")))
    assert "Traceback" not in done.err
    assert done.code != 2 or command in LINES, "a command that needs arguments has a line in LINES"
    errors = [line for line in done.err.splitlines() if not line.startswith("hint: ")]
    assert done.code == 0 or (done.code in (1, 2) and len(errors) == 1), done


def test_a_deleted_working_directory_has_a_clear_error(program: Program) -> None:
    done = without_directory(program, f"train {program.folder}/tiny.yaml --seeds 2 --runs-dir {program.runs_dir}")
    assert done == (1, "", "error: the working directory no longer exists\nhint: cd to another one\n")


@pytest.mark.parametrize(
    ("command", "backend"),
    [
        ("plot", "module://matplotlib_inline.backend_inline"),
        ("plot", "nbagg"),
        ("plot", "nonexistent"),
        ("report", "nonexistent"),
        ("film -o x.gif", "nonexistent"),
    ],
)
def test_figures_ignore_the_configured_backend(program: Program, command: str, backend: str) -> None:
    program.train()
    done = program(*command.split(), MPLBACKEND=backend)
    assert (done.code, done.err) == (0, "")
    assert (program.folder / done.out.strip()).stat().st_size > 0


@pytest.mark.parametrize("home", ["HOME=/proc", "-u HOME"], ids=["read-only", "missing"])
def test_a_figure_without_a_writable_home_has_no_warnings(program: Program, home: str) -> None:
    """Not even root can write to /proc."""
    program.train()
    done = program.shell(f"env {home} nncli plot")
    assert (done.code, done.err) == (0, "")
    assert (program.folder / done.out.strip()).stat().st_size > 0


def test_a_figure_without_any_writable_folder_names_mplconfigdir(program: Program) -> None:
    program.train()
    (program.folder / "sitecustomize.py").write_text("import tempfile\ntempfile.tempdir = '/proc'\n")
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("plot", HOME="/proc", PYTHONPATH=path)
    error = "error: Matplotlib has no folder it can write to\nhint: set MPLCONFIGDIR to a writable folder\n"
    assert done == (1, "", error)


# The locale of a minimal container or an old cluster, in which Python decodes bytes of paths as surrogates.
ASCII = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
FOLDERS = {"UTF-8": r"$'h\xc3\xa4user \xe6\x97\xa5'", "Latin-1": r"$'h\xe4user'"}
PATHS = [
    "train tiny.yaml -q",
    "resume tiny train.epochs=14 -q",
    "train tiny.yaml --seeds 1 -q",
    "plot",
    "report",
    "film -o here.gif",
    "repeat -q",
    "runs --csv --columns run | tail -n +2 | head -n 1",
    "new --task binary",
    "rm tiny",
]


def in_folder(program: Program, folder: str, script: str, **environment: str) -> CompletedCommand:
    """Run a bash script in a new folder with a run."""
    program.train()
    folder = f"mkdir {folder} && cp -r tiny.yaml runs {folder} && cd {folder} && "
    return program.shell(f'{folder}export NNCLI_RUNS_DIR="$PWD/runs"; {script}', **environment)


@pytest.mark.parametrize(
    ("folder", "locale"), [(FOLDERS["UTF-8"], ASCII), (FOLDERS["Latin-1"], {})], ids=["ASCII locale", "Latin-1 folder"]
)
@pytest.mark.parametrize("line", PATHS)
def test_a_printed_path_keeps_its_bytes(program: Program, line: str, folder: str, locale: dict[str, str]) -> None:
    check = "! test -e" if line.startswith("rm") else "test -e"
    script = f'path=$(nncli {line}) && case $path in "$PWD"/*|*.yaml|*.gif) {check} "$path" && echo yes;; esac'
    done = in_folder(program, folder, script, **locale)
    assert (done.code, done.out) == (0, "yes\n"), done


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("runs --json", ".[0].run"),
        ("plot --json", ".figure"),
        ("train tiny.yaml -q --json", ".run"),
        ("show --json", ".run"),
        ("eval --json", ".run"),
        ("rm tiny --json", ".removed[0]"),
    ],
)
def test_a_path_in_json_is_readable_in_any_locale(program: Program, line: str, key: str) -> None:
    script = f'nncli {line} | jq -r {shlex.quote(key)} | grep -c "^$PWD/"'
    done = in_folder(program, FOLDERS["UTF-8"], script, **ASCII)
    assert (done.code, done.out) == (0, "1\n"), done
