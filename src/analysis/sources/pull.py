"""Pull releases from their publishers: download what definitions name, unpack or join it, record the raw tables.

A release that is held is left as it is; asked to ``check``, its files are downloaded all the same and compared. Where
their figures are those held, the publisher's files become the origin of tables that were written from copies.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from analysis.catalogue.source import OWN, Download, Keeper, Release, Source
from analysis.errors import AnalysisError, DataError
from analysis.paths import Project, Staging
from analysis.sources.download import Limits, Progress, fetch
from analysis.sources.releases import Check, record_release
from analysis.sources.selecting import Codes
from analysis.sources.snapshots import SNAPSHOT, read_snapshot

READ = (".csv", ".xlsx", ".geojson", ".json")
LARGEST_UNPACKED = 4_000_000_000
_PAGES = 2000


@dataclass(frozen=True)
class Pulled:
    """What became of one release, and why.

    ``recorded``; ``held`` already, and where it was checked ``unchanged`` or ``equal``: the publisher's file is its
    origin from now on; or ``refused``.
    """

    source: str
    release: str
    result: Literal["recorded", "held", "unchanged", "equal", "refused"]
    detail: str = ""
    tables: tuple[Path, ...] = ()


def pull(
    project: Project,
    sources: Sequence[Source],
    codes: Codes,
    accessed: str,
    *,
    check: bool = False,
    limits: Limits | None = None,
    cleaned: Callable[[Source, str], Check] | None = None,
    progress: Progress | None = None,
) -> Iterator[Pulled]:
    """Pull every release of the sources that is not held, one after the other, and say what became of each.

    Parameters
    ----------
    project : Project
        Files are kept in ``data/cache/<source>/<release>``, tables recorded in ``data/raw``.
    sources : sequence of Source
    codes : callable
        The sets of area codes to select, see :func:`analysis.sources.releases.record_release`.
    accessed : str
        Today, ISO: the date on which the files were obtained.
    check : bool
        Download the files of releases that are held, too, and compare; no figure that is held is ever replaced.
    limits : Limits, optional
    cleaned : callable, optional
        Gives the check that the tables of a release must stand before they are written.
    progress : callable, optional
        Called with a file's name, the bytes that came and all bytes.

    Yields
    ------
    Pulled
        One for each release. One that cannot be had is ``refused`` with the reason, and the next is tried.
    """
    for source in sources:
        for name, release in source.releases.items():
            held = is_held(project, source.id, name, release)
            if held and not check:
                yield Pulled(source.id, name, "held")
                continue
            told: list[str] = []
            path = project.raw / source.id / name / SNAPSHOT
            before = path.read_bytes() if path.is_file() else b""
            try:
                paths = _pull_release(
                    project, source, name, codes, accessed, limits or Limits(), progress, cleaned, told
                )
            except AnalysisError as error:
                yield Pulled(source.id, name, "refused", str(error))
                continue
            if path.read_bytes() == before:
                yield Pulled(source.id, name, "unchanged", "; ".join(told))
                continue
            yield Pulled(source.id, name, "equal" if held else "recorded", "; ".join(told), tuple(paths))


def is_held(project: Project, source: str, name: str, release: Release) -> bool:
    """Whether every table of a release is in ``data/raw``."""
    if not (project.raw / source / name / SNAPSHOT).is_file():
        return False
    return set(release.tables) <= set(read_snapshot(project, source, name).tables)


def _pull_release(
    project: Project,
    source: Source,
    name: str,
    codes: Codes,
    accessed: str,
    limits: Limits,
    progress: Progress | None,
    cleaned: Callable[[Source, str], Check] | None,
    told: list[str],
) -> list[Path]:
    release = source.releases[name]
    cache = project.cache / source.id / name
    cache.mkdir(parents=True, exist_ok=True)
    with Staging() as staging:
        temporary = staging.folder(cache / "unpacked")
        files: dict[Path, Keeper] = {}
        publisher = release.publisher or source.publisher
        for number, wanted in enumerate(release.files or (Download(release.address),)):
            folder = temporary / str(number)
            folder.mkdir()
            if _in_pages(wanted.address):
                joined = _joined(wanted.address, folder, limits, progress)
                came = [joined.replace(cache / joined.name)]
            else:
                path = fetch(wanted.address, cache, limits, progress)
                came = unpack(path, wanted.members, folder) if path.suffix.lower() == ".zip" else [path]
            files |= dict.fromkeys(came, Keeper(publisher, wanted.address, OWN))
        checks = cleaned(source, name) if cleaned is not None else None
        return record_release(project, source, name, [*files], codes, accessed, keepers=files, check=checks, told=told)


def unpack(archive: Path, members: Sequence[str], folder: Path, largest: int = LARGEST_UNPACKED) -> list[Path]:
    """The files of a ZIP archive that we can read (and that ``members`` names), in ``folder``, without their folders.

    Raises
    ------
    DataError
        If the archive is broken, has no such file, or unpacks to more than ``largest`` bytes.
    """
    paths: list[Path] = []
    try:
        with zipfile.ZipFile(archive) as opened:
            chosen = [item for item in opened.infolist() if _wanted(item, members)]
            if sum(item.file_size for item in chosen) > largest:
                raise DataError(f"{archive.name}: unpacks to more than {largest:,} bytes. Name the files in members.")
            for item in chosen:
                paths.append(folder / Path(item.filename).name)
                with opened.open(item) as packed, paths[-1].open("wb") as out:
                    shutil.copyfileobj(packed, out)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(f"{archive.name}: not a whole ZIP archive: {error}. Delete it and pull again.") from error
    if not paths:
        wanted = " or ".join(members or READ)
        raise DataError(f"{archive.name}: holds no file like {wanted}. Correct members in the definition.")
    return paths


def _wanted(item: zipfile.ZipInfo, members: Sequence[str]) -> bool:
    name = Path(item.filename).name
    readable = not item.is_dir() and Path(name).suffix.lower() in READ
    return readable and (not members or any(fnmatch.fnmatch(name, pattern) for pattern in members))


def _in_pages(address: str) -> bool:
    """Whether the address is a query of a feature service, which gives some thousand rows at a time."""
    path = urlsplit(address).path
    return path.endswith("/query") and ("/FeatureServer/" in path or "/MapServer/" in path)


def _joined(address: str, folder: Path, limits: Limits, progress: Progress | None) -> Path:
    """All pages of a query in one file: GeoJSON where it asks for that, else a CSV of the rows' attributes.

    Raises
    ------
    DataError
        If the service answers with an error, or the pages do not add up to the rows that it counts.
    """
    form = parse_qs(urlsplit(address).query).get("f", [""])[0]
    if form not in ("json", "geojson"):
        raise DataError(f"{address}: feature services give f=geojson or f=json, not {form!r}. Correct the definition.")
    counted = _page(address.replace(f"f={form}", "f=json") + "&returnCountOnly=true", folder, limits, None)
    features: list[dict[str, Any]] = []
    first: Mapping[str, Any] = {}
    for _ in range(_PAGES):
        page = _page(f"{address}&resultOffset={len(features)}", folder, limits, progress)
        first = first or page
        features += page.get("features", [])
        more = page.get("exceededTransferLimit") or page.get("properties", {}).get("exceededTransferLimit")
        if not more or not page.get("features"):
            break
    if len(features) != counted.get("count"):
        raise DataError(
            f"{address}: the service counts {counted.get('count')} rows and gave {len(features)}. Pull again later."
        )
    name = urlsplit(address).path.split("/")[-4]
    path = folder / f"{name}.{'geojson' if form == 'geojson' else 'csv'}"
    if form == "geojson":
        whole = {key: value for key, value in first.items() if key in ("type", "crs")} | {"features": features}
        path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [field["name"] for field in first.get("fields", [])], lineterminator="\n")
        writer.writeheader()
        writer.writerows(feature["attributes"] for feature in features)
    return path


def _page(address: str, folder: Path, limits: Limits, progress: Progress | None) -> Mapping[str, Any]:
    path = fetch(address, folder, limits, progress)
    try:
        page = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{address}: not JSON: {error}. Pull again later.") from error
    if not isinstance(page, dict) or "error" in page:
        message = page["error"].get("message", "") if isinstance(page, dict) else "no object"
        raise DataError(f"{address}: the service answers with an error: {message}. Correct the address.")
    return page
