"""Every lesson, executed by nbval under one BLAS kernel; its stored form; its figures.

In JupyterLab they run under another one, and are compared there: test_lab.py. The second half of this file
breaks small notebooks on purpose, to see each check go red.
"""

import io
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from ipykernel.ipkernel import IPythonKernel
from nbconvert import ScriptExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbval.plugin import get_sanitize_patterns

import refresh
from notebooks import (
    LESSONS,
    LIMIT,
    ROOT,
    TIMING,
    UNCHECKED,
    WIDGET,
    architecture,
    blas_kernels,
    changed_figures,
    code_cells,
    difference,
    figure_problem,
    figures,
    output_text,
    pixels,
    place,
    read,
    run,
    save_figures,
    tags,
)

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
first_kernel = pytest.mark.parametrize("kernel", blas_kernels()[:1])


# --- The lessons, executed -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def executed(tmp_path_factory, summary):
    """executed(lesson, kernel) -> Run, each of which is made once."""
    folder = tmp_path_factory.mktemp("executed")
    runs = {}

    def run_once(lesson, kernel):
        if (lesson, kernel) not in runs:
            runs[lesson, kernel] = run(lesson, kernel, folder)
        return runs[lesson, kernel]

    yield run_once
    for kernel in dict.fromkeys(kernel for _, kernel in runs):
        seconds = [one.seconds for (_, other), one in runs.items() if other == kernel]
        summary.append(f"lessons run under {kernel}: {len(seconds)}, in {sum(seconds):.1f} s")


@first_kernel
@each_lesson
def test_prints_what_is_committed(lesson, kernel, executed):
    result = executed(lesson, kernel)
    if not result.passed:
        pytest.fail(
            f"{lesson.name} prints something else than what is committed, under the BLAS kernel {kernel}.\n"
            "If the new output is right, store it with `make refresh`. If only the last digits differ, the\n"
            "lesson prints more digits than machines agree on: round. (nbval counts code cells from 0.)\n\n"
            + result.report,
            pytrace=False,
        )


@first_kernel
@each_lesson
def test_draws_the_figures_that_are_committed(lesson, kernel, executed, tmp_path):
    problems = changed_figures(read(lesson), executed(lesson, kernel).outputs, tmp_path)
    assert not problems, f"{lesson.name}, BLAS kernel {kernel}:\n" + "\n".join(problems)


@first_kernel
@each_lesson
def test_runs_under_the_blas_kernel_it_was_asked_to(lesson, kernel, executed):
    inside = executed(lesson, kernel).architectures
    expected = [kernel] if kernel != "native" else inside
    assert inside == expected, f"asked for {kernel}, and the notebook's kernel ran {inside}"


@pytest.mark.parametrize("lesson", LESSONS[:3:2], ids=lambda path: path.stem)
def test_nbval_by_hand(lesson, tmp_path):
    """`pytest --nbval notebooks/`, as people know it; two lessons stand for all, which are run above."""
    command = [sys.executable, "-m", "pytest", "--nbval", lesson, "-q", "-p", "no:cacheprovider"]
    environment = os.environ | refresh.neutral_environment(tmp_path)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert f"{len(code_cells(read(lesson)))} passed" in done.stdout


def test_two_blas_kernels_where_openblas_is_on_x86(summary):
    kernels = blas_kernels()
    summary.append(f"BLAS kernels: {', '.join(kernels)}")
    if platform.machine().lower() in {"x86_64", "amd64"} and architecture("native"):
        assert len(kernels) == 2


# --- The lessons, as stored ----------------------------------------------------------------------


def test_lessons_are_numbered():
    assert LESSONS, "notebooks/ holds no lessons"
    for lesson in LESSONS:
        assert re.fullmatch(r"\d\d_[a-z0-9_]+", lesson.stem), f"{lesson.name}: name it like 02_e_step.ipynb"
    numbers = [int(lesson.stem[:2]) for lesson in LESSONS]
    assert len(set(numbers)) == len(numbers), f"a number is doubled: {numbers}"
    assert numbers[0] in (0, 1), f"the first lesson should have number 0 or 1, not {numbers[0]}"


@each_lesson
def test_is_stored_clean(lesson):
    problems = storage_problems(lesson.read_text(encoding="utf-8"))
    assert not problems, f"{lesson.name} (`make refresh` mends most of this):\n" + "\n".join(problems)


LEAKS = {
    r"\b0x[0-9a-fA-F]{6,}": "the address of an object",
    r"(?<![\w./:])/(?:home|Users|root|tmp|var|usr|opt|work|mnt|private)/\w": "an absolute path",
    r"\b[A-Z]:\\\w": "an absolute path",
}


