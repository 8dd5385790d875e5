// The panels: each is built once and then told every picture.

import { Facts, Table, add, draw, keep, write } from "./dom.js";
import { UNKNOWN, count, day, mebibytes, money, newYork, timeOfDay, words } from "./format.js";
import { aged, haltsOf, moneyOf, partsOf, stateOf, uncovered, valueOf } from "./reading.js";

const NEWLY_RESTARTED_SECONDS = 30;

const by = (id) => document.getElementById(id);
const known = (value) => (value === null || value === undefined || value === "" ? UNKNOWN : String(value));

/** A part of a panel that dims while its source cannot be heard. */
function part(panel, section, title = "") {
  const node = add(by(panel), "div", "part");
  node.dataset.from = section;
  if (title) add(node, "h3", "", title);
  return node;
}

function openCell(line) {
  const open = uncovered(line);
  if (line.position === null || line.position === undefined) return UNKNOWN;
  return open ? { text: count(open), mark: "danger", hint: "shares that no stop covers" } : { text: "0", mark: "quiet" };
}

function coveredCell(line) {
  const held = Math.abs(line.position ?? 0);
  return { text: count(line.covered), mark: held ? "bar" : "quiet", share: held ? Math.min(1, Math.abs(line.covered ?? 0) / held) : 0 };
}

function heldCell(line) {
  return { text: count(line.position), mark: line.position ? "strong" : "quiet" };
}

function positions() {
  const books = new Table(part("positions", "desk"), "Positions by strategy and symbol", [
    ["Symbol", "text", (b) => ({ text: partsOf(b.book).symbol, mark: "strong" })],
    ["Held", "number", heldCell],
    ["Covered", "number", coveredCell],
    ["Uncovered", "number", openCell],
    ["Stop", "number", (b) => money(b.stop)],
    ["Last", "number", (b) => money(b.last)],
    ["Target", "number", (b) => count(b.target)],
    ["Working", "number", (b) => ({ text: count(b.working), mark: b.working ? "" : "quiet" })],
    ["Signal bar", "number", (b) => ({ text: timeOfDay(b.signal_bar_end), hint: known(b.signal_bar_end) })],
    ["Strategy", "note", (b) => (b.latched ? { text: "stop-out latch", mark: "warn", hint: partsOf(b.book).strategy } : partsOf(b.book).strategy)],
  ], "No sub-books.");
  const external = add(part("positions", "desk"), "p", "line");
  const counted = new Table(part("positions", "stop_controller", "Counted again by the stop controller"), "Positions and stops, as the stop controller counts them", [
    ["Symbol", "text", (c) => ({ text: c.symbol, mark: "strong" })],
    ["Held", "number", heldCell],
    ["Covered", "number", coveredCell],
    ["Uncovered", "number", openCell],
    ["Uncovered for", "number", (c) => (typeof c.since === "number" ? { age: c.since, mark: "danger" } : { text: UNKNOWN, mark: "quiet" })],
  ], "No symbols.");
  counted.table.className = "small";
  return (picture) => {
    const desk = valueOf(picture, "desk");
    books.fill(desk.books, (b) => b.book);
    const others = Object.entries(desk.external ?? {});
    external.hidden = !others.length;
    write(external, `External, never traded here: ${others.map(([symbol, held]) => `${symbol} ${count(held)}`).join(", ")}`);
    const symbols = valueOf(picture, "stop_controller").symbols?.map((c) => ({ ...c, since: aged(picture, "stop_controller", c.uncovered_seconds) }));
    counted.fill(symbols, (c) => c.symbol);
  };
}

function orders() {
  const stages = { unknown: "warn", leaving: "quiet" };
  const table = new Table(part("orders", "desk"), "Orders that are not over", [
    ["Symbol", "text", (o) => ({ text: partsOf(o.book).symbol, mark: "strong" })],
    ["Purpose", "text", (o) => words(o.purpose)],
    ["Side", "text", (o) => words(o.side)],
    ["Filled", "number", (o) => `${count(o.filled)} / ${count(o.quantity)}`],
    ["Price", "number", (o) => (o.price === null ? "market" : money(o.price))],
    ["Stage", "text", (o) => ({ text: words(o.stage), mark: stages[words(o.stage)] ?? "" })],
    ["Age", "number", (o) => ({ age: o.age })],
    ["Intent", "note", (o) => ({ text: known(o.intent), hint: known(o.intent) })],
  ], "No live orders.");
  const tally = new Facts(add(part("orders", "desk"), "dl", "facts tally"));
  return (picture) => {
    const desk = valueOf(picture, "desk");
    table.fill(desk.orders_live?.map((o) => ({ ...o, age: aged(picture, "desk", o.age_seconds) })), (o) => o.intent);
    tally.fill(["orders", "stops", "fills", "refusals", "unknown"].map((name) => [words(name), { text: count(desk[name]), mark: name === "unknown" && desk[name] ? "warn" : "" }]));
  };
}

