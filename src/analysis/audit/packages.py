"""Whether the installed packages are, file by file, what was installed: those that a report is made with.

What was installed is said by the installer (``RECORD`` in each package); that it was the archive that the lock pins,
``make`` sees to, which installs by the lock's hashes alone.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from analysis.audit.diff import Difference

OURS = "state-of-the-city"
CODE = (".py", ".so", ".pyd", ".pth", ".pyc")
OF_THE_ENVIRONMENT = ("_virtualenv.py", "_virtualenv.pth")
"""Put beside the packages by what makes an environment, in no package's record."""


def altered_packages() -> tuple[int, int, list[Difference]]:
    """Packages that a report is made with: how many, of how many files, and what of them is not as installed."""
    packages = dict(_needed(OURS))
    listed: dict[Path, str] = {}
    found: list[Difference] = []
    for name, package in packages.items():
        if not package.files:
            found.append(Difference(name, note="has no RECORD, so nothing says what was installed"))
        for file in package.files or ():
            path = _place(package, file)
            listed[path] = f"{name}: {file}"
            if file.hash is not None and file.suffix != ".pyc":
                found += _held(listed[path], path, file.hash.mode, file.hash.value)
    found += [Difference(str(path), note="was added: no package lists it") for path in _added(listed)]
    return len(packages), len(listed), found


def _needed(name: str) -> Iterator[tuple[str, metadata.Distribution]]:
    """A package and all that it needs on this machine, each once."""
    seen, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        try:
            package = metadata.distribution(one)
        except metadata.PackageNotFoundError:  # what is missing, the comparison with the lock names
            continue
        known = package.name  # which reads its metadata anew each time
        if known in seen:
            continue
        seen.add(known)
        yield known, package
        needs = [Requirement(line) for line in package.requires or ()]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def _held(shown: str, path: Path, kind: str, expected: str) -> list[Difference]:
    if not path.is_file():
        return [Difference(shown, note="missing, though its package lists it")]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, kind).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii") == expected:
        return []
    return [Difference(shown, note=f"is not as it was installed: its {kind} is another than in RECORD")]


def _added(listed: Iterable[Path]) -> list[Path]:
    """Code in the folders of the packages, and beside them, that no installed package lists."""
    root = Path(str(metadata.distribution(OURS).locate_file("")))
    known = {_place(package, file) for package in metadata.distributions() for file in package.files or ()}
    inside = [path for path in listed if path.is_relative_to(root) and path.parent != root]
    here = [path for path in root.iterdir() if path.is_file()]
    for folder in sorted({root / path.relative_to(root).parts[0] for path in inside}):
        here += [path for path in folder.rglob("*") if path.suffix in CODE]
    return sorted(
        path
        for path in here
        if path.suffix in CODE
        and path.parent.name != "__pycache__"
        and path.name not in OF_THE_ENVIRONMENT
        and path not in known
    )


def _place(package: metadata.Distribution, file: metadata.PackagePath) -> Path:
    return Path(os.path.normpath(str(package.locate_file(file))))
