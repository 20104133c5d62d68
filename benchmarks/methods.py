"""How fast the methods are, each beside a plain loop over the same formula in the same run.

Run ``python benchmarks/methods.py``. Times are processor time. Machines differ and are noisy: read the ratios, and
the exponent of how time grows with the number of areas (1 is linear). Exits with 1 where a target is missed.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Z = 1.959963984540054


@dataclass(frozen=True)
class Benchmark:
    """One method at its target size, the loop it is compared with, and the sizes for the exponent.

    ``run(n)`` and ``loop(n)`` do the whole work for n areas and give numbers that must agree; the loop is timed
    at ``loop_areas`` areas and its time scaled up.
    """

    name: str
    target_areas: int
    target_seconds: float
    run: Callable[[int], np.ndarray]
    loop: Callable[[int], np.ndarray]
    loop_areas: int
    sizes: tuple[int, ...]
    tolerance: float = 1e-9


def best_of(works: list[Callable[[], object]], times: int = 7) -> list[float]:
    """Shortest processor time of each of several works, taken in turn, in seconds.

    Processor time is the time on the clock of a machine with nothing else to do; taking turns spreads what
    disturbs it over all works alike.
    """
    taken = [math.inf] * len(works)
    for _ in range(times):
        for i, work in enumerate(works):
            start = time.process_time()
            work()
            taken[i] = min(taken[i], time.process_time() - start)
    return taken


def exponent(benchmark: Benchmark) -> float:
    """Slope of log time on log size: 1 is linear in the number of areas."""
    seconds = best_of([lambda n=n: benchmark.run(n) for n in benchmark.sizes])
    return float(np.polyfit(np.log(benchmark.sizes), np.log(seconds), 1)[0])


def peak_memory(benchmark: Benchmark) -> float:
    """Peak memory of one run beyond its inputs, in megabytes."""
    benchmark.run(benchmark.target_areas)
    tracemalloc.start()
    benchmark.run(benchmark.target_areas)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def report(benchmarks: list[Benchmark]) -> bool:
    """Print one line for each method and say whether all met their targets."""
    print(f"{'method':42} {'areas':>7} {'seconds':>9} {'target':>7} {'loop':>9} {'ratio':>8} {'exponent':>9} {'MB':>7}")
    met = True
    for one in benchmarks:
        ours, plain = one.run(one.loop_areas), one.loop(one.loop_areas)
        np.testing.assert_allclose(ours, plain, rtol=one.tolerance, atol=one.tolerance)
        (seconds,) = best_of([lambda one=one: one.run(one.target_areas)])
        (loop,) = best_of([lambda one=one: one.loop(one.loop_areas)], 1)
        loop *= one.target_areas / one.loop_areas
        power, memory = exponent(one), peak_memory(one)
        good = seconds < one.target_seconds and power <= 1.15
        met &= good
        print(
            f"{one.name:42} {one.target_areas:7,} {seconds:9.4f} {one.target_seconds:7.2f} {loop:9.2f} "
            f"{loop / seconds:7.0f}x {power:9.3f} {memory:7.1f}  {'' if good else 'MISSED'}"
        )
    return met


def demographic() -> list[Benchmark]:
    """Life tables and slopes of inequality."""
    from analysis.measures.inequality import slope_index, slope_index_simulated
    from analysis.measures.lifetable import life_table

    rng = np.random.default_rng(2018)
    most = 64_000
    ages = [0, 1, *range(5, 95, 5)]
    people = rng.integers(400, 4000, (most, 20)).astype(float)
    deaths = rng.poisson(people * np.linspace(0.0005, 0.25, 20)).astype(float) + 1
    values, sizes = rng.normal(78, 3, (most, 10)), rng.uniform(5e3, 2e4, (most, 10))
    errors = rng.uniform(0.3, 1.2, (most, 10))
    shares, share_errors = rng.uniform(0.1, 0.3, (most, 10)), rng.uniform(0.02, 0.08, (most, 10))

    def tables(n: int) -> np.ndarray:
        table = life_table(deaths[:n], people[:n], ages)
        return np.stack([table.expectancy, *table.limits()])

    def tables_loop(n: int) -> np.ndarray:
        return np.array([one_table(deaths[i], people[i], ages) for i in range(n)]).transpose(2, 0, 1)

    def slopes(n: int) -> np.ndarray:
        found = slope_index(values[:n], sizes[:n], errors[:n])
        return np.stack([found.sii, *found.sii_limits[0.95]])

    def slopes_loop(n: int) -> np.ndarray:
        return np.array([one_slope(values[i], sizes[i], errors[i]) for i in range(n)]).T

    def simulated(n: int) -> np.ndarray:
        found = slope_index_simulated(shares[:n], sizes[:n], share_errors[:n], scale="logit", seed=7)
        return np.stack([*found.sii_limits[0.95]])

    def simulated_loop(n: int) -> np.ndarray:
        normal = np.random.default_rng(7).standard_normal((10, 100_000))
        return np.array([one_simulation(shares[i], sizes[i], share_errors[i], normal) for i in range(n)]).T

    return [
        Benchmark("life tables with limits, 20 bands", 7_000, 0.1, tables, tables_loop, 300,
                  (4_000, 8_000, 16_000, 32_000, 64_000)),
        Benchmark("slope index, closed form, 10 groups", 10_000, 0.1, slopes, slopes_loop, 1_000,
                  (4_000, 8_000, 16_000, 32_000, 64_000)),
        Benchmark("slope index, 100,000 draws, 10 groups", 60, 2.0, simulated, simulated_loop, 1,
                  (15, 30, 60, 120)),
    ]  # fmt: skip


def one_table(deaths: np.ndarray, people: np.ndarray, ages: list[int]) -> list[tuple[float, float, float]]:
    """A life table band by band, as in a textbook."""
    last = len(ages) - 1
    lx, L, a, n, variance = [1e5], [], [], [], []
    for i in range(last + 1):
        m = deaths[i] / people[i]
        a.append(0.1 if ages[i] == 0 else 0.5)
        if i == last:
            L.append(lx[i] / m)
            variance.append(4 / (deaths[i] * m * m))
            continue
        n.append(ages[i + 1] - ages[i])
        q = min(1.0, m * n[i] / (1 + m * n[i] * (1 - a[i])))
        variance.append(q * q * (1 - q) / deaths[i] if deaths[i] else 0.0)
        lx.append(lx[i] * (1 - q))
        L.append(n[i] * (lx[i + 1] + a[i] * (lx[i] - lx[i + 1])))
    result, years, spread, later = [], 0.0, 0.0, 0.0
    for i in range(last, -1, -1):
        years += L[i]
        if i == last:
            spread += variance[i] * (lx[i] / 2) ** 2
        else:
            spread += variance[i] * lx[i] ** 2 * ((1 - a[i]) * n[i] + later) ** 2
        later = years / lx[i]
        half = Z * math.sqrt(spread) / lx[i]
        result.append((later, later - half, later + half))
    return result[::-1]


def one_slope(values: np.ndarray, people: np.ndarray, errors: np.ndarray) -> tuple[float, float, float]:
    """A weighted regression group by group."""
    total, before, places, weights = sum(people), 0.0, [], []
    for size in people:
        weights.append(size / total)
        places.append(before + weights[-1] / 2)
        before += weights[-1]
    spread = sum(w * (b - 0.5) ** 2 for w, b in zip(weights, places, strict=True))
    row = [w * (b - 0.5) / spread for w, b in zip(weights, places, strict=True)]
    slope = sum(c * y for c, y in zip(row, values, strict=True))
    half = Z * math.sqrt(sum((c * s) ** 2 for c, s in zip(row, errors, strict=True)))
    return slope, slope - half, slope + half


def one_simulation(
    values: np.ndarray, people: np.ndarray, errors: np.ndarray, normal: np.ndarray
) -> tuple[float, float]:
    """A regression for every draw, one after the other."""
    total, before, row, places = sum(people), 0.0, [], []
    for size in people:
        places.append(before + size / total / 2)
        before += size / total
    spread = sum(size / total * (b - 0.5) ** 2 for size, b in zip(people, places, strict=True))
    row = [size / total * (b - 0.5) / spread for size, b in zip(people, places, strict=True)]
    centre = [math.log(v / (1 - v)) for v in values]
    slopes = []
    for draw in normal.T.tolist():
        slope = 0.0
        for c, z, error, weight in zip(centre, draw, errors, row, strict=True):
            slope += weight / (1 + math.exp(-(c + error * z)))
        slopes.append(slope)
    slopes.sort()
    return slopes[round(0.025 * len(slopes)) - 1], slopes[round(0.975 * len(slopes)) - 1]


def areal() -> list[Benchmark]:
    """Summaries of deprivation for wards of small areas."""
    from analysis.measures.deprivation import summarise

    rng = np.random.default_rng(2019)
    most, each = 56_000, 5
    small = pd.DataFrame(
        {
            "ward": np.repeat([f"E05{ward:06d}" for ward in range(most)], each),
            "rank": rng.permutation(most * each) + 1,
            "population": rng.integers(1_000, 3_000, most * each),
            "score": rng.uniform(1, 90, most * each),
        }
    )
    columns = ["average_rank", "average_score", "proportion", "extent", "local_concentration"]

    def summaries(n: int) -> np.ndarray:
        table = small.iloc[: n * each]
        found = summarise(table, by="ward", national_count=most * each, score="score")
        return found[columns].to_numpy()

    def summaries_loop(n: int) -> np.ndarray:
        groups = small.iloc[: n * each].groupby("ward")
        return np.array([one_ward(group, most * each) for _, group in groups])

    return [
        Benchmark("deprivation summaries, 5 small areas a ward", 7_000, 0.2, summaries, summaries_loop, 500,
                  (3_500, 7_000, 14_000, 28_000, 56_000)),
    ]  # fmt: skip


def one_ward(group: pd.DataFrame, national_count: int) -> list[float]:
    """The ministry's definitions area by area."""
    rows = sorted(zip(group["rank"], group["population"], group["score"], strict=True))
    people = sum(population for _, population, _ in rows)
    rank = score = extent = concentration = held = tenth = 0.0
    for national, population, one_score in rows:
        reverse = national_count + 1 - national
        rank += population * reverse
        score += population * one_score
        tenth += 10 * national <= national_count
        k = -(-100 * national // national_count)
        extent += population * (1 if k <= 10 else 0.95 - (k - 11) * 0.9 / 19 if k <= 30 else 0)
        taken = max(min(population, people / 10 - held), 0)
        concentration += taken * reverse
        held += taken
    return [rank / people, score / people, tenth / len(rows), extent / people, concentration / (people / 10)]


def comparing() -> list[Benchmark]:
    """Areas beside their peers and in funnels, and tidy tables of them."""
    from analysis.measures import compare_in_funnel, place_among_peers, proportion_by, standardised_rate_by

    rng = np.random.default_rng(2020)
    most, bands = 64_000, ["0-64", "65-74", "75-84", "85+"]
    values = rng.normal(50, 9, most)
    people = rng.integers(500, 9_000, most).astype(float)
    counts = rng.binomial(people.astype(int), 0.12).astype(float)
    names = [f"E05{area:06d}" for area in range(most)]
    long = pd.DataFrame(
        {
            "area": np.repeat(names, 4),
            "age": bands * most,
            "count": rng.poisson(20, 4 * most) + 5.0,
            "population": rng.integers(400, 4_000, 4 * most).astype(float),
        }
    )
    standard = dict(zip(bands, (70, 15, 10, 5), strict=True))

    def peers(n: int) -> np.ndarray:
        found = place_among_peers(pd.Series(values[:n]), polarity="higher_is_better")
        return found[["rank", "peers_median", "peers_lowest", "peers_highest"]].to_numpy(dtype=float).T

    def peers_loop(n: int) -> np.ndarray:
        rows = []
        for at in range(n):
            others = np.delete(values[:n], at)
            rows.append((1 + (others > values[at]).sum(), np.median(others), others.min(), others.max()))
        return np.array(rows).T

    def funnels(n: int) -> np.ndarray:
        options = {"count": counts[:n], "kind": "proportion", "polarity": "neutral"}
        found = compare_in_funnel(None, 0.12, people[:n], **options)
        return found[["lower_ci95", "upper_ci95"]].to_numpy().T

    def funnels_loop(n: int) -> np.ndarray:
        return np.array([one_funnel(people[at], 0.12) for at in range(n)]).T

    def shares(n: int) -> np.ndarray:
        return proportion_by(long.iloc[: 4 * n], "area")["value"].to_numpy()

    def shares_loop(n: int) -> np.ndarray:
        groups = long.iloc[: 4 * n].groupby("area")
        return np.array([group["count"].sum() / group["population"].sum() for _, group in groups])

    def standardised(n: int) -> np.ndarray:
        return standardised_rate_by(long.iloc[: 4 * n], "area", standard=standard)["value"].to_numpy()

    def standardised_loop(n: int) -> np.ndarray:
        groups, weights = long.iloc[: 4 * n].groupby("area"), np.array(list(standard.values()))
        return np.array(
            [1e5 * (group["count"] / group["population"]).to_numpy() @ weights / weights.sum() for _, group in groups]
        )

    sizes = (4_000, 8_000, 16_000, 32_000, 64_000)
    return [
        Benchmark("areas among their peers", 33_755, 0.2, peers, peers_loop, 500, sizes),
        Benchmark("funnel of proportions, two levels", 7_000, 1.5, funnels, funnels_loop, 50, sizes),
        Benchmark("proportions of a tidy frame, 4 rows an area", 7_000, 0.2, shares, shares_loop, 300, sizes),
        Benchmark("standardised rates of a tidy frame", 7_000, 0.4, standardised, standardised_loop, 300, sizes),
    ]


def one_funnel(n: float, p: float) -> tuple[float, float]:
    """Exact limits of one area by halving, 60 times each."""
    from scipy import stats

    def root(below: Callable[[float], bool], low: float, high: float) -> float:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if below(middle) else (low, middle)
        return low / n

    lower = root(lambda k: stats.beta.sf(p, k + 1, n - k) < 0.025, 0.0, n * p)
    return lower, root(lambda k: stats.beta.cdf(p, k, n - k + 1) > 0.025, n * p, n)


def protection() -> bool:
    """Print how long the tables of 64 wards by sex take to protect, many of them small, and say whether it is soon."""
    from analysis.measures import Rule, protect_tables

    met = True
    for mean in (8, 12, 20):
        rng = np.random.default_rng(1)
        counts: dict[str, int] = {}
        sums: list[tuple[str, list[str]]] = []
        for ward in range(64):
            male, female = rng.poisson(mean, 2)
            counts |= {f"m{ward}": male, f"f{ward}": female, f"w{ward}": male + female}
            sums.append((f"w{ward}", [f"m{ward}", f"f{ward}"]))
        for sex in "mfw":
            counts[sex] = sum(counts[f"{sex}{ward}"] for ward in range(64))
            sums.append((sex, [f"{sex}{ward}" for ward in range(64)]))
        sums.append(("w", ["m", "f"]))
        table = pd.Series(counts)
        (seconds,) = best_of([lambda table=table, sums=sums: protect_tables(table, sums, Rule(8))], 2)
        met &= seconds < 3
        print(f"{f'64 wards by sex protected, {mean} a cell':42} {196:7,} {seconds:9.4f} {3:7.2f}")
    return met


def all_benchmarks() -> list[Benchmark]:
    """Those of this file; further ones are appended here."""
    return [*demographic(), *areal(), *comparing()]


if __name__ == "__main__":
    raise SystemExit(0 if report(all_benchmarks()) & protection() else 1)
