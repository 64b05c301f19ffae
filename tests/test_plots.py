"""What figures share: ellipses and colors mean what they say, pictures repeat, a `Picture` describes itself.

And what single figures say: the sentence that a function returns is computed from what it draws.
"""

import ast
import importlib
import io
import itertools
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D

from gmmlesson import Mixture, datasets, plots
from gmmlesson.em import Fit

MIX = Mixture(
    [0.3, 0.3, 0.4],
    [[0.0, 0.0], [5.0, 1.0], [-4.0, 2.0]],
    [[[4.0, 0.0], [0.0, 1.0]], [[2.0, 1.2], [1.2, 1.0]], [[0.5, -0.6], [-0.6, 3.0]]],
)
MODULES = sorted(Path(plots.__file__).parent.glob("[a-z]*.py"))
MODULES = [path for path in MODULES if path.stem not in ("base", "picture")]
PNG = b"\x89PNG\r\n\x1a\n"


def outlines(fig, ax, collection):
    """The curves that an EllipseCollection draws, in the units of the data: one array of points each."""
    fig.canvas.draw()
    (circle,) = collection.get_paths()
    (polygon,) = Affine2D().scale(1000).transform_path(circle).to_polygons()  # with many corners
    offsets = collection.get_offset_transform().transform(collection.get_offsets())
    to_pixels, to_data = collection.get_transform(), ax.transData.inverted()
    return [
        to_data.transform(to_pixels.transform(Affine2D(matrix).transform(polygon / 1000)) + offset)
        for matrix, offset in zip(collection.get_transforms(), offsets, strict=True)
    ]


class TestEllipses:
    def test_half_axes_are_roots_of_eigenvalues_times_the_radius(self):
        _, ax = plots.figure()
        plots.draw_ellipses(ax, MIX, radii=(1, 2, 3))
        eigenvalues = np.linalg.eigvalsh(MIX.covariances)
        for radius, collection in zip((1, 2, 3), ax.collections, strict=True):
            np.testing.assert_allclose(collection.get_widths(), 2 * radius * np.sqrt(eigenvalues[:, 1]))
            np.testing.assert_allclose(collection.get_heights(), 2 * radius * np.sqrt(eigenvalues[:, 0]))
            np.testing.assert_allclose(collection.get_offsets(), MIX.means)

    @pytest.mark.parametrize("equal", [True, False])
    def test_every_point_of_the_curve_is_radius_standard_deviations_from_the_mean(self, equal):
        """Also where an axis is stretched: tilted ellipses come out right."""
        fig, ax = plots.figure()
        plots.draw_ellipses(ax, MIX)
        ax.set(xlim=(-10, 10), ylim=(-8, 9))
        plots.label_axes(ax, "x", "y", equal=equal)
        for radius, collection in zip((1, 2), ax.collections, strict=True):
            for j, curve in enumerate(outlines(fig, ax, collection)):
                L = np.linalg.cholesky(MIX.covariances[j])
                distances = np.linalg.norm(np.linalg.solve(L, (curve - MIX.means[j]).T), axis=0)
                assert len(distances) > 30
                np.testing.assert_allclose(distances, radius, rtol=1e-3)

    def test_each_component_keeps_its_color(self):
        _, ax = plots.figure()
        plots.draw_ellipses(ax, MIX, colors=["#FF0000", "#00FF00", "#0000FF"])
        for collection in ax.collections:
            np.testing.assert_array_equal(collection.get_edgecolors()[:, :3], np.eye(3))
            assert not len(collection.get_facecolors())


class TestScatter:
    def points(self, X, responsibilities):
        """What is drawn: {position: (color, number of marker vertices)}."""
        _, ax = plots.figure()
        plots.scatter(ax, X, responsibilities)
        return {
            tuple(position.tolist()): (tuple(color[:3]), len(collection.get_paths()[0].vertices))
            for collection in ax.collections
            for position, color in zip(collection.get_offsets(), collection.get_facecolors(), strict=True)
        }

    def test_the_colors_are_those_of_blend_and_the_marker_the_owner_s(self):
        X = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
        r = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8]])
        drawn = self.points(X, r)
        for x, color in zip(X, plots.blend(r), strict=True):
            np.testing.assert_allclose(drawn[tuple(x)][0], color, atol=1e-12)
        assert len({drawn[tuple(x)][1] for x in X[[0, 1, 3]]}) == 3  # three markers
        assert drawn[0.0, 0.0][1] == drawn[2.0, 0.0][1]  # that of the most responsible component

    def test_without_responsibilities_all_points_are_gray(self):
        _, ax = plots.figure()
        plots.scatter(ax, np.arange(6.0).reshape(3, 2))
        (collection,) = ax.collections
        assert collection.get_offsets().tolist() == [[0, 1], [2, 3], [4, 5]]
        np.testing.assert_allclose(collection.get_facecolors()[0, :3], to_rgb(plots.QUIET))


