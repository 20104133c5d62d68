"""The application that every command joins, what the commands share, and the progress line."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

app = typer.Typer(
    name="sotc",
    help="State of the City reports from published ward-level statistics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
NAMES_HELP = "the edition's id, see: sotc list"
Show = Callable[[str, str, int, int], None]
_EVERY_S = 10.0


def edition_names() -> list[str]:
    """The editions that there are, for the completion of a shell."""
    from analysis.errors import UsageError
    from analysis.paths import find_project

    try:
        return sorted(path.stem for path in (find_project().definitions / "editions").glob("*.yml"))
    except UsageError:  # no project here: nothing to complete
        return []


EditionName = Annotated[str, typer.Argument(help=NAMES_HELP, autocompletion=edition_names)]


def _version(asked: bool) -> None:
    if asked:
        import platform
        from importlib.metadata import version

        typer.echo(f"sotc {version('state-of-the-city')} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say which version this is")
    ] = False,
) -> None:
    """State of the City reports from published ward-level statistics."""


@contextlib.contextmanager
def progress_line() -> Iterator[Show]:
    """Show what is at work: on a terminal a bar each, elsewhere a line every ten seconds; no thread draws them."""
    if not sys.stderr.isatty():
        yield _lines()
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


def _lines() -> Show:
    """Say where the work is, at most every ten seconds: what is done within them says nothing."""
    last = time.monotonic()

    def show(name: str, step: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_S:
            last = time.monotonic()
            typer.echo(f"{name}: {step} ({done} of {total})", err=True)

    return show
