"""Download one file from a publisher: continued where it was cut, tried again, checked, and never half of it in place.

The standard library does what is needed here; a part file, its validators and a note lie beside the file:

``<key>.part``, ``<key>.part.json``
    what came so far, and the ETag or date by which the server can tell whether it still serves the same file.
``<key>.json``
    the note of a whole file: address, name, sha256, size, and those validators for asking again without a download.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from analysis.errors import DataError

USER_AGENT = "state-of-the-city (reports from published statistics; one request at a time)"
SUFFIXES = (".csv", ".xlsx", ".zip", ".geojson", ".json")
Progress = Callable[[str, int, int], None]
_CHUNK = 1 << 16
_LATER = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Limits:
    """How patient a download is: seconds without a byte, attempts, seconds before the second attempt, largest file."""

    timeout_s: float = 60.0
    attempts: int = 5
    wait_s: float = 2.0
    longest_wait_s: float = 60.0
    largest_bytes: int = 1_000_000_000


@dataclass(frozen=True)
class Note:
    """A whole file as it was downloaded."""

    address: str
    file: str
    sha256: str
    size: int
    etag: str
    modified: str


class _PassingError(Exception):
    """What may be over at the next attempt; ``wait_s`` is what the server asks for."""

    def __init__(self, problem: str, wait_s: float = 0.0) -> None:
        super().__init__(problem)
        self.wait_s = wait_s


def fetch(address: str, folder: Path, limits: Limits | None = None, progress: Progress | None = None) -> Path:
    """Download a file into ``folder``, or ask whether the one there is still the publisher's.

    Parameters
    ----------
    address : str
        http or https.
    folder : Path
        Made if it is not there. What came before a cut or Ctrl-C is kept in it and continued the next time.
    limits : Limits, optional
    progress : callable, optional
        Called with the file's name, the bytes that came and all bytes (0 where the server does not say).

    Returns
    -------
    Path
        The whole file.

    Raises
    ------
    DataError
        If the address gives no file (an error, a web page, a redirection to another or unsafe place, too large a file,
        nothing in time), or another file than the one downloaded from it before, which is left as it is.
    """
    limits = limits or Limits()
    if urlsplit(address).scheme not in ("http", "https"):
        raise DataError(f"{address}: expected an address that begins with https:// or http://. Correct the definition.")
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / hashlib.sha256(address.encode("utf-8")).hexdigest()[:12]
    problem = ""
    for attempt in range(limits.attempts):
        try:
            return _attempt(address, key, limits, progress)
        except _PassingError as error:
            problem = str(error)
            wait_s = max(error.wait_s, limits.wait_s * 2**attempt)
            if attempt + 1 < limits.attempts:
                time.sleep(min(wait_s, limits.longest_wait_s))
    raise DataError(
        f"{address}: {problem}, {limits.attempts} times in a row. Try again later: what came is kept and continued."
    )


def read_note(key: Path) -> Note | None:
    """The note of a file that lies whole beside it."""
    try:
        note = Note(**json.loads(key.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return note if (key.parent / note.file).is_file() else None


def _attempt(address: str, key: Path, limits: Limits, progress: Progress | None) -> Path:
    part, held = key.with_suffix(".part"), read_note(key)
    begun = _validators(key)
    start = part.stat().st_size if begun and part.is_file() else 0
    request = urllib.request.Request(address, headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", begun)
    elif held and held.etag:
        request.add_header("If-None-Match", held.etag)
    elif held and held.modified:
        request.add_header("If-Modified-Since", held.modified)
    with _answer(address, request, key, limits) as answer:
        if answer is None:
            if held is None:
                raise _PassingError("the rest of the file could not be had")
            return key.parent / held.file
        continued = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if answer.status == 206 and not continued:
            _forget(key)
            raise _PassingError("another part came than the one asked for")
        name = _file_name(answer.headers, answer.url)
        _refuse_page(address, answer.headers)
        if not continued:
            part.unlink(missing_ok=True)
        _remember(key, answer.headers)
        length = answer.headers.get("Content-Length")
        whole = (start if continued else 0) + int(length) if length and length.isdigit() else 0
        _receive(answer, part, start if continued else 0, whole, name, limits, address, progress)
        return _finish(address, key, name, answer.headers, held)


@contextlib.contextmanager
def _answer(address: str, request: urllib.request.Request, key: Path, limits: Limits) -> Iterator[Any]:
    """The open answer; None where the file is not modified. Errors that may pass are told from those that will not."""
    opener = urllib.request.build_opener(_SafeRedirects)
    try:
        with opener.open(request, timeout=limits.timeout_s) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304:
                yield None
                return
            if error.code == 416:
                _forget(key)
                raise _PassingError("the rest of the file is not there any more") from error
            said = f"the server answers {error.code} {http.client.responses.get(error.code, '')}".rstrip()
            if error.code in _LATER:
                raise _PassingError(said, _retry_after(error.headers)) from error
            raise DataError(
                f"{address}: {said}. Find the file's new address on the publisher's page and correct the definition, "
                "or record the file by hand with: sotc record."
            ) from error
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        words = "nothing came in time" if isinstance(reason, TimeoutError) else f"no connection ({reason})"
        raise _PassingError(words) from error


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirection to https, or from http to the same host; nowhere else."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        same_host = old.scheme == new.scheme == "http" and old.hostname == new.hostname
        if new.scheme != "https" and not same_host:
            raise DataError(
                f"{req.full_url}: redirected to {newurl}; only https, or http on the same host, is followed. "
                "Check the address, and correct the definition."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(
    answer: Any, part: Path, start: int, whole: int, name: str, limits: Limits, address: str, progress: Progress | None
) -> None:
    """Append to the part file (or begin it) until the answer ends; a cut is an error that may pass."""
    came = start
    if whole > limits.largest_bytes:
        raise DataError(_too_large(address, whole, limits))
    with part.open("ab" if start else "wb") as out:
        while True:
            try:
                chunk = answer.read1(_CHUNK)
            except http.client.IncompleteRead as error:
                chunk, whole = error.partial, -1
            if came == 0 and chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith(
                (b"<!doctype html", b"<html")
            ):
                raise DataError(_page(address))
            out.write(chunk)
            came += len(chunk)
            if came > limits.largest_bytes:
                raise DataError(_too_large(address, came, limits))
            if progress is not None:
                progress(name, came, max(whole, 0))
            if not chunk or whole < 0:
                break
    if whole and came != whole:
        expected = f" of {whole:,}" if whole > 0 else ""
        raise _PassingError(f"the answer was cut short after {came:,}{expected} bytes")


def _finish(address: str, key: Path, name: str, headers: Message, held: Note | None) -> Path:
    """Put the whole file and its note in place, unless it is another file than the one held."""
    part = key.with_suffix(".part")
    with part.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if part.stat().st_size == 0:
        _forget(key)
        raise DataError(f"{address}: an empty file came. Look at the publisher's page.")
    if held is not None and held.sha256 != digest:
        _forget(key)
        raise DataError(
            f"{address}: the publisher's file has changed: its sha256 is {digest[:12]}…, that of the one downloaded "
            f"before {held.sha256[:12]}…. A release does not change: add the new file as a release of its own."
        )
    path = key.parent / (name if name.lower().endswith(SUFFIXES) else name + _sniffed(part))
    if path.exists() and (held is None or held.file != path.name):
        path = path.with_name(f"{key.name}-{path.name}")  # another address gave a file of the same name
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    note = Note(address, path.name, digest, part.stat().st_size, etag, modified)
    part.replace(path)
    key.with_suffix(".json").write_text(json.dumps(asdict(note), indent=1) + "\n", encoding="utf-8")
    _forget(key)
    return path


def _sniffed(path: Path) -> str:
    """The suffix that a file's first bytes speak for."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return ".xlsx" if b"[Content_Types].xml" in head else ".zip"
    return ".json" if head.lstrip()[:1] == b"{" else ".csv"


