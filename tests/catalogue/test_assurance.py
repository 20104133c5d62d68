"""The logs of assumptions, decisions and checks hold to each other, to the definitions and to the files they name."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.blocks import Table, Text
from analysis.catalogue.assurance import load_assumptions, load_checks, load_decisions, load_policy
from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.errors import DefinitionError
from analysis.narrative import (
    describe_revisions_policy,
    table_assumptions,
    table_corrections,
    table_decisions,
    table_quality_assurance,
)
from analysis.paths import DEFINITIONS
from analysis.tables.loaded import load_edition

LOGS = ("assumptions", "decisions", "quality_assurance", "revisions_policy")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DEFINITIONS)


def test_every_assumption_says_where_it_enters_and_how_it_was_tested(catalogue: Catalogue, repository: Path) -> None:
    log = load_assumptions(catalogue)
    assert len(log) > 10
    for one in log:
        assert one.enters, one.id
        for path in (*one.enters, *one.evidence):
            assert (repository / path).is_file(), f"{one.id}: {path}"
        if one.status != "not tested":
            assert any(path.startswith("tests/") for path in one.evidence), f"{one.id}: tested by no test"


def test_decisions_and_their_files_hold_to_each_other(catalogue: Catalogue, repository: Path) -> None:
    log = load_decisions(catalogue)
    files = {path.relative_to(repository).as_posix(): path for path in (repository / "docs" / "decisions").glob("*.md")}
    assert {one.file for one in log} == set(files)
    for one in log:
        assert Path(one.file).name.startswith(f"{one.id}-")
        assert files[one.file].read_text(encoding="utf-8").splitlines()[0] == f"# {one.title}"


def test_every_test_that_a_check_names_exists_and_holds_tests(catalogue: Catalogue, repository: Path) -> None:
    log = load_checks(catalogue)
    assert {one.kind for one in log} == {"automated", "manual"}
    for one in log:
        for path in one.tests:
            text = (repository / path).read_text(encoding="utf-8")
            assert re.search(r"^def test_", text, re.MULTILINE), f"{one.id}: {path}"


def test_roles_are_roles_and_one_of_them_signs_off(catalogue: Catalogue) -> None:
    policy = load_policy(catalogue)
    assert policy is not None
    assert {role.id for role in policy.roles} == {"analyst", "assurer", "sign-off"}
    assert policy.owner.title == "Head of analysis (senior responsible owner)"
    assert {one.role for one in load_checks(catalogue)} <= {role.id for role in policy.roles}


def with_logs(city: Any, name: str = "", change: Any = None) -> Catalogue:
    """The invented city with the shipped logs, less the indicators that it has not, and one of them changed."""
    for log in LOGS:
        data = yaml.safe_load((DEFINITIONS / f"{log}.yml").read_text(encoding="utf-8"))
        if log == "assumptions":
            known = city.catalogue()
            for one in data:
                one["indicators"] = [key for key in one.get("indicators", []) if key in known.indicators]
                one["sources"] = [key for key in one.get("sources", []) if key in known.sources]
        if log == name:
            change(data)
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        (city.definitions / f"{log}.yml").write_text(text, encoding="utf-8")
    return city.catalogue()


LOADERS = {
    "assumptions": load_assumptions,
    "decisions": load_decisions,
    "quality_assurance": load_checks,
    "revisions_policy": load_policy,
}


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("assumptions", lambda log: log.append(log[0]), "the id 'middle-area-bias' stands twice"),
        ("assumptions", lambda log: log[0].update(indicators=["wealth"]), "'wealth' is none of the indicators defined"),
        ("assumptions", lambda log: log[0].update(sources=["hearsay"]), "'hearsay' is none of the sources defined"),
        ("assumptions", lambda log: log[0].update(status="fine"), "expected one of 'tested'"),
        ("assumptions", lambda log: log[0].pop("effect"), "the key 'effect' is missing"),
        ("decisions", lambda log: log[0].update(who="me"), "unknown key 'who'"),
        ("decisions", lambda log: log[1].update(id="0001"), "the id '0001' stands twice"),
        ("quality_assurance", lambda log: log[0].update(role="chief"), "no role 'chief'; expected 'analyst'"),
        ("quality_assurance", lambda log: log[0].update(tests=[]), "an automated check names its tests"),
        ("quality_assurance", lambda log: log[-1].update(outcome="done"), "has a date, or the outcome 'not done'"),
        ("revisions_policy", lambda policy: policy.update(signs_off="nobody"), "no role 'nobody'"),
        ("revisions_policy", lambda policy: policy.update(status="adopted"), "an adopted policy has the date"),
        (
            "revisions_policy",
            lambda policy: policy["signed_off"].append({"edition": "x", "date": dt.date(2018, 9, 1), "name": "N"}),
            "no edition 'x'",
        ),
    ],
)
def test_a_malformed_log_is_refused_with_file_and_line(tiny: Any, name: str, change: Any, problem: str) -> None:
    catalogue = with_logs(tiny, name, change)
    with pytest.raises(DefinitionError) as refused:
        LOADERS[name](catalogue)
    assert re.search(rf"{name}\.yml:\d+: ", str(refused.value))
    assert problem in str(refused.value)


def test_without_logs_the_annex_says_so(tiny_built: Any) -> None:
    city = load_edition("tinytown-2018", tiny_built.project)
    said = [
        part(city) for part in (table_assumptions, table_decisions, table_quality_assurance, describe_revisions_policy)
    ]
    assert [block.markdown for block in said if isinstance(block, Text)] == [
        "No assumption is recorded.",
        "No decision is recorded.",
        "No check is recorded.",
        "No revisions policy is recorded, and no role that signs off.",
    ]
    none = table_corrections(city)
    assert isinstance(none, Text)
    assert "No figure of a publisher was changed" in none.markdown


def test_the_annex_prints_what_the_logs_say(tiny: Any) -> None:
    with_logs(tiny)
    city = load_edition("tinytown-2018", tiny.project)
    assumptions, checks, decisions = table_assumptions(city), table_quality_assurance(city), table_decisions(city)
    assert isinstance(assumptions, Table)
    assert isinstance(checks, Table)
    assert isinstance(decisions, Table)
    text = " ".join(cell for row in assumptions.rows for cell in row)
    assert "A small area belongs whole to the ward of its official best fit." in text
    assert "decision 0006" in text
    assert "Partly tested. " in text
    assert [row[0] for row in decisions.rows][:2] == ["0001", "0002"]
    assert ("By the assurer: not done") in {row[2] for row in checks.rows}
    said = describe_revisions_policy(city).markdown
    assert "This policy is proposed; the Head of analysis (senior responsible owner) has yet to adopt it." in said
    assert "This edition has not been signed off." in said


def test_an_assumption_about_a_source_that_is_not_pinned_is_left_out(tiny: Any) -> None:
    with_logs(tiny, "assumptions", lambda log: [one.update(sources=["population_census2021"]) for one in log[:2]])
    city = load_edition("tinytown-2018", tiny.project)
    assert "population_census2021" not in city.edition.releases
    table = table_assumptions(city)
    assert isinstance(table, Table)
    assert len(table.rows) == len(load_assumptions(city.catalogue)) - 2


def test_a_sign_off_is_printed_with_the_edition_it_is_of(tiny: Any) -> None:
    signed = {"edition": "tinytown-2018", "date": dt.date(2018, 9, 1), "name": "the chief analyst"}
    with_logs(tiny, "revisions_policy", lambda policy: policy["signed_off"].append(signed))
    said = describe_revisions_policy(load_edition("tinytown-2018", tiny.project)).markdown
    assert "This edition was signed off by the chief analyst on 1 September 2018." in said


def test_corrections_are_printed_with_reason_and_status(tiny: Any) -> None:
    one = {
        "id": "two-digits",
        "source": "fuel_poverty",
        "release": "2022-04-28",
        "table": "lsoa",
        "row": {"lsoa11_code": tiny.codes.lsoa(1)},
        "column": "fuel_poor_households",
        "expect": "x",
        "value": "7",
        "reason": "Two digits are swapped.",
        "said_by": "The publisher's enquiry desk",
        "date": dt.date(2024, 2, 1),
        "status": "proposed",
    }
    tiny.write("corrections", one)
    table = table_corrections(load_edition("tinytown-2018", tiny.project))
    assert isinstance(table, Table)
    (row,) = table.rows
    assert row[1:] == (
        f"lsoa, fuel_poor_households: two-digits: lsoa11_code {tiny.codes.lsoa(1)}: x is 7",
        "Two digits are swapped.",
        "The publisher's enquiry desk, 1 February 2024",
        "proposed, not applied",
    )
