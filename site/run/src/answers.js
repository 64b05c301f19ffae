// Questions that are answered in words: below each "Your answer:" there is a field to write in.

export const QUESTION = "*Your answer:*"; // as it stands in the lesson's notebook

/** The fields of a lesson's page, in order, made here. */
export function findAnswers(article, tell) {
  const places = [...article.querySelectorAll("p")].filter(({ children, textContent }) => {
    return children.length === 1 && children[0].localName === "em" && `*${textContent}*` === QUESTION;
  });
  return places.map((el, index) => new Answer(el, index, tell));
}

/** As a cell, it has the author's text, the line that asks, and the reader's: this line and the answer below it. */
export class Answer {
  author = QUESTION;

  /** @param tell function ("answered", answer) */
  constructor(el, index, tell) {
    el.id ||= `run-answer-${index + 1}`;
    this.field = document.createElement("textarea");
    this.field.className = "run-answer";
    this.field.setAttribute("aria-labelledby", el.id);
    this.field.addEventListener("input", () => tell("answered", this));
    el.after(this.field);
  }

  get text() {
    return this.edited ? `${QUESTION}\n\n${this.field.value}` : QUESTION;
  }

  set text(text) {
    this.field.value = text.replace(QUESTION, "").replace(/^\n+/, "");
  }

  get edited() {
    return this.field.value.trim() !== "";
  }
}
