"""Commands on what stands beside the reports: the profiles of wards, and the site that holds everything together."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.cli.app import EditionName, app, progress_line
from analysis.cli.editions import Force, Scheduler, said


@app.command()
def profiles(
    edition: EditionName,
    wards: Annotated[list[str] | None, typer.Argument(help="GSS codes of wards; none named: all")] = None,
    force: Force = False,
    scheduler: Scheduler = "",
) -> None:
    """Make the profiles of an edition's wards, two pages of PDF and a page of the site each, where anything changed."""
    from analysis.make.cluster import cluster
    from analysis.make.profiles import make_profiles
    from analysis.make.website import make_site
    from analysis.paths import find_project

    project = find_project()
    with progress_line() as show, cluster(project, scheduler) as executor:

        def tell(step: str, done: int, total: int) -> None:
            if show is not None:
                show(edition, step, done, total)

        made = make_profiles(project, edition, wards or (), force=force, executor=executor, progress=tell)
    wards_made = f"{len(made.wards)} ward{'' if len(made.wards) == 1 else 's'}"
    typer.echo(f"{edition}, {wards_made}: {said(made.why)}", err=True)
    if made.taken_away:
        typer.echo(f"{edition}: {made.taken_away} profiles made from something else were taken away.", err=True)
    typer.echo(project.shown(made.folder))
    if made.why:
        typer.echo(project.shown(make_site(project)))


@app.command()
def site() -> None:
    """Gather reports, profiles, methods, indicators and data into static pages: open reports/index.html."""
    from analysis.make.website import make_site
    from analysis.paths import find_project

    project = find_project()
    typer.echo(project.shown(make_site(project)))
