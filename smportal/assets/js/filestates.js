// Says how the virus check of files under messages goes on, without loading the page again. Without this file a link does.
(function () {
  "use strict";

  const place = document.querySelector("[data-file-states]");
  if (!place || !window.portalAsking) return;
  const words = window.portalWords.filestates;

  function waiting() {
    return Array.from(place.querySelectorAll("[data-file-state=checking], [data-file-state=held]"));
  }

  // The link is for whoever has no script, and for when this one has given up.
  function links(hidden) {
    place.querySelectorAll("[data-files-again]").forEach(function (link) {
      const done = !link.closest("[data-message-files]").querySelector("[data-file-state=checking], [data-file-state=held]");
      link.hidden = hidden || done;
    });
  }

  // Returns what to say. The answer names no file: its name is on the page already.
  function show(file) {
    const before = place.querySelector('[data-file="' + file.id + '"]');
    if (!before || before.dataset.fileState === file.state) return "";
    const name = before.querySelector("[data-file-name]").textContent;
    const after = new DOMParser().parseFromString(file.html, "text/html").body.firstElementChild;
    after.querySelector("[data-file-name]").textContent = name;
    before.replaceWith(after);
    return window.portalFill(words.said, { name: name, state: file.text.replace(/[.]?$/, ".") });
  }

  async function ask() {
    const ids = waiting().map(function (item) { return "file=" + item.dataset.file; });
    try {
      const headers = { Accept: "application/json", "X-Portal-Polling": "1" };
      const answer = await fetch(place.dataset.fileStates + "?" + ids.join("&"), { headers: headers, redirect: "error" });
      const told = answer.ok ? (await answer.json()).files.map(show).filter(Boolean) : [];
      // Several at once are heard as one sentence after the other, not as the last one only.
      if (told.length) window.portalAnnounce(told.join(" "));
      if (answer.ok || answer.status >= 500) asking.later();
    } catch {
      asking.later();
    }
    links(!asking.hasEnded());
  }

  const asking = window.portalAsking(ask, function () { return waiting().length > 0; });
  links(true);
  asking.later();
})();
