"""Matrix products whose last digit does not depend on the processor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def ordered_product(left: Floats, right: Floats) -> Floats:
    """The matrix product ``left @ right``, every entry a sum taken in the same order on every processor.

    Parameters
    ----------
    left : ndarray
        Shape ``(m, n)`` or ``(n,)``.
    right : ndarray
        Shape ``(n, k)`` or ``(n,)``.

    Returns
    -------
    ndarray
        Shape as of ``left @ right``.

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
    rows = np.atleast_2d(left)
    columns = right if right.ndim == 2 else right[:, np.newaxis]
    found = np.stack([(row[:, np.newaxis] * columns).sum(axis=0) for row in rows]) if len(rows) else rows @ columns
    if right.ndim == 1:
        found = found[:, 0]
    return np.asarray(found if left.ndim == 2 else found[0], dtype=np.float64)
