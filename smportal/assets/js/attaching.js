// Fetches what uploads files by itself only when somebody begins to write or is about to add one: most visits do neither.
// Until then, and without this file, the form brings its files along.
(function () {
  "use strict";

  const NEAR = "300px";
  const place = document.querySelector("[data-files]");
  if (!place || !place.dataset.files) return;
  const form = place.closest("form");
  const near = new IntersectionObserver(function (seen) {
    if (seen.some(function (each) { return each.isIntersecting; })) load();
  }, { rootMargin: NEAR });
  let begun = false;
  let early = [];

  function load() {
    if (begun) return;
    begun = true;
    near.disconnect();
    place.dataset.filesScripts.split(" ").forEach(function (address) {
      const script = document.createElement("script");
      script.src = address;
      // In this order.
      script.async = false;
      script.addEventListener("load", ready);
      document.body.append(script);
    });
  }

  function ready() {
    if (!window.portalFiles || !early.length) return;
    window.portalFiles.add(early);
    early = [];
  }

  // A file that is dropped before the rest is here must not make the browser leave the page either.
  function drag(event) {
    load();
    if (window.portalFiles || !event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") early = Array.from(event.dataTransfer.files);
  }

  // At once, not with the rest: what moves when somebody presses Send lets the press go beside it.
  place.classList.add("attachments--live");
  place.querySelector("[data-files-plain]").remove();
  place.querySelector("[data-files-instructions]").hidden = false;

  near.observe(place);
  form.addEventListener("focusin", load);
  place.addEventListener("change", load);
  ["dragenter", "dragover", "drop"].forEach(function (kind) { document.addEventListener(kind, drag); });
  // Files that hang on the text already are being checked; and the focus may have been set before this ran.
  if (place.querySelector("[data-files-list] [data-file]") || form.contains(document.activeElement)) load();
})();
