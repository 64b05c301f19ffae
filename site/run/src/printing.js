// What a cell prints, on its way to the page: in order, and not in more pieces than a page can bear.

const WINDOW = 100; // ms
const AT_ONCE = 50; // prints that are told at once within a window; the rest is joined, and told with the next window

export class Printing {
  #waiting = []; // messages of type "stream"
  #since = -Infinity; // when the window began
  #told = 0; // prints within it

  /** @param post function (message); `now` tells the time in ms */
  constructor(post, now = () => performance.now()) {
    Object.assign(this, { post, now });
  }

  /** A message of the kernel. While Python works no timer can fire here, so that the clock is read at each. */
  hear(message) {
    if (message.type !== "stream") {
      this.flush();
      this.post(message);
      return;
    }
    if (this.now() - this.#since > WINDOW) {
      this.flush();
      this.#since = this.now();
      this.#told = 0;
    }
    this.#told += 1;
    if (this.#told <= AT_ONCE) this.post(message);
    else this.#join(message);
  }

  /** Tell what waits. */
  flush() {
    for (const message of this.#waiting.splice(0)) this.post(message);
  }

  #join(message) {
    const last = this.#waiting.at(-1);
    const belongs = last?.bundle.name === message.bundle.name && idOf(last) === idOf(message);
    if (belongs) last.bundle.text += message.bundle.text;
    else this.#waiting.push({ ...message, bundle: { ...message.bundle } });
    if (this.#waiting.length === 1 && !belongs) setTimeout(() => this.flush(), WINDOW); // for what prints later on
  }
}

function idOf({ parentHeader }) {
  return parentHeader?.msg_id;
}
