// Drawing with as little change as possible: twice a second the same page is told again, and what is selected, focused or read aloud must not notice.

import { UNKNOWN, duration } from "./format.js";

let arrived = { steady: performance.now(), wall: Date.now() };

/** A picture came: every age counts from here. */
export function markArrival() {
  arrived = { steady: performance.now(), wall: Date.now() };
}

/** Seconds since the last picture. The steady clock may sleep with the machine, the wall clock may be set back: the greater is believed. */
export function sinceArrival() {
  return Math.max(0, performance.now() - arrived.steady, Date.now() - arrived.wall) / 1000;
}

/** Write `value` into `node` unless it is there already. */
export function write(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

/** Make `node` an age that grows by itself; `seconds` is what it was when the picture came, null for never. */
export function writeAge(node, seconds) {
  node.classList.toggle("age", typeof seconds === "number");
  node.secondsAtArrival = seconds;
  write(node, typeof seconds === "number" ? duration(seconds + sinceArrival()) : seconds === undefined ? UNKNOWN : "never");
}

/** Let every age on the page grow. */
export function growAges() {
  const since = sinceArrival();
  for (const node of document.getElementsByClassName("age")) write(node, duration(node.secondsAtArrival + since));
}

/** A new element with a class, inside `parent`. */
export function add(parent, kind, name = "", value = "") {
  const node = document.createElement(kind);
  if (name) node.className = name;
  if (value) node.textContent = value;
  parent.append(node);
  return node;
}

/** Keep one child of `parent` per key, in order; `make(key)` builds what is missing. Returns the nodes. */
export function keep(parent, keys, make) {
  const before = new Map(Array.from(parent.children, (node) => [node.dataset.key, node]));
  const nodes = keys.map((key) => {
    const node = before.get(key) ?? make(key);
    node.dataset.key = key;
    before.delete(key);
    return node;
  });
  for (const gone of before.values()) gone.remove();
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  return nodes;
}

/** What a cell shows: text, or {text, age, mark, hint, share}. `age` (seconds) grows; `mark` is a class; `share` in 0..1 draws a bar. */
export function draw(node, shown, base = "") {
  const { text, age, mark = "", hint = "", share } = typeof shown === "string" ? { text: shown } : shown;
  const wanted = [base, mark].filter(Boolean).join(" ");
  if (node.dataset.look !== wanted) {
    node.className = wanted;
    node.dataset.look = wanted;
  }
  if (node.title !== hint) node.title = hint;
  if (share !== undefined) node.style.setProperty("--share", String(share));
  if (text === undefined) writeAge(node, age);
  else {
    node.classList.remove("age");
    write(node, text);
  }
}

/** A table of rows that come and go. `columns`: [title, kind, row -> shown]; kind is "text", "number" or "note". */
export class Table {
  constructor(parent, caption, columns, nothing) {
    this.columns = columns;
    this.nothing = nothing;
    this.table = add(parent, "table", "cards");
    this.table.setAttribute("role", "table"); // narrow screens lay rows out as blocks, which would take the table's meaning away
    add(this.table, "caption", "unseen", caption);
    const head = add(add(this.table, "thead"), "tr");
    for (const [title, kind] of columns) add(head, "th", kind, title).scope = "col";
    this.body = add(this.table, "tbody");
    this.body.setAttribute("role", "rowgroup");
    this.empty = add(parent, "p", "empty", nothing);
  }

  /** Show `rows`; undefined means that nobody could be asked. */
  fill(rows, keyOf) {
    this.table.hidden = !rows?.length;
    this.empty.hidden = !this.table.hidden;
    write(this.empty, rows === undefined ? "Not known." : this.nothing);
    const lines = keep(this.body, (rows ?? []).map(unique(keyOf)), () => this.line());
    lines.forEach((line, place) => {
      this.columns.forEach(([, kind, show], column) => draw(line.children[column], show(rows[place]), kind));
      const mark = this.rowMark?.(rows[place]) ?? "";
      if (line.className !== mark) line.className = mark;
    });
  }

  line() {
    const line = document.createElement("tr");
    line.setAttribute("role", "row");
    this.columns.forEach(([title], place) => {
      const cell = add(line, place ? "td" : "th");
      cell.setAttribute("role", place ? "cell" : "rowheader");
      cell.dataset.label = title;
    });
    return line;
  }
}

/** Named facts: `fill([[name, shown], ...])`. */
export class Facts {
  constructor(list) {
    this.list = list;
  }

  fill(facts) {
    const pairs = keep(this.list, facts.map(([name]) => name), (name) => {
      const pair = document.createElement("div");
      add(pair, "dt", "", name);
      add(pair, "dd");
      return pair;
    });
    pairs.forEach((pair, place) => draw(pair.lastChild, facts[place][1]));
  }
}

function unique(keyOf) {
  const seen = new Map();
  return (row) => {
    const key = String(keyOf(row));
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times ? `${key} ${times}` : key;
  };
}
