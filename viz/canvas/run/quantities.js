// What is measured of each layer, as the hello tells it: the columns of a frame, see viz/wire/table.py.

/** The columns that a panel draws, in the order of its menu. */
export function columnsOf(panel, hello) {
  return (hello?.columns ?? []).filter((column) => column.panel === panel);
}

/** The column of this key, or the panel's first. */
export function columnOf(panel, hello, key) {
  const drawn = columnsOf(panel, hello);
  return drawn.find((column) => column.key === key) ?? drawn[0];
}

/** What tells of a panel's columns: the run, or where it has none of them the one beside it. */
export function tells(panel, hello, other) {
  return other && !columnsOf(panel, hello).length ? other : hello;
}

/** A theory's log10 values [layers] for a column, or null. Relative ones start from the measured output layer. */
export function theoryOf(column, hello, stats) {
  const values = column?.theory && hello?.theory ? hello.theory[column.theory] : null;
  if (!values || !values.some((value) => value !== null)) return null;
  const anchor = column.relative ? anchorOf(column, values, stats) : 0;
  return values.map((value) => (value === null ? NaN : Math.log10(value) + anchor));
}

function anchorOf(column, values, stats) {
  const last = stats[column.key].length - 1;
  return stats[column.key][last] - Math.log10(values[last] ?? NaN);
}
