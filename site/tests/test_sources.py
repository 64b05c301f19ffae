"""What is made of the repository's text before Sphinx makes pages of it."""

import re

import pytest

import build
import pages
import reference

HERE = "https://github.com/owner/course"


@pytest.mark.parametrize(
    ("written", "here", "linked"),
    [
        ("[a clone](../..)", "site/pages/index.md", f"[a clone]({HERE})"),
        (
            "[`em.py`](../../gmmlesson/em.py)",
            "site/pages/package.md",
            f"[`em.py`]({HERE}/blob/main/gmmlesson/em.py)",
        ),
        ("[names](../../gmmlesson)", "site/pages/package.md", "[names](api/index.md)"),
        (
            "[lesson 00](../../notebooks/00_meet_em.ipynb)",
            "site/pages/index.md",
            "[lesson 00](00_meet_em.ipynb)",
        ),
        (
            "[grading.md](grading.md#in-a-container)",
            "teaching/running.md",
            "[Grade a class](grading.md#in-a-container)",
        ),
        ("[README.md](README.md)", "teaching/running.md", "[For teachers](index.md)"),
    ],
)
def test_links_lead_to_pages_or_to_the_repository(written, here, linked):
    assert pages.linked(written, here, HERE) == linked


def test_without_a_repository_words_stay():
    assert (
        pages.linked("[a clone](../..) of [it](../../gmmlesson/em.py)", "site/pages/index.md", "")
        == "a clone of it"
    )


def test_a_passage_that_a_lesson_no_longer_has_is_an_error():
    """The words of the book would be lost in silence."""
    changed = {"cells": [{"source": "Then run all cells."}]}
    with pytest.raises(
        ValueError, match=r"in_the_book\.toml: 'Then run the cell\.' is in 0 cells of 04_convergence"
    ):
        pages.in_the_book(changed, "04_convergence")


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("", ""),
        ("Owner/course", "https://owner.github.io/course/"),
        ("owner/owner.github.io", "https://owner.github.io/"),
    ],
)
def test_where_github_publishes_a_repository(repository, address):
    assert build.published(repository) == address


def test_from_one_value_come_all_links_to_the_repository(tmp_path, monkeypatch):
    """In a book of two pages."""
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "index.md").write_text("# Book\n\n```{toctree}\n01_lesson\n```\n", encoding="utf-8")
    (source / "01_lesson.md").write_text("# Lesson\n\n- **You will learn** much.\n", encoding="utf-8")
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "SITE", site)
    monkeypatch.setattr(build, "DOCTREES", tmp_path / "doctrees")
    build.sphinx("owner/course")
    lesson, missing = ((site / f"{name}.html").read_text(encoding="utf-8") for name in ("01_lesson", "404"))
    assert f'<a href="{HERE}">Source</a>' in lesson
    assert re.findall("Open it in (\\w+)", lesson) == ["JupyterLite", "Binder", "Colab"]
    assert "There, run first: <code>%pip install git+https://github.com/owner/course@main</code>" in lesson
    picture = "https://owner.github.io/course/_static/picture.png"
    assert f'<meta property="og:image" content="{picture}">' in lesson
    assert (site / "_static" / "picture.png").exists()
    assert '<meta name="description" content="You will learn much.">' in lesson
    assert '<base href="/course/">' in missing


@pytest.mark.parametrize(
    ("docstring", "markdown"),
    [
        (
            "one  the first\ntwo, three\n  the others\nfour  the last",
            "- `one`: the first\n- `two`, `three`: the others\n- `four`: the last",
        ),
        ("a_k = b_k / sum_j b_j      (a book)", "```python\na_k = b_k / sum_j b_j      (a book)\n```"),
        ("slope  =  one\nother  =  two", "```python\nslope  =  one\nother  =  two\n```"),
        ("It is *all* of k * d * n_k.", r"It is *all* of k \* d \* n\_k."),
    ],
)
def test_docstrings_become_lists_formulas_and_text(docstring, markdown):
    assert reference.markdown(docstring.splitlines()) == markdown
