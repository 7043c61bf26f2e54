// Says which colleagues have this conversation open, and tells them that this page is open, while it is in sight.
// Nothing depends on it: without this file, or without Redis, the line is simply not there.
(function () {
  "use strict";

  const EVERY_MS = 15000;
  const LONGEST_MS = 120000;
  const WITHIN_MS = 5000;
  // Somebody who stopped typing this long ago reads.
  const WRITING_MS = 30000;

  const line = document.querySelector("[data-presence]");
  const answer = document.getElementById("reply");
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (!line || !token || !window.fetch) return;

  let typedAt = 0;
  let wait = EVERY_MS;
  let timer = 0;
  let running = false;
  // Somebody began to type while a question was under way.
  let hasNews = false;

  function isWriting() {
    return typedAt > 0 && Date.now() - typedAt < WRITING_MS;
  }

  function say(text) {
    if (text === line.textContent) return;
    line.textContent = text;
    line.hidden = !text;
    if (text) window.portalAnnounce(text);
  }

  async function ask() {
    const patience = new AbortController();
    const late = window.setTimeout(function () { patience.abort(); }, WITHIN_MS);
    try {
      const response = await fetch(line.dataset.presence, {
        method: "POST",
        body: new URLSearchParams({ csrfmiddlewaretoken: token.value, writing: isWriting() ? "1" : "0" }),
        // The page asks, not a person: this must not keep the session alive.
        headers: { "X-Portal-Polling": "1" },
        credentials: "same-origin",
        redirect: "error",
        signal: patience.signal,
      });
      if (response.status === 403 || response.status === 404) return false;
      const found = await response.json();
      say(found.text);
      wait = found.known ? EVERY_MS : Math.min(wait * 2, LONGEST_MS);
    } catch {
      say("");
      wait = Math.min(wait * 2, LONGEST_MS);
    } finally {
      window.clearTimeout(late);
    }
    return true;
  }

  // One at a time, and none while nobody looks: a page out of sight is forgotten like one that is closed.
  async function beat() {
    window.clearTimeout(timer);
    if (running) hasNews = true;
    if (running || document.visibilityState === "hidden") return;
    running = true;
    hasNews = false;
    const goesOn = await ask();
    running = false;
    if (goesOn) timer = window.setTimeout(beat, hasNews ? 0 : wait);
    else say("");
  }

  if (answer) {
    answer.addEventListener("input", function () {
      const began = !isWriting();
      typedAt = Date.now();
      if (began && wait === EVERY_MS) beat();
    });
  }
  document.addEventListener("visibilitychange", beat);
  beat();
})();
