/* The rows of the journal as they come. A lost stream is taken up again where it was: a browser sends the number of the last event
   that it has got (Last-Event-ID), and what comes twice all the same is left out. */

export function follow(take, changed) {
  const feed = {last: 0, close: () => feed.source.close(), again: () => connect()};
  function connect() {
    const source = feed.source = new EventSource("feed");
    source.onopen = () => changed("live");
    source.onerror = () => changed(source.readyState === EventSource.CLOSED ? "over" : "lost");
    source.onmessage = (event) => {
      const rows = JSON.parse(event.data).filter((row) => row.n > feed.last);
      feed.last = Math.max(feed.last, Number(event.lastEventId));
      if (rows.length) take(rows);
    };
    source.addEventListener("end", () => {
      source.close();
      changed("over");
    });
  }
  connect();
  return feed;
}
