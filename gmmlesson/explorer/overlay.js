// What lies over the points: axes, ellipses or curves, means and their handles, trails, predictions.
// Every function draws on a canvas context whose unit is the CSS pixel.
import { densityAt1D, ellipseAxes } from "./em.js";
import { MARKERS, rgbText, tickText, ticks } from "./paint.js";

export const HANDLE_SDS = 2; // handles sit where the outer ellipse meets its axes
const MARK = 12; // radius of a prediction's mark, in pixels: what it marks is seen within
const OVERLAY_FONT = "11px system-ui, -apple-system, 'Segoe UI', sans-serif";

/** Trace a component's marker around (x, y). */
export function markerPath(ctx, j, x, y, radius) {
  ctx.beginPath();
  MARKERS[j].forEach(([dx, dy], i) => (i ? ctx.lineTo(x + radius * dx, y + radius * dy) : ctx.moveTo(x + radius * dx, y + radius * dy)));
  ctx.closePath();
}

/** A covariance in pixels (y downwards), from one in data units. */
export function pixelCovariance([[xx, xy], [, yy]], { x, y }) {
  const [fx, fy] = [x.factor, y.factor];
  return [[fx * fx * xx, fx * fy * xy], [fx * fy * xy, fy * fy * yy]];
}

/** And back. */
export function dataCovariance([[xx, xy], [, yy]], { x, y }) {
  const [fx, fy] = [x.factor, y.factor];
  return [[xx / (fx * fx), xy / (fx * fy)], [xy / (fx * fy), yy / (fy * fy)]];
}

/**
 * Where every component is on the screen: {mean: [x, y], axes: {a, b, angle}} in pixels, from a mixture in drawn coordinates.
 * `previous` keeps every axis on the handle it was on. In one dimension all lie at the height `base`.
 */
export function screenComponents(mixture, scales, base, previous = []) {
  return mixture.means.map((mean, j) => {
    if (!scales.y) {
      return { mean: [scales.x.toPixel(mean[0]), base], axes: { a: Math.sqrt(mixture.covariances[j][0][0]) * scales.x.factor, b: 0, angle: 0 } };
    }
    const axes = ellipseAxes(pixelCovariance(mixture.covariances[j], scales), previous[j]?.axes ?? null);
    return { mean: [scales.x.toPixel(mean[0]), scales.y.toPixel(mean[1])], axes };
  });
}

/** The end of an axis, `sign` 1 or -1. */
export function handleAt({ mean: [x, y], axes: { a, b, angle } }, axis, sign = 1) {
  const reach = sign * HANDLE_SDS;
  if (axis === "a") return [x + reach * a * Math.cos(angle), y + reach * a * Math.sin(angle)];
  return [x - reach * b * Math.sin(angle), y + reach * b * Math.cos(angle)];
}

/** `text`, or as much of its beginning as is at most `width` wide, and an ellipsis. */
export function fittedText(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  const characters = Array.from(text); // not cut within one
  let length = characters.length - 1;
  const cut = () => `${characters.slice(0, length).join("").trimEnd()}\u2026`;
  while (length > 0 && ctx.measureText(cut()).width > width) length -= 1;
  return cut();
}

const upTicks = ({ y }, { bottom, top }) => ticks(y.low, y.high, Math.max(2, (bottom - top) / 60));

/** How much room the numbers beside the axis that points up need, in pixels. */
export function upRoom(ctx, scales, box) {
  if (!scales.y) return 0;
  ctx.font = OVERLAY_FONT;
  const up = upTicks(scales, box);
  return Math.max(...up.values.map((value) => Math.ceil(ctx.measureText(tickText(value, up.step)).width))) + 10;
}

/** Axes with ticks; the name of the one across stands below, that of the one up in the page above the picture. */
export function drawAxes(ctx, width, height, { box, scales, labels, theme }) {
  ctx.clearRect(0, 0, width, height);
  ctx.font = OVERLAY_FONT;
  ctx.fillStyle = theme.muted;
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  if (scales.y) {
    ctx.moveTo(box.left - 0.5, box.top);
    ctx.lineTo(box.left - 0.5, box.bottom + 0.5);
  } else {
    ctx.moveTo(box.left - 0.5, box.bottom + 0.5);
  }
  ctx.lineTo(box.right, box.bottom + 0.5);
  const across = ticks(scales.x.low, scales.x.high, Math.max(3, (box.right - box.left) / 75));
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (const value of across.values) {
    const at = Math.round(scales.x.toPixel(value)) + 0.5;
    ctx.moveTo(at, box.bottom);
    ctx.lineTo(at, box.bottom + 4);
    ctx.fillText(tickText(value, across.step), at, box.bottom + 8);
  }
  if (scales.y) {
    const up = upTicks(scales, box);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const value of up.values) {
      const at = Math.round(scales.y.toPixel(value)) + 0.5;
      ctx.moveTo(box.left - 4.5, at);
      ctx.lineTo(box.left, at);
      ctx.fillText(tickText(value, up.step), box.left - 8, at);
    }
  }
  ctx.stroke();
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  ctx.fillText(fittedText(ctx, labels[0], box.right), box.right, height - 2);
}

