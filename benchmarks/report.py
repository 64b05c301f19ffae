"""The results as Markdown and as a figure."""

import matplotlib.ticker

from benchmarks import many
from benchmarks.duel import TOLERANCE
from benchmarks.problems import short
from gmmlesson.plots.base import COLORS, INK, MARKERS, QUIET, figure, styled
from gmmlesson.plots.picture import png

MIB = 2**20
PLAIN = matplotlib.ticker.FuncFormatter(lambda number, _: f"{number:g}")  # 0.1, 1, 10 rather than powers


def markdown(results):
    """All tables, with what they mean."""
    sections = [_head(results), _shapes(results), _grid(results), _growth(results), _memory(results)]
    sections.insert(2, many.markdown(results.many, results.many_memory))
    return "\n\n".join([*sections, _roofline(results)]) + "\n"


def _head(results):
    title = "# Speed and memory of `gmmlesson.fit`\n\nMade by `make bench`.\n\n"
    return title + _table(["", ""], results.facts)


def _shapes(results):
    rows = []
    for one in sorted(results.shapes, key=_by_problem(results.shapes)):
        rows.append([one.problem, one.peer, one.n_iter, f"{one.difference:.0e}", *_times(one)])
    limits = ", ".join(f"{limit:g} in {precision}" for precision, limit in TOLERANCE.items())
    return (
        "## Against others\n\n"
        "Full covariances; same points, same start, same number of iterations T, nothing added to the "
        "covariances. The results are compared first: *difference* is the largest in any weight, mean or "
        "covariance (means and covariances in standard deviations) and in the log-likelihood per "
        f"observation. Beyond the tolerance ({limits}) nothing is timed. *Fit* is a whole fit of T "
        "iterations, *iteration* what one more adds, in ms, ours and theirs: the shortest of several, the "
        "two sides taking turns. Reading data, converting them and compiling (gmmx, Armadillo) are left "
        "out. gmmx and pomegranate compute in float32, all others in float64. Ours takes T + 1 steps, the "
        "last for the likelihood of what it returns.\n\n"
        + _table(["n, d, k", "peer", "T", "difference", *TIMES], rows)
    )


TIMES = ["fit, ours", "fit, theirs", "**times faster**", "iteration, ours", "theirs", "times faster"]


def _times(one):
    if one.fit is None:
        return ["computes something else", "", "", "", "", ""]
    cells = [_ms(one.fit[0]), _ms(one.fit[1]), f"**{one.ratio:.1f}**"]
    if one.iteration is None:
        return [*cells, "", "", ""]
    ours, theirs = one.iteration
    return [*cells, _ms(ours), _ms(theirs), f"{theirs / ours:.1f}"]


def _grid(results):
    timed = [one for one in results.grid if one.fit]
    different = [str(one.problem) for one in results.grid if not one.fit]
    columns = sorted({one.problem.d for one in results.grid})
    rows = []
    for n, k in sorted({(one.problem.n, one.problem.k) for one in results.grid}):
        mine = [one for one in timed if (one.problem.n, one.problem.k) == (n, k)]
        ratios = {one.problem.d: f"{one.ratio:.1f}" for one in mine}
        rows.append([short(n), k, *(ratios.get(d, "") for d in columns)])
    text = (
        "## Against scikit-learn, everywhere\n\n"
        "How many times as long as ours a whole fit of scikit-learn's takes; both add the same 0.01 to the "
        "variances. Left empty where n is less than 3 k (d + 1): too few points for k full covariances. One "
        "component is fitted after one iteration, so that there is little to time.\n\n"
        + _table(["n", "k", *(f"d = {d}" for d in columns)], rows)
    )
    if timed:
        worst = min(timed, key=lambda one: one.ratio)
        largest = max(one.difference for one in timed)
        text += (
            f"\n\nLowest: {worst.ratio:.1f} at (n, d, k) = ({worst.problem}). "
            f"Largest difference in the results: {largest:.0e}."
        )
    if different:
        text += f"\n\nNot timed, for the results differ: {'; '.join(different)}."
    return text


def _growth(results):
    disk = {problem: seconds for problem, seconds, _, _ in results.disk}
    memory = {problem: times for problem, *times in results.growth}
    rows = []
    for problem in disk:
        times = [*memory.get(problem, (None, None)), disk[problem]]
        cells = [_ms(seconds) if seconds else "" for seconds in times]
        rows.append([short(problem.n), *cells, f"{1e9 * disk[problem] / problem.n:.1f}"])
    head = ["n", "`fit`", "scikit-learn", "`fit_blocks`, from disk", "the same, ns a point"]
    return "## How time grows with n\n\nms an iteration, d = 2, k = 3.\n\n" + _table(head, rows)


def _memory(results):
    problem = results.memory["problem"]
    size = 8 * problem.n * problem.d
    rows = [
        [side, f"{(results.memory[side] - results.memory['data']) / MIB:.0f}",
         f"{(results.memory[side] - results.memory['data']) / size:.2f}"]
        for side in ("gmmlesson", "scikit-learn")
    ]  # fmt: skip
    disk = [
        [short(one.n), f"{file / MIB:.1f}", f"{peak / MIB:.0f}"] for one, _, file, peak in results.disk
    ]  # fmt: skip
    return (
        "## Peak memory\n\n"
        f"Of a fit beyond a process that only holds the data, (n, d, k) = ({problem}): {size / MIB:.0f} MiB."
        "\n\n"
        + _table(["", "extra MiB", "times the data"], rows)
        + "\n\nOf a process that fits a file with `fit_blocks`, everything counted: Python and its modules, "
        "scikit-learn's among them.\n\n"
        + _table(["n", "file, MiB", "peak, MiB"], disk)
    )


