"""Files are written atomically, and errors of the system are reported in one line."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nncli.errors import NncliError
from nncli.store.atomic import atomic_write, write_bytes, write_json, write_text


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_bytes_and_text_are_written_verbatim(tmp_path):
    write_bytes(tmp_path / "a", b"\0\xff")
    write_text(tmp_path / "b", "é\r\nβ")
    assert (tmp_path / "a").read_bytes() == b"\0\xff"
    assert (tmp_path / "b").read_bytes() == "é\r\nβ".encode()
    assert names(tmp_path) == ["a", "b"]


def test_json_keeps_all_digits_and_writes_nan_as_null(tmp_path):
    path = tmp_path / "a.json"
    value = {"x": 0.1 + 0.2, "nan": float("nan"), "in": [float("inf"), {"deep": (-float("inf"), 1)}], "é": True}
    write_json(path, value)
    assert path.read_text(encoding="utf-8") == (
        '{\n  "x": 0.30000000000000004,\n  "nan": null,\n  "in": [\n    null,\n    {\n      "deep": [\n'
        '        null,\n        1\n      ]\n    }\n  ],\n  "é": true\n}\n'
    )


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"empty": [{}, [], ()], "nested": [[1], {"a": {"b": None}}]},
        {"numbers": [0, -1, 10**20, 0.1, -0.0, 1e-7, 1e300, np.float64(0.1)], "flags": [True, False]},
        {'"quoted" \\ é \n \x00 \u2028': 'the same: "quoted" \\ é \n \x00 \u2028'},
    ],
)
def test_json_has_the_form_of_json_dumps(tmp_path, value):
    write_json(tmp_path / "a.json", value)
    expected = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    assert (tmp_path / "a.json").read_bytes() == expected.encode()


def test_json_keeps_arguments_that_are_not_utf8(tmp_path):
    argument = os.fsdecode(b"runs/\xff.yaml")
    write_json(tmp_path / "a.json", {"command": [argument]})
    assert json.loads((tmp_path / "a.json").read_bytes()) == {"command": [argument]}


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        (errno.ENOSPC, ["no space left on device", "free some space, or choose another disk with --runs-dir"]),
        (errno.EROFS, ["read-only file system", "use --runs-dir to choose a folder that you can write to"]),
        (errno.EIO, ["input/output error"]),
    ],
)
def test_os_errors_become_one_nncli_error(tmp_path, monkeypatch, number, lines):
    path = tmp_path / "a"
    path.write_text("old")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(NncliError) as caught:
        write_text(path, "new")
    assert caught.value.lines() == [f"{path}: cannot be written: {lines[0]}", *(f"hint: {hint}" for hint in lines[1:])]
    assert names(tmp_path) == ["a"]
    assert path.read_text() == "old"


def test_missing_directory_is_reported(tmp_path):
    path = tmp_path / "gone" / "a"
    with pytest.raises(NncliError) as caught:
        write_text(path, "")
    assert str(caught.value) == f"{path}: cannot be written: no such file or directory"


def test_directory_at_the_path_is_reported(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(NncliError, match="cannot be written: is a directory"):
        write_text(tmp_path / "a", "")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_other_errors_propagate_and_leave_no_temporary_file(tmp_path, error):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_kill_at_any_moment_leaves_a_complete_file(tmp_path):
    path = tmp_path / "a.json"
    script = (
        "import sys, pathlib\nfrom nncli.store.atomic import write_json\n"
        "for i in range(10**9): write_json(pathlib.Path(sys.argv[1]), {'i': [i] * 20_000})"
    )
    for wait in (0.0, 0.004, 0.011):
        process = subprocess.Popen([sys.executable, "-c", script, str(path)])
        while not path.exists():
            time.sleep(0.002)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(set(json.loads(path.read_text())["i"])) == 1
        path.unlink()
