// One slider: the browser's own, with a name, a value that is read out as it is shown, and every key that it knows.
function render({ model, el }) {
  const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);
  const id = `gmm-slider-${Math.random().toString(36).slice(2, 10)}`;
  const label = make("label", { className: "gmm-slider-label", htmlFor: id });
  const range = make("input", { type: "range", className: "gmm-slider-range", id });
  const output = make("output", { className: "gmm-slider-value" });
  range.setAttribute("data-lm-suppress-shortcuts", "true"); // or the notebook takes the arrows
  output.setAttribute("aria-live", "off"); // the range tells its value itself

  const told = (value) => Number(value).toFixed(model.get("digits")).replace("-", "\u2212");
  const show = () => {
    label.textContent = model.get("description");
    for (const name of ["min", "max", "step"]) range[name] = model.get(name);
    if (Number(range.value) !== model.get("value")) range.value = model.get("value");
    tell(model.get("value"));
  };
  const tell = (value) => {
    output.textContent = told(value);
    range.setAttribute("aria-valuetext", told(value));
  };
  const move = () => {
    tell(range.value);
    model.set("value", Number(range.value));
    model.save_changes();
  };
  range.addEventListener("input", move);
  model.on("change", show);
  show();
  const row = make("div", { className: "gmm-slider" });
  row.append(label, range, output);
  el.append(row);
  return () => model.off("change", show);
}

export default { render };
