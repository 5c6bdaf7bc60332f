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
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVE = "from tests.cli.fork_server import serve; serve()"
HEAVY = ("matplotlib.figure", "matplotlib.font_manager", "matplotlib.backends.backend_agg")
HEADER = 8  # bytes of each number that is sent


class ForkServer:
    """The client's side."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._home = tempfile.TemporaryDirectory()
        self._connection, theirs = socket.socketpair()
        paths = os.pathsep.join([str(ROOT), *filter(None, [environment.get("PYTHONPATH")])])
        env = {**environment, "HOME": self._home.name, "PYTHONPATH": paths}
        self._process = subprocess.Popen([sys.executable, "-P", "-c", SERVE], env=env, stdin=theirs)
        theirs.close()

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run nncli with arguments, of which the first is its path, and an empty standard input.

        Raises subprocess.TimeoutExpired, after killing the command.
        """
        request = json.dumps([*map(list, (arguments, environment.items())), str(folder)]).encode()
        (stdin, end), (stdout, out), (stderr, err) = os.pipe(), os.pipe(), os.pipe()
        with self._lock, ThreadPoolExecutor(2) as readers:
            socket.send_fds(self._connection, [_bytes(len(request))], [stdin, out, err])
            for fd in (stdin, end, out, err):
                os.close(fd)
            self._connection.sendall(request)
            pid = self._receive()
            late = threading.Timer(patience, os.kill, (pid, signal.SIGKILL))
            late.start()
            texts = [*readers.map(_read, (stdout, stderr))]
            code = self._receive()
            late.cancel()
        if code == -signal.SIGKILL:
            raise subprocess.TimeoutExpired([*arguments], patience, *texts)
        return subprocess.CompletedProcess([*arguments], code, *texts)

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        self._process.wait()
        self._home.cleanup()

    def _receive(self) -> int:
        return int.from_bytes(_receive(self._connection, HEADER), signed=True)


@functools.cache
def fork_server(environment: tuple[tuple[str, str], ...]) -> ForkServer:
    """Return the server with an environment; it is started when it is first used, and ends when this process does."""
    server = ForkServer(dict(environment))
    atexit.register(server.close)
    return server


def serve() -> None:
    """Fork a command for each request that standard input, a socket, brings."""
    with socket.socket(fileno=os.dup(0)) as connection:
        _import_all()
        while True:
            header, fds, _, _ = socket.recv_fds(connection, HEADER, 3)
            if not header:
                return
            arguments, environment, folder = json.loads(_receive(connection, int.from_bytes(header)))
            if not (pid := os.fork()):
                break
            for fd in fds:
                os.close(fd)
            connection.sendall(_bytes(pid))
            _, status = os.waitpid(pid, 0)
            connection.sendall(_bytes(os.waitstatus_to_exitcode(status)))
    _run(arguments, environment, folder, fds)


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


def _run(arguments: Sequence[str], environment: Sequence[tuple[str, str]], folder: str, fds: Sequence[int]) -> None:
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


def _bytes(number: int) -> bytes:
    return number.to_bytes(HEADER, signed=True)


def _receive(connection: socket.socket, count: int) -> bytes:
    """Return the next bytes, which may arrive in parts."""
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        assert part, "the other side has ended"
        data += part
    return data


def _read(fd: int) -> bytes:
    with open(fd, "rb") as stream:
        return stream.read()
