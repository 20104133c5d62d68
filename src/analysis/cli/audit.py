"""Commands of the auditor: sign a report; whether it reproduces, and whether it agrees with the publishers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.app import EditionName, app, progress_line
from analysis.errors import UsageError

if TYPE_CHECKING:
    from analysis.audit.sign import SignatureResult
    from analysis.make.verdicts import Verdict, Verification
    from analysis.paths import Project

SHOWN = 12
REJECTED = 16
CODES = "\n".join(
    [
        "Exit codes, the first that applies:",
        "0 all that was checked is identical",
        "10 numbers differ",
        "11 figures differ",
        "12 documents differ",
        "13 a file here is not what the receipt or a snapshot says",
        "14 cannot verify: nothing built, no receipt, or a rebuild that was refused",
        "15 a figure does not agree with the publisher's",
        f"{REJECTED} the signature is rejected",
        "17 receipt, code or inputs are not the commit's",
        "18 a package is not the one locked, or not as it was installed",
        "1 to 7 an error and 130 stopped, as of every command",
    ]
)


@app.command(epilog=CODES)
def verify(
    edition: EditionName,
    figure: Annotated[str, typer.Argument(help="the id of one figure or table; default: the whole report")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="compare hashes alone, rebuild nothing")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="a report's folder received from elsewhere, held to its own receipt")
    ] = None,
    publisher: Annotated[
        bool, typer.Option("--publisher", help="compare headline figures with the publishers' own totals instead")
    ] = False,
    signature: Annotated[
        Path | None, typer.Option(help="the signer's public key: check the signature of the report first")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the result as JSON")] = False,
) -> None:
    """Rebuild a report in a clean folder and say whether numbers, figures and documents are those of its receipt.

    Before that, every file here is held to the receipt (reports/EDITION/manifest.json) and the raw tables to theirs.
    """
    import json

    from analysis.paths import find_project

    project = find_project()
    if publisher:
        if figure or quick or folder or signature:
            raise UsageError("verify --publisher: takes an edition alone. Leave the other options out.")
        _print_publisher(edition, as_json=as_json)
        return
    if quick and figure:
        raise UsageError("verify --quick: hashes are compared of the whole report. Leave the figure or --quick out.")
    from analysis.make.verify import verify as verify_report

    signed = _check_signature(project, edition, signature, folder) if signature else None
    with progress_line() as show:
        found = verify_report(project, edition, figure, folder=folder, quick=quick, progress=show)
    if as_json:
        signer = signed.keyid if signed else ""
        typer.echo(json.dumps({**found.plain(), "signed_by": signer}, indent=1, ensure_ascii=False))
    else:
        if signed:
            files = f"{len(signed.checked)} files are as they were signed"
            absent = f", {len(signed.absent)} are not here" if signed.absent else ""
            typer.echo(f"{edition}: signed by the key {signed.keyid[:16]}…; {files}{absent}")
        _print(found)
    raise typer.Exit(found.exit_code)


def _check_signature(project: Project, edition: str, key: Path, folder: Path | None) -> SignatureResult:
    """What holds of a report's signature by a key; where it does not, nothing else is looked at."""
    from analysis.audit.sign import verify_signature

    result = verify_signature(project, edition, key, folder)
    if result.holds:
        return result
    for problem in result.problems:
        typer.echo(problem, err=True)
    typer.echo(f"{edition}: the signature is rejected.", err=True)
    raise typer.Exit(REJECTED)


def _print(found: Verification) -> None:
    from analysis.make.verdicts import VERDICTS

    typer.echo(f"{found.edition}, by {found.receipt} ({found.receipt_state})")
    for name in VERDICTS:
        verdict: Verdict = getattr(found, name)
        counted = (
            f"{verdict.files} {'file' if verdict.files == 1 else 'files'}" if verdict.files and name != "files" else ""
        )
        said = "; ".join(part for part in (counted, verdict.reason) if part)
        typer.echo(f"{name:<11} {verdict.result}{f' ({said})' if said else ''}")
        for one in verdict.differences[:SHOWN]:
            typer.echo(f"  {one}")
        if len(verdict.differences) > SHOWN:
            files = len({one.file for one in verdict.differences})
            typer.echo(f"  and {len(verdict.differences) - SHOWN} more, in {files} files in all: --json lists them")
    if found.code:
        typer.echo(f"code: {found.code}")
    if found.done:
        typer.echo(f"done again: {', '.join(found.done)}")
    if found.not_done:
        typer.echo(f"not done again: {', '.join(found.not_done)}")
    if found.said:
        typer.echo(f"said by the receipt alone: {'; '.join(found.said)}")


def _print_publisher(edition: str, *, as_json: bool) -> None:
    import json

    from analysis.audit.publisher import DISAGREES, compare_with_publishers
    from analysis.errors import AuditError
    from analysis.paths import find_project

    agreements, idle = compare_with_publishers(find_project(), edition)
    apart = [one for one in agreements if not one.agrees]
    code = DISAGREES if apart else 0 if agreements else AuditError.exit_code
    if as_json:
        found = {"edition": edition, "comparisons": [one.plain() for one in agreements], "not_pinned": idle}
        typer.echo(json.dumps({**found, "exit_code": code}, indent=1, ensure_ascii=False))
        raise typer.Exit(code)
    typer.echo(f"{edition}: {len(agreements) - len(apart)} of {len(agreements)} figures agree with the publisher's")
    for check in dict.fromkeys(one.check for one in agreements):
        own = [one for one in agreements if one.check == check]
        typer.echo(f"{own[0].about} [{check}]: {sum(one.agrees for one in own)} of {len(own)}")
        shown = [one for one in own if not one.agrees] or own[-1:]
        for one in shown:
            word = "agrees" if one.agrees else "DISAGREES"
            typer.echo(
                f"  {word}: {one.row}: ours {one.ours}, published {one.published}, "
                f"a difference above {one.tolerance} is material"
            )
            typer.echo(f"    {one.citation}; tolerance: {one.why}")
    if idle:
        typer.echo(f"no published figure pinned by this edition: {', '.join(idle)}")
    raise typer.Exit(code)


@app.command()
def sign(
    edition: EditionName = "",
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