/** The path of every mean through the time line, up to the entry shown. */
export function drawTrails(ctx, paths, colors) {
  ctx.lineJoin = "round";
  paths.forEach((path, j) => {
    if (path.length < 2) return;
    ctx.strokeStyle = rgbText(colors[j], 0.7);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    path.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.stroke();
    ctx.fillStyle = rgbText(colors[j], 0.8);
    for (const [x, y] of path.slice(0, -1)) {
      ctx.beginPath();
      ctx.arc(x, y, 1.75, 0, 2 * Math.PI);
      ctx.fill();
    }
  });
}

/** Ellipses at 1 and 2 standard deviations; the active component is tinted. */
export function drawEllipses(ctx, components, colors, lineColors, theme, active) {
  components.forEach(({ mean: [x, y], axes: { a, b, angle } }, j) => {
    for (const sds of [2, 1]) {
      ctx.beginPath();
      ctx.ellipse(x, y, Math.max(sds * a, 0.75), Math.max(sds * b, 0.75), angle, 0, 2 * Math.PI);
      if (j === active && sds === 2) { ctx.fillStyle = rgbText(colors[j], 0.08); ctx.fill(); }
      ctx.strokeStyle = theme.halo;
      ctx.lineWidth = sds === 1 ? 4 : 3;
      ctx.stroke();
      ctx.strokeStyle = rgbText(lineColors[j], sds === 1 ? 1 : 0.85);
      ctx.lineWidth = sds === 1 ? 2.25 : 1.25;
      ctx.stroke();
    }
  });
}

