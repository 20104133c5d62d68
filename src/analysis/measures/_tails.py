"""Counts at which the tail of a binomial or Poisson distribution has a given probability, between whole numbers too.

The tails are those of the whole counts, ``P(X >= k)`` and ``P(X <= k)``, carried on between them by the incomplete beta
and gamma functions that they are at whole numbers. So a whole count lies beyond the limit exactly where its tail is
smaller than the probability, and the line through the limits is smooth.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.measures._inputs import Floats

_ROUNDS = 200
_Tail = Callable[[Floats], Floats]


def binomial_limits(n: Floats, p: Floats, tail: float) -> tuple[Floats, Floats]:
    """Lower and upper limit of a count out of n at proportion p; 0 and n where no count is that rare."""
    from scipy import special

    def lower(k: Floats) -> Floats:
        return np.asarray(special.betaincc(k + 1, np.maximum(n - k, 1e-300), p))

    def upper(k: Floats) -> Floats:
        return np.asarray(special.betainc(np.maximum(k, 1e-300), n - k + 1, p))

    mean, deviation = n * p, np.sqrt(n * p * (1 - p))
    low = np.where((1 - p) ** n < tail, _solve(lower, mean, deviation, n, tail, rising=True), 0.0)
    high = np.where(p**n < tail, _solve(upper, mean, deviation, n, tail, rising=False), n)
    return np.where(p == 1, n, low), np.where(p == 0, 0.0, high)


def poisson_limits_about(expected: Floats, tail: float) -> tuple[Floats, Floats]:
    """Lower and upper limit of a count of which so many are expected; 0 where no count is that rare."""
    from scipy import special

    def lower(k: Floats) -> Floats:
        return np.asarray(special.gammaincc(k + 1, expected))

    def upper(k: Floats) -> Floats:
        return np.asarray(special.gammainc(np.maximum(k, 1e-300), expected))

    deviation = np.sqrt(expected)
    endless = np.full_like(expected, np.inf)
    high = _solve(upper, expected, deviation, endless, tail, rising=False)
    return (
        np.where(np.exp(-expected) < tail, _solve(lower, expected, deviation, endless, tail, rising=True), 0.0),
        np.where(expected == 0, 0.0, high),
    )


def _solve(tail_of: _Tail, mean: Floats, deviation: Floats, most: Floats, tail: float, *, rising: bool) -> Floats:
    """Where a tail, rising or falling with the count, has the probability: by the Illinois method on its normal score.

    The normal score of a tail is nearly a straight line in the count, so that a few steps find the root to the last
    digits; it stays between a count on either side of it throughout.
    """
    from scipy import special

    z = float(special.ndtri(tail))
    direction = 1.0 if rising else -1.0

    def score(k: Floats) -> Floats:
        """Above 0 where the count is too high on a rising tail, too low on a falling one; finite everywhere."""
        probability = np.clip(tail_of(k), 1e-300, 1 - 1e-16)
        return np.asarray(direction * (special.ndtri(probability) - z))

    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        guess = np.clip(mean - direction * abs(z) * deviation + (z * z - 1) / 6, 0.0, most)
        reach = 2.0 + abs(z) + 0.05 * deviation
        low, high = np.maximum(guess - reach, 0.0), np.minimum(guess + reach, most)
        for _ in range(_ROUNDS):  # widen until the root lies between
            under, over = (score(low) > 0) & (low > 0), (score(high) < 0) & (high < most)
            if not (under | over).any():
                break
            reach = reach * 2
            low = np.where(under, np.maximum(low - reach, 0.0), low)
            high = np.where(over, np.minimum(high + reach, most), high)
        at_low, at_high = score(low), score(high)
        side = np.zeros_like(mean)
        found = (low + high) / 2
        for _ in range(_ROUNDS):
            step = np.where(at_high == at_low, 0.5, -at_low / np.where(at_high == at_low, 1.0, at_high - at_low))
            following = low + (high - low) * np.clip(step, 0.0, 1.0)
            value = score(following)
            done = np.abs(following - found) <= 4e-16 * np.abs(following)
            found = following
            above = value > 0
            at_low = np.where(above & (side == 1), at_low / 2, np.where(above, at_low, value))
            at_high = np.where(~above & (side == -1), at_high / 2, np.where(above, value, at_high))
            low, high = np.where(above, low, following), np.where(above, following, high)
            side = np.where(above, 1.0, -1.0)
            if (done | (value == 0) | np.isnan(found)).all():
                break
    return np.asarray(found)
