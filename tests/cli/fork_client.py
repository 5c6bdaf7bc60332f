"""Ask a fork server for a command. This is also the program `nncli` that `install` writes, so it imports little."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

HEADER = 8  # bytes of each number that is sent


def fork(server: str, arguments: list[str], folder: str, environment: dict[str, str], fds: list[int]) -> socket.socket:
    """Start a command whose first three file descriptors are `fds`; its process id and then its exit code follow."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    request = json.dumps([arguments, folder, environment]).encode()
    socket.send_fds(connection, [to_bytes(len(request))], fds)
    connection.sendall(request)
    return connection


def to_bytes(number: int) -> bytes:
    """Return a number as it is sent."""
    return number.to_bytes(HEADER, "big", signed=True)


def receive_number(connection: socket.socket) -> int:
    """Return the next number."""
    return int.from_bytes(receive(connection, HEADER), "big", signed=True)


def receive(connection: socket.socket, count: int) -> bytes:
    """Return the next bytes, which may arrive in parts."""
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        assert part, "the other side has ended"
        data += part
    return data


def main(server: str, script: str) -> None:
    """Be the command that the server forks: with the streams, folder, environment and exit code of this process."""
    folder = os.getcwd()  # noqa: PTH109 - pathlib takes as long to import as the rest
    with fork(server, [script, *sys.argv[1:]], folder, dict(os.environ), [0, 1, 2]) as connection:
        receive_number(connection)
        code = receive_number(connection)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
