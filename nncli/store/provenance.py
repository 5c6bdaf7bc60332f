"""Provenance of a run in run.json: when, where and with which versions it was trained."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from nncli import threads
from nncli.version import __version__

GIT_SECONDS = 2.0
CPU_TABLE = Path("/proc/cpuinfo")


def provenance(argv: Sequence[str], seed: int) -> dict[str, Any]:
    """Return command line, commit, versions, machine and start time, with None for unknown values."""
    import platform  # imported here, like subprocess and metadata below, because readers of runs need none of them

    current = environment()
    return {
        "command": list(argv),
        "seed": seed,
        "git": _git(),
        "versions": _versions(),
        "host": platform.node(),
        "platform": platform.platform(),
        **{key: current[key] for key in ("processor", "blas", "simd")},
        "pid": os.getpid(),
        "start": timestamp(),
    }


def environment() -> dict[str, Any]:
    """Return what can change the last digits of a result: processor, NumPy, BLAS and vector instructions."""
    import platform

    import numpy

    return {
        "processor": _processor(platform.machine()),
        "versions": {"numpy": numpy.__version__},
        "blas": {**threads.blas()._asdict(), "threads": threads.count()},
        "simd": _simd(),
    }


def threads_of(info: Mapping[str, Any]) -> int | None:
    """Return the number of BLAS threads that a run was trained with, None if its run.json has no usable number."""
    blas = info.get("blas")
    count = blas.get("threads") if isinstance(blas, dict) else None
    return count if type(count) is int and 1 <= count <= (os.cpu_count() or 1) else None


def timestamp() -> str:
    """Return the current time in ISO 8601 with the local UTC offset."""
    return datetime.now().astimezone().isoformat()


def _git() -> dict[str, Any]:
    """Return the commit of the working directory, and whether a tracked file differs from it."""
    import subprocess

    # No lock, because parallel jobs would block each other and the user; no fsmonitor, because git would start it.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false"]
    command += ["status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    unknown = {"commit": None, "dirty": None}
    try:
        lines = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=GIT_SECONDS
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return unknown
    commits = [line.split()[-1].decode() for line in lines if line.startswith(b"# branch.oid ")]
    if not commits or commits[0] == "(initial)":
        return unknown
    return {"commit": commits[0], "dirty": any(not line.startswith(b"#") for line in lines)}


def _versions() -> dict[str, str | None]:
    from importlib import metadata

    import numpy

    versions: dict[str, str | None] = {"python": sys.version.split()[0], "nncli": __version__}
    versions |= {"numpy": numpy.__version__, "nnfs": None}
    with suppress(metadata.PackageNotFoundError):
        versions["nnfs"] = metadata.version("nnfs")  # from the metadata: not every training imports it
    return versions


def _simd() -> list[str]:
    """Return the vector instructions beyond the baseline that NumPy's loops use on this machine, as for exp."""
    import numpy as np

    names = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return [str(name) for name in names]


def _processor(default: str) -> dict[str, str]:
    """Return the processor's model, and the vector instructions on which the last bits of exp and dot depend."""
    fields: dict[str, str] = {}
    try:
        with CPU_TABLE.open(encoding="utf-8", errors="replace") as table:
            for line in table:
                if not line.strip():
                    break  # the other cores are the same
                key, _, value = line.partition(":")
                fields[key.strip()] = value.strip()
    except OSError:
        pass
    flags = fields.get("flags", "").split()
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "other"
    return {"model": fields.get("model name", default), "vectors": vectors}