function tree() {
  const phases = { running: "good", "given up": "danger" };
  const table = new Table(part("tree", "tree"), "Processes of the tree", [
    ["Actor", "text", (a) => ({ text: known(a.name), mark: "strong" })],
    ["Group", "note", (a) => known(a.group)],
    ["Phase", "text", (a) => ({ text: words(a.phase), mark: phases[words(a.phase)] ?? "warn" })],
    ["For", "number", (a) => ({ age: a.since })],
    ["Epoch", "number", (a) => count(a.epoch)],
    ["Restarts", "number", (a) => ({ text: count(a.restarts), mark: a.restarts ? "warn" : "quiet" })],
    ["Heartbeat", "number", (a) => ({ age: a.heartbeat })],
    ["Process", "number extra", (a) => ({ text: known(a.pid), mark: "quiet", hint: `on ${known(a.node)}` })],
    ["Last end", "note wide", (a) => ({ text: a.last_cause || a.last_reason ? [words(a.last_cause), a.last_reason].filter(Boolean).join(": ") : UNKNOWN, hint: known(a.last_reason), mark: a.last_cause || a.last_reason ? "" : "nothing" })],
  ], "No actors.");
  table.table.classList.add("five");
  table.rowMark = (a) => (a.restarts && typeof a.since === "number" && a.since < NEWLY_RESTARTED_SECONDS ? "new" : "");
  return (picture) => {
    const actors = valueOf(picture, "tree").actors;
    const grown = (a) => ({ ...a, since: aged(picture, "tree", a.since_seconds), heartbeat: aged(picture, "tree", a.heartbeat_age_seconds) });
    table.fill(actors?.map(grown), (a) => a.name);
  };
}

function strategies() {
  const table = new Table(part("strategies", "strategies"), "Strategy hosts", [
    ["Symbol", "text", (h) => ({ text: partsOf(h.book).symbol, mark: "strong" })],
    ["Stance", "number", (h) => count(h.stance)],
    ["Last bar", "number", (h) => ({ text: timeOfDay(h.last_bar_end), hint: known(h.last_bar_end) })],
    ["Minutes", "number", (h) => count(h.minutes)],
    ["Age", "number", (h) => ({ age: h.age })],
    ["History", "text", (h) => (h.waiting_for_history ? { text: "waiting", mark: "warn" } : { text: h.waiting_for_history === false ? "complete" : UNKNOWN, mark: "quiet" })],
    ["Strategy", "note", (h) => partsOf(h.book).strategy],
  ], "No strategies.");
  table.table.classList.add("five");
  return (picture) => {
    const hosts = valueOf(picture, "strategies").hosts;
    table.fill(hosts?.map((h) => ({ ...h, age: aged(picture, "strategies", h.age_seconds) })), (h) => h.book);
  };
}

function halts() {
  const standing = new Table(part("halts", "stop_controller"), "Standing halts", [
    ["Level", "text", (h) => ({ text: words(h.level), mark: "danger" })],
    ["Of", "text", (h) => ({ text: h.target || h.scope, mark: "strong", hint: h.scope })],
    ["By", "text", (h) => known(h.by)],
    ["Reason", "text wide", (h) => known(h.reason)],
    ["Id", "note", (h) => ({ text: known(h.id), hint: known(h.id) })],
  ], "No halts.");
  const said = add(part("halts", "desk", "Said by the desk"), "ul", "lines");
  const sent = part("halts", "alerting", "Sent to people");
  const lines = add(sent, "ul", "lines");
  const tally = new Facts(add(sent, "dl", "facts tally"));
  const list = (node, texts, nothing) => {
    const shown = texts === undefined ? ["Not known."] : texts.length ? texts : [nothing];
    const items = keep(node, shown.map((text, place) => `${place} ${text}`), () => document.createElement("li"));
    items.forEach((item, place) => draw(item, { text: shown[place], mark: texts?.length ? severity(shown[place]) : "empty" }));
  };
  return (picture) => {
    const heard = ["desk", "stop_controller"].some((name) => stateOf(picture, name) === "value");
    standing.nothing = heard ? "No halts." : "No halts when last heard.";
    standing.fill(haltsOf(picture), (h) => h.id);
    list(said, valueOf(picture, "desk").alerts?.toReversed(), "Nothing.");
    const { sent: number, failed, last } = valueOf(picture, "alerting");
    list(lines, last?.toReversed().map((a) => `${timeOfDay(a.at)}  ${a.severity}: ${a.text}`), "Nothing.");
    tally.fill([["sent", count(number)], ["failed", { text: count(failed), mark: failed ? "danger" : "" }]]);
  };
}

