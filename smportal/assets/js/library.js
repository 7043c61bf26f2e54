// Looks into the health library without leaving the answer. Without this file its buttons bring the whole page back.
(function () {
  "use strict";

  // What the list needs; the text of the answer stays on this page.
  const FIELDS = ["csrfmiddlewaretoken", "links", "library_words", "library_topic"];

  function request(form, button) {
    const all = new FormData(form);
    const data = new FormData();
    FIELDS.forEach(function (name) {
      all.getAll(name).forEach(function (value) { data.append(name, value); });
    });
    data.append(button.name, button.value);
    return data;
  }

  function show(place, html) {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-library]");
    if (!next) throw new Error("no list");
    place.replaceWith(next);
    const said = next.querySelector("[data-announce]");
    if (said && window.portalAnnounce) window.portalAnnounce(said.textContent.trim());
    next.querySelector("#library-words").focus();
  }

  async function look(button) {
    const place = button.closest("[data-library]");
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.library, { method: "POST", body: request(button.form, button) });
      if (!answer.ok || answer.redirected) throw new Error("no list");
      show(place, await answer.text());
    } catch (error) {
      // The long way works, or says what is wrong.
      place.removeAttribute("aria-busy");
      place.removeAttribute("data-library");
      button.click();
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-library] button[name=library]");
    if (!button) return;
    event.preventDefault();
    if (button.closest("[aria-busy]")) return;
    look(button);
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.target.id !== "library-words") return;
    event.preventDefault();
    event.target.closest("fieldset").querySelector("button[name=library]").click();
  });
})();
