// What a tab remembers through a reload: its run, whether it played, and how it is looked at.

const PREFIX = "gradient-flow-lab.";

export function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

/** A browser that forbids storage only loses the reload's memory. */
export function store(key, value) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    return;
  }
}
