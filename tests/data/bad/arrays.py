"""Files of NumPy arrays."""

from __future__ import annotations

import pickle

import numpy as np

from tests.data.bad import OWN_TEST, TWO_CLASSES, VALUES, BadFile, X, Y, archive, npy, npz, of_npy, of_npz, with_shape

ARRAYS = [
    of_npz(
        "a pickle",
        pickle.dumps({"x": 1}),
        "t.npz: contains Python objects, which could run code; save arrays of numbers",
    ),
    of_npz(
        "a pickle within",
        archive(x__npy=pickle.dumps([1, 2]), y__npy=npy(Y)),
        "t.npz: is not a file of NumPy arrays, or is damaged",
    ),
    of_npz(
        "an array of objects",
        npz(x=X, y=np.array([1, None, "a", 2], object)),
        "t.npz: contains Python objects, which could run code; save arrays of numbers",
    ),
    of_npz("a text", b"x,y\n1,2\n", "t.npz: is not a file of NumPy arrays, or is damaged"),
    of_npz("nothing", b"", "t.npz: is not a file of NumPy arrays, or is damaged"),
    of_npz("cut short", npz(x=X, y=Y)[:-40], "t.npz: is not a file of NumPy arrays, or is damaged"),
    of_npz(
        "a flipped bit",
        npz(x=X, y=Y).replace(np.float64(7).tobytes(), np.float64(9).tobytes(), 1),
        "t.npz: is not a file of NumPy arrays, or is damaged",
    ),
    of_npz(
        "a member that is not an array",
        archive(x=b"1,2\n", y__npy=npy(Y)),
        "t.npz: is not a file of NumPy arrays, or is damaged",
    ),
    of_npz(
        "a huge shape",
        archive(x__npy=with_shape("(999999999999999,)"), y__npy=npy(Y)),
        "t.npz: is too large for this machine's memory",
    ),
    of_npz(
        "an invalid shape",
        archive(x__npy=with_shape("(-3,)"), y__npy=npy(Y)),
        "t.npz: is not a file of NumPy arrays, or is damaged",
    ),
    of_npz("no y", npz(x=X, t=Y), "t.npz: has no array y; it contains x, t"),
    of_npz("nothing in it", npz(), "t.npz: has no array x; it contains no arrays"),
    of_npz("an .npy file", npy(X), "t.npz: is an .npy file; use `type: npy` with one file for x and one for y"),
    of_npz("lengths that differ", npz(x=X, y=Y[:3]), "t.npz: x has 4 samples, but y has 3"),
    of_npz("one number", npz(x=3.0, y=Y), "t.npz: x has no samples; its shape is ()"),
    of_npz("no samples", npz(x=X[:0], y=Y[:0]), "t.npz: x has no samples; its shape is (0, 2)"),
    of_npz("no inputs", npz(x=X[:, :0], y=Y), "t.npz: x has no samples; its shape is (4, 0)"),
    of_npz("texts for inputs", npz(x=[["a"], ["b"]], y=[1, 2]), "t.npz: x must contain numbers, not <U1"),
    of_npz("complex inputs", npz(x=X + 1j, y=Y), "t.npz: x must contain numbers, not complex128"),
    of_npz(
        "dates for targets",
        npz(x=X, y=np.arange(4).astype("M8[D]")),
        "t.npz: y must contain numbers or text of shape (n,) or (n, outputs), not datetime64[D] of shape (4,)",
    ),
    of_npz(
        "targets of three axes",
        npz(x=X, y=Y.reshape(4, 1, 1)),
        "t.npz: y must contain numbers or text of shape (n,) or (n, outputs), not float64 of shape (4, 1, 1)",
    ),
    of_npz(
        "targets without numbers",
        npz(x=X, y=Y.reshape(4, 1)[:, :0]),
        "t.npz: y must contain numbers or text of shape (n,) or (n, outputs), not float64 of shape (4, 0)",
    ),
    of_npz("NaN", npz(x=np.where(X == 5, np.nan, X), y=Y), "t.npz: x[2, 1] must be finite, not nan"),
    of_npz("infinity in the targets", npz(x=X, y=[0, 1, np.inf, 2]), "t.npz: y[2] must be finite, not inf"),
    of_npz("too large", npz(x=X * 1e300, y=Y), "t.npz: x[0, 1] must be at most 1e+38 in magnitude, not 1e+300"),
    of_npz(
        "texts instead of numbers",
        npz(x=X, y=["a", "b", "a", "b"]),
        "t.npz: y must contain numbers, not text",
        ", task: regression",
    ),
    of_npz(
        "one class",
        npz(x=X, y=[1, 1, 1, 1]),
        "t.npz: y has only one class, 1; at least two are needed",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "a fraction",
        npz(x=X, y=[0, 0.5, 1, 1]),
        "t.npz: y must contain classes: names or whole numbers\n"
        "hint: use the loss mse, mae or huber to predict numbers",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "too many classes",
        npz(x=np.zeros((1001, 1)), y=np.arange(1001)),
        "t.npz: y has 1,001 different classes; at most 1,000 are allowed",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "inputs of a test file",
        npz(x=X, y=Y),
        "test.npz: x has 1 number per sample, but the training data has 2",
        OWN_TEST,
        test=npz(x=X[:, :1], y=Y),
    ),
    of_npz(
        "targets of a test file",
        npz(x=X, y=Y),
        "test.npz: y has 2 numbers per sample, but the training data has 1",
        OWN_TEST,
        test=npz(x=X, y=X),
    ),
    of_npz(
        "texts of a test file",
        npz(x=X, y=Y),
        "test.npz: y must contain numbers, not text",
        OWN_TEST,
        test=npz(x=X, y=["a", "b", "a", "b"]),
    ),
    of_npz(
        "a class of a test file",
        npz(x=X, y=[0, 1, 1, 0]),
        'test.npz: y[3] is "2", which is not a class of the training data',
        OWN_TEST,
        TWO_CLASSES,
        test=npz(x=X, y=[0, 1, 1, 2]),
    ),
    of_npz(
        "half a class of a test file",
        npz(x=X, y=[0, 1, 1, 0]),
        'test.npz: y[3] is "0.5", which is not a class of the training data',
        OWN_TEST,
        TWO_CLASSES,
        test=npz(x=X, y=[0, 1, 1, 0.5]),
    ),
    of_npy("an .npz file for x", npz(x=X), npy(Y), "x.npy: is an .npz file; use `type: npz`"),
    of_npy("an .npz file for y", npy(X), npz(x=Y), "y.npy: is an .npz file; use `type: npz`"),
    of_npy(
        "objects",
        npy(X),
        npy([None, 1, 2, 3], object),
        "y.npy: contains Python objects, which could run code; save arrays of numbers",
    ),
    of_npy("NaN in y", npy(X), npy([0, 1, 2, np.nan]), "y.npy: y[3] must be finite, not nan"),
    of_npy("two lengths", npy(X), npy(Y[:2]), "y.npy: x has 4 samples, but y has 2"),
    of_npy("y cut short", npy(X), npy(Y)[:-1], "y.npy: is not a file of NumPy arrays, or is damaged"),
    BadFile(
        "no file of y",
        f"data: {{type: npy, path: x.npy, target_path: y.npy}}\n{VALUES}",
        {"x.npy": npy(X)},
        "y.npy: cannot be read: no such file or directory",
    ),
]

ROWS = [*ARRAYS]
