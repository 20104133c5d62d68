"""Whatever happens to a publisher's file on its way: the same figures, one sentence of refusal, or a line that says so.

Each case takes the invented file of one source (or a raw table) and changes it, seeded, in form or in structure. Then
it is recorded and cleaned, and its observations are judged: equal to those of the file as it was; refused by one
sentence that names the file and a place in it; or different, with every difference told. A change of figures that
breaks no stated identity is out of scope: no machine could know. ``make fuzz`` runs ten times as many cases.
"""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import openpyxl

CASES = int(os.environ.get("FUZZ_CASES", "40"))
Rows = list[list[str]]
COMPARED = ["series", "area_code", "geography", "period_start", "period_end", "sex", "age", "value", "lower_ci95"]
COMPARED += ["upper_ci95", "flag"]


# In form: what stands in the cells is the same ------------------------------------------------------------------------


def shuffled_rows(rows: Rows, head: int, dice: random.Random) -> Rows:
    body = rows[head + 1 :]
    dice.shuffle(body)
    return [*rows[: head + 1], *body]


def shuffled_columns(rows: Rows, head: int, dice: random.Random) -> Rows:
    order = list(range(len(rows[head])))
    dice.shuffle(order)
    return [*rows[:head], *([row[place] for place in order] for row in rows[head:])]


def footer(rows: Rows, head: int, dice: random.Random) -> Rows:
    notes = ["Source: invented", "Notes", "[x] not available", "Crown copyright"]
    return [*rows, [""], *([note] for note in dice.sample(notes, 2))]


def title_lines(rows: Rows, head: int, dice: random.Random) -> Rows:
    return [*(["A title above the table"] for _ in range(dice.randint(1, 4))), *rows]


def heading(change: Callable[[str], str]) -> Callable[[Rows, int, random.Random], Rows]:
    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        place = dice.choice([at for at, name in enumerate(rows[head]) if name])
        changed = [change(name) if at == place else name for at, name in enumerate(rows[head])]
        return [*rows[:head], changed, *rows[head + 1 :]]

    return act


def cells(change: Callable[[str], str], wanted: Callable[[str], bool]) -> Callable[[Rows, int, random.Random], Rows]:
    """Change some of the cells that are wanted, below the heading."""

    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        return [
            *rows[: head + 1],
            *([change(c) if wanted(c) and dice.random() < 0.3 else c for c in row] for row in rows[head + 1 :]),
        ]

    return act


def is_code(cell: str) -> bool:
    return len(cell) == 9 and cell[0].isalpha() and cell[1:].isdigit()


def is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "", 1).isdigit()


def is_large(cell: str) -> bool:
    return cell.isdigit() and len(cell) > len("999")


FORM: dict[str, Callable[[Rows, int, random.Random], Rows]] = {
    "rows in another order": shuffled_rows,
    "columns in another order": shuffled_columns,
    "a footer": footer,
    "a title above": title_lines,
    "a note in a heading": heading(lambda name: f"{name} [note 3]"),
    "a footnote figure in a heading": heading(lambda name: f"{name}\u00b2"),
    "a line break in a heading": heading(lambda name: name.replace(" ", "\n", 1)),
    "a no-break space in a heading": heading(lambda name: name.replace(" ", "\u00a0")),
    "an invisible sign in a heading": heading(lambda name: f"\u200b{name}\ufeff"),
    "a heading in capitals": heading(str.upper),
    "blanks around a heading": heading(lambda name: f"  {name} "),
    "thousands separated": cells(lambda cell: f"{int(cell):,}", is_large),
    "thousands separated by thin spaces": cells(lambda cell: f"{int(cell):,}".replace(",", "\u2009"), is_large),
    "another minus": cells(lambda cell: cell.replace("-", "\u2212"), lambda cell: is_number(cell) and cell[0] == "-"),
    "blanks around figures": cells(lambda cell: f" {cell}\u00a0", is_number),
    "invisible signs around figures": cells(lambda cell: f"\u200b{cell}\u2060", is_number),
    "codes in lower case": cells(str.lower, is_code),
    "an invisible sign in codes": cells(lambda cell: f"{cell[:4]}\u200b{cell[4:]}", is_code),
    "an empty column": lambda rows, head, dice: [[*row, ""] if at >= head else row for at, row in enumerate(rows)],
    "a column more": lambda rows, head, dice: [
        *rows[:head], [*rows[head], "Remarks"], *([*row, "none"] for row in rows[head + 1 :])
    ],
}  # fmt: skip


