"""Every figure of the course, one function each: a function takes data and returns a `Picture`, the figure
with a sentence that says with its numbers what is to be seen.

As the last line of a cell a `Picture` shows itself. `base` has what the figures share; the other modules
follow the lessons.
"""

from gmmlesson.plots.base import *  # noqa: F403
from gmmlesson.plots.convergence import *  # noqa: F403
from gmmlesson.plots.data import *  # noqa: F403
from gmmlesson.plots.e_step import *  # noqa: F403
from gmmlesson.plots.likelihood import *  # noqa: F403
from gmmlesson.plots.m_step import *  # noqa: F403
from gmmlesson.plots.meeting import *  # noqa: F403
from gmmlesson.plots.numerics import *  # noqa: F403
from gmmlesson.plots.picture import *  # noqa: F403
from gmmlesson.plots.priors import *  # noqa: F403
from gmmlesson.plots.real_data import *  # noqa: F403
from gmmlesson.plots.scale import *  # noqa: F403
from gmmlesson.plots.selection import *  # noqa: F403
from gmmlesson.plots.speed import *  # noqa: F403
from gmmlesson.plots.starts import *  # noqa: F403
from gmmlesson.plots.theory import *  # noqa: F403
from gmmlesson.plots.work import *  # noqa: F403
