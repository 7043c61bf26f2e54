// Selecting rows of a list: all at once without a new page, and how many are selected, in sight and said politely.
(function () {
  "use strict";

  function attach(form) {
    const words = window.portalWords.pick;
    const boxes = Array.from(form.querySelectorAll("input[name=conversation]"));
    const all = form.querySelector("[data-pick-all]");
    const count = form.querySelector("[data-pick-count]");
    if (!all || !count || !boxes.length) return;

    function selected() {
      return boxes.filter(function (box) {
        return box.checked;
      }).length;
    }

    function show() {
      const many = selected();
      all.textContent = many === boxes.length ? words.clear : words.all;
      count.textContent = many ? window.portalFill(many === 1 ? words.one : words.other, { count: many }) : "";
      return count.textContent || words.none;
    }

    // Here it is a button: it acts on this page instead of loading another.
    all.setAttribute("role", "button");
    function toggle(event) {
      event.preventDefault();
      const check = selected() < boxes.length;
      boxes.forEach(function (box) {
        box.checked = check;
      });
      window.portalAnnounce(show());
    }
    all.addEventListener("click", toggle);
    all.addEventListener("keydown", function (event) {
      if (event.key === " ") toggle(event);
    });

    form.addEventListener("change", function (event) {
      if (event.target.name === "conversation") window.portalAnnounce(show());
    });
    // A page that the back button brings back may have its boxes as they were left.
    window.addEventListener("pageshow", show);
    show();
  }

  function attachAll() {
    document.querySelectorAll("form[data-pick]").forEach(attach);
  }
  // A list that was read anew has a form of its own.
  document.addEventListener("portal:list-replaced", attachAll);
  attachAll();
})();
