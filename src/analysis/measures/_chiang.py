"""Life tables of shape ``(groups, bands)`` by Chiang's second method, and why a group has none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.measures._inputs import Bools, Floats
from analysis.measures._results import level
from analysis.measures.agebands import from_the_end

RADIX = 100_000.0
REASONS = (
    "",
    "missing",
    "negative",
    "deaths without people",
    "no people",
    "more deaths than person-years",
    "too few person-years",
    "no deaths in the open band",
    "no survivors",
    "limits too wide",
)


def chiang(
    D: Floats, P: Floats, starts: Floats, shares: Floats, q0: Floats | None, floor: float, widest: float
) -> tuple[tuple[Floats, ...], npt.NDArray[np.int8]]:
    """Life tables of shape ``(groups, bands)``: the columns of :class:`LifeTable` and the codes of refusal."""
    n, inner = np.diff(starts), (..., slice(None, -1))
    refused = _group_refusals(D, P, floor)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        M = D / P
        q = np.ones_like(M)
        q[inner] = np.minimum(M[inner] * n / (1 + M[inner] * n * (1 - shares[:-1])), 1.0)
        if q0 is not None:
            q[..., 0] = q0
        variance = np.where(D == 0, 0.0, q**2 * (1 - q) / D)
        variance[..., -1] = 4 / (D[..., -1] * M[..., -1] ** 2)
        q[refused > 0] = np.nan

        survivors = np.full_like(q, RADIX)
        survivors[..., 1:] = RADIX * np.cumprod(1 - q[inner], axis=-1)
        following = survivors[..., 1:]
        lived = survivors / M
        lived[inner] = n * (following + shares[:-1] * (survivors[inner] - following))
        expectancy = from_the_end(lived) / survivors

        later = np.where(following > 0, expectancy[..., 1:], 0.0)
        spread = variance * (survivors / 2) ** 2
        spread[inner] = variance[inner] * survivors[inner] ** 2 * ((1 - shares[:-1]) * n + later) ** 2
        se = np.sqrt(from_the_end(spread)) / survivors

    lived[refused > 0] = np.nan
    codes = np.repeat(refused[..., None], starts.size, axis=-1)
    codes[(codes == 0) & (survivors == 0)] = REASONS.index("no survivors")
    codes[(codes == 0) & (2 * level(0.95).z * se > widest)] = REASONS.index("limits too wide")
    expectancy[codes > 0] = np.nan
    se[codes > 0] = np.nan
    return (q, variance, survivors, lived, expectancy, se), codes


def _group_refusals(D: Floats, P: Floats, floor: float) -> npt.NDArray[np.int8]:
    """Find the first reason for which a whole group is refused, as a position in ``REASONS``; 0 for none."""
    finite = np.isfinite(D) & np.isfinite(P)
    with np.errstate(invalid="ignore", over="ignore"):
        conditions: dict[str, Bools] = {
            "missing": np.any(~finite, axis=-1, keepdims=True)[..., 0],
            "negative": np.any((D < 0) | (P < 0), axis=-1, keepdims=True)[..., 0],
            "deaths without people": np.any((P == 0) & (D > 0), axis=-1, keepdims=True)[..., 0],
            "no people": np.any(P == 0, axis=-1, keepdims=True)[..., 0],
            "more deaths than person-years": np.any(D > P, axis=-1, keepdims=True)[..., 0],
            "too few person-years": P.sum(axis=-1) <= floor,
            "no deaths in the open band": D[..., -1] == 0,
        }
    codes = np.zeros(D.shape[:-1], dtype=np.int8)
    for reason, holds in reversed(conditions.items()):
        codes[holds] = REASONS.index(reason)
    return codes