# In structure: rows, columns and cells that are missing, doubled, moved or of another kind ----------------------------


def one_cell(change: Callable[[str], str], wanted: Callable[[str], bool]) -> Callable[[Rows, int, random.Random], Rows]:
    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        places = [
            (line, at) for line in range(head + 1, len(rows)) for at, cell in enumerate(rows[line]) if wanted(cell)
        ]
        if not places:
            return rows
        line, at = dice.choice(places)
        changed = [change(cell) if place == at else cell for place, cell in enumerate(rows[line])]
        return [*rows[:line], changed, *rows[line + 1 :]]

    return act


def drop_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    line = dice.randrange(head + 1, len(rows))
    return [*rows[:line], *rows[line + 1 :]]


def double_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    return [*rows, dice.choice(rows[head + 1 :])]


def drop_column(rows: Rows, head: int, dice: random.Random) -> Rows:
    place = dice.randrange(len(rows[head]))
    return [*rows[:head], *(row[:place] + row[place + 1 :] for row in rows[head:])]


def double_column(rows: Rows, head: int, dice: random.Random) -> Rows:
    place = dice.randrange(len(rows[head]))
    return [*rows[:head], *([*row, row[place]] for row in rows[head:])]


def cut_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    line = dice.randrange(head + 1, len(rows))
    return [*rows[:line], rows[line][:1], *rows[line + 1 :]]


STRUCTURE: dict[str, Callable[[Rows, int, random.Random], Rows]] = {
    "a row missing": drop_row,
    "a row doubled": double_row,
    "a row cut": cut_row,
    "a column missing": drop_column,
    "a column doubled": double_column,
    "a code with the letter O": one_cell(lambda cell: cell[:3] + cell[3:].replace("0", "O", 1), is_code),
    "a code with a Cyrillic letter": one_cell(lambda cell: "\u0415" + cell[1:], is_code),
    "a code with a fullwidth figure": one_cell(lambda cell: cell[:8] + chr(0xFF10 + int(cell[8])), is_code),
    "a code of another nation": one_cell(lambda cell: "W" + cell[1:], is_code),
    "a code of another place": one_cell(lambda cell: cell[:3] + "026299", is_code),
    "an error of a spreadsheet": one_cell(lambda _: "#DIV/0!", is_number),
    "infinity": one_cell(lambda _: "inf", is_number),
    "a number beyond all": one_cell(lambda _: "1e300", is_number),
    "twenty digits": one_cell(lambda _: "9" * 20, is_number),
    "a lower dash": one_cell(lambda _: "1_0", is_number),
    "no group of thousands": one_cell(lambda _: "0,986", is_number),
    "a minus before nought": one_cell(lambda _: "-0", lambda cell: cell.isdigit() and len(cell) < len("1000")),
    "a fullwidth figure": one_cell(lambda _: "\uff11\uff12", is_number),
    "a date": one_cell(lambda _: "04-Jan", is_number),
}


class File:
    """A publisher's file as rows of text, to change and to write back."""

    def __init__(self, path: Path, sheet_rows: Rows, head: int) -> None:
        self.path, self.rows, self.head = path, sheet_rows, head

    @classmethod
    def read(cls, path: Path) -> File:
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                return cls(path, list(csv.reader(file)), 0)
        page = openpyxl.load_workbook(path).worksheets[0]
        rows = [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]
        return cls(
            path, rows, max(range(len(rows)), key=lambda at: len(set(filter(None, rows[at])))) if False else _head(rows)
        )

    def write(self, folder: Path, encoding: str = "utf-8", separator: str = ",", end: str = "\n") -> Path:
        target = folder / self.path.name
        if self.path.suffix == ".csv":
            out = io.StringIO()
            csv.writer(out, delimiter=separator, lineterminator=end).writerows(self.rows)
            target.write_bytes(out.getvalue().encode(encoding))
            return target
        book = openpyxl.load_workbook(self.path)
        page = book.worksheets[0]
        page.delete_rows(1, page.max_row + 1)
        for row in self.rows:
            page.append([_typed(cell) for cell in row])
        book.save(target)
        return target


def _head(rows: Rows) -> int:
    return next(at for at, row in enumerate(rows) if sum(map(bool, row)) > 1)


def _typed(cell: str) -> object:
    try:
        return float(cell) if is_number(cell) else cell or None
    except ValueError:
        return cell
