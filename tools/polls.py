"""The votes of the guides as a table for any voting tool: `make polls` writes build/polls.tsv.

A row a question, tab-separated: lesson, scene, question, the answers A to D, the letter of the right one.
"""

import sys
from pathlib import Path

from guides import LETTERS, TEACHING, scenes

ROOT = Path(__file__).resolve().parent.parent
HEADER = ["lesson", "scene", "question", *LETTERS, "right"]


def rows(teaching: Path) -> list[list[str]]:
    """The questions of all guides in a folder, lesson by lesson."""
    return [
        [guide.stem[:2], scene.title, vote.question, *vote.answers, vote.right]
        for guide in sorted(teaching.glob("[0-9][0-9]_*.md"))
        for scene in scenes(guide)
        for vote in scene.votes
    ]


def main(target: Path) -> int:
    target.parent.mkdir(exist_ok=True)
    found = rows(TEACHING)
    lines = ["\t".join(row) for row in [HEADER, *found]]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(found)} questions")
    return 0


if __name__ == "__main__":
    sys.exit(main(ROOT / "build" / "polls.tsv"))
