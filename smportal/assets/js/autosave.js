// Keeps what is typed as a draft, two seconds after typing stops, and says so. Nothing is stored in the browser.
// Without this file the Save draft button does the same.
(function () {
  "use strict";

  const PAUSE_MS = 2000;
  const ANSWER_WITHIN_MS = 10000;
  const RETRY_MS = [3000, 6000, 12000, 30000];
  // What the server put there, and what is only looked for: nothing of it is typed text.
  const OURS = [
    "csrfmiddlewaretoken", "ticket", "version", "draft_id", "seen_until", "library_words", "library_topic", "template", "template_words",
  ];

  const form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch || !window.FormData) return;
  const place = form.querySelector("[data-autosave-status]");
  const line = place.querySelector("[data-autosave-line]");
  const choice = place.querySelector("[data-autosave-conflict]");
  const words = window.portalWords.autosave;

  // A page that came back with an error shows what was posted, which may not be saved.
  let saved = place.hasAttribute("data-autosave-posted") ? null : snapshot(asSent());
  let announced = "";
  let pause = 0;
  let retry = 0;
  let failures = 0;
  let running = null;
  // What went out without an answer: it may have been saved, so it goes again, unchanged, before anything newer.
  let unanswered = null;
  // Another tab's version, an ended session or a refused character: typing on does not solve it.
  let stuck = choice.hidden ? "" : "conflict";
  let leaving = false;
  let waited = false;

  // The form as the server sent it: what was typed before this script ran is not saved yet.
  function asSent() {
    const copy = form.cloneNode(true);
    copy.reset();
    return copy;
  }

  // What somebody typed or chose.
  function snapshot(of) {
    const parts = [];
    new FormData(of || form).forEach(function (value, name) {
      // A file box with nothing in it is sent as a file without a name, until files.js takes the box over: nothing changed by that.
      if (OURS.includes(name) || (value instanceof File && !value.name)) return;
      parts.push(name + "=" + value);
    });
    return parts.join("\n");
  }

  // Files go by themselves (files.js); one that was chosen before that was ready is none of ours.
  function withoutFiles() {
    const body = new FormData(form);
    body.delete("upload");
    return body;
  }

  function isUnsaved() {
    return snapshot() !== saved;
  }

  function say(text, kind) {
    line.textContent = text;
    place.dataset.autosaveStatus = kind;
    // Screen readers hear a change of state, not every save.
    const state = kind === "saved" ? "saved" : text;
    if (state !== announced && kind !== "typing") {
      announced = state;
      window.portalAnnounce(text);
    }
  }

  function set(name, value) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }

  function accept(answer, sent) {
    saved = sent;
    failures = 0;
    unanswered = null;
    set("version", answer.version);
    set("ticket", answer.ticket);
    if (answer.url) follow(answer.url);
    document.dispatchEvent(new CustomEvent("portal:session-extended", { detail: answer.remaining_seconds }));
    if (isUnsaved()) say(words.saving, "typing");
    else say(answer.saved_at || words.nothing, "saved");
  }

  // Loading the page again, or signing in again, leads back to this draft.
  function follow(url) {
    if (window.location.pathname !== url) window.history.replaceState(null, "", url);
    const dialog = document.getElementById("session-dialog");
    if (!dialog) return;
    dialog.dataset.endedUrl = dialog.dataset.endedUrl.split("?")[0] + "?next=" + encodeURIComponent(url);
  }

  function tryAgain() {
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    say(words.trying_again, "failed");
    window.clearTimeout(retry);
    retry = window.setTimeout(save, wait);
  }

  function offer(answer) {
    stuck = "conflict";
    choice.hidden = false;
    choice.querySelector("[data-autosave-text]").textContent = answer.text;
    const other = choice.querySelector("[data-autosave-other]");
    other.href = answer.other_url;
    const changed = answer.code === "draft_changed";
    if (!changed) other.textContent = answer.other_text || words.sent_messages;
    choice.querySelectorAll("[data-autosave-version]").forEach(function (each) { each.hidden = !changed; });
    say(answer.line || (changed ? words.conflict : words.already_sent), "failed");
  }

  async function explain(response) {
    const kind = response.headers.get("Content-Type") || "";
    const answer = kind.includes("json") ? await response.json() : {};
    if (response.status === 409 && answer.other_url) return offer(answer);
    if (response.status === 400 && answer.text) {
      // Typing on may mend it, so the next pause tries again.
      unanswered = null;
      return say(window.portalFill(words.refused, { reason: answer.text }), "failed");
    }
    if (response.status >= 500 || response.status === 429) return tryAgain();
    stuck = "ended";
    if (answer.kept) saved = snapshot();
    if (response.status === 403) return say(words.refused_by_button, "failed");
    return say(answer.text || words.signed_out, "failed");
  }

  async function request(body, byPage) {
    const patience = new AbortController();
    const timer = window.setTimeout(function () { patience.abort(); }, ANSWER_WITHIN_MS);
    const headers = { Accept: "application/json" };
    // Saving because time runs out is not typing: it must not keep the session alive.
    if (byPage) headers["X-Portal-Polling"] = "1";
    try {
      return await fetch(form.dataset.autosave, {
        method: "POST", body: body, headers: headers, credentials: "same-origin", redirect: "manual", signal: patience.signal,
      });
    } finally {
      window.clearTimeout(timer);
    }
  }

  async function send(byPage) {
    const going = unanswered || { text: snapshot(), body: withoutFiles() };
    unanswered = going;
    try {
      const response = await request(going.body, byPage);
      if (response.ok) accept(await response.json(), going.text);
      else await explain(response);
    } catch {
      tryAgain();
    }
  }

  // One at a time; what was typed meanwhile goes next.
  function save(byPage) {
    window.clearTimeout(pause);
    window.clearTimeout(retry);
    if (running) return running;
    if (stuck || (!unanswered && !isUnsaved())) return Promise.resolve();
    say(words.saving, "typing");
    running = send(byPage === true).then(function () {
      running = null;
      if (!stuck && !failures && !unanswered && isUnsaved()) typed();
    });
    return running;
  }

  function typed() {
    if (stuck || failures) return;
    if (isUnsaved()) say(words.unsaved, "typing");
    window.clearTimeout(pause);
    pause = window.setTimeout(save, PAUSE_MS);
  }

  form.addEventListener("input", typed);
  form.addEventListener("change", typed);

  // Send waits for a save under way, and asks once more about one without an answer, or the two would look like two tabs.
  form.addEventListener("submit", function (event) {
    window.clearTimeout(pause);
    window.clearTimeout(retry);
    if (!waited && (running || (unanswered && !stuck))) {
      event.preventDefault();
      waited = true;
      const button = event.submitter;
      (running || save()).then(function () { form.requestSubmit(button); });
      return;
    }
    waited = false;
    leaving = true;
  });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && isUnsaved()) event.preventDefault();
  });
  document.addEventListener("visibilitychange", function () {
    // Not on the way to the answer of Send: what arrives after it would look like another tab to the next page.
    if (document.visibilityState === "hidden" && !leaving) save();
  });
  window.addEventListener("online", function () { save(); });
  document.addEventListener("portal:before-session-end", function (event) {
    if (!isUnsaved()) return;
    // A save that was under way while the machine slept fails first; then there is one more.
    event.detail.waitFor(save(true).then(function () {
      return isUnsaved() ? save(true) : undefined;
    }));
  });

  // Comes back with an error, typed while the page was still loading, or put back by the browser.
  if (isUnsaved()) typed();
  if (stuck) place.dataset.autosaveStatus = "failed";
})();
