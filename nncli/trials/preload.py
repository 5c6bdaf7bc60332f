"""Imported by the fork server: all that a training imports or builds once, so that no trial spends time on it."""

from __future__ import annotations

import encodings.cp437  # noqa: F401  for the names in checkpoints
import gc
import zipfile  # noqa: F401

from nncli import config, runner, start_up, threads, training  # noqa: F401
from nncli.config.validate import prepare
from nncli.experiment import Experiment
from nncli.trials import worker  # noqa: F401

# Starting this training imports what is imported late.
EXPERIMENT = """\
data: {type: spiral, samples: 10, classes: 2}
layers: [{type: dense, units: 2, activation: softmax}]
loss: categorical_crossentropy
"""

start_up.collect_garbage_rarely()
threads.blas()
prepare(Experiment)
loaded = config.load_text(EXPERIMENT, "preload")
config.dump(loaded.experiment)
training.start(loaded, lambda: True)
gc.freeze()  # processes share this memory until they write to it
