"""The learner's course folder: its lessons, laid out and updated, and what has passed."""

from gmmlesson.course.laying_out import lay_out
from gmmlesson.course.progress import progress
from gmmlesson.folder import FolderError

__all__ = ["FolderError", "lay_out", "progress"]
