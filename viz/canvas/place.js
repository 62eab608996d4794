// The page around a view. What Streamlit calls things stands here alone; on any other page there is a way without.

export const FONT = "var(--st-font, system-ui, sans-serif)";
export const CODE_FONT = "var(--st-code-font, monospace)";

/** The color behind an element as CSS has it, "" where the page says none. */
export function background(element) {
  return getComputedStyle(element).getPropertyValue("--st-background-color");
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
