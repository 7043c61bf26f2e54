// What every page does: polite announcements, the user menu, and no signed-in page after sign-out.
(function () {
  "use strict";

  const announcer = document.getElementById("announcer");

  // Other scripts say something to screen readers with portalAnnounce("Saved at 10:42").
  window.portalAnnounce = function (text) {
    if (!announcer) return;
    announcer.textContent = "";
    window.setTimeout(function () {
      announcer.textContent = text;
    }, 50);
  };

  // The back button after sign-out restores a page from the browser's memory: hide it and ask the server.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && document.body.hasAttribute("data-signed-in")) {
      document.documentElement.hidden = true;
      window.location.reload();
    }
  });

  document.querySelectorAll("details[data-menu]").forEach(function (menu) {
    document.addEventListener("click", function (event) {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    menu.addEventListener("focusout", function (event) {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  });

  // A link to something inside a folded part opens it.
  function openTarget() {
    const id = decodeURIComponent(window.location.hash.slice(1));
    const target = id && document.getElementById(id);
    const folded = target && target.closest("details");
    if (folded) folded.open = true;
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // Paper shows everything, also what is folded on the screen.
  let foldedBeforePrint = [];
  window.addEventListener("beforeprint", function () {
    foldedBeforePrint = Array.from(document.querySelectorAll("main details:not([open])"));
    foldedBeforePrint.forEach(function (part) {
      part.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    foldedBeforePrint.forEach(function (part) {
      part.open = false;
    });
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });
})();
