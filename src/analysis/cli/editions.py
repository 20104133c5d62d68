"""Commands on editions: list, build, report, begin the next one, compare two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from analysis.cli.app import NAMES_HELP, EditionName, app, edition_names, progress_line
from analysis.errors import UsageError, one_of

LISTS = (
    "editions",
    "places",
    "wards",
    "sources",
    "indicators",
    "plans",
    "targets",
    "coverage",
    "outcomes",
    "corrections",
)
Force = Annotated[bool, typer.Option("--force", help="make it anew even where nothing changed")]
Scheduler = Annotated[
    str, typer.Option(help="let a Dask cluster do it: the scheduler's address, or local for one on this machine")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be made anew and why, and make nothing")]


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help=", ".join(LISTS))] = "editions",
) -> None:
    """List the editions, or other definitions, or what of the plans those built cover (coverage, outcomes)."""
    from analysis.catalogue.load import load_catalogue
    from analysis.cli.listing import print_list
    from analysis.paths import find_project

    if what not in LISTS:
        raise UsageError(f"list {what}: expected {one_of(LISTS)}.")
    project = find_project()
    print_list(what, load_catalogue(project.definitions), project)


@app.command()
def build(edition: EditionName, force: Force = False, dry_run: DryRun = False) -> None:
    """Build an edition's tables, from data/raw to data/processed, where anything they rest on has changed."""
    from analysis.make.editions import make_tables_of, tables_due
    from analysis.paths import find_project

    project = find_project()
    if dry_run:
        _print_due("tables", tables_due(project, [edition], force=force))
        return
    why = make_tables_of(project, [edition], force=force)
    typer.echo(f"{edition}: {said(why.get(edition, ()))}", err=True)
    typer.echo(project.shown(project.processed / edition))


@app.command()
def report(
    editions: Annotated[list[str] | None, typer.Argument(help=NAMES_HELP, autocompletion=edition_names)] = None,
    every: Annotated[bool, typer.Option("--all", help="every edition that definitions know")] = False,
    force: Force = False,
    dry_run: DryRun = False,
    scheduler: Scheduler = "",
) -> None:
    """Build editions, run their notebooks and write the reports as PDF and HTML, where anything has changed."""
    from analysis.make.cluster import cluster
    from analysis.make.editions import make_editions, reports_due, tables_due
    from analysis.paths import find_project

    project = find_project()
    names = list(dict.fromkeys(editions or ()))
    if bool(names) == every:
        raise UsageError("report: name editions, or say --all for every edition. See: sotc list.")
    if every:
        names = sorted(path.stem for path in (project.definitions / "editions").glob("*.yml"))
    if dry_run:
        tables = tables_due(project, names, force=force)
        _print_due("tables", tables)
        due: dict[str, tuple[str, ...]] = reports_due(project, names, force=force)
        _print_due("report", due | {name: ("its tables are made anew",) for name in names if name in tables})
        return
    with progress_line() as show, cluster(project, scheduler) as executor:
        made = make_editions(project, names, force=force, executor=executor, progress=show)
    for one in made:
        typer.echo(f"{one.edition}: {said(one.why)}", err=True)
        for name in ("report.pdf", "report.html"):
            typer.echo(project.shown(one.folder / name))


@app.command("new-edition")
def new_edition(
    name: Annotated[str, typer.Argument(help="place and year, such as the last edition's with the next year")],
    start: Annotated[str, typer.Option("--from", help="the edition to begin from; default: the last before it")] = "",
) -> None:
    """Write next year's edition from the last one, and list the releases that are newer, due and stale."""
    from analysis.catalogue.load import load_catalogue
    from analysis.make.new_edition import new_edition as write_edition
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
    """List the numbers, flags and results that changed between two editions, or two builds of one, with the cause."""
    import json

    from analysis.audit.causes import changes_as_data, describe_changes, diff_builds, open_build
    from analysis.catalogue.load import load_catalogue
    from analysis.paths import find_project

    project = find_project()
    builds = open_build(project, before), open_build(project, after)
    changes = diff_builds(*builds, load_catalogue(project.definitions))
    if as_json:
        typer.echo(json.dumps(changes_as_data(*builds, changes), indent=1, ensure_ascii=False))
        return
    for line in describe_changes(changes, every=every):
        typer.echo(line)


def _print_due(what: str, why: Mapping[str, Sequence[str]]) -> None:
    for name, reasons in why.items():
        typer.echo(f"{name}: {what} would be {said(reasons)}")
    if not why:
        typer.echo(f"{what}: up to date, nothing would be made.")


def said(why: Sequence[str]) -> str:
    """Whether something was made anew, and why."""
    if not why:
        return "up to date, nothing changed."
    more = f" and {len(why) - 3} more" if len(why) > 3 else ""
    return f"made ({', '.join(why[:3])}{more})."