# From linear RGB to what an eye without the middle or without the long wavelengths sees (Machado et al. 2009)
EYES = {
    "full color": np.eye(3),
    "deuteranope": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanope": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
}


def seen(color, eye):
    """CIELAB coordinates of an sRGB color as an eye sees it: a distance of 10 is plain to see."""
    color = np.asarray(color)
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(EYES[eye]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz / [0.9505, 1, 1.0888])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


class TestBlend:
    def test_who_owns_a_point_alone_gives_it_the_color_and_to_share_it_makes_it_darker(self):
        palette = [to_rgb(color) for color in plots.COLORS]
        np.testing.assert_allclose(plots.blend(np.eye(8)), palette, atol=1e-12)
        rows = plots.blend(np.array([[1, 0, 0], [0.9, 0.1, 0], [0.7, 0.3, 0], [0.5, 0.5, 0], [1 / 3] * 3]))
        lightness = [seen(color, "full color")[0] for color in rows]
        assert sorted(lightness, reverse=True) == lightness

    @pytest.mark.parametrize(("k", "least"), [(3, 25), (4, 20), (8, 12)])
    @pytest.mark.parametrize("eye", EYES)
    def test_a_blend_of_two_colors_is_never_like_a_third(self, eye, k, least):
        palette = [seen(to_rgb(color), eye) for color in plots.COLORS[:k]]
        for i, j in itertools.combinations(range(k), 2):
            for share in np.linspace(0.3, 0.7, 9):
                blend = seen(plots.blend(share * np.eye(k)[[i]] + (1 - share) * np.eye(k)[[j]])[0], eye)
                others = [color for m, color in enumerate(palette) if m not in (i, j)]
                assert min(np.linalg.norm(blend - color) for color in others) > least, (i, j, share)


def test_mark_means_puts_one_marker_at_each():
    _, ax = plots.figure()
    plots.mark_means(ax, MIX.means)
    assert [collection.get_offsets().tolist()[0] for collection in ax.collections] == MIX.means.tolist()
    colors = [tuple(collection.get_facecolors()[0, :3]) for collection in ax.collections]
    assert colors == [to_rgb(color) for color in plots.COLORS[:3]]


def test_the_palette():
    """Eight colors and as many markers, all different; seven of them are those of Okabe & Ito (2008)."""
    assert len(set(plots.COLORS)) == len(set(plots.MARKERS)) == 8
    okabe_ito = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"}
    assert okabe_ito <= set(plots.COLORS)


def test_axes_are_labeled():
    _, ax = plots.figure()
    plots.label_axes(ax, "eruption (min)", "waiting (min)")
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_aspect()) == ("eruption (min)", "waiting (min)", 1.0)
    _, ax = plots.figure()
    plots.label_axes(ax, "x", "y", equal=False)
    assert ax.get_aspect() == "auto"


def pixels(png):
    return np.asarray(PIL.Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)


def a_figure():
    fig, ax = plots.figure(height=2.5)
    plots.scatter(ax, np.random.default_rng(0).standard_normal((50, 2)))
    plots.draw_ellipses(ax, MIX)
    return fig


@pytest.fixture
def displayed(monkeypatch):
    """What a `Picture` hands to IPython."""
    outputs = []
    monkeypatch.setattr(plots.picture, "display", lambda output, raw=False: outputs.append(output))
    return outputs


