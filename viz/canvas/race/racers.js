// Who runs, with card, color and path together: what all pictures draw.

import { say } from "../language.js";

const LETTERS = "ABCDEFGHIJ";
const DASHES = [[], [8, 4]]; // neighbors differ, so that one path on top of another shows both

/** One for each run that is on and has a path; `chosen` is the index of the open card in race.runs. */
export function racersOf({ race, paths, ink, entries, chosen }) {
  if (!paths) return [];
  const on = race.runs.map((run, index) => ({ run, index })).filter(({ run }) => run.on);
  return on.slice(0, paths.arrays.positions.shape[0]).map(({ run, index }, row) => racer(paths, row, {
    index, row, run,
    ...looks(index, ink), name: nameOf(index, entries[run.optimizer]),
    chosen: index === chosen,
  }));
}

/** What a card and its racer are called everywhere: two may have the same optimizer. */
export function nameOf(index, { label }) {
  return say("{letter} {optimizer}", { letter: LETTERS[index], optimizer: say(label) });
}

/** Letter, color and dash of a card, by its place. */
export function looks(index, ink) {
  return { letter: LETTERS[index], color: ink.series[index % ink.series.length], dash: DASHES[index % DASHES.length] };
}

/**
 * Who has the lowest value at a step, of those who have not failed by then; null when there is nobody.
 *
 * Who swings to and fro across a minimum hits it at single steps: as low as that it is not.
 */
export function leader(racers, step) {
  const low = (racer) => held((t) => racer.gap(t), step, racer.last);
  return racers.filter((racer) => !racer.failed(step)).reduce((lead, racer) => (!lead || low(racer) < low(lead) ? racer : lead), null);
}

/** A number at step t as far as it is more than a dip of this one step: the lower one of those beside it at least. */
export function held(read, t, last) {
  const before = read(t - 1);
  if (t < 1) return read(t);
  if (t < last) return Math.max(read(t), Math.min(before, read(t + 1)));
  return t > 1 && read(t - 2) < before ? Math.max(read(t), before) : read(t); // it rose, and so will again
}

function racer({ header, arrays }, row, about) {
  const { data: positions } = arrays.positions;
  const length = header.steps + 1;
  const gaps = arrays.gaps.data.subarray(row * length, (row + 1) * length);
  const distances = arrays.distances?.data.subarray(row * length, (row + 1) * length);
  const lengths = arrays.lengths.data.subarray(row * header.steps, (row + 1) * header.steps);
  const divergedAt = header.diverged_at[row];
  const goneAt = header.gone_at[row];
  const last = divergedAt >= 0 ? Math.max(0, divergedAt - 1) : header.steps;
  const here = (t) => 2 * (row * length + Math.max(0, Math.min(last, t)));
  return {
    ...about, last, divergedAt, goneAt, undefined: header.undefined[row],
    /** Whether it is out of the race by this step: its path has ended, or it is gone for good. */
    failed: (t) => (divergedAt >= 0 && t >= divergedAt - 1) || (goneAt >= 0 && t >= goneAt),
    x: (t) => positions[here(t)],
    y: (t) => positions[here(t) + 1],
    gap: (t) => gaps[Math.min(last, t)],
    /** What is drawn on a log scale: above the lowest value, or below the start's where there is no lowest. */
    height: (t) => (header.falling ? -1 : 1) * gaps[Math.min(last, t)],
    value: (t) => header.lowest + gaps[Math.min(last, t)],
    distance: (t) => (distances ? distances[Math.min(last, t)] : NaN),
    /** How far the step from t to t + 1 goes. */
    length: (t) => lengths[Math.max(0, Math.min(last - 1, t))],
    /** What `at` says between two steps, in a straight line. */
    between(t, at) {
      const low = Math.min(last, Math.floor(t));
      const high = Math.min(last, low + 1);
      const [a, b] = [at(low), at(high)];
      return a.map((value, k) => value + (t - low) * (b[k] - value) * (high > low ? 1 : 0));
    },
  };
}
