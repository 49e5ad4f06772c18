/* Bands over time: faults, annunciations, and for each device whether a client is connected and whether it can be reached. */

const HIGH = 17;

const lanesOf = (devices) => ["faults", "alarms", ...devices.filter((device) => device.kind !== "patient").map((device) => device.name)];

export const laneHeight = (devices) => lanesOf(devices).length * HIGH;

export function drawLanes(chart, series, devices, local, colour, now) {
  const ink = chart.ctx, ratio = devicePixelRatio, {left, top, width, height} = chart.bbox;
  const x = (t) => Math.min(Math.max(chart.valToPos(local.seconds(t), "x", true), left - 50 * ratio), left + width + 50 * ratio);
  const end = Math.max(now, series.end), high = height / lanesOf(devices).length;
  let free = -Infinity;  // where the next label of the lane may begin
  ink.save();
  ink.font = `${11 * ratio}px system-ui, sans-serif`;
  ink.textBaseline = "middle";
  lanesOf(devices).forEach((lane, place) => {
    const y = top + place * high;
    ink.fillStyle = colour("muted");
    ink.textAlign = "right";
    ink.fillText(short(lane), left - 6 * ratio, y + high / 2, left - 8 * ratio);
    ink.fillStyle = colour("grid");
    ink.fillRect(left, y + high - ratio, width, ratio);
    ink.save();
    ink.beginPath();
    ink.rect(left, top, width, height);
    ink.clip();
    content(lane, y + 2 * ratio, high - 5 * ratio);
    ink.restore();
  });
  ink.restore();

  function short(lane) {
    const most = left / ratio < 60 ? 6 : 11;
    return lane.length > most ? lane.slice(0, most - 1) + "…" : lane;
  }

  function content(lane, y, tall) {
    free = -Infinity;
    if (lane === "faults") {
      for (const pump of series.pumps.values()) for (const trouble of pump.path) bar(trouble.begin, trouble.end, colour("undelivered"), y, tall, trouble.words);
      for (const fault of series.faults.values()) {
        if (fault.begin === null) continue;
        bar(fault.begin, fault.end, colour("fault"), y, tall, fault.words);
        for (const strike of fault.strikes.slice(-2000)) tick(strike, y, tall);
      }
    } else if (lane === "alarms") {
      for (const [t] of series.annunciations) dot(t, y, tall);
    } else {
      for (const link of series.links.get(lane) ?? []) bar(link.begin, link.end, colour("link"), y, tall, "");
      for (const gone of series.absences.get(lane) ?? []) bar(gone.begin, gone.end, colour("gone"), y + tall / 2, tall / 2, "");
    }
  }

  function bar(begin, until, style, y, tall, words) {
    const from = x(begin), to = x(until ?? end), wide = Math.max(to - from, 2 * ratio);
    ink.fillStyle = style;
    ink.globalAlpha = 0.55;
    ink.fillRect(from, y, wide, tall);
    ink.globalAlpha = 1;
    const label = ink.measureText(words).width + 8 * ratio, place = Math.max(from, left);
    if (!words || label > wide || place < free) return;
    free = place + label;
    ink.fillStyle = colour("ink");
    ink.textAlign = "left";
    ink.fillText(words, place + 4 * ratio, y + tall / 2);
  }

  function tick(t, y, tall) {
    ink.fillStyle = colour("ink");
    ink.fillRect(x(t), y, ratio, tall);
  }

  function dot(t, y, tall) {
    ink.fillStyle = colour("alarm");
    ink.beginPath();
    ink.arc(x(t), y + tall / 2, 4.5 * ratio, 0, 2 * Math.PI);
    ink.fill();
  }
}
