"""Commands on signatures: make a key, sign a report, check who signed it and that nothing changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.app import NAMES_HELP, app
from analysis.errors import UsageError

REJECTED = 16


@app.command()
def sign(
    edition: Annotated[str, typer.Argument(help=NAMES_HELP)] = "",
    key: Annotated[Path | None, typer.Option(help="the private key, an ed25519 key in PEM")] = None,
    new_key: Annotated[
        Path | None, typer.Option(help="make a pair of keys instead: FILE, which stays with you, and FILE.pub")
    ] = None,
) -> None:
    """Sign the report of an edition: its receipt and every file beside it (reports/EDITION/manifest.dsse.json)."""
    from analysis.audit.sign import new_key as make_key
    from analysis.audit.sign import sign_report
    from analysis.paths import find_project

    if new_key is not None and not edition and key is None:
        private, public = make_key(new_key)
        typer.echo(f"{private} (private: keep it to yourself, and out of git)\n{public} (public: give it to readers)")
        return
    if new_key is not None or not edition or key is None:
        raise UsageError("sign: expected either EDITION --key FILE, or --new-key FILE alone. See: sotc sign --help.")
    project = find_project()
    typer.echo(project.shown(sign_report(project, edition, key)))


@app.command("check-signature", epilog=f"Exit codes: 0 it holds; {REJECTED} rejected; others, as of every command.")
def check_signature(
    edition: Annotated[str, typer.Argument(help=NAMES_HELP)],
    key: Annotated[Path, typer.Option(help="the signer's public key (.pub)")],
    folder: Annotated[Path | None, typer.Option(help="the report's folder, received from elsewhere")] = None,
) -> None:
    """Check that a report was signed by the owner of a key, and that nothing in it changed since."""
    from analysis.audit.sign import verify_signature
    from analysis.paths import find_project

    result = verify_signature(find_project(), edition, key, folder)
    for problem in result.problems:
        typer.echo(problem, err=True)
    if not result.holds:
        typer.echo(f"{edition}: the signature is rejected.", err=True)
        raise typer.Exit(REJECTED)
    typer.echo(
        f"{edition}: signed by the key {result.keyid[:16]}…; {len(result.checked)} files are as they were signed."
    )
    if result.absent:
        typer.echo(f"{len(result.absent)} signed files are not here, so nothing is said of them: {result.absent[0]} …")
