// The way to the race's process: one question by POST, one answer back.

import { say } from "../language.js";
import { decode } from "../../wire/payload.js";

export class AskError extends Error {
  /** about: what the server said: {error, field, option, position}, and {sentences: {error}} where it can be said anew. */
  constructor(status, about) {
    super(say(about.sentences?.error ?? about.error ?? "the race could not be computed"));
    this.status = status;
    this.about = about;
  }
}

/** A source for the race's view. */
export class Post {
  constructor(base, token) {
    this.address = `${base}/race/ask/${token}`;
  }

  /** Nobody speaks unasked. */
  open() {}

  close() {}

  /** A question -> a promise of its answer {header, arrays, took}; AskError when it is refused, TypeError without a way. */
  async send(question) {
    const began = performance.now();
    const reply = await fetch(this.address, { method: "POST", body: JSON.stringify(question) });
    if (!reply.ok || reply.headers.get("content-type")?.startsWith("application/json")) {
      const about = await reply.json().catch(() => ({}));
      throw new AskError(about.status ?? reply.status, about);
    }
    const buffer = await reply.arrayBuffer();
    return { ...decode(buffer), took: performance.now() - began };
  }
}