def storage_problems(text: str) -> list[str]:
    """What is wrong with a stored notebook before anybody runs it."""
    notebook = nbformat.reads(text, as_version=4)
    problems = []
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        problems.append(f"not a valid notebook: {error.message}")
    ids = [cell.get("id") for cell in json.loads(text)["cells"]]  # reading with nbformat mends doubled ids
    if len(set(ids)) < len(ids):
        problems.append("two cells have the same id")
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        problems.append(f"execution counts should run 1, 2, ..., {len(counts)}; they are {counts}")
    for cell in notebook.cells:
        if not cell.source.strip():
            problems.append(f"{place(notebook, cell)}: an empty cell")
    for cell in code_cells(notebook):
        where = place(notebook, cell)
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"{where}: raises {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                problems.append(f"{where}: prints to stderr: {output.text.strip()[:200]}")
            for pattern, name in LEAKS.items():
                if leak := re.search(pattern, output_text(output)):
                    problems.append(f"{where}: prints {name}, {leak[0]}...")
        other_tags = [tag for tag in tags(cell) if tag != UNCHECKED]
        if any(tag.lower().startswith(("nbval", "raises")) for tag in other_tags) or re.search(
            r"#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source
        ):
            problems.append(f"{where}: of nbval's markers only the tag {UNCHECKED} is allowed")
        if UNCHECKED in tags(cell) and not (WIDGET.search(cell.source) or TIMING.search(cell.source)):
            problems.append(f"{where}: is tagged {UNCHECKED}, but shows neither a widget nor a timing")
    if not problems and refresh.to_text(refresh.normalize(notebook)) != text:
        problems.append("not in the form that tools/refresh.py writes: metadata, streams, layout")
    return problems


@each_lesson
def test_no_picture_is_shown_twice(lesson):
    drawn = [picture for cell in code_cells(read(lesson)) for picture in figures(cell.outputs)]
    assert len(set(drawn)) == len(drawn)


@each_lesson
def test_widgets_have_a_still_picture_for_readers_without_them(lesson):
    notebook = read(lesson)
    for cell in code_cells(notebook):
        if UNCHECKED in tags(cell) and WIDGET.search(cell.source):
            assert len(figures(cell.outputs)) == 1, f"{place(notebook, cell)}: `make refresh` stores it"


# --- Do the checks see what they should? ---------------------------------------------------------


