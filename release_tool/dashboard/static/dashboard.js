// Keeps the page fresh, and knows a few keys. Everything works without it.
"use strict";

const live = document.getElementById("live");
let etag = document.querySelector("meta[name=etag]").content;
let failures = 0;

// --- what changed takes the place of what was; focus, open details and half-typed words stay where they are

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && one.id === other.id;
}

function become(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name) && name !== "open") now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  if (now.nodeName === "FORM") return;
  if (now.nodeName === "TD") {
    now.classList.remove("changed");
    void now.offsetWidth;
    now.classList.add("changed");
  }
  children(now, next);
}

function children(now, next) {
  const known = new Map([...now.children].filter((e) => e.id).map((e) => [e.id, e]));
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const moved = wanted.id && known.get(wanted.id);
    if (moved && moved !== at) {
      if (at && at.contains(document.activeElement)) while (at !== moved && at) at = removed(at);
      else now.insertBefore(moved, at);
      at = moved;
    }
    if (at && alike(at, wanted)) {
      become(at, wanted);
      at = at.nextSibling;
    } else {
      now.insertBefore(wanted, at);
    }
  }
  while (at) at = removed(at);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// A row that moved to another table is a new one: it is opened again, and has the focus again.
function keeping(change) {
  const opened = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
  const focused = document.activeElement;
  const place = focused.closest("[id]");
  change();
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focused.isConnected || !place) return;
  const again = document.getElementById(place.id);
  const links = [...(again?.querySelectorAll("a, summary, button") ?? [])];
  (links.find((link) => link.textContent === focused.textContent) ?? again)?.focus();
}

// --- looking again

async function look() {
  const answer = await fetch(location.href, { headers: { "If-None-Match": etag }, cache: "no-store", redirect: "error" });
  const asOf = answer.headers.get("As-Of");
  if (asOf) seen(asOf);
  if (answer.status === 304) return;
  if (!answer.headers.get("Content-Type").startsWith("text/html")) throw new Error("not a page");
  if (answer.status === 401) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (!main) throw new Error("not a page of ours");
  keeping(() => become(document.getElementById("main"), main));
  document.title = page.title;
  document.getElementById("icon").href = page.getElementById("icon").getAttribute("href");
  etag = answer.headers.get("ETag");
}

function seen(asOf) {
  const shown = document.getElementById("as-of");
  if (!shown) return;
  shown.setAttribute("datetime", asOf);
  shown.textContent = `${asOf.slice(11, 19)} UTC`;
}

function say(words, lost) {
  if (live && live.textContent !== words) live.textContent = words;
  if (live) live.classList.toggle("lost", lost);
}

async function again() {
  if (!document.hidden) {
    try {
      await look();
      failures = 0;
      say("", false);
    } catch (error) {
      failures += 1;
      say("Connection lost; this is what was seen then", true);
    }
  }
  const seconds = Number(document.getElementById("main").dataset.seconds) || 15;
  setTimeout(again, 1000 * Math.min(seconds * 2 ** failures, 120) * (0.9 + Math.random() / 5));
}

if (document.getElementById("as-of")) {
  setTimeout(again, 1000 * Number(document.getElementById("main").dataset.seconds));
  document.addEventListener("visibilitychange", () => document.hidden || look().catch(() => {}));
}

// --- keys; they can be turned off on the help page

const PAGES = { n: "", d: "/deployments", r: "/releases", c: "/compare", m: "/metrics" };
const base = (location.pathname.match(/^\/projects\/[^/]+/) || [""])[0];
const setting = document.getElementById("keys");
let going = false;

function keysAreOn() {
  return localStorage.getItem("keys") !== "off";
}

if (setting) {
  setting.checked = keysAreOn();
  setting.addEventListener("change", () => localStorage.setItem("keys", setting.checked ? "on" : "off"));
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.closest("tr, li").contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (!keysAreOn() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const wasGoing = going;
  going = event.key === "g" && !wasGoing;
  if (wasGoing && base && event.key in PAGES) location.href = base + PAGES[event.key];
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") location.href = "/help";
  else if (event.key === "/" && document.getElementById("search")) {
    event.preventDefault();
    document.getElementById("search").focus();
  }
});
