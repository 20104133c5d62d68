"""A profile of each ward: the notebook ``ward_profile`` run for it, as two pages of PDF and as a page of the site.

One process loads the edition and what all profiles share; each profile is run and set in a process forked from it, two
at a time. A folder never holds profiles of two states of the data: where anything they rest on has changed, those that
are not made anew are taken away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import NotebookError
from analysis.make.editions import make_tables_of
from analysis.paths import Project
from analysis.tables.stamps import WARD_NOTEBOOK, open_edition, profile_inputs, what_changed, write_stamp

if TYPE_CHECKING:
    from analysis.report.document import Document
    from analysis.tables.loaded import LoadedEdition

MANIFEST = "manifest.json"
SCHEMA = 1
KINDS = ("pdf", "html")
TEMPLATE = Path(__file__).parent / "template"
PRELOAD = (
    "analysis.figures",
    "analysis.narrative",
    "analysis.report.document",
    "analysis.report.page",
    "analysis.report.typst_pdf",
    "jinja2.ext",
    "typst",
)
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
    engine: str = "forked",
    workers: int = 2,
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
    engine : str
        ``forked`` (fast) or ``kernel`` (stock Jupyter kernels).
    workers : int
        How many are made at the same time.
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
    make_tables_of(project, [name], workers=workers)
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
    from analysis.tables.loaded import in_memory, load_edition

    city = load_edition(name, project)
    names = city.once(ward_names)
    for ward in wards:
        check_ward(city, ward)
    asked = list(dict.fromkeys(wards)) or list(names)
    keep = sorted(good - set(asked) if force else good)
    todo = [ward for ward in asked if ward not in keep]
    with in_memory(city):
        if _has_threads():
            made = _run_apart(project, name, todo, engine, workers)
        else:
            made = _run(project, name, todo, engine, workers, progress)
    kept = {ward: {kind: (target / f"{ward}.{kind}").read_bytes() for kind in KINDS} for ward in keep}
    _put(project, city, {**kept, **made}, names, inputs)
    why = tuple(changed) or (("asked for",) if force else ("not made yet",))
    return Profiles(target, tuple(asked), why, len(there - set(kept) - set(made)))


def _receipt(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if found.get("schema") == SCHEMA else {}


def _has_threads() -> bool:
    """Whether this process has threads beside its first, as one has that has set a PDF: none may be forked from it."""
    tasks = Path("/proc/self/task")
    return tasks.is_dir() and len(list(tasks.iterdir())) > 1


def _run_apart(
    project: Project, edition: str, wards: Sequence[str], engine: str, workers: int
) -> dict[str, dict[str, bytes]]:
    """The same as :func:`_run` in a process started afresh."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, project, edition, wards, engine, workers).result()


def _run(
    project: Project,
    edition: str,
    wards: Sequence[str],
    engine: str,
    workers: int,
    progress: Progress | None = None,
) -> dict[str, dict[str, bytes]]:
    """The files of each ward: its notebook run and set in a process of its own."""
    from analysis.figures.ward_profile import city_outlines
    from analysis.indicators.ward_facts import ward_facts, ward_names
    from analysis.report.runner import NotebookJob, run_notebooks
    from analysis.tables.loaded import in_memory, load_edition

    city = load_edition(edition, project)
    path = project.notebooks / f"{WARD_NOTEBOOK}.ipynb"
    if not path.is_file():
        raise NotebookError(f"{project.shown(path)}: not found, and every profile is made from it. Restore it.")
    names = city.once(ward_names)
    jobs = [NotebookJob(path, {"edition": edition, "ward": ward}, f"{names[ward]} ({ward})") for ward in wards]
    finished: set[str] = set()

    def tell(run: str, cell: str, done: int, total: int) -> None:  # noqa: ARG001
        if done == total:
            finished.add(run)
        if progress is not None:
            progress(run.rpartition(" for ")[2], len(finished), len(jobs))

    for ward in wards[:1]:  # what all share is worked out before the processes part
        ward_facts(city, ward)
        city.once(city_outlines)
    finish = functools.partial(_finish, cut_off=city.edition.cut_off)
    with contextlib.chdir(project.root), in_memory(city):
        results = run_notebooks(jobs, engine=engine, workers=workers, preload=PRELOAD, progress=tell, finish=finish)
    return dict(zip(wards, results, strict=True))


def _finish(job: Any, notebook: Any, cut_off: dt.date) -> dict[str, bytes]:
    """The documents of one executed notebook."""
    from analysis.report.document import gather
    from analysis.report.typst_pdf import render_pdf

    document = gather({job.path.name: notebook})
    for heading in document.headings():
        heading["number"] = ""
    pdf = render_pdf(document, dt.datetime.combine(cut_off, dt.time(), tzinfo=dt.UTC), TEMPLATE / "profile.typ")
    return {"pdf": pdf, "html": render_page(document, str(job.parameters["ward"])).encode("utf-8")}


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
    project: Project,
    city: LoadedEdition,
    files: Mapping[str, Mapping[str, bytes]],
    names: Mapping[str, str],
    inputs: Mapping[str, str],
) -> None:
    """Write everything into a new folder, receipt and stamp with it, and put that in place of the old one."""
    from analysis.paths import replace_folder

    target = profiles_folder(project, city.edition.id)
    target.parent.mkdir(parents=True, exist_ok=True)
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
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as temporary:
        fresh = Path(temporary) / "new"
        fresh.mkdir()
        for ward, contents in files.items():
            for kind, content in contents.items():
                (fresh / f"{ward}.{kind}").write_bytes(content)
        text = json.dumps(receipt, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        (fresh / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
        write_stamp(fresh, inputs)
        replace_folder(fresh, target)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
