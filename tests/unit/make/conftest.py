"""A reader of pages."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

VOID = {"meta", "link", "br", "hr", "wbr", "img", "input"}


class Page(HTMLParser):
    """The elements of a page in order; an end tag that does not fit is an error."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == [], path

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.path

    def handle_data(self, data: str) -> None:
        self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self) -> str:
        return " ".join("".join(data for tag, data in self.words if tag not in {"style", "script"}).split())

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]

    def problems(self) -> list[str]:
        """What keeps some reader out, or asks for something from elsewhere."""
        found = []
        levels = [int(tag[1]) for tag, _ in self.elements if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()]
        if levels.count(1) != 1 or levels[0] != 1 or any(b > a + 1 for a, b in pairwise(levels)):
            found.append(f"headings {levels}")
        ids = self.ids()
        found += [f"id {one} twice" for one in sorted(set(ids)) if ids.count(one) > 1]
        if [attrs.get("lang") for attrs in self.all("html")] != ["en-GB"]:
            found.append("no language")
        if len(self.all("title")) != 1 or len(self.all("main")) != 1 or not self.all("header"):
            found.append("no title, header or main")
        labelled = {attrs.get("for") for attrs in self.all("label")}
        found += ["field without label" for attrs in self.all("input") if attrs.get("id") not in labelled]
        found += ["picture without words" for attrs in self.all("svg") if not attrs.get("aria-label")]
        for tag, attrs in self.elements:
            loads = attrs.get("src") or (attrs.get("href") if tag in {"link", "use", "image"} else "")
            if loads and not loads.startswith(("#", "data:")):
                found.append(f"{tag} loads {loads}")
        return found


def broken_links(page: Page) -> list[str]:
    """The links of a page that lead nowhere: no such file, or no such id in it."""
    broken = []
    for attrs in page.all("a"):
        parts = urlsplit(attrs["href"])
        if parts.scheme:
            continue
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in Page(target).ids()):
            broken.append(attrs["href"])
    return broken


@pytest.fixture(scope="session")
def pages() -> SimpleNamespace:
    """The reader of pages and the checker of links."""
    return SimpleNamespace(Page=Page, broken_links=broken_links)
