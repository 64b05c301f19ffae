"""A simulated student of JupyterHub, who logs in, starts a server, and runs a lesson without a pause.

What is not simulated: the browser, which loads some MB of JupyterLab, and thinking.
"""

import contextlib
import json
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests
import websocket

import hub

STEPS = ("log in", "start a server", "open the lesson", "start a kernel", "run the lesson")


@dataclass
class Student:
    """One simulated student: seconds since the beginning when each step was done, and what went wrong."""

    name: str
    address: str
    browser: requests.Session = field(default_factory=hub.session)
    seconds: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def attend(self, password: str, lesson: str, together: threading.Barrier) -> None:
        """Go through all steps; the others are waited for at the beginning."""
        together.wait()
        begin = time.perf_counter()
        try:
            for step in self.steps(password, lesson):
                self.seconds[step] = time.perf_counter() - begin
        except Exception as error:
            step = next(step for step in STEPS if step not in self.seconds)
            self.errors.append(f"{step}: {type(error).__name__}: {error}")

    def steps(self, password: str, lesson: str) -> Iterator[str]:
        self.log_in(password)
        yield "log in"
        self.start_server()
        yield "start a server"
        cells = self.open(lesson)
        yield "open the lesson"
        with contextlib.closing(self.start_kernel(lesson)) as kernel:
            yield "start a kernel"
            for number, source in enumerate(cells, 1):
                if problem := execute(kernel, source):
                    self.errors.append(f"code cell {number}: {problem}")
            yield "run the lesson"

    def log_in(self, password: str) -> None:
        self.get("/hub/login")
        form = {"username": self.name, "password": password, "_xsrf": self.xsrf("/hub/")}
        self.browser.post(f"{self.address}/hub/login", data=form, timeout=hub.PATIENCE).raise_for_status()

    def start_server(self) -> None:
        """As the button does, and then watch the progress until the server is ready."""
        self.get(f"/hub/spawn/{self.name}")
        progress = f"/hub/api/users/{self.name}/server/progress"
        with self.get(progress, stream=True, headers={"X-XSRFToken": self.xsrf("/hub/")}) as stream:
            for line in stream.iter_lines():
                event = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
                if event.get("failed"):
                    raise RuntimeError(event.get("message"))
                if event.get("ready"):
                    return
        raise RuntimeError("the progress of the server ended before it was ready")

    def open(self, lesson: str) -> list[str]:
        """JupyterLab's page, then the lesson -> its code cells."""
        self.get(f"/user/{self.name}/lab")
        content = self.get(f"/user/{self.name}/api/contents/{lesson}").json()["content"]
        return [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]

    def start_kernel(self, lesson: str) -> websocket.WebSocket:
        """A kernel for the lesson -> the open connection to it."""
        home, xsrf = f"/user/{self.name}/", self.xsrf(f"/user/{self.name}/")
        wanted = {"path": lesson, "name": lesson, "type": "notebook", "kernel": {"name": "python3"}}
        started = self.browser.post(
            f"{self.address}{home}api/sessions",
            json=wanted,
            headers={"X-XSRFToken": xsrf},
            timeout=hub.PATIENCE,
        )
        started.raise_for_status()
        kernel = started.json()["kernel"]["id"]
        cookies = [cookie for cookie in self.browser.cookies if home.startswith(cookie.path)]
        connection = websocket.create_connection(
            f"{self.address.replace('http', 'ws', 1)}{home}api/kernels/{kernel}/channels"
            f"?session_id={uuid.uuid4().hex}&_xsrf={xsrf}",
            cookie="; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies),
            timeout=hub.PATIENCE,
            http_no_proxy=["127.0.0.1"],
        )
        execute(connection, "")  # answers when the kernel is up
        return connection

    def get(self, path: str, **options) -> requests.Response:
        answer = self.browser.get(f"{self.address}{path}", timeout=hub.PATIENCE, **options)
        answer.raise_for_status()
        return answer

    def xsrf(self, path: str) -> str:
        """The token that shows that a request comes from the page itself."""
        return self.browser.cookies.get("_xsrf", path=path)


def execute(kernel: websocket.WebSocket, source: str) -> str:
    """Run a cell and wait until the kernel is idle again -> what it raised, or an empty text."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
    header |= {"username": "", "session": ""}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    content |= {"user_expressions": {}}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    kernel.send(json.dumps(message | {"channel": "shell"}))
    idle = replied = False
    problem = ""
    while not (idle and replied):
        answer = received(kernel.recv())
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        content = answer["content"]
        match answer["msg_type"]:
            case "status":
                idle = idle or content["execution_state"] == "idle"
            case "execute_reply":
                replied = True
            case "error":
                problem = f"{content['ename']}: {content['evalue']}"
    return problem


def received(frame: str | bytes) -> dict:
    """The message in a frame of the websocket. A binary one holds buffers too, such as an explorer's points.

    It begins with how many parts there are and where each begins, unsigned 32-bit numbers, big end first; the
    first part is the message (jupyter_server.services.kernels.connection.base.serialize_binary_message).
    """
    if isinstance(frame, str):
        return json.loads(frame)
    (parts,) = struct.unpack_from("!I", frame)
    begins = [*struct.unpack_from(f"!{parts}I", frame, offset=4), len(frame)]
    return json.loads(frame[begins[0] : begins[1]])
