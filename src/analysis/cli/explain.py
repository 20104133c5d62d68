"""The command that traces a figure or a number back to the publisher."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.cli.app import EditionName, app

WHAT_HELP = "the id of a figure, table or number of the report, or indicator@area@period[@sex[@age]]"


@app.command()
def explain(
    edition: EditionName,
    what: Annotated[str, typer.Argument(help=WHAT_HELP)],
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
) -> None:
    """Trace a figure or a number of a report back to the publisher's own row, and work it out again."""
    from analysis.audit.explain import explain as explained
    from analysis.audit.told import told
    from analysis.paths import find_project

    answer = explained(find_project(), edition, what)
    if as_json:
        import json

        typer.echo(json.dumps(answer, indent=1, ensure_ascii=False))
        return
    for line in told(answer):
        typer.echo(line)
