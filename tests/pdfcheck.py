"""Structure checks of a tagged PDF, over every page and every tag: what PDF/UA-1 asks that a program can see.

Each check says in a sentence what is wrong and where; no sentence, no fault. Written apart from the renderer, so that
it can disagree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2

PAINTS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "BI", "INLINE IMAGE"}
RUNNING_HEAD = 75.0
"""Down to here from the top of a page stands its running head, in points."""
HEAD_FROM_TOP = 35.0
STANDARD = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
    "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead",
    "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Figure", "Formula",
    "Form",
}  # fmt: skip


def faults(made: bytes) -> list[str]:
    """Everything that is wrong with a PDF's structure; an empty list is a pass."""
    with pikepdf.open(BytesIO(made)) as pdf:
        found = list(_catalog(pdf))
        if "/StructTreeRoot" not in pdf.Root:
            return [*found, "there is no structure tree"]
        tags = list(elements(pdf.Root.StructTreeRoot.K))
        for check in (_content, _tree, _headings, _tables, _figures, _links, _fonts):
            found += check(pdf, tags)
        return found


def filled(made: bytes) -> list[float]:
    """How much of each page's height its content reaches down from the top, running head left out, from 0 to 1."""
    with pypdfium2.PdfDocument(made) as pdf:
        return [_filled(page) for page in pdf]


def _filled(page: pypdfium2.PdfPage) -> float:
    height = page.get_height()
    lows = [item.get_bounds()[1] for item in page.get_objects()]
    inside = [low for low in lows if low < height - RUNNING_HEAD]
    return (height - min(inside)) / height if inside else 0.0


def outside(made: bytes, *, side: float = 60.0, foot: float = 58.0) -> list[str]:
    """Words that stand in the margins of a page (of at least these points), cover and running head left out."""
    found = []
    with pypdfium2.PdfDocument(made) as pdf:
        for number, page in enumerate(pdf, start=1):
            width, height = page.get_size()
            text = page.get_textpage()
            for place in range(text.count_rects()) if number > 1 else []:
                left, bottom, right, top = text.get_rect(place)
                if left < side or right > width - side or bottom < foot or top > height - HEAD_FROM_TOP:
                    words = text.get_text_bounded(left, bottom, right, top).strip()
                    found += [f"page {number}: {words}"] if words else []
    return found


def elements(node: Any) -> Iterator[Any]:
    """The structure elements below a node, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from elements(node.get("/K", pikepdf.Array()))


def _catalog(pdf: pikepdf.Pdf) -> Iterator[str]:
    """The declarations: tagged, language, title shown, PDF/UA, tab order."""
    if not pdf.Root.get("/MarkInfo", {}).get("/Marked", False):
        yield "the file does not say that it is tagged (MarkInfo)"
    if not str(pdf.Root.get("/Lang", "")):
        yield "the file has no language"
    if not pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "the title is not shown in the window (DisplayDocTitle)"
    with pdf.open_metadata() as metadata:
        if metadata.get("pdfuaid:part") != "1":
            yield "the metadata does not declare PDF/UA-1"
        if not metadata.get("dc:title"):
            yield "the metadata has no title"
    for number, page in enumerate(pdf.pages, start=1):
        if page.get("/Annots") and page.get("/Tabs") != "/S":
            yield f"page {number}: tab order does not follow the structure"


def _content(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Everything painted is tagged content that the tree knows, or an artifact."""
    known: dict[tuple[int, int], Counter[int]] = {}
    for tag in tags:
        for child in _kids(tag):
            page = tag.get("/Pg")
            if isinstance(child, pikepdf.Dictionary):
                if child.get("/Type") != "/MCR":
                    continue
                page, mark = child.get("/Pg", page), child.MCID
            else:
                mark = child
            if page is not None:
                known.setdefault(page.objgen, Counter())[int(mark)] += 1
    for number, page in enumerate(pdf.pages, start=1):
        ids = known.get(page.obj.objgen, Counter())
        seen: Counter[int] = Counter()
        marks: list[str | int] = []
        for step in pikepdf.parse_content_stream(page):
            operator = str(step.operator)
            if operator in ("BDC", "BMC"):
                name = str(step.operands[0])
                properties = step.operands[1] if operator == "BDC" else {}
                mark = "artifact" if name == "/Artifact" else properties.get("/MCID", name)
                marks.append(mark if isinstance(mark, str) else int(mark))
                seen.update(mark for mark in marks[-1:] if isinstance(mark, int))
            elif operator == "EMC":
                marks.pop()
            elif operator in PAINTS and not any(mark == "artifact" or mark in ids for mark in marks):
                yield f"page {number}: {operator} paints what is neither tagged nor an artifact"
                break
        yield from (
            f"page {number}: content {mark} is marked {times} times" for mark, times in seen.items() if times > 1
        )
        yield from (f"page {number}: content {mark} has {times} tags" for mark, times in ids.items() if times > 1)
        if set(ids) - set(seen):
            yield f"page {number}: the tree names content that the page does not have"


