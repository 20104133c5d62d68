"""Apply each mutant to a copy of the project and run the tests that it names: a mutant that they pass has survived.

Run ``make mutants``, or ``python tests/mutants/run.py 01 17`` for some. Each ``*.patch`` says in its first line what is
wrong then, and in its second which tests must notice.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
WORKERS = 2
SURVIVORS_ALLOWED = 2


def patches(asked: list[str]) -> list[Path]:
    """The mutants asked for by the beginnings of their names; none asked for: all."""
    found = sorted(HERE.glob("*.patch"))
    return [path for path in found if not asked or path.name.startswith(tuple(asked))]


def header(path: Path) -> tuple[str, list[str]]:
    """What is wrong, and the tests that must notice."""
    about, tests = path.read_text(encoding="utf-8").splitlines()[:2]
    return about.removeprefix("# "), tests.removeprefix("# tests: ").split()


def git(*words: str | Path, at: Path = REPOSITORY) -> str:
    """What git answers."""
    return subprocess.run(
        ["git", "-C", at, *words], check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


def changes_code(copy: Path) -> bool:
    """Whether the code of a copy is another than before, apart from comments and layout."""
    names = git("diff", "--name-only", at=copy).split()
    before = [git("show", f"HEAD:{name}", at=copy) for name in names]
    now = [(copy / name).read_text(encoding="utf-8") for name in names]
    return [ast.dump(ast.parse(text)) for text in before] != [ast.dump(ast.parse(text)) for text in now]


def killed(path: Path, copy: Path) -> bool:
    """Whether the tests notice; the copy is as it was afterwards."""
    _, tests = header(path)
    if subprocess.run(["git", "-C", copy, "apply", path], check=False).returncode:
        sys.exit(f"{path.name}: no longer fits. Write it anew for the code as it is.")
    try:
        if not changes_code(copy):
            sys.exit(f"{path.name}: changes nothing that runs, so that no test can notice. Write another fault.")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
        environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(
                f"{path.name}: the tests did not run:\n{done.stdout.decode()[-2000:]}{done.stderr.decode()[-500:]}"
            )
        return done.returncode == 1
    finally:
        git("checkout", "-q", "--", ".", at=copy)


def main(asked: list[str]) -> int:
    """Try the mutants, say which survive, and give 1 where more do than are allowed."""
    chosen = patches(asked)
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        try:
            for number in range(WORKERS):
                git("worktree", "add", "--detach", "--quiet", Path(folder) / str(number), "HEAD")
                copies.put(Path(folder) / str(number))

            def attempt(path: Path) -> bool:
                copy = copies.get()
                try:
                    return killed(path, copy)
                finally:
                    copies.put(copy)

            survived = []
            with ThreadPoolExecutor(WORKERS) as pool:
                for path, dead in zip(chosen, pool.map(attempt, chosen), strict=True):
                    print(f"{'killed  ' if dead else 'SURVIVED'}  {path.stem}", flush=True)
                    survived += [] if dead else [path.stem]
        finally:
            for number in range(WORKERS):
                git("worktree", "remove", "--force", Path(folder) / str(number))
    print(f"{len(chosen) - len(survived)} of {len(chosen)} killed")
    return int(len(survived) > SURVIVORS_ALLOWED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
