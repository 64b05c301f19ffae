"""What nbgrader does with each submission: two steps in the place of its own.

    c.Autograde.sanitize_preprocessors = [..., "gmmlesson.grading.preprocessors.Mend", ...]
    c.Autograde.autograde_preprocessors = ["gmmlesson.grading.preprocessors.ExecuteSealed", ...]

So `nbgrader autograde`, Formgrader's button and `make grade` do the same.
"""

import asyncio
import contextlib
import dataclasses
import io
import os
import secrets
from pathlib import Path

from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Integer

from gmmlesson.grading import users
from gmmlesson.grading.assignment import grade_id, is_stub, marks, released, sealed_check
from gmmlesson.grading.elsewhere import files_beside, mend_and_look, note
from gmmlesson.grading.handed_in import refuse_links
from gmmlesson.grading.judging import judge_answers
from gmmlesson.grading.pages import keep_what_is_shown
from gmmlesson.grading.sandbox import end, sandbox
from gmmlesson.grading.sealed import MIME, signature
from gmmlesson.grading.selecting import lacking, selected

STOPPED = "This cell ended Python, or could not be interrupted. The others were run without it."
TOO_MUCH = "This cell printed too much, and was interrupted."
PRINTED = 5_000_000  # characters that a cell may print
SHOWN = 4  # times as many it may show in another way, such as in pictures
STARTS = 4  # how often a kernel that dies before its first cell is started
SEAL = """from gmmlesson.grading.sealed import seal
seal({event!r}, {key!r}, {names!r}, {user!r}, {closed!r})
del seal"""
ASK = "__import__('sys').audit({event!r}, {name!r}, {function!r})"
SAID = 2000  # characters of what a kernel says that does not start


class Mend(NbGraderPreprocessor):
    """Mend doubled, lost, moved and changed cells, in the place of nbgrader's DeduplicateIds.

    The file in submitted/ stays as it is; the one in autograded/ is mended, and an essay that was left blank
    says where else there is work. Raises WrongNotebook, with a
    sentence, where a file is no submission of the assignment, or leads to somebody else's.
    """

    def preprocess(self, nb, resources):
        """-> the mended notebook and the same resources."""
        folder = Path(resources["metadata"]["path"]).absolute()  # submitted/STUDENT/ASSIGNMENT
        refuse_links(folder.parents[2], folder)
        original, beside = _released(resources), files_beside(folder.parents[2], folder.name, folder)
        done, places = mend_and_look(nb, original, beside)
        for sentence in done:
            self.log.warning("Mended: %s", sentence)
        note(nb, places)
        return nb, resources


class MarkedExporter(NotebookExporter):
    """nbgrader's exporter, for files that may begin with a byte order mark, as Notepad writes it.

    c.Autograde.exporter_class = "gmmlesson.grading.preprocessors.MarkedExporter"
    """

    def from_file(self, file_stream, resources=None, **named):
        """Convert an open file -> the text and the resources."""
        text = file_stream.read().removeprefix("\ufeff")
        return super().from_file(io.StringIO(text), resources=resources, **named)