class TestFigures:
    def test_equal_pictures_are_equal_files(self):
        first, again = plots.png(a_figure()), plots.png(a_figure())
        assert first.startswith(PNG)
        assert first == again
        assert b"Software" not in first
        assert b"tIME" not in first

    def test_a_figure_belongs_to_no_window(self):
        import matplotlib.pyplot as plt

        fig, axes = plots.figure(2, 3)
        assert isinstance(fig, Figure)
        assert axes.shape == (2, 3)
        assert plt.get_fignums() == []

    def test_the_style_ends_with_the_drawing(self):
        import matplotlib as mpl

        before = dict(mpl.rcParams)
        plots.png(a_figure())
        assert dict(mpl.rcParams) == before


class TestPicture:
    @pytest.fixture(autouse=True)
    def _no_shell_stays(self):
        """Whoever finds one afterwards, as progress bars do, would take this process for a notebook."""
        yield
        InteractiveShell.clear_instance()

    def formatted(self, displayed):
        """The mime bundles of what was displayed: [(data, metadata)]."""
        formatter = InteractiveShell.instance().display_formatter
        return [
            (output, {}) if isinstance(output, dict) else formatter.format(output) for output in displayed
        ]

    def test_it_shows_the_figure_with_its_description_and_the_caption_below(self, displayed, capsys):
        plots.Picture(a_figure(), "Three ellipses.")._ipython_display_()
        (image, metadata), (text, _) = self.formatted(displayed)
        assert metadata["image/png"]["alt"] == "Three ellipses."
        assert metadata["image/png"]["width"] == 576  # 6 inches
        assert image["text/plain"] == "<IPython.core.display.Image object>"  # no address, which would change
        assert text["text/plain"] == "Figure: Three ellipses."
        assert re.sub(r"<[^>]*>", "", text["text/html"]) == "Figure: Three ellipses."
        assert capsys.readouterr() == ("", "")

    def test_as_the_last_line_of_a_cell_it_shows_itself(self, displayed):
        shell = InteractiveShell.instance()
        shell.user_ns["picture"] = plots.Picture(a_figure(), "Three ellipses.")
        assert shell.run_cell("picture").success
        assert len(displayed) == 2

    def test_outside_of_a_notebook_it_is_its_caption(self):
        assert repr(plots.Picture(a_figure(), "Three\n  ellipses.")) == "Figure: Three ellipses."

    def test_a_caption_cannot_break_the_html(self, displayed):
        plots.Picture(a_figure(), "1 < 2 & <b>so on</b>.")._ipython_display_()
        assert "1 &lt; 2 &amp; &lt;b&gt;so on&lt;/b&gt;." in displayed[1]["text/html"]

    def test_it_gives_the_same_picture_again(self, displayed):
        for _ in range(2):
            plots.Picture(a_figure(), "Three ellipses.")._ipython_display_()
        assert displayed[0].data == displayed[2].data

    def test_the_shown_picture_looks_like_the_exact_one(self, displayed):
        fig = a_figure()
        plots.Picture(fig, "Three ellipses.")._ipython_display_()
        exact, shown = pixels(plots.png(fig)), pixels(displayed[0].data)
        width, height = fig.get_size_inches() * plots.base.DPI
        assert shown.shape == exact.shape == (round(height), round(width), 3)
        assert np.abs(exact - shown).mean() < 2  # of 255

    @pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
    def test_every_function_that_draws_returns_one(self, module):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        names = importlib.import_module(f"gmmlesson.plots.{module.stem}").__all__
        assert names
        for name in names:
            returned = [node.value for node in ast.walk(functions[name]) if isinstance(node, ast.Return)]
            assert returned
            for value in returned:
                assert isinstance(value, ast.Call) and value.func.id in ("Picture", *names), name


def two_groups(gap, n=(300, 100)):
    """Numbers with standard deviation 1 around 0 and around `gap`, and their labels."""
    z = np.random.default_rng(0).standard_normal(sum(n))
    labels = np.repeat([0, 1], n)
    return z + gap * labels, labels