/** One dimension: histogram, the components' curves and their sum; a bar for each component's standard deviations. */
export function drawCurves(ctx, { box, base, scales, histogram, mixture, components, colors, theme, active }) {
  const samples = Math.max(2, Math.round((box.right - box.left) / 2));
  const curves = Array.from({ length: samples + 1 }, (_, i) => {
    const pixel = box.left + (i * (box.right - box.left)) / samples;
    return { pixel, parts: densityAt1D(scales.x.toValue(pixel), mixture) };
  });
  const total = curves.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0));
  const tallest = Math.max(...histogram.heights, 1e-300);
  const top = Math.max(1.15 * tallest, Math.min(1.05 * Math.max(...total), 2.5 * tallest));
  const toY = (density) => base - ((base - box.top) * Math.min(density, 1.2 * top)) / top;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 4, box.right - box.left, box.bottom - box.top + 4);
  ctx.clip();
  ctx.fillStyle = theme.soft;
  histogram.heights.forEach((height, i) => {
    const left = scales.x.toPixel(histogram.low + i * histogram.width), right = scales.x.toPixel(histogram.low + (i + 1) * histogram.width);
    ctx.fillRect(left + 0.5, toY(height), Math.max(right - left - 1, 0.5), base - toY(height));
  });
  components.forEach((_, j) => {
    ctx.beginPath();
    curves.forEach(({ pixel, parts }, i) => (i ? ctx.lineTo(pixel, toY(parts[j])) : ctx.moveTo(pixel, toY(parts[j]))));
    ctx.strokeStyle = rgbText(colors[j]);
    ctx.lineWidth = 2.25;
    ctx.stroke();
    ctx.lineTo(box.right, base);
    ctx.lineTo(box.left, base);
    ctx.fillStyle = rgbText(colors[j], j === active ? 0.16 : 0.07);
    ctx.fill();
  });
  ctx.beginPath();
  curves.forEach(({ pixel }, i) => (i ? ctx.lineTo(pixel, toY(total[i])) : ctx.moveTo(pixel, toY(total[i]))));
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1.25;
  ctx.setLineDash([4, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(box.left, base + 0.5);
  ctx.lineTo(box.right, base + 0.5);
  ctx.stroke();
  components.forEach(({ mean: [x, y], axes: { a } }, j) => {
    for (const [sds, thickness] of [[2, 1.25], [1, 3]]) {
      ctx.beginPath();
      ctx.moveTo(x - sds * a, y);
      ctx.lineTo(x + sds * a, y);
      ctx.strokeStyle = theme.halo;
      ctx.lineWidth = thickness + 2;
      ctx.stroke();
      ctx.strokeStyle = rgbText(colors[j]);
      ctx.lineWidth = thickness;
      ctx.stroke();
    }
  });
  ctx.restore();
}

/** Shares of the points in equal bins, divided by their width: comparable with a density. */
export function histogramOf(values, scale) {
  const bins = Math.max(8, Math.min(60, Math.round(2 * Math.cbrt(values.length) * 1.5)));
  const width = (scale.high - scale.low) / bins;
  const heights = new Array(bins).fill(0);
  for (const value of values) heights[Math.min(bins - 1, Math.max(0, Math.floor((value - scale.low) / width)))] += 1 / (values.length * width);
  return { low: scale.low, width, heights };
}

/** Where something is shown and taken that lies at (x, y): at the edge of the box if it lies outside. */
export function withinBox([x, y], { left, right, top, bottom }) {
  return [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
}

/** Where the end of an axis is shown and taken: on its axis, where that leaves the box if the end lies outside. */
export function gripAt(component, axis, sign, box) {
  const [x, y] = component.mean, [ex, ey] = handleAt(component, axis, sign);
  const inside = withinBox([x, y], box);
  if (inside[0] !== x || inside[1] !== y) return withinBox([ex, ey], box);
  const share = (from, to, low, high) => (to > high ? (high - from) / (to - from) : to < low ? (low - from) / (to - from) : 1);
  const part = Math.min(share(x, ex, box.left, box.right), share(y, ey, box.top, box.bottom));
  return part < 1 ? withinBox([x + part * (ex - x), y + part * (ey - y)], box) : [ex, ey];
}

/** What a mixture in drawn coordinates reaches with its handles: [low, high] for every axis. */
export function reachOf({ means, covariances }) {
  return means[0].map((_, i) => {
    const ends = means.flatMap((mean, j) => [-1, 1].map((sign) => mean[i] + sign * HANDLE_SDS * Math.sqrt(covariances[j][i][i])));
    return [Math.min(...ends), Math.max(...ends)];
  });
}

/** Ends of the axes: small and quiet, larger on the active component. */
export function drawHandles(ctx, components, axes, box, colors, theme, active) {
  components.forEach((component, j) => {
    for (const axis of axes) {
      for (const sign of [1, -1]) {
        const [x, y] = gripAt(component, axis, sign, box);
        ctx.beginPath();
        ctx.arc(x, y, j === active ? 5 : 2.75, 0, 2 * Math.PI);
        ctx.fillStyle = theme.paper;
        ctx.fill();
        ctx.strokeStyle = j === active ? theme.ink : rgbText(colors[j]);
        ctx.lineWidth = 1.5;
        ctx.stroke();
      }
    }
  });
}

/** Means: the component's marker, ringed by paper, with its number beside it. */
export function drawMeans(ctx, components, box, colors, theme, active) {
  ctx.font = `600 ${OVERLAY_FONT}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  components.forEach(({ mean }, j) => {
    const [x, y] = withinBox(mean, box);
    markerPath(ctx, j, x, y, j === active ? 8.5 : 7);
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.paper;
    ctx.lineWidth = 4.5;
    ctx.stroke();
    ctx.fillStyle = rgbText(colors[j]);
    ctx.fill();
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = j === active ? 2 : 1;
    ctx.stroke();
    ctx.strokeStyle = theme.paper;
    ctx.lineWidth = 3.5;
    ctx.strokeText(String(j), x + 9, y - 5);
    ctx.fillStyle = theme.ink;
    ctx.fillText(String(j), x + 9, y - 5);
  });
}

/** Where the learner thinks the means will go: large hollow markers, within which a mean can be seen, and a line to the mean. */
export function drawPredictions(ctx, predictions, components, colors, theme, isRevealed) {
  predictions.forEach(([x, y], j) => {
    const [mx, my] = components[j].mean;
    ctx.setLineDash([3, 3]);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(mx, my);
    ctx.strokeStyle = isRevealed ? theme.ink : rgbText(colors[j], 0.6);
    ctx.stroke();
    ctx.setLineDash([]);
    for (const [color, lineWidth] of [[theme.paper, 5], [rgbText(colors[j]), 2.25]]) {
      markerPath(ctx, j, x, y, MARK);
      ctx.strokeStyle = color;
      ctx.lineWidth = lineWidth;
      ctx.stroke();
    }
    ctx.font = `600 13px ${OVERLAY_FONT.split("px ")[1]}`;
    ctx.textAlign = "right"; // the mean's number stands to the right of it
    ctx.textBaseline = "bottom";
    ctx.strokeStyle = theme.paper;
    ctx.lineWidth = 3.5;
    ctx.strokeText("?", x - 9, y - 6);
    ctx.fillStyle = theme.ink;
    ctx.fillText("?", x - 9, y - 6);
  });
}

export function drawRing(ctx, [x, y], theme) {
  for (const [color, lineWidth] of [[theme.paper, 4.5], [theme.ink, 2]]) {
    ctx.beginPath();
    ctx.arc(x, y, 7, 0, 2 * Math.PI);
    ctx.strokeStyle = color;
    ctx.lineWidth = lineWidth;
    ctx.stroke();
  }
}
