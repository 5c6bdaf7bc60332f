"""A process that has imported nncli and forks commands from itself: a fifth of the time of starting Python for each.

A forked command has its own folder, environment, streams, process id and exit code, like one that a user starts. It
cannot show that nncli starts: that each module imports what it needs, and reads the environment early enough.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from tests.cli.fork_client import HEADER, fork, receive, receive_number, to_bytes

ROOT = Path(__file__).parents[2]
SERVE = "from tests.cli.fork_server import serve; serve()"
HEAVY = ("matplotlib.figure", "matplotlib.font_manager", "matplotlib.backends.backend_agg")
PROGRAM = """\
#!{python} -ISs
import sys
sys.path.append({root!r})
from tests.cli.fork_client import main
main({server!r}, {script!r})
"""


class ForkServer:
    """Starts the server, and asks it for commands."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = str(Path(self._folder.name) / "socket")
        paths = os.pathsep.join([str(ROOT), *filter(None, [environment.get("PYTHONPATH")])])
        env = {**environment, "HOME": self._folder.name, "PYTHONPATH": paths}
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path)
            listener.listen()
            command = [sys.executable, "-P", "-c", SERVE, str(listener.fileno())]
            self._process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, pass_fds=[listener.fileno()])

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run nncli with arguments, of which the first is its path, and an empty standard input.

        Raises subprocess.TimeoutExpired, after killing the command.
        """
        (stdin, end), (stdout, out), (stderr, err) = os.pipe(), os.pipe(), os.pipe()
        connection = fork(self.path, [*arguments], str(folder), dict(environment), [stdin, out, err])
        for fd in (stdin, end, out, err):
            os.close(fd)
        with connection, ThreadPoolExecutor(2) as readers:
            pid = receive_number(connection)
            late = threading.Timer(patience, os.kill, (pid, signal.SIGKILL))
            late.start()
            texts = [*readers.map(_read, (stdout, stderr))]
            code = receive_number(connection)
            late.cancel()
        if code == -signal.SIGKILL:
            raise subprocess.TimeoutExpired([*arguments], patience, *texts)
        return subprocess.CompletedProcess([*arguments], code, *texts)

    def install(self, folder: Path, script: Path) -> None:
        """Write a program `nncli` to a folder that lets the server fork what the script would start."""
        path = folder / "nncli"
        program = PROGRAM.format(python=sys.executable, root=str(ROOT), server=self.path, script=str(script))
        path.write_text(program)
        path.chmod(0o755)

    def close(self) -> None:
        """End the server."""
        self._process.communicate()
        self._folder.cleanup()


@functools.cache
def fork_server(environment: tuple[tuple[str, str], ...]) -> ForkServer:
    """Return the server with an environment; it is started when it is first used, and ends when this process does."""
    server = ForkServer(dict(environment))
    atexit.register(server.close)
    return server


def serve() -> None:
    """Fork a process for each connection, until standard input ends."""
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # none of the processes is waited for
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        while True:
            ready, _, _ = select.select([0, listener], [], [])
            if 0 in ready:
                return
            connection, _ = listener.accept()
            if not os.fork():
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _answer(connection)


def _answer(connection: socket.socket) -> None:
    """Fork the command that a client asks for, and send its process id and exit code."""
    header, fds, _, _ = socket.recv_fds(connection, HEADER, 3)
    arguments, folder, environment = json.loads(receive(connection, int.from_bytes(header, "big")))
    if not (pid := os.fork()):
        connection.close()
        _run(arguments, folder, environment, fds)
    connection.sendall(to_bytes(pid))
    for fd in fds:
        os.close(fd)
    _, status = os.waitpid(pid, 0)
    connection.sendall(to_bytes(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _import_all() -> None:
    """Import what commands do, as they do: with one BLAS thread, and without plugins of pydantic."""
    from nncli import start_up, threads

    start_up.skip_pydantic_plugins()
    threads.pin()
    for module in pkgutil.walk_packages([str(ROOT / "nncli")], "nncli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in HEAVY:
        importlib.import_module(name)
    gc.freeze()


def _run(arguments: Sequence[str], folder: str, environment: Mapping[str, str], fds: Sequence[int]) -> NoReturn:
    """Become the command."""
    for stream, fd in enumerate(fds):
        os.dup2(fd, stream)
        os.close(fd)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", errors="backslashreplace", buffering=1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [*arguments]
    from nncli.cli import main

    try:
        main()
    except SystemExit as ended:
        # As at the end of Python, but without its taking apart all that was imported, which takes 0.1 s.
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stderr.flush()
        os._exit(int(ended.code or 0))


def _read(fd: int) -> bytes:
    with open(fd, "rb") as stream:
        return stream.read()
