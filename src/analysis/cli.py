"""The command ``sotc``: parse, call one function, print."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.errors import AnalysisError, UsageError, one_of

app = typer.Typer(
    name="sotc",
    help="State of the City reports from published ward-level statistics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
STOPPED = 130
LISTS = ("editions", "sources", "indicators", "plans", "coverage")
# One thread for linear algebra: the tables are small, and processes are forked before any thread may start.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run the command line; an error that a user can act on is one sentence and its exit code."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    try:
        app()
    except AnalysisError as error:
        typer.echo(f"sotc: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, SystemExit) as left:  # typer turns Ctrl-C into a silent exit
        if isinstance(left, KeyboardInterrupt) or left.code == STOPPED:
            typer.echo("sotc: stopped; everything is as it was.", err=True)
            sys.exit(STOPPED)
        raise


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="editions, sources, indicators, plans or coverage")] = "editions",
) -> None:
    """List the editions (or sources, indicators, plans, coverage) that the definitions hold."""
    from analysis.catalogue import load_catalogue
    from analysis.listing import print_list
    from analysis.paths import find_project

    if what not in LISTS:
        raise UsageError(f"list {what}: expected {one_of(LISTS)}.")
    project = find_project()
    print_list(what, load_catalogue(project.definitions), project)


@app.command()
def build(edition: Annotated[str, typer.Argument(help="the edition's id, see: sotc list")]) -> None:
    """Build an edition's tables, from data/raw to data/processed."""
    from analysis.build import build_edition
    from analysis.catalogue import load_catalogue
    from analysis.paths import find_project

    project = find_project()
    folder = build_edition(project, load_catalogue(project.definitions), edition)
    typer.echo(f"{project.shown(folder)}")


@app.command()
def report(
    edition: Annotated[str, typer.Argument(help="the edition's id, see: sotc list")],
    engine: Annotated[str, typer.Option(help="forked (fast) or kernel (stock Jupyter kernels)")] = "forked",
) -> None:
    """Build an edition, run its notebooks and write the report as PDF and HTML."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from analysis.build import build_edition
    from analysis.catalogue import load_catalogue
    from analysis.paths import find_project
    from analysis.report.assemble import make_report

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("building tables", total=1)
        build_edition(project, catalogue, edition)

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        made = make_report(project, catalogue, edition, engine=engine, progress=show)
    for path in (made.pdf, made.html):
        typer.echo(project.shown(path))


@app.command()
def record(
    source: Annotated[str, typer.Argument(help="the source, see: sotc list sources")],
    release: Annotated[str, typer.Argument(help="the release, as its definition names it")],
    files: Annotated[list[Path], typer.Argument(help="the publisher's files")],
    place: Annotated[str, typer.Option(help="the place whose rows are selected; needed where there are several")] = "",
    accessed: Annotated[str, typer.Option(help="the date the files were obtained; default: today")] = "",
) -> None:
    """Write a release's raw tables from the publisher's own files."""
    from analysis.catalogue import load_catalogue
    from analysis.geography import code_sets
    from analysis.paths import find_project
    from analysis.releases import record_release

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    places = sorted(catalogue.places)
    if not place and len(places) == 1:
        (place,) = places
    if place not in places:
        raise UsageError(f"no place {place!r}: expected {one_of(places)}. Name it with --place.")
    when = accessed or dt.datetime.now(tz=dt.UTC).date().isoformat()
    codes = code_sets(project, catalogue.places[place])
    for path in record_release(project, catalogue.source(source), release, files, codes, when):
        typer.echo(project.shown(path))
