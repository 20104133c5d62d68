"""Profiles of the invented city's five wards: two pages each, true sentences, nothing made twice or left half made."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pikepdf
import pypdfium2 as pdfium
import pytest

from analysis import figures, narrative
from analysis.blocks import Cover, Text
from analysis.cli import app
from analysis.errors import NotebookError, ReportError, UsageError
from analysis.indicators.ward_facts import ward_facts
from analysis.make.profiles import TEMPLATE, make_profiles, profiles_folder, read_profiles
from analysis.report.document import gather
from analysis.report.runner import kernels
from analysis.report.typst_pdf import render_pdf
from analysis.tables.loaded import keep_in_memory, load_edition
from analysis.tables.query import Tables

EDITION = "tinytown-2018"
MILL, QUAY, HILL, PARK, DOCKS = (f"E0500000{number}" for number in range(1, 6))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def words(block: Any) -> str:
    return "\n".join(one.get("markdown", "") for one in block.payload())


def wrong(sentences: Any, project: Any, city: Any, *wards: str) -> list[str]:
    """What is wrong with the numbers of profiles."""
    tables = Tables(project, EDITION)
    return [problem for ward in wards for problem in sentences.wrong_in_profile(tables, city, ward)]


def rewrite(path: Path, change: Any) -> None:
    """Change a table of the edition in place."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(rows)
    rows.to_csv(path, index=False)


@pytest.fixture(scope="module")
def city(tiny_built: Any) -> Any:
    return load_edition(EDITION, tiny_built.project)


# What is made ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ward", [MILL, QUAY, HILL, PARK, DOCKS])
def test_each_ward_has_two_tagged_pages(published: Any, ward: str) -> None:
    with pikepdf.open(profiles_folder(published.project, EDITION) / f"{ward}.pdf") as pdf:
        assert len(pdf.pages) == 2
        assert {tuple(round(float(side)) for side in page.mediabox) for page in pdf.pages} == {(0, 0, 595, 842)}
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert "pdfuaid:part" in str(pdf.Root.Metadata.read_bytes())
        roles, stack = [], [pdf.Root.StructTreeRoot]
        while stack:
            node = stack.pop()
            if isinstance(node, pikepdf.Array):
                stack += list(node)
            elif isinstance(node, pikepdf.Dictionary):
                if "/S" in node:
                    roles.append(str(node.S))
                    assert str(node.S) != "/Figure" or str(node.get("/Alt", ""))
                stack += [node.K] if "/K" in node else []
        assert "/TH" in roles
        assert roles.count("/Figure") == {DOCKS: 1}.get(ward, 3)


@pytest.mark.parametrize("ward", [MILL, QUAY, HILL, PARK, DOCKS])
def test_each_ward_has_a_page_that_any_reader_can_use(published: Any, pages: Any, ward: str) -> None:
    page = pages.Page(profiles_folder(published.project, EDITION) / f"{ward}.html")
    assert page.problems() == []
    assert page.all("script") == []
    assert f"{ward}.pdf" in [attrs["href"] for attrs in page.all("a")]


def test_the_receipt_names_every_ward_and_every_hash(published: Any) -> None:
    import hashlib

    folder = profiles_folder(published.project, EDITION)
    receipt = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    names = {MILL: "Mill", QUAY: "Quay", HILL: "Hill", PARK: "Park", DOCKS: "Docks"}
    assert receipt["wards"] == names
    assert read_profiles(published.project, EDITION) == (names, set(names))
    for one in receipt["profiles"]:
        for kind in ("pdf", "html"):
            content = (folder / f"{one['ward']}.{kind}").read_bytes()
            assert one[f"{kind}_sha256"] == hashlib.sha256(content).hexdigest()


def test_a_profile_of_one_page_or_of_three_is_refused() -> None:
    head = {"cell_type": "code", "id": "head", "metadata": {}, "source": "", "execution_count": 1}
    for lines in (3, 300):
        shown = [Cover("Mill", "Ward profile", "July 2018", "Somebody", "Short or long."), Text("A line.\n\n" * lines)]
        outputs = [{"output_type": "display_data", "metadata": {}, "data": one._repr_mimebundle_()} for one in shown]
        document = gather({"ward.ipynb": {"cells": [{**head, "outputs": outputs}]}})
        with pytest.raises(ReportError, match="a profile has 2 pages and this one"):
            render_pdf(document, datetime(2018, 7, 1, tzinfo=UTC), TEMPLATE / "profile.typ")


