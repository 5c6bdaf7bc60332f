"""The program itself: help, version, unusable standard output, and bugs."""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
from pathlib import Path

import pytest
import typer

import nncli
from nncli.cli import commands, lazy_group
from nncli.cli.app import REPORT, app
from tests.cli.program import Program

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
ROOT = Path(__file__).resolve().parents[2]
DISK_FULL = "standard output: cannot be written: no space left on device\n"


def test_the_readme_and_docs_show_every_command() -> None:
    pages = [path.read_text("utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]]
    blocks = [block for page in pages for block in re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]
    documented = {name for block in blocks for name in re.findall(r"nncli ([a-z][a-z-]*)", block)}
    assert {"train", "eval"} <= documented
    assert documented == {*COMMANDS}


def test_every_file_of_commands_is_a_command() -> None:
    """Each file of `commands/` has a function of its name, ORDER names no other commands, and `_` becomes `-`."""
    files = {path.stem: path for path in Path(commands.__file__).parent.glob("*.py") if path.stem != "__init__"}
    assert sorted(name.replace("_", "-") for name in files) == COMMANDS
    assert all(re.search(rf"^def {name}_?\(", path.read_text("utf-8"), re.MULTILINE) for name, path in files.items())
    assert list(lazy_group.ORDER) == [name for name in lazy_group.names() if name in lazy_group.ORDER]


def test_commands_not_in_order_follow_alphabetically(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy_group, "ORDER", ("train", "check"))
    others = [name for name in COMMANDS if name not in ("train", "check")]
    assert lazy_group.names() == ["train", "check", *others]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_an_example(program: Program, command: str) -> None:
    done = program(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: nncli {command} ")
    head, _, rest = done.out.partition("Example")
    assert f"    nncli {command}" in rest or f"nncli {command}" in rest.splitlines()[1]
    assert len(head.splitlines()) >= 3


def test_help_lists_each_command_once_below_a_heading(program: Program) -> None:
    done = program("-h")
    assert (done.code, done.err) == (0, "")
    assert done == program("--help")
    sections = re.findall(r"^(\w+):\n((?:  .+\n)+)", done.out, re.MULTILINE)
    assert [heading for heading, _ in sections] == ["Options", *lazy_group.GROUPS]
    assert (
        sorted(name for _, lines in sections[1:] for name in re.findall(r"^  ([\w-]+) ", lines, re.MULTILINE))
        == COMMANDS
    )
    assert "nncli train configs/sine.yaml" in done.out


@pytest.fixture(scope="module")
def program_help(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of `nncli --help`."""
    return Program(tmp_path_factory.mktemp("help"))("--help").lines


@pytest.mark.parametrize("command", COMMANDS)
def test_the_summary_of_a_command_is_one_line_of_help(program_help: list[str], command: str) -> None:
    """The summary is read without importing the command; it must be the first line of the docstring all the same."""
    word = command.replace("-", "_")
    module = importlib.import_module(f"nncli.cli.commands.{word}")
    function = getattr(module, word, None) or getattr(module, f"{word}_")
    group, summary = lazy_group.help_entry(command)
    assert group == module.GROUP
    assert group in lazy_group.GROUPS
    assert summary == function.__doc__.splitlines()[0]
    assert summary.endswith(".")
    (line,) = [line for line in program_help if line.startswith(f"  {command} ")]
    assert line.split(maxsplit=1) == [command, summary]
    assert len(line) <= 80


def test_a_command_without_a_group_is_listed_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy_group, "FOLDER", tmp_path)
    (tmp_path / "count.py").write_text('def count() -> None:\n    """Count the runs."""\n')
    (tmp_path / "rm.py").write_text('GROUP = "Manage"\n\n\ndef rm() -> None:\n    """Remove.\n\n    More.\n    """\n')
    lazy_group.help_entry.cache_clear()
    group = lazy_group.LazyGroup(name="nncli")
    formatter = typer.Context(group).make_formatter()
    try:
        group.format_commands(None, formatter)
    finally:
        lazy_group.help_entry.cache_clear()
    assert formatter.getvalue() == "Manage:\n  rm     Remove.\n\nOther:\n  count  Count the runs.\n"


def test_without_arguments_help_is_shown(program: Program) -> None:
    done = program()
    assert done.code == 2
    assert (done.out + done.err).startswith("Usage: nncli [OPTIONS] COMMAND [ARGS]...")


def test_version_prints_the_version(program: Program) -> None:
    assert program("--version") == (0, f"{nncli.__version__}\n", "")


def test_an_unknown_command_is_refused(program: Program) -> None:
    done = program("trian")
    assert (done.code, done.out) == (2, "")
    assert "Error: No such command 'trian'." in done.err


def test_python_m_nncli_runs_the_command(program: Program) -> None:
    done = program.run([sys.executable, "-m", "nncli", "--version"])
    assert done == (0, f"{nncli.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "unbuffered"), [("list loss", ""), ("list loss", "1"), ("--version", ""), ("--help", "")]
)
def test_a_full_stdout_is_one_line_of_error(program: Program, arguments: str, unbuffered: str) -> None:
    done = program.shell(f"nncli {arguments} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done == (1, "", DISK_FULL)


def test_a_full_stdout_fails_a_run(program: Program) -> None:
    assert program.shell("nncli train tiny.yaml > /dev/full") == (1, "", DISK_FULL)
    assert [run.status for run in program.runs()] == ["failed"]


@pytest.mark.parametrize(("arguments", "code"), [("list loss", 0), ("--help", 1)])  # click exits with 1 after its help
def test_a_broken_pipe_is_silent(program: Program, arguments: str, code: int) -> None:
    """The reader ends before the command starts; the exit code is that of the command."""
    done = program.shell(f"{{ sleep 0.2; nncli {arguments}; echo $? >&2; }} | true")
    assert done == (0, "", f"{code}\n")


def test_a_reader_may_end_after_the_first_line(program: Program) -> None:
    done = program.shell("nncli list --json | head -n 1; echo ${PIPESTATUS[0]}")
    assert done == (0, "[\n0\n", "")


def test_closed_streams_cause_no_error(program: Program) -> None:
    assert program.shell("nncli list >&-") == (0, "", "")
    done = program.shell("nncli train tiny.yaml >&- 2>&- <&-")
    assert done == (0, "", "")
    assert [run.status for run in program.runs()] == ["done"]


def test_a_bug_shows_its_traceback_and_where_to_report_it(program: Program) -> None:
    program.write("sitecustomize.py", "import nncli.store\nnncli.store.list_runs = lambda path: 1 / 0\n")
    path = program.environment()["PYTHONPATH"]
    done = program("runs", PYTHONPATH=f"{program.folder}:{path}")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Traceback (most recent call last):\n")
    assert "\nZeroDivisionError: division by zero\n" in done.err
    assert done.err.endswith(f"\n{REPORT}\n")


def test_running_out_of_memory_is_no_bug(program: Program) -> None:
    script = "import nncli.store\ndef fail(path):\n    raise MemoryError\nnncli.store.list_runs = fail\n"
    program.write("sitecustomize.py", script)
    path = program.environment()["PYTHONPATH"]
    assert program("runs", PYTHONPATH=f"{program.folder}:{path}") == (1, "", "error: not enough memory\n")


def test_ctrl_c_outside_training_exits_with_130(program: Program) -> None:
    pipe = program.folder / "pipe.yaml"
    os.mkfifo(pipe)
    with (
        program.start("check", pipe, PYTHONWARNINGS="ignore") as started,
        pipe.open("w"),
    ):  # open() returns when the command has opened the pipe for reading
        started.signal(signal.SIGINT)
        assert started.end() == (130, "", "")


def test_characters_missing_from_the_encoding_are_escaped(program: Program) -> None:
    done = program("list", "adam", PYTHONIOENCODING="ascii")
    assert (done.code, done.err) == (0, "")
    assert "number    \\u2265 0" in done.out
