/* A finished journal: a slider over its time, and what devices were like at that time, as far as the journal says. */

import {el, put} from "./dom.js";
import {holds} from "./readout.js";

export class Scrubber {
  constructor(root, clock, series, goTo) {
    this.clock = clock;
    this.series = series;
    this.slider = el("input", {type: "range", min: 0, max: 1, value: 1, step: 1000, "aria-label": "Time of the run",
      oninput: () => this.moved(), onchange: () => goTo(clock.at)});
    this.isMoved = false;
    put(root, this.slider);
  }

  moved() {
    this.isMoved = true;
    this.clock.at = Number(this.slider.value);
  }

  update() {
    this.slider.min = this.series.begin ?? 0;
    this.slider.max = this.series.end;
    if (!this.isMoved) {
      this.slider.value = this.series.end;
      this.clock.at = this.series.end;
    }
  }

  /* What `status` would have said of the devices at that time. */
  statuses(devices) {
    const at = this.clock.at;
    return Object.fromEntries(devices.map(({name, kind}) => [name, {kind, clients: this.clients(name, at), ...this.sensor(name, at), ...this.pump(name, at), ...this.person(name, at)}]));
  }

  clients(name, at) {
    return (this.series.links.get(name) ?? []).filter((link) => holds(link, at)).map((link) => link.link);
  }

  person(name, at) {
    if (name !== this.series.person) return {};
    return {plasma_mg_dl: this.series.truths[0].findLast(([t]) => t <= at)?.[1] ?? null};
  }

  sensor(name, at) {
    const reading = this.series.reading(name, at);
    return this.series.sensors.has(name) ? {glucose_mg_dl: reading?.value ?? null} : {};
  }

  pump(name, at) {
    const pump = this.series.pumps.get(name);
    if (!pump) return {};
    const basal = pump.basal.filter(([t]) => t <= at).at(-1);
    const annunciations = this.series.annunciations.filter(([t, device]) => device === name && t <= at && at - t < 900000).map(([, , words]) => words);
    return {therapy: pump.stopped.some((stop) => holds(stop, at)) ? "stop" : "run", basal_u_per_h: basal?.[1] ?? 0, boluses: [], annunciations};
  }
}
