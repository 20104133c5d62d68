"""Whether a report reproduces: rebuilt in a clean folder from the raw tables here, and held to its receipt.

Three verdicts are given and never merged: *numbers* (built tables and the data of figures), *figures* (pictures) and
*documents* (PDF, page, executed notebooks). Apart from them stands whether the *files* here are what the receipt says
(:mod:`analysis.audit.files`): a figure edited after it was made is no failure to reproduce it, and is named all the
same.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from analysis.audit.again import wrong_numbers
from analysis.audit.diff import Difference, compare_files, hashes_differ
from analysis.audit.environment import code_line, committed_state, outside_the_lock
from analysis.audit.files import Checked, check_files
from analysis.audit.receipt import (
    MANIFEST,
    EditedReceiptError,
    processed_files,
    read_receipt,
    report_files,
    sha256,
)
from analysis.catalogue.model import Edition
from analysis.errors import AnalysisError, AuditError
from analysis.paths import Project, Staging
from analysis.tables.stamps import earlier_editions, open_edition

Progress = Callable[[str, str, int, int], None]
IDENTICAL, DIFFERS, NOT_CHECKED = "identical", "differs", "not checked"
KINDS = ("numbers", "figures", "documents")
PICTURES = (".svg", ".png")
NUMBERS_DIFFER, FIGURES_DIFFER, DOCUMENTS_DIFFER, FILES_DIFFER = 10, 11, 12, 13
NOT_AT_HAND = "the bytes of the receipt's version are not at hand, so the file alone is named"


@dataclass(frozen=True)
class Verdict:
    """One of three results, of how many files, with what differs or why it was not checked."""

    result: str
    files: int = 0
    reason: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass
class Verification:
    """What was found of one report."""

    edition: str
    receipt: str
    receipt_state: str
    files: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    numbers: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    figures: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    documents: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    code: str = ""
    environment: str = ""
    quick: bool = False
    done: tuple[str, ...] = ()
    not_done: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The first that applies: numbers, figures, documents or files differ, nothing to verify, all is well."""
        codes = (NUMBERS_DIFFER, FIGURES_DIFFER, DOCUMENTS_DIFFER, FILES_DIFFER)
        for name, code in zip((*KINDS, "files"), codes, strict=True):
            if getattr(self, name).result == DIFFERS:
                return code
        enough = self.files if self.quick else self.numbers
        return 0 if self.files.result == enough.result == IDENTICAL else AuditError.exit_code

    def plain(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "exit_code": self.exit_code}


def verify(
    project: Project,
    name: str,
    figure: str = "",
    *,
    folder: Path | None = None,
    quick: bool = False,
    workers: int = 2,
    progress: Progress | None = None,
) -> Verification:
    """Verify the report of an edition, or one figure of it.

    Parameters
    ----------
    project : Project
        Holds raw tables, definitions, notebooks, the receipt, and what was built, if it was.
    name : str
        The edition's id.
    figure : str
        The id of one figure or table: then its tables and its cell alone are done again.
    folder : Path, optional
        The report's folder where it is not the project's own, received from elsewhere.
    quick : bool
        Compare hashes alone; rebuild nothing.
    workers : int
        How many notebooks run at the same time.
    progress : callable, optional
        Called with the edition, a step, how much of it is done and how much there is.

    Returns
    -------
    Verification

    Raises
    ------
    AuditError
        If there is no receipt, it is of another edition, or it knows no such figure.
    """
    edition = open_edition(project, name)
    report = folder or project.reports / name
    shown = project.shown(report / MANIFEST)
    found = Verification(name, shown, committed_state(project, (report / MANIFEST).resolve()), quick=quick)
    try:
        receipt = read_receipt(report / MANIFEST, shown)
    except EditedReceiptError as error:
        found.files = Verdict(DIFFERS, reason="the receipt was edited", differences=(_plain(shown, str(error)),))
        _leave_unchecked(found, "the receipt was edited, so it says nothing")
        return found
    if receipt["edition"] != name:
        raise AuditError(f"{shown}: the receipt of {receipt['edition']}, not of {name}. Name that edition.")
    if figure and figure not in {one["id"] for one in receipt["figures"]}:
        near = ", ".join(_near(figure, [one["id"] for one in receipt["figures"]]))
        raise AuditError(f"{name}: no figure or table {figure!r} in {shown}; the nearest are {near}.")
    found.code = code_line(project, report)
    checked = check_files(project, edition, receipt, report, received=folder is not None)
    found.files = _files_verdict(checked)
    if quick:
        _leave_unchecked(found, "hashes alone were compared, nothing was rebuilt")
        if checked.not_here and not checked.findings:
            found.files = Verdict(NOT_CHECKED, reason=f"{found.files.reason}: build first, or leave --quick out")
        return found
    if not checked.raw_is_sound:
        _leave_unchecked(found, "a raw table does not fit its snapshot.yml, so nothing was rebuilt")
        return found
    found.environment = outside_the_lock(project)
    case = _Case(project, edition, receipt, report, found)
    try:
        with clean_project(project) as fresh:
            if figure:
                _verify_figure(case, fresh, figure, workers, progress)
            else:
                _verify_report(case, fresh, workers, progress)
    except AuditError:
        raise
    except AnalysisError as error:
        _leave_unchecked(found, f"the rebuild was refused: {error}")
    return found


