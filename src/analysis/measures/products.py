"""Matrix products whose last digit does not depend on the processor."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.errors import MeasureError
from analysis.measures._inputs import Floats, given, order_of


def ordered_product(left: Any, right: Any) -> Floats:
    """The matrix product ``left @ right``, every entry a sum taken in the same order on every processor.

    Parameters
    ----------
    left
        Shape ``(m, n)`` or ``(n,)``.
    right
        Shape ``(n, k)`` or ``(n,)``; its rows are matched to the columns of ``left`` where both have labels.

    Returns
    -------
    ndarray
        Shape as of ``left @ right``.

    Raises
    ------
    MeasureError
        If shapes or labels do not fit.

    Notes
    -----
    ``left @ right`` is handed to the linear-algebra library, which picks its kernel, and with it the order of the sum
    and the roundings between, by the processor that it finds: the last bits differ from machine to machine. Here every
    product is rounded by itself and the products are added in order, as IEEE 754 has it everywhere. That is slower, and
    for tables of a few hundred areas it does not matter.

    Examples
    --------
    >>> ordered_product(np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([3.0, 4.0])).tolist()
    [11.0, 4.0]
    >>> ordered_product(np.array([1.0, 2.0]), np.eye(2)).tolist()
    [1.0, 2.0]
    """
    first, second = given(left, "left"), given(right, "right")
    sizes = first.array.shape, second.array.shape
    if not all(len(size) in (1, 2) for size in sizes) or sizes[0][-1] != sizes[1][0]:
        raise MeasureError(f"left of shape {sizes[0]} and right of {sizes[1]} do not fit together.")
    order = order_of("right", second.labels[0], "left", first.labels[-1])
    ordered = second.array if order is None else second.array[order]
    rows = np.atleast_2d(first.array)
    columns = ordered if ordered.ndim == 2 else ordered[:, np.newaxis]
    found = np.stack([(row[:, np.newaxis] * columns).sum(axis=0) for row in rows]) if len(rows) else rows @ columns
    if ordered.ndim == 1:
        found = found[:, 0]
    return np.asarray(found if first.array.ndim == 2 else found[0], dtype=np.float64)
