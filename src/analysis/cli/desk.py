"""Commands at the desk: whether all that is needed is here, whether definitions hold, and a report on the screen."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from analysis.cli.app import EditionName, app
from analysis.errors import DefinitionError, UsageError


@app.command()
def check() -> None:
    """Read every definition and hold it to its rules and to the others; the first that is wrong is named by line."""
    from analysis.catalogue.load import load_catalogue
    from analysis.paths import find_project
    from analysis.words import counted, joined

    catalogue = load_catalogue(find_project().definitions)
    kinds = ("edition", "place", "plan", "indicator", "source", "correction")
    counts = [counted(len(getattr(catalogue, f"{kind}s")), kind) for kind in kinds]
    typer.echo(f"definitions hold: {joined(counts)}.")


@app.command()
def doctor() -> None:
    """Look at Python, packages, fonts, raw tables, definitions and reports; say what to do where one is not well."""
    from analysis.make.doctor import look
    from analysis.paths import find_project

    unwell = 0
    for finding in look(find_project()):
        unwell += not finding.well
        typer.echo(f"{'ok  ' if finding.well else 'LOOK'}  {finding.about}: {finding.says}")
    if unwell:
        raise typer.Exit(DefinitionError.exit_code)


@app.command("open")
def open_(
    edition: EditionName,
    kind: Annotated[Literal["pdf", "html"], typer.Argument(help="which of its documents")] = "html",
) -> None:
    """Show a report on the screen, by the program that this machine opens such files with."""
    from analysis.paths import find_project
    from analysis.tables.stamps import open_edition

    project = find_project()
    path = project.reports / open_edition(project, edition).id / f"report.{kind}"
    if not path.is_file():
        raise UsageError(f"{project.shown(path)}: not made yet. Make it with: sotc report {edition}.")
    typer.echo(project.shown(path))
    if typer.launch(str(path)):
        raise UsageError(f"{project.shown(path)}: this machine has no program that opens it. Open it by hand.")
