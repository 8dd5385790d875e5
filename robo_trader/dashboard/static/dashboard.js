// The page: it listens to the stream of pictures, draws each, and says so when they stop. It keeps nothing and can change nothing.

import { add, draw, growAges, keep, markArrival, sinceArrival, write, writeAge } from "./dom.js";
import { duration } from "./format.js";
import { buildPanels } from "./panels.js";
import { alarmsOf, silenced, stateOf, stateWord } from "./reading.js";

const SILENT_AFTER_SECONDS = 2;
const RECONNECT_AFTER_SECONDS = 10;
const RECONNECT_PAUSE_SECONDS = 2;
const TICK_MILLISECONDS = 100;

const by = (id) => document.getElementById(id);
const tellPanels = buildPanels();
let last = null;
let silent = false;
let title = "RoboTrader";
let opened = performance.now();
let stream = null;

/** A picture came. */
function hear(picture) {
  last = picture;
  silent = false;
  markArrival();
  show(picture);
  tick();
}

function show(picture) {
  const word = stateWord(picture);
  draw(by("state"), { text: word.text, mark: word.mark }, "pill");
  write(by("system"), picture.system || "RoboTrader");
  title = `${word.text} \u00b7 ${picture.system || "RoboTrader"}`;
  tellPanels(picture);
  showSources(picture);
  showAlarms(alarmsOf(picture).filter((alarm) => !(silent && alarm.key === "all silent"))); // the banner says it already
}

/** Beside each panel's title: who says this, how long ago; and its parts dim while that one cannot be heard. */
function showSources(picture) {
  for (const panel of document.querySelectorAll("[data-sections]")) {
    const names = panel.dataset.sections.split(" ");
    const row = panel.querySelector(".sources") ?? sourcesRow(panel);
    const tags = keep(row, names, sourceTag);
    tags.forEach((tag, place) => showSource(tag, picture.sections[names[place]]));
  }
  for (const part of document.querySelectorAll("[data-from]")) part.dataset.state = stateOf(picture, part.dataset.from);
}

function sourcesRow(panel) {
  const row = document.createElement("p");
  row.className = "sources";
  panel.querySelector("h2").after(row);
  return row;
}

function sourceTag() {
  const tag = document.createElement("span");
  add(tag, "span", "source");
  add(tag, "span", "when");
  add(tag, "span", "state");
  return tag;
}

function showSource(tag, section) {
  const [source, when, state] = tag.children;
  tag.dataset.state = section?.state ?? "unavailable";
  tag.title = section?.problem ?? "";
  write(source, section?.source ?? "");
  writeAge(when, section?.age_seconds ?? null);
  const said = { value: "", stale: "stale" }[tag.dataset.state] ?? (section?.age_seconds === null ? "unavailable" : "unavailable: last known");
  write(state, said);
}

function showAlarms(alarms) {
  const lines = keep(by("alarms"), alarms.map((alarm) => alarm.key), () => {
    const line = document.createElement("li");
    add(line, "strong");
    add(line, "span", "what");
    add(line, "span", "for").setAttribute("aria-hidden", "true");
    return line;
  });
  lines.forEach((line, place) => {
    const alarm = alarms[place];
    line.className = alarm.level;
    write(line.children[0], alarm.title);
    write(line.children[1], alarm.text);
    line.children[2].hidden = alarm.age === undefined;
    if (alarm.age !== undefined) writeAge(line.children[2], alarm.age);
  });
}

/** Ages grow; and once nothing came for a while, nothing on the page may look like the present. */
function tick() {
  growAges();
  const since = sinceArrival();
  if (since > SILENT_AFTER_SECONDS && !silent) {
    silent = true;
    if (last) show(silenced(last, "the dashboard sends nothing"));
  }
  document.body.classList.toggle("silent", silent || !last);
  by("silence").hidden = !silent;
  if (silent) {
    write(by("silence-age"), duration(since));
    write(by("silence-why"), `${reachable() ? "The dashboard is connected but silent." : "The dashboard does not answer."} ${last ? "Everything below is old." : "Nothing was heard yet."}`);
    if ((performance.now() - opened) / 1000 > (reachable() ? RECONNECT_AFTER_SECONDS : RECONNECT_PAUSE_SECONDS)) connect();
  }
  const wanted = silent ? `\u26a0 no data \u00b7 ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}

function reachable() {
  return stream?.readyState === EventSource.OPEN;
}

/** A browser gives up on a stream that was refused, and waits for ever on one whose other side froze: both are opened anew. */
function connect() {
  if (stream?.readyState === EventSource.CONNECTING) return;
  stream?.close();
  opened = performance.now();
  stream = new EventSource("/events");
  stream.onmessage = (event) => hear(JSON.parse(event.data));
}

connect();
setInterval(tick, TICK_MILLISECONDS);
