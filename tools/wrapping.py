"""Code and printed lines for a slide: no line is longer than the slide is wide.

Code stays the same program: a long line is broken inside its brackets, after a comma or before an operator,
or inside a string between two words, and what follows hangs four columns in.
"""

import ast
import functools
import io
import keyword
import re
import textwrap
import tokenize
from dataclasses import dataclass

HANG = 4
OPERATORS = {"+", "-", "*", "/", "//", "%", "@", "|", "&", "<", ">", "<=", ">=", "==", "!="}
JOINTS = {"for", "if", "else", "and", "or"}
COMPOUND = {"def", "class", "for", "while", "if", "elif", "with"}

# What a place for a break costs, in columns. Late in a line is good, deep in brackets is bad.
DEEPER, IN_INDEX, AT_OPERATOR, AT_BRACKET, IN_STRING, AT_FIELD, OUTSIDE, SHORT = 18, 40, 6, 24, 20, 10, 36, 20
FEW = 8  # columns: what is left over should be more


@dataclass
class Place:
    """Where a line may be broken: what is written before the break and after it, and how bad it is."""

    column: int
    cost: int
    closing: str = ""
    opening: str = ""


def wrap_code(source: str, width: int) -> str:
    """The same program with no line longer than width, as far as its names allow."""
    lines = _comments_above(source, width).splitlines()
    row = 0
    while row < len(lines):
        pieces = _broken("\n".join(lines), row, width) if len(lines[row]) > width else None
        if pieces:
            lines[row : row + 1] = pieces
        row += 1
    return "\n".join(lines)


@functools.lru_cache(maxsize=4)  # each line that is broken asks twice
def _tokens(source: str) -> list[tokenize.TokenInfo]:
    """The tokens, with an f-string as one of them (it is several from Python 3.12 on)."""
    found, inside, begin = [], 0, None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            begin = token if inside == 0 else begin
            inside += 1
        elif name == "FSTRING_END":
            inside -= 1
            if inside == 0:
                rows = source.splitlines()
                text = rows[token.end[0] - 1][begin.start[1] : token.end[1]]
                found.append(tokenize.TokenInfo(tokenize.STRING, text, begin.start, token.end, token.line))
        elif not inside:
            found.append(token)
    return found


def _comments_above(source: str, width: int) -> str:
    """The source with each comment that makes its line too long on a line of its own above it."""
    lines = source.splitlines()
    for token in reversed(_tokens(source)):
        row, column = token.start[0] - 1, token.start[1]
        if token.type != tokenize.COMMENT or len(lines[row]) <= width:
            continue
        code = lines[row][:column].rstrip()
        indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
        comment = textwrap.wrap(token.string.lstrip("# "), width - len(indent) - 2)
        lines[row : row + 1] = [f"{indent}# {line}" for line in comment] + ([code] if code else [])
    return "\n".join(lines)


def _broken(source: str, row: int, width: int) -> list[str] | None:
    """The line at this row in two pieces; None where it cannot be broken."""
    line = source.splitlines()[row]
    indent = len(line) - len(line.lstrip())
    places = [
        place
        for place in _places(source, row)
        if indent + HANG < place.column <= width - len(place.closing) and line[place.column :].strip(" )]},:")
    ]
    if not places:
        return None
    best = max(places, key=lambda place: place.column - place.cost - SHORT * (len(line) - place.column < FEW))
    first_word = re.match(r"\w*", line.lstrip())[0]
    hang = indent + HANG * (2 if first_word in COMPOUND else 1)
    if _continues(source, row):
        hang = indent  # it hangs already
    kept, rest = line[: best.column], line[best.column :]
    if not best.opening:  # inside a string the space belongs to it
        kept, rest = kept.rstrip(), rest.lstrip()
    return [kept + best.closing, " " * hang + best.opening + rest]


def _continues(source: str, row: int) -> bool:
    """Whether the line at this row is no beginning of a statement."""
    begins, fresh = set(), True
    for token in _tokens(source):
        if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT):
            fresh = fresh or token.type == tokenize.NEWLINE
        elif token.type not in (tokenize.INDENT, tokenize.DEDENT):
            if fresh:
                begins.add(token.start[0] - 1)
            fresh = False
    return row not in begins


def _places(source: str, row: int) -> list[Place]:
    places, open_brackets, before = [], [], None
    for token in _tokens(source):
        bracket = token.string if token.type == tokenize.OP and token.string in "()[]{}" else ""
        if bracket in (")", "]", "}"):
            open_brackets.pop()
        if token.start[0] - 1 == row and token.type != tokenize.COMMENT:
            places += _at(token, before, sum(open_brackets))
        if bracket in ("(", "[", "{"):
            index = bracket == "[" and _is_operand(before)
            open_brackets.append(DEEPER + IN_INDEX * index)
        before = token
    return places


