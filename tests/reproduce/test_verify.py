"""What ``sotc verify`` says of a report: three verdicts apart, every difference named, on the invented city."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from analysis.audit.receipt import MANIFEST, SCHEMA, sealed
from analysis.cli import app
from analysis.errors import AuditError
from analysis.make.editions import Made, make_editions
from analysis.make.verdicts import DIFFERS, IDENTICAL, NOT_CHECKED, Verification
from analysis.make.verify import verify
from analysis.report.sentence_numbers import ANNEX
from analysis.tables import stamps
from analysis.tables.stamps import RUN

EDITION = "tinytown-2018"


@pytest.fixture
def city(tiny_reported: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The invented city with its report, to change at will, as the working folder."""
    made = tiny_reported.copy(tmp_path / "project")
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def rebuilt(tiny_reported: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing behind the report changes, what was made once stands for what would be made again."""

    def copy(fresh: Any, names: list[str], **_: object) -> list[Made]:
        for folder in ("data/processed", "reports"):
            shutil.copytree(tiny_reported.root / folder, fresh.root / folder)
        return [Made(names[0], fresh.reports / names[0], ())]

    monkeypatch.setattr("analysis.make.editions.make_editions", copy)


@pytest.fixture(scope="module")
def verified(tiny_reported: Any) -> Verification:
    return verify(tiny_reported.project, EDITION)


def results(found: Verification) -> list[str]:
    return [found.files.result, found.numbers.result, found.figures.result, found.documents.result]


def report(city: Any) -> Path:
    folder: Path = city.project.reports / EDITION
    return folder


def rewrite(city: Any, change: Any) -> None:
    """Change the receipt, seal and stamp it again, and drop the account of the run, as one who forges it would."""
    (report(city) / RUN).unlink(missing_ok=True)
    path = report(city) / MANIFEST
    receipt = json.loads(path.read_text(encoding="utf-8"))
    change(receipt)
    path.write_bytes(sealed(receipt))
    stamp = stamps.read_stamp(report(city))
    if stamp:
        stamps.write_stamp(report(city), stamp.inputs)


def set_cell(path: Path, row: int, column: str, value: str) -> str:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    old, rows[row][rows[0].index(column)] = rows[row][rows[0].index(column)], value
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return old


def test_an_untouched_report_reproduces(verified: Verification) -> None:
    assert results(verified) == [IDENTICAL] * 4
    assert verified.exit_code == 0
    assert verified.numbers.files > 40
    assert verified.figures.files > 5
    assert verified.documents.files == 7  # PDF, page, two notebooks, workbook, data package, crate
    assert verified.done[0].endswith("tables from raw")


def test_nothing_in_the_project_changes_and_no_folder_is_left(
    tiny_reported: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tiny_reported.root.rglob("*")}
    verify(tiny_reported.project, EDITION, "deprivation-table")
    assert {path: path.stat().st_mtime_ns for path in tiny_reported.root.rglob("*")} == before
    assert list(tmp_path.iterdir()) == []


def test_a_fresh_clone_verifies_with_nothing_built(city: Any) -> None:
    shutil.rmtree(city.project.processed)
    receipt = (report(city) / MANIFEST).read_bytes()
    shutil.rmtree(report(city))
    report(city).mkdir()
    (report(city) / MANIFEST).write_bytes(receipt)
    found = verify(city.project, EDITION)
    assert results(found) == [IDENTICAL] * 4
    assert found.exit_code == 0
    assert "no built tables here to check" in found.files.reason
    assert not city.project.processed.exists()
    quick = verify(city.project, EDITION, quick=True)
    assert quick.files.result == NOT_CHECKED
    assert quick.exit_code == AuditError.exit_code


@pytest.mark.usefixtures("rebuilt")
def test_without_the_old_bytes_the_file_alone_is_named(city: Any) -> None:
    shutil.rmtree(city.project.processed)
    rewrite(city, lambda receipt: receipt["processed"][0].update(sha256="0" * 64))
    found = verify(city.project, EDITION)
    (one,) = found.numbers.differences
    assert one.file == f"data/processed/{EDITION}/cleaning_log.csv"
    assert one.expected == "000000000000…"
    assert "not at hand" in one.note
    assert results(found) == [IDENTICAL, DIFFERS, IDENTICAL, IDENTICAL]
    assert found.exit_code == 10


def test_other_raw_figures_show_which_number_differs(city: Any) -> None:
    city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": city.codes.lsoa(1)}, "fuel_poor_households", "7")
    found = verify(city.project, EDITION)
    assert found.exit_code == 10
    assert found.files.result == DIFFERS  # the raw table is not the receipt's
    assert {one.file.rpartition("/")[2] for one in found.files.differences} == {"lsoa.csv", "snapshot.yml"}
    row = next(
        one for one in found.numbers.differences if one.file.endswith("/indicators.csv") and one.column == "value"
    )
    assert "fuel_poverty" in row.row
    assert city.codes.lsoa(1) in row.row
    assert float(row.expected) != float(row.found)
    assert found.documents.result == DIFFERS
    page = next(one for one in found.documents.differences if one.file.endswith("report.html"))
    assert page.row.startswith("line ")
    assert page.expected != page.found


@pytest.mark.usefixtures("rebuilt")
def test_an_edited_table_is_named_by_row_and_column_and_reproduces_all_the_same(city: Any) -> None:
    path = city.project.processed / EDITION / "wards.csv"
    old = set_cell(path, 1, "population", "1.5")
    found = verify(city.project, EDITION)
    assert results(found) == [DIFFERS, IDENTICAL, IDENTICAL, IDENTICAL]
    assert found.exit_code == 13
    (one,) = found.files.differences
    assert (one.file, one.column) == (f"data/processed/{EDITION}/wards.csv", "population")
    assert (one.expected, one.found) == (old, "1.5")
    assert city.codes.ward("Mill") in one.row


def test_an_edited_picture_is_no_matter_of_numbers(city: Any) -> None:
    path = report(city) / "figures" / "deprivation-wards.svg"
    path.write_bytes(path.read_bytes().replace(b"#", b"%", 1))
    found = verify(city.project, EDITION, "deprivation-wards")
    assert found.numbers.result == found.figures.result == IDENTICAL
    (one,) = found.files.differences
    assert one.file.endswith("deprivation-wards.svg")
    assert one.row.startswith("line ")


@pytest.mark.parametrize(
    ("section", "column", "code"),
    [("figures", "svg_sha256", 11), ("documents", "sha256", 12), ("figures", "title", 12)],
)
@pytest.mark.usefixtures("rebuilt")
def test_each_verdict_has_its_own_exit_code(city: Any, section: str, column: str, code: int) -> None:
    def change(receipt: dict[str, Any]) -> None:
        one = next(one for one in receipt[section] if one.get(column))
        one[column] = "0" * 64

    rewrite(city, change)
    found = verify(city.project, EDITION)
    assert found.exit_code == code
    assert found.numbers.result == IDENTICAL


def test_an_edited_receipt_is_refused_and_named(city: Any) -> None:
    path = report(city) / MANIFEST
    path.write_bytes(path.read_bytes().replace(b"Table 1", b"Table 7", 1))
    for quick in (True, False):
        found = verify(city.project, EDITION, quick=quick)
        assert found.exit_code == 13
        assert found.files.differences[0].file == f"reports/{EDITION}/{MANIFEST}"
        assert found.numbers.result == NOT_CHECKED


def test_a_raw_table_that_does_not_fit_its_snapshot_stops_the_rebuild(city: Any) -> None:
    path = city.raw("imd", "lsoa")
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    found = verify(city.project, EDITION)
    assert results(found) == [DIFFERS, NOT_CHECKED, NOT_CHECKED, NOT_CHECKED]
    assert [one.file for one in found.files.differences] == [city.project.shown(path)]
    assert found.exit_code == 13


def test_a_build_that_is_refused_verifies_nothing(city: Any) -> None:
    def harm(data: dict[str, Any]) -> None:
        data["areas" if "areas" in data else "code"] = "E07999999"

    city.change("places", "tinytown", harm)
    rewrite(city, lambda receipt: receipt.update(definitions=_definitions(city)))
    found = verify(city.project, EDITION)
    assert found.numbers.result == NOT_CHECKED
    assert "refused" in found.numbers.reason
    assert found.exit_code != 0


def _definitions(city: Any) -> dict[str, str]:
    from analysis.tables.stamps import definition_hashes, open_edition

    return definition_hashes(city.project, open_edition(city.project, EDITION))


@pytest.mark.parametrize(("figure", "picture"), [("deprivation-table", False), ("deprivation-wards", True)])
def test_one_figure_alone(city: Any, figure: str, picture: bool) -> None:
    found = verify(city.project, EDITION, figure)
    assert found.numbers.result == IDENTICAL
    assert found.figures.result == (IDENTICAL if picture else NOT_CHECKED)
    assert found.documents.result == NOT_CHECKED
    assert found.done[1] == f"cell {figure} of baseline.ipynb"
    assert found.not_done == ("every other cell", "PDF and page")
    assert found.exit_code == 0


def test_tables_of_the_editions_looked_back_on_belong_to_the_receipt(city: Any) -> None:
    import datetime as dt

    import yaml

    second = "tinytown-2019"
    data = yaml.safe_load((city.definitions / "editions" / f"{EDITION}.yml").read_text(encoding="utf-8"))
    city.write("editions", {**data, "id": second, "year": 2019, "cut_off": dt.date(2019, 7, 31), "baseline": EDITION})
    make_editions(city.project, [second])
    assert verify(city.project, EDITION, quick=True).exit_code == 0  # a later edition is no matter of an earlier one
    found = verify(city.project, second, "deprivation-table")
    assert found.exit_code == 0
    assert found.not_done[0] == f"tables of {EDITION} (their hashes here are the receipt's)"
    path = city.project.processed / EDITION / "wards.csv"
    set_cell(path, 1, "population", "1.5")
    found = verify(city.project, second, "deprivation-table")
    assert found.exit_code == 13
    assert found.files.differences[0].file == f"data/processed/{EDITION}/wards.csv"
    assert found.not_done[0] == "every other cell"  # its tables were not trusted


def test_one_figure_that_does_not_reproduce(city: Any) -> None:
    def change(receipt: dict[str, Any]) -> None:
        (one,) = (one for one in receipt["figures"] if one["id"] == "deprivation-table")
        one["csv_sha256"] = "0" * 64

    rewrite(city, change)
    found = verify(city.project, EDITION, "deprivation-table")
    assert found.exit_code == 10
    assert verify(city.project, EDITION, "deprivation-wards").exit_code == 13  # its file is not the receipt's


def test_every_figure_of_the_receipt_is_found_by_its_cell(tiny_reported: Any) -> None:
    from analysis.make.figure import cells_of
    from analysis.tables.stamps import open_edition

    edition = open_edition(tiny_reported.project, EDITION)
    receipt = json.loads((tiny_reported.project.reports / EDITION / MANIFEST).read_text(encoding="utf-8"))
    without = [one["id"] for one in receipt["figures"] if not cells_of(tiny_reported.project, edition, one["id"])]
    assert without == [ANNEX]  # made of all sentences together
    with pytest.raises(AuditError, match=f"shows '{ANNEX}', so it is made with the whole report"):
        verify(tiny_reported.project, EDITION, ANNEX)


def test_an_unknown_figure_is_refused_with_the_nearest(tiny_reported: Any) -> None:
    with pytest.raises(AuditError, match=r"'deprivation-tables'.*nearest are deprivation-table"):
        verify(tiny_reported.project, EDITION, "deprivation-tables")


@pytest.mark.usefixtures("rebuilt")
def test_a_folder_received_from_elsewhere(city: Any, tmp_path: Path) -> None:
    received = tmp_path / "received"
    shutil.copytree(report(city), received)
    shutil.rmtree(report(city))
    shutil.rmtree(city.project.processed)
    found = verify(city.project, EDITION, folder=received)
    assert results(found) == [IDENTICAL] * 4
    assert found.receipt_state == "from elsewhere"
    assert verify(city.project, EDITION, folder=received, quick=True).exit_code == 0
    old = set_cell(received / "figures" / "deprivation-table.csv", 1, "Small areas", "99")
    found = verify(city.project, EDITION, "deprivation-table", folder=received)
    (one,) = found.files.differences
    assert one.file == f"{received}/figures/deprivation-table.csv"
    assert (one.row, one.column, one.expected, one.found) == ("Mill", "Small areas", old, "99")
    assert found.exit_code == 13


@pytest.mark.parametrize(
    ("section", "change", "place"),
    [
        ("raw", {"publisher": "Nobody"}, "publisher"),
        ("raw", {"address": "https://example.org"}, "address"),
        ("raw", {"rows": 1}, "rows"),
        ("raw", {"note": None}, "note"),
        ("parameters", {"year": 2019}, "year"),
    ],
)
def test_a_receipt_that_was_resealed_is_held_field_by_field(
    city: Any, section: str, change: dict[str, Any], place: str
) -> None:
    def forge(receipt: dict[str, Any]) -> None:
        said = receipt[section]
        (said[0] if isinstance(said, list) else said).update(change)

    rewrite(city, forge)
    found = verify(city.project, EDITION, quick=True)
    assert found.exit_code == 13
    (one,) = found.files.differences
    assert (one.file, one.column) == (f"reports/{EDITION}/{MANIFEST}", place)
    assert "key and cell of numbers" in found.said[1]


@pytest.fixture
def committed(city: Any) -> Any:
    """The invented city as a checkout, its receipt committed, with git's words at hand."""

    def git(*words: str) -> str:
        names = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", "-C", str(city.root), *names, *words], check=True, capture_output=True, text=True)
        return done.stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "x")
    return git


