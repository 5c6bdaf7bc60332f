"""Add predictions to a table, in pieces: `python predict.py TABLE MODEL PREDICTIONS`."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROWS_AT_ONCE = 50_000


def main(path: str, model_path: str, output: str) -> None:
    """Write the rows with the predicted class and its probabilities."""
    model, classes, columns, mean, std = pickle.loads(Path(model_path).read_bytes())
    with Path(output).open("w", newline="") as file:
        for number, table in enumerate(pd.read_csv(path, chunksize=ROWS_AT_ONCE)):
            x = pd.get_dummies(table).reindex(columns=columns, fill_value=0)
            x[mean.index] = (x[mean.index] - mean) / std
            outputs = model.predict_proba(x.to_numpy(np.float32))
            table["predicted_class"] = classes[outputs.argmax(axis=1)]
            table[[f"probability_{name}" for name in classes]] = outputs
            table.to_csv(file, index=False, header=number == 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
