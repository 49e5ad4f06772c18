/* The rows of the journal as they come. A browser takes a lost stream up again by itself, where it was (Last-Event-ID). */

export function follow(take, changed) {
  const source = new EventSource("feed");
  source.onopen = () => changed("live");
  source.onerror = () => changed(source.readyState === EventSource.CLOSED ? "over" : "lost");
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.addEventListener("end", () => {
    source.close();
    changed("over");
  });
  return source;
}
