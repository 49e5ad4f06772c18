/* Zoom, hover and the filter of the event list. Without it the page shows the same, still. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const place = document.querySelector("#timeline .charts");
  const readout = document.querySelector("#timeline .readout");
  const SHORTEST = 600, LEFT = 118, RIGHT = 46, LANE = 20;
  const at = (seconds) => seconds + data.start;
  const low = at(data.began), high = at(data.ended);
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (number) => String(number).padStart(2, "0");
  let shown = [low, high], charts = [], busy = false;

  // Words and colours

  function colour(name) {
    return getComputedStyle(root).getPropertyValue("--" + name).trim();
  }
  function clock(seconds) {
    const when = new Date(seconds * 1000);
    return two(when.getUTCHours()) + ":" + two(when.getUTCMinutes());
  }
  function date(seconds) {
    const when = new Date(seconds * 1000);
    return days[when.getUTCDay()] + " " + when.getUTCDate() + " " + months[when.getUTCMonth()];
  }
  function isNarrow() {
    return place.clientWidth < 620;
  }
  const left = () => (isNarrow() ? 40 : LEFT);
  const right = () => (isNarrow() ? 30 : RIGHT);

  // The part of the run that is shown, the same in every chart

  function show(from, until) {
    const length = Math.min(Math.max(until - from, SHORTEST), high - low);
    from = Math.min(Math.max(from, low), high - length);
    shown = [from, from + length];
    busy = true;
    for (const chart of charts) chart.setScale("x", {min: shown[0], max: shown[1]});
    busy = false;
  }
  function zoom(factor, middle) {
    const length = (shown[1] - shown[0]) * factor;
    const share = (middle - shown[0]) / (shown[1] - shown[0]);
    show(middle - length * share, middle + length * (1 - share));
  }
  const acts = {
    in: () => zoom(0.5, (shown[0] + shown[1]) / 2),
    out: () => zoom(2, (shown[0] + shown[1]) / 2),
    back: () => show(shown[0] - (shown[1] - shown[0]) / 2, shown[1] - (shown[1] - shown[0]) / 2),
    on: () => show(shown[0] + (shown[1] - shown[0]) / 2, shown[1] + (shown[1] - shown[0]) / 2),
    all: () => show(low, high),
  };

  // What was so at an instant

  function last(rows, seconds) {
    let first = 0, behind = rows.length;
    while (first < behind) {
      const middle = (first + behind) >> 1;
      if (rows[middle][0] <= seconds) first = middle + 1; else behind = middle;
    }
    return first ? rows[first - 1] : null;
  }
  function nearest(series, seconds) {
    const [times, values] = series;
    let best = null, distance = 450;
    for (let number = lowerBound(times, seconds - distance); number < times.length && times[number] <= seconds + distance; number++) {
      const away = Math.abs(times[number] - seconds);
      if (values[number] !== null && away <= distance) { best = values[number]; distance = away; }
    }
    return best;
  }
  function lowerBound(times, seconds) {
    let first = 0, behind = times.length;
    while (first < behind) {
      const middle = (first + behind) >> 1;
      if (times[middle] < seconds) first = middle + 1; else behind = middle;
    }
    return first;
  }
  function tell(seconds) {
    const parts = [], close = (shown[1] - shown[0]) / 160;
    const add = (words, kind) => {
      const part = document.createElement(kind || "span");
      part.textContent = words;
      if (kind === undefined) parts.push(part); else parts.unshift(part);
    };
    const truth = nearest(data.truth, seconds);
    if (truth !== null) add("true " + Math.round(truth) + " mg/dL");
    for (const sensor of data.sensors) {
      const value = nearest(sensor.shown, seconds);
      add(sensor.name + " " + (value === null ? "–" : Math.round(value)));
    }
    for (const pump of data.pumps) {
      const basal = last(pump.basal, seconds);
      if (basal) add("basal " + basal[1] + " U/h");
      for (const one of pump.temps) if (one[0] <= seconds && seconds < one[1]) add("temp basal " + one[2]);
      const near = pump.boluses.filter((one) => Math.abs(one[0] - seconds) < close);
      const most = near.sort((a, b) => b[1] - a[1])[0];
      if (most) add("bolus " + most[2] + " U" + (most[2] < most[1] ? " of " + most[1] : ""));
      for (const one of pump.suspended) if (one[0] <= seconds && seconds < one[1]) add("therapy off");
    }
    const then = last(data.then.basal, seconds);
    if (then && then[1] !== null) add("recorded basal " + then[1] + " U/h");
    for (const one of data.then.boluses) if (Math.abs(one[0] - seconds) < close) add("recorded bolus " + one[1] + " U");
    const decision = last(data.decisions, seconds);
    if (decision && seconds - decision[0] < 900) add("client: " + decision[1]);
    for (const meal of data.meals) if (Math.abs(meal[0] - seconds) < close) add(meal[1]);
    for (const stick of data.sticks) if (Math.abs(stick[0] - seconds) < close) add(stick[2]);
    add(date(at(seconds)) + " " + clock(at(seconds)), "b");
    const seen = new Set();
    for (const lane of data.lanes) {
      for (const bar of lane.bars) if (bar[0] <= seconds && seconds < bar[1]) seen.add(bar[3]);
      for (const dot of lane.dots) if (Math.abs(dot[0] - seconds) < close) seen.add(dot[2]);
    }
    if (seen.size) {
      add([...seen].slice(0, 6).join(" · "));
      parts[parts.length - 1].className = "event";
    }
    readout.replaceChildren(...parts);
  }

  // Drawing on a chart's canvas

  function panel(chart, draw) {
    const {ctx, bbox} = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    draw(ctx, bbox, devicePixelRatio);
    ctx.restore();
  }
  const across = (chart, seconds) => chart.valToPos(at(seconds), "x", true);
  function bar(chart, ctx, from, until, top, height) {
    const start = across(chart, from);
    ctx.fillRect(start, top, Math.max(devicePixelRatio, across(chart, until) - start), height);
  }
  function triangle(ctx, x, bottom, size) {
    ctx.beginPath();
    ctx.moveTo(x - size, bottom);
    ctx.lineTo(x, bottom - 1.8 * size);
    ctx.lineTo(x + size, bottom);
    ctx.fill();
  }
  function words(ctx, text, x, y, pixels, align, ink) {
    ctx.font = 11 * pixels + "px system-ui, sans-serif";
    ctx.textAlign = align;
    ctx.fillStyle = ink;
    ctx.fillText(text, x, y);
  }
  function drawGlucose(chart) {
    panel(chart, (ctx, box, pixels) => {
      const y = (value) => chart.valToPos(value, "y", true);
      ctx.fillStyle = colour("band");
      ctx.fillRect(box.left, y(180), box.width, y(70) - y(180));
      for (const [value, name] of [[54, "low"], [250, "very-high"]]) {
        ctx.strokeStyle = colour(name);
        ctx.lineWidth = pixels;
        ctx.setLineDash([3 * pixels, 3 * pixels]);
        ctx.beginPath();
        ctx.moveTo(box.left, y(value));
        ctx.lineTo(box.left + box.width, y(value));
        ctx.stroke();
      }
      ctx.setLineDash([]);
    });
  }
  function unit(text, side) {
    return (chart) => {
      const {ctx, bbox} = chart, pixels = devicePixelRatio;
      const x = side === "left" ? bbox.left - 6 * pixels : bbox.left + bbox.width + 6 * pixels;
      words(ctx, text, x, bbox.top - 4 * pixels, pixels, side === "left" ? "right" : "left", colour("muted"));
    };
  }
  function border(chart) {
    const {ctx, bbox} = chart;
    ctx.strokeStyle = colour("edge");
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeRect(bbox.left, bbox.top, bbox.width, bbox.height);
  }
  function drawMeals(chart) {
    panel(chart, (ctx, box, pixels) => {
      let free = -Infinity;
      for (const meal of data.meals) {
        const x = across(chart, meal[0]), bottom = box.top + box.height;
        ctx.fillStyle = colour("carbs");
        triangle(ctx, x, bottom, 5 * pixels);
        if (x > free && x > box.left) {
          words(ctx, meal[1].split(" ").slice(0, 2).join(" "), x, bottom - 12 * pixels, pixels, "center", colour("ink"));
          free = x + 36 * pixels;
        }
      }
    });
  }

  function drawSticks(chart) {
    panel(chart, (ctx, box, pixels) => {
      ctx.fillStyle = colour("stick");
      ctx.strokeStyle = colour("surface");
      for (const [time, mgDl] of data.sticks) {
        ctx.beginPath();
        ctx.arc(across(chart, time), chart.valToPos(mgDl, "y", true), 4 * pixels, 0, 2 * Math.PI);
        ctx.fill();
        ctx.stroke();
      }
    });
  }

  function drawInsulin(pump) {
    return (chart) => panel(chart, (ctx, box, pixels) => {
      const bottom = box.top + box.height, y = (units) => chart.valToPos(units, "dose", true);
      ctx.fillStyle = colour("gone");
      ctx.globalAlpha = 0.16;
      for (const one of pump.suspended) bar(chart, ctx, one[0], one[1], box.top, box.height);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour("temp");
      for (const one of pump.temps) bar(chart, ctx, one[0], one[1], box.top, 4 * pixels);
      for (const [time, asked, given] of pump.boluses) {
        const x = across(chart, time);
        if (x < box.left - 9 || x > box.left + box.width + 9) continue;
        ctx.fillStyle = colour("bolus");
        ctx.fillRect(x - 2.5 * pixels, y(given), 5 * pixels, bottom - y(given));
        if (given < asked) {
          ctx.strokeStyle = colour("undelivered");
          ctx.lineWidth = 1.2 * pixels;
          ctx.setLineDash([3 * pixels, 2 * pixels]);
          ctx.strokeRect(x - 2.5 * pixels, y(asked), 5 * pixels, y(given) - y(asked));
          ctx.setLineDash([]);
        }
      }
      if (pump === data.pumps[0]) drawThen(chart, ctx, box, pixels, y, bottom);
      const drawn = [], most = chart.scales.dose.max;
      for (const [time, asked, given] of pump.boluses.slice().sort((a, b) => b[1] - a[1])) {
        const x = across(chart, time);
        if (asked < most / 6 && shown[1] - shown[0] > 6 * 3600) continue;
        if (x < box.left || x > box.left + box.width || drawn.some((other) => Math.abs(other - x) < 34 * pixels)) continue;
        drawn.push(x);
        const top = Math.min(Math.max(y(asked) + 9 * pixels, box.top + 14 * pixels), bottom - 4 * pixels);
        words(ctx, String(+given.toFixed(2)), x + 5 * pixels, top, pixels, "left", colour("ink"));
      }
      ctx.fillStyle = colour("undelivered");
      for (const one of pump.undelivered) triangle(ctx, across(chart, one[0]), bottom, 4 * pixels);
    });
  }
  /* The insulin of a recording that is replayed, as outlines. */
  function drawThen(chart, ctx, box, pixels, y, bottom) {
    ctx.strokeStyle = colour("muted");
    ctx.lineWidth = 1.2 * pixels;
    ctx.setLineDash([4 * pixels, 2 * pixels]);
    for (const [time, units] of data.then.boluses) {
      const x = across(chart, time);
      ctx.strokeRect(x - 4 * pixels, y(units), 8 * pixels, bottom - y(units));
    }
    ctx.beginPath();
    data.then.basal.forEach(([time, rate], number) => {
      if (rate === null) return;
      const height = chart.valToPos(rate, "rate", true), next = data.then.basal[number + 1];
      if (number && data.then.basal[number - 1][1] === null) ctx.moveTo(across(chart, time), height);
      ctx.lineTo(across(chart, time), height);
      ctx.lineTo(next ? across(chart, next[0]) : box.left + box.width, height);
    });
    ctx.stroke();
    ctx.setLineDash([]);
  }
  function drawLanes(chart) {
    const narrow = isNarrow(), height = narrow ? 2 * LANE - 6 : LANE;
    panel(chart, (ctx, box, pixels) => {
      data.lanes.forEach((lane, number) => {
        const bottom = box.top + (number + 1) * height * pixels;
        for (const [from, until, look] of lane.bars) {
          ctx.fillStyle = colour(look);
          bar(chart, ctx, from, until, bottom - (LANE - 5) * pixels, (LANE - 9) * pixels);
        }
        for (const [time, look] of lane.dots) {
          const x = across(chart, time);
          ctx.fillStyle = colour(look === "strike" ? "ink" : look);
          if (look === "strike") ctx.fillRect(x - pixels / 2, bottom - (LANE - 2) * pixels, 1.5 * pixels, (LANE - 3) * pixels);
          else triangle(ctx, x, bottom - 4 * pixels, 5 * pixels);
        }
        if (narrow) words(chart.ctx, lane.label, box.left + 3 * pixels, bottom - (LANE - 1) * pixels, pixels, "left", colour("muted"));
      });
    });
    if (narrow) return;
    data.lanes.forEach((lane, number) => {
      const {ctx, bbox} = chart, pixels = devicePixelRatio, y = bbox.top + ((number + 0.72) * height) * pixels;
      const label = lane.label.length > 19 ? lane.label.slice(0, 18) + "…" : lane.label;
      words(ctx, label, bbox.left - 8 * pixels, y, pixels, "right", colour("muted"));
    });
  }

  // Charts

  function marks(chart, self) {
    const width = chart.bbox.width / devicePixelRatio, span = shown[1] - shown[0];
    const steps = [300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600];
    const step = steps.find((one) => span / one <= Math.max(2, width / 62)) || steps[steps.length - 1];
    const found = [];
    for (let time = Math.ceil(shown[0] / step) * step; time <= shown[1]; time += step) found.push(time);
    return found;
  }
  function timeWords(time) {
    return time % 86400 === 0 ? date(time).slice(4) : clock(time);
  }
  function axis(more) {
    return Object.assign({
      stroke: () => colour("muted"), font: "11px system-ui, sans-serif",
      grid: {stroke: () => colour("grid"), width: 1}, ticks: {show: false},
    }, more);
  }
  function options(height, series, more) {
    const last = more.last ? {values: (chart, splits) => splits.map(timeWords), size: 24, gap: 4} : {values: () => [], size: 0};
    return {
      width: place.clientWidth, height: height + (more.last ? 24 : 0) + 20,
      padding: [14, more.axes.length > 1 ? 0 : right(), 2, 0],
      legend: {show: false},
      cursor: {
        y: false, points: {size: 6}, drag: {x: true, y: false, setScale: false},
        sync: {key: "timeline", setSeries: false, filters: {pub: (type) => type !== "mouseup" && type !== "mousedown" && type !== "dblclick"}},
        bind: {dblclick: () => () => { acts.all(); return null; }},
      },
      scales: Object.assign({x: {time: false, min: shown[0], max: shown[1]}}, more.scales),
      axes: [axis(Object.assign({splits: marks}, last)), ...more.axes],
      series: [{}, ...series],
      hooks: Object.assign({
        setSelect: [(chart) => {
          const {left: start, width} = chart.select;
          if (width > 4) show(chart.posToVal(start, "x"), chart.posToVal(start + width, "x"));
          chart.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
        }],
        setCursor: [(chart) => {
          if (chart.cursor.left >= 0) tell(chart.posToVal(chart.cursor.left, "x") - data.start);
        }],
      }, more.hooks),
    };
  }
  function line(name, width) {
    return {stroke: () => colour(name), width, points: {show: false}, spanGaps: false};
  }
  function shifted(series) {
    return [series[0].map(at), series[1]];
  }
  function glucose(isLast) {
    const tables = [data.truth, ...data.sensors.map((one) => one.shown)].map(shifted);
    const looks = [line("truth", 1.6), ...data.sensors.map((one, number) => line(number ? "carbs" : "sensor", 1.6))];
    const modes = tables.map(() => [0, 2]);
    const joined = uPlot.join(tables.map((one) => (one[0].length ? one : [[low], [null]])), modes);
    return [options(250, looks, {
      last: isLast,
      scales: {y: {range: [40, data.highest]}},
      axes: [axis({scale: "y", size: left(), splits: () => (isNarrow() ? [70, 180, 250] : [54, 70, 180, 250]), values: (c, found) => found.map(String)})],
      hooks: {drawClear: [drawGlucose], draw: [drawMeals, drawSticks, border, unit("mg/dL", "left")]},
    }), joined];
  }
  function insulin(pump, isLast) {
    const rates = pump.basal.map((one) => one[1]), doses = pump.boluses.map((one) => one[1]);
    const times = pump.basal.map((one) => at(one[0])), values = rates.slice();
    if (times.length) { times.push(high); values.push(values[values.length - 1]); } else { times.push(low); values.push(null); }
    const then = pump === data.pumps[0] ? data.then : {basal: [], boluses: []};
    const top = Math.max(1, 1.15 * Math.max(0, ...rates, ...then.basal.map((one) => one[1])));
    const most = Math.max(4, 1.15 * Math.max(0, ...doses, ...then.boluses.map((one) => one[1])));
    const look = Object.assign(line("basal", 1), {
      scale: "rate", fill: () => colour("basal") + "8c", paths: uPlot.paths.stepped({align: 1}),
    });
    return [options(110, [look, {scale: "dose", show: true, paths: () => null, points: {show: false}}], {
      last: isLast,
      scales: {rate: {range: [0, top]}, dose: {range: [0, most]}},
      axes: [
        axis({scale: "rate", size: left(), space: 30, values: (c, found) => found.map(String)}),
        axis({scale: "dose", side: 1, size: right(), space: 30, grid: {show: false}, values: (c, found) => found.map(String)}),
      ],
      hooks: {draw: [drawInsulin(pump), border, unit("U/h", "left"), unit("U", "right")]},
    }), [times, values, times.map(() => null)]];
  }
  function lanes() {
    const height = data.lanes.length * (isNarrow() ? 2 * LANE - 6 : LANE);
    return [options(height, [{show: true, paths: () => null, points: {show: false}}], {
      last: true,
      scales: {y: {range: [0, 1]}},
      axes: [axis({scale: "y", size: left(), splits: () => [], values: () => [], grid: {show: false}})],
      hooks: {draw: [drawLanes, border]},
    }), [[low, high], [null, null]]];
  }
  function build() {
    for (const chart of charts) chart.destroy();
    charts = [];
    const plans = [];
    const hasLanes = data.lanes.length > 0, count = data.pumps.length;
    if (data.truth[0].length || data.sensors.length) plans.push(glucose(!hasLanes && !count));
    data.pumps.forEach((pump, number) => plans.push(insulin(pump, !hasLanes && number === count - 1)));
    if (hasLanes) plans.push(lanes());
    for (const [plan, table] of plans) charts.push(new uPlot(plan, table, place));
    for (const chart of charts) touch(chart);
    show(shown[0], shown[1]);
  }

  // Fingers: one moves the cursor, two zoom

  function touch(chart) {
    const fingers = new Map();
    let before = null;
    const x = (event) => event.clientX - chart.over.getBoundingClientRect().left;
    chart.over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") return;
      fingers.set(event.pointerId, x(event));
      chart.setCursor({left: x(event), top: 10});
    });
    chart.over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, x(event));
      const places = [...fingers.values()];
      if (places.length === 1) chart.setCursor({left: places[0], top: 10});
      if (places.length === 2) {
        const apart = Math.max(20, Math.abs(places[0] - places[1])), middle = (places[0] + places[1]) / 2;
        if (before) {
          zoom(before.apart / apart, chart.posToVal(middle, "x"));
          const moved = chart.posToVal(before.middle, "x") - chart.posToVal(middle, "x");
          show(shown[0] + moved, shown[1] + moved);
        }
        before = {apart, middle};
      }
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      chart.over.addEventListener(end, (event) => { fingers.delete(event.pointerId); before = null; });
    }
  }

  // The rest of the page

  function filter(list) {
    const rows = [...list.querySelectorAll("tbody tr")], boxes = [...list.querySelectorAll("input[type=checkbox]")];
    const search = list.querySelector("input[type=search]"), count = list.querySelector(".count");
    function apply() {
      const kinds = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      const words = search.value.trim().toLowerCase();
      let left = 0;
      for (const row of rows) {
        const fits = kinds.has(row.dataset.kind) && (!words || row.textContent.toLowerCase().includes(words));
        row.hidden = !fits;
        left += fits;
      }
      count.textContent = left + " of " + rows.length;
    }
    for (const box of boxes) box.addEventListener("change", apply);
    search.addEventListener("input", apply);
    apply();
  }
  function go(button) {
    const from = Number(button.dataset.t), until = Number(button.dataset.until || NaN);
    if (until) show(at(from), at(until)); else show(at(from) - 5400, at(from) + 5400);
    document.getElementById("timeline").scrollIntoView({block: "start"});
    const chart = charts[0];
    if (chart && !until) chart.setCursor({left: chart.valToPos(at(from), "x"), top: 10});
    tell(until ? from : from);
  }

  root.classList.add("js");
  if (data.truth[0].length || data.pumps.length || data.lanes.length) build();
  document.querySelector("#timeline .buttons").addEventListener("click", (event) => {
    const act = acts[event.target.dataset.act];
    if (act) act();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".go");
    if (button) go(button);
  });
  const list = document.getElementById("events");
  if (list) filter(list);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth !== width) { width = place.clientWidth; build(); }
  }).observe(place);
  window.report = {show, shown: () => shown, data};
})();
