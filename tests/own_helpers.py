"""What the tests of a teacher's own exercises share: the example and its answer."""

from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "teaching" / "own_exercises"
SOURCE = (EXAMPLE / "point_entropy.py").read_text(encoding="utf-8")
ANSWER = SOURCE[SOURCE.index("def my_point_entropy") : SOURCE.index("# --- What goes wrong")]
