"""Covariance matrices: read in the order of labels, checked, and taken apart for simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import Bools, Floats, given, order_of


def square_matrix(covariance: Any, size: int, labels: pd.Index | None) -> Floats:
    """A square matrix of a size, in the order of labels."""
    read = given(covariance, "covariance")
    if read.array.shape != (size, size):
        raise MeasureError(f"A covariance must be {size} by {size}; got shape {read.array.shape}.")
    V = read.array
    for axis, wanted in ((0, labels), (1, read.labels[0] if labels is None else labels)):
        order = order_of("covariance", read.labels[axis], "values", wanted)
        V = V if order is None else np.take(V, order, axis=axis)
    return V


def is_covariance(V: Floats) -> Bools:
    """Whether matrices are symmetric and have no negative variance in any direction, up to rounding."""
    largest = np.abs(V).max(axis=(-1, -2))
    symmetric = np.abs(V - np.swapaxes(V, -1, -2)).max(axis=(-1, -2)) <= 1e-8 * largest
    size = np.linalg.eigvalsh(V)
    return np.asarray(symmetric & (size[..., 0] >= -1e-9 * np.maximum(size[..., -1], 0.0)))


def root_of(V: Floats) -> Floats:
    """The lower triangle L with L L' = V (Cholesky), a direction without variance left out.

    By plain sums, not by the linear-algebra library: what is simulated with it must not depend on the processor.
    """
    least = 1e-12 * float(np.diag(V).max(initial=0.0))
    root = np.zeros_like(V)
    for j in range(len(V)):
        rest = V[j:, j] - (root[j:, :j] * root[j, :j]).sum(axis=1)
        if rest[0] > least:
            root[j:, j] = rest / np.sqrt(rest[0])
    return root
