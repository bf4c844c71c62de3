// Keeps the marked parts of a page as they are at the server. A part is an element with an id and data-live:
//
//   data-live="task:ID"  is fetched again once that task has changed, data-live="tasks" once any has
//   data-every="2000"    is fetched again after so many milliseconds, too, for what changes all the time
//
// Fetching is loading the page again, and taking the parts of the same ids out of it. Without this script pages show how things were when they were loaded.

const parts = () => [...document.querySelectorAll("[data-live]")];
let loading = false, again = false, failed = false, timer = 0;

// load loads the page again: at once, but no more than once a second, however much happens.
async function load() {
  if (loading) { again = true; return; }
  loading = true;
  const begun = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") { tell("You are logged out: load the page again to log in."); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    replace(fresh);
    failed = false;
    tell("");
  } catch {
    failed = true;
    tell("The server cannot be reached; trying again.");
  } finally {
    setTimeout(() => {
      loading = false;
      wind();
      if (again) { again = false; load(); }
    }, Math.max(0, 1000 - (performance.now() - begun)));
  }
}

// replace puts fresh parts in the place of those that differ. What a person has marked, opened or chosen stays so.
function replace(fresh) {
  for (const old of parts()) {
    const part = fresh.getElementById(old.id);
    if (!part) continue;
    const raw = shape(part);
    if (old.raw === raw) continue;
    const focus = old.contains(document.activeElement) ? place(old, document.activeElement) : null;
    const marked = new Map([...old.querySelectorAll("input[type=checkbox]")].map(box => [box.value, box.checked]));
    for (const box of part.querySelectorAll("input[type=checkbox]")) box.checked = marked.get(box.value) ?? false;
    for (const open of old.querySelectorAll("details[open]")) part.querySelector("#" + CSS.escape(open.id || "none"))?.setAttribute("open", "");
    const ends = old.querySelector("[data-end]");
    const atEnd = !ends || ends.scrollHeight - ends.scrollTop - ends.clientHeight < 8;
    part.raw = raw;
    old.replaceWith(part);
    toEnd(part, atEnd ? Infinity : ends.scrollTop);
    if (focus) find(part, focus)?.focus({ preventScroll: true });
  }
}

// shape is what a part shows, without the token of the session, which has another form each time: a button that is pressed just then must stay.
const shape = part => part.outerHTML.replace(/ name="csrf" value="[^"]*"/g, "");

// place and find tell an element by the link or the value that it has.
function place(within, e) { return { tag: e.tagName, key: e.id || e.getAttribute("href") || e.value || "", within: within.id }; }
function find(within, p) {
  return [...within.querySelectorAll(p.tag)].find(e => (e.id || e.getAttribute("href") || e.value || "") === p.key);
}

// toEnd scrolls logs to their end, unless a person has scrolled elsewhere.
function toEnd(within, top) {
  for (const e of within.querySelectorAll("[data-end]")) e.scrollTop = top === Infinity ? e.scrollHeight : top;
}

function tell(text) {
  const at = document.getElementById("connection");
  if (at && at.textContent !== text) at.textContent = text;
}

// wind sets when the page is loaded again by itself: as often as its parts ask, and after a failure until it succeeds. A page that nobody sees waits.
function wind() {
  clearTimeout(timer);
  if (document.hidden) return;
  const every = parts().map(p => Number(p.dataset.every)).filter(n => n > 0);
  if (failed) every.push(3000);
  if (every.length) timer = setTimeout(load, Math.min(...every));
}

// concerns tells whether a change of some tasks, or of any if there is no list, is one of this page.
function concerns(tasks) {
  return parts().some(p => p.dataset.live === "tasks" || (p.dataset.live.startsWith("task:") && (!tasks || tasks.includes(p.dataset.live.slice(5)))));
}

// listen hears of changes while the page is seen. The browser connects again by itself, and names the last event that it had.
let source = null;
function listen() {
  if (source || document.hidden) return;
  source = new EventSource("/events");
  let first = true;
  source.onmessage = e => {
    const { tasks } = JSON.parse(e.data);
    if (concerns(tasks) && !(first && performance.now() < 3000)) load();
    first = false;
  };
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) { source = null; setTimeout(listen, 3000); } };
}

// keep has a spec that was sent when the session had ended survive a login elsewhere: the page of the login has it, and the first page after that, if it takes one.
function keep() {
  const sent = document.getElementById("kept"), spec = document.getElementById("spec");
  try {
    if (sent) { sessionStorage.setItem("spec", sent.value); return; }
    if (location.pathname === "/login") return;
    const kept = sessionStorage.getItem("spec");
    sessionStorage.removeItem("spec");
    if (kept && spec) { spec.value = kept; spec.focus(); }
  } catch { /* this browser stores nothing */ }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { source?.close(); source = null; clearTimeout(timer); return; }
  listen();
  load();
});

for (const p of parts()) p.raw = shape(p);
toEnd(document, Infinity);
const line = document.querySelector("textarea[data-line]");
if (line) {
  const rows = line.value.split("\n"), n = Number(line.dataset.line);
  const from = rows.slice(0, n - 1).join("\n").length + (n > 1 ? 1 : 0);
  line.focus();
  line.setSelectionRange(from, from + rows[n - 1].length);
}
keep();
if (parts().length > 1) { listen(); wind(); }
for (const e of document.querySelectorAll("[data-module]")) import(e.dataset.module);
