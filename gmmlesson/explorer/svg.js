// A drawing context that writes SVG: what draws on a canvas draws on it too. It knows what overlay.js uses, no more.

/** Text that may stand in XML, as content or between quotes; what XML forbids is left out. */
export function xmlText(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "").replace(/[&<>"]/g, (character) => entities[character]);
}

/** A length in pixels, to a hundredth. */
export const px = (value) => String(Math.round(100 * value) / 100);

const BELOW = { top: 0.8, middle: 0.35, bottom: -0.2 }; // of a font's size: from where a text hangs to its baseline
const ANCHORS = { left: "start", center: "middle", right: "end" };

/** A color as attributes: opacity stands by itself, as SVG 1.1 wants it. */
function paint(name, color) {
  const [red, green, blue, opacity = "1"] = color.startsWith("rgb") ? color.match(/[\d.]+/g) : [];
  if (blue === undefined) return ` ${name}="${xmlText(color)}"`;
  return ` ${name}="rgb(${red},${green},${blue})"${opacity === "1" ? "" : ` ${name}-opacity="${opacity}"`}`;
}

/** [red, green, blue] as SVG writes it. */
export const rgbPlain = ([red, green, blue]) => `rgb(${red},${green},${blue})`;

export class SvgContext {
  /** `measure`: a context of a canvas, which knows how wide a text is. */
  constructor(measure) {
    this.measure = measure;
    this.parts = [];
    this.path = []; // of the path begun: each a piece of its "d"
    this.clips = 0;
    this.open = 0; // groups to be closed by the next restore
    this.saved = [];
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineJoin: "miter", font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic", dash: [] });
  }

  get text() {
    return this.parts.join("\n");
  }

  raw(text) {
    this.parts.push(text);
  }

  clearRect() {}

  save() {
    const { fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, textBaseline, dash, open } = this;
    this.saved.push({ fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, textBaseline, dash, open });
    this.open = 0;
  }

  restore() {
    for (; this.open > 0; this.open--) this.raw("</g>");
    Object.assign(this, this.saved.pop());
  }

  beginPath() {
    this.path = [];
  }

  moveTo(x, y) {
    this.path.push(`M${px(x)} ${px(y)}`);
  }

  lineTo(x, y) {
    this.path.push(`${this.path.length ? "L" : "M"}${px(x)} ${px(y)}`);
  }

  closePath() {
    this.path.push("Z");
  }

  rect(x, y, width, height) {
    this.path.push(`M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}Z`);
  }

  /** A whole circle: nothing here draws less. */
  arc(x, y, radius) {
    this.ellipse(x, y, radius, radius, 0);
  }

  ellipse(x, y, a, b, angle) {
    const [dx, dy] = [a * Math.cos(angle), a * Math.sin(angle)];
    const half = (sign) => `A${px(a)} ${px(b)} ${px((180 * angle) / Math.PI)} 0 1 ${px(x + sign * dx)} ${px(y + sign * dy)}`;
    this.path.push(`M${px(x - dx)} ${px(y - dy)}${half(1)}${half(-1)}Z`);
  }

  clip() {
    this.clips += 1;
    this.raw(`<clipPath id="em-clip-${this.clips}"><path d="${this.path.join("")}"/></clipPath><g clip-path="url(#em-clip-${this.clips})">`);
    this.open += 1;
  }

  fill() {
    this.raw(`<path d="${this.path.join("")}"${paint("fill", this.fillStyle)}/>`);
  }

  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.raw(`<path d="${this.path.join("")}" fill="none"${paint("stroke", this.strokeStyle)} stroke-width="${this.lineWidth}" stroke-linejoin="${this.lineJoin}"${dash}/>`);
  }

  fillRect(x, y, width, height) {
    this.raw(`<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}"${paint("fill", this.fillStyle)}/>`);
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  measureText(text) {
    this.measure.font = this.font;
    return this.measure.measureText(text);
  }

  fillText(text, x, y) {
    this.write(text, x, y, paint("fill", this.fillStyle));
  }

  strokeText(text, x, y) {
    this.write(text, x, y, ` fill="none"${paint("stroke", this.strokeStyle)} stroke-width="${this.lineWidth}" stroke-linejoin="round"`);
  }

  write(text, x, y, look) {
    const [, weight = "", size, family] = this.font.match(/^(?:(\d+) )?([\d.]+)px (.*)$/);
    const baseline = y + (BELOW[this.textBaseline] ?? 0) * size;
    const font = `font-family="${xmlText(family)}" font-size="${size}"${weight && ` font-weight="${weight}"`}`;
    this.raw(`<text x="${px(x)}" y="${px(baseline)}" text-anchor="${ANCHORS[this.textAlign]}" ${font}${look}>${xmlText(text)}</text>`);
  }
}