def write(path, *cells):
    """A notebook file with these cells: source, or (source, tag)."""
    cells = [(cell,) if isinstance(cell, str) else cell for cell in cells]
    cells = [new_code_cell(source, metadata={"tags": names}) for source, *names in cells]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A refreshed notebook with numbers, a figure and a widget."""
    path = write(
        tmp_path_factory.mktemp("sample") / "sample.ipynb",
        "import matplotlib.pyplot as plt\nimport numpy as np\nfrom gmmlesson import sliders\nvalue = 1.5",
        "print(value)",
        "print(np.round(np.linalg.inv(np.eye(3) + 0.1), 4))\nnp.float64(2.5)",
        "from IPython.display import display\nfig, ax = plt.subplots()\nax.plot([0, value], [0, 1], 'o')\n"
        "display(fig, metadata={'image/png': {'alt': f'two points, {value}'}})\nplt.close(fig)",
        ("sliders.two_humps()", UNCHECKED),
    )
    assert refresh.main([str(path)]) == 0
    return path


def test_refresh_twice_changes_no_byte(sample):
    before = sample.read_bytes()
    assert not refresh.refresh(sample)
    assert sample.read_bytes() == before
    assert storage_problems(before.decode()) == []


def test_refresh_stores_no_random_identifier(sample):
    (widget,) = read(sample).cells[-1].outputs
    assert sorted(widget.data) == ["image/png", "text/html", "text/plain"]
    assert sorted(widget.metadata["image/png"]) == ["alt", "width"]


def test_refresh_fails_loudly_and_leaves_the_file_alone(tmp_path, capsys):
    path = write(tmp_path / "raises.ipynb", "a = 1", "a / 0")
    before = path.read_bytes()
    assert refresh.main([str(path)]) == 1
    assert path.read_bytes() == before
    message = capsys.readouterr().err
    assert "a / 0" in message
    assert "ZeroDivisionError" in message


def test_outputs_can_be_kept(sample, tmp_path):
    """After a change of the text nothing has to be run again: all else stays, byte for byte."""
    notebook = read(sample)
    notebook.cells[1].source = "raise SystemError  # never run"
    notebook.metadata.language_info.version = "3.0.0"
    edited = tmp_path / "edited.ipynb"
    nbformat.write(notebook, edited)
    assert refresh.main(["--keep-outputs", str(edited)]) == 0
    stored = sample.read_text(encoding="utf-8").replace("print(value)", "raise SystemError  # never run", 1)
    assert edited.read_text(encoding="utf-8") == stored


def test_what_is_said_of_the_language_is_what_a_kernel_says_of_it():
    """All but the version, which depends on the machine."""
    said = dict(IPythonKernel.language_info)
    del said["version"]
    assert refresh.METADATA["language_info"] == said


def test_a_lesson_becomes_a_script_in_python():
    script, resources = ScriptExporter().from_filename(LESSONS[0])
    assert resources["output_extension"] == ".py"
    compile(script, LESSONS[0].name, "exec")


def test_normalize_drops_the_traces_of_an_editor():
    metadata = {"scrolled": True, "tags": ["x"], "execution": {"iopub.execute_input": "a date"}}
    cell = new_code_cell("1", execution_count=7, metadata=metadata)
    cell.outputs = [new_output("stream", text="a"), new_output("stream", text="b\n")]
    notebook = new_notebook(cells=[new_markdown_cell("Text"), cell], metadata={"widgets": {"state": {}}})
    notebook.metadata.language_info = {"name": "python", "version": "3.0.0"}
    stored = refresh.normalize(notebook)
    assert stored.metadata == refresh.METADATA
    assert stored.cells[1].metadata == {"tags": ["x"]}
    assert stored.cells[1].execution_count == 1
    assert [output.text for output in stored.cells[1].outputs] == ["ab\n"]
    assert [cell.id for cell in stored.cells] == [cell.id for cell in notebook.cells]


def test_an_untouched_notebook_passes(sample, tmp_path):
    result = run(sample, blas_kernels()[0], tmp_path)
    assert result.passed, result.report
    assert changed_figures(read(sample), result.outputs, tmp_path) == []


def test_changed_numbers_and_figures_are_seen_and_shown(sample, tmp_path):
    notebook = read(sample)
    notebook.cells[0].source = notebook.cells[0].source.replace("value = 1.5", "value = 1.4")
    nbformat.write(notebook, tmp_path / "changed.ipynb")
    result = run(tmp_path / "changed.ipynb", blas_kernels()[-1], tmp_path)
    assert not result.passed
    assert re.search(r"'?1\.5\\?n?'? == '?1\.4", result.report) or ("- 1.4" in result.report), result.report
    problems = changed_figures(notebook, result.outputs, tmp_path)
    assert any("alt text has changed" in problem for problem in problems)
    (moved,) = [problem for problem in problems if "differs most around" in problem]
    assert "In [4]" in moved
    assert "-difference.png" in moved


def test_only_negative_zeros_are_sanitized():
    config = Path(__file__).with_name("nbval_sanitize.cfg").read_text(encoding="utf-8")
    text = "-0.000 -0.0 [-0. 1.] -0.001 1e-05 x-0.0"
    for pattern, replacement in get_sanitize_patterns(config):
        text = re.sub(pattern, replacement, text)
    assert text == "0.000 0.0 [0. 1.] -0.001 1e-05 x-0.0"


def test_a_figure_too_few_is_seen(sample, tmp_path):
    notebook = read(sample)
    result = run(sample, blas_kernels()[0], tmp_path)
    result.outputs[3].clear()
    assert "1 figures are committed, 0 were drawn" in changed_figures(notebook, result.outputs, tmp_path)[0]


def test_the_still_picture_of_a_widget_is_compared(sample, tmp_path):
    notebook = read(sample)
    result = run(sample, blas_kernels()[0], tmp_path)
    assert changed_figures(notebook, result.outputs, tmp_path) == []
    notebook.cells[4].outputs[0].data["image/png"] = notebook.cells[3].outputs[0].data["image/png"]
    notebook.cells[4].outputs[0].metadata["image/png"]["alt"] = "Another."
    problems = changed_figures(notebook, result.outputs, tmp_path)
    assert len(problems) == 2 and all("In [5]" in problem for problem in problems)
    del notebook.cells[4].outputs[0].data["image/png"]
    assert "0 figures are committed, 1 were drawn" in changed_figures(notebook, result.outputs, tmp_path)[0]


SPOILED = {
    "execution counts": lambda notebook: notebook.cells[1].update(execution_count=9),
    "are [1, 2, 3, 4, None]": lambda notebook: notebook.cells[4].update(execution_count=None),
    "an empty cell": lambda notebook: notebook.cells[1].update(source=" "),
    "to stderr": lambda notebook: notebook.cells[1].outputs[0].update(name="stderr"),
    "raises Oops": lambda notebook: notebook.cells[1].outputs.append(new_output("error", ename="Oops")),
    "address of an object": lambda notebook: notebook.cells[1].outputs[0].update(text="<A at 0x7f12ab34>"),
    "an absolute path": lambda notebook: notebook.cells[1].outputs[0].update(text="in /home/me/x.py"),
    "neither a widget nor a timing": lambda notebook: notebook.cells[1].metadata.update(tags=[UNCHECKED]),
    "only the tag": lambda notebook: notebook.cells[1].metadata.update(tags=["nbval-skip"]),
    "of nbval's markers": lambda notebook: notebook.cells[1].update(source="# NBVAL_IGNORE_OUTPUT\nprint(1)"),
    "form that tools/refresh.py": lambda notebook: notebook.metadata.update(widgets={"state": {}}),
    "metadata, streams": lambda notebook: notebook.metadata.language_info.update(version="3.0"),
    "not a valid notebook": lambda notebook: notebook.cells[1].metadata.update(tags="not a list"),
}


@pytest.mark.parametrize("message", SPOILED)
def test_spoiled_storage_is_seen(message, sample):
    notebook = read(sample)
    SPOILED[message](notebook)
    problems = storage_problems(refresh.to_text(notebook))
    assert any(message in problem for problem in problems), problems


def test_doubled_ids_are_seen(sample):
    first, second = (cell.id for cell in read(sample).cells[:2])
    text = sample.read_text(encoding="utf-8").replace(second, first)
    with pytest.warns(nbformat.warnings.DuplicateCellId):
        assert "two cells have the same id" in storage_problems(text)


# --- Does the comparison of figures see what it should? ------------------------------------------


def scatter(shift=0.0, line="#0072B2", label="component 2", offset=0.0, size=10, tick=None) -> bytes:
    """A picture like the course's: a pale cloud, a curve, a mean with its label; 144 pixels a unit."""
    fig = plt.figure(figsize=(6, 4), dpi=144)
    ax = fig.add_axes((1 / 12, 1 / 8, 5 / 6, 3 / 4), xlim=(0, 5), ylim=(0, 3))
    cloud = np.random.default_rng(0).normal((2.5, 1.5), 0.5, (300, 2)) + offset
    cloud[0] = 4.2 + shift, 2.5
    ax.scatter(*cloud.T, s=9, alpha=0.4, color="#9A9A9A", linewidths=0)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(2.5 + offset + np.cos(angle), 1.5 + offset + np.sin(angle), "--", color=line)
    ax.plot(2.5, 1.5, "s", color="#D55E00")
    ax.text(2.6, 1.6, label, fontsize=size)
    if tick:
        ax.set_xticks(range(6), [*range(5), tick])
    file = io.BytesIO()
    fig.savefig(file)
    plt.close(fig)
    return file.getvalue()


