"""Solutions may be withheld until a teacher gives them out: the environment variable GMMLESSON_SOLUTIONS.

Unset, empty or "show", solutions are shown; with any other value, such as "withhold", they are not. It is a
curtain and no lock. What a notebook can import it can read: the package's files lie in the same environment,
`inspect.getsource` prints what is in them, and whoever runs a kernel can change its environment.
"""

import os

SWITCH = "GMMLESSON_SOLUTIONS"


class Withheld(RuntimeError):
    """Raised where the source of a solution is asked for that the teacher has not given out yet."""


def withheld():
    """Whether solutions are withheld now."""
    return os.environ.get(SWITCH, "").strip().lower() not in {"", "show"}


def later(name):
    """What is said in the place of an exercise's solution -> a sentence."""
    return f"The solution of {name} comes later: your teacher gives it out."


def refuse_if_withheld(name):
    """Raise Withheld, with that sentence, if solutions are withheld."""
    if withheld():
        raise Withheld(later(name))


def pointer(name, what):
    """A sentence that points to an exercise's solution, which shows `what`; "" if it is withheld."""
    return "" if withheld() else f'solution("{name}") shows {what}.'