class TestSentencesOfLesson01:
    @pytest.mark.parametrize(("gap", "clumps"), [(20, "two clumps"), (1, "one clump")])
    def test_toss_then_draw_counts_what_it_draws(self, gap, clumps):
        x, labels = two_groups(gap)
        sentence = plots.toss_then_draw(x, labels).caption
        spread = f"{x[:300].std():.2f} and {x[300:].std():.2f}" if gap == 20 else f"{x.std():.2f}"
        story = "Blue drew 300 points, orange 100; without their colors they form "
        assert sentence.endswith(f"{story}{clumps} (standard deviation {spread}).")

    def test_mixture_density_adds_up_the_area(self):
        grid = np.linspace(0, 10, 1001)
        parts = np.stack([np.exp(-((grid - mean) ** 2)) / np.sqrt(np.pi) / 4 for mean in (4, 6)], axis=1)
        sentence = plots.mixture_density(grid, parts, np.linspace(3, 7, 1234)).caption
        assert sentence == (
            "Two weighted bells as curves and their sum (area 0.500), over the histogram of 1,234 draws."
        )

    def test_either_or_both_counts_humps(self):
        either, labels = two_groups(8)
        sentence = plots.either_or_both(either, labels, either[labels == 0] - either[:300].mean() + 3).caption
        means = f"although their means are {either.mean():.2f} and 3.00 minutes."
        assert sentence == f"Two histograms. Machine A has two humps, B one, {means}"
        sentence = plots.either_or_both(either[:300], labels[:300], either).caption
        assert "Machine A has one hump, B two," in sentence

    def test_humps_at_four_distances(self):
        picture = plots.two_humps_at_four_distances((1, 2.5, 3.1, 4), 0.5)
        fig, sentence = picture.figure, picture.caption
        assert sentence.endswith("The sum has one hump at 1 sd, and two at 2.5, 3.1 and 4 sd.")
        assert fig.axes[1].get_title("left") == "2.5 sd apart: two humps"
        sentence = plots.two_humps_at_four_distances((1, 2.5, 3.1, 4), 0.8).caption
        assert "one hump at 1 and 2.5 sd, and two at 3.1 and 4 sd" in sentence

    def test_circle_and_ellipse_says_where_the_arrow_lands(self):
        z = np.zeros((3, 2))
        sentence = plots.circle_and_ellipse(z, np.array([[9.0, 1.5], [1.5, 1.0]])).caption
        assert sentence.endswith("(1, 0) becomes (3.0, 0.5), and the unit circle a leaning ellipse.")
        sentence = plots.circle_and_ellipse(z, np.diag([4.0, 1.0])).caption
        assert sentence.endswith("(1, 0) becomes (2.0, 0.0), and the unit circle an upright ellipse.")

    def test_synthetic_and_real_looks_how_the_ellipses_lean(self):
        X = np.array(MIX.means)
        eruptions = two_groups(8)[0][:, None] * [1, 1]
        sentence = plots.synthetic_and_real(X, np.arange(3), MIX, eruptions).caption
        assert sentence == (
            "Scatter plots: 3 points in three ellipses that lean differently, and 400 eruptions in two "
            "clumps."
        )
        alike = Mixture(MIX.weights, MIX.means, [MIX.covariances[1]] * 3)
        sentence = plots.synthetic_and_real(X, np.arange(3), alike, eruptions[:300]).caption
        assert sentence.endswith("in three ellipses that lean alike, and 300 eruptions in one clump.")