@dataclass(frozen=True)
class _Case:
    """One verification on its way: the report, what it is held to, and what has been found of it."""

    project: Project
    edition: Edition
    receipt: Mapping[str, Any]
    report: Path
    found: Verification

    def table(self, fresh: Project, known: str, expected: str | None, made: str | None) -> _Pair:
        here = self.project.processed / known
        return _Pair(f"data/processed/{known}", fresh.processed / known, here, expected, made)

    def file(self, rebuilt: Path, known: str, expected: str | None, made: str | None) -> _Pair:
        return _Pair(f"{self.project.shown(self.report)}/{known}", rebuilt, self.report / known, expected, made)


@contextlib.contextmanager
def clean_project(project: Project) -> Iterator[Project]:
    """A project in a temporary folder: raw, definitions, notebooks and lock are the given one's, results its own."""
    with Staging() as staging:
        root = staging.folder(Path(tempfile.gettempdir()).resolve() / "sotc-verify") / "project"
        (root / "data").mkdir(parents=True)
        _lend(project.raw, root / "data" / "raw")
        _lend(project.notebooks, root / "notebooks")
        definitions = project.definitions
        if definitions.is_relative_to(project.root):
            definitions = root / definitions.relative_to(project.root)
            definitions.parent.mkdir(parents=True)
            _lend(project.definitions, definitions)
        lock = project.root / "requirements.lock"
        if lock.is_file():
            shutil.copy(lock, root / lock.name)
        yield Project(root, definitions)


def _lend(folder: Path, to: Path) -> None:
    """Let a folder be read at another place; copied where the system has no links."""
    try:
        to.symlink_to(folder.resolve(), target_is_directory=True)
    except OSError:
        shutil.copytree(folder, to)


def _verify_report(case: _Case, fresh: Project, workers: int, progress: Progress | None) -> None:
    from analysis.make.editions import make_editions

    (made,) = make_editions(fresh, [case.edition.id], workers=workers, progress=progress)
    rebuilt = read_receipt(made.folder / MANIFEST, MANIFEST)
    tables = _both(processed_files(case.receipt), processed_files(rebuilt))
    files = _both(report_files(case.receipt), report_files(rebuilt))
    pairs = [case.table(fresh, known, *hashes) for known, hashes in tables]
    pairs += [case.file(made.folder / known, known, *hashes) for known, hashes in files]
    _judge(case.found, pairs, case.found.receipt, _words_differ(case.receipt, rebuilt))
    _take_numbers_again(case, fresh)
    case.found.done = (
        f"{len(processed_files(rebuilt))} tables from raw",
        f"{len(rebuilt['notebooks'])} notebooks",
        f"{len(case.receipt['numbers'])} numbers of sentences a second time, from raw rows",
        "PDF and page",
    )


def _take_numbers_again(case: _Case, fresh: Project) -> None:
    """Hold the numbers that the receipt lists to a second calculation, which shares nothing with the build."""
    wrong = wrong_numbers(fresh, case.edition.id, case.receipt["numbers"])
    if wrong:
        before = case.found.numbers
        differences = (*before.differences, *(_plain(case.found.receipt, one) for one in wrong))
        case.found.numbers = Verdict(DIFFERS, before.files, before.reason, differences)


def _verify_figure(case: _Case, fresh: Project, figure: str, workers: int, progress: Progress | None) -> None:
    from analysis.make.editions import make_tables_of
    from analysis.make.figure import draw_figure

    _lend_earlier_tables(case, fresh)
    with Staging() as staging:
        anew = make_tables_of(fresh, [case.edition.id], workers=workers, staging=staging, progress=progress)
    built = {
        path.relative_to(fresh.processed).as_posix(): sha256(path.read_bytes())
        for path in sorted(fresh.processed.rglob("*.csv"))
    }
    pairs = [case.table(fresh, known, *hashes) for known, hashes in _both(processed_files(case.receipt), built)]
    drawn = draw_figure(fresh, case.edition, figure)
    (entry,) = (one for one in case.receipt["figures"] if one["id"] == figure)
    expected = {ending: entry[f"{ending}_sha256"] for ending in ("csv", "svg") if entry[f"{ending}_sha256"]}
    made = {ending: sha256(content) for ending, content in drawn.files.items()}
    for ending, hashes in _both(expected, made):
        rebuilt = fresh.root / f"{figure}.{ending}"
        rebuilt.write_bytes(drawn.files.get(ending, b""))
        pairs.append(case.file(rebuilt, f"figures/{figure}.{ending}", *hashes))
    _judge(case.found, pairs, "", [])
    case.found.documents = Verdict(NOT_CHECKED, reason="one figure alone was done again")
    if "svg" not in expected:
        case.found.figures = Verdict(NOT_CHECKED, reason="it has no picture")
    tables = sum(known.split("/")[0] in anew for known in built)
    case.found.done = (f"{tables} tables from raw", f"cell {drawn.cell} of {drawn.notebook}")
    lent = sorted({known.split("/")[0] for known in built} - {*anew})
    case.found.not_done = (
        *(f"tables of {name} (their hashes here are the receipt's)" for name in lent),
        "every other cell",
        "PDF and page",
    )


