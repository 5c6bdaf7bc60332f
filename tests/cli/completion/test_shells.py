"""`--install-completion` and `--show-completion`, and the scripts in each installed shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Program, wait_until
from tests.cli.terminal import terminal

# The startup file of each shell, a line for it that sets the prompt, and the path of the completion script.
SHELLS = {
    "bash": (".bashrc", "PS1='ready> '", ".local/share/nncli/nncli.bash"),
    "zsh": (".zshrc", "PS1='ready> '", ".local/share/nncli/nncli.zsh"),
    "fish": (
        ".config/fish/config.fish",
        "function fish_prompt; echo 'ready> '; end",
        ".config/fish/completions/nncli.fish",
    ),
}
INSTALLED = [shell for shell in SHELLS if shutil.which(shell)]
every_shell = pytest.mark.parametrize("shell", SHELLS)


def write_startup_file(program: Program, shell: str) -> None:
    """Write the startup file of a shell, without a newline at its end."""
    (program.folder / ".config" / "fish").mkdir(parents=True)
    program.write(SHELLS[shell][0], SHELLS[shell][1])


@every_shell
def test_show_completion_prints_the_script(program: Program, shell: str) -> None:
    done = program("--show-completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_NNCLI_COMPLETE={shell}" in done.out
    assert done.out.endswith("\n")


@every_shell
def test_installing_twice_adds_one_line(program: Program, shell: str) -> None:
    write_startup_file(program, shell)
    for _ in range(2):
        done = program("--install-completion", shell)
        assert (done.code, done.out) == (0, f"{program.folder / SHELLS[shell][2]}\n")
        assert done.err == f"start a new {shell} to use completion\n"
    assert (program.folder / SHELLS[shell][2]).read_text() == program("--show-completion", shell).out
    line = "" if shell == "fish" else f"\nsource {program.folder / SHELLS[shell][2]}\n"
    assert (program.folder / SHELLS[shell][0]).read_text() == SHELLS[shell][1] + line


def test_installing_follows_a_link_to_a_missing_startup_file(program: Program) -> None:
    (program.folder / ".bashrc").symlink_to(program.folder / "dotfiles")
    assert program("--install-completion", "bash").code == 0
    assert (program.folder / ".bashrc").is_symlink()
    assert (program.folder / "dotfiles").read_text().startswith("source ")


def test_installing_respects_xdg_and_zdotdir(program: Program) -> None:
    done = program("--install-completion", "zsh", XDG_DATA_HOME=f"{program.folder}/d d", ZDOTDIR=str(program.folder))
    assert done.out == f"{program.folder}/d d/nncli/nncli.zsh\n"
    assert (program.folder / ".zshrc").read_text() == f"source '{program.folder}/d d/nncli/nncli.zsh'\n"
    done = program("--install-completion", "fish", XDG_CONFIG_HOME=str(program.folder / "c"))
    assert done.out == f"{program.folder}/c/fish/completions/nncli.fish\n"


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_installing_in_an_unwritable_place_suggests_show_completion(program: Program, shell: str) -> None:
    for name in (".local", ".config"):
        program.write(name, "in the way")
    done = program("--install-completion", shell)
    hint = f"save the output of `nncli --show-completion {shell}` elsewhere and source it from your shell"
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0].endswith(": cannot be written: not a directory")
    assert done.err.splitlines()[1:] == [f"hint: {hint}"]


@every_shell
def test_an_unknown_shell_is_refused(program: Program, shell: str) -> None:
    for option in ("--install-completion", "--show-completion"):
        done = program(option, f"{shell}2")
        assert (done.code, done.out) == (2, "")
        assert "bash" in done.err


# Keys to type, with tabs that complete, and the resulting line as `echo` prints it.
LINES = [
    ("nncli tr\tconfigs/si\t-q", "nncli train configs/sine.yaml -q"),
    ("nncli runs --filter 'loss<1 and optimizer.ty\t=adam'", "nncli runs --filter loss<1 and optimizer.type=adam"),
    ("nncli check broken.yaml optimizer.learning_r\t1", "nncli check broken.yaml optimizer.learning_rate=1"),
    ("nncli train co\tboo\tch16\t-q", "nncli train configs/book/ch16-spiral.yaml -q"),
    ("nncli train tiny.yaml train.epochs=3 loss=ma\tseed=1", "nncli train tiny.yaml train.epochs=3 loss=mae seed=1"),
    (
        "nncli check tiny.yaml optimizer.type=sg\toptimizer.m\t1",
        "nncli check tiny.yaml optimizer.type=sgd optimizer.momentum=1",
    ),
    ("nncli check tiny.yaml optimizer.learning_r\t0.1", "nncli check tiny.yaml optimizer.learning_rate=0.1"),
    ("nncli eval --on=te\tlat\t-h", "nncli eval --on=test latest -h"),
    ("nncli eval --runs-dir broken.yaml lat\t", "nncli eval --runs-dir broken.yaml lat"),
    ("nncli check my\tinit.sc\t2", "nncli check my spec.yaml init.scale=2"),
    ("nncli check 'my\tinit.sc\t2", "nncli check my spec.yaml init.scale=2"),
    ("nncli check a:\tinit.sc\t0", "nncli check a:b.yaml init.scale=0"),
    ("nncli runs --sort -regression_\t-h", "nncli runs --sort -regression_accuracy -h"),
    ("nncli runs --columns run,regression_\t-h", "nncli runs --columns run,regression_accuracy -h"),
    ("nncli predict --data x=\tlat\t-h", "nncli predict --data x=1.csv latest -h"),
]


def read_once_written(path: Path) -> str:
    """Wait until a file has content, and return it."""
    return str(wait_until(lambda: path.exists() and path.read_text(), path.name))


@pytest.mark.parametrize(
    "lines", [pytest.param(LINES[:3], id="some"), pytest.param(LINES, id="all", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("shell", INSTALLED)
def test_lines_are_completed_in_the_shell(program: Program, shell: str, lines: list[tuple[str, str]]) -> None:
    write_startup_file(program, shell)
    program.write("broken.yaml", "layers: [{")
    program.write("x=1.csv", "")
    for name in ("my spec.yaml", "a:b.yaml"):
        program.write(name, "init: normal")
    program.train()
    program("--install-completion", shell)
    with terminal(program, "-i", command=[shutil.which(shell) or ""]) as screen:
        screen.wait_for("ready> ")
        for number, (keys, line) in enumerate(lines):
            screen.type(f"{keys}\x01echo \x05 > line{number}\r")  # Ctrl-A: start of line, Ctrl-E: end
            assert read_once_written(program.folder / f"line{number}") == f"{line}\n", screen.text
    assert "Traceback" not in screen.text
    assert "broken.yaml:" not in screen.text
