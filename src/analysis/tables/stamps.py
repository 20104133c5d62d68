"""What a folder of results was made from, by the hash of every input: whether it is up to date, and if not, why.

A stamp (``inputs.json``) lies in the folder that it describes. It holds no time, so a copied or restored file is as
good as the old one; and it hashes the results too, so an edited one is made anew. It is no part of the manifest.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.catalogue.model import Edition
from analysis.catalogue.strict import load_as
from analysis.catalogue.used import definitions_used
from analysis.errors import UsageError, one_of
from analysis.paths import DEFINITIONS, Project

STAMP = "inputs.json"
WARD_NOTEBOOK = "ward_profile"
RUN = "run.json"  # when and where a report was made, which is no result
PACKAGE = DEFINITIONS.parent
# Rooms above the tables: a change there makes a report anew, but no table.
ABOVE_TABLES = ("figures", "narrative", "report", "audit", "make", "cli")
PIPELINE = "src/analysis/make/tables.py"


@dataclass(frozen=True)
class Stamp:
    """Inputs and outputs of a folder of results: what each is called, and the sha256 of its bytes."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def open_edition(project: Project, name: str) -> Edition:
    """The definition of an edition, read alone: a hundredth of the time that the whole catalogue takes.

    Raises
    ------
    UsageError
        If there is none; the sentence lists those there are.
    """
    path = project.definitions / "editions" / f"{name}.yml"
    if not path.is_file():
        known = sorted(other.stem for other in path.parent.glob("*.yml"))
        raise UsageError(f"no edition {name!r}: expected {one_of(known)}. See sotc list.")
    return load_as(Edition, path)


def pinned_releases(edition: Edition) -> list[tuple[str, str]]:
    """Every (source, release) that an edition may open, sorted."""
    pinned = {(source, release) for source, releases in edition.releases.items() for release in releases}
    pinned |= {(weights.source, weights.release) for weights in edition.deprivation_weights.values()}
    return sorted(pinned)


def looked_at(project: Project, edition: Edition) -> list[Edition]:
    """An edition and those that it looks back on."""
    return [edition, *(open_edition(project, name) for name in earlier_editions(edition))]


def releases_behind(project: Project, edition: Edition) -> list[tuple[str, str]]:
    """Every (source, release) that the edition's tables, or those of the editions it looks back on, are made from."""
    return sorted({pinned for one in looked_at(project, edition) for pinned in pinned_releases(one)})


