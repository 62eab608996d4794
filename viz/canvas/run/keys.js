// What keys do in a live view: arrows go step by step, or moment by moment; Ctrl+Z undoes; space plays and pauses. P is for
// a projector, where arrows go from panel to panel and Escape leaves. On the slider arrows are always steps: by itself it
// would go to the next number, and of a long run not every step is kept.

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const STEPS_ON_SLIDER = { ...STEPS, ArrowUp: 1, ArrowDown: -1 };
const ON = ["ArrowRight", "ArrowDown", "PageDown"];
const BACK = ["ArrowLeft", "ArrowUp", "PageUp"];

/** What a key means for a projector: the panel to show, "" for all of them, null where it means nothing. */
function projected(view, { key, ctrlKey, metaKey, altKey }) {
  const { projector } = view.screen;
  if (ctrlKey || metaKey || altKey) return null;
  if (key.toLowerCase() === "p") return projector.other;
  if (!projector.panel) return null;
  return key === "Escape" ? "" : ON.includes(key) ? projector.beyond(1) : BACK.includes(key) ? projector.beyond(-1) : null;
}

/** Hears keys in the view and, while one panel fills the screen, wherever the page has the focus. */
export function listen(view, root) {
  const elsewhere = (event) => {
    if (!root.isConnected) document.removeEventListener("keydown", elsewhere);
    else if (view.screen.projector.panel && !event.composedPath().includes(root)) press(view, event);
  };
  root.addEventListener("keydown", (event) => press(view, event));
  document.addEventListener("keydown", elsewhere);
}

/** A key was pressed somewhere in the view. */
function press(view, event) {
  const target = event.composedPath()[0];
  const isSlider = target.type === "range";
  const isField = ["INPUT", "SELECT"].includes(target.tagName) && !isSlider;
  const way = isField ? undefined : (isSlider ? STEPS_ON_SLIDER : STEPS)[event.key];
  const panel = isField || (isSlider && way) ? null : projected(view, event);
  if (panel !== null) {
    event.preventDefault();
    view.screen.project(panel);
    return;
  }
  if (event.key === "Escape") view.screen.verdict.fold();
  if (way) {
    event.preventDefault();
    go(view, way, isSlider);
    return;
  }
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && (isSlider || target.tagName !== "INPUT")) {
    event.preventDefault();
    if (view.run.branches && view.run.changes.length) view.branch({ settings: "undo" });
    return;
  }
  if (event.key !== " " || isField || target.tagName === "BUTTON") return;
  event.preventDefault();
  view.toggle();
}

/** One step on or back; of a step in slow motion one moment. */
function go(view, way, isSlider) {
  const { slow } = view.screen;
  if (slow.isOpen && !isSlider) slow.move(way);
  else if (way < 0) view.lookAt(view.run.step - 1);
  else view.stepOn();
}
