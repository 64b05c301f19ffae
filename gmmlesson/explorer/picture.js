// The picture: points, axes, ellipses or curves, drawn at most once a frame, in the colors of the theme around it.
import { create } from "./elements.js";
import { drawAxes, drawCurves, drawEllipses, drawHandles, drawMeans, drawPredictions, drawRing, drawTrails, histogramOf, reachOf, screenComponents, upRoom } from "./overlay.js";
import { extent, markerStamp, mixedColor, paintPoints, paletteFor, pixelPositions, plotScales, pointLook, rgbText, sharedFor } from "./paint.js";

const GLIDE = 240; // milliseconds in which ellipses move to their new places
const SHRUNK = 3; // times: how much less the points may range before the frame follows
const STALE_FADE = 0.6;

export class Picture {
  constructor(view) {
    const { data } = view.session;
    Object.assign(this, { view, session: view.session, signal: view.signal, look: view.look });
    this.isFlat1D = data.d === 1;
    this.held = null; // what the picture's frame holds besides the points: the start, and a mixture set since
    this.frames = 0;
    this.dirty = { points: true, scene: true, panels: true };
    this.shown = null; // the mixture on its way: what a glide has reached
    this.glide = null;
    this.closed = 1; // how far the gap between bound and log-likelihood is closed
    this.components = []; // on the screen, see screenComponents
    const canvas = (id) => create("canvas", { class: "em-canvas", "aria-hidden": "true", "data-testid": `em-${id}` });
    this.canvases = { points: canvas("points"), axes: canvas("axes"), overlay: canvas("overlay") };
    this.handles = create("div", { class: "em-handles" });
    this.stale = create("div", { class: "em-stale" });
    const up = create("span", { class: "em-axis", "aria-hidden": "true", title: data.labels[1] ?? "" }, data.labels[1] ?? "");
    this.about = create("p", { class: "em-about", "data-testid": "em-about" });
    this.element = create("div", { class: "em-picture" }, this.about, create("div", { class: "em-over" }, up, this.stale));
    const axes = data.labels.length > 1 ? `${data.labels[0]} across, ${data.labels[1]} up` : `${data.labels[0]} across`;
    this.stage = create("div", { class: "em-stage", "data-testid": "em-stage", role: "group", "aria-label": `Picture: ${axes}` }, ...Object.values(this.canvases), this.handles);
    this.element.append(this.stage);
    if (this.isFlat1D) this.stage.classList.add("em-is-flat");
    this.probe = create("span", { class: "em-probe", "aria-hidden": "true" });
  }

