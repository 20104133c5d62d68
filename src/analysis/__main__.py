"""The program: ``sotc`` and ``python -m analysis``. Before anything else is imported, Ctrl-C is watched."""

from __future__ import annotations

from analysis import interrupts

interrupts.watch()


def main() -> None:
    """Run the command line and end the process with its exit status."""
    try:
        interrupts.allow()
        status = _run()
        interrupts.too_late()
    except KeyboardInterrupt:
        status = interrupts.stop()
    interrupts.leave(status)


def _run() -> int:
    from analysis.cli import main as run

    try:
        run()
    except SystemExit as left:
        if left.code == interrupts.STOPPED:  # typer turns Ctrl-C into an exit
            return interrupts.stop()
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


if __name__ == "__main__":
    main()