# What is said ---------------------------------------------------------------------------------------------------------


def test_sentences_of_a_ward(city: Any) -> None:
    said = words(narrative.describe_ward(city, MILL))
    assert "Mill has 3,798 residents, 28.6% of the city's (30 June 2017) [e]." in said
    assert "All its three small areas are in the most deprived tenth of Tinyland." in said
    assert "By its score it is the most deprived of four wards." in said
    assert "Furthest below the city: households in fuel poverty 7.8% (2020; city 11.3%)." in said
    assert "2.0 years below the city for women (−2.6 to −1.4)" in said
    assert "an estimate of low reliability [e][u]" in said
    assert "By its score it is the least deprived of four wards." in words(narrative.describe_ward(city, PARK))
    assert "that of the city for women (−0.3 to +0.3)" in words(narrative.describe_ward(city, HILL))
    deprived = words(narrative.describe_ward_deprivation(city, MILL))
    assert "its small areas rank from 120 to 900 in Tinyland" in deprived
    limits = words(narrative.box_ward(city, HILL))
    assert "It rests on four small areas: each is 25% of them" in limits
    assert "Life expectancy of women cannot be told from the city's" in limits


def test_a_ward_without_small_areas_says_so_and_shows_no_number(city: Any) -> None:
    assert "No small area belongs to Docks by best fit, so it has no figures of its own [x]." in words(
        narrative.describe_ward(city, DOCKS)
    )
    assert words(narrative.describe_ward_deprivation(city, DOCKS)) == "No deprivation is known for it [x]."
    assert "None of its figures is available [x]" in words(narrative.box_ward(city, DOCKS))
    assert {row[2] for row in narrative.table_ward(city, DOCKS).rows} == {"[x]"}
    for draw in (figures.draw_ward_ages, figures.draw_ward_spine, figures.draw_ward_small_areas):
        assert draw(city, DOCKS).payload() == []


def test_every_ward_sees_the_same_city(city: Any) -> None:
    rows = {ward: narrative.table_ward(city, ward).rows for ward in (MILL, HILL, DOCKS)}
    assert len({tuple((row[0], row[1], row[4]) for row in found) for found in rows.values()}) == 1
    places = {row[0]: row[5] for row in rows[MILL]}
    assert places["Deprivation score"] == "1 of 4"
    assert places["Residents"] == "none"  # a count grows with the ward


def test_a_ward_told_together_shows_the_others_figures_under_their_names(tiny: Any, sentences: Any) -> None:
    folder = tiny.project.processed / EDITION
    rows = pd.read_csv(folder / "indicators.csv", dtype=str, keep_default_na=False)
    one = rows[(rows["indicator"] == "population_total") & (rows["area_code"] == MILL)]
    one = one[one["period_end"] == one["period_end"].max()]
    changed = {"area_code": f"{MILL}+{DOCKS}", "area_name": "Docks and Mill", "instead_of": DOCKS, "value": "3900"}
    by_ground = {**changed, "area_code": f"{QUAY}+{DOCKS}", "area_name": "Docks and Quay", "value": "2600"}
    told = pd.concat([one.assign(**changed), one.assign(**by_ground)])
    told.to_csv(folder / "wards_together.csv", index=False)
    tiny.change("places", "tinytown", lambda place: place.update(told_together={"ward22": [[QUAY, DOCKS]]}))
    city = load_edition(EDITION, tiny.project)
    facts = ward_facts(city, DOCKS)
    assert facts.together == "Docks and Mill"
    said = words(narrative.describe_ward(city, DOCKS))
    assert "the figures below are those of **Docks and Mill** together" in said
    assert "The wards together have 3,900 residents" in said
    table = narrative.table_ward(city, DOCKS)
    assert [column.heading for column in table.columns][2:] == ["Together", "95% interval", "Tinytown"]
    assert [(row[0], row[2]) for row in table.rows] == [("Residents", "3,900 [e]")]
    assert np.isnan(facts.standings[0].best)
    assert ward_facts(city, MILL).together == ""
    assert "The report also gives it together with Quay, by ground" in words(narrative.box_ward(city, DOCKS))
    assert "Some measures have no limits" in words(narrative.box_ward(city, DOCKS))
    assert wrong(sentences, tiny.project, city, DOCKS) == []
    (_, _, numbers), *_ = sentences.of_profile(city, DOCKS)
    assert [one.key.partition("?")[0] for one in numbers] == ["wards_together", "wards_together"]


