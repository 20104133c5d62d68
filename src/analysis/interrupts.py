"""Ctrl-C at any instant, with two ends alone: everything as it was, or the result whole and in place.

The program (``analysis/__main__.py``) calls :func:`watch` first thing; as a library, nothing here changes a signal.
"""

from __future__ import annotations

# The part of ``signal`` that is built in: it takes no time to import, in which Ctrl-C would not be watched yet.
import _signal  # type: ignore[import-not-found]
import _thread
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, NoReturn

STOPPED = 130
_AGAIN_S = 0.02
_IMPORT = "<frozen importlib._bootstrap>"
_MAIN = _thread.get_ident()
_undo: list[Callable[[], object]] = []
_ignored = False
_over = False
_lock = _thread.RLock()


class Stopped(KeyboardInterrupt):
    """Ctrl-C. ``KeyboardInterrupt`` itself, where it leaves executed text, makes Python end by a signal at the end."""


class _Held:
    """While it is entered, by the main thread, Ctrl-C waits."""

    def __init__(self) -> None:
        self.times = 0

    def __enter__(self) -> None:
        self.times += _thread.get_ident() == _MAIN

    def __exit__(self, *_: object) -> None:
        self.times -= _thread.get_ident() == _MAIN


held = _Held()


class _Beginning:
    """Around the beginning of what must be undone: once all is being undone, nothing begins, in any thread."""

    def __enter__(self) -> None:
        held.__enter__()
        _lock.acquire()
        if _over:
            self.__exit__()
            raise Stopped

    def __exit__(self, *_: object) -> None:
        _lock.release()
        held.__exit__()


beginning = _Beginning()


def watch() -> None:
    """From here on Ctrl-C raises :class:`Stopped`, once, and not before :func:`allow`; ignored, it stays ignored."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        held.times = 1
        _signal.signal(_signal.SIGINT, _stop)
        if hasattr(_signal, "SIGALRM"):
            _signal.signal(_signal.SIGALRM, _stop)
        sys.unraisablehook = _unraisable


def allow() -> None:
    """Let Ctrl-C through, now that there is something around to catch it."""
    held.times = 0


def too_late() -> None:
    """From here on Ctrl-C is ignored: the result is whole and goes into place."""
    global _ignored  # noqa: PLW0603
    _ignored = True


def undo(call: Callable[[], object]) -> None:
    """Note what :func:`take_back` must do, the last first; noted before there is anything to undo."""
    with beginning:
        _undo.append(call)


def forget(call: Callable[[], object]) -> None:
    """Take a note of :func:`undo` back: what it is about stands or is gone."""
    _undo.remove(call)


def take_back() -> None:
    """Undo all that was begun in this process, which ends then: its other threads begin nothing any more."""
    global _over  # noqa: PLW0603
    with _lock:
        _over = True
    for call in reversed(list(_undo)):
        try:
            call()
        except OSError as error:
            print(f"sotc: {error}", file=sys.stderr)  # noqa: T201


def stop() -> int:
    """Undo what was begun, say so, and give the exit status."""
    too_late()
    take_back()
    print("sotc: stopped; everything is as it was.", file=sys.stderr)  # noqa: T201
    return STOPPED


def leave(status: int) -> NoReturn:
    """End the process here: no thread is waited for, nothing runs that could meet Ctrl-C again."""
    import os

    too_late()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader is gone, or the disk is full: what was to be said is not
            status = status or 1
    multiprocessing: Any = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None:
        multiprocessing._run_finalizers()  # locks of the system that the pools held
    os._exit(status)


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    if _ignored:
        return
    if (held.times or _imports(frame)) and hasattr(_signal, "setitimer"):
        _signal.setitimer(_signal.ITIMER_REAL, _AGAIN_S)
        return
    too_late()
    raise Stopped


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being imported: the start of C code turns an exception into another, or swallows it."""
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT:
            return True
        frame = frame.f_back
    return False


def _unraisable(unraisable: Any) -> None:
    """Raise again what was swallowed where nothing can be raised, such as in a callback of C code."""
    global _ignored  # noqa: PLW0603
    if not issubclass(unraisable.exc_type, Stopped):
        sys.__unraisablehook__(unraisable)
        return
    _ignored = False
    _signal.setitimer(_signal.ITIMER_REAL, _AGAIN_S)