def _lend_earlier_tables(case: _Case, fresh: Project) -> None:
    """Copy the tables of the editions looked back on, where those here are the receipt's to the byte."""
    expected = processed_files(case.receipt)
    for name in earlier_editions(case.edition):
        folder = case.project.processed / name
        here = {f"{name}/{path.name}": sha256(path.read_bytes()) for path in folder.glob("*.csv")}
        if here and here == {known: digest for known, digest in expected.items() if known.startswith(f"{name}/")}:
            shutil.copytree(folder, fresh.processed / name)


@dataclass(frozen=True)
class _Pair:
    """One file: as it was rebuilt, as it lies here, and the hashes that the receipt and the rebuilt receipt give it."""

    shown: str
    rebuilt: Path
    here: Path
    expected: str | None
    made: str | None

    @property
    def kind(self) -> str:
        suffix = PurePath(self.shown).suffix
        return "numbers" if suffix == ".csv" else "figures" if suffix in PICTURES else "documents"

    def differences(self) -> list[Difference]:
        """What the rebuilt file has that the receipt's has not; in full where the receipt's bytes are here."""
        if self.expected == self.made:
            return []
        if self.made is None:
            return [Difference(self.shown, note="the receipt lists it, the rebuilt report has no such file")]
        if self.expected is None:
            return [Difference(self.shown, note="the rebuilt report has it, the receipt does not list it")]
        content = self.here.read_bytes() if self.here.is_file() else b""
        if sha256(content) != self.expected:
            return [hashes_differ(self.shown, self.expected, self.made, NOT_AT_HAND)]
        return compare_files(self.shown, content, self.rebuilt.read_bytes(), _key(self.shown))

    def edits(self) -> list[Difference]:
        """What the file here has that the receipt's, which was rebuilt, has not."""
        if self.expected != self.made or self.made is None or not self.here.is_file():
            return []
        return compare_files(self.shown, self.rebuilt.read_bytes(), self.here.read_bytes(), _key(self.shown))


def _key(shown: str) -> Sequence[str]:
    from analysis.tables.contract import ROW_KEYS

    path = PurePath(shown)
    return ROW_KEYS[path.stem][0] if path.parts[:2] == ("data", "processed") and path.stem in ROW_KEYS else ()


def _both(one: Mapping[str, str], other: Mapping[str, str]) -> list[tuple[str, tuple[str | None, str | None]]]:
    return [(name, (one.get(name), other.get(name))) for name in sorted({*one, *other})]


def _judge(found: Verification, pairs: Sequence[_Pair], receipt: str, words: Sequence[tuple[str, str, str]]) -> None:
    """Set the three verdicts, and tell how a file here was edited where its receipt's version was rebuilt."""
    for kind in KINDS:
        own = [pair for pair in pairs if pair.kind == kind]
        differences = [one for pair in own for one in pair.differences()]
        if kind == "documents":
            differences += [Difference(receipt, place, "", before, after) for place, before, after in words]
        why = "perhaps by its environment, which is not the locked one" if differences and found.environment else ""
        setattr(found, kind, Verdict(DIFFERS if differences else IDENTICAL, len(own), why, tuple(differences)))
    edited = {one.file for one in found.files.differences}
    edits = [one for pair in pairs if pair.shown in edited for one in pair.edits()]
    if edits:
        kept = [one for one in found.files.differences if one.file not in {edit.file for edit in edits}]
        found.files = Verdict(DIFFERS, found.files.files, found.files.reason, (*kept, *edits))


def _words_differ(receipt: Mapping[str, Any], rebuilt: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the two receipts say otherwise of a figure or a number, hashes apart: its place, before and after."""
    found = []
    for section in ("figures", "numbers"):
        sides = [{str(one.get("id")): one for one in each[section]} for each in (receipt, rebuilt)]
        for known in sorted({*sides[0], *sides[1]}):
            one, other = (side.get(known, {}) for side in sides)
            for name in sorted({*one, *other}):
                if not name.endswith("sha256") and one.get(name) != other.get(name):
                    found.append((f"{section} {known} {name}", str(one.get(name, "")), str(other.get(name, ""))))
    return found


def _files_verdict(checked: Checked) -> Verdict:
    said = [f"{count} {kind}" for kind, count in checked.counts.items()]
    said += [f"no {kind} here to check" for kind in checked.not_here]
    differences = tuple(_plain(finding.file, finding.problem) for finding in checked.findings)
    return Verdict(DIFFERS if differences else IDENTICAL, sum(checked.counts.values()), ", ".join(said), differences)


def _plain(file: str, problem: str) -> Difference:
    return Difference(file, note=problem)


def _leave_unchecked(found: Verification, why: str) -> None:
    for kind in KINDS:
        setattr(found, kind, Verdict(NOT_CHECKED, reason=why))


def _near(word: str, words: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word, words, n=3, cutoff=0.0)
