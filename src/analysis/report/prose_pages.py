"""A document written in Markdown as the inside of a page: headings with ids, links that lead somewhere or are words."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

_ANCHOR = re.compile(r'<a id="([A-Za-z0-9_.-]+)"></a>\s*\n')
_TAG = re.compile(r"<[^>]+>")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_DEEPEST = 6


def page_of_markdown(text: str) -> tuple[str, list[dict[str, str]]]:
    r"""HTML of a Markdown text below a page's own heading, and its sections.

    An anchor written before a heading gives the heading its id; others have theirs from their words. A link to another
    file of the repository becomes its words alone: that file is no part of the site. HTML is shown as typed.

    Returns
    -------
    tuple of str and list
        The HTML without the first heading, which is the page's own; and id and text of each second-level heading.

    Examples
    --------
    >>> page_of_markdown("# Methods\n\n## Rates\n\nSee [api](api.md).")
    ('<h2 id="rates">Rates</h2>\n<p>See api.</p>\n', [{'id': 'rates', 'text': 'Rates'}])
    """
    import mistune

    named: list[str] = []
    contents: list[dict[str, str]] = []
    used: set[str] = set()

    def keep(found: re.Match[str]) -> str:
        named.append(found[1])
        return f"\n§anchor-{len(named) - 1}§\n"

    class Renderer(mistune.HTMLRenderer):
        """Headings, links and tables as the site has them."""

        waiting = ""

        def paragraph(self, text: str) -> str:
            found = re.fullmatch(r"§anchor-(\d+)§", text.strip())
            if found:
                self.waiting = named[int(found[1])]
                return ""
            return super().paragraph(text)

        def heading(self, text: str, level: int, **attrs: Any) -> str:  # noqa: ARG002
            if level == 1:
                return ""
            words = unescape(_TAG.sub("", text))
            slug, self.waiting = self.waiting or _NOT_SLUG.sub("-", words.lower()).strip("-"), ""
            while slug in used:
                slug += "-2"
            used.add(slug)
            if level == 2:
                contents.append({"id": slug, "text": words})
            deep = min(level, _DEEPEST)
            return f'<h{deep} id="{slug}">{text}</h{deep}>\n'

        def link(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
            if url.startswith(("#", "https://", "http://", "mailto:")):
                return f'<a href="{escape(url)}">{text}</a>'
            return text

        def block_code(self, code: str, info: str | None = None) -> str:  # noqa: ARG002
            return f'<pre tabindex="0"><code>{escape(code)}</code></pre>\n'

        def table(self, text: str) -> str:
            return f'<div class="scroll" tabindex="0"><table>\n{text}</table></div>\n'

        def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
            tag, scope = ("th", ' scope="col"') if head else ("td", "")
            end = ' class="end"' if align == "right" else ""
            return f"<{tag}{scope}{end}>{text}</{tag}>\n"

    markdown = mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table"])
    body = markdown(_ANCHOR.sub(keep, text))
    return str(body), contents