function severity(text) {
  if (/\bcritical: /.test(text)) return "critical";
  return /\bwarning: /.test(text) ? "warn" : "";
}

function cash() {
  const list = add(add(by("money"), "div", "part"), "dl", "facts money");
  const facts = new Facts(list);
  return (picture) => {
    facts.fill(moneyOf(picture).map(([name, text]) => [name, text]));
    moneyOf(picture).forEach(([, , section], place) => {
      list.children[place].dataset.state = stateOf(picture, section);
    });
  };
}

function broker() {
  const facts = new Facts(add(part("broker", "gateway"), "dl", "facts"));
  return (picture) => {
    const g = valueOf(picture, "gateway");
    const yes = (value, good, bad) => (value === undefined ? UNKNOWN : value ? { text: good, mark: "good" } : { text: bad, mark: "danger" });
    const refused = Object.entries(g.quarantined ?? {});
    facts.fill([
      ["Gateway", g.host === undefined ? UNKNOWN : `${g.host}:${g.port}`],
      ["Link", yes(g.connected, "connected", "not connected")],
      ["Lease", yes(g.lease_valid, "held", "not held")],
      ["Account", known(g.account)],
      ["Epoch", count(g.epoch)],
      ["Unacknowledged", { text: count(g.unacknowledged), mark: g.unacknowledged ? "warn" : "" }],
      ...["packet", "bar", "sweep"].map((name) => [`Last ${name}`, { age: aged(picture, "gateway", g.ages?.[name]) }]),
      ["Quarantined bars", g.quarantined === undefined ? UNKNOWN : { text: refused.map(([why, n]) => `${words(why)} ${count(n)}`).join(", ") || "0", mark: refused.length ? "warn" : "" }],
    ]);
  };
}

function freshness() {
  const titles = { tree: "actors", desk: "positions, orders", gateway: "broker link", strategies: "strategies", stop_controller: "stops, fence", alerting: "alerts", process: "memory, load" };
  const table = new Table(add(by("freshness"), "div", "part"), "Age of every source", [
    ["Source", "text", (s) => ({ text: s.source, mark: "strong" })],
    ["Tells", "text", (s) => ({ text: s.title, mark: "quiet" })],
    ["Age", "number", (s) => ({ age: s.age })],
    ["State", "text", (s) => ({ text: s.state, mark: { value: "good", stale: "warn" }[s.state] ?? "danger", hint: s.problem })],
  ], "No sources.");
  table.table.className = "";
  const facts = new Facts(add(part("freshness", "process"), "dl", "facts tally"));
  return (picture) => {
    const rows = Object.entries(picture.sections).map(([name, s]) => ({ name, source: s.source, title: titles[name] ?? name, age: s.age_seconds, state: s.state, problem: s.problem }));
    table.fill(rows, (s) => s.name);
    const process = valueOf(picture, "process");
    const load = process.cpu_percent;
    facts.fill([["Memory", mebibytes(process.pss_bytes)], ["Processor", typeof load === "number" ? `${load.toFixed(1)} %` : UNKNOWN]]);
  };
}

/** The facts at the top. */
function head() {
  const facts = new Facts(by("head"));
  return (picture) => {
    const g = valueOf(picture, "gateway");
    const link = { undefined: { text: UNKNOWN }, true: { text: "connected", mark: "good" }, false: { text: "not connected", mark: "danger" } }[g.connected] ?? { text: UNKNOWN };
    const fresh = stateOf(picture, "gateway") === "value";
    facts.fill([
      ["Market time", { text: g.market_time ? `${timeOfDay(g.market_time)} UTC` : UNKNOWN, hint: known(g.market_time), mark: "strong" }],
      ["New York", newYork(g.market_time)],
      ["Day", day(g.market_time)],
      ["Session", known(g.session)],
      ["Broker", fresh ? link : { text: stateOf(picture, "gateway"), mark: "danger" }],
      ["Newest data", { age: newest(picture, g.ages) }],
    ]);
  };
}

function newest(picture, ages) {
  const told = Object.values(ages ?? {}).filter((age) => typeof age === "number");
  return ages === undefined ? undefined : told.length ? aged(picture, "gateway", Math.min(...told)) : null;
}

/** Build every panel; returns the function that tells them all. */
export function buildPanels() {
  const panels = [head(), positions(), orders(), tree(), strategies(), halts(), cash(), broker(), freshness()];
  return (picture) => panels.forEach((tell) => tell(picture));
}
