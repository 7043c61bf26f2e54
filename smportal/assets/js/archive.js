// Shows how far an archive is, and the way on once it is made. Asking never keeps a session alive.
(function () {
  "use strict";

  const ASK_EVERY_MS = 3000;
  const place = document.querySelector("[data-archive-progress]");
  if (!place) return;

  async function ask() {
    try {
      const answer = await fetch(place.dataset.archiveProgress, { headers: { "X-Portal-Polling": "1" } });
      if (!answer.ok) return;
      const found = await answer.json();
      if (found.state !== "making") {
        const ended = place.querySelector("[data-archive-ended]");
        ended.hidden = false;
        if (window.portalAnnounce) window.portalAnnounce(ended.textContent.trim());
        return;
      }
      place.querySelector("[data-archive-bar]").value = found.step;
      const files = place.querySelector("[data-archive-files]");
      if (files) files.textContent = found.files_done;
      place.querySelector("[data-archive-done]").textContent = found.done;
    } catch (error) {
      // Without a connection the next try is soon enough.
    }
    window.setTimeout(ask, ASK_EVERY_MS);
  }
  window.setTimeout(ask, ASK_EVERY_MS);
})();
