"""Locks end with their process, the first signal asks, the second quits, and processes start with NumPy loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nncli.errors import ExitCode, NncliError
from nncli.system import Interrupts, hold_lock, is_locked, process_context, show_file, sync_directory

HOLDER = """
import sys, time
from nncli.system import hold_lock
file = open(sys.argv[1], "ab")
print(hold_lock(file), flush=True)
time.sleep(60)
"""
WAITER = """
import time
from nncli.system import Interrupts
with Interrupts() as interrupts:
    print("ready", flush=True)
    while not interrupts.requested():
        time.sleep(0.005)
    print("asked", flush=True)
    time.sleep({seconds})
print("left", flush=True)
raise SystemExit(interrupts.exit_code)
"""


def start(script: str, *arguments: str, **options) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def test_a_lock_ends_with_its_process(tmp_path):
    path = tmp_path / "file"
    with start(HOLDER, str(path)) as holder:
        assert holder.stdout.readline() == "True\n"
        assert is_locked(path)
        with path.open("ab") as file:
            assert not hold_lock(file)
        holder.kill()
    assert not is_locked(path)


def test_a_lock_ends_with_its_file(tmp_path):
    path = tmp_path / "file"
    with path.open("ab") as file:
        assert not is_locked(path)
        assert hold_lock(file)
        assert is_locked(path)
    assert not is_locked(path)


def test_those_who_ask_do_not_take_each_other_for_the_holder(tmp_path):
    path = tmp_path / "file"
    path.touch()
    stop = time.monotonic() + 0.2
    answers: set[bool] = set()

    def ask() -> None:
        while time.monotonic() < stop:
            answers.add(is_locked(path))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {False}


def test_a_missing_file_has_no_answer(tmp_path):
    with pytest.raises(FileNotFoundError):
        is_locked(tmp_path / "missing")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_only_asks(number, code):
    with start(WAITER.format(seconds=0)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == code


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [(signal.SIGINT, signal.SIGINT, 130), (signal.SIGINT, signal.SIGTERM, 143), (signal.SIGTERM, signal.SIGTERM, 143)],
)
def test_the_second_signal_quits_at_once(first, second, code):
    with start(WAITER.format(seconds=30)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
        assert process.stdout.readline() == "asked\n"
        time.sleep(0.15)
        process.send_signal(second)
        assert process.stdout.read() == ""
    assert process.returncode == code


def test_a_signal_and_its_echo_are_one_request():
    """As `timeout` sends them, to the process and to its group."""
    with start(WAITER.format(seconds=0.2)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == 143


def test_an_ignored_interrupt_stays_ignored():
    script = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITER.format(seconds=0)
    with start(script) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == 143


def test_what_was_before_is_restored():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) != before[0]
        assert not interrupts.requested()
        assert interrupts.exit_code is ExitCode.DONE
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.requested()
        assert interrupts.exit_code is ExitCode.TERMINATED
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_leave_the_signals_alone():
    found = []

    def enter() -> None:
        with Interrupts() as interrupts:
            found.append((signal.getsignal(signal.SIGINT), interrupts.requested()))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [(signal.getsignal(signal.SIGINT), False)]


def test_processes_start_with_numpy_loaded():
    context = process_context()
    assert context.get_start_method() == "forkserver"
    with context.Pool(1) as pool:
        assert pool.apply(eval, ("'numpy' in __import__('sys').modules",))
        pool.close()
        pool.join()


def test_a_directory_is_synced(tmp_path):
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "missing")


def test_importing_it_starts_nothing_heavy():
    script = "import sys, nncli.system; print({'multiprocessing', 'numpy'} & set(sys.modules))"
    with start(script, cwd=Path.cwd()) as process:
        assert process.stdout.read() == "set()\n"


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_a_closed_terminal_and_the_warning_of_a_batch_system_count_as_sigterm(name):
    """In a process of its own, since whoever runs the tests may have SIGHUP ignored, as nohup does."""
    code = (
        "import os, signal\n"
        f"signal.signal(signal.{name}, signal.SIG_DFL)\n"
        "from nncli.system import Interrupts\n"
        "with Interrupts() as interrupts:\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    print(interrupts.requested(), int(interrupts.exit_code))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True 143\n"


def viewer(folder: Path, script: str, monkeypatch) -> None:
    """Puts a stand-in for the system's opener alone on the path."""
    path = folder / ("open" if sys.platform == "darwin" else "xdg-open")
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_file_is_shown_by_the_systems_opener_as_one_argument(tmp_path, monkeypatch):
    viewer(tmp_path, f'echo "$#" "$1" > {tmp_path}/shown', monkeypatch)
    show_file(Path("a b; c.png"))
    assert (tmp_path / "shown").read_text() == "1 a b; c.png\n"


def test_an_opener_that_fails_is_told(tmp_path, monkeypatch):
    viewer(tmp_path, "exit 3", monkeypatch)
    with pytest.raises(NncliError, match="open failed"):
        show_file(tmp_path / "a.png")


def test_an_opener_that_stays_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("nncli.system.OPENING_SECONDS", 0.05)
    viewer(tmp_path, f"echo $$ > {tmp_path}/pid\nexec /bin/sleep 60", monkeypatch)
    began = time.monotonic()
    show_file(tmp_path / "a.png")
    assert time.monotonic() - began < 10
    for _ in range(500):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
            break
        time.sleep(0.01)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
