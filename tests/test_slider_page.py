"""A slider in a browser: by keyboard, and as a screen reader hears it."""

import base64

import pytest

from gmmlesson import sliders
from gmmlesson.sliders import Control

pytest_plugins = ["lab_fixtures"]

SHOW = """async ([source, state]) => {
    const { default: { render } } = await import(`data:text/javascript;base64,${source}`);
    const listeners = new Set(), sent = window.sent = [];
    const model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; listeners.forEach((listener) => listener()); },
        save_changes: () => sent.push(state.value),
        on: (name, listener) => listeners.add(listener),
        off: (name, listener) => listeners.delete(listener),
    };
    window.model = model;
    render({ model, el: document.body });
}"""
TRAITS = ("min", "max", "step", "digits", "description", "value")


@pytest.fixture
def slider(browser):
    page = browser.new_page()
    widget = Control("correlation", -0.95, 0.95, 0.05, 0.6).widget()
    source = base64.b64encode(sliders.Slider._esm.encode()).decode()
    page.evaluate(SHOW, [source, {name: getattr(widget, name) for name in TRAITS}])
    yield page.get_by_role("slider", name="correlation", exact=True)
    page.close()


def test_its_name_and_value_are_told_and_keys_move_it(slider):
    page, output = slider.page, slider.page.locator("output")
    assert slider.get_attribute("aria-valuetext") == output.inner_text() == "0.60"
    slider.focus()
    assert slider.evaluate("range => getComputedStyle(range).outlineStyle") != "none"
    keys = ("ArrowRight", "ArrowUp", "ArrowLeft", "Home", "End")
    for key, told in zip(keys, ("0.65", "0.70", "0.65", "−0.95", "0.95"), strict=True):
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == output.inner_text() == told
    assert page.evaluate("sent") == pytest.approx([0.65, 0.7, 0.65, -0.95, 0.95])


def test_the_notebook_leaves_its_keys_alone(slider):
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_it_follows_what_a_cell_sets(slider):
    slider.page.evaluate("model.set('value', -0.3)")
    assert float(slider.input_value()) == pytest.approx(-0.3)
    assert slider.get_attribute("aria-valuetext") == "−0.30"