def test_ground_is_told_by_share_and_never_by_name(tiny: Any, sentences: Any) -> None:
    folder = tiny.project.processed / EDITION
    shared = {"old_geography": "ward11", "new_geography": "ward22", "new_code": MILL, "new_name": "Mill"}
    old = [
        ("E05000101", "Old Mill", 0.7, False, 0.5),
        ("E05000102", "Mill", 0.295, True, 0.2),
        ("E05000103", "x", 0.005, False, 0.0),
    ]
    pd.DataFrame(
        [
            {
                **shared,
                "old_code": code,
                "old_name": name,
                "share_of_new_area": share,
                "same_name": same,
                "overlap": both,
            }
            for code, name, share, same, both in old
        ]
    ).to_csv(folder / "ward_changes.csv", index=False)
    city = load_edition(EDITION, tiny.project)
    said = words(narrative.describe_ward_ground(city, MILL))
    assert "its ground lay in Old Mill (70%) and Mill (30%)." in said
    assert "The old ward of Mill was not the same ground: of what the two cover, 20% is common to both." in said
    assert "must not be joined" in said
    assert words(narrative.describe_ward_ground(city, QUAY)) == ""
    assert wrong(sentences, tiny.project, city, MILL) == []


# Which row each number is of ------------------------------------------------------------------------------------------


def test_every_number_of_a_profile_is_what_its_row_says(tiny_built: Any, city: Any, sentences: Any) -> None:
    assert wrong(sentences, tiny_built.project, city, MILL, QUAY, HILL, PARK, DOCKS) == []
    keys = {ward: [one.key for *_, said in sentences.of_profile(city, ward) for one in said] for ward in (MILL, DOCKS)}
    assert len(set(keys[MILL])) > 15
    assert keys[DOCKS] == []


def test_a_number_that_differs_from_its_row_or_has_none_is_found(tiny: Any, city: Any, sentences: Any) -> None:
    def fewer(rows: pd.DataFrame) -> None:
        mill = (rows["indicator"] == "population_total") & (rows["area_code"] == MILL)
        rows.loc[mill, "value"] = "3797"

    rewrite(tiny.project.processed / EDITION / "indicators.csv", fewer)
    found = wrong(sentences, tiny.project, city, MILL)  # the city as it was before
    assert any("'3,798' is printed and 3797.0 is held" in problem for problem in found)
    table = tiny.project.processed / EDITION / "wards.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(MILL, QUAY), encoding="utf-8")
    assert any("no row of wards.csv" in problem for problem in wrong(sentences, tiny.project, city, MILL))
    (_, markdown, numbers), *_ = sentences.of_profile(city, MILL)
    assert any("3,798" in text for text in sentences.left_over(sentences.blanked(markdown, numbers[1:]), set()))


def test_wards_that_tie_share_a_place(tiny: Any, sentences: Any) -> None:
    def tie(rows: pd.DataFrame) -> None:
        score = (rows["indicator"] == "imd_average_score") & (rows["value"] != "")
        rows.loc[score & rows["area_code"].isin([QUAY, HILL]), "value"] = "30"
        rows.loc[score & (rows["area_code"] == MILL), "value"] = "50"
        rows.loc[score & (rows["area_code"] == PARK), "value"] = "20"

    rewrite(tiny.project.processed / EDITION / "indicators.csv", tie)
    city = load_edition(EDITION, tiny.project)
    places = {QUAY: "the second most", HILL: "the second most", MILL: "the most", PARK: "the least"}
    for ward, place in places.items():
        assert f"By its score it is {place} deprived of four wards." in words(narrative.describe_ward(city, ward))
        assert wrong(sentences, tiny.project, city, ward) == []


