"""Errors that a user can act on: one sentence, no traceback, an exit code each."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class AnalysisError(Exception):
    """Base of every error whose message is meant for the user.

    The message is one sentence or two: what, where, expected, got, what to do.
    """

    exit_code = 1


class UsageError(AnalysisError):
    """The command line names something that does not exist."""

    exit_code = 2


class DefinitionError(AnalysisError):
    """A YAML definition is malformed, incomplete or points at nothing."""

    exit_code = 3


class DataError(AnalysisError):
    """A raw, clean or processed table is not what its contract says."""

    exit_code = 4


class CellError(DataError):
    """A cell of a table is not what it should be: the file, the row and the column are kept apart from what is wrong.

    Whoever knows better where the cell comes from (the publisher's own file, at record) can say so with ``moved``.

    Examples
    --------
    >>> str(CellError("jobs.csv", 7, "value", "'x' is no number."))
    "jobs.csv, row 7, column 'value': 'x' is no number."
    """

    def __init__(self, file: str, row: int, column: str, problem: str) -> None:
        super().__init__(f"{file}, row {row}, column {column!r}: {problem}")
        self.file, self.row, self.column, self.problem = file, row, column, problem

    def moved(self, file: str, row: int, column: str) -> CellError:
        """The same complaint about the cell where it first stood."""
        return CellError(file, row, column, self.problem)


class MeasureError(AnalysisError, ValueError):
    """A measure was called with arguments that have no meaning."""

    exit_code = 5


class NotebookError(AnalysisError):
    """A notebook breaks the rules or a cell of it failed."""

    exit_code = 6


class ReportError(AnalysisError):
    """A document could not be rendered (missing alt text, broken table)."""

    exit_code = 7


class AuditError(AnalysisError):
    """A report cannot be verified: there is nothing to hold it to, or nothing to hold."""

    exit_code = 14


def one_of(options: object) -> str:
    """List the permitted words for an error sentence.

    Examples
    --------
    >>> one_of(["lad", "ward22"])
    "'lad' or 'ward22'"
    >>> one_of([])
    'nothing (there is none yet)'
    """
    words = [repr(option) for option in options]  # type: ignore[attr-defined]
    if not words:
        return "nothing (there is none yet)"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def near(word: str, options: Iterable[str]) -> str:
    """The options that are like a word, for an error sentence: those spelt alike or that hold it, else all.

    Examples
    --------
    >>> near("extend", ["imd_extent", "imd_decile", "extent"])
    "'extent' or 'imd_extent'"
    >>> near("rain", ["lad", "ward22"])
    "'lad' or 'ward22'"
    """
    known = list(options)
    alike = get_close_matches(word, known, n=4, cutoff=0.55)
    return one_of(alike or [one for one in known if word and word in one][:4] or known)
