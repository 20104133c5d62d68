"""Commands on publishers' releases: pull them, or record their tables from files at hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.app import app, progress_line
from analysis.errors import DataError, UsageError, one_of

if TYPE_CHECKING:
    from analysis.catalogue.load import Catalogue
    from analysis.catalogue.source import Source

PLACE_HELP = "the place whose rows are selected; needed where there are several"


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
    from analysis.catalogue.load import load_catalogue
    from analysis.make.record import Checks
    from analysis.paths import find_project
    from analysis.sources.codes import code_sets
    from analysis.sources.pull import pull as pull_releases

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    of = catalogue.places[_place(catalogue, place)]
    codes = code_sets(project, of)
    wanted = [catalogue.source(name) for name in sources or sorted(catalogue.sources)]
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    refused = False
    with progress_line() as show:

        def tell(file: str, came: int, whole: int) -> None:
            show(file, f"{came / 1e6:.1f} MB", came, whole or came or 1)

        def cleaned(source: Source, release: str) -> Checks:
            return Checks(project, catalogue, source, release, of)

        for one in pull_releases(project, wanted, codes, today, check=check, cleaned=cleaned, progress=tell):
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
    """Write a release's raw tables from the publisher's own files, once they can be cleaned and are of the place.

    What is held stays as it is where the new table is refused. What was read otherwise than it stands, and what the
    file lacks, is said on the way.
    """
    from analysis.catalogue.load import load_catalogue
    from analysis.make.record import record as record_checked
    from analysis.paths import find_project

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    recorded = record_checked(project, catalogue, source, release, files, _place(catalogue, place), accessed)
    for note in recorded.told:
        typer.echo(f"note: {note}", err=True)
    for path in recorded.paths:
        typer.echo(project.shown(path))


def _place(catalogue: Catalogue, name: str) -> str:
    """The place named, or the only one there is."""
    places = sorted(catalogue.places)
    if not name and len(places) == 1:
        return places[0]
    if name not in places:
        raise UsageError(f"no place {name!r}: expected {one_of(places)}. Name it with --place.")
    return name


@app.command("new-release")
def new_release(
    source: Annotated[str, typer.Argument(help="the source, see: sotc list sources")],
    day: Annotated[str, typer.Argument(help="when it came out: a year, a month or a day")],
) -> None:
    """Add a release to a source's file, as a copy of its last one, and list what to look at in it."""
    from analysis.catalogue.load import load_catalogue
    from analysis.make.scaffold import new_release as add
    from analysis.paths import find_project

    project = find_project()
    path, todo = add(project, load_catalogue(project.definitions), source, day)
    typer.echo(project.shown(path))
    for line in todo:
        typer.echo(f"  {line}.")


@app.command("new-source")
def new_source(
    name: Annotated[str, typer.Argument(help="its id: small letters, digits and '_'")],
    day: Annotated[str, typer.Argument(help="its first release: when it came out")],
) -> None:
    """Write the file of a new source, every key explained, to be filled in; sotc check says what is missing."""
    from analysis.make.scaffold import new_source as write
    from analysis.paths import find_project

    project = find_project()
    typer.echo(project.shown(write(project, name, day)))


@app.command("new-indicator")
def new_indicator(name: Annotated[str, typer.Argument(help="its id: small letters, digits and '_'")]) -> None:
    """Write the file of a new indicator, every key explained, to be filled in; sotc check says what is missing."""
    from analysis.make.scaffold import new_indicator as write
    from analysis.paths import find_project

    project = find_project()
    typer.echo(project.shown(write(project, name)))
