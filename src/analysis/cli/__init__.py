"""The command ``sotc``: parse, call one function, print. Commands live in the modules of this package by subject."""

from __future__ import annotations

import os
import sys

import typer

from analysis.cli import audit, desk, editions, explain, publish, releases  # noqa: F401  (they add commands)
from analysis.cli.app import app
from analysis.errors import AnalysisError

__all__ = ["app", "main"]

# One thread for linear algebra: the tables are small, and one process a core is faster than threads fighting for it.
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
