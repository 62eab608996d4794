// Many frames of one run from one file's bytes: the twin of recording.py, which describes the format.

import { WireError } from "./error.js";

const START = 20;
const STEP = 12; // where a frame says its step

/** Bytes -> a promise of its frames by their steps, an ArrayBuffer each; WireError for anything else. */
export async function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < START || String.fromCharCode(...bytes.subarray(0, 4)) !== "GFB1") {
    throw new WireError("these bytes are no recording");
  }
  const [wholes, size, heads, head] = [4, 8, 12, 16].map((at) => view.getUint32(at, true));
  const columns = await inflated(bytes.subarray(START));
  const frames = [
    ...rows(columns.subarray(0, wholes * size), wholes, size),
    ...rows(columns.subarray(wholes * size), heads, head),
  ];
  const step = (frame) => new DataView(frame).getUint32(STEP, true);
  return frames.map((frame) => ({ frame, at: step(frame) })).sort((a, b) => a.at - b.at).map(({ frame }) => frame);
}

/** What zlib packed -> a promise of the bytes. */
export async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function rows(columns, count, size) {
  const frames = Array.from({ length: count }, () => new Uint8Array(size));
  for (let at = 0; at < size; at++) {
    for (let row = 0; row < count; row++) frames[row][at] = columns[at * count + row];
  }
  return frames.map((frame) => frame.buffer);
}

/** base64 as a file holds it -> its bytes. */
export function bytesOf(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
