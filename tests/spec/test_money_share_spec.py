"""Money of two dates beside the country's of the same dates: a share where both are above 0, else it says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from analysis.narrative import series
from analysis.narrative.movement import _beside_benchmark
from analysis.narrative.progress import _change_cell
from analysis.narrative.prose import Prose
from analysis.tables.printing import Numbers
from analysis.tables.reference import cell_of

# city then, country then, city now, country now | what the table says
SPEC = """
 45  60   48  60 | 75.0% to 80.0% of England
 -4 800   -3 750 | no share: an amount is not above 0
  4 -80    5 -75 | no share: an amount is not above 0
 -4 -80   -3 -75 | no share: an amount is not above 0
  0  80    3  75 | no share: an amount is not above 0
  4   0    3  75 | no share: an amount is not above 0
"""
CASES = [line.split("|") for line in SPEC.strip().splitlines()]


@pytest.mark.parametrize(("amounts", "said"), CASES)
def test_a_share_of_an_amount_that_is_not_above_0_is_none(
    amounts: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition, row = of(*map(float, amounts.split()))
    values = dict(zip(edition.rows("")["period_end"], edition.rows("")["value"], strict=True))

    def of_country(_: Any, part: Any, code: str) -> Any:
        return cell_of({**part, "area_code": code, "value": values[part["period_end"]]})

    monkeypatch.setattr(series, "of_area", of_country)
    assert _change_cell(edition, row, 1, Numbers()).translate(UNMARKED) == said.strip()
    sentence = _beside_benchmark(edition, row, Prose())
    if said.strip().startswith("no share"):
        assert "%" not in sentence
        assert sentence.endswith("nor is a share of England, since an amount that is not above 0 has none.")
    else:
        assert "set against England's it was 75.0% then and is 80.0% now" in sentence.translate(UNMARKED)


UNMARKED = dict.fromkeys(range(0xE000, 0xF900))


def of(then: float, country_then: float, now: float, country_now: float) -> tuple[Any, Any]:
    row = {
        "indicator": "nature",
        "area_code": "city",
        "sex": "persons",
        "age": "all",
        "baseline_value": then,
        "baseline_start": "2016-01-01",
        "baseline_end": "2016-12-31",
        "period_start": "2020-01-01",
        "period_end": "2020-12-31",
        "value": now,
        "change": float("nan"),
    }
    rows = pd.DataFrame(
        {
            "area_code": "country",
            "period_end": ["2016-12-31", "2020-12-31"],
            "sex": "persons",
            "age": "all",
            "value": [country_then, country_now],
        }
    )
    place = SimpleNamespace(country=SimpleNamespace(name="England", code="country"), peers=(), peers_name="cities")
    indicator = SimpleNamespace(id="nature", kind="money", comparison="rank", polarity="higher_is_better")
    catalogue = SimpleNamespace(indicators={"nature": indicator})
    return SimpleNamespace(catalogue=catalogue, place=place, rows=lambda _: rows), row
