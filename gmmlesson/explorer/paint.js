// What a picture is made of: colors, markers, scales, numbers as text, and points turned into pixels.
// Pure functions without a document, so that they can be tested by themselves.

// Okabe & Ito (2008), told apart with any kind of color vision; the same list and order as in gmmlesson.plots.
export const PALETTE = [
  [0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [140, 109, 31], [0, 0, 0],
];
const LAST_IN_THE_DARK = [240, 240, 240]; // black cannot be seen there

/** Colors of the components, [r, g, b] each, on light or (a little lighter) on dark paper. */
export function paletteFor(isDark) {
  if (!isDark) return PALETTE;
  return [...PALETTE.slice(0, -1).map((color) => mixedColor(color, [255, 255, 255], 0.15)), LAST_IN_THE_DARK];
}

/** The color of a point that belongs to nobody: darker, or on dark paper lighter, than the components' but the last of 8. (A
 *  middle gray would be what others' blends look like to a color-blind eye.) As in gmmlesson.plots. */
export function sharedFor(isDark) {
  return isDark ? [232, 232, 232] : [48, 48, 48];
}

/** `share` of the second color in the first. */
export function mixedColor(first, second, share) {
  return first.map((channel, i) => Math.round(channel + share * (second[i] - channel)));
}

export function rgbText([red, green, blue], opacity = 1) {
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

// ---- Markers: the second cue beside color. Corners in a square from -1 to 1, y downwards. ----

const starCorners = (count, inner, first = -Math.PI / 2) =>
  Array.from({ length: count }, (_, i) => {
    const radius = i % 2 ? inner : 1.15;
    const angle = first + (2 * Math.PI * i) / count;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
const PLUS = [
  [-0.36, -1], [0.36, -1], [0.36, -0.36], [1, -0.36], [1, 0.36], [0.36, 0.36],
  [0.36, 1], [-0.36, 1], [-0.36, 0.36], [-1, 0.36], [-1, -0.36], [-0.36, -0.36],
];
const SLANT = Math.SQRT1_2;

/** Corners of the marker of every component: circle, square, triangle, diamond, triangle down, plus, cross, star. */
export const MARKERS = [
  Array.from({ length: 32 }, (_, i) => [Math.cos((Math.PI * i) / 16), Math.sin((Math.PI * i) / 16)]),
  [[-0.86, -0.86], [0.86, -0.86], [0.86, 0.86], [-0.86, 0.86]],
  [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]],
  [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
  [[0, 1.1], [1.05, -0.8], [-1.05, -0.8]],
  PLUS,
  PLUS.map(([x, y]) => [SLANT * (x - y), SLANT * (x + y)]),
  starCorners(10, 0.5),
];

/** Is (x, y) within the polygon? Counts how many edges a ray to the right crosses. */
export function isInside(corners, x, y) {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [x1, y1] = corners[i], [x2, y2] = corners[j];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** A marker as pixels: where they lie (dx, dy) and how much of each is covered, 0 to 256; its radius in device pixels, 0 for a speck. */
export function markerStamp(j, radius, opacity) {
  const reach = Math.ceil(1.2 * radius), fine = 4;
  const dx = [], dy = [], cover = [];
  if (radius === 0) { // a speck
    return { reach: 1, dx: [0, 1, 0, 1], dy: [0, 0, 1, 1], cover: new Array(4).fill(Math.round(256 * opacity)) };
  }
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      let hits = 0;
      for (let v = 0; v < fine; v++) {
        for (let u = 0; u < fine; u++) {
          const px = x + (u + 0.5) / fine - 0.5, py = y + (v + 0.5) / fine - 0.5;
          if (isInside(MARKERS[j], px / radius, py / radius)) hits++;
        }
      }
      if (hits) { dx.push(x); dy.push(y); cover.push(Math.round((256 * opacity * hits) / fine ** 2)); }
    }
  }
  return { reach, dx, dy, cover };
}

/** How large and how opaque a point is, among n. So many that shapes cannot be seen are specks of a few pixels. */
export function pointLook(n) {
  if (n <= 400) return { radius: 3.3, opacity: 0.85 };
  if (n <= 2000) return { radius: 2.7, opacity: 0.75 };
  if (n <= 6000) return { radius: 2.3, opacity: 0.65 };
  if (n <= 20000) return { radius: 1.5, opacity: 0.55 };
  return { radius: 0, opacity: 0.4 };
}

// ---- Scales ----

/** From data to pixels and back, for one axis: pixel = offset + factor * value. */
export function linearScale(low, high, from, to) {
  const factor = (to - from) / (high - low);
  return { low, high, factor, toPixel: (value) => from + (value - low) * factor, toValue: (pixel) => low + (pixel - from) / factor };
}

/** The least and the largest of every `step`-th number, beginning with `first`. */
export function extent(values, first = 0, step = 1) {
  let low = Infinity, high = -Infinity;
  for (let i = first; i < values.length; i += step) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}

/** A range with room around it; a single value gets room as well. */
export function roomy([low, high], share = 0.08) {
  const room = high > low ? share * (high - low) : Math.max(1, 1e-6 * Math.abs(low));
  return [low - room, high + room];
}

/** A range that holds `reach` too, and a little room: as far as that widens it by 30 % on either side, and no farther. */
function widened([low, high], reach) {
  if (!reach) return [low, high];
  const most = 0.3 * (high - low), room = 0.03 * (high - low);
  return [Math.max(low - most, Math.min(low, reach[0] - room)), Math.min(high + most, Math.max(high, reach[1] + room))];
}

/**
 * Scales of the plot within `box` {left, top, right, bottom}: x, and y for two dimensions.
 * They hold the points, and of `reach` (a [low, high] for every axis) as much as leaves the points half of an axis.
 * One unit is equally long on both axes, as ellipses demand, unless one axis ranges more than 4 times as far.
 */
export function plotScales(flat, isFlat1D, box, reach = []) {
  const width = box.right - box.left, height = box.bottom - box.top;
  const ofPoints = roomy(extent(flat, 0, isFlat1D ? 1 : 2), 0.14);
  let [x0, x1] = widened(ofPoints, reach[0]);
  if (isFlat1D) return { x: linearScale(x0, x1, box.left, box.right), y: null };
  const upOfPoints = roomy(extent(flat, 1, 2), 0.14);
  let [y0, y1] = widened(upOfPoints, reach[1]);
  const ratio = (ofPoints[1] - ofPoints[0]) / (upOfPoints[1] - upOfPoints[0]);
  if (ratio > 0.25 && ratio < 4) {
    const unit = Math.max((x1 - x0) / width, (y1 - y0) / height);
    const xRoom = (unit * width - (x1 - x0)) / 2, yRoom = (unit * height - (y1 - y0)) / 2;
    [x0, x1, y0, y1] = [x0 - xRoom, x1 + xRoom, y0 - yRoom, y1 + yRoom];
  }
  return { x: linearScale(x0, x1, box.left, box.right), y: linearScale(y0, y1, box.bottom, box.top) };
}

/** Round numbers between low and high, about `count` of them. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high && values.length <= 4 * count + 4; i++) values.push(i * step);
  return { step, values };
}

// ---- Numbers as text ----

const minusSigned = (text) => text.replace("-", "\u2212");

/** A tick's label, with as many decimals as the step between ticks calls for. */
export function tickText(value, step) {
  if (value === 0 && (step >= 1e7 || step < 1e-5)) return "0";
  if (Math.abs(value) >= 1e7 || (step < 1e-5 && Math.abs(value) < 1)) {
    const digits = 1 + Math.floor(Math.log10(Math.abs(value) * (1 + 1e-9))) - Math.floor(Math.log10(step * (1 + 1e-9))); // neighbors differ
    return minusSigned(value.toExponential(Math.max(0, Math.min(14, digits - 1))).replace("e+", "e").replace("e-", "e\u2212"));
  }
  const decimals = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return minusSigned((Math.abs(value) < step / 2 ? 0 : value).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
}

/** A number to about four digits: 1,134.2  61.25  0.03215  2.1e-9 (with a true minus sign). */
export function numberText(value, digits = 4) {
  if (!Number.isFinite(value)) return "\u2013";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return minusSigned(value.toExponential(digits - 2).replace("e+", "e").replace("e-", "e\u2212"));
  const decimals = size >= 1000 ? 1 : size === 0 ? 0 : Math.min(7, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  return minusSigned(value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: decimals }));
}

/** A share between 0 and 1 with three decimals; what rounds to 0 or 1 but is not, says so. */
export function shareText(share) {
  if (!Number.isFinite(share)) return "\u2013";
  if (share > 0 && share < 0.0005) return "<\u200a0.001";
  if (share < 1 && share >= 0.9995) return ">\u200a0.999";
  return share.toFixed(3);
}

// ---- Points into pixels ----

/** The color of point i, {rgb, owner}, as `paintPoints` makes it: the component that is most responsible lends its marker. */
export function pointColor(i, { k, responsibilities, colors, shared, gray, fade }) {
  if (!responsibilities) return { rgb: gray, owner: 0 };
  const shares = Array.from(responsibilities.subarray(i * k, i * k + k));
  const own = shares.map((share) => share ** 3), rest = 1 - own.reduce((sum, part) => sum + part, 0);
  const rgb = gray.map((channel, c) => {
    const full = own.reduce((sum, part, j) => sum + part * colors[j][c], rest * shared[c]);
    return Math.floor(channel * fade + full * (1 - fade));
  });
  return { rgb, owner: shares.indexOf(Math.max(...shares)) };
}

/**
 * Paint points into `pixels`, the Uint32 view of an ImageData (little-endian: alpha, blue, green, red).
 *
 * colors            [r, g, b] of every component
 * shared            [r, g, b] of a point that belongs to nobody: the more a point is shared, the more it takes of this
 * responsibilities  (n * k), or null: all points are `gray`
 * fade              0: full color; 1: gray. Stale colors are half faded.
 * xs, ys            (n) positions in pixels, see `pixelPositions`
 */
export function paintPoints(pixels, width, height, { xs, ys, k, responsibilities, colors, shared, gray, paper, fade, stamps }) {
  pixels.fill((0xff000000 | (paper[2] << 16) | (paper[1] << 8) | paper[0]) >>> 0);
  const keep = 1 - fade;
  const shifts = stamps.map(({ dx, dy }) => Int32Array.from(dx, (x, i) => dy[i] * width + x));
  const covers = stamps.map(({ cover }) => Int32Array.from(cover));
  const flatColors = Float64Array.from(colors.flat());
  const { reach } = stamps[0];
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i], y = ys[i];
    if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
    let red = gray[0], green = gray[1], blue = gray[2], owner = 0;
    if (responsibilities) {
      let most = -1, rest = 1, r = 0, g = 0, b = 0;
      for (let j = 0; j < k; j++) {
        const share = responsibilities[i * k + j], own = share * share * share; // a half counts an eighth
        r += own * flatColors[3 * j]; g += own * flatColors[3 * j + 1]; b += own * flatColors[3 * j + 2];
        rest -= own;
        if (share > most) { most = share; owner = j; }
      }
      r += rest * shared[0]; g += rest * shared[1]; b += rest * shared[2];
      red = (red * fade + r * keep) | 0; green = (green * fade + g * keep) | 0; blue = (blue * fade + b * keep) | 0;
    }
    const here = y * width + x, shift = shifts[owner], cover = covers[owner];
    const redBlue = (blue << 16) | red;
    for (let q = 0; q < shift.length; q++) {
      // red and blue are mixed in one multiplication: they lie 16 bits apart, and each product fits into 16
      const at = here + shift[q], a = cover[q], old = pixels[at], rest = 256 - a;
      const mixedRedBlue = (Math.imul(old & 0xff00ff, rest) + Math.imul(redBlue, a)) >>> 8;
      const mixedGreen = (Math.imul(old & 0xff00, rest) + Math.imul(green << 8, a)) >>> 8;
      pixels[at] = 0xff000000 | (mixedRedBlue & 0xff00ff) | (mixedGreen & 0xff00);
    }
  }
}

/** Where the points lie, in device pixels; in one dimension they are strewn over a band, always the same way. */
export function pixelPositions(flat, isFlat1D, scales, ratio, band) {
  const n = isFlat1D ? flat.length : flat.length / 2;
  const xs = new Int32Array(n), ys = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    xs[i] = Math.round(ratio * scales.x.toPixel(isFlat1D ? flat[i] : flat[2 * i]));
    // multiples of the golden ratio fill the band evenly, without a pattern and without chance
    ys[i] = Math.round(ratio * (isFlat1D ? band.top + (band.bottom - band.top) * ((i * 0.6180339887498949) % 1) : scales.y.toPixel(flat[2 * i + 1])));
  }
  return { xs, ys };
}