class TestSentencesOfLesson02:
    def test_rod_says_who_leads_and_where_two_are_level(self):
        machines = np.array([0.5, 0.4, 0.1]), np.array([0.0, 4.0, 20.0]), 1.0
        sentence = plots.rod(1.0, *machines).caption
        assert sentence == "A rod of 1 mm has the responsibilities blue 0.986, orange 0.014, green 0.000."
        level = 2 + np.log(0.5 / 0.4) / 4
        sentence = plots.rod(level, *machines).caption
        assert sentence.endswith(f"Blue's falls gradually and orange's rises; at {level:.4g} mm they cross.")
        weights, means, sd = machines
        sentence = plots.rod(4 - level, weights, means[[1, 0, 2]], sd).caption
        assert "Orange's falls gradually and blue's rises" in sentence

    def test_soft_and_hard_names_who_loses_most(self):
        r = np.array([[0.4, 0.35, 0.25]] * 6 + [[0.0, 1.0, 0.0]] * 4)
        sentence = plots.soft_and_hard(np.arange(20.0).reshape(10, 2), MIX, r).caption
        assert "blue holds 2 points, in pieces" in sentence
        assert sentence.endswith("each point goes to its owner: blue gets 6.")

    def test_soft_and_hard_tints_by_share(self):
        r = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
        fig = plots.soft_and_hard(np.array([[0.0, 1.0], [2.0, 3.0]]), MIX, r).figure
        for j, ax in enumerate(fig.axes[:3]):
            points = ax.collections[0]
            tints = dict(zip(points.get_offsets()[:, 0].tolist(), points.get_facecolors(), strict=True))
            color = np.array(to_rgb(plots.COLORS[j]))
            for x, share in [(0.0, r[0, j]), (2.0, r[1, j])]:
                np.testing.assert_allclose(tints[x][:3], 0.9 + share * (color - 0.9), atol=1e-12)

    def test_eruptions_in_colors_looks_who_is_short(self):
        X = np.array([[2.0, 50.0], [2.1, 60.0], [4.0, 80.0]])
        r = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
        two = Mixture([0.5, 0.5], X[[0, 2]], [np.eye(2)] * 2)
        sentence = plots.eruptions_in_colors(X, two, r, 1).caption
        assert "short eruptions are blue (2.0 points), long ones orange;" in sentence
        sentence = plots.eruptions_in_colors(X, two, r[:, ::-1], 1).caption
        assert "short eruptions are orange (2.0 points), long ones blue;" in sentence

    def test_vanishing_says_where(self):
        sentence = plots.vanishing([100, 600], np.array([[-140.0], [-850.0]])).caption
        assert sentence.endswith("fall by 1.419 a dimension and pass -744.4 at 525 dimensions.")

    def test_shares_by_length_reads_the_tops(self):
        lengths = np.linspace(-2, 2, 401)
        shares = {"half": np.exp(-(lengths**2)) / 2, "a tenth": np.exp(-(lengths**2)) / 10}
        sentence = plots.shares_by_length(lengths, shares).caption
        tops = "up to 0.500 (half) and 0.100 (a tenth)."
        assert sentence.endswith(f"humps around 0 mm, {tops}")


class TestSentencesOfLesson03:
    def test_shares_on_a_line_compares_blue_before_and_after(self):
        x = np.array([0.0, 2.0, 4.0, 7.0, 8.0])
        labels = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
        shares = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
        sentence = plots.shares_on_a_line(x, {"first": labels, "second": shares}).caption
        assert sentence.endswith("Blue's mean moves from 1.0 to 2.0 cm, its variance to 2.67 cm².")

    def test_slope_at_the_mean_reads_slope_and_top(self):
        """With one component Q is the log-likelihood, and its top is the mean."""
        x = np.array([0.0, 2.0, 7.0])
        picture = plots.slope_at_the_mean(x, 4.0, lambda mean: Mixture([1.0], [[mean]], [[[2.0]]]))
        story = "the slope -1.500 at 4 cm; the top of Q is at 3.000 cm, that of the log-likelihood at 3.0 cm."
        assert picture.caption.endswith(story)
        _, curve, q, *_ = picture.figure.axes[0].lines
        np.testing.assert_allclose(curve.get_ydata(), q.get_ydata())

    def test_tug_panels_reads_the_ellipses(self):
        sentence = plots.tug_panels([1, 0.5, 0.5, 0]).caption
        assert sentence.endswith("blue's longest sd grows from 1.708 to 0.707 cm, toward that point.")

    def test_one_m_step_says_from_where_to_where(self):
        two = Mixture([0.5, 0.5], [[1.0, 2.0], [3.0, 4.0]], [np.eye(2)] * 2)
        moved = Mixture([0.5, 0.5], [[1.5, -2.0], [3.0, 4.0]], [np.eye(2)] * 2)
        X = np.arange(10.0).reshape(5, 2)
        sentence = plots.classic_m_step(X, two, moved).caption
        assert sentence.endswith("the M-step moves blue's mean from (1.00, 2.00) to (1.50, -2.00).")

    def test_way_of_blue_counts_the_m_steps(self):
        def at(*place):
            return Mixture([0.5, 0.5], [place, (4.0, 80.0)], [np.eye(2)] * 2)

        means = [at(2.0, 55.0), at(2.7, 60.0), at(2.4, 58.0), at(2.1, 56.0), at(2.0, 55.0)]
        run = Fit(means, np.zeros(5), True)
        picture = plots.way_of_blue(np.array([[2.0, 55.0], [4.0, 80.0]]), run, below=2.15)
        fig, sentence = picture.figure, picture.caption
        assert sentence.endswith("leaps out of the short eruptions at once and needs 3 M-steps to return.")
        assert fig.axes[0].get_title("left") == "Out in one leap, back in 3 M-steps"

    def test_two_divisors_computes_the_top(self):
        sentence = plots.two_divisors(np.array([0.0, 6.0, 12.0])).caption
        assert sentence.endswith("it peaks at 24.00 cm², where the sum of squares is divided by 3.")

    @pytest.mark.parametrize(
        ("theirs", "words"),
        [
            ([-4, -1, -3], "rises to -1.000 and falls to -3.000"), ([-4, -3, -1], "rises to -1.000"),
            ([-4, -5, -6], "falls to -6.000"),
        ],
    )
    def test_two_codes_tells_a_fall_from_a_rise(self, theirs, words):
        one = Mixture([1.0], [[2.0]], [[[1.0]]])
        curves = np.array([1.0]), np.array([2.0]), np.array([0.5])
        picture = plots.two_codes(np.array([1.0, 2.0]), theirs, [-4.0, -2.0, -1.5], curves, one)
        assert f"the colleague {words}; the package is at -1.500." in picture.caption
        step = {-3: "The colleague's falls at step 2", -1: "Neither falls"}
        title = step.get(theirs[-1], "The colleague's falls at step 1")
        assert picture.figure.axes[0].get_title("left") == title

    @pytest.mark.parametrize(
        ("sigma", "title"),
        [(0.5, "A curve much too narrow"), (1.1, "Both about as wide"), (2, "A curve much too wide")],
    )
    def test_two_codes_measures_how_wide_the_curves_are(self, sigma, title):
        one = Mixture([1.0], [[2.0]], [[[1.0]]])
        curves = np.array([1.0]), np.array([2.0]), np.array([sigma])
        fig = plots.two_codes(np.array([1.0, 2.0]), [-4, -3, -1], [-4.0, -3.0, -1.0], curves, one).figure
        assert fig.axes[1].get_title("left") == title


