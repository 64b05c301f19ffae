"""Mend what students do to the cells of an assignment by accident: split, copy, delete, move, retype them.

nbgrader finds a cell by its `grade_id`. JupyterLab copies this with the cell when it is split or copied, and
loses it with the cell when it is deleted. nbgrader 0.9 takes the metadata off all but the last of doubled
cells, in a form that its own check then refuses; and it gives a missing cell no place in the gradebook unless
`OverwriteCells.add_missing_cells` is set, when it raises if the cell before is missing too. Here each cell of
the assignment is found again, or put back, and no line of a student's is lost.
"""

import ast
import copy

import nbformat

from gmmlesson.grading.assignment import (
    WrongNotebook,
    grade_id,
    is_stub,
    marks,
    parsed,
    sealed_check,
    unify_line_ends,
)
from gmmlesson.grading.selecting import not_installed, only_imports
from gmmlesson.grading.slices import bound

LONG = 100_000  # characters of a cell with code: to read more takes the grader too much memory
ENOUGH = 0.25  # of the assignment's cells, for a notebook to be a submission of it


def mend(notebook, released):
    """Mend a submission in place, after the notebook that was released -> sentences on what was done.

    Afterwards each of nbgrader's cells is there once, with its type and metadata, and locked cells have their
    text. Parts of a split stub follow each other as they did, and one of them is the stub.

    Raises WrongNotebook if it is no submission of this assignment.
    """
    unify_line_ends(notebook)
    refuse_another(notebook, released)
    done = [*_forget_unknown(notebook, released), *_find_lost(notebook, released)]
    done += [*_join_essays(notebook, released), *_keep_one_each(notebook, released)]
    done += [*_restore(notebook, released), *_put_back(notebook, released)]
    done += [*_empty_what_undoes(notebook, released)]
    done += [*_move_checks_behind_stubs(notebook, released), *_put_imports_back(notebook, released)]
    _make_cells_unique(notebook)
    return done


def refuse_another(notebook, released):
    """Raise WrongNotebook, with a sentence, if too little of the assignment is in a notebook."""
    if not notebook.cells:
        raise WrongNotebook("The notebook has no cells.")
    for i, cell in enumerate(notebook.cells, 1):
        parts = cell.get("source"), cell.get("cell_type"), cell.get("metadata")
        if not all(map(isinstance, parts, (str, str, dict))):
            raise WrongNotebook(f"Cell {i} is no cell: its text, its type or its metadata cannot be read.")
        if cell.cell_type == "code" and len(cell.source) > LONG:
            raise WrongNotebook(f"Cell {i} has more than {LONG} characters: ask what they are, and for less.")
    known = {grade_id(cell) for cell in released.cells} - {None}
    texts = {cell.source.strip() for cell in released.cells}
    cells = {cell.get("id") for cell in released.cells} - {None}
    found = sum(cell.source.strip() in texts or cell.get("id") in cells for cell in notebook.cells)
    if not known & {grade_id(cell) for cell in notebook.cells} and found < ENOUGH * len(released.cells):
        raise WrongNotebook(
            "It has none of the cells of this assignment: is it another lesson, or a notebook of their own?"
        )


def _graded(released):
    """{grade_id: cell} of the cells that nbgrader knows, in their order."""
    return {grade_id(cell): cell for cell in released.cells if grade_id(cell)}


def _where(notebook, name):
    """The places of the cells with this grade_id."""
    return [i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name]


def _forget(cell):
    """Make it an ordinary cell."""
    for key in ("nbgrader", "deletable", "editable"):
        cell.metadata.pop(key, None)


def _forget_unknown(notebook, released):
    """Take nbgrader's metadata off cells that the assignment does not have."""
    known = _graded(released)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata and grade_id(cell) not in known:
            if name := grade_id(cell):
                yield f"A cell called {name!r} is not of this assignment: it counts for nothing."
            _forget(cell)


def _find_lost(notebook, released):
    """Give cells that have lost their grade_id their own again: by Jupyter's name of the cell, or by what
    stands in it."""
    for name, original in _graded(released).items():
        if _where(notebook, name):
            continue
        for alike in (_same_cell, _same_purpose):
            found = [
                cell for cell in notebook.cells if not grade_id(cell) and alike(cell, original, released)
            ]
            if found:
                found[-1].metadata["nbgrader"] = copy.deepcopy(original.metadata["nbgrader"])
                yield f"{name}: the cell had lost its name, and has it again."
                break


def _same_cell(cell, original, _):
    return cell.get("id") is not None and cell.get("id") == original.get("id")


