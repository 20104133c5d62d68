"""A report folder as a research object: RO-Crate 1.1 with the Process Run Crate profile 0.5.

``ro-crate-metadata.json`` says in words that other tools read what the receipt says in ours: which publishers' tables
went in, which software ran, which files came out, each by its hash. It holds no time: an edition is dated by its
cut-off. Hashes go one way: the crate names the receipt without its hash, and the receipt lists the crate with its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from analysis.audit.receipt import MANIFEST, sha256
from analysis.catalogue.model import Edition, Place
from analysis.catalogue.source import OWN
from analysis.paths import Project
from analysis.report.document import Document, FigureItem, TableItem
from analysis.sources.snapshots import Snapshot, read_snapshot
from analysis.tables.stamps import RUN, STAMP, releases_behind

CRATE = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
# The base context has no word for a hash; schema.org, which it is made of, has.
CONTEXT = [f"{SPECIFICATION}/context", {"sha256": "http://schema.org/sha256"}]
UNDESCRIBED = (CRATE, STAMP, RUN, "manifest.dsse.json")
"""Files beside a report that are no part of the crate: itself, the stamp, the log of a run, and the signature."""
FORMATS = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
Entity = dict[str, Any]


def write_crate(project: Project, place: Place, edition: Edition, document: Document, folder: Path) -> Path:
    """Write ``ro-crate-metadata.json`` of the report in ``folder``; the receipt is written after it.

    Parameters
    ----------
    project : Project
        Holds the raw tables that the report was made from.
    place : Place
    edition : Edition
    document : Document
        Its figures and tables, with their titles.
    folder : Path
        The report: every file in it is described as it lies there.

    Returns
    -------
    Path
        The crate's file.
    """
    files = [*_files(document, folder), _receipt()]
    snapshots = [read_snapshot(project, *pinned) for pinned in releases_behind(project, edition)]
    raw, origins, publishers, licences = _inputs(snapshots)
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": _link("./"),
            "conformsTo": _link(SPECIFICATION),
        },
        _root(edition, place, files, licences),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": PROFILE.rpartition("/")[2]},
        _run(edition, place, raw, files),
        *_software(place),
        *files,
        *raw,
        *origins,
        *publishers,
        *licences,
    ]
    path = folder / CRATE
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False)
    path.write_bytes((text + "\n").encode("utf-8"))
    return path


def _root(edition: Edition, place: Place, files: list[Entity], licences: list[Entity]) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "identifier": edition.id,
        "name": f"{place.name}: {edition.title}",
        "description": (
            f"The report on the state of {place.name} as known by {edition.cut_off.isoformat()}: the document as PDF "
            "and web page, the executed notebooks, each figure with the table that it plots, and the receipt."
        ),
        "datePublished": edition.cut_off.isoformat(),
        "license": _one_or_all([_link(licence["@id"]) for licence in licences]),
        "author": _link("#project"),
        "publisher": _link("#project"),
        "conformsTo": _link(PROFILE),
        "spatialCoverage": _link("#place"),
        "mentions": _link("#run"),
        "hasPart": [_link(file["@id"]) for file in files],
    }


def _run(edition: Edition, place: Place, raw: list[Entity], files: list[Entity]) -> Entity:
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"sotc report {edition.id}",
        "description": (
            f"Built the tables of {edition.id} from the publishers' figures for {place.name} and its benchmarks, ran "
            "the notebooks and set the documents. The time of a run is not kept: the same inputs give the same bytes."
        ),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "agent": _link("#project"),
        "instrument": _link("#sotc"),
        "object": [_link(table["@id"]) for table in raw],
        "result": [_link(file["@id"]) for file in files],
    }


def _software(place: Place) -> list[Entity]:
    package = metadata("state-of-the-city")
    return [
        {
            "@id": "#sotc",
            "@type": "SoftwareApplication",
            "name": package["Name"],
            "description": package["Summary"],
            "softwareVersion": package["Version"],
            "license": package["License-Expression"],
            "author": _link("#project"),
        },
        {
            "@id": "#project",
            "@type": "Organization",
            "name": f"The {package['Name']} project",
            "description": f"An independent project; not a publication of {place.publisher}.",
        },
        {"@id": "#place", "@type": "Place", "name": place.name, "identifier": place.code},
    ]


def _files(document: Document, folder: Path) -> list[Entity]:
    """Every file of the report but the receipt, with its hash; figures and tables under their titles."""
    titles = {
        item.id: f"{item.label}: {item.figure.title if isinstance(item, FigureItem) else item.table.title}"
        for item in document.items
        if isinstance(item, FigureItem | TableItem)
    }
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name in (*UNDESCRIBED, MANIFEST):
            continue
        content = path.read_bytes()
        title = titles.get(path.stem, "") if path.parent.name == "figures" else ""
        found.append(
            {
                "@id": quote(name),
                "@type": "File",
                "name": title or name,
                "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream"),
                "contentSize": str(len(content)),
                "sha256": sha256(content),
            }
        )
    return found


def _receipt() -> Entity:
    return {
        "@id": MANIFEST,
        "@type": "File",
        "name": MANIFEST,
        "description": "The receipt: every input and output by its hash. It lists this crate, so has no hash here.",
        "encodingFormat": FORMATS[".json"],
    }


def _inputs(snapshots: Iterable[Snapshot]) -> tuple[list[Entity], list[Entity], list[Entity], list[Entity]]:
    """The raw tables; the files that they were selected from, a copy apart from what it copies; who; the licences."""
    raw: list[Entity] = []
    origins: dict[str, Entity] = {}
    publishers: dict[str, Entity] = {}
    licences: dict[str, Entity] = {}
    for snapshot in snapshots:
        publisher = _named(publishers, "publisher", snapshot.publisher, "Organization")
        licence = _named(licences, "licence", snapshot.licence, "CreativeWork")
        licence["description"] = "The licence of the publishers' figures, and of what is made from them here."
        for name, record in sorted(snapshot.tables.items()):
            files = [_origin(origins, publishers, snapshot, file, licence) for file in record.files]
            raw.append(
                {
                    "@id": f"#raw/{snapshot.source}/{snapshot.release}/{name}",
                    "@type": "CreativeWork",
                    "name": f"{snapshot.product}: {name}",
                    "description": " ".join(
                        [
                            f"Selected: {record.selected}. {snapshot.attribution}",
                            *(f"Checked: {x}" for x in record.checked),
                        ]
                    ),
                    "identifier": f"data/raw/{snapshot.source}/{snapshot.release}/{record.file}",
                    "sha256": record.sha256,
                    "isBasedOn": _one_or_all([_link(file["@id"]) for file in files]),
                    "publisher": _link(publisher["@id"]),
                    "license": _link(licence["@id"]),
                }
            )
    return raw, list(origins.values()), list(publishers.values()), list(licences.values())


def _origin(
    origins: dict[str, Entity], publishers: dict[str, Entity], snapshot: Snapshot, file: str, licence: Entity
) -> Entity:
    """The file that a table was written from: the publisher's own, or another with who keeps it and what it is."""
    one = snapshot.files[file]
    own = one.kind == OWN
    published: Entity = {
        "@id": f"#release/{snapshot.source}/{snapshot.release}",
        "@type": "CreativeWork",
        "name": snapshot.product,
        "description": f"As published on {snapshot.published}.",
        "url": snapshot.address,
        "publisher": _link(_named(publishers, "publisher", snapshot.publisher, "Organization")["@id"]),
        "license": _link(licence["@id"]),
    }
    entity: Entity = {
        "@id": f"#file-{one.sha256[:16]}",
        "@type": "CreativeWork",
        "name": file,
        "description": ". ".join(
            part.rstrip(".") for part in (f"{one.kind[0].upper()}{one.kind[1:]}", one.note) if part
        ),
        "sha256": one.sha256,
        "license": _link(licence["@id"]),
    }
    if one.address:
        entity["url"] = one.address
    if own:
        entity["publisher"] = published["publisher"]
        entity["isPartOf"] = _link(published["@id"])
    else:
        entity["maintainer"] = _link(_named(publishers, "keeper", one.keeper, "Organization")["@id"])
        entity["isBasedOn"] = _link(published["@id"])
    origins[published["@id"]] = published
    return origins.setdefault(entity["@id"], entity)


def _named(known: dict[str, Entity], kind: str, name: str, of_type: str) -> Entity:
    """The entity of a name, made once."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return known.setdefault(name, {"@id": f"#{kind}-{word}", "@type": of_type, "name": name})


def _link(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _one_or_all(links: list[dict[str, str]]) -> Mapping[str, str] | list[dict[str, str]]:
    """A single link on its own, as the specification wants it."""
    return links[0] if len(links) == 1 else links
