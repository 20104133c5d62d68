"""A profile of each ward: the notebook ``ward_profile`` run for it, as two pages of PDF and as a page of the site.

A profile is a task of an executor. Its notebook runs on a kernel that is kept for the next ward: the edition, and what
all profiles share, stay in its memory. A folder never holds profiles of two states of the data: where anything they
rest on has changed, those that are not made anew are taken away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import NotebookError
from analysis.interrupts import too_late
from analysis.make.editions import make_tables_of
from analysis.paths import Project, Staging
from analysis.tables.stamps import WARD_NOTEBOOK, open_edition, profile_inputs, what_changed, write_stamp

if TYPE_CHECKING:
    from analysis.catalogue.model import Edition
    from analysis.report.document import Document
    from analysis.tables.loaded import LoadedEdition
    from analysis.tables.query import Tables

MANIFEST = "manifest.json"
SCHEMA = 1
KINDS = ("pdf", "html")
TEMPLATE = Path(__file__).parent / "template"
# A kernel waits for a part of the time, so there are more of them than processors.
KERNELS = 3
_traced = threading.local()
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Profiles:
    """The profiles of an edition: where they lie, those asked for and why they were made (nothing: up to date).

    ``taken_away`` counts profiles of other wards that were made from something else than is there now.
    """

    folder: Path
    wards: tuple[str, ...]
    why: tuple[str, ...]
    taken_away: int = 0


def profiles_folder(project: Project, edition: str) -> Path:
    """Where the profiles of an edition lie."""
    return project.reports / "wards" / edition


def read_profiles(project: Project, edition: str) -> tuple[dict[str, str], set[str]]:
    """The names of an edition's wards by code, and the codes that have a profile; both empty where none was made."""
    receipt = _receipt(profiles_folder(project, edition))
    return receipt.get("wards", {}), {one["ward"] for one in receipt.get("profiles", [])}


