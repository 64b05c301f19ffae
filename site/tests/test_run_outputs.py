"""What cells print and show in a page, one kind after the other, as Jupyter shows it."""

import time

import pytest

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LEAVING = "there is nothing to leave here: Restart Python, at the top of the page, ends Python."
ASKING = "a page cannot be asked for input; write the value into the cell."
CUT = "More was printed than is shown here."


@pytest.fixture(scope="module")
def page(open_lesson):
    """Lesson 01, whose first cell is for what is to be run."""
    with open_lesson("01_generate_data") as lesson:
        yield lesson


def outputs(page):
    """(class, text) of each output of the first cell."""
    found = page.cell(0).locator(".cell_output .output")
    return found.evaluate_all("outputs => outputs.map((output) => [output.className, output.textContent])")


def test_prints_are_joined(page):
    page.execute(0, "print('one')\nprint('two', end='')\nprint(' three')")
    assert [text for _, text in outputs(page)] == ["one\ntwo three\n"]


def test_errors_of_the_console_stand_apart(page):
    page.execute(0, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out')")
    assert [(("stderr" in name), text) for name, text in outputs(page)] == [
        (False, "out\n"),
        (True, "err\n"),
        (False, "out\n"),
    ]


def test_bars_of_progress_write_over_themselves(page):
    assert (
        page.execute(0, "print('10 %\\r20 %\\r100 %')\nprint('\\x1b[31mred\\x1b[0m')").strip() == "100 %\nred"
    )


def test_a_bar_of_progress_may_be_printed_in_parts(page):
    code = "for k in range(300):\n    print(f'\\r{k} of 300', end='')\nprint('\\nA', end='\\r')\nprint('B')"
    assert page.execute(0, code).strip() == "299 of 300\nB"


def test_thousands_of_lines_are_shown_in_order(page):
    assert page.execute(0, "for k in range(9000): print(k)").strip() == "\n".join(map(str, range(9000)))


def test_thousands_of_lines_scroll_in_a_box_that_keys_reach(page):
    page.execute(0, "for k in range(3000): print(k)")
    box = page.cell(0).locator(".cell_output pre[tabindex='0']")
    box.wait_for()
    assert box.bounding_box()["height"] < 1000


def test_of_an_endless_line_the_beginning_is_shown(page):
    assert page.execute(0, "for k in range(70_000): print('abc', end='')") == "abc" * 66_666 + "ab" + CUT


def test_of_what_is_displayed_a_thousand_pieces_are_shown(page):
    shown = page.execute(0, "for k in range(1500): display('piece')\n1 / 0")
    assert page.cell(0).locator(".output.text_plain").count() == 1000
    assert CUT in shown
    assert page.cell(0).locator(".run-error").count() == 1


def test_the_last_value_is_shown(page):
    assert page.execute(0, "1 + 1").strip() == "2"


def test_what_is_shown_can_be_cleared(page):
    page.execute(
        0, "from IPython.display import clear_output, display\nprint('gone')\nclear_output()\nprint('here')"
    )
    assert [text for _, text in outputs(page)] == ["here\n"]
    page.execute(0, "print('stays')\nclear_output(wait=True)")
    assert [text for _, text in outputs(page)] == ["stays\n"]


def test_what_is_shown_can_be_changed_later(page):
    page.execute(0, "handle = display('before', display_id=True)\nprint('between')\nhandle.update('after')")
    assert [text.strip() for _, text in outputs(page)] == ["'after'", "between"]


def test_html_is_shown_and_its_scripts_do_not_run(page):
    page.execute(
        0, "from IPython.display import HTML\nHTML('<table><tr><td>1<script>window.ran = 1</script></table>')"
    )
    assert page.cell(0).locator(".output.text_html table td").count() == 1
    assert page.page.evaluate("window.ran") is None


def test_a_figure_without_a_description_says_so(page):
    page.execute(0, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    image = page.cell(0).locator(".output img")
    assert image.get_attribute("alt") == "A figure without a description."
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_an_error_is_a_sentence_and_its_way_is_folded(page):
    page.execute(0, "x = 1\nx / 0")
    error = page.cell(0).locator(".run-error")
    assert error.locator("p").inner_text() == "ZeroDivisionError in line 2: division by zero"
    assert not error.locator("pre").is_visible()
    error.locator("summary").click()
    way = error.locator("pre").inner_text()
    assert "----> 2 x / 0" in way
    assert "\x1b" not in way
    assert page.note() == "Cell 1 stopped at an error."


def test_a_syntax_error_is_a_sentence(page):
    page.execute(0, "x = = 1")
    assert page.cell(0).locator(".run-error p").inner_text() == "SyntaxError in line 1: invalid syntax"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("input('name?')", ASKING),
        ("import sys; sys.stdin.readline()", ASKING),
        ("exit()", LEAVING),
        ("quit()", LEAVING),
        ("import sys; sys.exit(1)", LEAVING),
        ("!ls", "there is no shell in a page: neither ! nor %pip works here."),
        ("%pip install x", "there is no shell in a page: neither ! nor %pip works here."),
    ],
)
def test_what_a_page_cannot_do_is_refused_in_a_sentence(page, code, sentence):
    page.execute(0, code)
    error = page.cell(0).locator(".run-error p").inner_text()
    assert error == f"NotImplementedError in line 1: {sentence}"


def test_what_numpy_prints_stays_as_set(page):
    page.execute(0, "import numpy as np\nnp.set_printoptions(precision=2)")
    assert page.execute(0, "print(np.array([1 / 3]))").strip() == "[0.33]"
    page.execute(0, "np.set_printoptions(precision=8)")


def test_an_output_widget_captures(page):
    page.execute(0, "import ipywidgets as widgets\nout = widgets.Output()")
    page.execute(0, "with out:\n    print('inside')\nprint('outside')\nout")
    page.cell(0).locator(".widget-output", has_text="inside").wait_for()
    assert [text for name, text in outputs(page) if "stream" in name] == ["outside\n"]
    page.execute(0, "with out:\n    print('later')\nout")
    page.cell(0).locator(".widget-output", has_text="later").wait_for()


def test_what_a_button_prints_stands_below_its_cell(page):
    code = "button = widgets.Button(description='press')\nbutton.on_click(lambda _: print('pressed'))\nbutton"
    page.execute(0, code)
    page.cell(0).get_by_role("button", name="press", exact=True).click()
    page.cell(0).locator(".output.stream", has_text="pressed").wait_for()


def test_a_loop_that_prints_can_be_stopped(page):
    """The last test of this page: Python has forgotten everything."""
    page.write(0, "while True: print('again')")
    page.cell(0).get_by_role("button", name="Run cell").click()
    page.cell(0).get_by_text(CUT).wait_for(timeout=120_000)
    page.page.wait_for_timeout(2000)
    start = time.monotonic()
    page.press("Stop")
    page.wait()
    assert time.monotonic() - start < 3
    assert len(page.out(0)) == 200_000 + len(CUT)
