/* The time axis: glucose, insulin and bands, one above the other over the same time. uPlot draws axes and lines, `bars.js` and
   `lanes.js` what is special. */

import {drawInsulin} from "./bars.js";
import {drawLanes, laneHeight} from "./lanes.js";
import {put, el, text} from "./dom.js";
import {wordsAt} from "./readout.js";

const WINDOWS = [["1 h", 3600], ["3 h", 3 * 3600], ["12 h", 12 * 3600], ["24 h", 24 * 3600], ["all", null]];
const HOUR = 3600;
const LEGEND = [["sensor", "sensor"], ["truth", "true glucose"], ["basal", "basal"], ["temp", "temp basal"], ["bolus", "bolus"],
  ["undelivered", "did not arrive"], ["suspended", "therapy off"], ["blocked", "path blocked"], ["carbs", "carbohydrate"], ["stick", "finger stick"], ["fault", "fault"], ["alarm", "annunciation"],
  ["link", "connected"], ["gone", "out of reach"]];

export class Axis {
  constructor(root, series, local, devices, goTo) {
    this.series = series;
    this.local = local;
    this.devices = devices;
    this.window = 3 * HOUR;
    this.follows = true;
    this.showsTruth = true;
    this.drawn = -1;
    this.charts = [];
    this.readout = el("output", {class: "readout", "aria-live": "off"});
    this.buttons = WINDOWS.map(([words, seconds]) =>
      el("button", {type: "button", "aria-pressed": seconds === this.window, onclick: () => this.choose(seconds)}, words));
    this.live = el("button", {type: "button", "aria-pressed": true, title: "Follow the bench's time", onclick: () => this.choose(this.window)}, "now");
    const truth = el("label", {class: "check"}, el("input", {type: "checkbox", checked: true, id: "truth",
      onchange: (event) => { this.showsTruth = event.target.checked; this.make(); }}), "truth");
    this.pump = el("select", {"aria-label": "Whose insulin is shown", hidden: true, onchange: () => this.draw(true)});
    this.place = el("div", {class: "charts", tabindex: 0, role: "group", onkeydown: (event) => this.key(event),
      "aria-label": "Glucose, insulin and events over time. Arrow keys move, plus and minus zoom, End follows the bench's time."});
    put(root, [
      el("div", {class: "bar"}, el("h2", {}, "Timeline"), el("div", {class: "segments", role: "group", "aria-label": "How much time is shown"},
        this.buttons, this.live), this.pump, truth),
      this.place, el("div", {class: "legend"}, LEGEND.map(([look, words]) => el("span", {}, el("i", {class: `key ${look}`}), words))), this.readout]);
    this.goTo = goTo;
    new ResizeObserver(() => this.resized()).observe(this.place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
    new MutationObserver(() => this.make()).observe(document.documentElement, {attributeFilter: ["data-theme"]});
    this.now = 0;
    this.make();
  }

  choose(seconds) {
    this.window = seconds;
    this.follows = true;
    this.buttons.forEach((button, place) => button.setAttribute("aria-pressed", WINDOWS[place][1] === seconds));
    this.live.setAttribute("aria-pressed", true);
    this.draw(true);
  }

  range() {
    const end = this.local.seconds(Math.max(this.now, this.series.end));
    const begin = this.local.seconds(this.series.begin ?? 0);
    if (this.window === null) return [begin, Math.max(end, begin + HOUR / 2)];
    const from = Math.max(end - this.window, begin);
    return [from, Math.max(end, from + Math.min(this.window, HOUR))];
  }

  /* Show a time of the run, as a link does. */
  show(at, around = HOUR / 2) {
    const middle = this.local.seconds(at);
    this.leave(middle - around, middle + around);
  }

  leave(from, until) {
    this.follows = false;
    this.live.setAttribute("aria-pressed", false);
    this.shown = [from, until];
    this.draw(true);
  }

  key(event) {
    const [from, until] = this.follows ? this.range() : this.shown, length = until - from, middle = (from + until) / 2;
    const shown = {ArrowLeft: [from - length / 4, until - length / 4], ArrowRight: [from + length / 4, until + length / 4],
      "+": [middle - length / 4, middle + length / 4], "-": [middle - length, middle + length]}[event.key];
    if (event.key === "End") this.choose(this.window);
    else if (shown && shown[1] - shown[0] >= 60) this.leave(...shown);
    else return;
    event.preventDefault();
  }

  resized() {
    const width = Math.floor(this.place.clientWidth);
    if (width && this.width !== width) {
      const isFirst = (this.width ?? 0) < 620 !== width < 620;
      this.width = width;
      if (isFirst || !this.charts.length) this.make();
      else for (const chart of this.charts) chart.setSize({width, height: chart.height});
    }
  }

  make() {
    const width = Math.floor(this.place.clientWidth);
    if (!width) return;
    this.width = width;
    for (const chart of this.charts) chart.destroy();
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue("--" + name).trim();
    const lanes = laneHeight(this.devices);
    this.charts = [this.glucose(width, 210), this.insulin(width, 150), this.bands(width, lanes + 34)];
    this.draw(true);
  }

  base(width, height, more) {
    const narrow = width < 620, c = this.colour;
    return {
      width, height,
      cursor: {sync: {key: "axis"}, drag: {x: true, y: false, setScale: false}, points: {show: false}, y: false},
      legend: {show: false},
      padding: [10, narrow ? 6 : 10, more.hidesTime ? 8 : 0, 0],
      tzDate: (seconds) => new Date(new Date(seconds * 1000).toLocaleString("en-US", {timeZone: "UTC"})),
      hooks: {
        setCursor: [(chart) => this.tell(chart)],
        setSelect: [(chart) => this.selected(chart)],
        ready: [(chart) => chart.over.addEventListener("dblclick", () => this.choose(this.window)),
          (chart) => chart.over.addEventListener("click", (event) => this.clicked(chart, event))],
        ...more.hooks,
      },
      scales: {x: {time: true, range: () => (this.follows ? this.range() : this.shown)}, ...more.scales},
      axes: [
        {stroke: c("muted"), grid: {stroke: c("grid"), width: 1}, ticks: {show: false}, font: "12px system-ui, sans-serif",
          values: (_, splits) => splits.map((seconds) => this.tick(seconds)), size: more.hidesTime ? 0 : 26, space: narrow ? 64 : 80,
          incrs: [60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800], show: !more.hidesTime},
        ...more.axes],
      series: [{}, ...more.series],
    };
  }

  tick(seconds) {
    const at = seconds * 1000 - this.local.start, words = this.local.short(at);
    return words === "00:00" ? this.local.day(at) : words;
  }

  vertical(scale, words, side = 3, more = {}) {
    const c = this.colour, narrow = this.width < 620;
    return {scale, side, stroke: c("muted"), grid: {show: side === 3, stroke: c("grid"), width: 1}, ticks: {show: false},
      size: narrow ? 34 : 52, font: "12px system-ui, sans-serif", label: narrow ? undefined : words, labelSize: narrow ? 0 : 16,
      labelFont: "12px system-ui, sans-serif", gap: 4, ...more};
  }

  glucose(width, height) {
    const c = this.colour;
    this.sensorNames = this.devices.filter((device) => device.kind === "cgm" || this.series.sensors.has(device.name)).map((device) => device.name);
    const colours = ["sensor", "carbs", "bolus", "link", "very-high"];
    const lines = this.sensorNames.map((name, place) => ({label: name, scale: "mg", stroke: c(colours[place % colours.length]), width: 2,
      points: {show: (chart, series, from, until) => until - from < 80, size: 5, fill: c(colours[place % colours.length])}}));
    const options = this.base(width, height, {
      hidesTime: true,
      axes: [this.vertical("mg", "mg/dL", 3, {splits: (chart) => [54, 70, 120, 180, 250, 300, 400].filter((value) => value <= chart.scales.mg.max)}),
        this.vertical("mg", "", 1, {show: true, values: () => [], grid: {show: false}})],
      series: [...lines, {label: "true", scale: "mg", stroke: c("truth"), width: 1.5, dash: [5, 4], show: this.showsTruth, points: {show: false}}],
      scales: {mg: {range: (_, low, high) => [Math.min(40, low ?? 40), Math.max(200, (high ?? 200) + 15)]}},
      hooks: {drawClear: [(chart) => this.target(chart)], draw: [(chart) => this.sticks(chart)]},
    });
    return new uPlot(options, this.glucoseData(), this.place);
  }

  target(chart) {
    const {left, width} = chart.bbox, y = (value) => chart.valToPos(value, "mg", true), ink = chart.ctx;
    ink.fillStyle = this.colour("band");
    ink.fillRect(left, y(180), width, y(70) - y(180));
  }

  /* Tests of blood that have a result. */
  sticks(chart) {
    const {left, top, width, height} = chart.bbox, ink = chart.ctx, ratio = uPlot.pxRatio;
    ink.save();
    ink.beginPath();
    ink.rect(left, top, width, height);
    ink.clip();
    ink.fillStyle = this.colour("stick");
    ink.strokeStyle = this.colour("surface");
    for (const [t, , mgDl] of this.series.sticks) {
      if (mgDl === null) continue;
      ink.beginPath();
      ink.arc(chart.valToPos(this.local.seconds(t), "x", true), chart.valToPos(mgDl, "mg", true), 4 * ratio, 0, 2 * Math.PI);
      ink.fill();
      ink.stroke();
    }
    ink.restore();
  }

  insulin(width, height) {
    const c = this.colour;
    const options = this.base(width, height, {
      hidesTime: true,
      axes: [this.vertical("rate", "basal U/h"), this.vertical("units", "bolus U", 1)],
      series: [{label: "basal", scale: "rate", stroke: c("basal"), fill: c("basal") + "66", width: 1.5, paths: uPlot.paths.stepped({align: 1}), points: {show: false}}],
      scales: {
        rate: {range: (_, low, high) => [0, Math.max(2, (high ?? 0) * 1.6)]},
        units: {auto: false, range: (_, low, high) => [0, high ?? 2]},
      },
      hooks: {draw: [(chart) => drawInsulin(chart, this.series, this.pumps(), this.local, this.colour, this.now)]},
    });
    return new uPlot(options, this.insulinData(), this.place);
  }

  /* The pump whose insulin is shown: of several the chosen one. */
  pumps() {
    const names = [...this.series.pumps.keys()];
    if (this.pump.children.length !== names.length) {
      const before = this.pump.value;
      put(this.pump, names.map((name) => el("option", {selected: name === before}, name)));
      this.pump.hidden = names.length < 2;
    }
    return names.filter((name) => names.length < 2 || name === this.pump.value).map((name) => this.series.pumps.get(name));
  }

  most() {
    const [from, until] = this.follows ? this.range() : this.shown;
    let most = 2;
    for (const pump of this.pumps()) {
      for (const bolus of pump.boluses) {
        const at = this.local.seconds(bolus.begin);
        if (at >= from && at <= until) most = Math.max(most, bolus.asked * 1.4);
      }
    }
    return most;
  }

  bands(width, height) {
    const options = this.base(width, height, {
      axes: [this.vertical("lane", "", 3, {values: () => [], grid: {show: false}}), this.vertical("lane", "", 1, {values: () => [], grid: {show: false}})],
      series: [{scale: "lane", show: false}],
      scales: {lane: {auto: false, range: () => [0, 1]}},
      hooks: {draw: [(chart) => drawLanes(chart, this.series, this.devices, this.local, this.colour, this.now)]},
    });
    return new uPlot(options, [[0], [null]], this.place);
  }

  glucoseData() {
    const tables = [...this.sensorNames.map((name) => this.series.sensors.get(name) ?? []), this.series.trueGlucose];
    const columns = tables.map((rows) => [rows.map(([t]) => this.local.seconds(t)), rows.map(([, value]) => value)]);
    return uPlot.join(columns.map((table) => (table[0].length ? table : [[0], [null]])));
  }

  insulinData() {
    const times = [], rates = [];
    for (const pump of this.pumps()) {
      for (const [t, rate] of pump.basal) {
        times.push(this.local.seconds(t));
        rates.push(rate);
      }
      if (pump.basal.length) {
        times.push(this.local.seconds(Math.max(this.now, this.series.end)));
        rates.push(rates[rates.length - 1]);
      }
    }
    return times.length ? [times, rates] : [[0], [null]];
  }

  /* Draw what has come; `now` is the bench's time, so that the axis moves between two entries. */
  update(now) {
    this.now = now;
    const moved = this.follows && Math.abs(now - (this.drawnAt ?? 0)) > (this.window ?? 86400) * 2;
    if (this.series.version !== this.drawn || moved) this.draw(false);
  }

  draw(force) {
    if (!this.charts.length) return;
    this.drawn = this.series.version;
    this.drawnAt = this.now;
    if (this.series.sensors.size > this.sensorNames.length && !force) return this.make();
    const [glucose, insulin, bands] = this.charts;
    glucose.setData(this.glucoseData());
    insulin.setData(this.insulinData());
    insulin.setScale("units", {min: 0, max: this.most()});
    bands.setData([[0], [null]]);
  }

  selected(chart) {
    const {left, width} = chart.select;
    if (width < 8) return;
    const from = chart.posToVal(left, "x"), until = chart.posToVal(left + width, "x");
    for (const other of this.charts) other.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
    this.leave(from, until);
  }

  clicked(chart, event) {
    const at = chart.posToVal(event.offsetX, "x") * 1000 - this.local.start;
    if (Math.abs((this.downAt ?? event.clientX) - event.clientX) < 5) this.goTo(at);
  }

  tell(chart) {
    const {left} = chart.cursor;
    if (left === null || left === undefined || left < 0) return text(this.readout, "");
    const at = chart.posToVal(left, "x") * 1000 - this.local.start;
    const [from, until] = [chart.scales.x.min, chart.scales.x.max];
    text(this.readout, wordsAt(this.series, this.local, at, (until - from) * 8));
  }
}
