// Warns before the session ends and lets somebody stay, by keyboard and screen reader too.
// The server keeps the time; this only shows it. Tabs tell each other, and nothing is stored.
(function () {
  "use strict";

  const dialog = document.getElementById("session-dialog");
  if (!dialog || !dialog.showModal) return;

  const SAVE_WITHIN_MS = 5000;
  const idleMs = Number(dialog.dataset.idleSeconds) * 1000;
  const warnMs = Number(dialog.dataset.warnSeconds) * 1000;
  const left = dialog.querySelector("[data-session-left]");
  const form = dialog.querySelector("form");
  const words = window.portalWords.session;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("portal-session") : null;
  let endsAt = Date.now() + idleMs;
  let spokenMinutes = 0;
  let ending = false;

  // With the seconds that the server still gives: near the 12-hour limit there are fewer than the idle time.
  function restart(seconds) {
    endsAt = Date.now() + (seconds === undefined ? idleMs : Math.min(idleMs, seconds * 1000));
    if (dialog.open && endsAt - Date.now() > warnMs) dialog.close();
  }

  function tell(event) {
    if (channel) channel.postMessage(event);
  }

  function describe(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (seconds > 60) return window.portalFill(words.minutes, { count: Math.ceil(seconds / 60) });
    return seconds === 1 ? words.one_second : window.portalFill(words.seconds, { count: seconds });
  }

  async function extend() {
    const token = form.querySelector("[name=csrfmiddlewaretoken]");
    try {
      const answer = await fetch(dialog.dataset.extendUrl, {
        method: "POST",
        headers: { "X-CSRFToken": token ? token.value : "" },
        credentials: "same-origin",
        redirect: "error",
      });
      if (!answer.ok) throw new Error("refused");
      const seconds = (await answer.json()).remaining_seconds;
      restart(seconds);
      tell("extended:" + seconds);
      window.portalAnnounce(dialog.open ? words.longest : words.still_signed_in);
    } catch {
      // Offline or already ended: let them know, and let them try again while time is left.
      left.textContent = window.portalFill(words.not_reached, { time: describe(endsAt - Date.now()) });
    }
  }

  // Pages with something unsaved listen for this and save it before the session is gone.
  async function end() {
    if (ending) return;
    ending = true;
    const waiting = [];
    const detail = { waitFor: function (promise) { waiting.push(promise); } };
    document.dispatchEvent(new CustomEvent("portal:before-session-end", { detail: detail }));
    const patience = new Promise(function (resolve) { window.setTimeout(resolve, SAVE_WITHIN_MS); });
    if (waiting.length) await Promise.race([Promise.allSettled(waiting), patience]);
    window.location.assign(dialog.dataset.endedUrl);
  }

  function tick() {
    const remaining = endsAt - Date.now();
    if (remaining <= 0) {
      end();
    } else if (remaining <= warnMs) {
      if (!dialog.open) {
        dialog.showModal();
        spokenMinutes = 0;
      }
      left.textContent = describe(remaining);
      const minutes = Math.ceil(remaining / 60000);
      if (spokenMinutes && minutes < spokenMinutes) {
        window.portalAnnounce(window.portalFill(words.ending, { time: describe(remaining) }));
      }
      spokenMinutes = minutes;
    }
  }

  dialog.querySelector("[data-session-extend]").addEventListener("click", extend);
  // Escape means "stay" rather than a dialog that is gone while the clock runs on.
  dialog.addEventListener("cancel", function (event) {
    event.preventDefault();
    extend();
  });
  // Autosave counts as activity on the server; the page that saved says so.
  document.addEventListener("portal:session-extended", function (event) {
    const seconds = event.detail || undefined;
    restart(seconds);
    tell(seconds === undefined ? "extended" : "extended:" + seconds);
  });
  form.addEventListener("submit", function () {
    tell("ended");
  });
  if (channel) {
    channel.addEventListener("message", function (event) {
      const [what, seconds] = String(event.data).split(":");
      if (what === "extended") restart(seconds === undefined ? undefined : Number(seconds));
      if (what === "ended") window.location.assign(dialog.dataset.endedUrl);
    });
  }
  // A fresh page is fresh activity: other tabs' clocks start again as well, with what this one was given.
  tell("extended:" + idleMs / 1000);
  window.setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
})();