  listen(on) {
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(this.stage);
    sizes.observe(this.view.timeline.element);
    const themes = new MutationObserver(() => this.readTheme());
    for (const target of [document.documentElement, document.body]) themes.observe(target, { attributes: true });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) on(matchMedia(query), "change", () => this.readTheme());
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.signal.addEventListener("abort", () => {
      sizes.disconnect();
      themes.disconnect();
    });
  }

  onStage(event) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  toData(x, y) {
    return this.scales.y ? [this.scales.x.toValue(x), this.scales.y.toValue(y)] : [this.scales.x.toValue(x)];
  }

  toScreen([x, y]) {
    return [this.scales.x.toPixel(x), this.scales.y ? this.scales.y.toPixel(y) : this.base];
  }

  /** Component j where it is now, though it may still be gliding there in the picture. */
  onScreen(j) {
    return screenComponents(this.session.flatMixture, this.scales, this.base, this.components)[j];
  }

  /** A position moved by 1 % of the picture. */
  nudged([x, y], [right, up]) {
    const { left, right: end, top, bottom } = this.box;
    return [x + 0.01 * right * (end - left), y - 0.01 * up * (bottom - top)];
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (width < 40 || height < 40) return;
    this.ratio = window.devicePixelRatio || 1;
    const fit = (canvas, w, h) => {
      const [pixelWidth, pixelHeight] = [Math.round(w * this.ratio), Math.round(h * this.ratio)];
      if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) Object.assign(canvas, { width: pixelWidth, height: pixelHeight });
      canvas.getContext("2d").setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    };
    for (const canvas of Object.values(this.canvases)) fit(canvas, width, height);
    const { chart } = this.view.timeline;
    fit(chart, ...this.view.timeline.measure());
    Object.assign(this, { width, height, box: { left: this.isFlat1D ? 12 : 46, right: width - 12, top: 16, bottom: height - 40 } });
    this.base = this.isFlat1D ? this.box.bottom - 0.2 * (this.box.bottom - this.box.top) : null;
    this.makeStamps();
    const points = this.canvases.points;
    this.image = new ImageData(points.width, points.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.held ??= { start: this.session.flatOf(0), set: null };
    this.frameData();
  }

  makeStamps() {
    const { radius, opacity } = pointLook(this.session.data.n);
    this.stamps = Array.from({ length: 8 }, (_, j) => markerStamp(j, radius * this.ratio, opacity));
  }

  /** Which points these are. */
  describe() {
    const { n, about } = this.session.data;
    this.about.textContent = `${n === 1 ? "1 point" : `${n.toLocaleString("en-US")} points`}${about ? ` \u00b7 ${about}` : ""}`;
  }

  /** The points have changed. The frame stays, unless there are some outside, or all are in a small part of it. */
  renew() {
    if (!this.box) return;
    this.makeStamps();
    const { flat } = this.session.data, { x, y } = this.scales, step = this.isFlat1D ? 1 : 2;
    const fits = ({ low, high }, axis) => {
      const [least, most] = extent(flat, axis, step);
      return least >= low && most <= high && most - least >= this.ranges[axis] / SHRUNK;
    };
    if (fits(x, 0) && (!y || fits(y, 1))) this.locate();
    else this.isReframed = true;
    if (this.isReframed && this.look.gesture === null) this.frameData();
  }

  /** See to it that the frame holds the start, and what a cell has set; it stays where it is while something is dragged. */
  reframe(isSet = false) {
    const start = this.session.flatOf(0), set = isSet ? this.session.flatMixture : this.held?.start === start ? this.held.set : null;
    if (!this.box || this.held.start === start && this.held.set === set) return;
    this.held = { start, set };
    this.isReframed = true;
    if (this.look.gesture === null) this.frameData();
  }

  frameData() {
    this.isReframed = false;
    const { data } = this.session;
    this.ranges = (this.isFlat1D ? [0] : [0, 1]).map((axis) => { const [least, most] = extent(data.flat, axis, this.isFlat1D ? 1 : 2); return most - least; });
    const reaches = [this.held.start, this.held.set].filter(Boolean).map(reachOf);
    const reach = reaches[0].map((_, i) => [Math.min(...reaches.map((one) => one[i][0])), Math.max(...reaches.map((one) => one[i][1]))]);
    const fit = () => plotScales(data.flat, this.isFlat1D, this.box, reach);
    this.scales = fit();
    const left = this.isFlat1D ? 12 : Math.min(this.width / 3, Math.max(46, upRoom(this.canvases.axes.getContext("2d"), this.scales, this.box)));
    if (left !== this.box.left) {
      this.box = { ...this.box, left };
      this.scales = fit();
    }
    this.locate();
    this.paintAxes();
    this.redraw("points", "scene", "panels");
  }

  /** Where the points of one dimension are strewn. */
  get band() {
    return this.isFlat1D && { top: this.base + 14, bottom: this.box.bottom - 6 };
  }

  /** The color of what belongs to nobody. */
  get shared() {
    return sharedFor(this.isDark);
  }

  /** How far the points' colors have faded. */
  get fade() {
    return this.session.fresh || this.session.still ? 0 : STALE_FADE;
  }

  /** Where in the frame every point lies. */
  locate() {
    const { flat } = this.session.data;
    this.positions = pixelPositions(flat, this.isFlat1D, this.scales, this.ratio, this.band);
    if (this.isFlat1D) this.histogram = histogramOf(flat, this.scales.x);
  }

  /** On a telephone together with the steps, which stand above it. */
  comeIntoSight() {
    const { first } = this.view, behavior = this.stillness.matches ? "auto" : "smooth";
    if (getComputedStyle(first).display === "contents") return this.element.scrollIntoView({ block: "nearest", behavior });
    const covered = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const isSeen = first.getBoundingClientRect().top >= covered && this.element.getBoundingClientRect().bottom <= innerHeight;
    return isSeen || first.scrollIntoView({ block: "start", behavior });
  }

  /** Colors as the style sheet has them now: computed, so that Jupyter's theme counts. */
  readTheme() {
    const color = (name) => {
      this.probe.style.color = `var(--em-${name})`;
      return getComputedStyle(this.probe).color;
    };
    const channels = (text) => (text.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
    if (!this.view.root.isConnected) return void requestAnimationFrame(() => !this.signal.aborted && this.view.root.isConnected && this.readTheme());
    const theme = Object.fromEntries(["paper", "ink", "muted", "faint", "line", "soft", "accent", "halo", "dot"].map((name) => [name, color(name)]));
    theme.paperRgb = channels(theme.paper);
    theme.dotRgb = channels(theme.dot);
    const [red, green, blue] = theme.paperRgb;
    const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 110;
    this.colors = paletteFor(isDark);
    this.isDark = isDark;
    this.lineColors = this.colors.map((rgb) => mixedColor(rgb, channels(theme.ink), 0.35)); // stand out from points of their color
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return undefined;
    this.theme = theme;
    this.colors.forEach((rgb, j) => this.view.root.style.setProperty(`--em-component-${j}`, rgbText(rgb)));
    this.paintAxes();
    return this.redraw("points", "scene", "panels");
  }

  /** Ellipses glide to where a step has put them; a drag and the time line are followed at once. */
  beginGlide(what) {
    const from = this.shown, to = this.session.flatMixture, { fresh } = this.session;
    const glides = ["m", "step", "undo", "reset", "e"].includes(what) && from && from.means.length === to.means.length && !this.stillness.matches;
    this.glide = glides ? { from, to, since: null, opens: !fresh, closesFrom: what === "e" ? this.closed : 1 } : null;
    if (!glides) this.closed = fresh ? 1 : 0;
    if (glides && !fresh) this.closed = 0;
  }

  /** Advance the glide to `now`; true while it goes on. */
  follow(now) {
    const to = this.session.flatMixture;
    if (!this.glide || this.glide.to !== to) {
      this.shown = to;
      this.glide = null;
      this.closed = this.session.fresh ? 1 : 0;
      return false;
    }
    const { from, opens, closesFrom } = this.glide;
    this.glide.since ??= now;
    const share = Math.min(1, (now - this.glide.since) / GLIDE), t = 1 - (1 - share) ** 3;
    const mix = (a, b) => (Array.isArray(a) ? a.map((value, i) => mix(value, b[i])) : a + t * (b - a));
    this.shown = share === 1 ? to : { weights: mix(from.weights, to.weights), means: mix(from.means, to.means), covariances: mix(from.covariances, to.covariances) };
    this.closed = opens ? 0 : closesFrom + (1 - closesFrom) * t;
    if (share === 1) this.glide = null;
    return share < 1;
  }

  redraw(...parts) {
    for (const part of parts) this.dirty[part] = true;
    if (this.asked || this.signal.aborted) return;
    this.asked = true;
    requestAnimationFrame((now) => {
      this.asked = false;
      if (!this.signal.aborted && this.box && this.theme) this.frame(now);
    });
  }

  frame(now) {
    const { dirty } = this;
    this.dirty = { points: false, scene: false, panels: false };
    const wasGliding = this.glide !== null;
    const goesOn = this.follow(now);
    if (dirty.points) this.paintAllPoints();
    if (dirty.scene || wasGliding) this.paintScene();
    if (dirty.panels) this.view.updatePanels();
    if (dirty.panels || wasGliding) this.view.timeline.updateGain();
    this.frames += 1;
    const { state, fresh, kernel } = this.session;
    Object.assign(this.view.root.dataset, { frames: this.frames, iteration: state.iteration, fresh, k: state.k, kernel });
    if (goesOn) this.redraw("scene");
  }

  paintAxes() {
    if (!this.box || !this.theme) return;
    const { box, scales, theme } = this;
    const { labels } = this.session.data;
    drawAxes(this.canvases.axes.getContext("2d"), this.width, this.height, { box, scales, labels, theme });
  }

  paintAllPoints() {
    const { session, theme, colors, shared, positions, stamps } = this;
    const { width, height } = this.canvases.points;
    paintPoints(this.pixels, width, height, {
      ...positions, k: session.state.k, responsibilities: session.responsibilities, colors, shared,
      gray: theme.dotRgb, paper: theme.paperRgb, fade: this.fade, stamps,
    });
    this.canvases.points.getContext("2d").putImageData(this.image, 0, 0);
  }

  paintScene() {
    const ctx = this.canvases.overlay.getContext("2d");
    const { colors, lineColors, theme, session, box, scales, base } = this;
    const { active } = this.look;
    ctx.clearRect(0, 0, this.width, this.height);
    const previous = this.components.length === session.state.k ? this.components : [];
    this.components = screenComponents(this.shown, scales, base, previous);
    const { components } = this;
    this.paintShapes(ctx, active);
    if (session.draggable && !this.view.prediction.predictions) drawHandles(ctx, components, this.isFlat1D ? ["a"] : ["a", "b"], box, lineColors, theme, active);
    if (this.view.prediction.predictions) { // below the means and their numbers
      const marks = this.view.prediction.predictions.map((position) => this.toScreen(position));
      drawPredictions(ctx, marks, components, colors, theme, Boolean(this.view.prediction.revealed));
    }
    drawMeans(ctx, components, box, colors, theme, active);
    const seen = this.look.hovered ?? this.look.pinned;
    if (seen !== null) drawRing(ctx, [this.positions.xs[seen] / this.ratio, this.positions.ys[seen] / this.ratio], theme);
    this.view.hands.follow();
  }

  /** Ellipses and trails, or curves, within the box. */
  paintShapes(ctx, active) {
    const { colors, lineColors, theme, box, scales, base, components } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, 0, this.width - box.left, box.bottom + (this.isFlat1D ? 12 : 0));
    ctx.clip();
    if (this.isFlat1D) {
      drawCurves(ctx, { box, base, scales, histogram: this.histogram, mixture: this.shown, components, colors, theme, active });
    } else {
      drawTrails(ctx, this.trails(), lineColors);
      drawEllipses(ctx, components, colors, lineColors, theme, active);
    }
    ctx.restore();
  }

  /** End a glide, and draw what is due: who takes the picture away gets the state, not the way there. */
  settle() {
    this.glide = null;
    this.frame(performance.now());
    this.paintScene();
  }

  trails() {
    const { entries, iteration, k } = this.session.state;
    const begin = Math.max(0, entries.slice(0, iteration + 1).findLastIndex(({ kind }) => kind === "end")); // another run, another way
    return Array.from({ length: k }, (_, j) => {
      const path = [];
      for (let i = begin; i < iteration; i++) path.push(this.toScreen(this.session.flatOf(i).means[j]));
      return entries.length > 1 ? [...path, this.components[j].mean] : [];
    });
  }
}
