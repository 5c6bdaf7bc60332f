"""Start-up is fast for scripts: no command imports what it does not need."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.cli.program import Program

HEAVY = {"matplotlib", "numpy", "nnfs", "pydantic", "rich", "yaml", "multiprocessing", "asyncio", "ssl", "uniplot"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The command in a folder with one run."""
    program = Program(tmp_path_factory.mktemp("start"))
    assert program("train", "tiny.yaml").code == 0  # writes diagnosis.json, which `show` would compute
    return program


def heavy_imports(program: Program, *arguments: object) -> set[str]:
    """Return the heavy packages that a command imports, as reported by Python."""
    done = program(*arguments, PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0, done.err
    return HEAVY & {line.rpartition("|")[2].strip() for line in done.err.splitlines()}


# Typer imports pydantic for every command, but not for the help that lists them.
@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        ("--help", ""),
        ("--version", "pydantic"),
        ("runs --json", "pydantic"),
        ("runs", "pydantic"),
        ("runs --filter status=done --sort loss --by-seed", "pydantic"),
        ("show", "pydantic"),
        ("diff latest latest", "numpy pydantic"),
        ("why --help", "pydantic"),
        ("why", "pydantic numpy yaml nnfs"),
        ("clean --dry-run", "pydantic"),
        ("plot --help", "pydantic"),
        ("list", "pydantic numpy rich"),
        ("schema", "pydantic numpy yaml"),
        ("check tiny.yaml --resolved", "pydantic numpy yaml nnfs"),
        ("train tiny.yaml --epochs 1", "pydantic numpy yaml nnfs"),
    ],
)
def test_commands_import_no_unneeded_heavy_package(program: Program, command: str, heavy: str) -> None:
    assert heavy_imports(program, *command.split()) <= set(heavy.split())


PROGRAM = "app completion completion.values exit_code lazy_group options"
PRINT_MODULES = """
import atexit, sys
from nncli.cli import main
ours = "nncli.cli."
atexit.register(lambda: print(*(name.removeprefix(ours) for name in sys.modules if name.startswith(ours))))
main()
"""


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("--version", ""),
        ("show", "commands commands.show output_paths"),
        ("why", "commands commands.why output_paths explain"),
        ("check tiny.yaml", "commands commands.check"),
        ("train tiny.yaml --epochs 1", "commands commands.train train_experiment training_output"),
    ],
)
def test_command_imports_only_its_own_module(program: Program, command: str, files: str) -> None:
    done = program.run([sys.executable, "-c", PRINT_MODULES, *command.split()])
    assert done.code == 0, done.err
    assert set(done.lines[-1].split()) == {*PROGRAM.split(), *files.split()}


def test_pydantic_plugins_are_skipped_unless_requested(program: Program, tmp_path: Path) -> None:
    (tmp_path / "a_plugin.py").write_text("import sys\nprint('plugged in', file=sys.stderr)\nplugin = None\n")
    (tmp_path / "a_plugin-1.dist-info").mkdir()
    (tmp_path / "a_plugin-1.dist-info" / "entry_points.txt").write_text("[pydantic]\na_plugin = a_plugin\n")
    path = f"{tmp_path}:{program.environment()['PYTHONPATH']}"
    assert "plugged in" not in program("check", "tiny.yaml", PYTHONPATH=path).err
    assert "plugged in" in program("check", "tiny.yaml", PYTHONPATH=path, PYDANTIC_DISABLE_PLUGINS="no").err


# Typer, and shellingham, which Typer always imports.
ALWAYS_IMPORTED = {"typer", "annotated_doc", "shellingham"}
COMMANDS = "nncli.cli nncli.errors nncli.escaping nncli.bundled_configs nncli.threads nncli.user_paths nncli.version"
COMMANDS += " nncli.start_up"
NAMES = "nncli.file_limits nncli.settings nncli.system nncli.text"


# Users wait for completion after pressing the tab key.
@pytest.mark.parametrize(
    ("line", "packages", "parts"),
    [
        ("tr", "", ""),
        ("plot --what ", "", "nncli.render nncli.text"),
        ("train ", "", ""),
        ("train configs/", "", ""),
        ("book ", "", "nncli.text"),
        ("eval --on ", "", ""),
        ("eval ", "", f"nncli.store nncli.run_names {NAMES}"),
        ("train tiny.yaml optimizer.", "yaml", f"nncli.config {NAMES}"),
        ("check tiny.yaml loss=", "yaml", f"nncli.config {NAMES}"),
        ("list ", "yaml", f"nncli.config {NAMES}"),
    ],
)
def test_completion_imports_only_what_it_needs(program: Program, line: str, packages: str, parts: str) -> None:
    done = program(*line.split(" "), _NNCLI_COMPLETE="zsh", PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    assert done.out
    names = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    ours = {".".join(name.split(".")[:2]) for name in names if name.startswith("nncli.")}
    assert ours == {*COMMANDS.split(), *parts.split()}
    assert not names & {"nncli.config.validate", "nncli.config.schema", "nncli.config.fields"}
    others = {spec.partition(".")[0] for spec in names} & installed()
    assert others == ALWAYS_IMPORTED | set(packages.split())


def installed() -> set[str]:
    """Return the top-level packages of all distributions except nncli and start-up hooks (names with `_`)."""
    return {name for name in packages_distributions() if not name.startswith("_")} - {"nncli"}


def test_threads_are_set_before_numpy_is_imported(program: Program, tmp_path: Path) -> None:
    """A finder prints the environment variable when NumPy is imported."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'numpy':\n"
        "            print('threads', os.environ.get('OPENBLAS_NUM_THREADS'), file=sys.stderr)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    path = f"{tmp_path}:{program.environment()['PYTHONPATH']}"
    for arguments, number in [(["--threads", "2"], "2"), (["--threads", "2", "precision=book"], "1")]:
        done = program("train", "tiny.yaml", "--epochs", "1", "-q", *arguments, PYTHONPATH=path)
        assert done.err.splitlines() == [f"threads {number}"]
