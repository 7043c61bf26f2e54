// A queue says politely that something is new, and never moves a row by itself. Refresh reads the page anew without losing
// what has focus, what is selected, or how far somebody has scrolled; without scripts it is a link to this very page.
(function () {
  "use strict";

  const line = document.querySelector("[data-news]");
  if (!line || !window.fetch || !window.DOMParser) return;

  const EVERY_MS = 60000;
  // An hour without anybody touching the page; the session has ended by then.
  const MOST_ASKED = 60;
  const text = line.querySelector("[data-news-text]");
  const show = line.querySelector("[data-news-show]");
  const refresh = line.querySelector("[data-refresh]");
  const title = document.title;
  let asked = 0;
  let timer = 0;

  function tell(news) {
    if (text.textContent !== news.text) text.textContent = news.text;
    show.hidden = !news.count;
    document.title = news.count ? "(" + news.text.split(" ")[0] + ") " + title : title;
  }

  async function ask() {
    if (document.hidden || asked >= MOST_ASKED) return;
    asked += 1;
    try {
      const headers = { Accept: "application/json", "X-Portal-Polling": "1" };
      const answer = await fetch(line.dataset.news, { headers: headers, redirect: "error" });
      if (!answer.ok) throw new Error("refused");
      tell(await answer.json());
    } catch {
      // Offline, or signed out: the page stays as it is, and the next look may tell more.
    }
  }

  // Hidden, nothing is asked; looked at again, it is asked at once.
  function watch() {
    window.clearInterval(timer);
    timer = 0;
    if (document.hidden) return;
    timer = window.setInterval(ask, EVERY_MS);
  }
  document.addEventListener("visibilitychange", function () {
    watch();
    ask();
  });
  watch();

  function selected() {
    return Array.from(document.querySelectorAll("[data-queue] input[name=conversation]:checked"), function (box) {
      return box.id;
    });
  }

  function swap(page) {
    const fresh = page.querySelector("[data-queue]");
    const old = document.querySelector("[data-queue]");
    const freshLine = page.querySelector("[data-news]");
    if (!fresh || !freshLine) throw new Error("another page");
    const kept = selected();
    const active = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(document.adoptNode(fresh));
    kept.forEach(function (id) {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    });
    if (active && document.getElementById(active)) document.getElementById(active).focus({ preventScroll: true });
    // The numbers beside the queues too.
    const numbers = page.querySelector(".page__side nav");
    const side = document.querySelector(".page__side nav");
    if (numbers && side && !side.contains(document.activeElement)) side.replaceWith(document.adoptNode(numbers));
    line.dataset.news = freshLine.dataset.news;
    show.href = freshLine.querySelector("[data-news-show]").href;
    document.dispatchEvent(new CustomEvent("portal:list-replaced"));
  }

  refresh.addEventListener("click", async function (event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const place = window.scrollY;
    try {
      const answer = await fetch(refresh.href, { redirect: "error" });
      if (!answer.ok) throw new Error("refused");
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
      tell({ count: 0, text: "" });
      asked = 0;
      window.scrollTo({ top: place, behavior: "instant" });
      window.portalAnnounce(refresh.dataset.done);
      document.dispatchEvent(new CustomEvent("portal:session-extended"));
    } catch {
      window.location.assign(refresh.href);
    }
  });
})();
