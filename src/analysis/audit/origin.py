"""Whether receipt, code and inputs are those of the commit: read from git's objects, not from its index or the tree.

A receipt's own seal anchors nothing, since whoever changes it can seal it again. What anchors it is the commit that
holds it, and a signed tag where one fixes it (``published/EDITION``, or ``published/EDITION.2`` for a revision).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.audit.diff import Difference, compare_files
from analysis.audit.environment import NO_GIT, git_bytes
from analysis.audit.fields import compare
from analysis.audit.receipt import MANIFEST, SIGNATURE
from analysis.paths import Project
from analysis.tables.stamps import PACKAGE

CODE = "src/analysis"
FOLDERS = (CODE, "data/raw", "notebooks")
"""Where every file is the commit's, and none may be added."""
BESIDE = ("pyproject.toml", "requirements.lock", "uv.lock.txt", "crate.lock.txt", "overrides.txt", "Makefile")
IGNORED = (".ipynb_checkpoints",)
FEW = 3


@dataclass(frozen=True)
class Origin:
    """What anchors a receipt: how it stands to the commit, the tag that it agrees with, and what is not the commit's.

    Attributes
    ----------
    receipt : str
        ``as committed``, ``not as committed``, ``not committed``, or that there is no git.
    tag : str
        The tag that it agrees with, and whether its signature holds; empty where none fixes the edition.
    checked : int
        How many files were held to the commit.
    differences : tuple of Difference
    """

    receipt: str
    tag: str = ""
    checked: int = 0
    differences: tuple[Difference, ...] = ()


def check_origin(project: Project, edition: str, report: Path) -> Origin:
    """Hold the receipt in ``report`` and all that a report is made by and from to the commit that is checked out.

    Parameters
    ----------
    project : Project
    edition : str
        Its id.
    report : Path
        The report's folder, here or from elsewhere.
    """
    elsewhere = not report.resolve().is_relative_to(project.root)
    other = _other_code(project)
    found = _committed(project, edition)
    if found is None:
        return Origin("from elsewhere" if elsewhere else NO_GIT, differences=other)
    kept = f"reports/{edition}/{MANIFEST}"
    path = report / MANIFEST
    here = path.read_bytes() if path.is_file() else b""
    state, differences = _receipt_state(project, found.get(kept), here, project.shown(path))
    tag, by_tag = _tags(project, edition, here, project.shown(path))
    names = [name for name in found if name != kept]
    differences += [*by_tag, *other, *_added(project, found), *_marked(project, edition)]
    for name in names:
        differences += _held(project, name, found[name])
    return Origin(f"from elsewhere, {state}" if elsewhere else state, tag, len(found), tuple(differences))


def _committed(project: Project, edition: str) -> dict[str, str] | None:
    """The object of each file of the commit that a report is made by or from; None where there is no git."""
    kept = (f"reports/{edition}/{MANIFEST}", f"reports/{edition}/{SIGNATURE}")
    listed = git_bytes(project, "ls-tree", "-r", "-z", "HEAD", "--", *FOLDERS, *BESIDE, *kept)
    if listed is None:
        return None
    entries = (line.split("\t", 1) for line in listed.decode("utf-8").split("\0") if line)
    return {name: said.split()[2] for said, name in entries}


def object_id(content: bytes, like: str = "") -> str:
    """The name under which git keeps a content, in the hash of the name ``like``.

    Examples
    --------
    >>> object_id(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    digest = hashlib.new("sha256" if len(like) == len(hashlib.sha256().hexdigest()) else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content) + content)
    return digest.hexdigest()


def _held(project: Project, name: str, kept: str) -> list[Difference]:
    """How one file here differs from the commit's."""
    path = project.root / name
    if path.is_symlink():
        return [Difference(name, note="is a link; the commit holds a file")]
    if not path.is_file():
        return [Difference(name, note="missing, though the commit holds it")]
    content = path.read_bytes()
    if object_id(content, kept) == kept:
        return []
    differences = compare_files(name, git_bytes(project, "cat-file", "blob", kept) or b"", content)
    more = [Difference(name, note=f"and {len(differences) - FEW} more differences")] if len(differences) > FEW else []
    return [*differences[:FEW], *more]


