"""Write ``docs/licences.md``: the licence of every package that ``requirements.lock`` pins, as its metadata states it.

``python docs/licences.py`` writes the page, ``--check`` says whether it is current.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "licences.md"
HEAD = """# Licences of the dependencies

Every package that `requirements.lock` pins, with the licence that its own metadata states. Made by
`python docs/licences.py` in an environment in step with the lock; a package that is for another system
or Python only has none here.

| package | version | licence |
|---|---|---|
"""


def pinned() -> dict[str, str]:
    """Name and version of each package of the lock; of one pinned twice for different Pythons, the first."""
    lines = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for match in filter(None, (re.match(r"([A-Za-z0-9_.-]+)==([^ ;\\]+)", line) for line in lines)):
        found.setdefault(match[1], match[2])
    return found


def licence(package: Distribution) -> str:
    """The licence as an expression, else as a classifier, else the first line of what is written."""
    stated = package.metadata.get("License-Expression")
    if stated:
        return str(stated)
    classified = [
        line.split(" :: ")[-1]
        for line in package.metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    written = str(package.metadata.get("License") or "").strip().splitlines()
    return " and ".join(classified) or (written[0][:60] if written else "not stated")


def page() -> str:
    """The page."""
    rows = []
    for name, version in sorted(pinned().items()):
        try:
            found = licence(distribution(name))
        except PackageNotFoundError:
            found = "not installed on this system"
        rows.append(f"| {name} | {version} | {found} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE.name} is not current: run {sys.argv[0]}.")
    PAGE.write_text(page(), encoding="utf-8")
