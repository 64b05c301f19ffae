// The log-likelihood from entry to entry, which is also the time line, and the gain of the last iteration:
// what the M-step raised the lower bound by, and the gap that the E-step closes.

import { extent, linearScale, roomy } from "./paint.js";

const CHART_MARGIN = { left: 8, right: 8, top: 12, bottom: 14 };
const CHART_SLOTS = 8; // entries there is room for before the curve is squeezed

/** Where entries and values lie in a chart of this size (CSS pixels). */
export function chartScales(entries, width, height) {
  const known = entries.flatMap(({ logLikelihood, bound }) => [logLikelihood, bound]).filter(Number.isFinite);
  const [low, high] = known.length ? roomy(extent(known), 0.06) : [0, 1];
  const { left, right, top, bottom } = CHART_MARGIN;
  return {
    x: linearScale(0, Math.max(CHART_SLOTS, entries.length - 1), left + 5, width - right - 5),
    y: linearScale(low, high, height - bottom, top),
  };
}

/** The entry nearest to a horizontal position. */
export function entryAt(entries, width, pixel) {
  const { x } = chartScales(entries, width, 100);
  return Math.max(0, Math.min(entries.length - 1, Math.round(x.toValue(pixel))));
}

/** Draw it. `closed` (0 to 1) is how far the E-step has closed the gap of the entry shown. */
export function drawChart(ctx, width, height, { entries, iteration, closed, theme }) {
  ctx.clearRect(0, 0, width, height);
  const { x, y } = chartScales(entries, width, height);
  const base = height - CHART_MARGIN.bottom;
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.line;
  ctx.beginPath();
  ctx.moveTo(CHART_MARGIN.left, base + 0.5);
  ctx.lineTo(width - CHART_MARGIN.right, base + 0.5);
  ctx.stroke();
  chartCursor(ctx, x.toPixel(iteration), CHART_MARGIN.top - 8, base, theme);

  const points = entries.map(({ kind, logLikelihood }, i) => [x.toPixel(i), y.toPixel(logLikelihood), kind === "end"]);
  chartLine(ctx, points.slice(iteration), theme.faint); // what lies ahead of the entry shown
  chartLine(ctx, points.slice(0, iteration + 1), theme.ink);
  const gapBetweenDots = x.factor;
  entries.forEach(({ bound, kind }, i) => {
    const [px, py] = points[i];
    if (!Number.isFinite(py)) return;
    const isNow = i === iteration;
    if (isNow && Number.isFinite(bound) && closed < 1) chartGap(ctx, px, y.toPixel(bound), py, closed, theme);
    const isByHand = kind !== "m" && kind !== "start";
    if (!isNow && !isByHand && gapBetweenDots < 6) return;
    const color = isNow ? theme.accent : i < iteration ? theme.ink : theme.faint;
    ctx.beginPath();
    ctx.arc(px, py, isNow ? 4.5 : isByHand ? 3 : 2.25, 0, 2 * Math.PI);
    ctx.fillStyle = color;
    if (isByHand) { // moved by hand, projected or taken: hollow, for it is no step of EM, and marked however many steps there are
      ctx.fillStyle = theme.paper;
      ctx.fill();
      ctx.strokeStyle = color;
      ctx.lineWidth = isNow ? 2.5 : 1.5;
      ctx.stroke();
    } else {
      ctx.fill();
    }
  });
}

function chartCursor(ctx, px, top, base, theme) {
  ctx.strokeStyle = theme.accent;
  ctx.globalAlpha = 0.45;
  ctx.beginPath();
  ctx.moveTo(Math.round(px) + 0.5, top);
  ctx.lineTo(Math.round(px) + 0.5, base);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function chartLine(ctx, points, color) {
  ctx.beginPath();
  let isDown = false;
  for (const [px, py, isElsewhere] of points) { // another run's end is reached by no step from here
    if (!Number.isFinite(py)) { isDown = false; continue; }
    if (isElsewhere) isDown = false;
    if (isDown) ctx.lineTo(px, py);
    else ctx.moveTo(px, py);
    isDown = true;
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5;
  ctx.lineJoin = "round";
  ctx.stroke();
}

/** The bound, hollow, below the log-likelihood; it rises as the gap closes. */
function chartGap(ctx, px, boundPixel, pixel, closed, theme) {
  const at = boundPixel + (pixel - boundPixel) * closed;
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.moveTo(px, at);
  ctx.lineTo(px, pixel);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(px - 5, at);
  ctx.lineTo(px + 5, at);
  ctx.stroke();
}

/**
 * The last iteration's gain in parts, for the entry shown; null where no M-step led to it.
 * raised: by how much the M-step raised the bound; gap: what was then between bound and log-likelihood.
 */
export function gainOf(entries, iteration) {
  const entry = entries[iteration], before = entries[iteration - 1];
  if (!entry || !before || !Number.isFinite(entry.bound)) return null;
  return { raised: entry.bound - before.logLikelihood, gap: Math.max(0, entry.logLikelihood - entry.bound) };
}
