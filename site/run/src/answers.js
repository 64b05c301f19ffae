// Questions that are answered in words: below each "Your answer:" there is a field to write in.

export const QUESTION = "*Your answer:*"; // as it stands in the lesson's notebook

/** The fields of a lesson's page, in order, made here. */
export function findAnswers(article, tell) {
  const places = [...article.querySelectorAll("p")].filter(({ children, textContent }) => {
    return children.length === 1 && children[0].localName === "em" && `*${textContent}*` === QUESTION;
  });
  return places.map((el, index) => new Answer(el, index, tell));
}

/** As a cell, it has the author's text and the reader's; the author's is the line that asks for it. */
export class Answer {
  author = QUESTION;

  /** @param tell function ("answered") */
  constructor(el, index, tell) {
    el.id ||= `run-answer-${index + 1}`;
    this.field = document.createElement("textarea");
    this.field.className = "run-answer";
    this.field.setAttribute("aria-labelledby", el.id);
    this.field.addEventListener("input", () => tell("answered"));
    el.after(this.field);
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
  }

  get edited() {
    return this.text.trim() !== "";
  }
}

/** A notebook's source with an answer below its question. */
export function answered(source, text) {
  return text.trim() ? `${source.trimEnd()}\n\n${text}` : source;
}
