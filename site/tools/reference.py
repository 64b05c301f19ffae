"""The API reference, from signatures and docstrings: Markdown with directives of Sphinx's Python domain."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator

# Pages, and the modules on each, in the order in which one needs them.
CONTENTS = {
    "core": ("The core", ["gmmlesson", "gmmlesson.initialization", "gmmlesson.datasets"]),
    "judging": (
        "Judging and comparing",
        ["gmmlesson.selection", "gmmlesson.matching", "gmmlesson.outliers", "gmmlesson.conditional"],
    ),
    "inside": (
        "Inside the engine",
        ["gmmlesson.sufficient", "gmmlesson.engine", "gmmlesson.acceleration", "gmmlesson.families"],
    ),
    "theory": ("Theory and other ways", ["gmmlesson.theory", "gmmlesson.priors", "gmmlesson.gradient"]),
    "learning": (
        "Exercises, explorer, sliders",
        ["gmmlesson.exercises", "gmmlesson.explorer", "gmmlesson.course"],
    ),
}
INDEX = """# API reference

Every public name, from the package's own docstrings. `X (n, d)` is data with n points of d features, `k` a
number of components. What is raised is raised in one sentence that says what was given and what is needed.

```{{toctree}}
:maxdepth: 2

{names}
```
"""
ITEM = re.compile(r"(?P<name>\S.*?) {2,}(?P<text>\S.*)")


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
    for public in public_names(found):
        value = getattr(found, public)
        if inspect.isclass(value):
            parts.append(class_entry(public, value))
        elif callable(value):
            parts.append(entry("function", public, signature(value), body(value)))
    return "\n".join(parts)


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
    if all(line.startswith("    ") for line in lines):
        code = "\n".join(line.removeprefix("    ") for line in lines)
        return f"```python\n{code}\n```"
    if ITEM.fullmatch(lines[0]) and (len(lines) > 1 or not lines[0].endswith(".")):
        return definitions(lines)
    return escaped(" ".join(line.strip() for line in lines))


def definitions(lines: list[str]) -> str:
    """Lines "name   what it is", some continued on the next line, as a list."""
    items = []
    for line in lines:
        match = ITEM.fullmatch(line)
        if match and not line.startswith(" "):
            items.append([match["name"], match["text"]])
        else:
            items[-1][1] += f" {line.strip()}"
    return "\n".join(f"- `{name}`: {escaped(what)}" for name, what in items)


def escaped(words: str) -> str:
    """Words that mean nothing to Markdown but for `code`."""

    def escape(part: str) -> str:
        return part if part.startswith("`") else re.sub(r"([\\*_<>\[\]$#{}|])", r"\\\1", part)

    return "".join(map(escape, re.split(r"(`[^`]+`)", words)))
