"""The rules of form that every lesson keeps. Each is a function: Lesson -> the places where it is broken.

The docstring of a rule is its sentence in the failure message: it says what to do.
"""

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from notebooks import UNCHECKED, WIDGET, alt_texts, code_cells, figures, output_text, place, read, tags

RULES = []
BOX = "You will do", "You will learn", "You need", "Time"
OTHERS = "What others call it"
EXERCISE = "exercise"  # on the cells of an exercise, which are as long as the exercise needs
NUMBER_TAG = "quoted-number"  # on a cell whose numbers are quoted from elsewhere
VERBS = set(
    re.findall(
        r"\w+",
        """
        accelerate add agree ask assign begin break build change check choose climb compare compute converge
        count decide derive do draw estimate explain fail fill find fit follow generate get give go grow
        guess improve initialize invent know learn let look make measure meet mend model move pick play
        predict prove put reach read recover repair repeat replay run sample scale see share show solve sort
        split start stop take tell test toss try turn understand update use wait walk watch weigh write
        """,
    )
)
BANNED = r"simply|just|obviously|note that|it is important to"
ENVIRONMENTS = set(
    re.findall(
        r"\S+",
        """
        align align* alignat alignat* aligned array bmatrix Bmatrix cases equation equation* gather gather*
        gathered matrix multline multline* pmatrix smallmatrix split vmatrix Vmatrix
        """,
    )
)


@dataclass(frozen=True)
class Lesson:
    """A notebook as the rules see it."""

    path: Path
    notebook: object

    @cached_property
    def markdown(self) -> list:
        return [cell for cell in self.notebook.cells if cell.cell_type == "markdown"]

    @cached_property
    def code(self) -> list:
        return code_cells(self.notebook)

    @cached_property
    def told(self) -> list:
        """The cells of the lesson itself, without its exercises."""
        return [cell for cell in self.notebook.cells if EXERCISE not in tags(cell)]

    @cached_property
    def headings(self) -> list[tuple[object, int, str]]:
        """(cell, level, text) of each heading."""
        return [
            (cell, len(marks), text.strip())
            for cell in self.markdown
            for marks, text in re.findall(r"^(#{1,6}) +(.+?) *#*$", without_code(cell.source), re.MULTILINE)
        ]

    @cached_property
    def number(self) -> int:
        return int(self.path.stem[:2])

    @cached_property
    def next(self) -> Path | None:
        return next(iter(self.path.parent.glob(f"{self.number + 1:02d}_*.ipynb")), None)

    def at(self, cell) -> str:
        return place(self.notebook, cell)


def rule(function):
    RULES.append(function)
    return function


# --- Taking text apart ---------------------------------------------------------------------------


