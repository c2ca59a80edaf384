// Asks again and again while the page is seen, one question at a time. Gives the function that ends it.
export function poll(question, every_ms) {
  let timer = 0;
  let over = false;
  let asking = false;
  const abort = new AbortController();
  async function once() {
    clearTimeout(timer);
    if (over || asking) return;
    asking = true;
    try {
      if (!document.hidden) await question(abort.signal);
    } finally {
      asking = false;
      if (!over) timer = setTimeout(once, every_ms);
    }
  }
  const seen = () => !document.hidden && once();
  document.addEventListener("visibilitychange", seen);
  once();
  return () => {
    over = true;
    clearTimeout(timer);
    abort.abort();
    document.removeEventListener("visibilitychange", seen);
  };
}
