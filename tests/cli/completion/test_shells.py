"""`--install-completion` and `--show-completion`, and the scripts at work in the shells that are here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Program, wait_until
from tests.cli.terminal import terminal

# The file that a shell reads, a prompt to wait for, and where the script goes.
OWN = {
    "bash": (".bashrc", "PS1='ready> '", ".local/share/nncli/nncli.bash"),
    "zsh": (".zshrc", "PS1='ready> '", ".local/share/nncli/nncli.zsh"),
    "fish": (
        ".config/fish/config.fish",
        "function fish_prompt; echo 'ready> '; end",
        ".config/fish/completions/nncli.fish",
    ),
}
HERE = [shell for shell in OWN if shutil.which(shell)]
every_shell = pytest.mark.parametrize("shell", OWN)


def prepared(program: Program, shell: str) -> None:
    """The shell's own file, without a line's end."""
    (program.folder / ".config" / "fish").mkdir(parents=True)
    program.write(OWN[shell][0], OWN[shell][1])


@every_shell
def test_the_script_is_shown(program: Program, shell: str) -> None:
    done = program("--show-completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_NNCLI_COMPLETE={shell}" in done.out
    assert done.out.endswith("\n")


@every_shell
def test_it_is_installed_once(program: Program, shell: str) -> None:
    prepared(program, shell)
    for _ in range(2):
        done = program("--install-completion", shell)
        assert (done.code, done.out) == (0, f"{program.folder / OWN[shell][2]}\n")
        assert done.err == f"start a new {shell} to use completion\n"
    assert (program.folder / OWN[shell][2]).read_text() == program("--show-completion", shell).out
    line = "" if shell == "fish" else f"\nsource {program.folder / OWN[shell][2]}\n"
    assert (program.folder / OWN[shell][0]).read_text() == OWN[shell][1] + line


def test_a_shells_own_file_may_be_a_link_and_need_not_be_there(program: Program) -> None:
    (program.folder / ".bashrc").symlink_to(program.folder / "dotfiles")
    assert program("--install-completion", "bash").code == 0
    assert (program.folder / ".bashrc").is_symlink()
    assert (program.folder / "dotfiles").read_text().startswith("source ")


def test_other_places(program: Program) -> None:
    done = program("--install-completion", "zsh", XDG_DATA_HOME=f"{program.folder}/d d", ZDOTDIR=str(program.folder))
    assert done.out == f"{program.folder}/d d/nncli/nncli.zsh\n"
    assert (program.folder / ".zshrc").read_text() == f"source '{program.folder}/d d/nncli/nncli.zsh'\n"
    done = program("--install-completion", "fish", XDG_CONFIG_HOME=str(program.folder / "c"))
    assert done.out == f"{program.folder}/c/fish/completions/nncli.fish\n"


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_where_nothing_can_be_written(program: Program, shell: str) -> None:
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


# What is typed, with a tab where the shell is asked to complete, and what the line is then, as `echo` prints it.
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


def written(path: Path) -> str:
    """What a file holds, once it holds something."""
    return str(wait_until(lambda: path.exists() and path.read_text(), path.name))


@pytest.mark.parametrize(
    "lines", [pytest.param(LINES[:3], id="some"), pytest.param(LINES, id="all", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("shell", HERE)
def test_lines_typed_in_the_shell_itself(program: Program, shell: str, lines: list[tuple[str, str]]) -> None:
    prepared(program, shell)
    program.write("broken.yaml", "layers: [{")
    program.write("x=1.csv", "")
    for name in ("my spec.yaml", "a:b.yaml"):
        program.write(name, "init: normal")
    program.train()
    program("--install-completion", shell)
    with terminal(program, "-i", command=[shutil.which(shell) or ""]) as screen:
        screen.wait_for("ready> ")
        for number, (keys, line) in enumerate(lines):
            screen.type(f"{keys}\x01echo \x05 > line{number}\r")  # to the line's start, and to its end
            assert written(program.folder / f"line{number}") == f"{line}\n", screen.text
    assert "Traceback" not in screen.text
    assert "broken.yaml:" not in screen.text
