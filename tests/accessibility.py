"""What axe-core, whose source is the fixture `axe`, finds on a page that is open in the browser."""

# Colors that are on their way to others have the contrast of neither.
AT_REST = """() => {
    const ends = ({ effect }) => effect.getComputedTiming().endTime < Infinity;
    const passing = document.getAnimations().filter(ends);
    return Promise.race([
        Promise.allSettled(passing.map((one) => one.finished)),
        new Promise((resolve) => setTimeout(resolve, 2000)),
    ]).then(() => null);
}"""


def violations(page, axe, *, undecided=True, formulas=True):
    """What axe-core finds on an open page, a line each.

    undecided  whether contrast that it cannot decide counts, such as that of text scrolled out of its box
    formulas   whether to look inside of formulas, which takes most of the time where there are many
    """
    page.evaluate(axe + "; undefined")
    page.evaluate(AT_REST)
    where = "document" if formulas else "{exclude: [['.katex']]}"
    result = page.evaluate(f"axe.run({where}, {{resultTypes: ['violations', 'incomplete']}})")
    found = result["violations"]
    if undecided:
        found += [item for item in result["incomplete"] if item["id"] == "color-contrast"]
    return [
        f"{item['id']}: {node['target']} {node.get('failureSummary', '')}"
        for item in found
        for node in item["nodes"]
    ]