def test_places_have_a_key_unless_only_some_wards_have_limits(tiny: Any, sentences: Any) -> None:
    def bounded(rows: pd.DataFrame) -> None:
        wards = (rows["indicator"] == "fuel_poverty") & (rows["geography"] == "ward22") & (rows["value"] != "")
        for column, distance in (("lower_ci95", -1), ("upper_ci95", 1)):
            rows.loc[wards, column] = (rows.loc[wards, "value"].astype(float) + distance).astype(str)

    rewrite(tiny.project.processed / EDITION / "indicators.csv", bounded)
    city = load_edition(EDITION, tiny.project)
    table = narrative.table_ward(city, MILL)
    at = [column.heading for column in table.columns].index("Place among wards")
    line = next(number for number, row in enumerate(table.rows) if row[0] == "Households in fuel poverty")
    assert table.columns[at].words == ""
    best, *_, of = (one for one in table.numbers if one.part == f"{line},{at}")
    assert table.rows[line][at].startswith(best.text)
    assert table.rows[line][at].endswith(f" of {of.text}")
    assert "value!=:count - indicators?" in best.key
    assert "lower_ci95<=" in best.key
    assert of.key.endswith("value!=:count")

    def bare(rows: pd.DataFrame) -> None:
        rows.loc[(rows["indicator"] == "fuel_poverty") & (rows["area_code"] == HILL), ["lower_ci95", "upper_ci95"]] = ""

    rewrite(tiny.project.processed / EDITION / "indicators.csv", bare)
    city = load_edition(EDITION, tiny.project)
    table = narrative.table_ward(city, MILL)
    assert "by value where not" in table.columns[at].words
    assert not [one for one in table.numbers if one.part == f"{line},{at}"]
    assert table.rows[line][at].endswith(" of 4")
    assert wrong(sentences, tiny.project, city, MILL, HILL) == []


def test_one_small_area_has_one_rank_and_no_range(tiny: Any, sentences: Any) -> None:
    def one(rows: pd.DataFrame) -> None:
        rows.loc[rows["area_code"] == HILL, ["small_areas", "small_areas_most_deprived_10pct"]] = ["1", "0"]
        rows.loc[rows["area_code"] == HILL, ["most_deprived_rank", "least_deprived_rank"]] = "4321"

    rewrite(tiny.project.processed / EDITION / "wards.csv", one)
    city = load_edition(EDITION, tiny.project)
    assert "its small area ranks 4,321 in Tinyland" in words(narrative.describe_ward_deprivation(city, HILL))
    assert "Its one small area is not in the most deprived tenth" in words(narrative.describe_ward(city, HILL))
    assert wrong(sentences, tiny.project, city, HILL) == []


def test_a_figure_without_a_late_value_is_not_counted_by_an_earlier_one(tiny: Any, sentences: Any) -> None:
    def late(rows: pd.DataFrame) -> None:
        own = rows[(rows["indicator"] == "fuel_poverty") & (rows["area_code"] == MILL)]
        rows.loc[own.index, ["value", "lower_ci95", "upper_ci95", "flag"]] = ["", "", "", "[x]"]

    limits = words(narrative.box_ward(load_edition(EDITION, tiny.project), MILL))
    rewrite(tiny.project.processed / EDITION / "indicators.csv", late)  # judgements.csv still has a value
    city = load_edition(EDITION, tiny.project)
    assert "Not available [x], which is not zero: Households in fuel poverty." in words(narrative.box_ward(city, MILL))
    assert words(narrative.box_ward(city, MILL)) != limits
    assert wrong(sentences, tiny.project, city, MILL) == []


def test_numbers_of_a_profile_are_words_like_the_others(published: Any, pages: Any, city: Any) -> None:
    folder = profiles_folder(published.project, EDITION)
    page, said = pages.Page(folder / f"{MILL}.html"), "Mill has 3,798 residents, 28.6% of the city"
    assert said in page.text()
    assert said in page.path.read_text(encoding="utf-8")  # with nothing around the numbers
    assert not any("\ue000" <= letter <= "\uf8ff" for letter in page.text())
    assert not [attrs for attrs in page.all("a") if attrs.get("class") == "number" or "#about-" in attrs["href"]]
    with pikepdf.open(folder / f"{MILL}.pdf") as pdf:
        links = [link for page in pdf.pages for link in page.get("/Annots", ()) if link.Subtype == "/Link"]
        assert not any("/Dest" in link or "/D" in link.get("/A", {}) for link in links)
    document = pdfium.PdfDocument(folder / f"{MILL}.pdf")
    printed = " ".join("".join(page.get_textpage().get_text_bounded() for page in document).split())
    assert said in printed
    assert not any("\ue000" <= letter <= "\uf8ff" for letter in printed)


