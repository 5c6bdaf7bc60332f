"""Refuse experiments that would not fit into memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from nncli import system
from nncli.config.fields import KeyPath
from nncli.data.data import PartName
from nncli.experiment import Experiment
from nncli.resolved import ResolvedExperiment

Problem = tuple[KeyPath, str]


def check_memory(resolved: ResolvedExperiment, parts: Sequence[PartName]) -> Iterator[Problem]:
    """Yield a problem unless parameters, samples and a step's arrays fit into memory: the setting that takes most.

    The inputs of a mapped file are in memory for one batch only, which may be all samples.
    """
    experiment, described, network = resolved.experiment, resolved.description, resolved.network
    item_size = 4 if experiment.precision == "float32" else 8
    needed: Counter[KeyPath] = Counter()
    for link in network.links:  # parameters, gradients, two arrays of state and two of scratch
        needed["layers", link.number, "units"] += sum(map(math.prod, link.shapes.values())) * item_size * 6
    widest = max(network.links, key=lambda link: link.outputs, default=None)
    for name in (None, *parts):
        data = experiment.data if name is None else experiment.data.part(name)
        if data is None or widest is None:
            continue
        path: KeyPath = ("data", "samples") if name is None else ("data", name, "samples")
        rows = samples = described.samples if name is None else data.count(described)
        in_memory, in_batch = (0, network.inputs) if data.maps_inputs() else (network.inputs, 0)
        needed[path] += samples * (in_memory + network.outputs) * 16
        if (size := experiment.train.batch_size) is not None and size < samples:
            rows, path = size, ("train", "batch_size")
        if widest.outputs > rows:
            path = ("layers", widest.number, "units")
        # For each layer: its output, the gradient, and an intermediate result; the inputs of a mapped file twice.
        needed[path] += rows * (2 * in_batch + 3 * sum(link.outputs for link in network.links)) * item_size
    available, total = system.memory_limit(), sum(needed.values())
    if total > available:
        largest = max(needed, key=needed.__getitem__)
        amounts = f"{_in_gigabytes(total)} of memory, but nncli may use {_in_gigabytes(available)}"
        yield largest, f"training would need {amounts}; {_instead(largest, experiment)}"


def _instead(path: KeyPath, experiment: Experiment) -> str:
    """Return what to do about a setting that takes too much memory; the samples of a file are not a number."""
    if path[0] != "data" or experiment.data.file_source() is None:
        return "use a smaller number"
    if experiment.train.batch_size is None:
        return "train in batches, as in train.batch_size=256"
    return "use fewer samples, or a file of np.savez, which need not fit into memory"


def _in_gigabytes(count: int) -> str:
    """Return a number of bytes in words."""
    gigabytes = count // 10**9
    if gigabytes >= 10**6:
        return "over a million GB"
    return f"about {gigabytes:,} GB" if gigabytes >= 10 else f"about {count / 1e9:.1f} GB"
