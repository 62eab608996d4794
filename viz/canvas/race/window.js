// Windows onto a surface: [[x low, x high], [y low, y high]].

const FARTHEST = 1e6; // a path that flies out does not decide what is seen

/** The same middle, factor times as wide and high. */
export function nearer(bounds, factor) {
  return bounds.map(([low, high]) => {
    const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
    return [middle - half, middle + half];
  });
}

/** All positions [x, y, x, y, ...] with some air around them. */
export function around(positions) {
  return [0, 1].map((k) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = k; i < positions.length; i += 2) {
      if (Math.abs(positions[i]) < FARTHEST) [low, high] = [Math.min(low, positions[i]), Math.max(high, positions[i])];
    }
    const air = 0.08 * (high - low) || 0.5;
    return [low - air, high + air];
  });
}
