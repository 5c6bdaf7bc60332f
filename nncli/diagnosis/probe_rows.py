"""The probes of a run: those taken during training, else of its snapshots."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nncli.model import Model
from nncli.nn.engine.ops import Ops
from nncli.store.probes import read_probe_rows
from nncli.store.run import PROBES
from nncli.threads import limit_threads
from nncli.training.probes import MAX_SAMPLES, Probe, blocks_of, probe


def probes_of(model: Model) -> list[Probe]:
    """Return the probes of a run in the order of epochs, up to the model's checkpoint; the last one is of its weights.

    They are read from probes.jsonl. Weights later than its last row are measured now, and if the file is missing or
    damaged, all snapshots; these probes have no update ratios. Raises NncliError if the data are needed and changed.
    """
    probes = [each for each in saved_probes(model) if each.epoch <= model.epochs]
    measured = probes[-1].epoch if probes else -1
    if measured == model.epochs:
        return probes
    samples = model.plan().training.evenly_spaced(MAX_SAMPLES)
    ops = Ops(model.experiment.precision, np.random.RandomState(0), training=False)
    network = model.plan().network  # its loss has the class weights of the data
    with limit_threads(model.threads):
        later = [(epoch, params) for epoch, params in model.weights_by_epoch() if measured < epoch < model.epochs]
        later.append((model.epochs, model.params))  # snapshots of later epochs may follow the best one
        return probes + [probe(network, params, samples, ops, epoch) for epoch, params in later]


def saved_probes(model: Model) -> list[Probe]:
    """Return the probes in probes.jsonl; none if it is missing, damaged or of another network."""
    layers = [model.network.links[block.first].number for block in blocks_of(model.network)]
    try:
        probes = [Probe.of_row(row) for row in read_probe_rows(model.run.path / PROBES)]
    except ValueError:
        return []
    fits = all([layer.layer for layer in each.layers] == layers for each in probes)
    in_order = all(later.epoch > earlier.epoch for earlier, later in pairwise(probes))
    return probes if fits and in_order else []
