"""What was found of one report: six verdicts apart, each with what differs, and the exit code that follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.audit.diff import Difference
from analysis.errors import AuditError

IDENTICAL, DIFFERS, NOT_CHECKED = "identical", "differs", "not checked"
KINDS = ("numbers", "figures", "documents")
VERDICTS = ("files", *KINDS, "origin", "environment")
CODES = {"numbers": 10, "figures": 11, "documents": 12, "files": 13, "origin": 17, "environment": 18}
"""The exit code of each verdict that differs; the first that applies is given."""


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
    origin: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    environment: Verdict = field(default_factory=lambda: Verdict(NOT_CHECKED))
    code: str = ""
    quick: bool = False
    done: tuple[str, ...] = ()
    not_done: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The first that applies: that of a verdict that differs, that nothing could be verified, or all is well."""
        for name, code in CODES.items():
            if getattr(self, name).result == DIFFERS:
                return code
        enough = self.files if self.quick else self.numbers
        return 0 if self.files.result == enough.result == IDENTICAL else AuditError.exit_code

    def leave(self, why: str, kinds: tuple[str, ...] = KINDS) -> None:
        """Leave verdicts open, saying why."""
        for kind in kinds:
            setattr(self, kind, Verdict(NOT_CHECKED, reason=why))

    def plain(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "exit_code": self.exit_code}