def _at(token: tokenize.TokenInfo, before: tokenize.TokenInfo | None, depth: int) -> list[Place]:
    """The places for a break that this token offers; depth is what the open brackets around it cost."""
    cost, closing = (depth, "") if depth else (OUTSIDE, " \\")
    start, end, text = token.start[1], token.end[1], token.string
    if token.type == tokenize.OP:
        if text == ",":
            return [Place(end, cost, closing)]
        if text in "([{" and not (text == "[" and _is_operand(before)):  # an index stays with its name
            return [Place(end, depth + DEEPER + AT_BRACKET)]
        if text in OPERATORS and _is_operand(before):
            return [Place(start, cost + AT_OPERATOR, closing)]
    if token.type == tokenize.NAME and text in JOINTS and depth:
        return [Place(start, cost)]
    if token.type == tokenize.STRING and token.start[0] == token.end[0]:
        return _between_words(token, cost + IN_STRING, closing)
    return []


def _is_operand(token: tokenize.TokenInfo | None) -> bool:
    if token is None:
        return False
    if token.type == tokenize.NAME:
        return not keyword.iskeyword(token.string)
    return token.type in (tokenize.NUMBER, tokenize.STRING) or token.string in (")", "]", "}")


def _between_words(token: tokenize.TokenInfo, cost: int, closing: str) -> list[Place]:
    """The places in a string after a space, or before a field of an f-string, but never inside of one."""
    prefix, quote = re.match(r"(\w*)('''|\"\"\"|'|\")", token.string).groups()
    if len(quote) > 1:
        return []
    places, braces = [], 0
    for i in range(len(prefix) + 1, len(token.string) - 1):
        character, rest = token.string[i], token.string[i:]
        plain = prefix if "{" in rest else prefix.replace("f", "")
        if character == " " and not braces:
            places.append(Place(token.start[1] + i + 1, cost, quote + closing, plain + quote))
        elif character == "{" and not braces and "f" in prefix:
            places.append(Place(token.start[1] + i, cost + AT_FIELD, quote + closing, plain + quote))
        braces += (character == "{") - (character == "}")
    return places


def wrap_printed(text: str, width: int) -> str:
    """Printed lines, long ones broken between words; the rest hangs in."""
    lines = []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        while len(line) > width:
            cut = line.rfind(" ", indent + HANG + 1, width + 1)
            cut = cut if cut > 0 else width
            lines.append(line[:cut].rstrip())
            line = " " * (indent + HANG) + line[cut:].lstrip()
        lines.append(line)
    return "\n".join(lines)


def pages_of_code(source: str, height: int) -> list[str]:
    """Code in pieces of at most height lines, cut between statements, the outermost first."""
    lines = source.splitlines()
    pages, begin = [], 0
    while len(lines) - begin > height:
        cuts = [cut for cut in _cuts(source) if begin < cut[0] <= begin + height]
        late = [cut for cut in cuts if cut[0] > begin + height // 3] or cuts
        apart = {cut: not lines[cut[0] - 1].strip() for cut in late}  # by a blank line
        end, _ = max(late, key=lambda cut: (-cut[1], apart[cut], cut[0]), default=(begin + height, 0))
        pages.append("\n".join(lines[begin:end]).strip("\n"))
        begin = end
    return [*pages, "\n".join(lines[begin:]).strip("\n")]


def _cuts(source: str) -> list[tuple[int, int]]:
    """(line before which a statement begins, how deep it stands)."""
    found = []

    def visit(body: list[ast.stmt], depth: int):
        for node in body:
            decorators = getattr(node, "decorator_list", [])
            line = min([node.lineno, *(one.lineno for one in decorators)]) - 1
            while line and lines[line - 1].strip().startswith("#"):
                line -= 1  # a comment stays with what it is about
            found.append((line, depth))
            for part in ("body", "orelse", "finalbody"):
                visit(getattr(node, part, []), depth + 1)

    lines = source.splitlines()
    visit(ast.parse(source).body, 0)
    return found


def pages_of_lines(text: str, height: int) -> list[str]:
    """Printed lines in pieces of at most height, cut at a blank line if the second half has one."""
    lines = text.splitlines()
    pages = []
    while len(lines) > height:
        blank = [i for i in range(height // 2, height + 1) if not lines[i].strip()]
        end = blank[-1] if blank else height
        pages.append("\n".join(lines[:end]))
        lines = lines[end + bool(blank) :]
    return [*pages, "\n".join(lines)]
