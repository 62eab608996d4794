// What keys do in a live view: arrows go step by step, or moment by moment; Ctrl+Z undoes; space plays and pauses.

/** A key was pressed somewhere in the view. */
export function press(view, event) {
  const target = event.composedPath()[0];
  if (["ArrowLeft", "ArrowRight"].includes(event.key) && !["INPUT", "SELECT"].includes(target.tagName)) {
    event.preventDefault();
    const { slow } = view.screen;
    if (slow.isOpen) slow.move(event.key === "ArrowLeft" ? -1 : 1);
    else if (event.key === "ArrowLeft") view.lookAt(view.run.step - 1);
    else view.stepOn();
    return;
  }
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && target.tagName !== "INPUT") {
    event.preventDefault();
    if (view.run.branches && view.run.changes.length) view.branch({ settings: "undo" });
    return;
  }
  if (event.key !== " " || ["BUTTON", "SELECT", "INPUT"].includes(target.tagName)) return;
  event.preventDefault();
  view.toggle();
}
