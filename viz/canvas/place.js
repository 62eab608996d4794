// The page around a view. What Streamlit and notebooks call things stands here alone; on any other page there is a way without.

export const FONT = "var(--st-font, system-ui, sans-serif)";
export const CODE_FONT = "var(--st-code-font, monospace)";

const BEHIND = ["--st-background-color", "--jp-layout-color0", "--vscode-editor-background"]; // as pages name it

/** The color behind an element as CSS has it, "" where the page says none. */
export function background(element) {
  const style = getComputedStyle(element);
  return BEHIND.map((name) => style.getPropertyValue(name).trim()).find(Boolean) ?? painted(element);
}

/** What the nearest element around it is painted with. */
function painted(element) {
  for (let node = element; node; node = node.parentNode ?? node.host) {
    const color = node instanceof Element ? getComputedStyle(node).backgroundColor : "";
    if (color && !/^rgba\(.*, 0\)$/.test(color)) return color;
  }
  return "";
}

/** Whether the page's settings are out of sight, behind the button at its top: so on a phone, or where somebody closed them. */
export function hidesSettings() {
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  return sidebar !== null && sidebar.getBoundingClientRect().right <= 1;
}

/** Scrolls to the part of the page that has this key, where there is one. */
export function bringInSight(key) {
  document.querySelector(`.st-key-${key}`)?.scrollIntoView({ behavior: "smooth" });
}

/**
 * Calls `resized` when the room for these elements in `el` may be another: also when what stands above the view on the
 * page comes or goes. Gives what ends it.
 */
export function watchRoom(el, elements, resized) {
  const watch = new ResizeObserver(resized);
  const page = el.closest("[data-testid=stMainBlockContainer]");
  for (const each of [...elements, page]) if (each) watch.observe(each);
  window.addEventListener("resize", resized);
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", resized);
  };
}
