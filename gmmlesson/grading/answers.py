"""What a learner's function did with the cases of an exercise, as JSON: from the kernel to the grader.

Only numbers, text and arrays are sent. Nothing is pickled: to read a pickle is to run what its writer wanted.
"""

import base64
import io
from types import SimpleNamespace

import numpy as np

from gmmlesson.exercises.reading import PARTS
from gmmlesson.exercises.running import Outcome

KINDS = {"answer", "raised", "unreadable", "changed", "slow", "stub"}
UNREADABLE = Outcome("unreadable", text="The kernel sent back nothing that can be read.")


def packed(outcome):
    """An Outcome as a dict for JSON."""
    parts = {part: _array(values) for part, values in (outcome.parts or {}).items()}
    sent = {"kind": outcome.kind, "text": outcome.text, "form": outcome.form, "parts": parts}
    return sent | {"answer": _value(outcome.answer)}


def unpacked(sent):
    """The Outcome that a dict from `packed` stands for; where it is anything else, one that is unreadable."""
    try:
        kind, text, form = (str(sent[key]) for key in ("kind", "text", "form"))
        if kind not in KINDS:
            return UNREADABLE
        parts = {str(part): _load(values) for part, values in sent["parts"].items()}
        if any(values.dtype.kind not in "biuf" for values in parts.values()):
            return UNREADABLE
        return Outcome(kind, parts if kind == "answer" else None, text, form, _opened(sent["answer"]))
    except (AttributeError, EOFError, KeyError, TypeError, ValueError):
        return UNREADABLE


def _array(values):
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _load(text):
    return np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False)


def _value(answer):
    """An array, a mixture, a tuple or a list of them for JSON; None for anything else."""
    if isinstance(answer, (tuple, list)):
        return [_value(part) for part in answer]
    if all(hasattr(answer, part) for part in PARTS):
        return {part: _value(getattr(answer, part)) for part in PARTS}
    try:
        return _array(answer)
    except ValueError:  # what NumPy would have to pickle
        return None


def _opened(sent):
    if isinstance(sent, list):
        return tuple(_opened(part) for part in sent)
    if isinstance(sent, dict):
        return SimpleNamespace(**{part: _opened(sent[part]) for part in PARTS})
    return None if sent is None else _load(sent)
