"""SVG pictures: checked once, measured for the page, made safe to stand beside others in one HTML file."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET

from analysis.errors import ReportError

_POINTS = {"pt": 1.0, "px": 0.75, "": 0.75, "in": 72.0, "mm": 72 / 25.4, "cm": 72 / 2.54}
_LENGTH = re.compile(r"\s*([0-9.]+)\s*(pt|px|in|mm|cm|)\s*")
_NOT_DRAWN = re.compile(r"<\?.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->|<metadata\b.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_RULE = re.compile(r"([^{}]+)(\{[^{}]*\})")
# Patterns that begin with a plain word: pictures are long and this runs over all of them.
_NAMED = re.compile(r"""(id=["']|url\(["']?#|href=["']#)""")
_WORDS = re.compile(r""">[^<]*["'#][^<]*<(?!/style)""")
_LONE_HASH = re.compile("(?<!&)#")
_REFERRED = re.compile(r"""(?:url\(["']?|href=["'])#([^"')]+)""")
_ID = re.compile(r' id="([^"]*)"')
_BETWEEN_TAGS = re.compile(r">\s+<")
_ROOT = re.compile(r"<svg\b([^>]*)>")
_ROOT_IDENTITY = re.compile(r"""\s(?:id|role|aria-label|aria-labelledby)=(?:"[^"]*"|'[^']*')""")


def measure_svg(svg: str) -> tuple[float, float]:
    """Check that a picture is well formed and needs nothing from outside, and read its size.

    Parameters
    ----------
    svg : str
        The whole SVG file as text.

    Returns
    -------
    tuple of float
        Width and height in points.

    Raises
    ------
    ReportError
        If it is not SVG, declares entities, holds a script or an event handler, or refers to another file.

    Examples
    --------
    >>> measure_svg('<svg xmlns="http://www.w3.org/2000/svg" width="96" height="2in"></svg>')
    (72.0, 144.0)
    """
    if "<!ENTITY" in svg:
        raise ReportError("the SVG declares entities; write it without them.")
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise ReportError(f"the SVG is not well formed ({error}).") from error
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise ReportError(f"the picture is not SVG: its root is '{root.tag}', expected 'svg' in its namespace.")
    for element in root.iter():
        _check_element(element)
    return _size(root)


def inline_svg(svg: str, prefix: str, alt: str) -> str:
    """Prepare a checked picture to stand inside an HTML page.

    Ids and the references to them get a prefix, style rules hold for this picture only, and the whole is one image with
    a text alternative for screen readers. What shows nothing goes: metadata, ids that nothing refers to, space between
    tags.

    Examples
    --------
    >>> inline_svg('<svg width="9"><path id="a"/><use href="#a"/></svg>', "m", "A & B")
    '<svg width="9" id="m-svg" role="img" aria-label="A &amp; B"><path id="m-a"/><use href="#m-a"/></svg>'
    >>> inline_svg("<svg><text>St Michael&#x27;s, url(#a)</text></svg>", "m", "").partition("<text>")[2]
    'St Michael&#x27;s, url(&#35;a)</text></svg>'
    """
    drawn = _NOT_DRAWN.sub("", svg).strip()
    drawn = _STYLE.sub(lambda found: found[1] + _scoped(found[2], prefix) + found[3], drawn)
    root = _ROOT.search(drawn)
    if root is None:
        raise ReportError(f"figure '{prefix}': the picture has no svg element.")
    attributes = _ROOT_IDENTITY.sub("", root[1])
    inside = _WORDS.sub(_as_entities, drawn[root.end() - 1 :])
    referred = set(_REFERRED.findall(inside))
    inside = _ID.sub(lambda found: found[0] if found[1] in referred else "", _BETWEEN_TAGS.sub("><", inside))
    inside = _NAMED.sub(rf"\g<1>{prefix}-", inside)
    label = html.escape(alt, quote=True)
    return f'<svg{attributes} id="{prefix}-svg" role="img" aria-label="{label}"{inside}'


def _check_element(element: ET.Element) -> None:
    name = element.tag.rpartition("}")[2].lower()
    if name in {"script", "foreignobject", "a"}:
        raise ReportError(f"the SVG holds a '{name}' element; a figure is a still picture.")
    if name == "style" and _leads_outside(element.text or ""):
        raise ReportError("the SVG's style refers to another file; a figure holds all that it shows.")
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2].lower()
        if attribute.startswith("on"):
            raise ReportError(f"the SVG has an event handler ('{attribute}'); a figure is a still picture.")
        loads = attribute in {"href", "src"} and not value.startswith(("#", "data:image/"))
        if loads or _leads_outside(value):
            raise ReportError(f"the SVG refers to another file ('{value[:60]}'); a figure holds all it shows.")


def _leads_outside(style: str) -> bool:
    return "@import" in style or re.search(r"url\(\s*[\"']?(?!#|data:image/)", style) is not None


def _size(root: ET.Element) -> tuple[float, float]:
    box = (root.get("viewBox") or "").replace(",", " ").split()
    lengths = [_points(root.get(side)) for side in ("width", "height")]
    if len(box) == 4:
        lengths = [length or float(side) * 0.75 for length, side in zip(lengths, box[2:], strict=True)]
    width, height = lengths
    if not width or not height:
        raise ReportError("the SVG has no size: give it width and height, or a viewBox.")
    return width, height


def _points(length: str | None) -> float | None:
    found = _LENGTH.fullmatch(length or "")
    return float(found[1]) * _POINTS[found[2]] if found else None


def _as_entities(words: re.Match[str]) -> str:
    """Write the signs of the words between tags so that none is taken for an attribute; entities stay as they are."""
    return _LONE_HASH.sub("&#35;", words[0]).replace('"', "&quot;").replace("'", "&#39;")


def _scoped(style: str, prefix: str) -> str:
    def scope(rule: re.Match[str]) -> str:
        selectors = ", ".join(f"#{prefix}-svg {selector.strip()}" for selector in rule[1].split(","))
        return f"{selectors} {rule[2]}"

    return _RULE.sub(scope, style.replace("<![CDATA[", "").replace("]]>", ""))
