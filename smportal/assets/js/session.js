// Warns before the session ends and lets somebody stay, by keyboard and screen reader too.
// The server keeps the time; this only shows it. Tabs tell each other, and nothing is stored.
(function () {
  "use strict";

  const dialog = document.getElementById("session-dialog");
  if (!dialog || !dialog.showModal) return;

  const idleMs = Number(dialog.dataset.idleSeconds) * 1000;
  const warnMs = Number(dialog.dataset.warnSeconds) * 1000;
  const left = dialog.querySelector("[data-session-left]");
  const form = dialog.querySelector("form");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("portal-session") : null;
  let endsAt = Date.now() + idleMs;
  let spokenMinutes = 0;
  let ending = false;

  function restart() {
    endsAt = Date.now() + idleMs;
    if (dialog.open) dialog.close();
  }

  function tell(event) {
    if (channel) channel.postMessage(event);
  }

  function describe(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (seconds > 60) return Math.ceil(seconds / 60) + " minutes";
    return seconds === 1 ? "1 second" : seconds + " seconds";
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
      restart();
      tell("extended");
      window.portalAnnounce("You’re still signed in.");
    } catch {
      // Offline or already ended: let them know, and let them try again while time is left.
      left.textContent = describe(endsAt - Date.now()) + ". We couldn’t reach the server; try again";
    }
  }

  // Pages with something unsaved listen for this and save it before the session is gone.
  function end() {
    if (ending) return;
    ending = true;
    document.dispatchEvent(new CustomEvent("portal:session-ending"));
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
      if (spokenMinutes && minutes < spokenMinutes) window.portalAnnounce("Signing you out in " + describe(remaining));
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
  document.addEventListener("portal:session-extended", function () {
    restart();
    tell("extended");
  });
  form.addEventListener("submit", function () {
    tell("ended");
  });
  if (channel) {
    channel.addEventListener("message", function (event) {
      if (event.data === "extended") restart();
      if (event.data === "ended") window.location.assign(dialog.dataset.endedUrl);
    });
  }
  // A fresh page is fresh activity: other tabs' clocks start again as well.
  tell("extended");
  window.setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
})();
