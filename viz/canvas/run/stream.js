// The way to one run: a websocket, its reconnecting, and HTTP polling where websockets are blocked.

const GONE = 4404; // the host has no such run: nobody watched it for about two minutes, or the server was started anew
const PING_EVERY = 4000;
const SILENCE = 13000;
const LONGEST_WAIT = 4000;
const REFUSALS = 3; // openings that fail before polling is tried
const POLL_EVERY = 110;

export class Stream {
  /** base: the server's base path; token: the run's; place: where the server has such runs. */
  constructor(base, token, place = "live") {
    this.base = base;
    this.token = token;
    this.place = place;
    this.status = null;
    this.turn = 0; // grows with every way tried and at the end: whatever belongs to an older turn is ignored
  }

  /**
   * `on` is {message(object), frame(bytes), status(word), held()}: frames arrive in order; the words are "connecting",
   * "open", "polling", "reconnecting", "gone", and "anew" where the server began after this page last heard of it; `held()` is the newest frame here, {epoch, step}, or null.
   */
  open(on) {
    this.on = on;
    this.failures = 0;
    this.everOpen = false;
    this.lived = Infinity; // when the server was last heard, as of Date.now(), which goes on while the machine sleeps
    this.#become("connecting");
    this.#connect();
  }

  close() {
    this.turn += 1;
    clearTimeout(this.timer);
    clearInterval(this.heart);
    this.polling = false;
    this.socket?.close(1000);
    this.socket = null;
  }

  #become(status) {
    if (this.status === status) return;
    this.status = status;
    this.on.status(status);
  }

  /** One verb to the run. Lost while disconnected: the page shows that it is. */
  send(verb) {
    if (this.polling) this.#post(verb);
    else if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(verb));
  }

  #url(kind) {
    return new URL(`${this.base}/${this.place}/${kind}/${encodeURIComponent(this.token)}`, document.baseURI);
  }

  #connect() {
    const turn = ++this.turn;
    const url = this.#url("stream");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url.href);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heard = performance.now();
    let waiting = []; // frames that arrive while older ones are fetched

    socket.onopen = () => {
      if (turn !== this.turn) return;
      this.failures = 0;
      this.everOpen = true;
      this.#become("open");
      this.#listen(turn);
      this.#backlog(turn).finally(() => {
        if (turn !== this.turn) return;
        for (const bytes of waiting) this.on.frame(bytes);
        waiting = null;
      });
    };
    socket.onmessage = ({ data }) => {
      if (turn !== this.turn) return;
      this.heard = performance.now();
      this.lived = Date.now();
      if (typeof data === "string") this.#tell(data);
      else if (waiting) waiting.push(data);
      else this.on.frame(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (turn !== this.turn) return;
      clearInterval(this.heart);
      if (code === GONE) this.#miss(Number(reason || Infinity));
      else this.#again();
    };
  }

  #tell(text) {
    try {
      this.on.message(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  /** There is no such run; `up` are the seconds for which the server runs, Infinity where it does not say. */
  #miss(up) {
    this.#end(Date.now() - 1000 * up > this.lived ? "anew" : "gone");
  }

  #end(status) {
    this.close();
    this.#become(status);
  }

  #again() {
    this.failures += 1;
    this.turn += 1;
    if (!this.everOpen && this.failures >= REFUSALS) {
      this.#poll();
      return;
    }
    if (this.everOpen) this.#become("reconnecting");
    const wait = Math.min(LONGEST_WAIT, 250 * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.#connect(), wait);
  }

  /** A network that swallows packets never closes a socket: silence does. */
  #listen(turn) {
    clearInterval(this.heart);
    this.heart = setInterval(() => {
      if (turn !== this.turn) return;
      if (performance.now() - this.heard > SILENCE && !document.hidden) {
        this.socket.onclose = null;
        this.socket.close();
        clearInterval(this.heart);
        this.#again();
      } else {
        this.send({ do: "ping", t: Math.round(performance.now()) });
      }
    }, PING_EVERY);
  }

  /** The frames since the last one held: after a reload the whole run, after a drop what was missed. */
  async #backlog(turn) {
    try {
      const answer = await fetch(this.#frames());
      if (!answer.ok || turn !== this.turn) return;
      const [, ...frames] = split(await answer.arrayBuffer()); // the stream itself says the rest
      this.#take(frames, turn);
    } catch {
      // What is missing is only history: the stream itself goes on.
    }
  }

  /** The frames of the path that the run left last, which this page has not seen. */
  async left() {
    try {
      const answer = await fetch(this.#url("left"));
      return answer.ok ? [...split(await answer.arrayBuffer())] : [];
    } catch {
      return [];
    }
  }

  #frames(said = 0) {
    const url = this.#url("frames");
    const newest = this.on.held();
    const asked = newest ? { after: newest.step, epoch: newest.epoch, said } : { after: -1, said };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url;
  }

  #take(frames, turn) {
    let count = 0;
    for (const bytes of frames) {
      if (turn !== this.turn) return count;
      this.on.frame(bytes);
      count += 1;
    }
    return count;
  }

  async #poll() {
    const turn = ++this.turn;
    this.polling = true;
    let quiet = 0;
    let said = 0;
    while (turn === this.turn) {
      try {
        const answer = await fetch(this.#frames(said));
        if (turn !== this.turn) return;
        if (answer.status === 404) return this.#miss(Number(answer.headers.get("X-Server-Up") ?? Infinity));
        if (!answer.ok) throw new TypeError(`HTTP ${answer.status}`);
        this.#become("polling");
        this.lived = Date.now();
        said = Number(answer.headers.get("X-Live-Said"));
        const [told, ...frames] = split(await answer.arrayBuffer());
        if (turn !== this.turn) return;
        for (const message of JSON.parse(new TextDecoder().decode(told))) this.on.message(message);
        const count = this.#take(frames, turn);
        quiet = count ? 0 : Math.min(quiet + 1, 6);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        this.#become("reconnecting");
        quiet = 10;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY * (1 + quiet)));
    }
  }

  async #post(verb) {
    try {
      await fetch(this.#url("do"), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(verb),
      });
    } catch {
      this.#become("reconnecting");
    }
  }
}

/** The parts of one answer, what was said and each frame: their length goes before them (uint32, little-endian). */
export function* split(buffer) {
  const view = new DataView(buffer);
  for (let at = 0; at + 4 <= buffer.byteLength; ) {
    const length = view.getUint32(at, true);
    yield buffer.slice(at + 4, at + 4 + length);
    at += 4 + length;
  }
}
