"""By what, where and when a report was made: code, lock, commit, versions, fonts. None of it is in the receipt.

It goes to ``run.json`` beside the receipt, which no comparison looks at; all but the time goes into a signature too.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis.audit.receipt import MANIFEST, sealed, sha256
from analysis.catalogue.model import Edition
from analysis.paths import Project
from analysis.tables.stamps import RUN, code_hashes

RUN_SCHEMA = 3
RUN_SEAL = "run_sha256"
TIMES = ("started", "ended")
NO_GIT = "not a git checkout"
# What can change a digit, a stroke or a page; the lock holds all the others.
MATTER = (
    "jinja2",
    "matplotlib",
    "mistune",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pikepdf",
    "pyproj",
    "scipy",
    "shapely",
    "typst",
    "xlsxwriter",
)
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf")
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")


def write_run(project: Project, edition: Edition, folder: Path, started: dt.datetime) -> Path:
    """Write ``run.json``: when, by which code, on what the report in ``folder`` was made."""
    commit, dirty = commit_of(project)
    run: dict[str, Any] = {
        "schema": RUN_SCHEMA,
        "edition": edition.id,
        "manifest_sha256": sha256((folder / MANIFEST).read_bytes()),
        "commit": commit,
        "uncommitted_changes": dirty,
        "code_sha256": joined(code_hashes()),
        "lock_sha256": lock_hash(project),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "packages": {name: metadata.version(name) for name in MATTER},
        "fonts": [{"file": path.name, "sha256": sha256(path.read_bytes())} for path in font_files()],
        "started": started.isoformat(timespec="seconds"),
        "ended": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
    }
    path = folder / RUN
    path.write_bytes(sealed(run, RUN_SEAL))
    return path


def read_run(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says of the report in a folder; nothing where there is none of this receipt and schema."""
    try:
        run: Any = json.loads((folder / RUN).read_text(encoding="utf-8"))
        ours = run["manifest_sha256"] == sha256((folder / MANIFEST).read_bytes()) and run["schema"] == RUN_SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(run) if ours else {}


def run_problem(folder: Path) -> str:
    """What is wrong with the ``run.json`` in a folder; nothing where it is as it was written, or there is none."""
    path = folder / RUN
    if not path.exists() and not path.is_symlink():
        return ""
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        if sealed(run, RUN_SEAL) != path.read_bytes() or run["schema"] != RUN_SCHEMA:
            return "is not as it was written"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "is not as it was written"
    return "" if read_run(folder) else "is of another receipt than the one beside it"


def code_line(project: Project, folder: Path) -> str:
    """In a few words which code runs here, and whether the report in a folder was made by another."""
    commit, dirty = commit_of(project)
    line = _code_words(joined(code_hashes()), commit, dirty)
    run = read_run(folder)
    if not run or run["code_sha256"] == joined(code_hashes()):
        return line
    made_by = _code_words(run["code_sha256"], run["commit"], run["uncommitted_changes"])
    return f"{line}; by {RUN} this report was made by other code: {made_by}"


def _code_words(digest: str, commit: str, dirty: bool | None) -> str:
    where = commit if dirty is None else f"commit {commit[:12]}{', changed since' if dirty else ''}"
    return f"sha256 {digest[:12]}… ({where})"


def joined(hashes: Mapping[str, str]) -> str:
    r"""One hash of many files: of the lines ``<sha256>  <path>``, sorted by path, as ``sha256sum`` prints them.

    Examples
    --------
    >>> joined({"b": "2", "a": "1"}) == sha256(b"1  a\n2  b\n")
    True
    """
    return sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items())).encode("utf-8"))


def lock_hash(project: Project) -> str | None:
    """The hash of the lock; None where the project has none."""
    path = project.root / "requirements.lock"
    return sha256(path.read_bytes()) if path.is_file() else None


def commit_of(project: Project) -> tuple[str, bool | None]:
    """The commit of the project's folder, and whether anything in it but receipts differs from that commit."""
    commit = _git(project, "rev-parse", "HEAD")
    if commit is None:
        return NO_GIT, None
    changed = _git(project, "status", "--porcelain", "--", ".", ":(exclude)reports")
    return commit, None if changed is None else bool(changed)


def _git(project: Project, *words: str) -> str | None:
    """What git prints, as text."""
    printed = git_bytes(project, *words)
    return None if printed is None else printed.decode("utf-8").rstrip("\n")


def git_bytes(project: Project, *words: str) -> bytes | None:
    """What git prints; None where the project is no checkout of its own, git refuses, or there is no git.

    Objects are read as they are, past any replacement, and no lock is taken.
    """
    if not (project.root / ".git").exists():
        return None
    command = ["git", "--no-optional-locks", "--no-replace-objects", "-C", str(project.root), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def installed() -> dict[str, str]:
    """The version of every package that is installed, by its name in the lock's spelling."""
    return {_plain(one.name): one.version for one in metadata.distributions() if one.name}


def outside_the_lock(project: Project) -> str:
    """How the installed packages differ from the lock, in a few words; nothing where they do not."""
    path = project.root / "requirements.lock"
    if not path.is_file():
        return "there is no requirements.lock"
    held = installed()
    other = [
        f"{name} is {held.get(name, 'missing')}, locked {version}"
        for name, version in locked(path.read_text(encoding="utf-8").splitlines())
        if held.get(name) != version
    ]
    more = f" and {len(other) - 3} more" if len(other) > 3 else ""
    return ", ".join(other[:3]) + more


def versions_line() -> str:
    """Which Python this is, and which fonts letters are measured with, in a few words."""
    fonts = sha256("".join(sha256(path.read_bytes()) for path in font_files()).encode("ascii"))
    return f"{platform.python_implementation()} {platform.python_version()}, fonts {fonts[:12]}…"


def locked(lines: Iterable[str]) -> list[tuple[str, str]]:
    r"""The packages and versions that a lock asks for on this machine.

    Examples
    --------
    >>> locked(["numpy==2.4.1 \\", "    --hash=sha256:aa", "tomli==2.0 ; python_version < '3.0' \\"])
    [('numpy', '2.4.1')]
    """
    from packaging.markers import Marker

    found = [match for line in lines if (match := _PINNED.match(line))]
    wanted = [match for match in found if match["marker"] is None or Marker(match["marker"]).evaluate()]
    return [(_plain(match["name"]), match["version"]) for match in wanted]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def font_files() -> list[Path]:
    """The fonts that letters are measured and set with, as matplotlib brings them; the PDF's text has Typst's own."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [path for path in (folder / name for name in FONTS) if path.is_file()]
