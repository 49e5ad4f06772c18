/* Boluses as bars that grow pulse by pulse; what did not arrive is hatched. Therapy that is off is shaded, meals are marked. */

export function drawInsulin(chart, series, pumps, local, colour, now) {
  const ink = chart.ctx, ratio = devicePixelRatio, {left, top, width, height} = chart.bbox;
  const x = (t) => chart.valToPos(local.seconds(t), "x", true), y = (units) => chart.valToPos(units, "units", true);
  const end = Math.max(now, series.end);
  let free = -Infinity;  // where the next label may begin
  ink.save();
  ink.beginPath();
  ink.rect(left, top, width, height);
  ink.clip();
  for (const pump of pumps) {
    for (const stop of pump.stopped) shade(x(stop.begin), x(stop.end ?? end), colour("gone") + "33");
    for (const trouble of pump.path) if (trouble.blocked) shade(x(trouble.begin), x(trouble.end ?? end), colour("undelivered") + "22");
    for (const temp of pump.temps) band(x(temp.begin), x(Math.min(temp.end ?? end, end)));
    const wide = Math.max(5, Math.min(12, width / ratio / 90)) * ratio;
    for (const bolus of pump.boluses) bar(bolus, wide);
  }
  for (const [t, grams, words] of series.meals) meal(x(t), grams, words);
  ink.restore();

  function shade(from, until, style) {
    ink.fillStyle = style;
    ink.fillRect(from, top, Math.max(until - from, ratio), height);
  }

  function band(from, until) {
    ink.fillStyle = colour("temp");
    ink.fillRect(from, top + height - 4 * ratio, Math.max(until - from, 2 * ratio), 4 * ratio);
  }

  function bar(bolus, wide) {
    const place = x(bolus.begin);
    if (place < left - wide || place > left + width + wide) return;
    const arrived = bolus.given - bolus.blocked, missing = bolus.end === null ? 0 : Math.max(0, bolus.asked - bolus.given);
    rectangle(place, wide, 0, arrived, colour("bolus"));
    hatched(place, wide, arrived, arrived + bolus.blocked + missing);
    ink.strokeStyle = colour("bolus");
    ink.lineWidth = ratio;
    if (bolus.end === null) ink.setLineDash([3 * ratio, 2 * ratio]);
    ink.strokeRect(place, y(bolus.asked), wide, y(0) - y(bolus.asked));
    ink.setLineDash([]);
    label(bolus, place + wide / 2, y(bolus.asked) - 4 * ratio);
  }

  /* How much was given, unless it is little or would run into the label before. */
  function label(bolus, middle, bottom) {
    const given = String(Number(bolus.given.toFixed(2)));
    const words = bolus.given + 0.001 < bolus.asked ? `${given}/${Number(bolus.asked.toFixed(2))}` : given;
    ink.font = `${11 * ratio}px system-ui, sans-serif`;
    const half = ink.measureText(words).width / 2 + 2 * ratio;
    middle = Math.max(left + half, Math.min(middle, left + width - half));
    if (middle - half < free || bolus.asked < chart.scales.units.max / 10) return;
    free = middle + half;
    ink.fillStyle = colour("ink");
    ink.textAlign = "center";
    ink.fillText(words, middle, bottom);
  }

  function rectangle(place, wide, from, until, style) {
    ink.fillStyle = style;
    ink.fillRect(place, y(until), wide, y(from) - y(until));
  }

  function hatched(place, wide, from, until) {
    if (until - from < 0.0005) return;
    ink.save();
    ink.beginPath();
    ink.rect(place, y(until), wide, y(from) - y(until));
    ink.clip();
    ink.strokeStyle = colour("undelivered");
    ink.lineWidth = 1.5 * ratio;
    for (let offset = y(until) - wide; offset < y(from) + wide; offset += 4 * ratio) {
      ink.beginPath();
      ink.moveTo(place, offset + wide);
      ink.lineTo(place + wide, offset);
      ink.stroke();
    }
    ink.restore();
  }

  function meal(place, grams) {
    ink.fillStyle = colour("carbs");
    ink.beginPath();
    ink.arc(place, top + 8 * ratio, 4 * ratio, 0, 2 * Math.PI);
    ink.fill();
    ink.font = `${11 * ratio}px system-ui, sans-serif`;
    ink.textAlign = "left";
    ink.fillText(`${Number(grams.toFixed(1))} g`, place + 7 * ratio, top + 12 * ratio);
  }
}
