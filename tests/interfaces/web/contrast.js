/* Every text in sight with less contrast than WCAG 2.2 AA asks for: 4.5, or 3 for large text (clause 1.4.3). */
const parse = (text) => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return [r, g, b, a];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const luminance = ([r, g, b]) => {
  const [R, G, B] = [r, g, b].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * R + 0.7152 * G + 0.0722 * B;
};
const behind = (element) => {
  const layers = [];
  for (let place = element; place; place = place.parentElement) layers.push(parse(getComputedStyle(place).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement, words = walk.currentNode.textContent.trim();
  if (!words || !element.checkVisibility({visibilityProperty: true}) || element.closest("noscript, script, style, option, :disabled")) continue;
  const style = getComputedStyle(element), back = behind(element), ink = over(parse(style.color), back);
  const [light, dark] = [luminance(ink), luminance(back)].sort((a, b) => b - a), ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (isLarge ? 3 : 4.5)) found.push(`${words.slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return found;
