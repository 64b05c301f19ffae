// TeX to HTML: a list of [formula, display] comes in on stdin, the list of their HTML goes out. Where KaTeX is, the
// argument says. A formula that KaTeX does not know ends the program with its message.
const katex = require(process.argv[2]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const html = ([formula, displayMode]) => katex.renderToString(formula, { displayMode, strict: "error" });
process.stdout.write(JSON.stringify(formulas.map(html)));
