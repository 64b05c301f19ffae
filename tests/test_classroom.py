"""The simulated class, and the memory of lessons: what can be tested without a JupyterHub."""

import json
import os
import re

import pytest
from jupyter_server.services.kernels.connection.base import serialize_binary_message
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

import classroom
import editions
import hub
import lesson_memory
import refresh
import student
from student import Student


def test_processes_are_told_apart():
    assert classroom.kind(["python", "-m", "ipykernel_launcher", "-f", "kernel.json"]) == "kernel"
    server = hub.SERVER.format(packages="/x")
    assert classroom.kind(["python", "-c", server, "--allow-root"]) == "server"
    assert classroom.kind(["node", "/x/configurable-http-proxy", "--ip", "127.0.0.1"]) == "proxy"
    assert classroom.kind(["python", "-m", "jupyterhub", "--config", "c.py"]) == "hub"


def test_the_hub_listens_on_this_machine_only(tmp_path):
    text = hub.configuration(hub.free_ports(3), tmp_path, tmp_path, "/packages")
    compile(text, "jupyterhub_config.py", "exec")
    addresses = re.findall(r'_url = "(\w+://.*?)"', text)
    assert len(addresses) == 4
    assert all(re.match(r"http://127\.0\.0\.1:\d+$|sqlite:///", address) for address in addresses)
    assert ("--allow-root" in text) == (os.name == "posix" and os.geteuid() == 0)


def test_the_figures_of_a_class():
    students = [Student(f"student{i}", "") for i in range(3)]
    for i, each in enumerate(students):
        each.seconds = {step: 10.0 * number + i for number, step in enumerate(student.STEPS)}
    memory = {"hub": [100], "proxy": [20], "server": [50, 60, 70], "kernel": [100, 100, 130]}
    used = {kind: [classroom.Use(size, 0.1 * size) for size in sizes] for kind, sizes in memory.items()}
    text = classroom.table(students, "PSS", used)
    lines = {line[:22].strip(): line[22:].split() for line in text.splitlines()}
    assert lines["run the lesson"] == ["41.0", "42.0"]
    assert lines["a server"] == ["60", "6.0"]
    assert lines["a student"] == ["170", "17.0"]
    assert lines["hub and proxy"] == ["120", "12.0"]


def test_nobody_is_in_the_figures_of_a_class_that_did_not_begin():
    nothing = {"hub": [], "proxy": [], "server": [], "kernel": []}
    assert len(classroom.table([Student("student01", "")], "RSS", nothing).splitlines()) == 3


class Kernel:
    """Answers like the websocket of a kernel: also to somebody else, and idle before the reply."""

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), None

    def send(self, text):
        self.sent = json.loads(text)

    def recv(self):
        kind, content = self.answers.pop(0)
        mine = {"msg_id": "another's"} if kind == "other" else {"msg_id": self.sent["header"]["msg_id"]}
        answer = {"msg_type": kind.replace("other", "error"), "parent_header": mine, "content": content}
        return json.dumps(answer)


def test_a_cell_is_done_when_the_kernel_replied_and_is_idle():
    busy, idle = ({"execution_state": state} for state in ("busy", "idle"))
    error = {"ename": "NameError", "evalue": "x"}
    kernel = Kernel(("status", busy), ("other", error), ("status", idle), ("execute_reply", {}), ("left", {}))
    assert student.execute(kernel, "1 + 1") == ""
    assert kernel.sent["content"]["code"] == "1 + 1"
    assert [kind for kind, _ in kernel.answers] == ["left"]
    kernel = Kernel(("error", error), ("execute_reply", {}), ("status", idle))
    assert student.execute(kernel, "x") == "NameError: x"


def test_frames_with_buffers_are_read():
    """As an explorer opens its side of the page: its points come as bytes, in a binary frame."""
    message = {"msg_type": "comm_open", "parent_header": {}, "content": {"data": "é"}}
    points = [memoryview(b"\x80\x81\xff"), memoryview(b"")]
    assert student.received(serialize_binary_message(message | {"buffers": points})) == message
    assert student.received(json.dumps(message)) == message


def test_a_cell_that_sends_buffers_is_done_too():
    kernel = Kernel(("comm_open", {}), ("execute_reply", {}), ("status", {"execution_state": "idle"}))
    text = kernel.recv

    def binary():
        return serialize_binary_message(json.loads(text()) | {"buffers": [memoryview(b"\xff\xfe")]})

    kernel.recv = binary
    assert student.execute(kernel, "EMExplorer(X)") == ""


# --- The memory of a lesson ----------------------------------------------------------------------


def lesson_of(path, *sources):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    editions.write(path, refresh.to_text(notebook))
    return path


def test_what_a_lesson_holds_is_told_from_what_it_had_for_a_while(tmp_path):
    """100 MiB that stay, 200 that go, and a process that the kernel starts."""
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', '{}'], check=True)"
    path = lesson_of(
        tmp_path / "lesson.ipynb",
        "import time\nkept = bytearray(b'x') * (100 << 20)",
        "gone = bytearray(b'x') * (200 << 20)\ntime.sleep(0.2)\ndel gone",
        child.format("import time; x = bytearray([1]) * (400 << 20); time.sleep(0.2)"),
    )
    empty = lesson_memory.of_lesson(lesson_of(tmp_path / "empty.ipynb", "import time"))
    memory = lesson_memory.of_lesson(path)
    assert memory.at_the_end - empty.at_the_end == pytest.approx(100, abs=15)
    assert memory.at_most - memory.at_the_end == pytest.approx(400, abs=30)
    assert memory.cpu > empty.cpu > 0


def test_a_lesson_that_raises_is_not_measured(tmp_path):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        lesson_memory.of_lesson(lesson_of(tmp_path / "lesson.ipynb", "1 / 0"))


def test_unknown_lessons_are_refused(capsys):
    with pytest.raises(SystemExit):
        lesson_memory.main(["02", "77"])
    assert "there is no lesson 77" in capsys.readouterr().err
