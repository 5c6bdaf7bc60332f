"""A command that is forked does what the one does that a user starts. So each command is also started here."""

from __future__ import annotations

import re
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from nncli.cli.lazy_group import names
from tests.cli.fork_server import ForkServer
from tests.cli.program import ENDLESS, SCRIPT, CompletedCommand, Program

TABLE = "size,price\n" + "".join(f"{n},{2 * n}\n" for n in range(1, 31))
# The others are run without arguments.
COMMANDS = """\
list optimizer
schema
book ch17-sine-1x64 --epochs 101
new prices --from table.csv --target price
check prices.yaml
train prices.yaml -q --epochs 20 train.snapshots=3
resume latest train.epochs=22 -q
repeat latest -q
eval latest
predict latest --data table.csv
show latest
why latest
diff latest latest
plot latest
film latest
report latest
lr-find prices.yaml -q
init-scan prices.yaml
sweep tiny.yaml layers.0.units=2,3 --workers 1 -q
runs
rm latest
clean
train absent.yaml
train prices.yaml train.epochs=x
"""


def shape(done: CompletedCommand, program: Program) -> tuple[int, list[str], list[str]]:
    """Return the exit code and the words of both streams, without digits and what depends on their number."""
    texts = (text.replace(str(program.folder), "") for text in (done.out, done.err))
    out, err = (re.sub(r"\d{8}-\d{6}-\w{4}|[\d.,]+(e[+-]?\d+)?|─+", "N", text).split() for text in texts)
    return done.code, out, err


@pytest.mark.long
def test_commands_do_the_same(tmp_path: Path) -> None:
    forked, fresh = Program(tmp_path / "a"), Program(tmp_path / "b")
    for program in (forked, fresh):
        program.write("table.csv", TABLE)
    lines = COMMANDS.splitlines()
    for line in [*lines, *sorted({*names()} - {line.split()[0] for line in lines})]:
        assert shape(forked(*line.split()), forked) == shape(fresh.fresh(*line.split()), fresh), line


def test_command_that_takes_too_long_is_killed(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    environment = program.environment()
    with closing(ForkServer(environment)) as server, pytest.raises(subprocess.TimeoutExpired) as raised:
        server.run(["nncli", "train", "endless.yaml"], program.folder, environment, 1)
    assert raised.value.stdout.startswith(b"runs/tiny/")


def test_installed_program_has_the_folder_streams_and_exit_code_of_its_caller(program: Program) -> None:
    folder = program.folder / "bin"
    folder.mkdir()
    program.write("check.sh", "mkdir -p a && cd a && echo 'loss: mse' | nncli check - name=x\necho $?\nnncli runs")
    with closing(ForkServer(program.environment())) as server:
        server.install(folder, SCRIPT)
        path = f"{folder}:{program.environment()['PATH']}"
        done = program.run(["bash", "check.sh"], PATH=path, NNCLI_RUNS_DIR="elsewhere")
    assert done == program.run(["bash", "-c", ". ./check.sh"], NNCLI_RUNS_DIR="elsewhere")
    assert done.out.startswith("2\n") and "elsewhere" in done.err
