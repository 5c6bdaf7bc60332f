"""Where, when and with what a run was made: what run.json says so that it can be made again."""

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
    """Collects command line, code, versions, machine and time; null where something cannot be found out."""
    import platform  # here, as subprocess and metadata below: readers of runs need none of them

    here = environment()
    return {
        "command": list(argv),
        "seed": seed,
        "git": _git(),
        "versions": _versions(),
        "host": platform.node(),
        "platform": platform.platform(),
        **{key: here[key] for key in ("processor", "blas", "simd")},
        "pid": os.getpid(),
        "start": stamp(),
    }


def environment() -> dict[str, Any]:
    """Return what the last digits of a number hang on: processor, NumPy, its BLAS and its vector instructions."""
    import platform

    import numpy

    return {
        "processor": _processor(platform.machine()),
        "versions": {"numpy": numpy.__version__},
        "blas": {**threads.blas()._asdict(), "threads": threads.count()},
        "simd": _simd(),
    }


def threads_of(info: Mapping[str, Any]) -> int | None:
    """Return with how many BLAS threads a run was trained, None if its run.json has no usable number."""
    blas = info.get("blas")
    count = blas.get("threads") if isinstance(blas, dict) else None
    return count if type(count) is int and 1 <= count <= (os.cpu_count() or 1) else None


def stamp() -> str:
    """The time now, as ISO 8601 with the offset of local time."""
    return datetime.now().astimezone().isoformat()


def _git() -> dict[str, Any]:
    """The commit of the current directory, and whether a file that git knows differs from it."""
    import subprocess

    # No lock, since parallel jobs would stop each other and the user; no fsmonitor, since that is a program to run.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false"]
    command += ["status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    nothing = {"commit": None, "dirty": None}
    try:
        found = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=GIT_SECONDS
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return nothing
    commits = [line.split()[-1].decode() for line in found if line.startswith(b"# branch.oid ")]
    if not commits or commits[0] == "(initial)":
        return nothing
    return {"commit": commits[0], "dirty": any(not line.startswith(b"#") for line in found)}


def _versions() -> dict[str, str | None]:
    from importlib import metadata

    import numpy

    versions: dict[str, str | None] = {"python": sys.version.split()[0], "nncli": __version__}
    versions |= {"numpy": numpy.__version__, "nnfs": None}
    with suppress(metadata.PackageNotFoundError):
        versions["nnfs"] = metadata.version("nnfs")  # which not every training imports
    return versions


def _simd() -> list[str]:
    """Return the vector instructions beyond its baseline that NumPy's own loops use here, as for exp."""
    import numpy as np

    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return [str(name) for name in found]


def _processor(otherwise: str) -> dict[str, str]:
    """The processor's model, and the vector instructions on which the last bits of exp and dot depend."""
    first: dict[str, str] = {}
    try:
        with CPU_TABLE.open(encoding="utf-8", errors="replace") as table:
            for line in table:
                if not line.strip():
                    break  # the others are the same
                key, _, value = line.partition(":")
                first[key.strip()] = value.strip()
    except OSError:
        pass
    flags = first.get("flags", "").split()
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "other"
    return {"model": first.get("model name", otherwise), "vectors": vectors}
