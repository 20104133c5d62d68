"""What must hold of rates, deprivation, comparison, trend and suppression for any input."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.measures.attack import attack
from analysis.measures.comparison import compare_with_benchmark, place_among_peers
from analysis.measures.deprivation import rank_areas, summarise
from analysis.measures.differences import difference_of_proportions, difference_of_rates, ratio_of_rates
from analysis.measures.quantiles import assign_quantiles, class_of, quantile_bounds
from analysis.measures.rates import poisson_limits, proportion, rate, wilson_limits
from analysis.measures.standardised import directly_standardised_rate
from analysis.measures.suppression import Rule, protect_counts, protect_tables
from analysis.measures.trend import trend_of_proportions, trend_of_values

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RANKS = 500
LEVELS = st.sampled_from([0.9, 0.95, 0.998])
WHOLE = st.integers(0, 10_000)
VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=30)


@st.composite
def part_of(draw):
    n = draw(st.integers(1, 100_000))
    return draw(st.integers(0, n)), n


@st.composite
def some_of(draw):
    """A part that is neither nothing nor all."""
    n = draw(st.integers(2, 100_000))
    return draw(st.integers(1, n - 1)), n


@st.composite
def small_areas(draw):
    """Areas of distinct national ranks in a few groups, everybody somewhere."""
    count = draw(st.integers(2, 40))
    ranks = draw(st.lists(st.integers(1, RANKS), min_size=count, max_size=count, unique=True))
    groups = draw(st.lists(st.sampled_from("ABCD"), min_size=count, max_size=count))
    people = draw(st.lists(st.integers(1, 3000), min_size=count, max_size=count))
    return pd.DataFrame({"group": groups, "rank": ranks, "population": people, "score": np.array(ranks) / 7})


def summary(areas, **options):
    return summarise(areas, by="group", national_count=RANKS, score="score", **options)


def loop(group):
    """The ministry's definitions written out for one group, area by area."""
    people = group["population"].sum()
    rank = extent = concentration = held = 0.0
    for row in group.sort_values("rank").itertuples():
        reverse = RANKS + 1 - row.rank
        rank += row.population * reverse
        percentile = -(-100 * row.rank // RANKS)
        weight = 1.0 if percentile <= 10 else 0.95 - (percentile - 11) * 0.9 / 19 if percentile <= 30 else 0.0
        extent += row.population * weight
        taken = min(row.population, people / 10 - held)
        if taken > 0:
            concentration += taken * reverse
            held += taken
    worst = (group["rank"] <= RANKS / 10).mean()
    return rank / people, extent / people, concentration / (people / 10), worst


@QUICK
@given(small_areas())
def test_summaries_equal_the_definitions_written_out(areas):
    ours = summary(areas)
    for name, group in areas.groupby("group"):
        expected = loop(group)
        found = ours.loc[name, ["average_rank", "extent", "local_concentration", "proportion"]].astype(float)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@QUICK
@given(small_areas(), st.integers(2, 9), st.randoms())
def test_summaries_ignore_scale_and_order(areas, factor, random):
    scaled = areas.assign(population=areas["population"] * factor).sample(frac=1, random_state=random.randint(0, 9))
    one, other = summary(areas), summary(scaled)
    columns = one.columns.difference(["population", "reason"])
    np.testing.assert_allclose(one[columns].astype(float), other[columns].astype(float), rtol=1e-9)


@QUICK
@given(small_areas())
def test_summaries_lie_between_their_ends(areas):
    ours = summary(areas)
    least, most = RANKS + 1 - ours["least_deprived_rank"], RANKS + 1 - ours["most_deprived_rank"]
    slack = 1e-6
    assert (ours["average_rank"] >= least - slack).all()
    assert (ours["average_rank"] <= ours["local_concentration"] + slack).all()
    assert (ours["local_concentration"] <= most + slack).all()
    assert ours[["extent", "proportion", "population_share_decile1"]].stack().between(0, 1 + 1e-12).all()
    assert (ours["extent"] >= ours["population_share_decile1"] - 1e-12).all()


@QUICK
@given(small_areas())
def test_an_areas_worse_rank_never_lowers_a_measure(areas):
    free = sorted(set(range(1, RANKS + 1)) - set(areas["rank"]))
    better = [rank for rank in free if rank < areas["rank"].iloc[0]]
    assume(better)
    worse = areas.copy()
    worse.loc[0, "rank"] = better[0]
    one, other = (summary(table).loc[areas["group"].iloc[0]] for table in (areas, worse))
    for name in ("average_rank", "extent", "local_concentration", "proportion"):
        assert other[name] >= one[name] - 1e-9


@QUICK
@given(part_of(), LEVELS)
def test_limits_of_a_proportion_contain_it_and_mirror(case, confidence):
    x, n = case
    (lower,), (upper,) = wilson_limits(x, n, confidence=confidence)
    (other_lower,), (other_upper,) = wilson_limits(n - x, n, confidence=confidence)
    assert 0 <= lower <= x / n <= upper <= 1
    np.testing.assert_allclose([1 - upper, 1 - lower], [other_lower, other_upper], rtol=1e-7, atol=1e-12)


@QUICK
@given(WHOLE, LEVELS)
def test_limits_of_a_count_contain_it_and_grow(count, confidence):
    lower, upper = poisson_limits([count, count + 1], confidence=confidence)
    assert lower[0] <= count <= upper[0]
    assert lower[1] > lower[0]
    assert upper[1] > upper[0]


@QUICK
@given(part_of())
def test_higher_levels_and_smaller_bases_are_wider(case):
    x, n = case
    ours = proportion([x, 10 * x], [n, 10 * n], confidence=(0.95, 0.998))
    assert ours.loc[0, "lower_ci998"] <= ours.loc[0, "lower_ci95"]
    assert ours.loc[0, "upper_ci998"] >= ours.loc[0, "upper_ci95"]
    width = ours["upper_ci95"] - ours["lower_ci95"]
    assert width[1] < width[0]


@QUICK
@given(part_of(), part_of())
def test_differences_turn_their_sign_with_their_order(one, other):
    for function in (difference_of_proportions, difference_of_rates):
        forth, back = function(*one, *other).iloc[0], function(*other, *one).iloc[0]
        np.testing.assert_allclose(
            [forth["value"], forth["lower_ci95"], forth["upper_ci95"]],
            [-back["value"], -back["upper_ci95"], -back["lower_ci95"]],
            rtol=1e-9,
            atol=1e-9,
        )
        assert forth["lower_ci95"] <= forth["value"] <= forth["upper_ci95"]


@QUICK
@given(some_of(), some_of())
def test_ratios_invert_with_their_order(one, other):
    forth, back = ratio_of_rates(*one, *other).iloc[0], ratio_of_rates(*other, *one).iloc[0]
    np.testing.assert_allclose(
        [forth["value"], forth["lower_ci95"], forth["upper_ci95"]],
        [1 / back["value"], 1 / back["upper_ci95"], 1 / back["lower_ci95"]],
        rtol=1e-9,
    )


@QUICK
@given(st.lists(part_of(), min_size=3, max_size=6))
def test_a_standardised_rate_lies_between_its_band_rates(bands):
    x, n = (np.array([column]) for column in zip(*bands, strict=True))
    assume(x.sum() >= 10)
    ours = directly_standardised_rate(x, n, np.arange(1, len(bands) + 1), multiplier=1).iloc[0]
    assert (x / n).min() - 1e-12 <= ours["value"] <= (x / n).max() + 1e-12
    assert ours["lower_ci95"] <= ours["value"] <= ours["upper_ci95"]
    doubled = directly_standardised_rate(x, n, 2 * np.arange(1, len(bands) + 1), multiplier=1).iloc[0]
    np.testing.assert_allclose(ours["upper_ci95"], doubled["upper_ci95"], rtol=1e-12)


@QUICK
@given(WHOLE, st.integers(1, 10_000), st.integers(1, 50))
def test_a_crude_rate_scales_with_its_multiplier(count, population, factor):
    one, other = (rate(count, population, multiplier=m).iloc[0] for m in (1, factor))
    for name in ("value", "lower_ci95", "upper_ci95"):
        np.testing.assert_allclose(other[name], factor * one[name], rtol=1e-12)


@QUICK
@given(st.lists(some_of(), min_size=5, max_size=5))
def test_a_trend_of_proportions_turns_with_time_and_with_its_complement(points):
    c, d = (np.array(column) for column in zip(*points, strict=True))
    ours, back, complement = (trend_of_proportions(*case).iloc[0] for case in ((c, d), (c[::-1], d[::-1]), (d - c, d)))
    for other in (back, complement):
        np.testing.assert_allclose(other["chi2"], ours["chi2"], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(other["slope"], -ours["slope"], rtol=1e-6, atol=1e-9)


@QUICK
@given(st.lists(st.tuples(st.integers(1, 999), st.integers(1, 50)), min_size=5, max_size=5), st.integers(1, 100_000))
def test_a_trend_of_values_does_not_depend_on_the_unit(points, multiplier):
    value, half = (np.array(column, float) for column in zip(*points, strict=True))
    ours, scaled = (trend_of_values(m * value, m * (value - half), m * (value + half)).iloc[0] for m in (1, multiplier))
    np.testing.assert_allclose(scaled["chi2"], ours["chi2"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled["slope"], multiplier * ours["slope"], rtol=1e-6, atol=1e-6 * multiplier)


@QUICK
@given(VALUES)
def test_ranks_among_peers_and_by_polarity(values):
    series = pd.Series(values)
    best = place_among_peers(series, polarity="higher_is_better")
    worst = place_among_peers(-series, polarity="lower_is_better")
    assert best["rank"].equals(worst["rank"])
    assert best["rank"].equals(rank_areas(series))
    assert (best["peers_lowest"] <= best["peers_median"]).all()
    assert (best["peers_median"] <= best["peers_highest"]).all()


@QUICK
@given(VALUES, st.integers(2, 10))
def test_quantiles_follow_the_order_and_fill_evenly(values, groups):
    ours = assign_quantiles(values, groups, highest_is_first=False)
    if len(values) < groups:
        assert (ours["reason"] == "fewer areas than groups").all()
        return
    quantile = ours["quantile"].astype(int).to_numpy()
    assert (np.diff(quantile[np.argsort(values, kind="stable")]) >= 0).all()
    assert quantile.min() >= 1
    assert quantile.max() <= groups
    if len(set(values)) == len(values):
        sizes = np.bincount(quantile, minlength=groups + 1)[1:]
        assert sizes.max() - sizes.min() <= 2


@QUICK
@given(VALUES.filter(lambda values: len(values) >= 5))
def test_classes_cover_every_value(values):
    assert class_of(values, quantile_bounds(values)).between(1, 5).all()


@QUICK
@given(st.integers(0, 100), st.integers(0, 20), st.integers(0, 120))
def test_better_and_worse_are_two_names_of_one_comparison(lower, width, benchmark):
    high, low = (
        compare_with_benchmark([lower], [lower + width], benchmark, polarity=polarity)["result"].iloc[0]
        for polarity in ("higher_is_better", "lower_is_better")
    )
    assert (high, low) in {("better", "worse"), ("worse", "better"), ("similar", "similar")}


@QUICK
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=20), st.integers(1, 12), st.sampled_from([1, 5, 10]))
def test_nothing_small_is_shown(counts, threshold, base):
    table = protect_counts(counts, Rule(threshold, base))
    count = np.array(counts)
    assert ((table["flag"] == "[c]") == ((count > 0) & (count < threshold))).all()
    shown = table["shown"].notna()
    assert (table["shown"][shown] % base == 0).all()
    assert ((table["shown"][shown] - count[shown]).abs() <= base / 2).all()


@st.composite
def publications(draw):
    """A city of wards by sex, with every total published: the tables that give hidden numbers back."""
    wards = draw(st.integers(2, 4))
    cells = st.integers(0, 25)
    people = draw(st.lists(st.tuples(cells, cells), min_size=wards, max_size=wards))
    counts, sums = {}, []
    for ward, (male, female) in enumerate(people):
        counts |= {f"m{ward}": male, f"f{ward}": female, f"w{ward}": male + female}
        sums.append((f"w{ward}", [f"m{ward}", f"f{ward}"]))
    counts |= {"m": sum(m for m, _ in people), "f": sum(f for _, f in people)}
    counts["w"] = counts["m"] + counts["f"]
    sums += [(sex, [f"{sex}{ward}" for ward in range(wards)]) for sex in "mfw"] + [("w", ["m", "f"])]
    return pd.Series(counts), sums


@settings(QUICK, max_examples=15)
@given(publications(), st.sampled_from([Rule(5), Rule(8), Rule(5, base=5), Rule(5, zeros_shown=False)]))
def test_no_publication_gives_a_hidden_number_back(publication, rule):
    counts, sums = publication
    table, log = protect_tables(counts, sums, rule)
    found = attack(table, sums, base=rule.base, hidden_from=int(rule.zeros_shown))
    assert ((found["lowest"] <= counts) & (counts <= found["highest"])).all()
    hidden = rule.hides(counts)
    assert (table["flag"][hidden] == "[c]").all()
    assert (found["open_values"][hidden] >= rule.threshold - 1).all()
    assert sorted(log["cell"]) == sorted(table.index[table["flag"] == "[c]"])
    again, _ = protect_tables(counts, sums, rule)
    pd.testing.assert_frame_equal(table, again)
