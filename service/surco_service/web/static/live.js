// Keeps an open page fresh: when something changed, fetch the page again and swap its main part.
"use strict";
(() => {
  const root = document.documentElement;
  const every = Number(root.dataset.every || 0) * 1000;
  if (!every) return;
  let busy = false, again = false, lostAt = null;

  const clock = () => new Date().toTimeString().slice(0, 5);
  const says = (lost) => {
    if (lost && !lostAt) lostAt = clock();
    if (!lost) lostAt = null;
    const line = document.querySelector("[data-lost]");
    if (!line) return;
    line.hidden = !lostAt;
    if (lostAt) line.textContent = line.dataset.lost.replace("{time}", lostAt);
    for (const age of document.querySelectorAll("[data-age]")) age.hidden = Boolean(lostAt);
  };

  const fresh = async () => {
    if (busy) { again = true; return; }
    const typed = (field) => field.value !== field.defaultValue; // a form that somebody fills in
    if ([...document.querySelectorAll("main input")].some(typed)) return;
    if (document.querySelector("main details[open]") ||
        document.activeElement.closest("main input, main select")) return;
    busy = true;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 8000);
    try {
      const address = location.pathname; // without what was just done: its notice has been read
      const answer = await fetch(address, { signal: limit.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const notice = document.querySelector("main > .toast");
      for (const part of ["main", "header.top"]) {
        const now = document.querySelector(part), next = page.querySelector(part);
        if (now && next) now.replaceWith(document.adoptNode(next));
      }
      if (notice) document.querySelector("main").prepend(notice);
      says(false);
    } catch { says(true); } finally {
      clearTimeout(timer);
      busy = false;
      if (again) { again = false; setTimeout(fresh, 300); }
    }
  };

  setInterval(fresh, every); // ages grow, and where events do not pass this is enough
  if (window.EventSource) {
    const events = new EventSource("/eventos");
    events.onmessage = fresh;
    addEventListener("pagehide", () => events.close());
  }
  document.addEventListener("submit", (event) => { // a double tap is one
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => { for (const f of document.forms) delete f.dataset.sent; });
})();
