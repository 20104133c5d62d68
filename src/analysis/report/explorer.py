"""The ward explorer as part of a page: its controls and tables, its data, and the library that draws it.

The library is Vega-Lite, as one script that vl-convert bundles (``template/vega.js.gz``). It lies in the page packed,
and the explorer's own script unpacks and runs it when a reader comes near. The page's security policy knows it by its
hash, and does not let it make code of its own.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from analysis.report.document import ExplorerItem

TEMPLATE = Path(__file__).parent / "template"
LIBRARY = TEMPLATE / "vega.js.gz"


def explorer_html(item: ExplorerItem, environment: jinja2.Environment, under: str, download: str) -> str:
    """The explorer's part of the page: without script a table of every value, with it map, table and comparisons."""
    data = json.loads(item.explorer.data)
    return environment.get_template("explorer.html.j2").render(
        id=item.id,
        title=item.explorer.title,
        aims=[(aim, list(series)) for aim, series in groupby(data["series"], key=lambda one: one["aim"])],
        series=data["series"],
        views=data["views"],
        wards=data["wards"],
        before=data["before"],
        under=under,
        download=download,
        data=_as_script(data),
        drawings=_as_script(json.loads((TEMPLATE / "explorer.vl.json").read_text(encoding="utf-8"))),
    )


def values_csv(item: ExplorerItem) -> str:
    """Every value as one row for each ward, for the page's own download; with limits and sources it is in figures/."""
    data = json.loads(item.explorer.data)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["ward", "code", *(f"{one['title']}, {one['when']}, {one['unit']}" for one in data["series"])])
    for at, (name, code) in enumerate(zip(data["wards"]["names"], data["wards"]["codes"], strict=True)):
        values = ["" if one["values"][at] is None else f"{one['values'][at]:.10g}" for one in data["series"]]
        writer.writerow([name, code, *values])
    return text.getvalue()


def library() -> str:
    """The code of Vega-Lite and what it needs, with its licences, as the page runs it."""
    return gzip.decompress(LIBRARY.read_bytes()).decode("utf-8")


def packed_library() -> str:
    """The same as it lies in the page: compressed, as letters."""
    return base64.b64encode(LIBRARY.read_bytes()).decode("ascii")


def bundle() -> str:
    """Vega-Embed, Vega-Lite and Vega as one script, from vl-convert: the same bytes for the same version of it."""
    import vl_convert

    licences = (TEMPLATE / "vega-licences.txt").read_text(encoding="utf-8")
    return f"/*\n{licences}*/\n{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')}"


def write_library() -> None:
    """Bundle the library anew, after an update of vl-convert: ``make vega``."""
    LIBRARY.write_bytes(gzip.compress(bundle().encode("utf-8"), 9, mtime=0))


def _as_script(data: Any) -> str:
    """JSON that can stand inside a script element: no sign in it can end the element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
