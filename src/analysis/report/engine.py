"""A Papermill engine that runs a notebook in an IPython shell of the process in which it is called.

A stock kernel costs a second to start and another to import what a report needs, for every notebook. A
process forked from one that has already imported it costs neither. The runner forks a process for each
notebook and calls this engine there; what a kernel gives besides (isolation, a limit on time, a death that
harms nobody) comes from that process and the runner that watches it, so call the engine nowhere else: it
takes the process over, its standard streams included.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from papermill.engines import Engine
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs the cells one after the other and stops at the first that fails, as Papermill's own engine does."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003
        on_cell_start: Callable[..., object] | None = None,
        **_: object,
    ) -> None:
        """Run the notebook that Papermill's execution manager holds; ``on_cell_start`` as in nbclient."""
        recorder = Recorder()
        shell = ZMQInteractiveShell.instance(
            recorder=recorder, config=Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
        )
        _tell_libraries()
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            if on_cell_start is not None:
                on_cell_start(cell=cell, cell_index=index)
            failed = cell.cell_type == "code" and bool(cell.source.strip()) and not _run_cell(shell, recorder, cell)
            if failed:
                nb_man.cell_exception(cell, cell_index=index)
            nb_man.cell_complete(cell, cell_index=index)
            if failed:
                break


def _run_cell(shell: InteractiveShell, recorder: Recorder, cell: Any) -> bool:
    recorder.outputs = cell.outputs = []
    recorder.clear_pending = False
    cell.execution_count = shell.execution_count
    result = shell.run_cell(cell.source, store_history=True, cell_id=cell.id)  # type: ignore[no-untyped-call]
    recorder.take_streams()
    # An error while an object is shown does not fail the cell in IPython, but it is no output to publish.
    return bool(result.success) and not any(output["output_type"] == "error" for output in cell.outputs)


def _tell_libraries() -> None:
    """Tell libraries what they look for when imported under a kernel, if they were imported before the fork.

    pyplot then shows its figures as outputs of the cell, and pandas prints wide frames in full. Nothing is
    imported here that is not there yet.
    """
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None:
        matplotlib.rcParams["backend"] = INLINE_BACKEND  # before `use`, which loads the backend that asks for it
        matplotlib.use(INLINE_BACKEND)
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        pandas.set_option("display.max_columns", 20)


class Recorder:
    """Collects what the current cell shows: streams, displays, its result and its error, in their order.

    Standard output and error go to files, at the level of the system, so that what C libraries and child
    processes write is caught too; whatever a display follows is read from there first.
    """

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self.clear_pending = False
        self._displays: dict[str, list[Any]] = {}
        self._streams = [_Stream("stdout"), _Stream("stderr")]

    def take_streams(self) -> None:
        """Move what was written since the last time into the outputs."""
        for stream in self._streams:
            text = stream.take()
            if text:
                self._append({"output_type": "stream", "name": stream.name, "text": text})

    def add(self, output: dict[str, Any], display_id: str = "") -> None:
        """Add an output after the streams written before it."""
        self.take_streams()
        node = self._append(output)
        if display_id:
            self.update(display_id, node)
            self._displays.setdefault(display_id, []).append(node)

    def update(self, display_id: str, content: dict[str, Any]) -> None:
        """Replace what earlier displays of the same id show."""
        for node in self._displays.get(display_id, []):
            node["data"], node["metadata"] = content["data"], content["metadata"]

    def clear(self) -> None:
        """Take away the outputs of the current cell."""
        gone = [id(node) for node in self.outputs]
        self._displays = {
            name: [node for node in nodes if id(node) not in gone] for name, nodes in self._displays.items()
        }
        self.outputs.clear()
        self.clear_pending = False

    def _append(self, output: dict[str, Any]) -> Any:
        if self.clear_pending:
            self.clear()
        node = nbformat.from_dict(output)  # type: ignore[no-untyped-call]
        self.outputs.append(node)
        return node


class _Stream:
    """One standard stream of the process, sent to a file that is read as it grows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._file: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 - open for as long as the process lives
            "w", encoding="utf-8", errors="backslashreplace", buffering=1
        )
        self._taken = 0
        os.dup2(self._file.fileno(), {"stdout": 1, "stderr": 2}[name])
        setattr(sys, name, self._file)

    def take(self) -> str:
        self._file.flush()
        descriptor = self._file.fileno()
        data = os.pread(descriptor, os.fstat(descriptor).st_size - self._taken, self._taken)
        self._taken += len(data)
        return data.decode("utf-8", errors="replace")


def _as_json(content: Any) -> Any:
    """Turn a bundle into what would come out of a kernel's JSON: tuples to lists, bytes to base64."""
    return json.loads(json.dumps(content, default=json_default, allow_nan=False))


def _recorder(part: Any) -> Recorder:
    recorder: Recorder = part.shell.recorder
    return recorder


class _Publisher(DisplayPublisher):
    """Records what ``display`` publishes."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: object = None,  # noqa: ARG002
        *,
        transient: Any = None,
        update: Any = False,
        **_: Any,
    ) -> None:
        content = _as_json({"data": data, "metadata": metadata or {}})
        display_id = (transient or {}).get("display_id", "")
        if update:
            _recorder(self).update(display_id, content)
        else:
            _recorder(self).add({"output_type": "display_data", **content}, display_id)

    def clear_output(self, wait: bool = False) -> None:
        _recorder(self).take_streams()
        if wait:
            _recorder(self).clear_pending = True
        else:
            _recorder(self).clear()


class _ResultHook(DisplayHook):
    """Records the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """Show no prompt: the count is stored with the result."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        content = _as_json({"data": format_dict, "metadata": md_dict or {}})
        _recorder(self).add({"output_type": "execute_result", "execution_count": self.prompt_count, **content})

    def finish_displayhook(self) -> None:
        """Print nothing after the result."""
        self._is_active = False


class ZMQInteractiveShell(InteractiveShell):
    """The shell of a notebook. pandas, rich and tqdm tell a notebook from a terminal by this class's name."""

    displayhook_class = Type(_ResultHook)
    display_pub_class = Type(_Publisher)
    recorder = AnyTrait()

    def init_profile_dir(self, profile_dir: object) -> None:
        """Make no profile folder in the user's home: a report does not depend on what lies there."""

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.recorder.add(
            {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
        )