def _file_name(headers: Message, url: str) -> str:
    """The name that the server gives the file, else the last part of its address; letters, digits, points, hyphens."""
    parts = urlsplit(url)
    last = (
        parts.query.rsplit("/", 1)[-1] if "/" in parts.query and "." in parts.query else parts.path.rsplit("/", 1)[-1]
    )
    name = unquote(headers.get_filename() or last).replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[-120:] or "file"


def _refuse_page(address: str, headers: Message) -> None:
    if headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise DataError(_page(address))


def _page(address: str) -> str:
    return (
        f"{address}: a web page came, not a file. Get the file from that page by hand and record it with: "
        "sotc record SOURCE RELEASE FILE."
    )


def _too_large(address: str, size: int, limits: Limits) -> str:
    return f"{address}: {size:,} bytes are more than the {limits.largest_bytes:,} allowed. Check the address."


def _retry_after(headers: Message) -> float:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0


def _validators(key: Path) -> str:
    """By what the server can tell whether the part file is still of the same file; empty where it cannot."""
    try:
        found: Mapping[str, str] = json.loads(key.with_suffix(".part.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return found.get("validator", "")


def _remember(key: Path, headers: Message) -> None:
    etag = headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")
    key.with_suffix(".part.json").write_text(json.dumps({"validator": validator}), encoding="utf-8")


def _forget(key: Path) -> None:
    for suffix in (".part", ".part.json"):
        key.with_suffix(suffix).unlink(missing_ok=True)
