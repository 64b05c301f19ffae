"""The API reference, from signatures and docstrings: Markdown with directives of Sphinx's Python domain."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator

import gmmlesson
from gmmlesson.sliders import Scene

# Pages, and the modules on each, in the order in which one needs them.
CONTENTS = {
    "core": ("The core", ["gmmlesson", "gmmlesson.initialization", "gmmlesson.datasets"]),
    "judging": (
        "Judging and comparing",
        ["gmmlesson.selection", "gmmlesson.matching", "gmmlesson.outliers", "gmmlesson.conditional"],
    ),
    "scale": ("Data that no memory holds", ["gmmlesson.streaming", "gmmlesson.distributed"]),
    "inside": (
        "Inside the engine",
        ["gmmlesson.sufficient", "gmmlesson.engine", "gmmlesson.acceleration", "gmmlesson.families"],
    ),
    "theory": ("Theory and other ways", ["gmmlesson.theory", "gmmlesson.priors", "gmmlesson.gradient"]),
    "learning": (
        "Exercises, explorer, sliders",
        ["gmmlesson.exercises", "gmmlesson.explorer", "gmmlesson.sliders", "gmmlesson.course"],
    ),
}
CONSTANTS = {  # what has no docstring, and lessons import
    "gmmlesson.engine.AMPLIFIED": (
        "Rounding errors that are magnified more than this are too many for the packed form: then the engine "
        "takes the centered one."
    ),
    "gmmlesson.families.FAMILIES": "The six functions of this module by their names: what `family` may be.",
}
INDEX = """# API reference

The names that one needs, and all that a lesson imports, from the package's own docstrings. (Only
`gmmlesson.plots`, the lessons' figures, is left out.) `X (n, d)` is data with n points of d features, `k` a
number of components. What is raised is raised in one sentence that says what was given and what is needed.

```{{toctree}}
:maxdepth: 2

{names}
```
"""
ITEM = re.compile(r"(?P<name>\S.*?) {2,}(?P<text>\S.*)")
NAMES = re.compile(r"\w+(, \w+)*")  # several that are explained together, on the lines that follow


def pages() -> dict[str, str]:
    """{name of a source: Markdown} of the reference."""
    sources = {f"api/{name}.md": page(title, modules) for name, (title, modules) in CONTENTS.items()}
    return sources | {"api/index.md": INDEX.format(names="\n".join(CONTENTS))}


def page(title: str, modules: list[str]) -> str:
    return "\n".join([f"# {title}\n", *(module(name) for name in modules)])


def module(name: str) -> str:
    """The section of a module."""
    found = importlib.import_module(name)
    parts = [f"## `{name}`\n", f"```{{py:module}} {name}\n```\n", body(found)]
    names = public_names(found)
    told = [] if found is gmmlesson else [name for name in names if name in gmmlesson.__all__]
    if told:
        parts.append(f"In the core: {', '.join(f'{{py:func}}`~gmmlesson.{name}`' for name in told)}.\n")
    for public in [name for name in names if name not in told]:
        value = getattr(found, public)
        if inspect.isclass(value):
            parts.append(class_entry(public, value))
        elif callable(value):
            parts.append(entry("function", public, signature(value), body(value)))
    parts += [entry("data", *constant) for constant in constants(found)]
    return "\n".join(parts)


def constants(found) -> Iterator[tuple[str, str, str]]:
    """(name, arguments, description) of what is neither a class nor a function: CONSTANTS, scenes."""
    for name, value in vars(found).items():
        if isinstance(value, Scene):
            labels = ", ".join(control.label for control in value.controls.values())
            yield name, "()", f"A Scene with the slider *{labels}*.\n"
        elif f"{found.__name__}.{name}" in CONSTANTS:
            yield name, "", f"{CONSTANTS[f'{found.__name__}.{name}']}\n"


def public_names(found) -> list[str]:
    """The names that a module offers: those of its `__all__`, else what it defines itself."""
    if hasattr(found, "__all__"):
        return found.__all__
    return [
        name
        for name, value in vars(found).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == found.__name__
    ]


def class_entry(name: str, found: type) -> str:
    """A class with its public methods and properties."""
    methods = [
        entry(*member, fence=":::")
        for base in reversed(found.__mro__)
        if base.__module__.startswith("gmmlesson")
        for member in members(base)
    ]
    return entry("class", name, signature(found), "\n".join([body(found), *methods]), fence="::::")


def members(found: type) -> Iterator[tuple[str, str, str, str]]:
    """(kind, name, signature, description) of what a class defines with a docstring."""
    for name, value in vars(found).items():
        plain = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if name.startswith("_") or not getattr(plain, "__doc__", None):
            continue
        if inspect.isfunction(plain):
            yield "method", name, signature(plain, bound=not isinstance(value, staticmethod)), body(plain)
        elif isinstance(plain, property) or hasattr(plain, "attrname"):
            yield "property", name, "", body(plain)


def entry(kind: str, name: str, arguments: str, description: str, *, fence: str = ":::") -> str:
    return f"{fence}{{py:{kind}}} {name}{arguments}\n{description}\n{fence}\n"


def signature(value, *, bound: bool = False) -> str:
    """The arguments as they are written in the code, without annotations."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    arguments = [
        argument.replace(annotation=inspect.Parameter.empty, default=default(value, argument))
        for argument in list(found.parameters.values())[1 if bound else 0 :]
    ]
    return str(found.replace(parameters=arguments, return_annotation=inspect.Signature.empty))


