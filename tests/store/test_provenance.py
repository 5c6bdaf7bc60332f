"""Provenance in run.json: code, versions and machine."""

from __future__ import annotations

import json
import subprocess
from importlib import metadata

import numpy as np
from threadpoolctl import threadpool_info

import nncli
from nncli.store import provenance


def test_provenance_has_everything_to_repeat_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    info = provenance(["nncli", "train", "a.yaml"], 3)
    keys = ["command", "seed", "git", "versions", "host", "platform", "processor", "blas", "simd", "pid", "start"]
    assert list(info) == keys
    assert info["command"] == ["nncli", "train", "a.yaml"]
    assert info["seed"] == 3
    assert info["git"] == {"commit": None, "dirty": None}
    assert list(info["versions"]) == ["python", "nncli", "numpy", "nnfs"]
    assert (info["versions"]["nncli"], info["versions"]["numpy"]) == (nncli.__version__, np.__version__)
    assert info["versions"]["nnfs"] == metadata.version("nnfs")
    assert info["processor"]["vectors"] in ("AVX-512", "AVX2", "other")
    assert info["processor"]["model"]
    (library,) = (each for each in threadpool_info() if "numpy" in each["filepath"])
    assert info["blas"] == {
        "library": library["internal_api"],
        "version": library["version"],
        "kernels": library["architecture"],
        "threads": 1,
    }
    assert info["simd"] == np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    json.dumps(info, allow_nan=False)


def test_provenance_has_the_git_commit(tmp_path, monkeypatch):
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    monkeypatch.chdir(tmp_path)
    assert provenance([], 0)["git"] == {"commit": None, "dirty": None}
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "one")
    (tmp_path / "untracked").touch()
    assert provenance([], 0)["git"] == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    (tmp_path / "a").write_text("2")
    assert provenance([], 0)["git"]["dirty"] is True
    monkeypatch.setenv("PATH", "")
    assert provenance([], 0)["git"] == {"commit": None, "dirty": None}