def _same_purpose(cell, original, released):
    """Whether a cell has the text of a locked one, defines a stub's function, or answers an essay."""
    if is_stub(original):
        return defines(cell, function_of(original, released))
    if original.cell_type == "markdown" and marks(original).get("solution"):
        return cell.source.startswith(original.source.strip().splitlines()[0])
    return cell.source.strip() == original.source.strip()


def function_of(stub, released):
    """The name of the function that a stub asks for; None if no check names one."""
    for cell in released.cells:
        call = sealed_check(cell)
        if call and call.name == grade_id(stub):
            return call.function
    return None


def defines(cell, function):
    """Whether a code cell defines a function of that name."""
    if cell.cell_type != "code" or function is None:
        return False
    body = parsed(cell.source)
    if body is None:
        return f"def {function}(" in cell.source
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in body)


def binds(cell, function):
    """Whether a code cell gives this name a value: by `def`, by `=`, by an import, within `try` or `if`."""
    if cell.cell_type != "code" or function is None or function not in cell.source:
        return False
    return defines(cell, function) or function in bound(cell.source)


def _join_essays(notebook, released):
    """Put the parts of a split answer into one cell, where the grader reads it."""
    for name, original in _graded(released).items():
        if original.cell_type == "markdown" and marks(original).get("solution"):
            first, *others = [notebook.cells[i] for i in _where(notebook, name)] or [None]
            if others:
                texts = dict.fromkeys(cell.source for cell in (first, *others))  # a copy says nothing new
                first.source = "\n\n".join(texts)
                notebook.cells = [cell for cell in notebook.cells if not any(cell is one for one in others)]
                yield f"{name}: the answer stood in {len(others) + 1} cells, and is in one."
            elif own := _answers_below(notebook, released, first, original):
                texts = [_with_pictures(cell, first) for cell in own]
                first.source = "\n\n".join([original.source, *texts])
                notebook.cells = [cell for cell in notebook.cells if not any(cell is one for one in own)]
                yield f"{name}: the answer stood in a cell of its own, and is in the question's."


def _answers_below(notebook, released, question, original):
    """The student's own Markdown cells below a question without an answer, up to the lesson's next cell."""
    if question is None or question.source.strip() not in ("", original.source.strip()):
        return []
    (place,) = (i for i, cell in enumerate(notebook.cells) if cell is question)
    found = []
    for cell in notebook.cells[place + 1 :]:
        if grade_id(cell) or any(_alike(cell, original) for original in released.cells):
            break
        if cell.cell_type == "markdown" and cell.source.strip():
            found.append(cell)
    return found


def _with_pictures(cell, into):
    """The text of a cell, whose pictures go into another one, under new names where that has the old ones."""
    text, pictures = cell.source, into.setdefault("attachments", {})
    for name, picture in cell.get("attachments", {}).items():
        new = name
        while pictures.get(new, picture) != picture:
            new = f"another-{new}"
        pictures[new] = picture
        text = text.replace(f"attachment:{name}", f"attachment:{new}")
    if not pictures:
        del into["attachments"]
    return text


def _keep_one_each(notebook, released):
    """Where several cells have one grade_id, let one keep it; the others stay, as ordinary cells.

    Parts of a stub that was split within its function are one cell again.
    """
    for name, original in _graded(released).items():
        cells = [notebook.cells[i] for i in _where(notebook, name)]
        if is_stub(original) and _is_cut_through(cells):
            cells[0].source = "\n".join(cell.source for cell in cells)
            notebook.cells = [cell for cell in notebook.cells if not any(cell is one for one in cells[1:])]
            yield f"{name}: the function was cut through, into {len(cells)} cells, and is whole again."
        elif len(cells) > 1:
            kept = cells[-1]
            if is_stub(original):
                function = function_of(original, released)
                kept = next((cell for cell in reversed(cells) if defines(cell, function)), cells[0])
            elif same := [cell for cell in cells if cell.source.strip() == original.source.strip()]:
                kept = same[-1]
            for cell in cells:
                if cell is not kept:
                    _forget(cell)
            yield f"{name}: {len(cells)} cells had this name; one of them has it now."


def _is_cut_through(cells):
    """Whether these cells are Python only together."""
    whole = "\n".join(cell.source for cell in cells)
    return any(parsed(cell.source) is None for cell in cells) and parsed(whole) is not None