class Written:
    """A default value that is written as a text says."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self):
        return self.text


def default(value, argument: inspect.Parameter):
    """A default as a reader can read it: made by a factory, or without an address."""
    found = argument.default
    if found is inspect.Parameter.empty:
        return found
    if dataclasses.is_dataclass(value) and "<factory>" in repr(found):
        return Written("...")
    return Written(found.__name__) if callable(found) and hasattr(found, "__name__") else found


# --- Docstrings ----------------------------------------------------------------------------------


def body(value) -> str:
    """A docstring as Markdown: paragraphs; lists of names, each with what it is; code as it stands."""
    paragraphs = re.split(r"\n\s*\n", inspect.getdoc(value) or "")
    return "\n".join(f"{markdown(lines.splitlines())}\n" for lines in paragraphs if lines.strip())


def markdown(lines: list[str]) -> str:
    if all(line.startswith("    ") for line in lines) or any(map(is_formula, lines)):
        code = "\n".join(line.removeprefix("    ") for line in lines)
        return f"```python\n{code}\n```"
    if ITEM.fullmatch(lines[0]) and (len(lines) > 1 or not lines[0].endswith(".")):
        return definitions(lines)
    return escaped(" ".join(line.strip() for line in lines))


def is_formula(line: str) -> bool:
    """Whether a line is an equation with spaces in it, which set its sides or its source apart."""
    match = ITEM.fullmatch(line)
    return bool(match) and (" = " in match["name"] or match["text"].startswith("= "))


def definitions(lines: list[str]) -> str:
    """Lines "name   what it is", some continued on the next line, as a list."""
    items = []
    for line in lines:
        match = ITEM.fullmatch(line)
        if match and not line.startswith(" "):
            items.append([match["name"], match["text"]])
        elif NAMES.fullmatch(line):
            items.append([line, ""])
        else:
            items[-1][1] += f" {line.strip()}"
    return "\n".join(f"- {named(name)}: {escaped(what.strip())}" for name, what in items)


def named(name: str) -> str:
    """What a list explains, as code: each of several names for itself."""
    return ", ".join(f"`{one}`" for one in (name.split(", ") if NAMES.fullmatch(name) else [name]))


def escaped(words: str) -> str:
    """Words that mean nothing to Markdown but for `code` and a *stressed* word."""

    def escape(part: str) -> str:
        kept = part.startswith("`") or re.fullmatch(r"\*\w+\*", part)
        return part if kept else re.sub(r"([\\*_<>\[\]$#{}|])", r"\\\1", part)

    return "".join(map(escape, re.split(r"(`[^`]+`|(?<!\S)\*\w+\*(?!\S))", words)))