@pytest.mark.parametrize("ward", ["E05999999", "Mill", ""])
def test_an_unknown_ward_is_refused_in_a_sentence(tiny_built: Any, ward: str) -> None:
    with pytest.raises(UsageError, match=f"no ward '{ward}': expected the code of one of its 5 wards") as caught:
        make_profiles(tiny_built.project, EDITION, [ward])
    assert "\n" not in str(caught.value)
    assert ("The code of Mill is E05000001." in str(caught.value)) == (ward == "Mill")
    assert not profiles_folder(tiny_built.project, EDITION).exists()


# When it is made ------------------------------------------------------------------------------------------------------


def test_nothing_is_made_twice_and_the_same_bytes_come_again(published: Any, tmp_path: Path) -> None:
    city = published.copy(tmp_path / "project")
    folder = profiles_folder(city.project, EDITION)
    before, times = contents(folder), {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    made = make_profiles(city.project, EDITION)
    assert (made.why, made.taken_away, len(made.wards)) == ((), 0, 5)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times
    made = make_profiles(city.project, EDITION, [QUAY], force=True)
    assert (made.why, made.taken_away, made.wards) == (("asked for",), 0, (QUAY,))
    assert contents(folder) == before
    (folder / f"{QUAY}.pdf").write_bytes(b"edited")
    made = make_profiles(city.project, EDITION, [QUAY])
    assert made.why == (f"{QUAY}.pdf changed",)
    assert made.taken_away == 4
    made = make_profiles(city.project, EDITION)
    assert made.why == ("not made yet",)
    assert contents(folder) == before


def test_a_ward_that_fails_leaves_everything_as_it_was(published: Any, tmp_path: Path) -> None:
    city = published.copy(tmp_path / "project")
    folder = profiles_folder(city.project, EDITION)
    before = contents(folder)
    path = city.project.notebooks / "ward_profile.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("narrative.box_ward(city, ward)", "narrative.box_ward(city, edition)"), encoding="utf-8"
    )
    with pytest.raises(NotebookError, match=r"ward_profile.ipynb for Mill \(E05000001\): cell 'ward-limits' failed"):
        make_profiles(city.project, EDITION, workers=1)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [EDITION]


def test_neither_order_nor_number_of_kernels_changes_a_byte(published: Any, tmp_path: Path) -> None:
    city = published.copy(tmp_path / "project")
    folder = profiles_folder(city.project, EDITION)
    before = contents(folder)
    make_profiles(city.project, EDITION, [DOCKS, PARK, HILL, QUAY, MILL], force=True, workers=1)
    assert contents(folder) == before
    with ThreadPoolExecutor(2) as given, kernels(1):  # which ends what the threads keep
        make_profiles(city.project, EDITION, force=True, executor=given)
    assert contents(folder) == before


def test_an_edition_kept_in_memory_is_handed_out(tiny: Any) -> None:
    assert load_edition(EDITION, tiny.project) is not load_edition(EDITION, tiny.project)
    kept = keep_in_memory(EDITION, tiny.project)
    assert load_edition(EDITION, tiny.project) is kept


def test_what_is_worked_out_once_is_kept(city: Any) -> None:
    calls = []

    def work(edition: Any) -> int:
        calls.append(edition)
        return len(calls)

    assert [city.once(work), city.once(work)] == [1, 1]


def test_the_command_names_the_folder_and_the_index(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    monkeypatch.chdir(published.root)
    done = CliRunner().invoke(app, ["profiles", EDITION])
    assert done.exit_code == 0, done.output
    assert f"reports/wards/{EDITION}" in done.output
    assert "up to date, nothing changed" in done.output
    done = CliRunner().invoke(app, ["site"])
    assert done.output.strip() == "reports/index.html"