def test_a_receipt_is_anchored_by_the_commit_and_not_by_its_seal(city: Any, committed: Any) -> None:
    found = verify(city.project, EDITION, quick=True)
    assert (found.origin.result, found.receipt_state, found.exit_code) == (IDENTICAL, "as committed", 0)
    rewrite(city, lambda receipt: receipt["numbers"][0].update(text="99"))
    committed("update-index", "--assume-unchanged", f"reports/{EDITION}/{MANIFEST}")
    found = verify(city.project, EDITION, quick=True)
    assert (found.origin.result, found.receipt_state, found.exit_code) == (DIFFERS, "not as committed", 17)
    said = "\n".join(map(str, found.origin.differences))
    assert "re-sealed since" in said
    assert "text: expected" in said
    assert "found 99" in said
    assert "git update-index --no-assume-unchanged" in said


def test_a_signed_tag_fixes_an_edition(city: Any, committed: Any, tmp_path: Path) -> None:
    if not shutil.which("ssh-keygen"):
        pytest.skip("git needs ssh-keygen to sign with a key of the test's own")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = tmp_path / "allowed"
    committed("config", "gpg.format", "ssh")
    committed("config", "user.signingkey", str(key))
    committed("tag", "-s", "-m", "published", f"published/{EDITION}")
    assert "by a key that git cannot confirm here" in verify(city.project, EDITION, quick=True).origin.reason
    allowed.write_text(f"x@example.org {key.with_suffix('.pub').read_text(encoding='utf-8')}", encoding="utf-8")
    committed("config", "gpg.ssh.allowedSignersFile", str(allowed))
    found = verify(city.project, EDITION, quick=True)
    assert f"published/{EDITION} (signed, and git confirms the signature)" in found.origin.reason
    rewrite(city, lambda receipt: receipt["numbers"][0].update(text="99"))
    committed("add", "-A")
    committed("commit", "-qm", "forged")
    found = verify(city.project, EDITION, quick=True)
    assert (found.receipt_state, found.exit_code) == ("as committed", 17)
    assert f"is not the receipt that published/{EDITION} fixes" in found.origin.differences[0].note


