"""What an exercise is made of."""

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gmmlesson.exercises.withholding import refuse_if_withheld

OWN = "gmmlesson_own"  # the package that a teacher's own exercises are imported as


class Unreadable(Exception):
    """Raised by `Exercise.read`, with a sentence: the answer does not have the form that was asked for."""


@dataclass(frozen=True, eq=False)
class Case:
    """Arguments on which functions are tried.

    name       completes "Tried on ...": "three points on a line, two components"
    arguments  positional arguments; every function gets its own copy
    """

    name: str
    arguments: tuple


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong function that learners write, and the sentence that helps them."""

    name: str
    function: Callable
    sentence: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise, as data.

    name        what `check` is told; the learner's function is called my_<name>
    reference   the right function, the package's own wherever there is one
    answer      the exercise solved as a learner would: my_<name>, for the instructor's edition
    cases       from easy to mean: the first one that fails is the one that is talked about
    read        (answer, *arguments) -> {part: array}; raises Unreadable. Takes every form that is allowed
    properties  (parts, *arguments) -> a sentence with numbers, or None where the property holds
    mistakes    the bank: where a learner's answers equal a mistake's, its sentence is said
    hints       three, of growing strength
    source      whose source code `solution` shows; None for the reference's
    call        (function, *arguments) -> its answer, where one call cannot tell; may raise Unreadable
    tolerance   {part: (relative, absolute)} where 1e-6 relative, and 1e-9 of the largest, is not right
    off_limits  functions of the package that an answer may not call either, since each is the answer:
                besides reference, answer and source, which no answer may call
    given       the function as the statement hands it out, where it is to be mended: what answers as it
                does on every case earns nothing
    single      whether numbers in float32 are good enough; in float16 they never are. Where they are not,
                `tolerance` decides whether numbers that were *computed* in float32 are told from the right
    """

    name: str
    reference: Callable
    answer: Callable
    cases: tuple[Case, ...]
    read: Callable
    properties: tuple[Callable, ...]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]
    source: object = None
    call: Callable | None = None
    tolerance: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    off_limits: tuple[Callable, ...] = ()
    given: Callable | None = None
    single: bool = True

    @property
    def whose(self):
        """Whose the reference is: "the package", or "the teacher" for one in a teacher's own file."""
        home = getattr(self.reference, "__module__", None) or ""
        return "the teacher" if home.partition(".")[0] == OWN else "the package"

    @property
    def source_text(self):
        """The reference's source, a str. Raises Withheld while solutions are withheld."""
        refuse_if_withheld(self.name)
        return source_of(self.source or self.reference)

    @property
    def answer_text(self):
        """The source of the answer, a str. Raises Withheld while solutions are withheld."""
        refuse_if_withheld(self.name)
        return source_of(self.answer)


def source_of(thing):
    """The source of a function or class, a str, which begins at the left margin."""
    return textwrap.dedent(inspect.getsource(thing)).rstrip()
