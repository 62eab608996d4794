// The fitting scale of a surface's values (viz/race/scale.py decides it), and the contours on it.

/** {low, high, bend: number or null} -> where values stand, 0 at low and 1 at high, and back. */
export function scaleOf({ low, high, bend }) {
  const span = high - low;
  if (bend === null) return { place: (value) => (value - low) / span, value: (place) => low + place * span };
  const whole = Math.asinh(span / bend);
  return {
    place: (value) => Math.asinh((value - low) / bend) / whole,
    value: (place) => low + bend * Math.sinh(place * whole),
  };
}

/** Line segments [x0, y0, x1, y1, ...], in grid cells, where the n x n places cross a level (marching squares). */
export function contour(places, n, level) {
  const segments = [];
  for (let j = 0; j < n - 1; j++) {
    for (let i = 0; i < n - 1; i++) {
      const a = places[j * n + i];
      const b = places[j * n + i + 1];
      const c = places[(j + 1) * n + i + 1];
      const d = places[(j + 1) * n + i];
      const above = Number(a > level) + Number(b > level) + Number(c > level) + Number(d > level);
      if (above === 0 || above === 4 || Number.isNaN(a + b + c + d)) continue;
      const crossings = [];
      if (a > level !== b > level) crossings.push(i + (level - a) / (b - a), j);
      if (b > level !== c > level) crossings.push(i + 1, j + (level - b) / (c - b));
      if (d > level !== c > level) crossings.push(i + (level - d) / (c - d), j + 1);
      if (a > level !== d > level) crossings.push(i, j + (level - a) / (d - a));
      if (crossings.length === 8) segments.push(...paired(crossings, (a + b + c + d) / 4 > level === a > level));
      else segments.push(...crossings);
    }
  }
  return segments;
}

/**
 * At a saddle cell the four crossings (below, right, above, left) pair up as the middle of the cell says.
 *
 * @param {number[]} crossings
 * @param {boolean} joinsA
 */
function paired([x0, y0, x1, y1, x2, y2, x3, y3], joinsA) {
  return joinsA ? [x0, y0, x1, y1, x2, y2, x3, y3] : [x0, y0, x3, y3, x1, y1, x2, y2];
}