def build_inputs(project: Project, edition: Edition) -> dict[str, str]:
    """Everything that an edition's tables are made from, each with its sha256.

    The raw releases that it pins (any other may change without a rebuild), what it uses of the definitions, the code
    below the figures, and the versions of Python and of the packages.
    """
    below = {
        name: digest
        for name, digest in code_hashes().items()
        if name == PIPELINE or name.split("/")[2] not in ABOVE_TABLES
    }
    raw = [path for source, release in pinned_releases(edition) for path in (project.raw / source / release).glob("*")]
    return {
        **_hashes(raw, project.root),
        **definition_hashes(project, edition),
        **below,
        **_hashes([project.root / "requirements.lock"], project.root),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def definition_hashes(project: Project, edition: Edition) -> dict[str, str]:
    """What an edition uses of each definition, by the sha256 of what it says: its parsed content as canonical JSON.

    Neither a comment nor the order of keys counts, nor what is there for other editions
    (:func:`analysis.catalogue.used.definitions_used`).

    Raises
    ------
    DefinitionError
        If one cannot be read.
    """
    editions = looked_at(project, edition)
    used = definitions_used(project.definitions, editions, releases_behind(project, edition))
    return {f"definitions/{name}": _content_hash(data) for name, data in used.items()}


def _content_hash(data: object) -> str:
    return hashlib.sha256(canonical({"content": _by_text(data)})).hexdigest()


def _by_text(data: object) -> object:
    """Parsed YAML with every key as text: of a mapping by years or days too, canonical JSON sorts the keys."""
    if isinstance(data, dict):
        return {str(key): _by_text(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_by_text(item) for item in data]
    return data.isoformat() if isinstance(data, dt.date) else data


def canonical(content: Mapping[str, Any]) -> bytes:
    r"""The one form in which JSON is written: keys sorted, one space of indent, UTF-8, LF.

    Examples
    --------
    >>> canonical({"b": 1, "a": []})
    b'{\n "a": [],\n "b": 1\n}\n'
    """
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "), allow_nan=False)
    return (text + "\n").encode("utf-8")


def report_inputs(project: Project, edition: Edition) -> dict[str, str]:
    """Everything that an edition's report is made from: its tables and all behind them, code, template, notebooks."""
    notebooks = [project.notebooks / f"{name}.ipynb" for name in edition.notebooks]
    built = [
        path for name in (edition.id, *earlier_editions(edition)) for path in (project.processed / name).glob("*.csv")
    ]
    return {
        **build_inputs(project, edition),
        **code_hashes(),
        **_hashes([*notebooks, *built], project.root),
    }


def profile_inputs(project: Project, edition: Edition) -> dict[str, str]:
    """Everything that the profiles of an edition's wards are made from: tables, all behind them, code, notebook."""
    built = (project.processed / edition.id).glob("*.csv")
    return {
        **build_inputs(project, edition),
        **code_hashes(),
        **_hashes([project.notebooks / f"{WARD_NOTEBOOK}.ipynb", *built], project.root),
    }


def earlier_editions(edition: Edition) -> list[str]:
    """The editions that one looks back on: its baseline and the one before it."""
    return sorted({name for name in (edition.baseline, edition.previous) if name})


def write_stamp(folder: Path, inputs: Mapping[str, str]) -> Path:
    """Write the stamp of a finished folder of results, which hashes every file in it."""
    path = folder / STAMP
    path.write_bytes(stamp_bytes(inputs, output_hashes(folder)))
    return path


def stamp_bytes(inputs: Mapping[str, str], outputs: Mapping[str, str]) -> bytes:
    """The stamp that says of a folder of results what it was made from, and what is in it."""
    stamp = {"inputs": dict(sorted(inputs.items())), "outputs": dict(outputs)}
    return (json.dumps(stamp, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def read_stamp(folder: Path) -> Stamp | None:
    """The stamp of a folder; None where there is none, or none that can be read."""
    try:
        found: Any = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return Stamp(dict(found["inputs"]), dict(found["outputs"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def what_changed(folder: Path, inputs: Mapping[str, str]) -> list[str]:
    """Why a folder of results must be made anew: what was added, changed or removed; empty where it is up to date."""
    stamp = read_stamp(folder)
    if stamp is None:
        return ["not made yet"]
    present = {name: digest for name, digest in output_hashes(folder).items() if name in stamp.outputs}
    return [*differences(stamp.inputs, inputs), *differences(stamp.outputs, present)]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names under which two sets of hashes differ, each with what happened.

    Examples
    --------
    >>> differences({"a": "1", "b": "2", "c": "3"}, {"b": "9", "c": "3", "d": "4"})
    ['a removed', 'b changed', 'd added']
    """
    words = {(True, True): "changed", (True, False): "removed", (False, True): "added"}
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [f"{name} {words[name in before, name in after]}" for name in names]


@functools.cache
def code_hashes() -> dict[str, str]:
    """The package's own files as this process found them at first: what it runs, whatever is edited meanwhile."""
    files = (path for path in PACKAGE.rglob("*") if path.suffix != ".pyc" and path.name[0] != ".")
    return _hashes((path for path in files if not path.is_relative_to(DEFINITIONS)), PACKAGE, "src/analysis/")


def output_hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder of results with its sha256, but for its stamp and the account of its run."""
    beside = (folder / STAMP, folder / RUN)
    return _hashes((path for path in folder.rglob("*") if path.is_file() and path not in beside), folder)


def _hashes(paths: Iterable[Path], root: Path, prefix: str = "") -> dict[str, str]:
    return {
        prefix + path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(set(paths))
        if path.is_file()
    }