def _restore(notebook, released):
    """Give each cell its type and metadata, and its text where that is locked."""
    originals, cells = _graded(released), []
    for cell in notebook.cells:
        original = originals.get(grade_id(cell))
        if original is None:
            cells.append(cell)
            continue
        name = grade_id(cell)
        locked = not marks(original).get("solution")
        if marks(cell) != marks(original):
            yield f"{name}: nbgrader's metadata had changed."
        if cell.cell_type != original.cell_type:
            yield f"{name}: it had become a cell of {cell.cell_type}."
        if locked and cell.source.strip() != original.source.strip():
            yield f"{name}: its text had changed; what was written there stands in a cell before it."
            cells.append(_plain(cell))
        if not locked and original.cell_type == "markdown" and not cell.source.strip():
            cell.source = original.source  # wiped: as good as no answer
        mended = copy.deepcopy(original)
        mended.source = original.source if locked else cell.source
        mended |= {key: cell[key] for key in ("attachments", "id") if key in cell}
        cells.append(mended)
    notebook.cells = cells


def _plain(cell):
    """An ordinary cell of the same type with what the student wrote."""
    new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return new.get(cell.cell_type, nbformat.v4.new_raw_cell)(cell.source)


def _put_back(notebook, released):
    """Put each missing cell behind the one that it followed; a missing stub is a blank one.

    It is empty where its function's name is bound in another cell, which a blank one below would undo.
    """
    for i, original in enumerate(released.cells):
        name = grade_id(original)
        if name and not _where(notebook, name):
            back = copy.deepcopy(original)
            function = function_of(original, released) if is_stub(original) else None
            if any(binds(cell, function) for cell in notebook.cells):
                back.source = ""
            notebook.cells.insert(_end_of(notebook, released.cells[:i]), back)
            yield f"{name}: the cell was missing, and was put back."


def _empty_what_undoes(notebook, released):
    """Empty a blank stub, or a copy of one, below a cell of the student's that binds the same name."""
    for original in filter(is_stub, released.cells):
        name, function, written = grade_id(original), function_of(original, released), False
        for cell in notebook.cells:
            if cell.source.strip() == original.source.strip():
                if written:
                    cell.source = ""
                    yield f"{name}: a blank stub stood below the function, and is empty."
            else:
                written = written or binds(cell, function)


def _put_imports_back(notebook, released):
    """Put missing imports of the lesson at the top, where they replace nothing that a student binds.

    So are those whose cell now imports what is not installed here, too: it may stop before the others.
    """
    missing, strange = [], set()
    for original in released.cells:
        if original.cell_type != "code" or marks(original) or not only_imports(original.source):
            continue
        alike = [cell for cell in notebook.cells if _alike(cell, original)]
        if not alike:
            missing.append(original)
        elif unknown := not_installed(alike[0].source):
            strange.update(unknown)
            notebook.cells.insert(0, copy.deepcopy(original))
    if missing:
        notebook.cells[:0] = copy.deepcopy(missing)
        yield "The lesson's imports were missing, and were put back."
    if strange:
        names = ", ".join(sorted(strange))
        yield f"The lesson's imports stand above those of {names}, too, in case it is not there."


def _end_of(notebook, cells):
    """The place behind the last of these cells that the notebook has; 0 if it has none."""
    for original in reversed(cells):
        for i, cell in enumerate(notebook.cells):
            same = grade_id(cell) == grade_id(original) if grade_id(original) else _alike(cell, original)
            if same:
                return i + 1
    return 0


def _alike(cell, original):
    """Whether it is a cell of the lesson, by Jupyter's name of it or by its text."""
    return _same_cell(cell, original, None) or cell.source.strip() == original.source.strip()


def _move_checks_behind_stubs(notebook, released):
    """A check that stands above what it checks would find a blank stub, or nothing."""
    for original in released.cells:
        call = sealed_check(original)
        if call is None:
            continue
        (place,) = _where(notebook, grade_id(original))
        blank = {cell.source.strip() for cell in released.cells if grade_id(cell) == call.name}
        written = [
            i
            for i, cell in enumerate(notebook.cells)
            if binds(cell, call.function) and cell.source.strip() not in blank
        ]
        if written and min(written) > place:
            check = notebook.cells.pop(place)
            notebook.cells.insert(max(written), check)
            yield f"{grade_id(original)}: it stood above what it checks, and stands below."


def _make_cells_unique(notebook):
    """Jupyter's own names of cells are to be there once each; older notebooks have none."""
    seen = set()
    for cell in notebook.cells:
        if cell.get("id") in seen or (cell.get("id") is None and notebook.nbformat_minor >= 5):
            cell["id"] = nbformat.v4.new_code_cell().id
        seen.add(cell.get("id"))
    if notebook.nbformat_minor < 5:
        for cell in notebook.cells:
            cell.pop("id", None)