def line_of(*values):
    return np.array([float(value) for value in values])


class TestSentencesOfLesson04:
    def test_classic_strip_counts_points_in_several_ellipses(self):
        X = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0], [2.5, 0.0]])
        near = Mixture([0.5, 0.5], [[0.2, 0.0], [0.8, 0.0]], [np.eye(2)] * 2)
        far = Mixture([0.5, 0.5], [[0.0, 0.0], [9.0, 0.0]], [np.eye(2)] * 2)
        run = Fit((near, near, far), line_of(-30, -20, -10), True)
        picture = plots.classic_strip(X, run, start="Start from here")
        fig, sentence = picture.figure, picture.caption
        said = "at -30.0: 2 points lie in several ellipses; iteration 2, at -10.0: 0 do."
        assert sentence.endswith(f", and the trace. Start from here, {said}")
        assert fig.axes[0].get_title("left") == "Start from here"
        sentence = plots.classic_strip(X, run).caption
        assert sentence.endswith(f", and the trace. The start, {said}")

    def test_classic_iteration_says_who_holds_what(self):
        sentence = plots.classic_iteration(1).caption
        counts = [int(word.strip(",.")) for word in sentence.split(";")[1].split() if word[0].isdigit()]
        assert sum(counts) == pytest.approx(3000, abs=1)
        assert "Iteration 1: log-likelihood -14027.422 (+2782); blue holds " in sentence

    def test_trace_parts_the_first_gain_from_the_rest(self):
        sentence = plots.trace(line_of(-30, -10, -9.5, -9), "title").caption
        told = "it gains 20.0 nats in the first iteration and 1.0 in the 2 that follow."
        assert sentence == f"The log-likelihood by iteration, a dot each: {told}"

    @pytest.mark.parametrize(("ratio", "lines"), [(0.5, "fall onto"), (0.6, "miss")])
    def test_convergence_rates_compares_with_the_prediction(self, ratio, lines):
        gaps = {4: line_of(8, 1), 0.5: line_of(8, 4, 2, 1)}
        sentence = plots.convergence_rates(gaps, {4: 1 / 8, 0.5: ratio}).caption
        counts = "2 iterations at 4 sd apart, 4 at 0.5."
        assert sentence.endswith(f" The last points {lines} the predicted lines: {counts}")

    def test_eruption_panels_follows_orange(self):
        mixtures = [
            Mixture([0.5, 0.5], [[4.0, 80.0], [x, 60.0]], [np.diag([1.0, 9.0])] * 2) for x in (4, 3, 2.5, 2)
        ]
        run = Fit(mixtures, line_of(-30, -20, -19, -10), True)
        sentence = plots.eruption_panels(datasets.old_faithful(), run, [0, 1, 3]).caption
        story = "4.00 minutes in iteration 0, 3.00 in 1, 2.00 in 3. Gain: 20.0 nats."
        assert sentence.endswith(f" Orange's mean is at {story}")

    def test_small_pushes_finds_the_middle_of_each_climb(self):
        def trace(climb):
            return np.where(np.arange(60) < climb, -100.0, 0.0)

        sentence = plots.small_pushes({0.1: trace(10), 0.01: trace(22), 0.001: trace(30)}).caption
        halfway = "Halfway at iterations 10, 22, 30; the difference grows 1.26-fold an iteration."
        assert sentence.endswith(halfway)

    def test_tolerance_stop_says_what_is_missing(self):
        sentence = plots.tolerance_stop(-4).caption
        where = "stop at iteration 16, at -1286.639, 156.38 nats below the end."
        assert sentence.endswith(f" Tolerance 0.0001 nats a point: {where}")


