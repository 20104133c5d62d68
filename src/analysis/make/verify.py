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
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from analysis.audit.again import wrong_numbers
from analysis.audit.diff import Difference, compare_files, hashes_differ
from analysis.audit.environment import code_line, outside_the_lock, versions_line
from analysis.audit.fields import compare, input_fields, said_by_the_sender
from analysis.audit.files import Checked, check_files
from analysis.audit.origin import Origin, check_origin
from analysis.audit.packages import altered_packages
from analysis.audit.receipt import (
    MANIFEST,
    EditedReceiptError,
    processed_files,
    read_receipt,
    report_files,
    sha256,
)
from analysis.audit.sign import statement_problems
from analysis.catalogue.model import Edition
from analysis.errors import AnalysisError, AuditError
from analysis.make.verdicts import DIFFERS, IDENTICAL, KINDS, NOT_CHECKED, Verdict, Verification
from analysis.paths import Project, Staging
from analysis.tables.stamps import earlier_editions, open_edition

Progress = Callable[[str, str, int, int], None]
PICTURES = (".svg", ".png")
NOT_AT_HAND = "the bytes of the receipt's version are not at hand, so the file alone is named"


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
    origin = check_origin(project, name, report)
    found = Verification(name, shown, origin.receipt, quick=quick, origin=_origin_verdict(origin))
    try:
        receipt = read_receipt(report / MANIFEST, shown)
    except EditedReceiptError as error:
        found.files = Verdict(DIFFERS, reason="the receipt was edited", differences=(_plain(shown, str(error)),))
        found.leave("the receipt was edited, so it says nothing")
        return found
    if receipt["edition"] != name:
        raise AuditError(f"{shown}: the receipt of {receipt['edition']}, not of {name}. Name that edition.")
    if figure and figure not in {one["id"] for one in receipt["figures"]}:
        near = ", ".join(_near(figure, [one["id"] for one in receipt["figures"]]))
        raise AuditError(f"{name}: no figure or table {figure!r} in {shown}; the nearest are {near}.")
    found.code = code_line(project, report)
    checked = check_files(project, edition, receipt, report, received=folder is not None)
    more = [*input_fields(project, edition, receipt, shown), *map(_sentence, statement_problems(project, name, report))]
    found.files = _files_verdict(checked, more)
    found.said = said_by_the_sender(receipt, quick, checked.not_here)
    if quick:
        found.leave("hashes alone were compared, nothing was rebuilt", (*KINDS, "environment"))
        if checked.not_here and not checked.findings:
            found.files = Verdict(NOT_CHECKED, reason=f"{found.files.reason}: build first, or leave --quick out")
        return found
    if not checked.raw_is_sound:
        found.leave("a raw table does not fit its snapshot.yml, so nothing was rebuilt", (*KINDS, "environment"))
        return found
    found.environment = _environment_verdict(project)
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
        found.leave(f"the rebuild was refused: {error}")
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
    _judge(case.found, pairs, compare(case.found.receipt, *({**one, "raw": []} for one in (rebuilt, case.receipt))))
    _take_numbers_again(case, fresh)
    case.found.said = ()
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
    _judge(case.found, pairs, [])
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


def _judge(found: Verification, pairs: Sequence[_Pair], fields: Sequence[Difference]) -> None:
    """Set the three verdicts, and tell how a file here was edited where its receipt's version was rebuilt."""
    for kind in KINDS:
        own = [pair for pair in pairs if pair.kind == kind]
        differences = [one for pair in own for one in pair.differences()]
        if kind == "documents":
            differences += fields
        other = found.environment.result == DIFFERS
        why = "perhaps by its environment, which is not the locked one" if differences and other else ""
        setattr(found, kind, Verdict(DIFFERS if differences else IDENTICAL, len(own), why, tuple(differences)))
    edited = {one.file for one in found.files.differences}
    edits = [one for pair in pairs if pair.shown in edited for one in pair.edits()]
    if edits:
        kept = [one for one in found.files.differences if one.file not in {edit.file for edit in edits}]
        found.files = Verdict(DIFFERS, found.files.files, found.files.reason, (*kept, *edits))


def _files_verdict(checked: Checked, more: Sequence[Difference]) -> Verdict:
    said = [f"{count} {kind}" for kind, count in checked.counts.items()]
    said += [f"no {kind} here to check" for kind in checked.not_here]
    differences = (*(_plain(finding.file, finding.problem) for finding in checked.findings), *more)
    return Verdict(DIFFERS if differences else IDENTICAL, sum(checked.counts.values()), ", ".join(said), differences)


def _plain(file: str, problem: str) -> Difference:
    return Difference(file, note=problem)


def _sentence(said: str) -> Difference:
    file, _, problem = said.partition(": ")
    return Difference(file, note=problem)


def _origin_verdict(origin: Origin) -> Verdict:
    """Whether receipt, code and inputs are the commit's; without a commit nothing anchors them."""
    said = [f"the receipt is {origin.receipt}"]
    if origin.tag:
        said.append(f"fixed by the tag {origin.tag}")
    if origin.differences:
        return Verdict(DIFFERS, origin.checked, "; ".join(said), origin.differences)
    if not origin.checked:
        return Verdict(NOT_CHECKED, reason="not a git checkout, so nothing but its own seal anchors the receipt")
    return Verdict(IDENTICAL, origin.checked, "; ".join(said))


def _environment_verdict(project: Project) -> Verdict:
    """Whether the packages are those that the lock pins, each file as it was installed."""
    packages, files, altered = altered_packages()
    other = outside_the_lock(project)
    locked = other or "as requirements.lock pins it"
    reason = f"{locked}; {packages} packages as installed; {versions_line()}"
    if not altered and not (project.root / "requirements.lock").is_file():
        return Verdict(NOT_CHECKED, files, reason)
    return Verdict(DIFFERS if other or altered else IDENTICAL, files, reason, tuple(altered))


def _near(word: str, words: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word, words, n=3, cutoff=0.0)
