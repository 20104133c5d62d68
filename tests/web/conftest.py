"""A headless Chromium for the tests of pages: set up by ``make test-web``, without which they are skipped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MOST_BYTES = 5_250_000
GENEROUS_MS = 10_000

Node = Callable[..., Any]


@pytest.fixture(scope="session")
def node() -> Node:
    """Run a script of this folder in Node.js and read the JSON that it prints."""
    if shutil.which("node") is None:
        pytest.skip("no Node.js on the path: install it, then `make test-web`")
    if not (HERE / "node_modules" / ".installed").is_file():
        pytest.skip("the browser is not set up: `make test-web` does that and runs these tests")

    def run(script: str, *arguments: object) -> Any:
        done = subprocess.run(
            ["node", HERE / script, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def look_at(node: Node) -> Callable[..., dict[Path, Any]]:
    """What a browser, a validator and axe-core find in pages, by path."""

    def look(*pages: Path) -> dict[Path, Any]:
        return {Path(path): found for path, found in node("check.mjs", *pages).items()}

    return look


@pytest.fixture(scope="session")
def problems_of(look_at: Callable[..., dict[Path, Any]]) -> Callable[..., dict[Path, list[str]]]:
    """What is wrong with each page."""
    return lambda *pages: {path: problems(found) for path, found in look_at(*pages).items()}


@pytest.fixture(scope="session")
def check_page(problems_of: Callable[..., dict[Path, list[str]]]) -> Callable[..., None]:
    """Hold pages to what every page of the project is held to: ``check_page(path, ...)`` fails with all that is wrong.

    No message in the console, no request, valid HTML, ids and internal links sound, no serious or critical violation of
    axe-core, nothing wider than the screen at 1280 and at 360 pixels, less than 5 MB, usable within seconds.
    """

    def check(*pages: Path) -> None:
        wrong = [f"{path.name}: {problem}" for path, found in problems_of(*pages).items() for problem in found]
        assert not wrong, "\n".join(wrong)

    return check


def problems(found: Mapping[str, Any]) -> list[str]:
    """What of that which was found in a page is not as it must be."""
    wrong = [f"invalid HTML: {message}" for message in found["html"]]
    if found["bytes"] >= MOST_BYTES:
        wrong.append(f"{found['bytes']:,} bytes, expected fewer than {MOST_BYTES:,}")
    for width, seen in found["widths"].items():
        timing = seen["timing"]
        print(f"{width}: {found['bytes']:,} bytes, interactive after {timing['interactive']:.0f} ms (target: 2,000)")
        wrong += [f"{width}: console says {line}" for line in seen["console"]]
        wrong += [f"{width}: asks for {address}" for address in seen["requests"]]
        wrong += [f"{width}: the id {known} twice" for known in seen["ids"]]
        wrong += [f"{width}: a link to #{known}, which is not there" for known in seen["links"]]
        wrong += [
            f"{width}: axe-core: {one['id']} ({one['impact']}): {one['nodes'][0]}"
            for one in seen["axe"]
            if one["impact"] in ("serious", "critical")
        ]
        if seen["beyond"] > 0:
            wrong.append(f"{width}: {seen['beyond']} pixels wider than the screen")
        if timing["interactive"] > GENEROUS_MS:
            wrong.append(f"{width}: interactive after {timing['interactive']:.0f} ms")
    return wrong