class ExecuteSealed(Execute):
    """Run the cells that decide about a grade, and judge graded checks in this process.

    nbgrader's Execute runs every cell, and SaveAutoGrades believes what a check cell displays, which is the
    student's code's to say: `check = lambda *_, points: points` earned everything. Here the kernel only tells
    what the student's functions return, and the outputs of graded checks are written by the grader, after the
    kernel has ended.

    A cell that cannot be interrupted, or ends Python, is left out, and the notebook begun again. So it is,
    with all cells, if a name was missing that one of the others binds.
    """

    timeout = Integer(30, help="Seconds that a cell may take by the clock.").tag(config=True)
    check_timeout = Integer(120, help="Seconds that a graded check may take by the clock.").tag(config=True)
    all_or_nothing = Bool(False, help="Whether a check gives points only if all cases agree.").tag(
        config=True
    )

    def preprocess(self, nb, resources):
        """-> the notebook with outputs, and the resources."""
        original = _released(resources)
        self._blank = {grade_id(cell): cell.source.strip() for cell in original.cells if is_stub(cell)}
        run = selected(nb, original)
        self._stopped, starts = set(), STARTS
        self._printing, self._printed, self._secret = None, 0, None
        self.timeout_func = self._limit
        if users.given() and users.close(Path.cwd()):
            self.log.warning(users.CLOSED)
        with sandbox(resources["metadata"]["path"]) as self._sandbox:
            while True:
                self._to_run = {i for i, cell in enumerate(nb.cells) if any(cell is one for one in run)}
                self._event, self._now, self._judged = "", None, {}
                try:
                    nb, resources = super().preprocess(nb, resources)
                    for cell in nb.cells:
                        keep_what_is_shown(cell.get("outputs", []))
                    self._write_judged(nb)
                    if not lacking(nb, run):
                        return nb, resources
                    run = nb.cells
                except (CellTimeoutError, RuntimeError) as error:
                    if self._now is not None and isinstance(error, (CellTimeoutError, DeadKernelError)):
                        self._stopped.add(self._now)
                        continue
                    starts -= 1  # kernels that start beside each other may choose the same port
                    if self._now is not None or not starts:
                        self.log.error("The kernel said: %s", self._said())
                        raise

    def create_kernel_manager(self):
        """-> the manager of a kernel that only the grader can reach."""
        manager, name = super().create_kernel_manager(), secrets.token_hex(4)
        manager.connection_file = str(self._sandbox.private / f"{name}.json")
        if os.name == "posix":  # everybody on the computer can listen at a port
            manager.transport, manager.ip = "ipc", str(self._sandbox.private / name)
        return manager

    @contextlib.contextmanager
    def setup_kernel(self, **named):
        """A context with a kernel in the sandbox; what it has begun in its session ends with it."""
        kernels = []
        with self._sandbox.log.open("ab") as log:
            named |= {"cwd": str(self._sandbox.folder), "env": self._sandbox.environment}
            named |= {"stdout": log.fileno(), "stderr": log.fileno()}
            try:
                with super().setup_kernel(**named):
                    kernels.append(self.km.provisioner.pid)
                    yield
            finally:
                for kernel in kernels:
                    end(kernel)

    def preprocess_cell(self, cell, resources, index):
        """Run or judge a cell, or leave it out -> the cell and the resources."""
        if not self._event:
            self._seal(index)
        self._now = index
        if call := sealed_check(cell):
            self._judge(cell, index, dataclasses.replace(call, points=marks(cell)["points"]))
        elif index in self._stopped:
            cell.outputs = [new_output("error", ename="Stopped", evalue=STOPPED, traceback=[STOPPED])]
        elif index in self._to_run:
            return super().preprocess_cell(cell, resources, index)
        return cell, resources

    def process_message(self, msg, cell, cell_index):
        """Take a message of the kernel's -> its output; interrupt a cell that shows things without end.

        What is shown while a check is judged is shown nowhere; by its `display_id` nbclient would look for it
        in the cell of the check, when it is shown again.
        """
        if cell is self._secret:
            msg["content"].pop("transient", None)
        if size := _size(msg):
            if self._printing is not cell:
                self._printing, self._printed = cell, 0
            before = self._printed
            self._printed += size
            if before <= PRINTED < self._printed:
                cell.outputs.append(
                    new_output("error", ename="Stopped", evalue=TOO_MUCH, traceback=[TOO_MUCH])
                )
                self._interrupting = asyncio.ensure_future(ensure_async(self.km.interrupt_kernel()))
            if self._printed > PRINTED:
                return None
        return super().process_message(msg, cell, cell_index)

    def _said(self):
        return self._sandbox.log.read_text(encoding="utf-8", errors="replace")[-SAID:]

    def _limit(self, cell):
        return self.check_timeout if self._event in cell.source else self.timeout

    def _seal(self, index):
        self._event, self._key = f"sealed.{secrets.token_hex(8)}", secrets.token_bytes(32)
        names = sorted({call.name for call in map(sealed_check, self.nb.cells) if call})
        user, closed = self._sandbox.user, [str(Path.cwd()), str(self._sandbox.private)]
        key = self._sandbox.private / "key"
        key.write_bytes(self._key)
        source = SEAL.format(event=self._event, key=str(key), names=names, user=user, closed=closed)
        outputs = self._in_secret(source, index).outputs
        if outputs:
            raise RuntimeError(f"The kernel could not be sealed: {outputs[-1].get('evalue', outputs)}")

    def _in_secret(self, source, index):
        """Run source that is in no cell -> the cell that it would be."""
        cell, there = new_code_cell(source), self.nb.cells[index]
        self._secret = cell
        try:
            return self.execute_cell(cell, index, store_history=False)
        finally:
            self.nb.cells[index], self._secret = there, None

    def _judge(self, cell, index, call):
        """Find the outputs of a graded check."""
        told = None
        if index not in self._stopped:
            ask = ASK.format(event=self._event, name=call.name, function=call.function)
            told = self._signed(self._in_secret(ask, index).outputs)
        typed = [one.source for one in self.nb.cells if one.cell_type == "code"]
        report = judge_answers(call, told, typed, self._tried(call))
        if self.all_or_nothing:
            report = dataclasses.replace(report, share=float(report.passed))
        shown = {"text/plain": report.text, "text/html": report.html}
        earned = {"text/plain": repr(report), "text/html": report._repr_html_()}
        self._judged[index] = [
            new_output("display_data", data=shown, metadata=report.metadata),
            new_output("execute_result", data=earned, execution_count=index + 1),
        ]

    def _write_judged(self, nb):
        """Write the outputs of the graded checks."""
        for index, outputs in self._judged.items():
            nb.cells[index].outputs, nb.cells[index].execution_count = outputs, index + 1

    def _signed(self, outputs):
        """The text among outputs that the sealed kernel has signed; None if there is none."""
        for output in outputs:
            signed, _, text = str(output.get("data", {}).get(MIME, "")).partition(" ")
            if secrets.compare_digest(signed.encode(), signature(text, self._key).encode()):
                return text
        return None

    def _tried(self, call):
        """The cell of the stub, if a student has written in it; else None."""
        for cell in self.nb.cells:
            if is_stub(cell) and grade_id(cell) == call.name:
                return cell if cell.source.strip() not in ("", self._blank.get(call.name)) else None
        return None


def _size(msg):
    """How many of the characters that a cell may print a message takes; the grader keeps what it holds."""
    kind, content = msg["msg_type"], msg["content"]
    if kind == "stream":
        return len(content["text"])
    if kind in ("status", "execute_input"):
        return 0
    parts = content.get("data", content)
    parts = parts.values() if isinstance(parts, dict) else [parts]
    size = sum(len(part) if isinstance(part, str) else len(str(part)) for part in parts)
    return (size + sum(len(buffer) for buffer in msg.get("buffers") or ())) // SHOWN + 100


def _released(resources):
    """The released notebook; nbgrader's converters work in the course folder."""
    names = resources["nbgrader"]
    return released(Path.cwd(), names["assignment"], names["notebook"])
