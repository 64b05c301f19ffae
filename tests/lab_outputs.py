"""What a notebook printed and drew in JupyterLab, read from the page and compared with what is committed.

As strictly as where nbval runs a notebook itself: stdout, stderr and every form of a value but pictures are
compared by its own IPyNbCell.compare_outputs, after the replacements of nbval_sanitize.cfg, in the cells that
it would compare; an error is a problem in any cell. Figures and alt texts are compared by changed_figures,
there and here. Stricter in one thing: a display that was updated is compared as it is at the end, where nbval
stays with what it was at first.
"""

import ast
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile, coalesce_streams, get_sanitize_patterns, nocolors

from notebooks import TESTS, changed_figures, place
from run_nbval import ARCHITECTURES

OUTPUTS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === "code").map(cell => cell.outputs.toJSON())"""
EVALUATE = """async expression => {
    const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
    const request = { code: "", silent: true, user_expressions: { value: expression } };
    const reply = await kernel.requestExecute(request).done;
    return reply.content.user_expressions.value.data["text/plain"];
}"""


def output_problems(page, path: Path, coretype: str, session: pytest.Session, folder: Path) -> list[str]:
    """How the open notebook, all of whose cells were just run, differs from what is committed in `path`.

    `coretype` is the BLAS kernel that its own kernel should run. Changed figures are saved in `folder`.
    """
    outputs = [nbformat.from_dict(cell) for cell in page.evaluate(OUTPUTS)]
    inside = ast.literal_eval(page.evaluate(EVALUATE, ARCHITECTURES))
    expected = [coretype] if coretype != "native" else inside
    problems = [f"asked for {coretype}, and the notebook's kernel ran {inside}"] if inside != expected else []
    notebook = nbformat.read(path, as_version=4)
    return problems + changed_figures(notebook, outputs, folder) + changed_texts(path, outputs, session)


def changed_texts(path: Path, fresh: list, session: pytest.Session) -> list[str]:
    """What nbval says of each cell whose fresh outputs are not those of the notebook file, pictures apart."""
    file = IPyNbFile.from_parent(session, path=path)
    sanitize = (TESTS / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    file.sanitize_patterns.update(get_sanitize_patterns(sanitize))
    problems = []
    for item, outputs in zip(file.collect(), fresh, strict=True):
        where = place(file.nb, item.cell)
        item.colors = nocolors
        problems += [
            f"{where}: raises {output.ename}: {output.evalue}"
            for output in outputs
            if output.output_type == "error"
        ]
        # Where a stream is cut into outputs is chance, so nbval joins the pieces of each, here as there.
        pieces = coalesce_streams(outputs), coalesce_streams(item.cell.outputs)
        if item.options["check"] and not item.compare_outputs(*pieces):
            advice = "store it with `make refresh` if it is right; round where only the last digits differ"
            report = "\n".join(item.comparison_traceback)
            problems.append(f"{where}: prints something else than what is committed; {advice}\n{report}")
    return problems
