"""Train on arrays, without validation: `python arrays.py ARRAYS MODEL`."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

BATCH, EPOCHS = 4096, 1


def main(path: str, model_path: str) -> None:
    """Train, print the loss of each epoch and save the model."""
    with np.load(path) as arrays:
        x, y = arrays["x"], arrays["y"]
    scaler = StandardScaler(copy=False)
    x = scaler.fit_transform(x)
    classes = np.unique(y)
    warnings.simplefilter("ignore")  # the last batch is smaller than the others
    model = MLPClassifier((64, 64), alpha=0, batch_size=BATCH, shuffle=False)
    random = np.random.default_rng(0)
    for epoch in range(EPOCHS):
        rows, losses = random.permutation(len(x)), []
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            model.partial_fit(x[batch], y[batch], classes=classes)
            losses.append(model.loss_)
        print(epoch, np.mean(losses))
    Path(model_path).write_bytes(pickle.dumps((model, scaler)))


if __name__ == "__main__":
    main(*sys.argv[1:])
