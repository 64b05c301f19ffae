// Keeping Python in this browser, so that the next visit loads nothing: the page's side of the service worker.

const PATIENCE = 3000; // ms; where it takes longer, this visit goes without

/** Let the service worker of the site at `root` take care of what is loaded from now on, if the browser has any. */
export async function keepFiles(root) {
  try {
    const container = navigator.serviceWorker;
    const registered = container.register(new URL("service-worker.js", root), { scope: root.pathname });
    const taken = registered.then(async (registration) => {
      await registration.update().catch(() => {}); // without a network what is kept has to do
      const newest = registration.installing ?? registration.waiting;
      if (newest) await becomes(newest, "activated");
      if (!container.controller) await new Promise((resolve) => (container.oncontrollerchange = resolve));
    });
    await Promise.race([taken, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  } catch {
    // A private window, a setting, an old browser: Python is loaded each time, and works as well.
  }
}

function becomes(worker, state) {
  return new Promise((resolve) => {
    const look = () => [state, "redundant"].includes(worker.state) && resolve();
    worker.addEventListener("statechange", look);
    look();
  });
}
