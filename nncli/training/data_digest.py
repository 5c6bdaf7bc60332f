"""Digests that identify the samples of a run, so that it resumes on the same data only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import row_blocks
from nncli.data.description import Description
from nncli.data.dialect import Dialect
from nncli.data.lazy_rows import Inputs

SAMPLES_SIZE, FILES_SIZE = 16, 32  # bytes, which tell the two digests apart


def digest_of_samples(arrays: Iterable[Inputs]) -> bytes:
    """Return a digest of all bits of some arrays."""
    digest = blake2b(digest_size=SAMPLES_SIZE)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape} ".encode())
        for rows in row_blocks(array.shape):
            digest.update(np.ascontiguousarray(array[rows]).data)
    return digest.digest()


def digest_of_files(described: Description, dialect: Dialect, x: Inputs, fitted: Iterable[Array], own: bytes) -> bytes:
    """Return a digest of everything that inputs x from files are computed from, instead of all bits of x.

    `fitted` are the arrays of the preprocessing and the split, and `own` is a digest of samples from other files. The
    fields are listed here, so that a field added to a description later does not change the digests of old runs.
    """
    digest = blake2b(own, digest_size=FILES_SIZE)
    table = (described.digest, described.samples, described.columns, described.missing, described.unseen)
    targets = (described.target_names, described.class_names, described.label_names)
    reading = (dialect.separator, dialect.decimal, dialect.thousands, dialect.symbols, dialect.missing, dialect.numbers)
    digest.update(json.dumps([table, targets, reading, str(x.dtype), x.shape]).encode())
    digest.update(digest_of_samples(fitted))
    return digest.digest()