class TestSentencesOfLesson05:
    def test_shrinking_counts_the_shared(self):
        X = np.array([[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]])
        sentence = plots.shrinking(X, X[[0, 2]], [9, 2, 1, 0.1]).caption
        assert sentence.endswith("Points shared: 3 at sd 9, 1 at sd 2, 1 at sd 1, 1 at sd 0.1.")

    def test_random_start_says_how_far_below_the_best(self):
        stuck = plots.random_start(5).caption
        assert stuck.endswith("iterations the log-likelihood is -1758.2, 76.8 nats below the best.")

    def test_starts_and_ends_measures_the_directions(self):
        def at(*degrees):
            angles = np.radians(degrees)
            axes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
            covariances = [np.eye(2) + 8 * np.outer(axis, axis) for axis in axes]
            return Mixture(np.full(len(degrees), 1 / len(degrees)), MIX.means[: len(degrees)], covariances)

        runs = {
            "From here": Fit((at(0, 0), at(30, 120)), line_of(-9, -5), True),
            "From there": Fit((at(0, 0), at(10, 170)), line_of(-9, -6), True),
        }
        sentence = plots.starts_and_ends(np.array(MIX.means), runs).caption
        assert " From here: -5.0, the ellipses lie at 30°, 120°. " in sentence
        assert sentence.endswith(" From there: -6.0, the ellipses lie at 10°, 170°.")

    @pytest.mark.parametrize(
        ("kmeans", "verdict", "told"),
        [
            ([-10, -10.5], "every k-means start succeeds", "kmeans 2"),
            ([-20, -18], "no k-means start succeeds", "kmeans 0 (8.0 below)"),
            ([-10, -18], "1 of 2 k-means starts succeed", "kmeans 1"),
        ],
    )
    def test_where_starts_end_counts(self, kmeans, verdict, told):
        finals = {"random_points": line_of(-10, -30), "kmeans": line_of(*kmeans)}
        picture = plots.where_starts_end(finals, "Some clusters")
        fig, sentence = picture.figure, picture.caption
        assert fig.axes[0].get_title("left") == f"Some clusters: {verdict}"
        assert sentence.endswith(f" Reach -10.0, the best: random_points 1, {told}.")

    def test_dragged_to_one_place_says_where_each_ends(self):
        X = np.array(MIX.means)
        runs = {name: Fit((MIX, MIX), line_of(-9, end), True) for name, end in [("blue", -8), ("orange", -2)]}
        sentence = plots.dragged_to_one_place(X, runs).caption
        assert sentence.endswith("where EM ends, with one mean dragged: blue -8.0, orange -2.0.")
