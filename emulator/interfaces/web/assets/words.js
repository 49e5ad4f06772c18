/* Numbers and times in words. Times are ms since the bench began unless they say otherwise. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (number) => String(number).padStart(2, "0");

/* The devices' local time: `start` is ISO 8601 without a zone. */
export class LocalTime {
  constructor(start) {
    this.start = Date.parse(start + "Z");
  }
  date(at) {
    return new Date(this.start + at);
  }
  seconds(at) {
    return (this.start + at) / 1000;
  }
  clock(at) {
    const when = this.date(at);
    return `${two(when.getUTCHours())}:${two(when.getUTCMinutes())}:${two(when.getUTCSeconds())}`;
  }
  short(at) {
    return this.clock(at).slice(0, 5);
  }
  day(at) {
    const when = this.date(at);
    return `${DAYS[when.getUTCDay()]} ${when.getUTCDate()}.${when.getUTCMonth() + 1}.`;
  }
}

/* A span: "3 d 2 h", "2 h 05 min", "4 min 10 s", "9 s". */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d) return h ? `${d} d ${h} h` : `${d} d`;
  if (h) return m ? `${h} h ${two(m)} min` : `${h} h`;
  if (m) return s ? `${m} min ${two(s)} s` : `${m} min`;
  return `${s} s`;
}

/* A span as an age, without seconds once it has minutes: nothing flickers. */
export function age(ms) {
  return ms < 60000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : span(Math.floor(ms / 60000) * 60000);
}

export function number(value, digits = 2) {
  return value === null || value === undefined ? "–" : String(Number(value.toFixed(digits)));
}

export const plain = (name) => String(name).toLowerCase().replaceAll("_", " ");

/* A shell's word: quoted where it has to be. */
export const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