def test_same_picture_up_to_smoothed_edges():
    expected = scatter()
    assert figure_problem(expected, expected) == ""
    assert figure_problem(expected, scatter(offset=1e-6)) == ""
    assert figure_problem(expected, scatter(offset=0.1 / 144)) == ""  # a tenth of a pixel
    noisy = pixels(expected)
    edges = (noisy.min(axis=2) > 0.05) & (noisy.max(axis=2) < 0.95)
    noisy[edges] += np.random.default_rng(0).uniform(-0.2, 0.2, noisy[edges].shape)
    assert difference(pixels(expected), noisy.clip(0, 1)).max() < LIMIT


@pytest.mark.parametrize(
    "change",
    [
        {"shift": 5 / 144},  # one pale dot, five pixels
        {"line": "#CC79A7"},
        {"label": ""},
        {"label": "component 3"},
        {"offset": 2 / 144},
        {"size": 11},
        {"tick": "6"},
    ],
    ids=str,
)
def test_another_picture(change):
    assert "differs most around" in figure_problem(scatter(), scatter(**change))


def test_another_size():
    small = io.BytesIO()
    plt.imsave(small, np.zeros((1, 1, 3)))
    assert figure_problem(scatter(), small.getvalue()) == "size 864 x 576 became 1 x 1 pixels"


def test_the_difference_is_saved_to_look_at(tmp_path):
    paths = list(save_figures(scatter(), scatter(shift=0.1), tmp_path / "new", "figure"))
    assert [path.stat().st_size > 0 for path in paths] == [True] * 3
