"""Which observations an edition may use: what was out by its cut-off, what stands in, and the flags that say so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.areas.links import Areas
from analysis.catalogue.model import CONTEXTUAL, Edition, Indicator, Peer, Place, StandIn
from analysis.catalogue.strict import build
from analysis.errors import DefinitionError
from analysis.indicators.context import Context
from analysis.indicators.evaluate import available, evaluate_all

CITY = "E07990001"
PLACE = Place(
    "tinytown", "Tinytown", CITY, "Council", Peer("E92990001", "T", "country"), Peer("E12990001", "N", "region"), (), ""
)


def observations(series: str, values: dict[str, float | None], release: str) -> pd.DataFrame:
    """Yearly values of the city, by year."""
    return pd.DataFrame(
        {
            "series": series,
            "area_code": CITY,
            "geography": "lad",
            "period_start": [f"{year}-01-01" for year in values],
            "period_end": [f"{year}-12-31" for year in values],
            "sex": "persons",
            "age": "all",
            "value": pd.Series(list(values.values()), dtype="float64"),
            "lower_ci95": float("nan"),
            "upper_ci95": float("nan"),
            "flag": ["" if value is not None else "[x]" for value in values.values()],
            "release": release,
        }
    )


def context(
    values: dict[str, float | None], published: str, stand_ins: tuple[StandIn, ...] = (), **more: Any
) -> Context:
    edition = Edition(
        id="tinytown-2018",
        place="tinytown",
        year=2018,
        title="",
        plans=(),
        cut_off=dt.date(2018, 7, 31),
        ward_geography="ward22",
        lsoa_geography="lsoa11",
        releases={},
        deprivation_weights={},
        notebooks=(),
        seed=1,
        stand_ins=stand_ins,
    )
    held = {"work": {"rate": observations("rate", values, published)}, **more}
    return Context(edition, PLACE, held, held, {("work", published): published}, {}, Areas(PLACE, {}, {}, {}, {}), {})


def indicator(lag_months: int = 4, inputs: list[dict[str, Any]] | None = None) -> Indicator:
    first = {
        "source": "work",
        "measure": "published",
        "levels": ["areas"],
        "series": {"value": "rate"},
        "lag_months": lag_months,
    }
    data = {
        "id": "work_rate",
        "title": "Work",
        "definition": "Work.",
        "unit": "%",
        "polarity": "higher_is_better",
        "kind": "proportion",
        "decimals": 1,
        "inputs": inputs or [first],
        "priorities": ["work"],
        "speaks": "Of work.",
        "limits": f"{CONTEXTUAL}A survey.",
        "comparison": "rank",
        "trend": "allowed",
    }
    return build(Indicator, data, Path("work_rate.yml"))


def found(rows: pd.DataFrame) -> list[tuple[str, float, str]]:
    return [(row["period_end"][:4], row["value"], row["flag"]) for row in rows.to_dict("records")]


VALUES: dict[str, float | None] = {"2015": 60.0, "2016": 61.0, "2017": 62.0, "2018": 63.0, "2019": 64.0}


def test_what_was_out_by_the_cut_off_is_used_plain_when_its_release_was_out_too() -> None:
    rows = evaluate_all([indicator(4)], context({"2015": 60.0, "2016": 61.0}, "2017-05-01"))
    assert found(rows) == [("2015", 60.0, ""), ("2016", 61.0, "")]


def test_from_a_later_release_it_is_marked_revised() -> None:
    rows = evaluate_all([indicator(4)], context(VALUES, "2026-06-25"))
    assert found(rows) == [("2015", 60.0, "[r]"), ("2016", 61.0, "[r]"), ("2017", 62.0, "[r]")]


@pytest.mark.parametrize(("lag", "last"), [(0, "2017"), (7, "2017"), (8, "2016"), (19, "2016"), (20, "2015")])
def test_the_usual_lag_decides_what_was_out(lag: int, last: str) -> None:
    # 2017 ended on 31 December; seven months later is the cut-off itself, 31 July 2018.
    rows = evaluate_all([indicator(lag)], context(VALUES, "2026-06-25"))
    assert found(rows)[-1][0] == last


def test_what_was_not_out_is_left_out_without_a_stand_in() -> None:
    assert evaluate_all([indicator()], context({"2019": 64.0}, "2026-06-25")).empty


def test_a_stand_in_gives_the_nearest_later_period_marked_estimated() -> None:
    stand_ins = (StandIn("work", "nothing earlier is held"),)
    rows = evaluate_all([indicator()], context({"2019": 64.0, "2020": 65.0}, "2026-06-25", stand_ins))
    assert found(rows) == [("2019", 64.0, "[e]")]


def test_a_stand_in_is_not_used_where_something_was_out() -> None:
    stand_ins = (StandIn("work", "nothing earlier is held"),)
    rows = evaluate_all([indicator()], context(VALUES, "2026-06-25", stand_ins))
    assert [year for year, _, _ in found(rows)] == ["2015", "2016", "2017"]
    assert set(rows["flag"]) == {"[r]"}


def test_a_missing_value_keeps_its_own_reason_alone() -> None:
    rows = evaluate_all([indicator()], context({"2016": None, "2017": 62.0}, "2026-06-25"))
    assert rows["flag"].tolist() == ["[x]", "[r]"]


def test_an_earlier_edition_sees_less() -> None:
    later = context(VALUES, "2026-06-25")
    earlier = replace(later, edition=replace(later.edition, cut_off=dt.date(2017, 7, 31)))
    assert [year for year, _, _ in found(evaluate_all([indicator()], earlier))] == ["2015", "2016"]


def test_the_first_input_whose_series_are_all_held_is_used() -> None:
    other = {
        "source": "survey",
        "measure": "published",
        "levels": ["areas"],
        "series": {"value": "rate"},
        "lag_months": 0,
    }
    known = {
        "source": "work",
        "measure": "published",
        "levels": ["areas"],
        "series": {"value": "rate"},
        "lag_months": 0,
    }
    both = indicator(inputs=[other, known])
    assert evaluate_all([both], context(VALUES, "2018-01-01"))["source"].unique().tolist() == ["work"]
    held = context(VALUES, "2018-01-01", survey={"rate": observations("rate", {"2017": 70.0}, "2018-02-01")})
    held = replace(held, published={**held.published, ("survey", "2018-02-01"): "2018-02-01"})
    rows = evaluate_all([both], held)
    assert rows["source"].unique().tolist() == ["survey"]
    assert found(rows) == [("2017", 70.0, "")]


def test_a_series_that_no_release_holds_gives_no_rows() -> None:
    absent = indicator(inputs=[{**vars(indicator().inputs[0]), "levels": ["areas"], "series": {"value": "hours"},
                                "ages": [], "sexes": []}])  # fmt: skip
    assert evaluate_all([absent], context(VALUES, "2018-01-01")).empty


def test_a_series_named_of_a_source_that_is_not_pinned_is_a_definition_error() -> None:
    from analysis.indicators.context import Reference

    with pytest.raises(DefinitionError, match="the source 'els' is not among its releases"):
        context(VALUES, "2018-01-01").series(Reference("els", "rate", None))
    with pytest.raises(DefinitionError, match="work: no series 'rate' for age '0-15'; it holds rate"):
        context(VALUES, "2018-01-01").series(Reference("work", "rate", "0-15"))


def usable(values: dict[str, dict[str, float | None]], lag: int, stand_ins: tuple[StandIn, ...] = ()) -> pd.DataFrame:
    """What is left of the series of some releases."""
    held = {"rate": pd.concat([observations("rate", part, release) for release, part in values.items()])}
    found = available({"work": held}, [indicator(lag)], context(VALUES, "2018-01-01", stand_ins).edition)
    return found["work"].get("rate", held["rate"].iloc[:0])


def test_no_table_sees_what_was_not_out() -> None:
    rows = usable({"2017-05-01": {"2016": 61.0}, "2018-05-01": {"2017": 62.0, "2018": 63.0}}, lag=4)
    assert list(zip(rows["release"], rows["period_end"], strict=True)) == [
        ("2017-05-01", "2016-12-31"),
        ("2018-05-01", "2017-12-31"),
    ]


def test_a_pin_that_gives_nothing_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"pins work 2019-05-01, and nothing of it was out .* 2018-12-31"):
        usable({"2017-05-01": {"2016": 61.0}, "2019-05-01": {"2018": 63.0}}, lag=4)


def test_a_pin_of_a_source_that_stands_in_is_kept() -> None:
    assert len(usable({"2019-05-01": {"2018": 63.0}}, 4, (StandIn("work", "nothing earlier is held"),))) == 1