def make_profiles(
    project: Project,
    name: str,
    wards: Sequence[str] = (),
    *,
    force: bool = False,
    workers: int = KERNELS,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Profiles:
    """Bring the profiles of an edition's wards up to date.

    Parameters
    ----------
    project : Project
    name : str
        The edition's id; its tables are built where they are not up to date.
    wards : sequence of str
        GSS codes; none named: all.
    force : bool
        Make them anew even where nothing changed.
    workers : int
        How many are made at the same time.
    executor : concurrent.futures.Executor, optional
        What makes them; default: that many threads of this process, each with a kernel.
    progress : callable, optional
        Called with a step, how much is done and how much there is.

    Returns
    -------
    Profiles
        The folder ``reports/wards/<edition>``: ``<code>.pdf``, ``<code>.html``, ``manifest.json``. On any error it is
        as it was.

    Raises
    ------
    UsageError
        If there is no such edition or ward.
    NotebookError
        Naming the ward and the cell.
    """
    with Staging() as staging:
        return _make_profiles(staging, project, name, wards, force, workers, executor, progress)


def _make_profiles(
    staging: Staging,
    project: Project,
    name: str,
    wards: Sequence[str],
    force: bool,
    workers: int,
    executor: Executor | None,
    progress: Progress | None,
) -> Profiles:
    make_tables_of(project, [name], staging=staging)
    inputs = profile_inputs(project, open_edition(project, name))
    target = profiles_folder(project, name)
    receipt, changed = _receipt(target), what_changed(target, inputs)
    there = {one["ward"] for one in receipt.get("profiles", [])}
    good = set() if changed else there
    if not force and not changed:
        asked = list(wards) or list(receipt["wards"])
        if set(asked) <= good:
            return Profiles(target, tuple(asked), ())

    from analysis.indicators.ward_facts import check_ward, ward_names
    from analysis.tables.loaded import load_edition

    city = load_edition(name, project)
    names = city.once(ward_names)
    for ward in wards:
        check_ward(city, ward)
    asked = list(dict.fromkeys(wards)) or list(names)
    keep = sorted(good - set(asked) if force else good)
    todo = {f"{names[ward]} ({ward})": ward for ward in asked if ward not in keep}
    made = _make(project, city.edition, todo, workers, executor, progress)
    kept = {ward: {kind: (target / f"{ward}.{kind}").read_bytes() for kind in KINDS} for ward in keep}
    _put(staging, project, city, {**kept, **made}, names, inputs)
    why = tuple(changed) or (("asked for",) if force else ("not made yet",))
    return Profiles(target, tuple(asked), why, len(there - set(kept) - set(made)))


def _receipt(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if found.get("schema") == SCHEMA else {}


def _make(
    project: Project,
    edition: Edition,
    wards: Mapping[str, str],
    workers: int,
    executor: Executor | None,
    progress: Progress | None,
) -> dict[str, dict[str, bytes]]:
    """The files of each ward."""
    from analysis.report.runner import kernels
    from analysis.work import run_all

    tasks = {shown: (project, edition.id, ward, shown, edition.cut_off) for shown, ward in wards.items()}
    made: dict[str, dict[str, bytes]] = {}
    with contextlib.nullcontext(executor) if executor else kernels(max(1, min(workers, len(tasks)))) as pool:
        for shown, files in run_all(pool, make_profile, tasks):
            made[wards[shown]] = files
            if progress is not None:
                progress(shown, len(made), len(tasks))
    return made


def make_profile(project: Project, edition: str, ward: str, shown: str, cut_off: dt.date) -> dict[str, bytes]:
    """The documents of one ward: its notebook run on this thread's kernel, and set."""
    from analysis.audit.references import trace
    from analysis.report.document import gather
    from analysis.report.runner import NotebookJob, run_on_kept_kernel
    from analysis.report.typst_pdf import render_pdf
    from analysis.tables.loaded import keep_in_memory, load_edition

    path = project.notebooks / f"{WARD_NOTEBOOK}.ipynb"
    if not path.is_file():
        raise NotebookError(f"{project.shown(path)}: not found, and every profile is made from it. Restore it.")
    job = NotebookJob(path, {"edition": edition, "ward": ward}, shown)
    first = f"from {keep_in_memory.__module__} import {keep_in_memory.__name__} as keep; keep({edition!r})"
    document = gather({path.name: run_on_kept_kernel(job, project.root, first)})
    trace(document, _tables(project, edition), load_edition(edition, project).catalogue.indicators)
    for heading in document.headings():
        heading["number"] = ""
    pdf = render_pdf(document, dt.datetime.combine(cut_off, dt.time(), tzinfo=dt.UTC), TEMPLATE / "profile.typ")
    return {"pdf": pdf, "html": render_page(document, ward).encode("utf-8")}


def _tables(project: Project, edition: str) -> Tables:
    """The tables that this thread's profiles are traced in, read once: no build changes them meanwhile."""
    from analysis.tables.query import Tables

    held: dict[tuple[Path, str], Tables] = vars(_traced).setdefault("tables", {})
    return held.setdefault((project.root, edition), Tables(project, edition))


def render_page(document: Document, ward: str) -> str:
    """A profile as a page of the site: its style and pictures inside it, links to the PDF and to the ward's page."""
    import jinja2

    from analysis.report.page import TEMPLATE as REPORT
    from analysis.report.page import render_items

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("profile.html.j2").render(
        cover=document.cover, ward=ward, body=render_items(document), style=(REPORT / "report.css").read_text()
    )
    return page + "\n"


def _put(
    staging: Staging,
    project: Project,
    city: LoadedEdition,
    files: Mapping[str, Mapping[str, bytes]],
    names: Mapping[str, str],
    inputs: Mapping[str, str],
) -> None:
    """Write everything into a new folder, receipt and stamp with it, and put that in place of the old one."""
    target = profiles_folder(project, city.edition.id)
    receipt = {
        "schema": SCHEMA,
        "edition": city.edition.id,
        "notebook_sha256": _sha256((project.notebooks / f"{WARD_NOTEBOOK}.ipynb").read_bytes()),
        "wards": dict(names),
        "profiles": [
            {"ward": ward, "name": names[ward], **{f"{kind}_sha256": _sha256(files[ward][kind]) for kind in KINDS}}
            for ward in sorted(files)
        ],
    }
    fresh = staging.folder(target)
    for ward, contents in files.items():
        for kind, content in contents.items():
            (fresh / f"{ward}.{kind}").write_bytes(content)
    text = json.dumps(receipt, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (fresh / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    write_stamp(fresh, inputs)
    too_late()
    staging.put(target)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
