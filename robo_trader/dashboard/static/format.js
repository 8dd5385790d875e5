// Values as people read them. Money stays text from the ledger to the screen: no floating-point number ever stands for dollars.
// What is not known is a dash, and zero is only ever written for a zero that somebody said.

export const UNKNOWN = "\u2014";
const MINUS = "\u2212";
const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

/** "-1234.5" -> "−1,234.50"; more digits than cents stay. Text that is no number is shown as it came. */
export function money(text) {
  if (text === null || text === undefined) return UNKNOWN;
  const found = DECIMAL.exec(String(text).trim());
  if (!found || !(found[2] + found[3])) return String(text);
  const [whole, fraction] = placed(found[2], found[3], Number(found[4] || 0));
  const cents = fraction.replace(/0+$/, "").padEnd(2, "0");
  const zero = !/[1-9]/.test(whole + cents);
  return (found[1] === "-" && !zero ? MINUS : "") + grouped(whole) + "." + cents;
}

/** Whole number with thousands; a dash if nobody said one. */
export function count(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const digits = String(value);
  if (!/^-?\d+$/.test(digits)) return digits;
  return digits.startsWith("-") ? MINUS + grouped(digits.slice(1)) : grouped(digits);
}

/** Seconds as an age: 0.4 s, 12.3 s, 4 min 05 s, 3 h 12 min, 2 d 4 h. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "never";
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** ISO instant -> its time of day in UTC, as written. */
export function timeOfDay(iso) {
  return iso ? String(iso).slice(11, 19) : UNKNOWN;
}

/** ISO instant -> its day, as written. */
export function day(iso) {
  return iso ? String(iso).slice(0, 10) : UNKNOWN;
}

const NEW_YORK = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** ISO instant -> time of day where the exchange is. */
export function newYork(iso) {
  const instant = new Date(iso);
  return iso && !Number.isNaN(instant.valueOf()) ? NEW_YORK.format(instant) : UNKNOWN;
}

/** Bytes as MiB. */
export function mebibytes(bytes) {
  return bytes === null || bytes === undefined ? UNKNOWN : `${count(Math.round(bytes / 1048576))} MiB`;
}

/** GIVEN_UP -> given up. */
export function words(text) {
  return text === null || text === undefined || text === "" ? UNKNOWN : String(text).toLowerCase().replaceAll("_", " ");
}

function placed(whole, fraction, exponent) {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return ["0", "0".repeat(-point) + digits];
  return [digits.slice(0, point).padEnd(point, "0").replace(/^0+(?=\d)/, ""), digits.slice(point)];
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
