// Before anything is drawn: light or dark, as the reader chose on another page. (No module: it must not wait.)
(() => {
  let kept = {};
  try {
    kept = { mode: localStorage.getItem("mode"), theme: localStorage.getItem("theme") };
  } catch {
    // storage is refused: the system's choice holds
  }
  document.documentElement.dataset.mode = kept.mode || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = kept.theme || (dark ? "dark" : "light");
})();
