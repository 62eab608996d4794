// What a tab remembers through a reload: its run, whether it played, and how it is looked at; and what a browser keeps.

const PREFIX = "gradient-flow-lab.";

export function stored(key) {
  return find(() => sessionStorage, key);
}

export function store(key, value) {
  put(() => sessionStorage, key, value);
}

/** What the browser keeps for all its tabs, and for tomorrow. */
export function kept(key) {
  return find(() => localStorage, key);
}

export function keep(key, value) {
  put(() => localStorage, key, value);
}

function find(room, key) {
  try {
    return JSON.parse(room().getItem(PREFIX + key));
  } catch {
    return null;
  }
}

/** A browser that forbids storage only loses the reload's memory. */
function put(room, key, value) {
  try {
    room().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    return;
  }
}