def _tree(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Known tags, parents that agree, ids that lead to their element."""
    roles = {
        str(name): str(role).removeprefix("/") for name, role in pdf.Root.StructTreeRoot.get("/RoleMap", {}).items()
    }
    for tag in tags:
        name = str(tag.S).removeprefix("/")
        if name not in STANDARD and roles.get(f"/{name}") not in STANDARD:
            yield f"the tag {name} is not standard and has no role"
        for kid in (kid for kid in _kids(tag) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid):
            if kid.P.objgen != tag.objgen:
                yield f"a {str(kid.S)[1:]} below a {name} names another parent"
    listed = list(pdf.Root.StructTreeRoot.get("/IDTree", {}).get("/Names", []))
    named = {bytes(name): element for name, element in zip(listed[::2], listed[1::2], strict=True)}
    if [*named] != sorted(named):
        yield "the list of ids is not in order"
    for tag in tags:
        if "/ID" in tag and (bytes(tag.ID) not in named or named[bytes(tag.ID)].objgen != tag.objgen):
            yield f"the id {tag.ID} of a {str(tag.S)[1:]} does not lead to it"


def _headings(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Headings from the first level, none skipped, and a bookmark for each chapter."""
    levels = [int(str(tag.S)[2:]) for tag in tags if str(tag.S)[:2] == "/H" and str(tag.S)[2:].isdigit()]
    if not levels:
        yield "there is no heading"
    for before, level in zip([0, *levels], levels, strict=False):
        if level > before + 1:
            yield f"a heading of level {level} follows one of level {before}"
    with pdf.open_outline() as outline:
        marks = sum(1 + len(entry.children) for entry in outline.root)
    headings = sum(level <= 2 for level in levels)
    if not headings - 3 <= marks <= headings:  # the contents page and its two lists have none
        yield f"{marks} bookmarks down to the second level, {headings} headings"


def _tables(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Rows of one width, heads with a scope, cells that name heads of their own table."""
    for number, table in enumerate((tag for tag in tags if tag.S == "/Table"), start=1):
        rows = [tag for tag in elements(table.K) if tag.S == "/TR"]
        cells = [[cell for cell in _kids(row) if isinstance(cell, pikepdf.Dictionary)] for row in rows]
        if len({len(row) for row in cells}) != 1:
            yield f"table {number}: rows of {sorted({len(row) for row in cells})} cells"
        heads = {}
        for cell in (cell for row in cells for cell in row):
            if cell.S not in ("/TH", "/TD"):
                yield f"table {number}: a row holds a {str(cell.S)[1:]}"
            elif cell.S == "/TH":
                scope = str(_of_table(cell).get("/Scope", ""))
                if scope not in ("/Row", "/Column", "/Both"):
                    yield f"table {number}: a head without a scope"
                heads[str(cell.get("/ID", ""))] = scope
        if "/Column" not in heads.values():
            yield f"table {number}: no heads of columns"
        for cell in (cell for row in cells for cell in row if cell.S == "/TD"):
            names = [str(name) for name in _of_table(cell).get("/Headers", [])]
            if not names or not set(names) <= set(heads):
                yield f"table {number}: a cell names no head, or one that is not there"
                break


def _figures(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Alternative text for every picture."""
    for number, tag in enumerate((tag for tag in tags if tag.S in ("/Figure", "/Formula")), start=1):
        if not str(tag.get("/Alt", "")).strip():
            yield f"figure {number} has no alternative text"


def _links(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Every link stands in a Link tag and says where it leads."""
    tagged = set()
    for tag in (tag for tag in tags if tag.S == "/Link"):
        tagged |= {kid.Obj.objgen for kid in _kids(tag) if isinstance(kid, pikepdf.Dictionary) and "/Obj" in kid}
    for number, page in enumerate(pdf.pages, start=1):
        for note in page.get("/Annots", []):
            if note.Subtype != "/Link":
                yield f"page {number}: an annotation {note.Subtype}"
            if not str(note.get("/Contents", "")).strip():
                yield f"page {number}: a link without a description"
            if note.objgen not in tagged:
                yield f"page {number}: a link outside the structure"


def _fonts(pdf: pikepdf.Pdf, tags: list[Any]) -> Iterator[str]:
    """Fonts embedded, and letters that can be read aloud."""
    for font in (thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary)):
        if font.get("/Type") == "/FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(font):
            yield f"the font {font.FontName} is not embedded"
        if font.get("/Type") == "/Font" and "/DescendantFonts" in font and "/ToUnicode" not in font:
            yield f"the font {font.BaseFont} has no table of letters (ToUnicode)"


def _kids(tag: Any) -> list[Any]:
    children = tag.get("/K", pikepdf.Array())
    return list(children) if isinstance(children, pikepdf.Array) else [children]


def _of_table(cell: Any) -> Any:
    attributes = cell.get("/A", pikepdf.Array())
    listed = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
    return next((one for one in listed if one.get("/O") == "/Table"), {})
