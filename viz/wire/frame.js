// One frame from bytes: the twin of frame.py, which describes the format. Its columns are told by the hello.

import { WireError } from "./error.js";

const VERSION = 1;
const BINS = 64;
const HEAD = 88;
const RECORD = 100;
const FINITE = 1;
const LINEAR = 2;
const NO_STEP = 2 ** 32 - 1;

/** How a column of each kind travels. */
const TYPES = { mean: Float64Array, log10: Float32Array, fraction: Float32Array };

/** Bytes of a frame with this many weight layers. */
export function size(layers, columns) {
  const row = columns.reduce((bytes, { kind }) => bytes + TYPES[kind].BYTES_PER_ELEMENT, 0);
  return HEAD + layers * (row + 2 * RECORD);
}

/** The epoch that a frame, or a head, is of. */
export function epochOf(bytes) {
  const { buffer, start } = aligned(bytes);
  return new DataView(buffer, start).getUint32(8, true);
}

/**
 * The frame in an ArrayBuffer (or a Uint8Array), with the columns that its run's hello told: [{key, kind}].
 * Its typed arrays are views of those bytes, nothing is copied.
 * Logarithms: -Infinity says exactly 0, NaN says that there is none. Throws WireError when it is no whole frame.
 */
export function decode(bytes, columns) {
  const { buffer, start, length } = aligned(bytes);
  const view = new DataView(buffer, start, length);
  if (length < HEAD || view.getUint8(0) !== 71 || view.getUint8(1) !== 70) {
    throw new WireError("{length} bytes that do not begin with a frame's header", { length });
  }
  const version = view.getUint8(2);
  if (version !== VERSION || view.getUint16(6, true) !== BINS) {
    throw new WireError("a frame of version {version}; this page reads version {own}: reload it", { version, own: VERSION });
  }
  const layers = view.getUint16(4, true);
  const whole = size(layers, columns);
  if (length !== whole) throw new WireError("{length} bytes for {layers} layers, which take {whole}", { length, layers, whole });

  const flags = view.getUint8(3);
  const linear = (flags & LINEAR) !== 0;
  const testStep = view.getUint32(72, true);
  const frame = {
    layers,
    epoch: view.getUint32(8, true),
    step: view.getUint32(12, true),
    finite: (flags & FINITE) !== 0,
    linear,
    loss: view.getFloat64(16, true),
    gradient_norm: view.getFloat64(24, true),
    gradient_norm_clipped: view.getFloat64(32, true),
    test_loss: view.getFloat64(40, true),
    lr: view.getFloat64(48, true),
    made_at: view.getFloat64(56, true),
    accuracy: view.getFloat32(64, true),
    test_accuracy: view.getFloat32(68, true),
    test_step: testStep === NO_STEP ? null : testStep,
    steps_per_second: view.getFloat32(76, true),
    frames_per_second: view.getFloat32(80, true),
    weight_norm: view.getFloat32(84, true),
    stats: {},
  };
  let at = start + HEAD;
  for (const { key, kind } of columns) {
    frame.stats[key] = new TYPES[kind](buffer, at, layers);
    at += frame.stats[key].byteLength;
  }
  frame.activations = histograms(buffer, at, layers, linear);
  frame.gradients = histograms(buffer, at + RECORD * layers, layers, linear);
  return frame;
}

/** A bin's count, about: one byte holds the root of its share of the peak. */
export function count(histogram, bin) {
  return (histogram.codes[bin] / 255) ** 2 * histogram.peak;
}

function aligned(bytes) {
  if (bytes instanceof ArrayBuffer) return { buffer: bytes, start: 0, length: bytes.byteLength };
  const copy = bytes.byteOffset % 8 ? bytes.slice() : bytes;
  return { buffer: copy.buffer, start: copy.byteOffset, length: copy.byteLength };
}

function histograms(buffer, start, layers, linear) {
  return Array.from({ length: layers }, (_, layer) => histogram(buffer, start + layer * RECORD, linear));
}

function histogram(buffer, at, linear) {
  const view = new DataView(buffer, at, RECORD);
  const float = (offset) => view.getFloat32(offset, true);
  const whole = (offset) => view.getUint32(offset, true);
  const unit = float(8);
  return {
    low: value(float(0), unit, linear),
    high: value(float(4), unit, linear),
    threshold: linear ? 0 : value(1, unit, linear),
    peak: whole(12),
    total: whole(16),
    zeros: whole(20),
    underflow: whole(24),
    nan: whole(28),
    inf: whole(32),
    codes: new Uint8Array(buffer, at + 36, BINS),
  };
}

// The inverse of the symmetric-log position s(v), with the power taken once so that neither factor overflows alone.
function value(position, unitLog10, linear) {
  if (position === 0 || unitLog10 === -Infinity) return 0;
  const size = Math.abs(position);
  if (linear || size <= 1) return position * 10 ** unitLog10;
  return Math.sign(position) * 10 ** (unitLog10 + size - 1);
}
