"""Two hundred tampers with a report and all behind it, and controls that harm nothing: each does one thing to a city.

The city is a checkout with its receipt committed. A tamper gives the folder to verify (here, or a received one) and the
name that must be said; what it did is taken back by copying the city anew.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.audit.receipt import sealed, sha256

EDITION = "tinytown-2018"
REPORT, BUILT = f"reports/{EDITION}", f"data/processed/{EDITION}"
RECEIPT = f"{REPORT}/manifest.json"
UNPINNED = "data/raw/imd/2031-01-01"
# Kinds of file whose bytes are changed, and how many of each.
BYTES = {
    "data/raw/imd/2015-09-30/*.csv": 5,
    "data/raw/*/*/snapshot.yml": 5,
    f"{UNPINNED}/*": 3,
    f"{BUILT}/*.csv": 10,
    f"{BUILT}/inputs.json": 2,
    f"{REPORT}/figures/*.csv": 10,
    f"{REPORT}/figures/*.svg": 8,
    f"{REPORT}/report.*": 6,
    f"{REPORT}/tables.xlsx": 2,
    f"{REPORT}/data/*": 6,
    f"{REPORT}/notebooks/*.ipynb": 4,
    f"{REPORT}/ro-crate-metadata.json": 2,
    f"{REPORT}/inputs.json": 2,
    f"{REPORT}/run.json": 5,
    RECEIPT: 5,
    "notebooks/*.ipynb": 5,
    "src/analysis/definitions/**/*.yml": 8,
    "src/analysis/measures/counted.py": 2,
    "pyproject.toml": 1,
    "uv.lock.txt": 1,
    "requirements.lock": 1,
    "Makefile": 1,
}
RECEIVED = {"figures/*.csv": 6, "figures/*.svg": 4, "report.*": 4, "data/*": 4, "notebooks/*": 2, "run.json": 2}
GONE = (RECEIPT, f"{BUILT}/wards.csv", f"{REPORT}/report.pdf", f"{REPORT}/tables.xlsx", "notebooks/baseline.ipynb")
ADDED = (
    f"{REPORT}/extra.csv",
    f"{REPORT}/figures/deprivation-tables.csv",
    f"{REPORT}/second.dsse.json",
    f"{REPORT}/figures/x.dsse.json",
    f"{BUILT}/more.csv",
    f"{UNPINNED}/more.csv",
    "data/raw/imd/2015-09-30/more.csv",
    "data/raw/other/2020-01-01/table.csv",
    "src/analysis/hidden.py",
    "src/analysis/.hidden.py",
    "src/analysis/hidden.pyc",
    "src/analysis/__pycache__/gone.cpython-311.pyc",
    "src/analysis/definitions/sitecustomize.py",
    "notebooks/helper.py",
)
LINKS = (
    f"{REPORT}/gone.csv",
    f"{REPORT}/figures/gone.svg",
    f"{BUILT}/gone.csv",
    "data/raw/imd/2015-09-30/gone.csv",
    "src/analysis/gone.py",
    "notebooks/gone.ipynb",
)
SAID: dict[str, Callable[[dict[str, Any]], object]] = {
    "publisher": lambda said: said["raw"][0].update(publisher="Nobody"),
    "product": lambda said: said["raw"][1].update(product="Another"),
    "published": lambda said: said["raw"][2].update(published="1999-01-01"),
    "address": lambda said: said["raw"][0].update(address="https://example.org/forged"),
    "licence": lambda said: said["raw"][-1].update(licence="none"),
    "attribution": lambda said: said["raw"][-1].update(attribution=""),
    "rows": lambda said: said["raw"][0].update(rows=1),
    "raw file": lambda said: said["raw"][0]["files"][0].update(keeper="Somebody"),
    "raw file hash": lambda said: said["raw"][0]["files"][0].update(sha256="0" * 64),
    "raw checked": lambda said: said["raw"][0].update(checked=["all of it"]),
    "raw gone": lambda said: said["raw"].pop(),
    "raw twice": lambda said: said["raw"].append(said["raw"][0]),
    "raw order": lambda said: said["raw"].reverse(),
    "parameters": lambda said: said["parameters"].update(year=2019),
    "surplus": lambda said: said.update(note="approved"),
    "surplus null": lambda said: said["figures"][0].update(note=None),
    "title": lambda said: said["figures"][0].update(title="Another title"),
    "figure source": lambda said: said["figures"][1].update(source="Another"),
    "number": lambda said: said["numbers"][0].update(text="99"),
    "number key": lambda said: said["numbers"][0].update(key="x@y@z"),
    "processed": lambda said: said["processed"][0].update(sha256="0" * 64),
    "document": lambda said: said["documents"][0].update(sha256="0" * 64),
    "definition": lambda said: said["definitions"].update({"definitions/breaks.yml": "0" * 64}),
    "notebook": lambda said: said["notebooks"][0].update(source_sha256="0" * 64),
}


@dataclass(frozen=True)
class Tamper:
    """One tamper: its name, and what it does, which gives a received folder or none, and the name to be said."""

    name: str
    do: Callable[[Path], tuple[Path | None, str]]


def prepare(city: Any, repository: Path) -> None:
    """Make a checkout of a city with its report, with the files of a real one that no report of it takes."""
    root: Path = city.root
    shutil.copy(repository / ".gitignore", root)
    shutil.copytree(root / "data/raw/imd/2015-09-30", root / UNPINNED)
    for name in ("pyproject.toml", "uv.lock.txt", "requirements.lock", "Makefile", "README.md"):
        shutil.copy(repository / name, root)
    counted = root / "src/analysis/measures/counted.py"
    counted.parent.mkdir()
    counted.write_text("TWO = 2\n", encoding="utf-8")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(root), *who, *words], check=True)


def tampers(root: Path) -> Iterator[Tamper]:
    """All of them, the same each time."""
    chance = random.Random(20)
    for pattern, count in BYTES.items():
        paths = [path for path in sorted(root.glob(pattern)) if path.is_file() and path.stat().st_size]
        for at in range(count):
            name = chance.choice(paths).relative_to(root).as_posix()
            yield Tamper(f"byte {at} of {name}", _flip(name, chance.random(), chance.randrange(1, 256)))
    for name in GONE:
        yield Tamper(f"gone {name}", _gone(name))
    for name in ADDED:
        yield Tamper(f"added {name}", _add(name))
    for name in LINKS:
        yield Tamper(f"dangling link {name}", _link(name))
    for what, change in SAID.items():
        yield Tamper(f"resealed receipt: {what}", _reseal(change))
        yield Tamper(f"received, resealed receipt: {what}", _received(_reseal_in(change), "manifest.json"))
    for pattern, count in RECEIVED.items():
        paths = sorted(path for path in (root / REPORT).glob(pattern) if path.is_file() and path.stat().st_size)
        for at in range(count):
            name = chance.choice(paths).relative_to(root / REPORT).as_posix()
            change = _flip_in(name, chance.random(), chance.randrange(1, 256))
            yield Tamper(f"received, byte {at} of {name}", _received(change, name))
    yield Tamper("received, a file added", _received(lambda folder: _write(folder / "more.csv"), "more.csv"))
    yield Tamper("received, a link", _received(lambda folder: (folder / "x.svg").symlink_to("gone"), "x.svg"))
    yield Tamper("received, a file gone", _received(lambda folder: (folder / "report.pdf").unlink(), "report.pdf"))
    yield Tamper("received, figure and receipt", _received(_forge, "manifest.json"))
    yield Tamper("figure and receipt", lambda root: (_forge(root / REPORT), (None, RECEIPT))[1])
    yield Tamper("a signature of nothing", lambda root: (_write(root / REPORT / "manifest.dsse.json"), _signed())[1])
    for key in ("metadata", "outputs"):
        yield Tamper(f"source notebook: {key}", _notebook(key))
    for flag in ("--assume-unchanged", "--skip-worktree"):
        for name in (RECEIPT, "Makefile", "notebooks/baseline.ipynb"):
            yield Tamper(f"{flag} {name}", _mark(flag, name))


def controls() -> Iterator[Tamper]:
    """What harms nothing, and must give no alarm."""
    yield Tamper("nothing", lambda _: (None, ""))
    yield Tamper("a readme", lambda root: (_write(root / "README.md"), (None, ""))[1])
    yield Tamper("times", lambda root: ([path.touch() for path in root.rglob("*.csv")], (None, ""))[1])
    yield Tamper("a download", lambda root: (_write(root / "data/cache/x/y.csv"), (None, ""))[1])
    yield Tamper("another edition's page", lambda root: (_write(root / "reports/index.html"), (None, ""))[1])
    yield Tamper("no account of the run", lambda root: ((root / REPORT / "run.json").unlink(), (None, ""))[1])
    yield Tamper(
        "an editor's copy", lambda root: (_write(root / "notebooks/.ipynb_checkpoints/a.ipynb"), (None, ""))[1]
    )
    kept = "src/analysis/measures/__pycache__/counted.cpython-311.pyc"
    yield Tamper("what Python keeps", lambda root: (_write(root / kept), (None, ""))[1])
    yield Tamper("received as it is", _received(lambda _: None, ""))


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", encoding="utf-8")


def _signed() -> tuple[None, str]:
    return None, f"{REPORT}/manifest.dsse.json"


def _flip_in(name: str, place: float, by: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int(place * len(content))] ^= by
        (folder / name).write_bytes(content)

    return change


def _flip(name: str, place: float, by: int) -> Callable[[Path], tuple[None, str]]:
    return lambda root: (_flip_in(name, place, by)(root), (None, name))[1]


def _gone(name: str) -> Callable[[Path], tuple[None, str]]:
    return lambda root: ((root / name).unlink(), (None, name))[1]


def _add(name: str) -> Callable[[Path], tuple[None, str]]:
    return lambda root: (_write(root / name), (None, name))[1]


def _link(name: str) -> Callable[[Path], tuple[None, str]]:
    return lambda root: ((root / name).symlink_to("nowhere"), (None, name))[1]


def _reseal_in(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def forge(folder: Path) -> None:
        path = folder / "manifest.json"
        said = json.loads(path.read_bytes())
        change(said)
        path.write_bytes(sealed(said))

    return forge


def _reseal(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], tuple[None, str]]:
    return lambda root: (_reseal_in(change)(root / REPORT), (None, RECEIPT))[1]


def _forge(folder: Path) -> None:
    """A figure changed, and the receipt with it."""
    path = folder / "figures" / "deprivation-table.csv"
    path.write_bytes(path.read_bytes().replace(b"Mill", b"Till", 1))

    def change(said: dict[str, Any]) -> None:
        (one,) = (one for one in said["figures"] if one["id"] == path.stem)
        one["csv_sha256"] = sha256(path.read_bytes())

    _reseal_in(change)(folder)


def _received(change: Callable[[Path], object], name: str) -> Callable[[Path], tuple[Path, str]]:
    def receive(root: Path) -> tuple[Path, str]:
        folder = root.with_name("received")
        shutil.copytree(root / REPORT, folder)
        change(folder)
        return folder, str(folder / name)

    return receive


def _notebook(key: str) -> Callable[[Path], tuple[None, str]]:
    def change(root: Path) -> tuple[None, str]:
        path = root / "notebooks/baseline.ipynb"
        said = json.loads(path.read_bytes())
        if key == "metadata":
            said["metadata"]["approved"] = True
        else:
            cell = next(one for one in said["cells"] if one["cell_type"] == "code")
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "99\n"}]
        path.write_text(json.dumps(said), encoding="utf-8")
        return None, "notebooks/baseline.ipynb"

    return change


def _mark(flag: str, name: str) -> Callable[[Path], tuple[None, str]]:
    def change(root: Path) -> tuple[None, str]:
        subprocess.run(["git", "-C", str(root), "update-index", flag, name], check=True)
        return None, name

    return change