def without_code(markdown: str) -> str:
    markdown = re.sub(r"^(```|~~~).*?^\1", " ", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", " ", markdown, flags=re.DOTALL)


def without_math(markdown: str) -> str:
    markdown = re.sub(r"\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    return re.sub(r"(?<!\\)\$[^$]*?(?<!\\)\$", " ", markdown)


def prose(markdown: str) -> str:
    """What is read aloud: no code, no formulas, no HTML tags, no link targets."""
    text = without_math(without_code(markdown))
    text = re.sub(r"<!--.*?-->|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)


def words(markdown: str) -> int:
    return len(re.findall(r"[^\W\d_][\w'’-]*", prose(markdown)))


def unfolded(markdown: str) -> str:
    return re.sub(r"<details.*?</details>", " ", markdown, flags=re.DOTALL)


def lines(source: str) -> int:
    """Lines of code that are read: neither empty nor a comment."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in source.splitlines())


# --- Length --------------------------------------------------------------------------------------


@rule
def few_cells(lesson: Lesson) -> Iterator[str]:
    """At most 34 cells, not counting those of the exercises: join what belongs to one idea, or cut."""
    if (count := len(lesson.told)) > 34:
        yield f"{count} cells"


@rule
def length_of_the_prose(lesson: Lesson) -> Iterator[str]:
    """700 to 1,700 words of prose, without exercises, code, formulas and what is folded away in <details>."""
    told = (cell for cell in lesson.told if cell.cell_type == "markdown")
    count = sum(words(unfolded(cell.source)) for cell in told)
    if not 700 <= count <= 1700:
        yield f"{count} words"


@rule
def a_few_scenes(lesson: Lesson) -> Iterator[str]:
    """6 to 9 scenes, each under a heading of level 2 before the recap: more of them are two lessons."""
    scenes = [text for cell, level, text in lesson.headings if level == 2 and EXERCISE not in tags(cell)]
    ends = [i for i, text in enumerate(scenes) if re.search(r"\brecap\b", text, re.IGNORECASE)]
    count = ends[-1] if ends else len(scenes)
    if not 6 <= count <= 9:
        yield f"{count} scenes"


@rule
def short_exercises(lesson: Lesson) -> Iterator[str]:
    """The statement of an exercise has at most 120 words, without what is folded away in <details>."""
    for cell in lesson.markdown:
        if EXERCISE in tags(cell) and (count := words(unfolded(cell.source))) > 120:
            yield f"{lesson.at(cell)}: {count} words"


@rule
def short_code_cells(lesson: Lesson) -> Iterator[str]:
    """Code cells have at most 15 lines, a median of at most 5: plots and plumbing go into the package."""
    lengths = [lines(cell.source) for cell in lesson.code]
    if lengths and statistics.median(lengths) > 5:
        yield f"median {statistics.median(lengths):g} lines"
    for cell, length in zip(lesson.code, lengths, strict=True):
        if length > 15:
            yield f"{lesson.at(cell)}: {length} lines"


PASSING = {"_", "rng"}  # names that mean the same in every cell that sets them


def bound(source: str) -> set[str]:
    """The names that a cell sets at its top level, but for loops' own."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            names |= {
                name.id
                for name in ast.walk(node)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
            names -= {
                target.id
                for comprehension in ast.walk(node)
                if isinstance(comprehension, ast.comprehension)
                for target in ast.walk(comprehension.target)
                if isinstance(target, ast.Name)
            }
    return names


@rule
def names_keep_their_meaning(lesson: Lesson) -> Iterator[str]:
    """A name is set by one cell only, so that any cell can be run again after any other."""
    setters = {}
    for cell in lesson.code:
        if EXERCISE not in tags(cell):
            for name in sorted(bound(cell.source) - PASSING):
                if name in setters:
                    yield f"{lesson.at(cell)}: {name} was set by {lesson.at(setters[name])}"
                setters.setdefault(name, cell)


# --- Beginning and end ---------------------------------------------------------------------------


@rule
def title(lesson: Lesson) -> Iterator[str]:
    """The first cell opens with '# 2. Share each point ...': the lesson's number, and a title with a verb.

    A verb that is not yet known here: add it to VERBS in lesson_rules.py.
    """
    first = lesson.notebook.cells[0]
    match = re.match(r"# (\d+)[.:]? (.+)", first.source) if first.cell_type == "markdown" else None
    if not match:
        yield f"{lesson.at(first)}: no title with a number"
    else:
        if int(match[1]) != lesson.number:
            yield f"the title has number {match[1]}, the file {lesson.number}"
        if not VERBS & set(re.findall(r"[a-z]+", match[2].lower())):
            yield f"no verb in the title {match[2]!r}"


@rule
def do_learn_need(lesson: Lesson) -> Iterator[str]:
    """The first cell is the title and a list of four lines:

    - **You will do** ...
    - **You will learn** ...
    - **You need** ...
    - **Time** 25 minutes to read and run ...
    """
    first = lesson.notebook.cells[0].source
    lines = re.findall(r"^- \*\*(.+?)\*\* +\S.*", first, re.MULTILINE)
    for opening in BOX:
        if opening not in lines:
            yield f"no line '- **{opening}** ...'"
    if lines != list(BOX):
        yield f"the lines are {lines}, not {list(BOX)} in this order"
    elif not re.search(r"\*\*Time\*\*[^\n]*\b\d+ min", first):
        yield "the time it takes is missing: '25 minutes'"


@rule
def recap_questions_next(lesson: Lesson) -> Iterator[str]:
    """The end: a heading 'Recap', three questions with folded answers, and a link to the next lesson.

    An answer is folded as <details><summary>...</summary>, an empty line, the answer, an empty line,
    </details>: without the empty lines its Markdown is not rendered. The last lesson links to the README.
    """
    text = "\n\n".join(cell.source for cell in lesson.markdown)
    recaps = list(re.finditer(r"^#+ .*\brecap\b", text, re.MULTILINE | re.IGNORECASE))
    if not recaps:
        yield "no heading with the word Recap"
        return
    ending = text[recaps[-1].start() :]
    answers = [
        fold
        for fold in re.findall(r"<details>.*?</details>", ending, re.DOTALL)
        if f"<summary>{OTHERS}</summary>" not in fold
    ]
    if len(answers) != 3:
        yield f"{len(answers)} folded answers after the recap"
    for answer in answers:
        if not re.search(r"<summary>\s*\S.*?</summary>", answer, re.DOTALL):
            yield f"no <summary>: {answer[:60]!r}"
        elif words(re.sub(r"<summary>.*?</summary>", "", answer, flags=re.DOTALL)) < 5:
            yield f"the answer is missing: {answer[:60]!r}"
    target = lesson.next.name if lesson.next else "README.md"
    if not re.search(rf"\]\([^)]*{re.escape(target)}[^)]*\)", lesson.notebook.cells[-1].source):
        yield f"the last cell has no link to {target}"


@rule
def what_others_call_it(lesson: Lesson) -> Iterator[str]:
    """A folded box 'What others call it', once: a table of our words, the field's, and where to read on."""
    text = "\n\n".join(cell.source for cell in lesson.markdown)
    boxes = re.findall(rf"<details><summary>{OTHERS}</summary>.*?</details>", text, re.DOTALL)
    if len(boxes) != 1:
        yield f"{len(boxes)} boxes with the summary '{OTHERS}'"
    for box in boxes:
        rows = re.findall(r"^\|(.+)\|$", box, re.MULTILINE)
        if len(rows) < 4 or len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) != 1:
            yield "no table with at least two rows of as many columns"
        if "references.md#" not in box:
            yield "no link to the references"


NO_NAMES = "In|Since|By|Until|Before|After|From|About|Of"  # capitalized, before a year
CITED = rf"\b(?!(?:{NO_NAMES})\b)[A-Z][\w'’-]+(?: et al\.)?,? \(?(?:1[89]|20)\d\d\b"


@rule
def citations_lead_to_the_references(lesson: Lesson) -> Iterator[str]:
    """A source is cited as a link to its entry: [Wu (1983)](references.md#wu-1983)."""
    for cell in lesson.markdown:
        text = re.sub(r"\[[^\]]*\]\(references\.md#[^)]*\)", " ", without_math(without_code(cell.source)))
        for match in re.finditer(CITED, text):
            yield f"{lesson.at(cell)}: {match[0]!r} is no link to references.md"


@rule
def folded_markdown_is_rendered(lesson: Lesson) -> Iterator[str]:
    """Every <details> is closed, has a <summary>, and stands off from its Markdown by empty lines."""
    for cell in lesson.markdown:
        source = without_code(cell.source)
        if not source.count("<details") == source.count("</details>") == source.count("<summary"):
            yield f"{lesson.at(cell)}: <details>, </details> and <summary> do not come in threes"
        elif re.search(r"</summary>[^\n]*\n[^\n]*\S|</summary>[ \t]*\S|\S[ \t]*\n?</details>", source):
            yield f"{lesson.at(cell)}: no empty line after </summary> or before </details>"


# --- Structure -----------------------------------------------------------------------------------


@rule
def headings_in_order(lesson: Lesson) -> Iterator[str]:
    """One H1, then H2; an H3 only below an H2, and so on. No two headings have the same text."""
    levels = [level for _, level, _ in lesson.headings]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of level 1"
    previous, seen = 0, set()
    for cell, level, text in lesson.headings:
        if level > previous + 1:
            yield f"{lesson.at(cell)}: level {level} after level {previous}"
        if text in seen:
            yield f"{lesson.at(cell)}: {text!r} again"
        previous = level
        seen.add(text)


@rule
def predictions(lesson: Lesson) -> Iterator[str]:
    """At least three cells ask the reader to **Predict** before they run the next one."""
    count = sum("**Predict" in cell.source for cell in lesson.markdown)
    if count < 3:
        yield f"{count} cells with **Predict"


@rule
def links_resolve(lesson: Lesson) -> Iterator[str]:
    """Links lead somewhere: files exist, anchors are headings, addresses are https."""
    for cell in lesson.markdown:
        source = without_math(without_code(cell.source))
        targets = re.findall(r"\]\(\s*<?([^)>\s]+)", source)
        targets += re.findall(r"(?:href|src)=[\"']([^\"']+)", source)
        references = dict(re.findall(r"^\[([^\]]+)\]:\s*(\S+)", source, re.MULTILINE))
        targets += references.values()
        for label in re.findall(r"\]\[([^\]]+)\]", source):
            if label not in references:
                yield f"{lesson.at(cell)}: [{label}] is not defined in this cell"
        for target in targets:
            if problem := link_problem(lesson, cell, target):
                yield f"{lesson.at(cell)}: {target} {problem}"


def link_problem(lesson: Lesson, cell, target: str) -> str:
    if target.startswith("attachment:"):
        return "" if target[11:] in cell.get("attachments", {}) else "is not attached"
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        return "" if re.match(r"https://[\w-]+\.\w", target) else "is not an https address"
    name, _, anchor = target.partition("#")
    if name.startswith("/"):
        return "is absolute; write it relative to the notebook"
    file = lesson.path.parent / name if name else lesson.path
    if name and not file.exists():
        return "does not exist"
    if anchor and anchor not in (notebook_anchors(lesson) if file == lesson.path else anchors(file)):
        return "is no heading there (in a notebook: its text with - for spaces)"
    return ""


def notebook_anchors(lesson: Lesson) -> set[str]:
    return {text.replace(" ", "-") for *_, text in lesson.headings}


def anchors(file: Path) -> set[str]:
    """The headings of a notebook or a Markdown file, as links name them."""
    if file.suffix == ".ipynb":
        return notebook_anchors(Lesson(file, read(file)))
    texts = re.findall(r"^#{1,6} +(.+?) *$", without_code(file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in texts}


# --- Figures -------------------------------------------------------------------------------------


@rule
def figures_are_described(lesson: Lesson) -> Iterator[str]:
    """Every figure has alt text, a sentence of 40 characters or more, that stands below it: a `Picture`.

    The still picture of a widget has it too, but stands alone: where the widget lives, nothing may follow it.
    """
    for cell in lesson.code:
        is_still = UNCHECKED in tags(cell) and WIDGET.search(cell.source)
        printed = [output_text(output) for output in cell.outputs]
        for alt in alt_texts(cell.outputs):
            if len(alt) < 40 or len(alt.split()) < 6 or not re.match(r"([A-Z0-9]|k-means).*[.!?]$", alt):
                yield f"{lesson.at(cell)}: not a full sentence of 40 characters: {alt!r}"
            if not is_still and f"Figure: {alt}" not in printed:
                yield f"{lesson.at(cell)}: no caption 'Figure: {alt[:30]}...' stands below"
    for cell in lesson.markdown:
        for alt in re.findall(r"!\[([^\]]*)\]\(", without_code(cell.source)):
            if len(alt) < 40:
                yield f"{lesson.at(cell)}: an image whose alt text is {alt!r}"
        if re.search(r"<img(?![^>]*\balt=[\"'][^\"']{40})", without_code(cell.source)):
            yield f"{lesson.at(cell)}: an <img> without alt text of 40 characters"


@rule
def figures_speak_for_themselves(lesson: Lesson) -> Iterator[str]:
    """A cell is read before it is run: it must not say what its figure will show. The plotting function does,
    and returns a `Picture`, which shows itself as the last line of the cell.
    """
    for cell in lesson.code:
        for node in ast.walk(ast.parse(cell.source)):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if re.search(r"\b(Picture|Image|imshow)$", called):
                yield f"{lesson.at(cell)}: {ast.unparse(node)[:50]}"


@rule
def widgets_have_a_figure_beside_them(lesson: Lesson) -> Iterator[str]:
    """Within three cells of a live widget stands a figure, so that the lesson reads well without a kernel."""
    cells = lesson.notebook.cells
    for i, cell in enumerate(cells):
        if cell.cell_type == "code" and UNCHECKED in tags(cell) and WIDGET.search(cell.source):
            near = [*cells[max(0, i - 3) : i], *cells[i + 1 : i + 4]]
            if not any(figures(other.outputs) for other in near if other.cell_type == "code"):
                yield lesson.at(cell)


# --- Words and numbers ---------------------------------------------------------------------------


@rule
def plain_words(lesson: Lesson) -> Iterator[str]:
    """No 'simply', 'just', 'obviously', 'note that', 'it is important to': strike them."""
    for cell in lesson.markdown:
        for match in re.finditer(rf"\b({BANNED})\b", " ".join(prose(cell.source).split()), re.IGNORECASE):
            around = match.string[max(0, match.start() - 25) : match.end() + 15]
            yield f"{lesson.at(cell)}: {match[0]!r} in '...{around}...'"


@rule
def rounded_outputs(lesson: Lesson) -> Iterator[str]:
    """Outputs have at most 6 decimals: round, so that every machine prints the same."""
    for cell in lesson.code:
        if UNCHECKED not in tags(cell):
            for output in cell.outputs:
                for number in re.findall(r"\d*\.\d{7,}(?:e[+-]?\d+)?", output_text(output)):
                    yield f"{lesson.at(cell)}: {number}"


@rule
def no_timings(lesson: Lesson) -> Iterator[str]:
    """No timing is the same twice: tag its cell nbval-ignore-output, and say it is from one machine."""
    timing = re.compile(r"\d ?(?:ms|[µμ]s|ns)\b|\d seconds?\b|\d\.\d+ ?s\b|\d s\b|\bper loop\b|\bWall time\b")
    for cell in lesson.code:
        if UNCHECKED not in tags(cell):
            for output in cell.outputs:
                if match := timing.search(output_text(output)):
                    line = next(line for line in output_text(output).splitlines() if match[0] in line)
                    yield f"{lesson.at(cell)}: {line.strip()[:70]!r}"


@dataclass(frozen=True)
class Number:
    """A number as written: its value, and the power of ten of its last digit that counts."""

    text: str
    value: float
    unit: int  # -2 for 1.25, 2 for 13,300
    signed: bool
    percent: bool

    @property
    def digits(self) -> int:
        """Significant digits; zeros at the end of a whole number do not count."""
        digits = re.sub(r"\D", "", self.text).lstrip("0")
        return len(digits if "." in self.text else digits.rstrip("0"))


NUMBER = re.compile(
    r"""(?<![\w.$])  # not inside a word or another number
    (?P<sign>(?<![\w)])[-−+])?
    (?P<whole>\d{1,3}(?:[,_\u202f\u2009\u00a0]\d{3})+|\d+)?(?P<fraction>\.\d+)?(?P<exponent>e[+-]?\d+)?
    (?P<percent>[\s\u202f\u00a0]?%)?
    (?![\w])""",
    re.VERBOSE,
)


def numbers(text: str) -> list[Number]:
    found = []
    for match in NUMBER.finditer(text):
        whole = re.sub(r"\D", "", match["whole"] or "")
        fraction = (match["fraction"] or ".")[1:]
        if not whole + fraction:
            continue
        exponent = int((match["exponent"] or "e0")[1:])
        zeros = 0 if fraction else len(whole) - len(whole.rstrip("0"))
        value = float(f"{whole or 0}.{fraction or 0}e{exponent}") * (-1 if match["sign"] in ("-", "−") else 1)
        signed = match["sign"] is not None
        written = (match["whole"] or "") + (match["fraction"] or "")
        found.append(
            Number(written, value, exponent + zeros - len(fraction), signed, match["percent"] is not None)
        )
    return found


def rounds_to(printed: Number, quoted: Number) -> bool:
    """Whether a printed number, rounded, is the quoted one. A quoted size has no sign; 69.1 % is 0.691."""
    candidates = [(printed.value, printed.unit)]
    if quoted.percent:
        candidates.append((100 * printed.value, printed.unit + 2))
    return any(
        unit <= quoted.unit
        and abs((value if quoted.signed else abs(value)) - quoted.value) <= 0.5000001 * 10**quoted.unit
        for value, unit in candidates
    )


@rule
def quoted_numbers_are_printed(lesson: Lesson) -> Iterator[str]:
    """Every number of 3 or more digits in the prose is printed by a cell, or in the code; rounded is fine.

    Exempt: years, code, formulas, external links (citations). For numbers that come from elsewhere, give the
    cell the tag quoted-number.
    """
    shown = "\n".join(
        [cell.source for cell in lesson.code]
        + [output_text(output) for cell in lesson.code for output in cell.outputs]
    )
    printed = numbers(shown)
    for cell in lesson.markdown:
        if NUMBER_TAG in tags(cell):
            continue
        text = prose(re.sub(r"\[[^\]]*\]\(https:[^)]*\)", " ", cell.source))
        text = re.sub(r"(?<![-−,.\w])(1[89]|20)\d\d\b(?![.,]\d)", " ", text)
        for quoted in numbers(text):
            if quoted.digits >= 3 and not any(rounds_to(number, quoted) for number in printed):
                yield f"{lesson.at(cell)}: {quoted.text} is printed nowhere"


def displays_stand_alone(source: str) -> bool:
    """Whether each $$ opens at the start of its line and closes at the end of one."""
    inside = False
    for line in source.splitlines():
        if "$$" in line:
            if not re.fullmatch(r"[^$]*\$\$" if inside else r"\$\$[^$]*(\$\$)?", line.strip("> \t")):
                return False
            inside ^= line.count("$$") == 1
    return True


@rule
def sound_formulas(lesson: Lesson) -> Iterator[str]:
    r"""$, $$, braces, \begin and \end come in pairs; $$ stand alone; MathJax knows the environments."""
    for cell in lesson.markdown:
        source = without_code(cell.source).replace(r"\$", "")
        displays = re.findall(r"\$\$(.*?)\$\$", source, re.DOTALL)
        rest = re.sub(r"\$\$.*?\$\$", "", source, flags=re.DOTALL)
        inline = [formula for block in rest.split("\n\n") for formula in re.findall(r"\$([^$]*)\$", block)]
        if "$$" in rest or any(block.count("$") % 2 for block in rest.split("\n\n")):
            yield f"{lesson.at(cell)}: a $ without its partner (write a dollar as \\$)"
        if not displays_stand_alone(source):
            yield f"{lesson.at(cell)}: a $$ formula shares its line with text"
        for formula in displays + inline:
            braces = re.sub(r"\\[{}]", "", formula)
            if braces.count("{") != braces.count("}"):
                yield f"{lesson.at(cell)}: braces do not match in {formula.strip()[:50]!r}"
        begins, ends = (re.findall(rf"\\{word}\{{([^}}]*)\}}", source) for word in ("begin", "end"))
        if sorted(begins) != sorted(ends):
            yield f"{lesson.at(cell)}: \\begin and \\end do not match"
        for name in sorted(set(begins) - ENVIRONMENTS):
            yield f"{lesson.at(cell)}: MathJax has no environment {name}"
