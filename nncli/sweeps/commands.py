"""The trainings of a sweep as commands, for shells and for Slurm."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from nncli.errors import UsageError
from nncli.sweeps.plan import SweepPlan

SCRIPT = """\
#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:USR1@120

# Each task of the array trains one line. Two minutes before its time is over, Slurm signals the shell, which `exec` has
# replaced by the training, so that it saves its run.
training=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" <<'TRAININGS'
{commands}
TRAININGS
)
eval "exec $training"
"""

CLUSTER_SCRIPT = """\
#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --signal=B:USR1@120

# The first node runs the scheduler and the sweep; all nodes train. Two minutes before the time is over, Slurm signals
# this shell, which passes the signal on, so that the sweep saves its trainings. Submit the script again to continue.
port=$((20000 + SLURM_JOB_ID % 40000))
cluster="tcp://$(hostname):$port"
dask scheduler --port "$port" --no-dashboard &
srun dask worker "$cluster" --nthreads "$SLURM_CPUS_PER_TASK" --no-dashboard &
if [ -s {state} ]; then
  nncli sweep --resume "$(cat {state})" --cluster "$cluster" -q &
else
  {command} --cluster "$cluster" -q > {state} &
fi
sweep=$!
trap 'kill -USR1 "$sweep"' USR1 TERM
until wait "$sweep"; code=$?; ! kill -0 "$sweep" 2> /dev/null; do :; done  # a signal ends `wait` before the sweep
kill %1 %2
exit "$code"
"""


def training_commands(spec: Path, fixed: Sequence[str], plan: SweepPlan) -> Iterator[str]:
    """Yield `nncli train SPEC OVERRIDES` for each training, with the `fixed` overrides of all trials.

    Raises UsageError if trials depend on the results of others.
    """
    if plan.sampler.learns:
        hint = "choose grid, random or halton"
        message = f"{plan.sampler.type} chooses trials by the results of earlier ones, so they cannot be printed"
        raise UsageError(message, place="--print", hint=hint)
    if str(spec) == "-":
        raise UsageError("needs a file that the commands can name, not standard input", place="--print")
    for number in range(plan.trials):
        settings = plan.sampler.settings(plan.space, number)
        for seed in plan.seeds:
            changes = plan.changes(settings, seed if len(plan.seeds) > 1 else None)
            yield shlex.join(["nncli", "train", str(spec), *fixed, *changes, "-q"])


def slurm_script(commands: Sequence[str], name: str) -> str:
    """Return the script of a job array with a task for each training; it needs nothing but nncli on the nodes."""
    return SCRIPT.format(name=name, last=len(commands) - 1, commands="\n".join(commands))


def slurm_cluster_script(spec: Path, arguments: Sequence[str], plan: SweepPlan) -> str:
    """Return the script of a job that starts a cluster and runs the sweep on it.

    Raises UsageError if the experiment is not in a file that the script can name.
    """
    if str(spec) == "-":
        raise UsageError("needs a file that the script can name, not standard input", place="--print")
    command = shlex.join(["nncli", "sweep", str(spec), *arguments])
    return CLUSTER_SCRIPT.format(name=plan.name, command=command, state=shlex.quote(f"{plan.name}.sweep-path"))
