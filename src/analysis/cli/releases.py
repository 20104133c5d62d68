"""Commands on publishers' releases: pull them, or record their tables from files at hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

    Files are kept in data/cache; a download that was cut goes on where it ended. No figure that is held is ever
    replaced: with --check, a publisher's file whose figures are equal becomes the origin of tables written from a copy.
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
    files: Annotated[list[Path], typer.Argument(help="the publisher's files, or copies of them")],
    place: Annotated[str, typer.Option(help=PLACE_HELP)] = "",
    accessed: Annotated[str, typer.Option(help="the date the files were obtained; default: today")] = "",
    kept_by: Annotated[str, typer.Option(help="who keeps the files, where they are copies")] = "",
    kept_at: Annotated[str, typer.Option(help="the address of that copy")] = "",
    kept_note: Annotated[str, typer.Option(help="what else to know about that copy")] = "",
    checked: Annotated[list[str] | None, typer.Option(help="a sentence on what was checked; repeat it")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="write over what is held, and tell every change")] = False,
) -> None:
    """Write a release's raw tables from the publisher's files, once they can be cleaned and are of the place.

    What is held stays as it is: a file that differs is refused and its cells named; the publisher's own file whose
    figures are equal becomes the origin. What was read otherwise than it stands, and what the file lacks, is said.
    """
    from analysis.catalogue.load import load_catalogue
    from analysis.catalogue.source import Keeper
    from analysis.make.record import record as record_checked
    from analysis.paths import find_project

    if (kept_at or kept_note) and not kept_by:
        raise UsageError("--kept-at and --kept-note are about a copy: say whose with --kept-by.")
    if kept_at and not kept_at.startswith(("https://", "http://")):
        raise UsageError(f"--kept-at {kept_at!r}: expected an address that begins with https://.")

    project = find_project()
    catalogue = load_catalogue(project.definitions)
    of, keeper = _place(catalogue, place), Keeper(kept_by, kept_at, note=kept_note) if kept_by else None
    terms: dict[str, Any] = {"keeper": keeper, "checked": checked or (), "replace": replace}
    recorded = record_checked(project, catalogue, source, release, files, of, accessed, **terms)
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
    from analysis.make.scaffold import new_release as add
    from analysis.paths import find_project

    project = find_project()
    path, todo = add(project, source, day)
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
