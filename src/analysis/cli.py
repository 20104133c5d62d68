"""The command ``sotc``: parse, call one function, print."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.errors import AnalysisError, DataError, UsageError, one_of

if TYPE_CHECKING:
    from analysis.catalogue import Catalogue

app = typer.Typer(
    name="sotc",
    help="State of the City reports from published ward-level statistics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
STOPPED = 130
LISTS = ("editions", "sources", "indicators", "plans", "coverage", "outcomes")
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
    what: Annotated[str, typer.Argument(help=", ".join(LISTS))] = "editions",
) -> None:
    """List the editions, or other definitions, or what of the plans those built cover (coverage, outcomes)."""
    from analysis.catalogue import load_catalogue
    from analysis.listing import print_list
    from analysis.paths import find_project

    if what not in LISTS:
        raise UsageError(f"list {what}: expected {one_of(LISTS)}.")
    project = find_project()
    print_list(what, load_catalogue(project.definitions), project)


Force = Annotated[bool, typer.Option("--force", help="make it anew even where nothing changed")]
NAMES_HELP = "the edition's id, see: sotc list"
PLACE_HELP = "the place whose rows are selected; needed where there are several"


@app.command()
def build(edition: Annotated[str, typer.Argument(help=NAMES_HELP)], force: Force = False) -> None:
    """Build an edition's tables, from data/raw to data/processed, where anything they rest on has changed."""
    from analysis.paths import find_project
    from analysis.report.editions import make_tables_of

    project = find_project()
    why = make_tables_of(project, [edition], force=force)
    typer.echo(f"{edition}: {_said(why.get(edition, ()))}", err=True)
    typer.echo(project.shown(project.processed / edition))


@app.command()
def report(
    editions: Annotated[list[str] | None, typer.Argument(help=NAMES_HELP)] = None,
    every: Annotated[bool, typer.Option("--all", help="every edition that definitions know")] = False,
    force: Force = False,
    engine: Annotated[str, typer.Option(help="forked (fast) or kernel (stock Jupyter kernels)")] = "forked",
) -> None:
    """Build editions, run their notebooks and write the reports as PDF and HTML, where anything has changed."""
    from analysis.paths import find_project
    from analysis.report.editions import make_editions

    project = find_project()
    names = list(dict.fromkeys(editions or ()))
    if bool(names) == every:
        raise UsageError("report: name editions, or say --all for every edition. See: sotc list.")
    if every:
        names = sorted(path.stem for path in (project.definitions / "editions").glob("*.yml"))
    with _progress() as show:
        made = make_editions(project, names, force=force, engine=engine, progress=show)
    for one in made:
        typer.echo(f"{one.edition}: {_said(one.why)}", err=True)
        for name in ("report.pdf", "report.html"):
            typer.echo(project.shown(one.folder / name))


@app.command("new-edition")
def new_edition(
    name: Annotated[str, typer.Argument(help="place and year, such as the last edition's with the next year")],
    start: Annotated[str, typer.Option("--from", help="the edition to begin from; default: the last before it")] = "",
) -> None:
    """Write next year's edition from the last one, and list the releases that are newer, due and stale."""
    from analysis.catalogue import load_catalogue
    from analysis.new_edition import new_edition as write_edition
    from analysis.paths import find_project

    project = find_project()
    path, notes = write_edition(project, load_catalogue(project.definitions), name, start)
    typer.echo(project.shown(path))
    for kind in dict.fromkeys(note.kind for note in notes):
        typer.echo(f"{kind}:")
        for note in notes:
            if note.kind == kind:
                typer.echo(f"  {note.about}: {note.says}")


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="an edition, or the path of a folder of tables (an earlier build)")],
    after: Annotated[str, typer.Argument(help="an edition, or the path of a folder of tables")],
    every: Annotated[bool, typer.Option("--all", help="list every number, not the counts alone")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="every number as JSON")] = False,
) -> None:
    """List the numbers that changed between two editions, or two builds of one, each with its cause."""
    from analysis.audit.diff import describe_changes, diff_builds, open_build
    from analysis.catalogue import load_catalogue
    from analysis.paths import find_project

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    changes = diff_builds(open_build(project, before), open_build(project, after), catalogue)
    if as_json:
        typer.echo(changes.to_json(orient="records", indent=1, force_ascii=False))
        return
    for line in describe_changes(changes, every=every):
        typer.echo(line)


def _said(why: Sequence[str]) -> str:
    """Whether something was made anew, and why."""
    if not why:
        return "up to date, nothing changed."
    more = f" and {len(why) - 3} more" if len(why) > 3 else ""
    return f"made ({', '.join(why[:3])}{more})."


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, str, int, int], None] | None]:
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


@app.command()
def pull(
    sources: Annotated[
        list[str] | None, typer.Argument(help="sources; none named: all. See: sotc list sources")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="download what is held, too, and compare")] = False,
    place: Annotated[str, typer.Option(help=PLACE_HELP)] = "",
) -> None:
    """Download the releases that are not held from their publishers, and write their raw tables.

    Files are kept in data/cache; a download that was cut goes on where it ended. Nothing that is held is ever replaced.
    """
    from analysis.catalogue import load_catalogue
    from analysis.geography import code_sets
    from analysis.paths import find_project
    from analysis.pull import pull as pull_releases

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    codes = code_sets(project, catalogue.places[_place(catalogue, place)])
    wanted = [catalogue.source(name) for name in sources or sorted(catalogue.sources)]
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    refused = False
    with _progress() as show:

        def tell(file: str, came: int, whole: int) -> None:
            if show is not None:
                show(file, f"{came / 1e6:.1f} MB", came, whole or came or 1)

        for one in pull_releases(project, wanted, codes, today, check=check, progress=tell):
            refused |= one.result == "refused"
            typer.echo(f"{one.source} {one.release}: {one.result}", err=one.result == "refused")
            if one.detail:
                typer.echo(f"  {one.detail}", err=True)
            for path in one.tables:
                typer.echo(f"  {project.shown(path)}")
    if refused:
        raise typer.Exit(DataError.exit_code)


@app.command()
def record(
    source: Annotated[str, typer.Argument(help="the source, see: sotc list sources")],
    release: Annotated[str, typer.Argument(help="the release, as its definition names it")],
    files: Annotated[list[Path], typer.Argument(help="the publisher's files")],
    place: Annotated[str, typer.Option(help=PLACE_HELP)] = "",
    accessed: Annotated[str, typer.Option(help="the date the files were obtained; default: today")] = "",
) -> None:
    """Write a release's raw tables from the publisher's own files."""
    from analysis.catalogue import load_catalogue
    from analysis.geography import code_sets
    from analysis.paths import find_project
    from analysis.releases import record_release

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    place = _place(catalogue, place)
    when = accessed or dt.datetime.now(tz=dt.UTC).date().isoformat()
    codes = code_sets(project, catalogue.places[place])
    for path in record_release(project, catalogue.source(source), release, files, codes, when):
        typer.echo(project.shown(path))


def _place(catalogue: Catalogue, name: str) -> str:
    """The place named, or the only one there is."""
    places = sorted(catalogue.places)
    if not name and len(places) == 1:
        return places[0]
    if name not in places:
        raise UsageError(f"no place {name!r}: expected {one_of(places)}. Name it with --place.")
    return name