def test_code_of_another_checkout_is_named(city: Any) -> None:
    (city.root / "src" / "analysis" / "__init__.py").write_text("", encoding="utf-8")
    found = verify(city.project, EDITION, quick=True)
    assert found.exit_code == 17
    assert f"it is {stamps.PACKAGE}" in found.origin.differences[0].note


def test_a_report_that_does_not_agree_with_its_receipt_is_not_signed(city: Any, tmp_path: Path) -> None:
    from analysis.audit.sign import new_key, sign_report

    private, _ = new_key(tmp_path / "key")
    path = report(city) / "figures" / "deprivation-table.csv"
    path.write_bytes(path.read_bytes().replace(b"Mill", b"Till", 1))
    with pytest.raises(AuditError, match=r"is not signed: reports/.*deprivation-table\.csv"):
        sign_report(city.project, EDITION, private)


def test_an_altered_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.audit import packages

    for name in ("tiny", "tiny-1.dist-info"):
        (tmp_path / name).mkdir()
    (tmp_path / "tiny" / "__init__.py").write_text("ONE = 1\n", encoding="utf-8")
    info = tmp_path / "tiny-1.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1\n", encoding="utf-8")
    digest = "ALxhKSwmc1-gTzcHeZDLBaYwNZSSqxVKGTkXZXHqHIo"
    (info / "RECORD").write_text(f"tiny/__init__.py,sha256={digest},8\ntiny-1.dist-info/METADATA,,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(packages, "OURS", "tiny")
    (tmp_path / "tiny" / "hidden.py").write_text("", encoding="utf-8")
    _, _, altered = packages.altered_packages()
    assert [one.file for one in altered] == ["tiny: tiny/__init__.py", str(tmp_path / "tiny" / "hidden.py")]


def test_a_receipt_of_another_edition_or_none_is_refused(city: Any) -> None:
    rewrite(city, lambda receipt: receipt.update(edition="tinytown-2019"))
    with pytest.raises(AuditError, match="the receipt of tinytown-2019, not of tinytown-2018"):
        verify(city.project, EDITION, quick=True)
    (report(city) / MANIFEST).unlink()
    with pytest.raises(AuditError, match=r"there is no receipt"):
        verify(city.project, EDITION)


@pytest.mark.parametrize("schema", [1, 2])
def test_a_receipt_of_an_older_schema_is_told_apart(city: Any, schema: int) -> None:
    (report(city) / MANIFEST).write_text(f'{{"schema": {schema}}}', encoding="utf-8")
    with pytest.raises(
        AuditError, match=rf"a receipt of schema {schema}, this version reads {SCHEMA}.*commit that holds it"
    ):
        verify(city.project, EDITION)


@pytest.mark.parametrize(("name", "schema"), [(MANIFEST, "manifest-4"), (RUN, "run-3")])
def test_what_is_written_fits_its_published_schema(
    tiny_reported: Any, repository: Path, name: str, schema: str
) -> None:
    rules = json.loads((repository / "docs" / "schemas" / f"{schema}.json").read_text(encoding="utf-8"))
    written = json.loads((tiny_reported.project.reports / EDITION / name).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(rules)
    validator.check_schema(rules)
    validator.validate(written)
    for spoiled in ({**written, "surplus": 1}, {key: value for key, value in written.items() if key != "edition"}):
        assert list(validator.iter_errors(spoiled))


def test_the_receipt_holds_no_code_time_path_platform_or_commit(tiny_reported: Any) -> None:
    run = json.loads((tiny_reported.project.reports / EDITION / RUN).read_text(encoding="utf-8"))
    text = (tiny_reported.project.reports / EDITION / MANIFEST).read_text(encoding="utf-8")
    for word in (
        run["started"],
        run["platform"],
        str(tiny_reported.root),
        os.sep + "tmp",
        run["packages"]["pandas"],
        run["code_sha256"],
    ):
        assert word not in text
    assert run["commit"] == "not a git checkout"


def test_other_code_is_told_and_no_alarm(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, lock and Python stand in run.json: a report stays what it is when they change, and what made it is said."""
    assert "other code" not in verify(city.project, EDITION, quick=True).code
    (city.root / "requirements.lock").write_text("numpy==0.1\n", encoding="utf-8")
    here = {**stamps.code_hashes(), "src/analysis/new.py": "0" * 64}
    monkeypatch.setattr("analysis.tables.stamps.code_hashes", lambda: here)
    monkeypatch.setattr("analysis.audit.environment.code_hashes", lambda: here)
    found = verify(city.project, EDITION, quick=True)
    assert (found.files.result, found.exit_code) == (IDENTICAL, 0)
    assert "by run.json this report was made by other code: sha256 " in found.code
    (report(city) / RUN).unlink()
    assert "other code" not in verify(city.project, EDITION, quick=True).code


def test_the_commit_is_told_in_a_checkout(city: Any) -> None:
    from analysis.audit.environment import code_line, commit_of
    from analysis.audit.origin import check_origin

    for words in (["init", "-q"], ["add", "data", "notebooks"], ["commit", "-qm", "x", "--no-gpg-sign"]):
        names = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", str(city.root), *names, *words], check=True)
    commit, dirty = commit_of(city.project)
    assert len(commit) == 40
    assert dirty is True
    assert code_line(city.project, report(city)).endswith(f"(commit {commit[:12]}, changed since)")
    table = city.raw("imd", "lsoa")
    found = check_origin(city.project, EDITION, report(city))
    assert found.receipt == "not committed"
    assert city.project.shown(table) not in {one.file for one in found.differences}
    content = table.read_bytes()
    table.write_bytes(content.replace(b"E01000002,", b"E01000002,9", 1))
    (one,) = (one for one in check_origin(city.project, EDITION, report(city)).differences if one.row == "E01000002")
    assert (one.file, one.column, one.found) == (city.project.shown(table), "imd_score", f"9{one.expected}")


@pytest.fixture
def run(city: Any) -> Any:
    return lambda *words: CliRunner().invoke(app, ["verify", *words])


def test_the_command_says_it_in_lines_and_as_json(city: Any, run: Any) -> None:
    done = run(EDITION, "--quick")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0] == f"{EDITION}, by reports/{EDITION}/manifest.json (not a git checkout)"
    assert lines[1].startswith("files       identical (")
    assert [line.split()[0] for line in lines[2:7]] == ["numbers", "figures", "documents", "origin", "environment"]
    path = report(city) / "figures" / "deprivation-table.csv"
    path.unlink()
    done = run(EDITION, "--quick", "--json")
    assert done.exit_code == 13
    found = json.loads(done.output)
    assert found["exit_code"] == 13
    assert found["files"]["differences"][0]["file"] == f"reports/{EDITION}/figures/deprivation-table.csv"


def test_a_signature_is_checked_first(city: Any, run: Any, tmp_path: Path) -> None:
    from analysis.audit.sign import new_key, sign_report

    private, public = new_key(tmp_path / "key")
    sign_report(city.project, EDITION, private)
    done = run(EDITION, "--quick", "--signature", str(public))
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{EDITION}: signed by the key ")
    path = report(city) / "figures" / "deprivation-table.csv"
    path.write_bytes(path.read_bytes().replace(b"Mill", b"Till", 1))
    done = run(EDITION, "--quick", "--signature", str(public))
    assert done.exit_code == 16
    assert f"reports/{EDITION}/figures/deprivation-table.csv: changed since it was signed." in done.output


def test_the_exit_codes_stand_in_the_help(run: Any) -> None:
    said = " ".join(run("--help").output.split())
    for code in ("10 numbers differ", "11 figures differ", "12 documents differ", "13 a file here", "14 cannot verify"):
        assert code in said


def test_hashes_alone_take_no_pandas(tiny_reported: Any) -> None:
    code = (
        "import sys\nfrom analysis.cli import main\nsys.argv = ['sotc', 'verify', sys.argv[1], '--quick']\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        "print(sorted({'pandas', 'numpy', 'nbformat', 'mistune'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, EDITION], cwd=tiny_reported.root, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == ["[]"]


def test_versions_that_are_not_the_locked_ones_are_named(city: Any) -> None:
    from analysis.audit.environment import installed, outside_the_lock

    lock = city.root / "requirements.lock"
    assert outside_the_lock(city.project) == "there is no requirements.lock"
    lock.write_text(f"numpy=={installed()['numpy']} \\\n    --hash=sha256:00\n", encoding="utf-8")
    assert outside_the_lock(city.project) == ""
    lock.write_text("numpy==0.1 \\\nno-such-thing==2.0 ; python_version > '3.0' \\\n", encoding="utf-8")
    assert outside_the_lock(city.project) == (
        f"numpy is {installed()['numpy']}, locked 0.1, no-such-thing is missing, locked 2.0"
    )