def _receipt_state(project: Project, kept: str | None, here: bytes, shown: str) -> tuple[str, list[Difference]]:
    """How a receipt stands to the commit's, and field by field what it says otherwise."""
    if kept is None:
        return "not committed", []
    if object_id(here, kept) == kept:
        return "as committed", []
    committed = git_bytes(project, "cat-file", "blob", kept) or b""
    note = "is not the receipt that the commit holds: it was made anew or re-sealed since"
    return "not as committed", [Difference(shown, note=note), *_otherwise(shown, committed, here)]


def _otherwise(shown: str, before: bytes, after: bytes) -> list[Difference]:
    try:
        one, other = (json.loads(content.decode("utf-8")) for content in (before, after))
        return compare(shown, one, other)[:FEW]
    except (ValueError, KeyError, TypeError, AttributeError):
        return compare_files(shown, before, after)


def _tags(project: Project, edition: str, here: bytes, shown: str) -> tuple[str, list[Difference]]:
    """The tag by which an edition is fixed that a receipt agrees with; what it says otherwise than the newest."""
    names = [f"refs/tags/published/{edition}", f"refs/tags/published/{edition}.*"]
    listed = git_bytes(project, "for-each-ref", "--sort=-v:refname", "--format=%(refname:strip=2)", *names) or b""
    tags = listed.decode("utf-8").split()
    for tag in tags:
        kept = (git_bytes(project, "rev-parse", f"refs/tags/{tag}:reports/{edition}/{MANIFEST}") or b"").decode()
        if kept.strip() and object_id(here, kept.strip()) == kept.strip():
            agrees = f"{tag} ({_signed(project, tag)})"
            if tag == tags[0]:
                return agrees, []
            return agrees, [Difference(shown, note=f"is as {tag} fixes it, which {tags[0]} has replaced")]
    if not tags:
        return "", []
    before = git_bytes(project, "cat-file", "blob", f"refs/tags/{tags[0]}:reports/{edition}/{MANIFEST}") or b""
    return "", [Difference(shown, note=f"is not the receipt that {tags[0]} fixes"), *_otherwise(shown, before, here)]


def _signed(project: Project, tag: str) -> str:
    said = git_bytes(project, "cat-file", "tag", f"refs/tags/{tag}")
    if said is None or b"\n-----BEGIN " not in said:
        return "not signed"
    if git_bytes(project, "verify-tag", tag) is None:
        return "signed, by a key that git cannot confirm here"
    return "signed, and git confirms the signature"


def _added(project: Project, found: Mapping[str, str]) -> Iterator[Difference]:
    """Files in the folders of code, raw tables and notebooks that the commit does not hold."""
    for folder in FOLDERS:
        for path in _walk(project.root / folder):
            name = path.relative_to(project.root).as_posix()
            if name in found or _is_cached(path):
                continue
            compiled = path.suffix == ".pyc"
            note = "compiled code without its source" if compiled else "was added: the commit does not hold it"
            yield Difference(name, note=note)


def _walk(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = [one for one in sorted(folders) if one not in IGNORED]
        links = [one for one in folders if (Path(where) / one).is_symlink()]
        yield from (Path(where) / one for one in sorted((*files, *links)))


def _is_cached(path: Path) -> bool:
    """Whether a file is what Python keeps of a source that lies where it should."""
    source = path.parent.parent / f"{path.name.split('.')[0]}.py"
    return path.parent.name == "__pycache__" and path.suffix == ".pyc" and source.is_file() and not path.is_symlink()


def _marked(project: Project, edition: str) -> Iterator[Difference]:
    """Files that git's index is told to take for unchanged, so that ``git status`` passes over them."""
    listed = git_bytes(project, "ls-files", "-v", "-z", "--", *FOLDERS, *BESIDE, f"reports/{edition}") or b""
    for line in listed.decode("utf-8").split("\0"):
        flag, _, name = line.partition(" ")
        if flag == "S" or flag.islower():
            word = "--no-skip-worktree" if flag.upper() == "S" else "--no-assume-unchanged"
            remedy = f"git's index takes it for unchanged, whatever it holds: git update-index {word} {name}"
            yield Difference(name, note=remedy)


def _other_code(project: Project) -> tuple[Difference, ...]:
    """The code that runs, where the project has its own and another is installed."""
    own = project.root / CODE
    if not (own / "__init__.py").is_file() or own.resolve() == PACKAGE.resolve():
        return ()
    note = f"the code that ran is not this project's: it is {PACKAGE}. Use the environment of this clone: make report"
    return (Difference(str(PurePosixPath(CODE)), note=note),)
