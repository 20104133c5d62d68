"""Protection of small numbers, attacked from every side a reader has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MeasureError
from analysis.measures.attack import attack, percentage_bounds
from analysis.measures.suppression import (
    FLAG_WORDS,
    Rule,
    as_text,
    protect_counts,
    protect_percentages,
    protect_tables,
    round_half_up,
)

RULE = Rule(threshold=8)


def left_open(table, sums, counts, rule=RULE, **options):
    """The least number of values that an attack leaves open, over the cells that the rule hides."""
    found = attack(table, sums, base=rule.base, hidden_from=int(rule.zeros_shown), **options)
    inside = (found["lowest"] <= counts) & (counts <= found["highest"])
    assert inside.all(), "the attack must never exclude the truth"
    return found.loc[rule.hides(counts), "open_values"].min()


def test_hiding_one_cell_of_a_sum_hides_nothing():
    counts = pd.Series({"city": 63, "north": 40, "south": 3, "east": 20})
    sums = [("city", ["north", "south", "east"])]
    alone = protect_counts(counts, RULE)
    assert left_open(alone, sums, counts) == 1
    table, log = protect_tables(counts, sums, RULE)
    assert left_open(table, sums, counts) >= 7
    assert log["cell"].tolist() == ["south", "east"]
    assert table["shown"].dropna().to_dict() == {"city": 63, "north": 40}


def test_two_small_cells_may_protect_each_other():
    counts = pd.Series({"city": 50, "a": 4, "b": 6, "c": 40})
    _, log = protect_tables(counts, [("city", ["a", "b", "c"])], RULE)
    assert log["kind"].tolist() == ["primary", "primary"]


def test_two_small_cells_of_a_small_rest_do_not():
    counts = pd.Series({"city": 43, "a": 1, "b": 2, "c": 40})
    sums = [("city", ["a", "b", "c"])]
    assert left_open(protect_counts(counts, RULE), sums, counts) == 2
    table, log = protect_tables(counts, sums, RULE)
    assert left_open(table, sums, counts) >= 7
    assert log["kind"].tolist() == ["primary", "primary", "secondary"]


def test_sexes_and_wards_together():
    """Persons minus male gives female, in every ward and in the city: one hidden cell needs three others."""
    counts = pd.Series(dtype=float)
    males, females = [30, 3, 25, 41], [28, 19, 33, 12]
    sums = [("city", ["m", "f"])]
    for ward, (m, f) in enumerate(zip(males, females, strict=True)):
        counts[f"w{ward}"], counts[f"m{ward}"], counts[f"f{ward}"] = m + f, m, f
        sums.append((f"w{ward}", [f"m{ward}", f"f{ward}"]))
    counts["m"], counts["f"] = sum(males), sum(females)
    counts["city"] = counts["m"] + counts["f"]
    for whole, letter in (("city", "w"), ("m", "m"), ("f", "f")):
        sums.append((whole, [f"{letter}{ward}" for ward in range(4)]))
    assert left_open(protect_counts(counts, RULE), sums, counts) == 1
    table, log = protect_tables(counts, sums, RULE)
    assert left_open(table, sums, counts) >= 7
    assert (log["kind"] == "primary").sum() == 1
    assert (log["kind"] == "secondary").sum() == 3
    for cell in log.loc[log["kind"] == "secondary", "cell"]:
        again = table.copy()
        again.loc[cell, ["shown", "flag"]] = [counts[cell], ""]
        assert left_open(again, sums, counts) < 7, f"{cell} was hidden in vain"


def two_ward_sets():
    """Old wards A, B; new wards X, Y, Z; the new X is the old A without a piece of 3 people."""
    pieces = pd.Series({"a1": 60, "a2": 3, "b1": 30, "b2": 47})
    counts = pd.Series({"city": 140, "A": 63, "B": 77, "X": 60, "Y": 33, "Z": 47})
    sums = [
        ("city", ["A", "B"]),
        ("city", ["X", "Y", "Z"]),
        ("A", ["a1", "a2"]),
        ("B", ["b1", "b2"]),
        ("X", ["a1"]),
        ("Y", ["a2", "b1"]),
        ("Z", ["b2"]),
    ]
    return counts, pieces, sums


def test_old_and_new_wards_together_give_a_piece_away_and_are_protected():
    counts, pieces, sums = two_ward_sets()
    system = pd.concat(
        [protect_counts(counts, RULE), pd.DataFrame({"shown": np.nan, "flag": "[x]"}, index=pieces.index)]
    )
    assert attack(system, sums).loc["a2", ["lowest", "highest"]].tolist() == [3, 3]

    table, log = protect_tables(counts, sums, RULE, unpublished=pieces)
    assert set(table.index) == set(counts.index)
    assert (log["kind"] == "secondary").all()
    published = pd.concat(
        [table[["shown", "flag"]], pd.DataFrame({"shown": np.nan, "flag": "[x]"}, index=pieces.index)]
    )
    assert attack(published, sums, hidden_from=1).loc["a2", "open_values"] >= 7


def test_without_the_pieces_only_published_cells_are_protected():
    counts, _, sums = two_ward_sets()
    table, log = protect_tables(counts, sums, RULE)
    assert log.empty
    assert (table["flag"] == "").all()


def test_the_difference_of_two_releases_is_a_sum_too():
    counts = pd.Series({"may": 50, "june": 53})
    sums = [("june", ["may", "new in june"])]
    table, _ = protect_tables(counts, sums, RULE, unpublished=pd.Series({"new in june": 3}))
    assert (table["flag"] == "[c]").sum() == 1


def test_a_percentage_with_its_denominator_gives_a_count_back():
    counts = pd.Series({"city": 63, "a": 3, "b": 20, "c": 40})
    sums = [("city", ["a", "b", "c"])]
    table, _ = protect_tables(counts, sums, RULE)
    known = {"a": percentage_bounds(3.1, 97)}
    assert attack(table, sums, hidden_from=1, known=known).loc["a", "open_values"] == 1
    with pytest.raises(MeasureError, match="Withhold the percentage"):
        protect_tables(counts, sums, RULE, known=known)


def test_percentages_of_protected_counts_are_withheld_or_made_of_what_is_shown():
    rule = Rule(threshold=8, base=5)
    ours = protect_percentages(protect_counts([3, 16, None, 0, 13], rule), protect_counts([97, 97, 97, 0, 12], rule))
    assert ours["flag"].tolist() == ["[c]", "", "[x]", "[z]", "[x]"]
    assert ours["reason"].tolist() == [
        "hidden",
        "",
        "missing",
        "denominator of 0",
        "rounded above its denominator",
    ]
    assert ours.loc[1, "value"] == pytest.approx(100 * 15 / 95)
    with pytest.raises(MeasureError, match="denominators and counts differ in their labels"):
        protect_percentages(protect_counts([1], rule), protect_counts([1, 2], rule))


def test_rounding_protects_by_itself_where_it_leaves_enough_open():
    counts = pd.Series({"city": 63, "a": 3, "b": 20, "c": 40})
    sums = [("city", ["a", "b", "c"])]
    table, log = protect_tables(counts, sums, Rule(threshold=8, base=5))
    assert log["kind"].tolist() == ["primary"]
    assert left_open(table, sums, counts, Rule(threshold=8, base=5)) >= 7


def test_zeros_shown_or_not():
    assert protect_counts([0, 1], RULE)["flag"].tolist() == ["", "[c]"]
    assert protect_counts([0, 1], Rule(threshold=8, zeros_shown=False))["flag"].tolist() == ["[c]", "[c]"]
    counts = pd.Series({"city": 3, "a": 3, "b": 0})
    table, _ = protect_tables(counts, [("city", ["a", "b"])], RULE)
    assert table.loc["b", "shown"] == 0
    assert table["flag"].tolist() == ["[c]", "[c]", ""]


def test_low_is_not_zero():
    ours = protect_counts([0, 2, 4], Rule(threshold=1, base=10))
    assert ours["shown"].tolist() == [0, 0, 0]
    assert ours["flag"].tolist() == ["", "[low]", "[low]"]
    bounds = attack(ours, [], base=10)
    assert bounds["lowest"].tolist() == [0, 1, 1]
    assert bounds["highest"].tolist() == [0, 4, 4]


def test_missing_counts_stay_missing_and_bound_nothing():
    counts = pd.Series({"city": 63, "a": np.nan, "b": 20})
    table, log = protect_tables(counts, [("city", ["a", "b"])], RULE)
    assert table.loc["a", "flag"] == "[x]"
    assert log.empty


def test_the_log_holds_no_counts():
    counts = pd.Series({"city": 63, "a": 3, "b": 20, "c": 40})
    _, log = protect_tables(counts, [("city", ["a", "b", "c"])], RULE)
    assert list(log) == ["cell", "kind", "why"]
    assert not log["why"].str.contains(r"\d").any()


@pytest.mark.parametrize(
    ("counts", "sums", "message"),
    [
        ({"city": 60, "a": 3, "b": 20}, [("city", ["a", "b"])], "sum does not hold"),
        ({"city": 6.5}, [], "no count"),
        ({"city": -1}, [], "no count"),
        ({"city": 6, "a": 3}, [("city", ["a", "a"])], "twice"),
    ],
)
def test_tables_without_meaning_raise(counts, sums, message):
    with pytest.raises(MeasureError, match=message):
        protect_tables(pd.Series(counts), sums, RULE)


def test_published_numbers_that_contradict_each_other_raise():
    table = pd.DataFrame({"shown": [50, 40, 11], "flag": ""}, index=["city", "a", "b"])
    with pytest.raises(MeasureError, match="contradict each other"):
        attack(table, [("city", ["a", "b"])])
    with pytest.raises(MeasureError, match="contradicts what is shown"):
        attack(table, [], known={"a": (1, 2)})


def test_rules_without_meaning_raise():
    for wrong in ({"threshold": 0}, {"threshold": 8, "base": 0}):
        with pytest.raises(MeasureError, match="no rule"):
            Rule(**wrong)


def test_halves_go_up_and_away_from_zero():
    assert round_half_up([2.5, 3.5, -2.5, np.nan]).tolist()[:3] == [3, 4, -3]
    assert round_half_up([77.25, 77.35], 0.1).tolist() == pytest.approx([77.3, 77.4])


def test_flags_are_written_and_explained():
    table = protect_counts([1250, 3, None, 2], Rule(threshold=1, base=10))
    table.loc[1, ["shown", "flag"]] = [np.nan, "[c]"]
    assert as_text(table).tolist() == ["1,250", "[c]", "[x]", "0 [low]"]
    assert set(FLAG_WORDS) >= {"[c]", "[low]", "[x]"}
