"""Imported by the fork server: everything that a training imports or builds once, so that no trial spends time on it."""

from __future__ import annotations

import encodings.cp437
import gc
import zipfile  # noqa: F401  for checkpoints, as is the encoding

from nncli import config, runner, start_up, threads, training  # noqa: F401
from nncli.trials import worker  # noqa: F401

# Building this training builds the validators of all experiments.
EXPERIMENT = """\
data: {type: spiral, samples: 10, classes: 2}
layers: [{type: dense, units: 2, activation: softmax}]
loss: categorical_crossentropy
"""

start_up.collect_garbage_rarely()
threads.blas()
loaded = config.load_text(EXPERIMENT, "preload")
config.dump(loaded.experiment)
training.start(loaded, lambda: True)
gc.freeze()  # processes share this memory until they write to it
