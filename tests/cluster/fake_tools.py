"""`ssh`, `sbatch` and `srun` that run their commands on this machine."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

SSH = """\
#!/bin/bash
# ssh HOST COMMAND
setsid bash -c "$2" & echo $! >> "$FAKE_TOOLS/sessions"
wait $!
"""
SBATCH = """\
#!/bin/bash
# sbatch SCRIPT: waits for the end of the job, unlike Slurm
export SLURM_JOB_ID=$$ SLURM_CPUS_PER_TASK=1
setsid bash "$1" > "slurm-$$.out" 2> "$FAKE_TOOLS/job.err" & echo $! | tee -a "$FAKE_TOOLS/sessions"
wait $! || { cat "$FAKE_TOOLS/job.err" >&2; exit 1; }
"""
SRUN = """\
#!/bin/bash
# srun COMMAND: on two nodes
"$@" & "$@" & wait
"""
HOSTNAME = """\
#!/bin/bash
echo 127.0.0.1
"""
TOOLS = {"ssh": SSH, "sbatch": SBATCH, "srun": SRUN, "hostname": HOSTNAME}


@contextmanager
def fake_tools(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Add the tools to an environment, and kill at the end what they have started."""
    folder.mkdir()
    for name, script in TOOLS.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    try:
        yield {**environment, "FAKE_TOOLS": str(folder), "PATH": f"{folder}{os.pathsep}{environment['PATH']}"}
    finally:
        sessions = folder / "sessions"
        for pid in map(int, sessions.read_text().split() if sessions.exists() else ()):
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def on_this_machine(script: str) -> str:
    """Return a script with the names of other machines and the usual port replaced."""
    if "node1" not in script:
        return script
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return script.replace("node1", "127.0.0.1").replace("node2", "127.0.0.1").replace("8786", str(port))
