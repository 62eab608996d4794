// A race's numbers, as viz/race/payload.py packs them: one JSON header, then arrays.

import { WireError } from "./error.js";

const MAGIC = "GFR1";
const GRAIN = 32766;

/** ArrayBuffer -> {header, arrays: {name: {shape, data}}}; WireError for anything else. */
export function decode(buffer) {
  const view = new DataView(buffer);
  const magic = buffer.byteLength < 8 ? "" : String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (magic !== MAGIC) throw new WireError("these bytes are no race");
  const start = 8 + view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const arrays = {};
  for (const [name, about] of Object.entries(header.arrays)) {
    arrays[name] = { shape: about.shape, data: read(view, start + about.at, about) };
  }
  return { header, arrays };
}

function read(view, at, { coding, shape, low, high }) {
  const count = shape.reduce((a, b) => a * b, 1);
  if (coding === "f4") return Float32Array.from({ length: count }, (_, i) => view.getFloat32(at + 4 * i, true));
  if (coding === "index") return Int16Array.from({ length: count }, (_, i) => view.getInt16(at + 2 * i, true));
  const codes = Uint16Array.from({ length: count }, (_, i) => view.getUint16(at + 2 * i, true));
  if (coding === "unit16") return Float32Array.from(codes, (code) => (code === 65535 ? NaN : code / 65534));
  if (coding === "log16") return Float64Array.from(codes, (code) => unlog(code, low, high));
  throw new WireError("unknown coding {coding}", { coding });
}

function unlog(code, low, high) {
  if (code < 2) return code === 0 ? 0 : NaN;
  const size = 2 ** (low + (((code - 2) >> 1) * (high - low)) / GRAIN);
  return code & 1 ? -size : size;
}
