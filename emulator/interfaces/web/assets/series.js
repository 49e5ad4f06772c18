/* What the time axis shows, folded from the marks of rows (marks.py lists them). Times in ms since the bench began. */

const MOST = 20000;  // points of a series: two months of readings

const MARKS = new Set(["sensor", "truth", "basal", "bolus", "pulse", "bolus_end", "therapy", "path", "temp", "carbs",
  "annunciation", "fault", "link", "absent", "session", "stick"]);

function push(list, item) {
  list.push(item);
  if (list.length > MOST) list.splice(0, MOST / 4);
}

export class Series {
  constructor() {
    this.begin = null;
    this.end = 0;
    this.version = 0;
    this.sensors = new Map();     // device -> [[t, mg/dL or null]]
    this.truths = [[], []];       // by rank: plasma of a patient, what a sensor was given to measure
    this.truthDevice = null;
    this.person = null;           // whose plasma it is
    this.pumps = new Map();
    this.meals = [];              // [t, g, words]
    this.sticks = [];             // [t, meter, mg/dL or null, words]
    this.annunciations = [];      // [t, device, words]
    this.faults = new Map();      // id -> {words, begin, end, strikes, state}
    this.links = new Map();       // device -> [{link, begin, end}]
    this.absences = new Map();    // device -> [{carrier, begin, end}]
    this.sessions = new Map();    // device -> state
  }

  take(row) {
    this.begin ??= row.t;
    this.end = Math.max(this.end, row.t);
    for (const [kind, source, ...values] of row.m ?? []) {
      if (MARKS.has(kind)) this[kind](row.t, source, ...values);
      this.version += 1;
    }
  }

  pump(name) {
    let pump = this.pumps.get(name);
    if (!pump) {
      pump = {basal: [], boluses: [], running: new Map(), lost: [], temps: [], stopped: [], path: []};
      this.pumps.set(name, pump);
    }
    return pump;
  }

  sensor(t, device, value) {
    if (!this.sensors.has(device)) this.sensors.set(device, []);
    push(this.sensors.get(device), [t, value]);
  }

  truth(t, device, value, rank) {
    if (rank === 1) {
      this.truthDevice ??= device;
      if (device !== this.truthDevice) return;
    }
    if (rank === 0) this.person = device;
    push(this.truths[rank], [t, value]);
  }

  get trueGlucose() {
    return this.truths[0].length ? this.truths[0] : this.truths[1];
  }

  basal(t, device, rate) {
    push(this.pump(device).basal, [t, rate]);
  }

  bolus(t, device, id, asked, kind) {
    const pump = this.pump(device), bolus = {id, begin: t, last: t, end: null, asked, given: 0, blocked: 0, kind, reason: null};
    push(pump.boluses, bolus);
    pump.running.set(id, bolus);
  }

  pulse(t, device, units, cause, id, arrives) {
    const pump = this.pump(device), bolus = id === null ? undefined : pump.running.get(id);
    if (bolus) {
      bolus.given += units;
      bolus.last = t;
      if (!arrives) bolus.blocked += units;
    }
    if (!arrives && cause !== "priming") push(pump.lost, [t, units]);
  }

  bolus_end(t, device, id, given, reason) {
    const pump = this.pump(device), bolus = pump.running.get(id);
    if (!bolus) return;
    bolus.given = Math.max(bolus.given, given);
    bolus.end = t;
    bolus.reason = reason;
    pump.running.delete(id);
  }

  therapy(t, device, runs) {
    open(this.pump(device).stopped, t, !runs, {});
  }

  path(t, device, words, blocked) {
    const list = this.pump(device).path;
    close(list, t);
    if (words) push(list, {begin: t, end: null, words, blocked});
  }

  temp(t, device, words, until) {
    const list = this.pump(device).temps;
    close(list, t);
    if (words) push(list, {begin: t, end: null, until, words});
  }

  carbs(t, device, grams, words) {
    push(this.meals, [t, grams, words]);
  }

  stick(t, device, mgDl, words) {
    push(this.sticks, [t, device, mgDl, words]);
  }

  annunciation(t, device, words) {
    push(this.annunciations, [t, device, words]);
  }

  fault(t, id, state, words) {
    if (state === "injected") {
      this.faults.set(id, {id, words, begin: null, end: null, strikes: [], state});
      return;
    }
    const fault = this.faults.get(id);
    if (!fault) return;
    fault.state = state;
    if (state === "armed") fault.begin = t;
    else if (state === "struck") push(fault.strikes, t);
    else fault.end = t;
    if (this.faults.size > 500) this.faults.delete(this.faults.keys().next().value);
  }

  link(t, device, link, connected) {
    if (!this.links.has(device)) this.links.set(device, []);
    const list = this.links.get(device);
    if (connected) push(list, {link, begin: t, end: null});
    else for (const one of list) if (one.link === link && one.end === null) one.end = t;
  }

  absent(t, carrier, isAbsent) {
    const device = carrier.split(".")[0];
    if (!this.absences.has(device)) this.absences.set(device, []);
    const list = this.absences.get(device);
    if (isAbsent) push(list, {carrier, begin: t, end: null});
    else for (const one of list) if (one.carrier === carrier && one.end === null) one.end = t;
  }

  session(t, device, state) {
    this.sessions.set(device, state);
  }

  /* The last reading of a sensor, and how fast it changed over the last quarter of an hour, mg/dL a minute. */
  reading(device, until = Infinity) {
    const list = this.sensors.get(device);
    if (!list?.length) return null;
    let last = list.length - 1;
    while (last >= 0 && (list[last][1] === null || list[last][0] > until)) last -= 1;
    if (last < 0) return null;
    const [t, value] = list[last];
    let before = last;
    while (before > 0 && list[before - 1][1] !== null && t - list[before - 1][0] <= 15 * 60000) before -= 1;
    const minutes = (t - list[before][0]) / 60000;
    return {t, value, rate: minutes >= 4 ? (value - list[before][1]) / minutes : null};
  }
}

function close(list, t) {
  const last = list[list.length - 1];
  if (last && last.end === null) last.end = t;
}

function open(list, t, isOpen, item) {
  const last = list[list.length - 1], is = last !== undefined && last.end === null;
  if (isOpen && !is) push(list, {begin: t, end: null, ...item});
  else if (!isOpen && is) last.end = t;
}

/* The arrow of a trend as CGMs show it, by mg/dL a minute. */
export function trend(rate) {
  if (rate === null) return {arrow: "", words: "no trend yet"};
  const steps = [[-3, "↓↓", "falling fast"], [-2, "↓", "falling"], [-1, "↘", "falling slowly"], [1, "→", "steady"],
    [2, "↗", "rising slowly"], [3, "↑", "rising"], [Infinity, "↑↑", "rising fast"]];
  const [, arrow, words] = steps.find(([limit]) => rate < limit) ?? steps[6];
  return {arrow, words};
}
