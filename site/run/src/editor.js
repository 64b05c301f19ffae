// The editor of a cell: CodeMirror, with Python.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, RangeSetBuilder } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, ViewPlugin } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/** Each line says how far it is indented, so that on a phone, where it is broken, it goes on there. */
const indented = ViewPlugin.define(
  (view) => ({
    lines: indents(view),
    update({ docChanged, viewportChanged, view }) {
      if (docChanged || viewportChanged) this.lines = indents(view);
    },
  }),
  { decorations: ({ lines }) => lines },
);

function indents({ state, viewport }) {
  const lines = new RangeSetBuilder();
  for (let at = viewport.from; at <= viewport.to; ) {
    const { from, to, text } = state.doc.lineAt(at);
    lines.add(from, from, Decoration.line({ attributes: { style: `--indent: ${text.search(/[^ ]|$/)}` } }));
    at = to + 1;
  }
  return lines.finish();
}

/**
 * An editor in `place` -> {text, focus(at)}, where `at` is a place in the text; setting `text` is no edit.
 *
 * Tab moves the focus on, as everywhere in a page, until something is written or the editor is clicked: then it indents.
 */
export function makeEditor(place, text, { label, onRun, onEdit }) {
  let quiet = false; // the text is being set
  const run = () => {
    onRun();
    return true;
  };
  let pointed = false; // it is about to have the focus from a click
  let away = false; // the window has lost the focus, not the editor
  const focusing = EditorView.domEventHandlers({
    pointerdown(_, view) {
      pointed = true;
      view.setTabFocusMode(false);
    },
    focus(_, view) {
      if (!pointed && !away) view.setTabFocusMode(true);
    },
    blur(_, view) {
      pointed = false;
      away = document.activeElement === view.contentDOM;
    },
  });
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Shift-Enter", run }, { key: "Mod-Enter", run }])),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        history(),
        drawSelection(),
        python(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(classHighlighter),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        focusing,
        indented,
        EditorView.updateListener.of(({ docChanged, view }) => {
          if (!docChanged || quiet) return;
          view.setTabFocusMode(false);
          onEdit();
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    focus(at) {
      view.focus();
      if (at !== undefined) view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } });
    },
  };
}
