// Keeps a page up to date and listens to keys. Everything on the page works without it.
//
// What is new comes as HTML from the server, read by the browser into a document of its own in which nothing runs, and
// is taken over node by node: no text is ever made into HTML here (the page's policy forbids it too). Nothing that
// somebody may be about to press moves: a row that has ended stays where it is, a new one comes last.
"use strict";

const byId = (id) => document.getElementById(id);
const kind = document.body.dataset.kind;
// The server's clock counts; this machine's may be wrong.
const skew = Number(document.body.dataset.now) - Date.now();

// Times ---------------------------------------------------------------------------------------------------------------

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${Math.floor((s % 3600) / 60)}m`;
  return `${Math.floor(s / 86400)}d ${Math.floor((s % 86400) / 3600)}h`;
}

function tick() {
  const now = Date.now() + skew;
  for (const time of document.querySelectorAll("time[data-age]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    const text = span(time.dataset.age === "since" ? now - at : at - now);
    if (time.textContent !== text) time.textContent = text;
  }
}

// News ----------------------------------------------------------------------------------------------------------------

function tell(text) {
  byId("news").textContent = text;
}

function connection(text) {
  const line = byId("line");
  if (line && line.textContent !== text) line.textContent = text;
  document.body.classList.toggle("cut", text !== "live");
}

let waiting = false;
let asking = false;

// Where a page asks for what is new of it: a list is shared with other pages, and of a hold only its state is sent.
function sourceOf() {
  const url = new URL(location.href);
  if (kind === "hold") url.pathname = `/holds/${byId("hold").dataset.hold}`;
  if (kind === "hold") url.search = "";
  if (kind === "hold" || kind === "list") url.searchParams.set("live", "true");
  return url.href;
}

// At most one look at a time, and a rest between two.
function look() {
  if (asking) {
    waiting = true;
    return;
  }
  asking = true;
  const request = new XMLHttpRequest();
  request.open("GET", sourceOf());
  request.responseType = "document";
  request.timeout = 10000;
  request.onerror = request.ontimeout = () => connection("connection lost");
  request.onload = () => {
    if (source && source.readyState === EventSource.OPEN) connection("live");
    if (request.status === 200 && request.response) take(request.response, request.responseURL);
  };
  request.onloadend = () =>
    setTimeout(() => {
      asking = false;
      if (waiting) {
        waiting = false;
        look();
      }
    }, 500);
  request.send();
}

function take(fresh, url) {
  if (new URL(url).pathname === "/login") {
    location.assign("/login?why=ended");
    return;
  }
  document.title = fresh.title;
  const [icon, number] = [fresh.getElementById("icon"), fresh.getElementById("pending")];
  if (icon && icon.getAttribute("href") !== byId("icon").getAttribute("href")) byId("icon").replaceWith(icon);
  if (number) byId("pending").textContent = number.textContent;
  if (kind === "list") takeList(fresh);
  if (kind === "hold") takeHold(fresh);
  takeFresh(fresh);
  tick();
}

// What a row says that is Holdpoint's: an agent's words are not read out as news.
function own(row) {
  return [".code", ".effect"].map((part) => row.querySelector(part).textContent).join(" ");
}

// Whether nobody is about to press something in the list. A finger is nowhere before it comes down: where there is no
// pointer that hovers, what is there stays where it is.
function calm(list) {
  if (matchMedia("(hover: none)").matches && list.querySelector(".hold")) return false;
  return !list.matches(":hover") && !list.contains(document.activeElement) && !list.querySelector(":checked");
}

function takeList(fresh) {
  const [mine, theirs] = [byId("holds"), fresh.getElementById("holds")];
  if (!theirs) return;
  const rows = new Map([...theirs.querySelectorAll(".hold")].map((row) => [row.id, row]));
  const known = new Set([...mine.querySelectorAll(".hold")].map((row) => row.id));
  const added = [...rows.values()].filter((row) => !known.has(row.id));
  if (added.length > 0) tell(added.length === 1 ? `New: ${own(added[0])}` : `${added.length} new requests wait`);
  const heading = document.querySelector("main h1");
  heading.textContent = fresh.querySelector("main h1").textContent;
  const [empty, none] = [document.querySelector(".empty"), fresh.querySelector(".empty")];
  if (empty && !none) empty.remove();
  if (!empty && none) mine.before(none);
  if (calm(mine)) {
    mine.replaceWith(theirs);
    return;
  }
  for (const row of mine.querySelectorAll(".hold")) {
    const now = rows.get(row.id);
    row.classList.toggle("over", !now);
    if (now) row.querySelector(".marks").replaceWith(now.querySelector(".marks"));
  }
  if (added.length === 0) return;
  let last = byId("new");
  if (!last) {
    last = document.createElement("section");
    last.id = "new";
    const title = document.createElement("h2");
    title.textContent = "New";
    const list = document.createElement("ul");
    list.className = "holds";
    const order = document.createElement("button");
    order.type = "button";
    order.className = "plain";
    order.textContent = "Show the new order";
    order.addEventListener("click", () => KEYS.r());
    last.append(title, list, order);
    mine.append(last);
  }
  last.querySelector("ul").append(...added);
}

// What has no rows and no request: taken over whole, unless somebody is at it.
function takeFresh(fresh) {
  const [mine, theirs] = [byId("fresh"), fresh.getElementById("fresh")];
  if (mine && theirs && calm(mine) && !mine.querySelector("details[open]")) mine.replaceWith(theirs);
}

// A page that shows something else than what is there now decides nothing more; what was shown stays to be read.
function takeHold(fresh) {
  const [mine, theirs] = [byId("hold"), fresh.getElementById("hold")];
  if (!theirs) return;
  mine.querySelector(".state").replaceWith(theirs.querySelector(".state"));
  const same = (name) => mine.dataset[name] === theirs.dataset[name];
  // What can be decided no more, and was not changed, has nothing that could be pressed by mistake.
  if (same("digest") && ((same("state") && same("given")) || !byId("decide"))) return;
  const stale = byId("stale");
  let text = "The request was changed: what is shown here is not what is there now. Press r to look at it again.";
  if (same("digest") && !same("state")) text = `It is ${theirs.dataset.state} now. Press r to look at it again.`;
  else if (same("digest")) text = "Who approved it is not what it was. Press r to look at it again.";
  if (stale.textContent === text) return;
  stale.textContent = text;
  stale.hidden = false;
  tell(text);
  for (const field of mine.querySelectorAll("#decide button, #decide input")) field.disabled = true;
}

const EVENTS = [
  "held", "decided", "edited", "sending", "unsent", "ended", "granted", "revoked", "frozen", "thawed", "lost",
];
let source;

function turn() {
  if (document.hidden) {
    if (source) source.close();
    connection("not looked at");
  } else {
    look();
    listen();
  }
}

// What happens to other holds is nothing to a hold's page; what names none, or cannot be read, may be about all.
function hear(event) {
  let about = null;
  try {
    about = JSON.parse(event.data).hold;
  } catch {
    about = null;
  }
  if (kind !== "hold" || !about || about.id === byId("hold")?.dataset.hold) look();
}

// A connection that broke comes back by itself, with the id of the last event; one that was refused does not. A page that
// nobody looks at has none: a browser opens few to one server, and those that are seen need them.
function listen() {
  if (document.hidden || (source && source.readyState !== EventSource.CLOSED)) return;
  source = new EventSource("/v1/events");
  source.onopen = () => {
    connection("live");
    look();
  };
  source.onerror = () => {
    connection("connection lost");
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(listen, 3000);
      look();
    }
  };
  for (const name of EVENTS) source.addEventListener(name, hear);
}

// Keys ----------------------------------------------------------------------------------------------------------------

function move(by) {
  const rows = [...document.querySelectorAll(".hold > a")];
  if (rows.length === 0) return;
  if (by === 0 || by === Infinity) {
    rows[by === 0 ? 0 : rows.length - 1].focus();
    return;
  }
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next].focus();
}

function mark() {
  const row = document.activeElement.closest(".hold");
  const box = row && row.querySelector("input[type=checkbox]");
  if (box) box.click();
}

// How many are marked, and how many may be.
function count() {
  const [form, most] = [byId("marks"), byId("most")];
  if (!form || !most) return;
  const marked = form.querySelectorAll("input[name=hold]:checked").length;
  most.textContent = `${marked} of at most ${most.dataset.most}`;
  form.querySelector(".marked button").disabled = marked > Number(most.dataset.most);
}

// A question opens by a key; another key press answers it, and not within half a second.
function ask(id) {
  const question = byId(id);
  const stale = byId("stale");
  if (!question || (stale && !stale.hidden)) return;
  question.open = true;
  settle({ target: question });
  question.scrollIntoView({ block: "nearest" });
  (question.querySelector("input:not([type=hidden])") || question.querySelector("button")).focus();
}

// What stands in a question that is closed cannot be pressed: the browser tells of its opening a moment later.
function settle(event) {
  const question = event.target;
  const buttons = [...question.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  if (!question.open) return;
  setTimeout(() => {
    const stale = byId("stale");
    if (stale && !stale.hidden) return;
    for (const button of buttons) button.disabled = false;
  }, 500);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  g: () => move(0),
  G: () => move(Infinity),
  " ": mark,
  "?": () => document.querySelector(".keys").focus(),
  a: () => ask("approve"),
  d: () => ask("deny"),
  r: () => location.assign(location.pathname + location.search),
  u: () => location.assign("/"),
  "/": () => {
    const field = byId("q");
    if (field) field.focus();
    else location.assign("/");
  },
};

function escape() {
  const open = document.querySelector("details[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (document.activeElement) {
    document.activeElement.blur();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    escape();
    return;
  }
  if (event.repeat && !"jk".includes(event.key)) return;
  if (event.target.closest("input, textarea, select")) return;
  const act = KEYS[event.key];
  // These have what a person typed or marked, and leave by their links alone.
  if ("ru".includes(event.key) && (kind === "edit" || kind === "batch")) return;
  if (!act || (event.key === " " && !event.target.closest(".hold"))) return;
  event.preventDefault();
  act();
});

document.addEventListener("change", count);
count();
for (const question of document.querySelectorAll("details")) {
  if (!question.open) settle({ target: question });
  question.addEventListener("toggle", settle);
}

if (kind) {
  setInterval(tick, 1000);
  // A network that went without a word, or a phone that slept, is found out by asking.
  setInterval(() => document.hidden || look(), 30000);
  document.addEventListener("visibilitychange", turn);
  addEventListener("online", look);
  connection("connecting");
  listen();
}
