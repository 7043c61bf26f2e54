// Looks things up inside a form (links of the health library, templates) without leaving it. Without this file the
// same buttons bring the whole page back.
//   data-part         the address of this part alone
//   data-part-fields  what it needs of the form; the text that is being written stays on this page
//   data-part-name    the name of its buttons
//   data-part-focus   where to go afterwards; a button may name another place
(function () {
  "use strict";

  function request(place, button) {
    const all = new FormData(button.form);
    const data = new FormData();
    ("csrfmiddlewaretoken " + place.dataset.partFields).split(" ").forEach(function (name) {
      all.getAll(name).forEach(function (value) { data.append(name, value); });
    });
    data.append(button.name, button.value);
    return data;
  }

  function show(place, html, focus) {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-part]");
    if (!next) throw new Error("no list");
    place.replaceWith(next);
    const said = next.querySelector("[data-announce]");
    if (said && window.portalAnnounce) window.portalAnnounce(said.textContent.trim());
    (next.querySelector(focus) || next.querySelector(next.dataset.partFocus)).focus();
  }

  async function look(place, button) {
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.part, { method: "POST", body: request(place, button) });
      if (!answer.ok || answer.redirected) throw new Error("no list");
      show(place, await answer.text(), button.dataset.partFocus || place.dataset.partFocus);
    } catch (error) {
      // The long way works, or says what is wrong.
      place.removeAttribute("aria-busy");
      place.removeAttribute("data-part");
      button.click();
    }
  }

  document.addEventListener("click", function (event) {
    const place = event.target.closest("[data-part]");
    const button = event.target.closest("button");
    if (!place || !button || button.name !== place.dataset.partName || button.hasAttribute("data-insert")) return;
    event.preventDefault();
    if (!place.hasAttribute("aria-busy")) look(place, button);
  });

  document.addEventListener("keydown", function (event) {
    const place = event.key === "Enter" && event.target.matches("input[type=text]") && event.target.closest("[data-part]");
    if (!place) return;
    event.preventDefault();
    // The first button of a part is what the Enter key means in it.
    place.querySelector("button[name=" + place.dataset.partName + "]").click();
  });
})();
