"""Locks, signals, processes, directory sync, and opening files in a viewer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nncli import system
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


def test_lock_ends_with_its_process(tmp_path):
    path = tmp_path / "file"
    with start(HOLDER, str(path)) as holder:
        assert holder.stdout.readline() == "True\n"
        assert is_locked(path)
        with path.open("ab") as file:
            assert not hold_lock(file)
        holder.kill()
    assert not is_locked(path)


def test_lock_ends_when_its_file_is_closed(tmp_path):
    path = tmp_path / "file"
    with path.open("ab") as file:
        assert not is_locked(path)
        assert hold_lock(file)
        assert is_locked(path)
    assert not is_locked(path)


def test_concurrent_checks_do_not_see_each_other(tmp_path):
    path = tmp_path / "file"
    path.touch()
    stop = time.monotonic() + 0.2
    answers: set[bool] = set()

    def check_lock() -> None:
        while time.monotonic() < stop:
            answers.add(is_locked(path))

    threads = [threading.Thread(target=check_lock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {False}


def test_missing_file_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        is_locked(tmp_path / "missing")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_first_signal_only_sets_the_flag(number, code):
    with start(WAITER.format(seconds=0)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == code


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [(signal.SIGINT, signal.SIGINT, 130), (signal.SIGINT, signal.SIGTERM, 143), (signal.SIGTERM, signal.SIGTERM, 143)],
)
def test_second_signal_quits_at_once(first, second, code):
    with start(WAITER.format(seconds=30)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
        assert process.stdout.readline() == "asked\n"
        time.sleep(0.15)
        process.send_signal(second)
        assert process.stdout.read() == ""
    assert process.returncode == code


def test_signal_and_its_echo_are_one_request():
    """`timeout` sends both, to the process and to its group."""
    with start(WAITER.format(seconds=0.2)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == 143


def test_ignored_interrupt_stays_ignored():
    script = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITER.format(seconds=0)
    with start(script) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "asked\nleft\n"
    assert process.returncode == 143


def test_previous_handlers_are_restored():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) != before[0]
        assert not interrupts.requested()
        assert interrupts.exit_code is ExitCode.DONE
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.requested()
        assert interrupts.exit_code is ExitCode.TERMINATED
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_do_not_change_handlers():
    results = []

    def enter() -> None:
        with Interrupts() as interrupts:
            results.append((signal.getsignal(signal.SIGINT), interrupts.requested()))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert results == [(signal.getsignal(signal.SIGINT), False)]


def test_processes_start_with_numpy_loaded():
    context = process_context()
    assert context.get_start_method() == "forkserver"
    with context.Pool(1) as pool:
        assert pool.apply(eval, ("'numpy' in __import__('sys').modules",))
        pool.close()
        pool.join()


def test_sync_directory(tmp_path):
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "missing")


def test_import_loads_no_heavy_module():
    script = "import sys, nncli.system; print({'multiprocessing', 'numpy'} & set(sys.modules))"
    with start(script, cwd=Path.cwd()) as process:
        assert process.stdout.read() == "set()\n"


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_sighup_and_sigusr1_count_as_sigterm(name):
    """In a separate process, because the tests may run with SIGHUP ignored, as under nohup."""
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


def install_opener(folder: Path, script: str, monkeypatch) -> None:
    """Make a fake opener the only program on the path."""
    path = folder / ("open" if sys.platform == "darwin" else "xdg-open")
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_show_file_passes_the_path_as_one_argument(tmp_path, monkeypatch):
    install_opener(tmp_path, f'echo "$#" "$1" > {tmp_path}/shown', monkeypatch)
    show_file(Path("a b; c.png"))
    assert (tmp_path / "shown").read_text() == "1 a b; c.png\n"


def test_failing_opener_is_reported(tmp_path, monkeypatch):
    install_opener(tmp_path, "exit 3", monkeypatch)
    with pytest.raises(NncliError, match="open failed"):
        show_file(tmp_path / "a.png")


def test_show_file_does_not_wait_for_the_opener(tmp_path, monkeypatch):
    monkeypatch.setattr("nncli.system.OPENING_SECONDS", 0.05)
    install_opener(tmp_path, f"echo $$ > {tmp_path}/pid\nexec /bin/sleep 60", monkeypatch)
    began = time.monotonic()
    show_file(tmp_path / "a.png")
    assert time.monotonic() - began < 10
    for _ in range(500):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
            break
        time.sleep(0.01)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


LIMIT = """
import resource
from nncli.system import memory_limit
resource.setrlimit(resource.RLIMIT_DATA, (10**9, resource.RLIM_INFINITY))
print(memory_limit())
"""


def test_memory_limit_is_that_of_ulimit():
    assert 0 < int(subprocess.run([sys.executable, "-c", LIMIT], capture_output=True, check=True).stdout) <= 10**9


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "5000\n"}, 5000),
        ("0::/a/b\n", {"a/b/memory.max": "3000\n", "a/memory.max": "5000\n"}, 3000),
        ("0::/outside\n", {"memory.max": "4000\n"}, 4000),
        ("4:cpu,memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": "2000\n"}, 2000),
        ("4:cpu:/a\n", {"memory/a/memory.limit_in_bytes": "2000\n", "a/memory.max": "5000\n"}, None),
    ],
)
def test_memory_limit_is_that_of_the_control_group(own, files, limit, tmp_path, monkeypatch):
    unlimited = system.memory_limit()
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(system, "CGROUPS", tmp_path)
    monkeypatch.setattr(system, "OWN_CGROUPS", tmp_path / "own")
    assert system.memory_limit() == (limit or unlimited)
