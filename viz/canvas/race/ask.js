// Questions to the race's process. The newest of a kind wins: one is on its way, at most one waits.

import { decode } from "../../wire/payload.js";

const TRIES = [400, 1500, 4000]; // ms until a question is put again when the process starts anew

export class AskError extends Error {
  /** about: what the server said: {error, field, option, position}. */
  constructor(status, about) {
    super(about.error ?? "the race could not be computed");
    this.status = status;
    this.about = about;
  }
}

export class Asker {
  constructor(base, token) {
    this.address = `${base}/race/ask/${token}`;
    this.waiting = new Map();
    this.bytes = 0;
  }

  /** `told(answer, question)` or `refused(error, question)` is called for the newest question of its kind. */
  newest(kind, question, told, refused) {
    const slot = this.waiting.get(kind) ?? { busy: false, next: null };
    this.waiting.set(kind, slot);
    slot.next = { question: { ask: kind, ...question }, told, refused };
    if (!slot.busy) this.#run(slot);
  }

  /** Whether a question of this kind is on its way or waits. */
  busy(kind) {
    return this.waiting.get(kind)?.busy ?? false;
  }

  async #run(slot) {
    slot.busy = true;
    while (slot.next) {
      const { question, told, refused } = slot.next;
      slot.next = null;
      try {
        const answer = await this.#patiently(question, slot);
        if (answer && (!slot.next || question.budget)) told(answer, question);
      } catch (error) {
        if (!slot.next) refused(error, question);
      }
    }
    slot.busy = false;
  }

  async #patiently(question, slot) {
    for (const pause of [...TRIES, null]) {
      try {
        return await this.#once(question);
      } catch (error) {
        const passing = [409, 429, 503].includes(error.status) || error instanceof TypeError;
        if (!passing || pause === null) throw error;
        await new Promise((done) => setTimeout(done, error.status === 429 ? 150 : pause));
        if (slot.next) return null;
      }
    }
    return null;
  }

  async #once(question) {
    const began = performance.now();
    const reply = await fetch(this.address, { method: "POST", body: JSON.stringify(question) });
    if (!reply.ok || reply.headers.get("content-type")?.startsWith("application/json")) {
      const about = await reply.json().catch(() => ({}));
      throw new AskError(about.status ?? reply.status, about);
    }
    const buffer = await reply.arrayBuffer();
    this.bytes += buffer.byteLength;
    return { ...decode(buffer), took: performance.now() - began };
  }
}
