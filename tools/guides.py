"""The teacher's guides as data: scenes, must-do scenes, votes, and the plans of teaching/README.md.

### Whose rod is it? · 11 min        a scene and its minutes

**Must do.** Three percentages ...   one of the three scenes of a lesson that no plan leaves out

**Vote.** Who made it?               a question for the whole room, with four answers, of which one is right

- A. Most probably orange
- B. Blue (right)
- C. Both alike
- D. Nobody
"""

import re
from dataclasses import dataclass
from pathlib import Path

TEACHING = Path(__file__).resolve().parent.parent / "teaching"
LETTERS = "ABCD"
RIGHT = " (right)"
MUST = "**Must do.**"


@dataclass(frozen=True)
class Vote:
    """A question with four answers."""

    place: int  # 1 for the first prediction of the scene
    question: str
    answers: tuple[str, ...]
    right: str  # a letter


@dataclass(frozen=True)
class Scene:
    """A scene as its guide has it; text is Markdown."""

    title: str
    minutes: int
    text: str

    @property
    def must_do(self) -> bool:
        return self.text.startswith(MUST)

    @property
    def votes(self) -> list[Vote]:
        """Raises ValueError for one that has not four answers, A to D, with one of them marked as right."""
        block = r"^\*\*Vote ?(\d*)\.\*\*((?:.+\n)+)\n?((?:- .+\n)*)"
        found = re.findall(block, f"{self.text}\n", re.MULTILINE)
        return [_vote(int(place or 1), question, lines) for place, question, lines in found]


def _vote(place: int, question: str, lines: str) -> Vote:
    question = " ".join(question.split())
    items = re.findall(r"^- ([A-Z])\. (.+)$", lines, re.MULTILINE)
    right = [letter for letter, answer in items if answer.endswith(RIGHT)]
    answers = tuple(answer.removesuffix(RIGHT) for _, answer in items)
    if (
        "".join(letter for letter, _ in items) != LETTERS
        or len(right) != 1
        or len(set(answers)) != len(LETTERS)
    ):
        raise ValueError(
            f'A vote needs four answers, A to D, with "{RIGHT.strip()}" at the end of one: {question}'
        )
    return Vote(place, question, answers, right[0])


def scenes(guide: Path) -> list[Scene]:
    """The scenes of a lesson's guide, in order; none where there is no guide."""
    if not guide.exists():
        return []
    pieces = re.split(r"^### +(.+?) · (\d+) min *$", guide.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [
        Scene(title, int(minutes), re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0].strip())
        for title, minutes, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
    ]


@dataclass(frozen=True)
class Item:
    """A row of a plan."""

    at: int  # minutes after the beginning
    lesson: str  # its two digits, or "" for what belongs to none
    what: str
    minutes: int

    @property
    def exercise(self) -> str:
        """The name of the exercise that is solved now, or ""."""
        match = re.match(r"Exercise `(\w+)`", self.what)
        return match[1] if match else ""


@dataclass(frozen=True)
class Session:
    """One table of a plan; title is the heading above it."""

    title: str
    items: list[Item]


def slug(title: str) -> str:
    """A title in the name of a file: its words before a dot in the middle, in lower case, with hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", title.partition("·")[0].lower()))


def plan(name: str, page: str) -> list[Session]:
    """The sessions of a plan on a page of Markdown: the section whose heading begins with the words of name.

    Raises ValueError, with the names that there are, for another one.
    """
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, flags=re.DOTALL | re.MULTILINE))
    found = {title: _sessions(title, text) for title, text in sections.items()}
    plans = {title: sessions for title, sessions in found.items() if sessions}
    for title, sessions in plans.items():
        if f"{slug(title)}-".startswith(f"{name}-"):
            return sessions
    names = ", ".join(slug(title) for title in plans)
    raise ValueError(
        f"There is no plan {name!r} in teaching/README.md. Its plans, or their first words: {names}."
    )


def _sessions(title: str, text: str) -> list[Session]:
    sessions = []
    for part in re.split(r"^(?=### )", text, flags=re.MULTILINE):
        heading = re.match(r"### (.+)", part)
        rows = re.findall(r"^\| (\d+):(\d\d) \| (\d*) ?\| (.+?) \| (\d+) \|$", part, re.MULTILINE)
        items = [
            Item(60 * int(hour) + int(minute), lesson, what, int(length))
            for hour, minute, lesson, what, length in rows
        ]
        if items:
            sessions.append(Session(heading[1] if heading else title, items))
    return sessions
