// The drawing's style sheet. Colors come as --ink-* from viz/theme.py, the font from the page.

import { FONT } from "../place.js";

export const STYLE = `
* { box-sizing: border-box; }
.sketch { color: var(--ink-text); font: 400 14px/1.35 ${FONT}; }
.title { margin: 0 0 4px; font-weight: 600; }
svg { display: block; width: 100%; overflow: visible; cursor: crosshair; touch-action: none; user-select: none; -webkit-user-select: none; }
text { font: 400 12px ${FONT}; fill: var(--ink-muted); }
.grid { stroke: var(--ink-grid); }
.frame { stroke: var(--ink-axis); }
.curve { fill: none; stroke-width: 2; }
.drawn { stroke: var(--ink-theory); stroke-dasharray: 2 4; stroke-linecap: round; }
.knob { fill: var(--ink-background); stroke: var(--ink-theory); stroke-width: 2; outline: none; cursor: ns-resize; }
.knob.waits { stroke-dasharray: 2 2; }
.knob:focus-visible { fill: var(--ink-activation); stroke: var(--ink-activation); }
.one { fill: var(--ink-theory); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 4px 0 0; padding: 0; list-style: none; color: var(--ink-muted); font-size: 13px; }
.legend svg { display: inline-block; width: 26px; height: 10px; margin-right: 6px; }
.hint { margin: 2px 0 0; color: var(--ink-muted); font-size: 13px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media print {
  .hint, .knob.waits { display: none; }
}
`;
