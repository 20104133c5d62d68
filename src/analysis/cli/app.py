"""The application that every command joins, what the commands share, and the progress line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import typer

app = typer.Typer(
    name="sotc",
    help="State of the City reports from published ward-level statistics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
NAMES_HELP = "the edition's id, see: sotc list"


@contextlib.contextmanager
def progress_line() -> Iterator[Callable[[str, str, int, int], None] | None]:
    """A line of progress for each thing at work, on a terminal alone; no thread draws it, so forking is safe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:

        def show(name: str, step: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], description=f"{name}: {step}", completed=done, total=total)
            bar.refresh()

        yield show
