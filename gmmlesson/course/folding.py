"""Predict means predict: what explains a cell is folded until the learner opens it.

A scene begins with a heading. From the cell that is run after a **Predict.** to the end of its scene, or to
the next **Predict.**, all Markdown is folded. Headings and questions stay open.
"""

import re

SUMMARY = "Have you predicted, and run the cell? Then open this and compare."
PREDICT = "**Predict"
HEADING = re.compile(r"#{1,6} ")
FENCE = re.compile(r"```|~~~")


def fold(notebook):
    """Fold the explanations of a notebook, a dict as in its file with a str as each source, in place."""
    asked = ran = False
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            ran = asked
        elif cell["cell_type"] == "markdown":
            blocks = split(cell["source"])
            end = explanation(blocks) if ran else 0
            cell["source"] = "\n\n".join(folded(blocks[:end]) + blocks[end:])
            for block in blocks[end:]:
                if PREDICT in block:
                    asked, ran = True, False
                elif HEADING.match(block):
                    asked = ran = False


def predicted(notebook):
    """Indices of the code cells whose outputs somebody was asked to predict: what `fold` takes for run."""
    found, asked = [], False
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and asked:
            found.append(index)
        elif cell["cell_type"] == "markdown":
            for block in split(cell["source"]):
                asked = PREDICT in block or (asked and not HEADING.match(block))
    return found


def split(source):
    """Markdown -> its blocks, which empty lines separate; formulas, code and <details> stay whole."""
    blocks, block, depth, fence, formula = [], [], 0, "", False
    for line in source.splitlines():
        if not (line.strip() or depth or fence or formula):
            blocks.append("\n".join(block))
            block = []
            continue
        block.append(line)
        if marks := FENCE.match(line.lstrip()):
            fence = "" if fence == marks[0] else fence or marks[0]
        elif not fence:
            depth += line.count("<details") - line.count("</details>")
            formula ^= line.count("$$") % 2 == 1
    return [block for block in [*blocks, "\n".join(block)] if block]


def explanation(blocks):
    """How many blocks there are before the first heading, or before the question to predict."""
    for end, block in enumerate(blocks):
        if HEADING.match(block):
            return end
        if PREDICT in block and not is_folded(block):
            while end >= 2 and blocks[end][0].islower() and blocks[end - 1].startswith("$$"):
                end -= 2  # the question is the end of a sentence with a formula in it
            return end
    return len(blocks)


def folded(blocks):
    """The blocks of an explanation -> the same as <details>, unless all of it is folded already."""
    if all(map(is_folded, blocks)):
        return blocks
    return [f"<details><summary>{SUMMARY}</summary>", *blocks, "</details>"]


def is_folded(block):
    return block.startswith("<details")
