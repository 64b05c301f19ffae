"""What a check found, as text and as HTML."""

import html
import sys
from dataclasses import dataclass

LOOKS = {  # status -> sign, color; the word is always there as well
    "passed": ("✔", "#009E73"),
    "failed": ("✘", "#D55E00"),
    "not attempted": ("○", "#767676"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What came of a check.

    status   "passed", "failed" or "not attempted"
    mistake  the name of the mistake it was recognized as, or None
    lines    what was found: (label, sentence) each; labels may be empty
    share    of the cases that agree, 0 to 1
    points   what the exercise is worth, or None
    """

    exercise: str
    status: str
    lines: tuple
    share: float = 0.0
    mistake: str | None = None
    points: float | None = None

    @property
    def passed(self):
        """Whether the function is right on all cases."""
        return self.status == "passed"

    @property
    def earned(self):
        """Points for the share of the cases that agree, cut to one decimal."""
        return int(10 * self.share * self.points + 1e-9) / 10

    @property
    def metadata(self):
        """What is stored with the report in a notebook, for counts over a class."""
        told = {"exercise": self.exercise, "status": self.status, "mistake": self.mistake}
        return {"gmmlesson": told | {"share": round(self.share, 4)}}

    @property
    def text(self):
        """The report in plain text."""
        sign, _ = LOOKS[self.status]
        lines = [f"{sign} {self.exercise}: {self.status}"]
        for label, sentence in self.lines:
            lines.append(f"{label}: {sentence}" if label else sentence)
        return "\n".join(lines)

    @property
    def html(self):
        """The report for Jupyter."""
        sign, color = LOOKS[self.status]
        rows = "".join(_row(label, sentence) for label, sentence in self.lines)
        return (
            f'<div role="status" style="border-left: 4px solid {color}; padding: 0.3em 0.9em">'
            f"<strong>{sign} {html.escape(self.exercise)}: {self.status}</strong>{rows}</div>"
        )

    def __repr__(self):
        if self.points is None:
            return f"Report({self.exercise!r}, {self.status!r}, mistake={self.mistake!r})"
        return f"{self.earned:g}"

    def _repr_html_(self):
        return f"<small>{self.earned:g} of {self.points:g} points</small>"

    def _ipython_display_(self):
        if self.points is not None:
            raise NotImplementedError  # to be shown by repr; else `check` has shown it already


def show(text, rich=None, language=None, metadata=None):
    """Display in Jupyter, as HTML or as code where given, and with metadata; print elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    data = {"text/plain": text}
    if language:
        data["text/markdown"] = f"```{language}\n{text}\n```"
    elif rich:
        data["text/html"] = rich
    ipython.display.display(data, raw=True, metadata=metadata)


def _row(label, sentence):
    """A labeled line; what is code, between backticks or indented, is set as code."""
    first, _, code = sentence.partition("\n")
    text = _code(html.escape(first))
    if code:
        text += f'<pre style="margin: 0.2em 0 0.2em 1em">{html.escape(code.strip())}</pre>'
    label = f"<em>{html.escape(label)}:</em> " if label else ""
    return f'<div style="margin-top: 0.25em">{label}{text}</div>'


def _code(text):
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
