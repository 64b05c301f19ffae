// The picture as it stands, for a file: PNG from pixels, SVG from the same functions that draw on the canvas.
import { create } from "./elements.js";
import { drawAxes, drawMeans, fittedText } from "./overlay.js";
import { MARKERS, markerStamp, numberText, paintPoints, pixelPositions, pointColor, pointLook } from "./paint.js";
import { readable } from "./sentences.js";
import { SvgContext, px, rgbPlain, xmlText } from "./svg.js";

const HEADROOM = 25; // pixels above the picture, for the name of the axis that points up
const SHARPEST = 2; // at least so many pixels of the file to one of the page
const SPECK = 1.4; // pixels: a point where there are very many

/** What the picture shows, {title, text}: the alternative text of a file. */
export function described({ data, state, mixture, logLikelihood }) {
  const { entries, iteration, family, k } = state;
  const many = (count, what) => (count === 1 ? `1 ${what}` : `${count.toLocaleString("en-US")} ${what}s`);
  const title = `EM explorer: ${many(data.n, "point")}, ${many(k, "component")}, iteration ${iteration}`;
  const names = data.d > 2 ? Array.from({ length: data.d }, (_, a) => data.features[a] ?? `feature ${a}`) : data.labels;
  const place = (mean) => mean.map((value, a) => `${names[a]} ${numberText(value)}`).join(", ");
  const parts = mixture.means.map((mean, j) => `${j} has weight ${mixture.weights[j].toFixed(2)} at ${place(mean)}`);
  const axes = data.labels.length > 1 ? `${data.labels[0]} across, ${data.labels[1]} up` : `${data.labels[0]} across`;
  const shape = data.d === 1 ? "histogram with the curves of the components" : "scatter plot with ellipses at 1 and 2 standard deviations";
  const by = family === "full" ? "" : `, covariances ${family.replace("_", " ")}`;
  const text = `A ${shape}; ${axes}. Log-likelihood ${readable(entries[iteration].logLikelihood ?? logLikelihood)}${by}. Of the components, ${parts.join("; ")}.`;
  return { title, text };
}

/** The head and all that lies over the points, on any context whose unit is the page's pixel. `layer(draw)` draws on a
 *  sheet of its own, since the axes begin by wiping it. */
function drawOver(ctx, picture, layer) {
  const { width, height, box, scales, theme, colors, components } = picture;
  const { labels } = picture.session.data;
  ctx.font = "12px system-ui, -apple-system, 'Segoe UI', sans-serif";
  Object.assign(ctx, { fillStyle: theme.muted, textAlign: "left", textBaseline: "middle" });
  if (labels[1] !== undefined) ctx.fillText(fittedText(ctx, labels[1], width), 0, HEADROOM / 2 - HEADROOM);
  layer((sheet) => drawAxes(sheet, width, height, { box, scales, labels, theme }));
  picture.paintShapes(ctx, null);
  drawMeans(ctx, components, box, colors, theme, null);
}

/** What all points have in common: colors, and how far these have faded. */
function looks(picture) {
  const { session, colors, shared, theme, fade } = picture;
  return { k: session.state.k, responsibilities: session.responsibilities, colors, shared, gray: theme.dotRgb, paper: theme.paperRgb, fade };
}

/** A canvas with the picture, as sharp as the screen's or sharper. */
export function stillCanvas(picture) {
  picture.settle();
  const { width, height } = picture;
  const ratio = Math.max(SHARPEST, picture.ratio);
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  const sheet = () => {
    const canvas = Object.assign(create("canvas"), { width: size.width, height: size.height + Math.round(HEADROOM * ratio) });
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, Math.round(HEADROOM * ratio));
    return { canvas, ctx };
  };
  const { canvas, ctx } = sheet();
  ctx.fillStyle = picture.theme.paper;
  ctx.fillRect(0, -HEADROOM, width, height + HEADROOM);
  const image = new ImageData(size.width, size.height), { radius, opacity } = pointLook(picture.session.data.n);
  paintPoints(new Uint32Array(image.data.buffer), size.width, size.height, {
    ...looks(picture), ...pixelPositions(picture.session.data.flat, picture.isFlat1D, picture.scales, ratio, picture.band),
    stamps: MARKERS.map((_, j) => markerStamp(j, radius * ratio, opacity)),
  });
  ctx.putImageData(image, 0, Math.round(HEADROOM * ratio));
  drawOver(ctx, picture, (draw) => {
    const over = sheet();
    draw(over.ctx);
    ctx.drawImage(over.canvas, 0, -HEADROOM, width, height + HEADROOM);
  });
  return canvas;
}

/** The points as SVG: circles and polygons, each with its own color. */
function svgPoints(picture) {
  const { data } = picture.session, look = looks(picture);
  const { radius, opacity } = pointLook(data.n);
  const { xs, ys } = pixelPositions(data.flat, picture.isFlat1D, picture.scales, 100, picture.band);
  const shapes = MARKERS.map((corners) => corners.map(([x, y], i) => {
    const [fromX, fromY] = i ? corners[i - 1] : [0, 0];
    return `${i ? "l" : "m"}${px(radius * (x - fromX))} ${px(radius * (y - fromY))}`;
  }).join(""));
  const points = [];
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i] / 100, y = ys[i] / 100;
    if (x < radius || y < radius || x > picture.width - radius || y > picture.height - radius) continue;
    const { rgb, owner } = pointColor(i, look), fill = ` fill="${rgbPlain(rgb)}"`;
    if (radius === 0) points.push(`<path d="M${px(x)} ${px(y)}h${SPECK}v${SPECK}h-${SPECK}z"${fill}/>`);
    else if (owner === 0) points.push(`<circle cx="${px(x)}" cy="${px(y)}" r="${radius}"${fill}/>`);
    else points.push(`<path d="M${px(x)} ${px(y)}${shapes[owner]}z"${fill}/>`);
  }
  return `<g fill-opacity="${opacity}">\n${points.join("\n")}\n</g>`;
}

/** The picture as the text of an SVG file. */
export function stillSvg(picture) {
  picture.settle();
  const { width, height } = picture, { title, text } = described(picture.session);
  const ctx = new SvgContext(create("canvas").getContext("2d"));
  ctx.fillStyle = picture.theme.paper;
  ctx.fillRect(0, -HEADROOM, width, height + HEADROOM);
  ctx.raw(svgPoints(picture));
  drawOver(ctx, picture, (draw) => draw(ctx));
  const [w, h] = [px(width), px(height + HEADROOM)];
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${w}" height="${h}" viewBox="0 ${-HEADROOM} ${w} ${h}">
<title>${xmlText(title)}</title>
<desc>${xmlText(text)}</desc>
${ctx.text}
</svg>
`;
}
