// Reading a picture: what is known, how old it is, and what needs a person. No drawing here.

import { count, money, words } from "./format.js";

/** The last known value of a section; empty when its source never spoke. */
export function valueOf(picture, name) {
  return picture.sections[name]?.value ?? {};
}

/** value, stale or unavailable. */
export function stateOf(picture, name) {
  return picture.sections[name]?.state ?? "unavailable";
}

/** A duration that a section told, as of this picture's arrival: it has aged with the section. Null: never. Undefined: nobody said. */
export function aged(picture, name, seconds) {
  const age = picture.sections[name]?.age_seconds;
  if (typeof seconds !== "number") return seconds;
  return typeof age === "number" ? seconds + age : undefined;
}

/** The same picture when nothing comes any more: what was said last, and no section that may be read as the present. */
export function silenced(picture, problem) {
  const sections = Object.entries(picture.sections).map(([name, section]) => [name, { ...section, state: "unavailable", problem: section.problem || problem }]);
  return { ...picture, sections: Object.fromEntries(sections) };
}

/** "moving_average_cross/SPY" -> its parts. */
export function partsOf(book) {
  const cut = String(book).lastIndexOf("/");
  return { strategy: String(book).slice(0, Math.max(cut, 0)), symbol: String(book).slice(cut + 1) };
}

/** Shares of a line that no stop covers. */
export function uncovered(line) {
  return Math.max(0, Math.abs(line.position ?? 0) - Math.abs(line.covered ?? 0));
}

/** The halts that the desk or the fence knows of, once each; undefined while neither ever spoke. */
export function haltsOf(picture) {
  const told = ["desk", "stop_controller"].map((name) => valueOf(picture, name).halts);
  if (told.every((halts) => halts === undefined)) return undefined;
  return [...new Map(told.flat().filter(Boolean).map((halt) => [halt.id, halt])).values()];
}

/** One halt as a sentence. */
export function haltText(halt) {
  return `${words(halt.level)} for ${halt.target ? `${halt.scope} ${halt.target}` : halt.scope}: ${halt.reason || "no reason given"} (by ${halt.by || "?"})`;
}

/** The word at the top of the page and how it looks. Only a fresh answer of the desk may say that it trades. */
export function stateWord(picture) {
  if (stateOf(picture, "desk") !== "value") return { text: `desk ${stateOf(picture, "desk")}`, mark: "bad" };
  const said = valueOf(picture, "desk").state ?? "unknown";
  if (said === "trading" && haltsOf(picture)?.length) return { text: "halted", mark: "bad" };
  return { text: said, mark: { trading: "good", halted: "bad" }[said] ?? "warn" };
}

/** Everything that needs a person, the worst first: [{key, level, text, age}]; level is "critical" or "warning". */
export function alarmsOf(picture) {
  const alarms = [...openShares(picture), ...halts(picture), ...linkAlarms(picture), ...silentSources(picture), ...deskAlarms(picture), ...actorAlarms(picture)];
  return alarms.sort((one, other) => (one.level === other.level ? 0 : one.level === "critical" ? -1 : 1));
}

function openShares(picture) {
  const bySymbol = new Map();
  for (const book of valueOf(picture, "desk").books ?? []) {
    const { symbol } = partsOf(book.book);
    const line = bySymbol.get(symbol) ?? { held: 0, open: 0 };
    bySymbol.set(symbol, { ...line, held: line.held + Math.abs(book.position ?? 0), open: line.open + uncovered(book) });
  }
  for (const cover of valueOf(picture, "stop_controller").symbols ?? []) {
    const line = bySymbol.get(cover.symbol) ?? { held: 0, open: 0 };
    const open = Math.max(line.open, uncovered(cover));
    const held = Math.max(line.held, Math.abs(cover.position ?? 0));
    bySymbol.set(cover.symbol, { held, open, age: open ? aged(picture, "stop_controller", cover.uncovered_seconds ?? undefined) : undefined });
  }
  return [...bySymbol].filter(([, line]) => line.open).map(([symbol, line]) => ({
    key: `open ${symbol}`,
    level: "critical",
    title: "Uncovered",
    text: `${symbol}: ${count(line.open)} of ${count(line.held)} shares have no stop`,
    age: line.age,
  }));
}

function halts(picture) {
  return (haltsOf(picture) ?? []).map((halt) => ({ key: `halt ${halt.id}`, level: "critical", title: "Halt", text: haltText(halt) }));
}

function linkAlarms(picture) {
  const gateway = valueOf(picture, "gateway");
  const found = [];
  if (gateway.connected === false) found.push(["disconnected", "Broker", `not connected to the gateway at ${gateway.host}:${gateway.port}`]);
  if (gateway.lease_valid === false) found.push(["lease", "Lease", "not held: the gateway sends nothing"]);
  return found.map(([key, title, text]) => ({ key, level: "critical", title, text }));
}

function silentSources(picture) {
  const quiet = Object.values(picture.sections).filter((section) => section.state !== "value");
  const everything = quiet.length && quiet.length === Object.keys(picture.sections).length && new Set(quiet.map((section) => section.problem)).size === 1;
  if (everything && quiet[0].state === "unavailable") {
    return [{ key: "all silent", level: "critical", title: "Unavailable", text: `no source can be heard: ${quiet[0].problem}` }];
  }
  return quiet.map((section) => ({
    key: `silent ${section.source}`,
    level: section.state === "stale" ? "warning" : "critical",
    title: section.state === "stale" ? "Stale" : "Unavailable",
    text: section.problem ? `${section.source}: ${section.problem}` : `${section.source} said nothing new`,
    age: section.age_seconds ?? undefined,
  }));
}

function deskAlarms(picture) {
  const desk = valueOf(picture, "desk");
  const found = (valueOf(picture, "stop_controller").alarms ?? []).map((text) => ({ key: `alarm ${text}`, level: "critical", title: "Stop controller", text }));
  if (desk.journal !== undefined && desk.journal !== "ok") found.push({ key: "journal", level: "critical", title: "Journal", text: `${desk.journal}: no entries` });
  if (desk.unknown) found.push({ key: "unknown", level: "warning", title: "Orders", text: `${count(desk.unknown)} with unknown outcome; they count in full` });
  const { failed } = valueOf(picture, "alerting");
  if (failed) found.push({ key: "alerts", level: "warning", title: "Alerting", text: `${count(failed)} alerts could not be delivered` });
  return found;
}

function actorAlarms(picture) {
  const down = (valueOf(picture, "tree").actors ?? []).filter((actor) => words(actor.phase) !== "running");
  return down.map((actor) => ({
    key: `actor ${actor.name}`,
    level: words(actor.phase) === "given up" ? "critical" : "warning",
    title: "Actor",
    text: `${actor.name} is ${words(actor.phase)}${actor.last_reason ? `: ${actor.last_reason}` : ""}`,
    age: aged(picture, "tree", actor.since_seconds ?? undefined),
  }));
}

/** The figures of the money panel: [name, text, section that said it]. */
export function moneyOf(picture) {
  const [broker, desk] = [valueOf(picture, "gateway"), valueOf(picture, "desk")];
  return [
    ["Equity", money(broker.equity), "gateway"],
    ["Cash", money(broker.cash), "gateway"],
    ["Realised, by the broker", money(broker.realised), "gateway"],
    ["Realised, by the ledger", money(desk.realised), "desk"],
    ["Cash change", money(desk.cash_change), "desk"],
    ["Commissions", money(desk.commissions), "desk"],
  ];
}
