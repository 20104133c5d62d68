"""Life expectancy of wards by the best of what an edition pins, and the inequality within the city.

A table of deaths and people by small area gives life tables. Without one, wards are estimated from larger areas, as
years above or below the city on the city's published level.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.areas.matrix import Matrix, by_people
from analysis.catalogue.model import Input
from analysis.errors import DataError
from analysis.indicators.context import Z95, Context, Reference, chosen, target_geographies
from analysis.indicators.rebuild import KEYS, by_table, flags, residents, unstacked
from analysis.measures.apportioned import agreement_factor, apportioned_means
from analysis.measures.area_lifetable import area_life_expectancy
from analysis.measures.products import ordered_product

LIMITS = ["value", "lower_ci95", "upper_ci95"]


def life_table(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """Life expectancy at birth from deaths and people by small area and five-year age, all pinned years pooled.

    Limits of an estimate, where small areas do not nest in wards, hold those of the estimate by ground too.
    """
    (target,) = target_geographies(level, context)
    deaths, population = context.series(references["deaths"]), context.series(references["population"])
    died, lived = _by_year(deaths, "deaths"), _by_year(population, "population")
    years = sorted(set(died["year"]) & set(lived["year"]))
    if not years:
        raise DataError(f"{given.source}: no year has both deaths and people. Pin releases that share their years.")
    small = str(deaths["geography"].iloc[0])
    matrix = context.areas.matrix(small, target)
    pooled = (died[died["year"].isin(years)], lived[lived["year"].isin(years)])
    table = _at_birth(*pooled, matrix)
    mark = table["area"].map(dict(zip(matrix.targets, matrix.marks, strict=True)))
    other = context.areas.by_area(small, target) if (mark != "").any() else None
    if other is not None:
        second = _at_birth(*pooled, other)
        for column, outer in (("lower_ci95", np.fmin), ("upper_ci95", np.fmax)):
            table[column] = table[column].where(mark == "", outer(table[column], second[column]))
    flag = np.where(table["reason"] != "", "[x]", mark)
    in_years = deaths["period_end"].str[:4].isin(years)
    rows = table.assign(
        geography=target,
        period_start=deaths.loc[in_years, "period_start"].min(),
        period_end=deaths.loc[in_years, "period_end"].max(),
        age="all",
        numerator=table["count"],
        denominator=table["population"],
        flag=flag,
        release=deaths["release"].max(),
    ).rename(columns={"area": "area_code"})
    rows.loc[rows["flag"] == "[x]", LIMITS] = np.nan
    return chosen(rows, given)


def _at_birth(deaths: pd.DataFrame, population: pd.DataFrame, matrix: Matrix) -> pd.DataFrame:
    lookup = matrix.links().set_axis(["small_area", "area", "weight"], axis=1)
    table = area_life_expectancy(deaths, population, lookup, areas=list(matrix.targets))
    return table[table["age"] == 0].reset_index(drop=True)


def _by_year(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = rows[rows["sex"].isin(("male", "female")) & (rows["age"] != "all")]
    columns = {"small_area": rows["area_code"], "sex": rows["sex"], "age": rows["age"], name: rows["value"]}
    return pd.DataFrame({**columns, "year": rows["period_end"].str[:4]})


def apportioned_life_expectancy(
    given: Input, references: Mapping[str, Reference], level: str, context: Context
) -> pd.DataFrame:
    """Life expectancy of wards estimated from larger areas: years from the city, on the city's published level.

    Each ward is compared with the same estimate for the city, the covariance of the two taken into account; the
    city's published value for the sex is then added. A sex without a published city value gets no figure. Where too
    little of the city itself is covered to compare with, no ward has a value.
    """
    (target,) = target_geographies(level, context)
    levels = context.series(references["level"])
    parts = []
    for sex in sorted(chosen(context.latest(references["value"]), given)["sex"].unique()):
        height = levels[(levels["sex"] == sex) & (levels["area_code"] == context.place.code)]
        if height.empty:
            continue
        means, _ = estimates(references, sex, target, context)
        table = means.drop(index=context.place.code)
        base = float(height["value"].iloc[-1])
        first = context.latest(references["value"]).iloc[0]
        rows = pd.DataFrame(
            {
                "area_code": table.index,
                "value": table["relative"] + base,
                "lower_ci95": table["relative"] - Z95 * table["relative_error"] + base,
                "upper_ci95": table["relative"] + Z95 * table["relative_error"] + base,
                "flag": np.where(table["relative"].notna(), "[e][u]", "[x]"),
                "geography": target,
                "sex": sex,
                "age": "all",
            }
        ).assign(**{column: first[column] for column in ("period_start", "period_end", "release")})
        parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def apportioned_mean(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The mean of larger areas over the people whom a ward shares with them, set on no other level: an estimate.

    Its limits take the larger areas as independent and leave out the error of sharing them among wards.
    """
    (target,) = target_geographies(level, context)
    parts = []
    for sex, rows in chosen(context.latest(references["value"]), given).groupby("sex", sort=True):
        table = estimates(references, str(sex), target, context)[0].drop(index=context.place.code)
        error = Z95 * table["standard_error"]
        columns = {"area_code": table.index, "value": table["value"]}
        columns |= {"lower_ci95": table["value"] - error, "upper_ci95": table["value"] + error}
        part = pd.DataFrame({**columns, "flag": np.where(table["value"].notna(), "[e]", "[x]")})
        same = {column: rows.iloc[0][column] for column in ("period_start", "period_end", "release")}
        parts.append(part.assign(geography=target, sex=sex, age="all", **same))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def estimates(
    references: Mapping[str, Reference], sex: str, target: str, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ward means of one sex from larger areas, the city last, with the covariance between them.

    Returns
    -------
    means : DataFrame
        As :func:`analysis.measures.apportioned.apportioned_means`, with ``relative`` (years from the city) and
        ``relative_error`` (its standard error, the city's own error and what the two share taken into account).
    covariance : DataFrame
        Of the wards and the city.
    """
    rows = context.latest(references["value"])
    rows = rows[rows["sex"] == sex].set_index("area_code")
    people = shared_people(references["people"], str(rows["geography"].iloc[0]), target, context)
    city = context.place.code
    people.loc[city] = people.sum()
    factor = widening(references, context)
    means, covariance = apportioned_means(rows["value"], standard_errors(rows), people, widening=factor)
    shared = covariance[city].to_numpy()
    variance = np.diag(covariance) + covariance.loc[city, city] - 2 * shared
    error = np.where(means["reason"] == "", np.sqrt(np.clip(variance, 0, None)), np.nan)
    return means.assign(relative=means["value"] - means["value"].loc[city], relative_error=error), covariance


def widening(references: Mapping[str, Reference], context: Context) -> float:
    """The factor on the published standard errors, by how far a second source of the same sex disagrees; 1 without."""
    if "second" not in references:
        return 1.0
    second = context.latest(references["second"])
    sex = str(second["sex"].iloc[0])
    first = context.latest(references["value"])
    first = first[first["sex"] == sex].set_index("area_code")
    return agreement_factor(first["value"], standard_errors(first), second.set_index("area_code")["value"])


def standard_errors(rows: pd.DataFrame) -> pd.Series:
    """Standard errors from 95 % limits: half their width over 1.96."""
    return (rows["upper_ci95"] - rows["lower_ci95"]) / (2 * Z95)


def shared_people(reference: Reference, source_geography: str, target: str, context: Context) -> pd.DataFrame:
    """People shared by each target area (index) and each larger source area (columns), through small areas."""
    larger, smaller, people = _through_small_areas(reference, source_geography, target, context)
    counts = people.reindex(larger.sources).to_numpy(dtype=np.float64)
    shared = ordered_product(smaller.weights * counts, larger.weights.T)
    return pd.DataFrame(shared, index=smaller.targets, columns=larger.targets)


def _through_small_areas(
    reference: Reference, source: str, target: str, context: Context
) -> tuple[Matrix, Matrix, pd.Series]:
    """How the small areas that people are held by lead to a larger geography and to the target, and the people."""
    small = str(context.latest(reference)["geography"].iloc[0])
    areas = context.areas
    return areas.matrix(small, source), areas.matrix(small, target), residents(reference, context)


def apportioned_sum(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A count known for larger areas, spread over targets in proportion to the people they share: an estimate."""
    (target,) = target_geographies(level, context)
    rows = chosen(context.series(references["count"]), given)
    larger, smaller, people = _through_small_areas(
        references["people"], str(rows["geography"].iloc[0]), target, context
    )
    spread = by_people(larger, smaller, people, f"{larger.name.rpartition(' ')[2]} to {target}")
    tables, values = by_table(rows, spread)
    counts = spread.sums_of(values).T
    provisional = {
        key
        for key, flag in zip(rows[KEYS].itertuples(index=False, name=None), rows["flag"], strict=True)
        if "[p]" in flag
    }
    flag = [
        flags(one, smaller.marks, "[e]", "[p]" if key in provisional else "")
        for key, one in zip(tables, counts, strict=True)
    ]
    return pd.DataFrame(
        {**unstacked(tables, spread.targets, target), "value": counts.ravel(), "flag": np.concatenate(flag)}
    )


def difference_from_city(wards: pd.DataFrame, city: pd.DataFrame, city_code: str) -> pd.DataFrame:
    """Ward values as years above or below the city, by sex, with the limits of the ward carried over.

    Parameters
    ----------
    wards, city : DataFrame
        Rows of the same indicator, for wards and for the city (its value of the latest period is taken).
    city_code : str
        The city's code, named in the error sentence.

    Raises
    ------
    DataError
        If a sex of the wards has no city value.
    """
    latest = city.sort_values("period_end", kind="stable").groupby("sex").tail(1).set_index("sex")["value"]
    absent = sorted(set(wards["sex"]) - set(latest.index))
    if absent:
        raise DataError(f"life expectancy: {city_code} has no value for {absent[0]}; expected one beside its wards.")
    level = wards["sex"].map(latest)
    return wards.assign(**{column: wards[column] - level for column in LIMITS})
