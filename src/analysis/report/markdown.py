"""Markdown as a small tree that both the PDF and the HTML are made from.

The tree is plain data (dictionaries, lists and strings), so that the PDF template can read it as JSON and no
text ever has to be escaped for Typst. Block nodes: ``heading``, ``paragraph``, ``list``, ``quote``, ``code``,
``rule``, ``table``. Inline nodes: ``text``, ``number``, ``strong``, ``emphasis``, ``code``, ``break``, ``link``. HTML
in Markdown is text like any other: it is shown as it was typed. A number is what stands between the marks of
:func:`analysis.blocks.mark`; its node says ``which``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from analysis.blocks import MARKED, marked_number
from analysis.errors import ReportError

Node = dict[str, Any]

_EXTERNAL = re.compile(r"(https?://|mailto:)\S+", re.IGNORECASE)


def parser() -> Callable[[str], list[Node]]:
    """Make a function from Markdown to the tree.

    Returns
    -------
    callable
        Takes Markdown, returns the list of block nodes. It raises :class:`~analysis.errors.ReportError` for
        what neither document can carry: a picture, or a link that is neither ``#id`` nor a web or mail address.

    Examples
    --------
    >>> parse = parser()
    >>> parse("A *b* & [c](#map)")  # doctest: +NORMALIZE_WHITESPACE
    [{'kind': 'paragraph', 'children': [{'kind': 'text', 'text': 'A '},
      {'kind': 'emphasis', 'children': [{'kind': 'text', 'text': 'b'}]}, {'kind': 'text', 'text': ' & '},
      {'kind': 'link', 'target': 'map', 'url': '', 'children': [{'kind': 'text', 'text': 'c'}]}]}]
    """
    import mistune

    markdown = mistune.create_markdown(renderer=None, plugins=["table"])

    def parse(text: str) -> list[Node]:
        tokens = markdown(text)
        if isinstance(tokens, str):
            raise TypeError("mistune was asked for a tree and gave text")
        return _blocks(tokens)

    return parse


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Every node of a tree, parents before children, in reading order."""
    for node in nodes:
        yield node
        for part in ("children", "items", "head", "rows"):
            yield from walk(_flat(node.get(part, [])))


def plain(nodes: list[Node]) -> str:
    """The words of a tree, without their emphasis.

    Examples
    --------
    >>> plain(parser()("Where *people* live")[0]["children"])
    'Where people live'
    """
    return "".join(" " if node["kind"] == "break" else node.get("text", "") for node in walk(nodes))


def _flat(nested: list[Any]) -> list[Node]:
    """Undo the nesting of list items, table rows and cells."""
    if nested and isinstance(nested[0], list):
        return [node for part in nested for node in _flat(part)]
    return nested


def _blocks(tokens: list[Node]) -> list[Node]:
    made = (_block(token) for token in tokens if token["type"] != "blank_line")
    return [node for node in made if node is not None]


def _block(token: Node) -> Node | None:  # noqa: PLR0911
    kind, attrs = token["type"], token.get("attrs", {})
    match kind:
        case "heading":
            return {"kind": "heading", "level": attrs["level"], "children": _inlines(token["children"])}
        case "paragraph" | "block_text":
            children = _inlines(token["children"])
            return {"kind": "paragraph", "children": children} if children else None
        case "list":
            return {
                "kind": "list",
                "ordered": attrs["ordered"],
                "start": attrs.get("start", 1),
                "tight": token["tight"],
                "items": [_blocks(item["children"]) for item in token["children"]],
            }
        case "block_quote":
            return {"kind": "quote", "children": _blocks(token["children"])}
        case "block_code":
            return {"kind": "code", "text": token["raw"].rstrip("\n")}
        case "thematic_break":
            return {"kind": "rule"}
        case "table":
            return _table(token)
        case "block_html":
            return {"kind": "paragraph", "children": [{"kind": "text", "text": token["raw"].strip()}]}
    raise ReportError(f"Markdown of type '{kind}' is not carried into reports; use paragraphs and lists.")


def _table(token: Node) -> Node:
    head = next(part for part in token["children"] if part["type"] == "table_head")
    body = [row for part in token["children"] if part["type"] == "table_body" for row in part["children"]]
    return {
        "kind": "table",
        "align": [cell["attrs"].get("align") or "left" for cell in head["children"]],
        "head": [_inlines(cell["children"]) for cell in head["children"]],
        "rows": [[_inlines(cell["children"]) for cell in row["children"]] for row in body],
    }


def _inlines(tokens: list[Node]) -> list[Node]:
    return [node for token in tokens for node in _with_numbers(_inline(token))]


def _with_numbers(node: Node) -> Iterator[Node]:
    """A node of text as the text and the numbers that it holds; any other as it is."""
    end, text = 0, node["text"] if node["kind"] == "text" else ""
    for match in MARKED.finditer(text):
        if match.start() > end:
            yield {"kind": "text", "text": text[end : match.start()]}
        yield {"kind": "number", "text": match[2], "which": marked_number(match[1])}
        end = match.end()
    if end == 0:
        yield node
    elif end < len(text):
        yield {"kind": "text", "text": text[end:]}


def _inline(token: Node) -> Node:  # noqa: PLR0911
    kind = token["type"]
    match kind:
        case "text":
            return {"kind": "text", "text": html.unescape(token["raw"])}
        case "inline_html":
            return {"kind": "text", "text": token["raw"]}
        case "softbreak":
            return {"kind": "text", "text": " "}
        case "linebreak":
            return {"kind": "break"}
        case "codespan":
            return {"kind": "code", "text": token["raw"]}
        case "emphasis" | "strong":
            return {"kind": kind, "children": _inlines(token["children"])}
        case "link":
            return _link(token["attrs"]["url"], _inlines(token["children"]))
        case "image":
            raise ReportError(
                f"the Markdown picture '{token['attrs']['url']}' is not carried into reports, which load nothing "
                "from elsewhere; draw it with a figure block."
            )
    raise ReportError(f"Markdown of type '{kind}' is not carried into reports; use emphasis and links.")


def _link(url: str, children: list[Node]) -> Node:
    if url.startswith("#") and len(url) > 1:
        return {"kind": "link", "target": url[1:], "url": "", "children": children}
    if _EXTERNAL.fullmatch(url):
        words = children or [{"kind": "text", "text": url}]
        return {"kind": "link", "target": "", "url": url, "children": words}
    raise ReportError(f"the link '{url}' leads nowhere in a report; expected '#id', a web or a mail address.")