def _roofline(results):
    machine = results.machine
    rates = [
        ["product of two large matrices, GFLOP/s", *(f"{rate / 1e9:.0f}" for rate in machine.dgemm)],
        ["copying memory, GB/s read and written", *(f"{rate / 1e9:.1f}" for rate in machine.copy)],
        ["`np.exp`, 1e9/s", *(f"{rate / 1e9:.2f}" for rate in machine.exp)],
    ]
    rows = []
    for one, work, calls in results.roofline:
        problem = one.problem
        measured, limit = one.iteration[0] / problem.n, work.seconds(machine)
        rows.append([
            problem, f"{work.flops:.0f}", f"{work.exps:.0f}", f"{work.bytes:.0f}", f"{1e9 * measured:.2f}",
            f"{1e9 * limit:.2f}", f"{measured / limit:.1f}", f"{1e9 * calls:.2f}", f"{measured / calls:.1f}",
        ])  # fmt: skip
    head = ["n, d, k", "flops", "exps", "bytes", "ns", "limit, ns", "**ns / limit**", "bare, ns", "ns / bare"]
    return (
        "## How far from the limit\n\n"
        "What this machine can do:\n\n"
        + _table(["", "one thread", "all threads"], rates)
        + "\n\nWhat a point needs in one iteration, how long it takes, and the least it could take at these "
        "rates with all threads: arithmetic, or reading if that is longer. *Bare* are the two products and "
        "`np.exp` by themselves, at their narrow shapes and in the cache: what NumPy could reach.\n\n"
        + _table(head, rows)
    )


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _ms(seconds):
    return f"{1e3 * seconds:.3g}"


def _by_problem(duels):
    """A key that brings those of one problem together, in the order of the first peer."""
    order = list(dict.fromkeys(one.problem for one in duels))
    return lambda one: order.index(one.problem)


@styled
def picture(results):
    """Three panels as PNG: times faster than each peer; growth with n; growth with d and k."""
    fig, (left, middle, right) = figure(1, 3, width=13, height=4.6)
    _draw_ratios(left, results)
    _draw_growth(middle, results)
    _draw_grid(right, results)
    return png(fig)


def _draw_ratios(ax, results):
    problems = list(dict.fromkeys(one.problem for one in results.shapes))
    for j, peer in enumerate(dict.fromkeys(one.peer for one in results.shapes)):
        timed = [one for one in results.shapes if one.peer == peer and one.fit]
        ax.scatter(
            [one.ratio for one in timed], [problems.index(one.problem) for one in timed],
            color=COLORS[j], marker=MARKERS[j], s=45, alpha=0.9, label=peer,
        )  # fmt: skip
    ax.axvline(1, color=QUIET, linewidth=1)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(PLAIN)
    ax.set_yticks(range(len(problems)), [str(problem) for problem in problems])
    ax.invert_yaxis()
    ax.set_xlabel("time of their fit / time of ours")
    ax.set_ylabel("n, d, k")
    ax.set_title("gmmlesson is this many times faster")
    ax.legend(fontsize=8)


def _draw_growth(ax, results):
    n = [problem.n for problem, *_ in results.growth]
    disk_n, disk_seconds, *_ = zip(*((one.n, *rest) for one, *rest in results.disk), strict=True)
    lines = [
        ("scikit-learn", n, [theirs for _, _, theirs in results.growth]),
        ("gmmlesson.fit", n, [ours for _, ours, _ in results.growth]),
        ("fit_blocks, from disk", disk_n, disk_seconds),
    ]
    for j, (label, numbers, seconds) in enumerate(lines):
        ax.plot(numbers, seconds, color=COLORS[j], marker=MARKERS[j], label=label)
    ax.set(xscale="log", yscale="log", xlabel="points n (d = 2, k = 3)", ylabel="seconds an iteration")
    ax.set_title("How time grows with n")
    ax.legend(fontsize=8)


def _draw_grid(ax, results):
    n = max(one.problem.n for one in results.grid)
    timed = [one for one in results.grid if one.problem.n == n and one.fit and one.problem.k > 1]
    for j, k in enumerate(sorted({one.problem.k for one in timed})):
        mine = [one for one in timed if one.problem.k == k]
        d = [one.problem.d for one in mine]
        for side, (style, label) in enumerate((("-", f"k = {k}"), (":", None))):
            seconds = [one.fit[side] / one.n_iter for one in mine]
            ax.plot(d, seconds, style, color=COLORS[j], marker=MARKERS[j], label=label)
    ax.plot([], [], ":", color=INK, label="scikit-learn")
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(PLAIN)
    ax.set(yscale="log", xlabel=f"features d (n = {short(n)})", ylabel="seconds an iteration")
    ax.set_title("How time grows with d and k")
    ax.legend(fontsize=8)
