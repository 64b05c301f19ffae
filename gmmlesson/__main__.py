"""`python -m gmmlesson` is the command `gmmlesson`, for those whose PATH does not have it."""

import sys

from gmmlesson.course.command import main

if __name__ == "__main__":
    sys.exit(main())
