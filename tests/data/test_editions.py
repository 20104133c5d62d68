"""Every edition that is found: built from what it pins alone, refused where it cannot be, and readable."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from frictionless import validate

from analysis import narrative
from analysis.blocks import Blocks, Box, Figure, Table, Text
from analysis.catalogue.load import load_catalogue
from analysis.errors import AnalysisError, DefinitionError
from analysis.make.editions import make_tables_of
from analysis.make.tables import build_edition
from analysis.narrative import deprivation
from analysis.narrative.movement import say_change, say_since_previous
from analysis.narrative.prose import Prose
from analysis.narrative.series import city_rows, previous_rows, series_key
from analysis.paths import DEFINITIONS, Project
from analysis.report.datapackage import make_data_package
from analysis.sources.snapshots import open_release
from analysis.tables.loaded import LoadedEdition, load_edition
from analysis.tables.query import Tables
from analysis.tables.stamps import build_inputs, open_edition, what_changed
from analysis.words import number_word

EDITIONS = sorted(path.stem for path in (DEFINITIONS / "editions").glob("*.yml"))
UPDATES = [name for name in EDITIONS if load_catalogue(DEFINITIONS).editions[name].baseline]
FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
LAST = FACTS["last"]
SAID: tuple[Callable[[LoadedEdition], Any], ...] = (
    narrative.describe_year,
    narrative.describe_scorecard,
    narrative.describe_early_warnings,
    narrative.table_headlines,
    narrative.describe_progress,
    narrative.tables_progress,
    narrative.tables_priorities,
    narrative.describe_further_plans,
    narrative.describe_last_warnings,
    narrative.describe_snapshots,
    narrative.describe_ward_changes,
    narrative.describe_changes,
    narrative.describe_gaps,
    narrative.describe_deprivation,
    narrative.describe_life_expectancy,
    narrative.describe_wards,
)
MANY = "wards|figures|years|small areas|warnings|indicators|releases|priorities"
CLUMSY = {
    "two spaces": r"\S {2,}\S",
    "one of many": rf"(?<![\d.,])1 ({MANY}|series|people)\b",
    "a verb of many after one or none": r"(?<![\d.,])[01] (differ|stand)\b",
    "one in words of many": rf"\bone ({MANY})\b",
    "a signed fall": r"\bby [-−]|\b(rise|fall) of [-−+]",
    "missing as a number": r"\b(nan|NaN|NaT|inf)\b|\bNone\b(?! (is|stands|known|differs|of it))",
    "two full stops": r"\.\.",
    "a full stop before a comma": r"[.,;] ?[,;]|,\.",
    "a space before a stop": r" [,;.](?!\d)",
    "brackets after brackets": r"(?<!\bage)\) \(",
    "nothing in brackets": r"\(\s*\)|\[\s*\]",
    "a plural by s alone": r"\b(two|three|four|five|six|seven|eight|nine|\d+) s\b",
    "no and none": r"\bno none\b|\bof the none\b|\bnone none\b",
    "a fall and a rise of nothing": r"\b(rise|fall) of 0(\.0+)?(?!\.?\d)",
    "twice the same word": r"\b(the|of|is|are|in|and|at|by|a) \1\b",
    "a score for deprivation over time": r"deprivation (rose|fell|improved|worsened|increased|decreased)\b",
}
ALLOWED = ("or fell because a score",)  # the box that says what may not be said


@pytest.fixture
def changed(project: Project, tmp_path: Path) -> Project:
    """A copy, built, to change at will."""
    shutil.copytree(project.root, tmp_path / "copy")
    return Project(tmp_path / "copy", tmp_path / "copy" / "definitions")


def tables(project: Project, edition: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project.processed / edition).glob("*.csv"))}


def test_all_are_built(project: Project) -> None:
    assert set(FACTS["editions"]) <= set(EDITIONS)
    names = set(tables(project, EDITIONS[0]))
    for edition in EDITIONS:
        built = tables(project, edition)
        assert set(built) == names
        assert len(built["indicators.csv"]) > 1_000_000 or edition not in FACTS["editions"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_nothing_later_than_the_cut_off_but_what_stands_in(project: Project, edition: str) -> None:
    loaded = load_edition(edition, project)
    cut_off = loaded.edition.cut_off.isoformat()
    later = loaded.indicators[loaded.indicators["period_end"] > cut_off]
    assert set(later["source"]) <= {one.source for one in loaded.edition.stand_ins}
    assert later["flag"].str.contains(r"\[(?:e|x|z)\]").all()
    keys = zip(loaded.sources["source"], loaded.sources["release"], strict=True)
    published = dict(zip(keys, loaded.sources["published"], strict=True))
    known = loaded.indicators[loaded.indicators["value"].notna()]
    stand_ins = {one.source for one in loaded.edition.stand_ins}
    for (source, release), rows in known.groupby(["source", "release"]):
        if published[str(source), str(release)] > cut_off and source not in stand_ins:
            assert rows["flag"].str.contains("[r]", regex=False).all(), (source, release)


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_holds_its_own_wards(project: Project, edition: str) -> None:
    loaded = load_edition(edition, project)
    own = loaded.edition.ward_geography
    rows = loaded.indicators[loaded.indicators["geography"].str.startswith("ward")]
    assert set(rows["geography"]) == {own}
    drawn = loaded.outlines[loaded.outlines["geography"] == own]
    assert set(rows["area_code"]) == set(drawn["area_code"])
    if edition in FACTS["editions"]:
        assert len(drawn) == FACTS["wards"][own]
        assert (own == "ward22") == (edition <= FACTS["last_old_wards"])


def test_a_later_release_moves_no_earlier_edition(project: Project, changed: Project) -> None:
    """The newest indices are changed: editions that do not pin them need no rebuild, and rebuilt they agree."""
    edits = [("imd", "2025-10-30", "lsoa", "imd_score"), ("iod_summaries", "2025-10-30", "districts", "average_score")]
    for source, release, table, column in edits:
        edit(changed.raw / source / release, table, column)
    untouched = [name for name in EDITIONS if not pins(changed, name, edits)]
    assert set(FACTS["editions"]) - set(untouched) == {LAST}
    for name in EDITIONS:
        changes = what_changed(changed.processed / name, build_inputs(changed, open_edition(changed, name)))
        assert bool(changes) == (name not in untouched), (name, changes)
    catalogue = load_catalogue(changed.definitions)
    for name in (FACTS["editions"][0], FACTS["editions"][-2], LAST):
        build_edition(changed, catalogue, name, changed.processed / name)
        assert (tables(changed, name) == tables(project, name)) == (name in untouched)


def pins(project: Project, name: str, edits: list[tuple[str, str, str, str]]) -> bool:
    edition = open_edition(project, name)
    pinned = {(source, release) for source, releases in edition.releases.items() for release in releases}
    pinned |= {(one.source, one.release) for one in edition.deprivation_weights.values()}
    return any((source, release) in pinned for source, release, _, _ in edits)


def edit(folder: Path, table: str, column: str) -> None:
    """Add a little to the first number of a column, and write the receipt anew, as a corrected release would come.

    So little that the area keeps its rank among those held.
    """
    path = folder / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row[column])
    row[column] = f"{float(row[column]) + 0.001:.3f}" if "." in row[column] else str(int(row[column]) + 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    receipt = folder / "snapshot.yml"
    snapshot = yaml.safe_load(receipt.read_text(encoding="utf-8"))
    snapshot["tables"][table]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    receipt.write_text(yaml.safe_dump(snapshot, sort_keys=False, allow_unicode=True), encoding="utf-8")


def update(project: Project, name: str, **keys: Any) -> Path:
    path: Path = project.definitions / "editions" / f"{name}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in keys.items():
        if isinstance(value, dict):
            data[key].update(value)
        else:
            data[key] = value
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("edition", "keys", "words"),
    [
        ("2021", {"ward_geography": "ward23"}, "was not in force at the cut-off 2021-07-31; write ward22"),
        ("2024", {"ward_geography": "ward22"}, "was not in force at the cut-off 2024-07-31; write ward23"),
        ("2021", {"releases": {"imd": ["2025-10-30"]}}, "pin what was known by then: '2015-09-30' or '2019-09-26'"),
        ("2021", {"baseline": "liverpool-2022"}, "the edition liverpool-2022 is not earlier than liverpool-2021"),
        ("2021", {"previous": "liverpool-2021"}, "the edition liverpool-2021 is not earlier than liverpool-2021"),
        ("2021", {"releases": {"imd": ["2020-01-01"]}}, "no release '2020-01-01'; expected '2015-09-30'"),
        ("2021", {"plans": ["igp-2019"]}, "there is no plan 'igp-2019'; expected '"),
    ],
)
def test_an_edition_that_cannot_hold_is_refused(
    repository: Path, tmp_path: Path, edition: str, keys: dict[str, Any], words: str
) -> None:
    own = Project(repository, tmp_path / "definitions")
    shutil.copytree(DEFINITIONS, own.definitions)
    path = update(own, f"liverpool-{edition}", **keys)
    with pytest.raises(DefinitionError, match=re.escape(words)) as refusal:
        load_catalogue(own.definitions)
    assert str(refusal.value).startswith(f"{path}:")


def test_a_priority_that_is_gone_is_refused(repository: Path, tmp_path: Path) -> None:
    own = Project(repository, tmp_path / "definitions")
    shutil.copytree(DEFINITIONS, own.definitions)
    plan = own.definitions / "plans" / "igp-2018.yml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("- id: igp-4.2\n", "- id: igp-4.9\n"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"no priority 'igp-4\.2' in any plan; nearest are 'igp-"):
        load_catalogue(own.definitions)


def test_a_release_whose_folder_is_gone_is_refused(changed: Project) -> None:
    shutil.rmtree(changed.raw / "imd" / "2019-09-26")
    with pytest.raises(AnalysisError, match="imd/2019-09-26"):
        make_tables_of(changed, ["liverpool-2021"], force=True)


def test_what_an_edition_looks_back_on_must_be_built(changed: Project) -> None:
    shutil.rmtree(changed.processed / "liverpool-2020")
    with pytest.raises(AnalysisError, match=r"not built yet. Build it first: sotc build liverpool-2020\."):
        narrative.describe_year(load_edition("liverpool-2021", changed))


def test_published_places_and_shares_stand_side_by_side(project: Project) -> None:
    loaded = load_edition(LAST, project)
    blocks = narrative.describe_snapshots(loaded).blocks
    table = next(block for block in blocks if isinstance(block, Table))
    assert [row[:2] + row[3:4] for row in map(tuple, table.rows)] == [
        (year, "{tenth} of {of} ({share})".format(**one), "{rank} of {districts}".format(**one))
        for year, one in FACTS["indices"].items()
    ]
    assert isinstance(blocks[-1], Box)
    assert not any(isinstance(block, Figure) for block in blocks)


@pytest.mark.parametrize("edition", UPDATES)
def test_a_figure_that_its_source_repeats_is_not_said_to_be_new(project: Project, edition: str) -> None:
    city = load_edition(edition, project)
    table = narrative.table_headlines(city)
    chapters = "\n".join(texts(narrative.describe_progress(city)))
    own = city_rows(city)
    for row in own:
        indicator = city.catalogue.indicators[row["indicator"]]
        if not indicator.headline or row["sex"] != "persons":
            continue
        repeated = row["repeated"] == "yes"
        line = next(line for line in chapters.splitlines() if line.startswith(f"- **{indicator.title}**"))
        assert ("the source repeats its figure of" in line) == repeated, line
        latest = next(cells[2] for cells in table.rows if cells[0].startswith(indicator.title))
        assert ("repeated for" in latest) == repeated
    last = {row["indicator"] for row in own if row["repeated"] == "yes" and "worst" in row["peers_place"]}
    warnings = city.table("early_warnings")
    assert last <= set(warnings["indicator"]), "a repeated value is hidden"
    printed = list(narrative.describe_early_warnings(city).blocks[1].rows)
    for row in warnings[(warnings["leads"] == "yes") & (warnings["repeated"] == "yes")].to_dict("records"):
        assert "repeated for" in printed[int(row["order"]) - 1][1], row["indicator"]
    if edition == LAST:
        assert "64.6% (the source repeats its figure of 2019 for 2021)" in chapters
        assert "hi_overweight_and_obesity_in_children" in last


@pytest.mark.parametrize("edition", UPDATES)
def test_the_first_page_counts_as_many_changes_as_can_be_judged(project: Project, edition: str) -> None:
    city = load_edition(edition, project)
    support = city.table("judgement_support").set_index("judgement")["series"]
    judged = int(support[[name for name in support.index if "since the baseline" in name]].iloc[0])
    page = "\n".join(texts(narrative.describe_year(city)))
    assert f"Of the {number_word(judged)} changes since the baseline that limits can judge" in page
    assert "most of them" not in page


def test_a_snapshot_of_one_release_is_not_said_to_be_of_two(project: Project) -> None:
    for edition in UPDATES:
        for row in city_rows(load_edition(edition, project)):
            if row["baseline_end"] == row["period_end"]:
                assert row["change_reason"] == "no later period than the baseline's is held", row["indicator"]


def test_a_mean_worked_out_anew_says_so_and_gives_what_was_printed(project: Project, sentences: Any) -> None:
    city = load_edition("liverpool-2024", project)
    notes = " ".join(block.note for block in narrative.tables_progress(city).blocks if isinstance(block, Table))
    title = "Young people not staying on after 16"
    assert f"with this edition's residents; the baseline report gave: {title}, 18.0%." in notes
    (row,) = [row for row in city_rows(city) if row["indicator"] == "not_staying_on_at_school"]
    prose = Prose()
    say_change(city, row, prose)
    assert "The baseline report gave 18.0% (2019); this edition works it out anew" in prose.text().markdown
    tables = Tables(project, "liverpool-2024")
    assert not [problem for number in prose.text().numbers if (problem := sentences.wrong(tables, number, city))]
    first = load_edition("liverpool-2021", project)
    (row,) = [row for row in city_rows(first) if row["indicator"] == "not_staying_on_at_school"]
    prose = Prose()
    say_since_previous(first, row, previous_rows(first)[series_key(row)], prose)
    assert "has been revised" not in prose.text().markdown
    assert "works it out anew" in prose.text().markdown


def test_an_aim_without_a_figure_by_small_area_names_its_plan(project: Project) -> None:
    page = "\n".join(texts(narrative.table_distribution(load_edition("liverpool-2024", project))))
    assert "Two aims have no figure by small area: A well-run Council (Council Plan) and Liverpool" in page


def test_small_areas_are_paired_by_the_change_codes(project: Project, repository: Path) -> None:
    pairs = load_edition(LAST, project).table("index_pairs").set_index("later_release")
    lookup = open_release(Project(repository), "lookup_lsoa11_lsoa21", "2022-12").table("lookup")
    unchanged = lookup[lookup["change_code"] == "U"].set_index("lsoa11_code")["lsoa21_code"]
    small = load_edition(LAST, project).small_areas
    tenth = {release: set(rows.loc[rows["decile"] == 1, "area_code"]) for release, rows in small.groupby("release")}
    first, second = unchanged.index.isin(tenth["2019-09-26"]), unchanged.isin(tenth["2025-10-30"]).to_numpy()
    row = pairs.loc["2025-10-30"]
    assert row["unchanged"] == len(unchanged)
    assert row["tenth_in_both"] == (first & second).sum()
    assert row["tenth_in_earlier_only"] == (first & ~second).sum()
    assert row["tenth_in_later_only"] == (~first & second).sum()
    assert row["unchanged"] + row["split_or_merged"] == row["earlier_areas"]


@pytest.mark.parametrize("edition", UPDATES)
def test_no_change_and_no_trend_crosses_a_break(project: Project, edition: str) -> None:
    loaded = load_edition(edition, project)
    rows = loaded.judgements[loaded.judgements["value"].notna()]
    for row in rows.to_dict("records"):
        indicator = loaded.catalogue.indicators[str(row["indicator"])]
        crossed = any(str(row["baseline_end"]) < day <= str(row["period_end"]) for day in indicator.breaks)
        if row["baseline_end"] and crossed:
            assert pd.isna(row["change"]), row["indicator"]
        if indicator.change != "allowed":
            assert pd.isna(row["change"]), row["indicator"]
        if indicator.kind == "money":
            assert row["change_result"] in ("not judged", "no limits held"), row["indicator"]


def texts(block: Any) -> Iterator[str]:
    if isinstance(block, Blocks):
        for one in block.blocks:
            yield from texts(one)
    elif isinstance(block, Text | Box):
        yield from re.sub(r"\[\]\(#[^)]+\)", "Figure 1", block.markdown).splitlines()
    elif isinstance(block, Table):
        yield from (block.title, block.note)
        yield from (cell for row in block.rows for cell in row)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_release_later_than_the_cut_off_is_named(project: Project, edition: str) -> None:
    """Outlines, lookups, weights and what only checks the figures too."""
    loaded = load_edition(edition, project)
    published = loaded.sources["published"]
    later = set(loaded.sources.loc[published > loaded.edition.cut_off.isoformat(), "title"])
    said = "\n".join(texts(narrative.describe_changes(loaded)))
    vintage = said[said.index("What was known on") :] if later else said
    assert later or edition not in FACTS["editions"]
    assert not {title for title in later if f"{title}, " not in vintage}


@pytest.mark.parametrize("edition", UPDATES)
def test_it_reads_as_if_a_person_wrote_it(project: Project, edition: str) -> None:
    loaded = load_edition(edition, project)
    found = []
    for describe in SAID:
        for line in texts(describe(loaded)):
            for problem, pattern in CLUMSY.items():
                match = re.search(pattern, line)
                if match and not any(allowed in line for allowed in ALLOWED):
                    near = line[max(0, match.start() - 40) : match.end() + 40]
                    found.append(f"{describe.__name__}: {problem}: …{near}…")
            for opening, closing in ("()", "[]"):
                if line.count(opening) != line.count(closing):
                    found.append(f"{describe.__name__}: unmatched {opening}: {line[:80]}")
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize(
    "line",
    [
        "It fell by -0.3.",
        "In 1 wards",
        "two  spaces",
        "nan% of",
        "End..",
        "all ( ) of",
        "a rise of 0.0",
        "(open",
        "1 differ at",
        "0 stand last",
    ],
)
def test_the_rules_of_reading_catch_what_they_are_for(line: str) -> None:
    caught = any(re.search(pattern, line) for pattern in CLUMSY.values())
    assert caught or line.count("(") != line.count(")")


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_column_is_described_and_no_cell_could_run(project: Project, edition: str, tmp_path: Path) -> None:
    catalogue = load_catalogue(project.definitions)
    package = make_data_package(catalogue, catalogue.edition(edition), project.processed / edition)
    for name, content in package.items():
        (tmp_path / name).write_bytes(content)
    if edition in (FACTS["editions"][0], LAST):
        report = validate(str(tmp_path / "datapackage.json"))
        assert report.valid, report.to_summary()


DOMAINS = ("income", "employment", "education", "health", "crime", "barriers", "environment")


@pytest.mark.parametrize(("edition", "release"), [("liverpool-2020", "2019-09-26"), ("liverpool-2026", "2025-10-30")])
def test_shares_are_those_of_the_raw_deciles(project: Project, edition: str, release: str) -> None:
    text = (project.raw / "imd" / release / "lsoa.csv").read_text(encoding="utf-8")
    raw = list(csv.DictReader(text.splitlines()))
    rows = load_edition(edition, project).indicators
    for domain in DOMAINS:
        name = f"imd_{domain}_share_lsoas_most_deprived_10pct"
        assert deprivation.DOMAIN.fullmatch(name)
        found = rows[(rows["indicator"] == name) & (rows["release"] == release)].iloc[0]
        tenth = sum(row[f"{domain}_decile"] == "1" for row in raw)
        assert (found["numerator"], found["denominator"]) == (tenth, len(raw)), domain


def by_domain(edition: LoadedEdition) -> str:
    prose = Prose()
    deprivation.say_domains(edition, prose)
    return str(prose.text().markdown)


def test_the_reader_is_told_which_domain_is_deepest(project: Project) -> None:
    words = by_domain(load_edition("liverpool-2026", project))
    assert words.startswith(
        "By its domains the share is highest for health and disability: 60.6% (183 of 302 small areas). It is 43.4% "
        "for employment, 31.1% for income, "
    )
    assert "In all of England it is a tenth for each." in words


def test_an_index_without_domains_is_silent(project: Project) -> None:
    assert by_domain(load_edition("liverpool-2018", project)) == ""
