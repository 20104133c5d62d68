"""A table beside the one that is held under its name: equal cell by cell at the published precision, or where not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

import pandas as pd

from analysis.errors import DataError

NAMED = 10
"""Differences named in a sentence; a replacement names them all."""
LONGEST = 40
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
# A spreadsheet keeps fifteen digits of a number; what follows is its arithmetic, not the publisher's.
_DIGITS = Context(prec=15)


@dataclass(frozen=True)
class Compared:
    """What a table would change in the one held: cells as (row, column, held, found), rows by their key, columns.

    ``cells`` were compared. ``lost`` columns are held and not in the file; ``gained`` ones are in it and were not held.
    """

    cells: int
    changed: tuple[tuple[str, str, str, str], ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every figure that is held is in the table, and no row besides."""
        return not (self.changed or self.added or self.removed or self.lost)

    def told(self) -> Iterator[str]:
        """Every difference, one sentence each: cells, rows, columns."""
        yield from (
            f"{row}, {column}: held {_short(old)}, found {_short(new)}" for row, column, old, new in self.changed
        )
        yield from (f"row {row}: held, not in the file" for row in self.removed)
        yield from (f"row {row}: in the file, not held" for row in self.added)
        yield from (f"column {column}: held, not in the file" for column in self.lost)

    def summary(self) -> str:
        """The first differences in one sentence."""
        told = list(self.told())
        more = f"; and {len(told) - NAMED:,} more" if len(told) > NAMED else ""
        return f"{len(told):,} {'difference' if len(told) == 1 else 'differences'}: {'; '.join(told[:NAMED])}{more}"


def compare(
    held: pd.DataFrame,
    found: pd.DataFrame,
    key: Sequence[str],
    *,
    not_held: Collection[str] = (),
    not_found: Collection[str] = (),
) -> Compared:
    """Compare two tables of text, row by row of their key.

    Two cells are equal that hold the same text; or numbers that differ by no more than half of the last decimal place
    that the column of ``found`` gives, trailing noughts, thousands commas and noise beyond fifteen digits apart.

    Parameters
    ----------
    held, found : DataFrame
        Raw tables; ``found`` is the publisher's, whose precision counts.
    key : sequence of str
        Columns that tell rows apart.
    not_held, not_found : collection of str
        Columns that the form of the file does not have, on either side.

    Examples
    --------
    >>> held = pd.DataFrame({"area": ["a", "b"], "share": ["0.1230000004", "0.5"], "people": ["1,200", "7"]})
    >>> found = pd.DataFrame({"area": ["b", "a"], "share": ["0.5", "0.123"], "people": ["8", "1200"]})
    >>> compare(held, found, ["area"]).changed
    (('b', 'people', '7', '8'),)
    """
    before, after = _by_key(held, key), _by_key(found, key)
    both = [row for row in before if row in after]
    common = [name for name in found.columns if name in held.columns and name not in key]
    left = [name for name in held.columns if name not in key and name not in not_held]
    lost = [name for name in left if name not in common or name in not_found]
    gained = [name for name in found.columns if name not in key and name not in not_found and name not in left]
    changed = []
    compared = [name for name in common if name not in lost and name not in gained and name not in not_found]
    for name in compared:
        old, new = dict(zip(before, held[name], strict=True)), dict(zip(after, found[name], strict=True))
        places = max((_places(cell) for cell in new.values()), default=0)
        changed += [(row, name, old[row], new[row]) for row in both if not _same(old[row], new[row], places)]
    order = {row: number for number, row in enumerate(before)}
    return Compared(
        len(both) * len(compared),
        tuple(sorted(changed, key=lambda one: order[one[0]])),
        tuple(row for row in after if row not in before),
        tuple(row for row in before if row not in after),
        tuple(lost),
        tuple(gained),
    )


def refuse_other_place(
    table: str, held: pd.DataFrame, found: pd.DataFrame, key: Sequence[str], own: Collection[str]
) -> None:
    """Refuse rows of another place than that whose rows are held.

    Raises
    ------
    DataError
        If the place itself is on one side alone; or where it is on neither, if most areas that are held are not found.
    """
    for name in key:
        if not name.endswith("_code") or name not in held or name not in found:
            continue
        before, after = set(held[name]) - {""}, set(found[name]) - {""}
        kept, place = before & after, {*own}
        here = (not place.isdisjoint(before), not place.isdisjoint(after))
        if here in ((True, False), (False, True)) or (here == (False, False) and 2 * len(kept) < len(before)):
            raise DataError(
                f"{table}: the rows are of another place: {len(kept)} of {len(before)} areas held are in it, "
                f"not {min(before - after or before)}. Name the place whose rows are held with --place, or record in a "
                "project of its own."
            )


def _by_key(table: pd.DataFrame, key: Sequence[str]) -> Mapping[str, None]:
    return dict.fromkeys(" ".join(map(str, row)) for row in table[list(key)].itertuples(index=False, name=None))


def _number(cell: str) -> Decimal | None:
    text = cell.strip()
    return _DIGITS.plus(Decimal(text.replace(",", ""))) if _NUMBER.fullmatch(text) else None


def _places(cell: str) -> int:
    """Decimal places of a number as they are written; of more than fifteen digits, those that count."""
    number = _number(cell)
    if number is None:
        return 0
    whole = len(cell.strip().replace(",", "").lstrip("+-").replace(".", "").lstrip("0")) <= _DIGITS.prec
    return max(0, -int((number if whole else number.normalize()).as_tuple().exponent))


def _same(held: str, found: str, places: int) -> bool:
    if held.strip() == found.strip():
        return True
    old, new = _number(held), _number(found)
    return old is not None and new is not None and abs(old - new) * 2 <= Decimal(1).scaleb(-places)


def _short(cell: str) -> str:
    return repr(cell) if len(cell) <= LONGEST else f"{cell[:LONGEST]!r}…"
