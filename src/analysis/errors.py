"""Errors that a user can act on: one sentence, no traceback, an exit code each."""

from __future__ import annotations


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
