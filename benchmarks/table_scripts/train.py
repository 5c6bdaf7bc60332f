"""Train on a table: `python train.py TABLE MODEL`."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neural_network import MLPClassifier

TARGET, BATCH, EPOCHS, VALIDATION = "kind", 4096, 2, 0.1


def main(path: str, model_path: str) -> None:
    """Train, print the metrics of each epoch and save the model."""
    table = pd.read_csv(path)
    y, classes = pd.factorize(table.pop(TARGET), sort=True)
    numbers = table.select_dtypes("number").columns
    table = pd.get_dummies(table)
    random = np.random.default_rng(0)
    order = random.permutation(len(table))
    held_out, training = np.split(order, [int(len(order) * VALIDATION)])
    mean, std = table.iloc[training][numbers].mean(), table.iloc[training][numbers].std()
    table[numbers] = (table[numbers] - mean) / std
    x = table.to_numpy(np.float32)
    validation_x, validation_y, training_x, training_y = x[held_out], y[held_out], x[training], y[training]
    warnings.simplefilter("ignore")  # the last batch is smaller than the others
    model = MLPClassifier((64, 64), alpha=0, batch_size=BATCH, shuffle=False)
    for epoch in range(EPOCHS):
        rows, losses = random.permutation(len(training_x)), []
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            model.partial_fit(training_x[batch], training_y[batch], classes=np.arange(len(classes)))
            losses.append(model.loss_)
        outputs = model.predict_proba(validation_x)
        accuracy = accuracy_score(validation_y, outputs.argmax(axis=1))
        print(epoch, np.mean(losses), log_loss(validation_y, outputs), accuracy)
    Path(model_path).write_bytes(pickle.dumps((model, classes, table.columns, mean, std)))


if __name__ == "__main__":
    main(*sys.argv[1:])
