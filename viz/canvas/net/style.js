// The list's style sheet. Colors come as --ink-* from viz/theme.py, the font from the page.

import { FONT } from "../place.js";

export const STYLE = `
* { box-sizing: border-box; }
.head { margin-bottom: 8px; color: var(--ink-text); font: 400 14px/1.35 ${FONT}; }
.nets { display: flex; flex-wrap: wrap; gap: 6px; }
.nets:empty, .said:empty { display: none; }
.said { margin: 8px 0; color: var(--ink-muted); font-size: 13px; max-width: 75ch; }
.net {
  display: flex; gap: 6px; align-items: baseline; max-width: 100%; padding: 4px 12px; font: inherit; font-size: 13px; color: inherit;
  background: none; border: 1px solid var(--ink-grid); border-radius: 16px; cursor: pointer;
}
.nets select, .away {
  max-width: 100%; padding: 4px 12px; font: inherit; font-size: 13px; color: inherit; background: var(--ink-background);
  border: 1px solid var(--ink-grid); border-radius: 6px; cursor: pointer;
}
.away { color: var(--ink-muted); }
.away[hidden] { display: none; }
.nets select:focus-visible, .away:focus-visible { outline: 2px solid var(--ink-activation); outline-offset: 2px; }
.net:hover { background: var(--ink-raised); }
.net:focus-visible { outline: 2px solid var(--ink-activation); outline-offset: 2px; }
.net[aria-pressed=true] { border-color: var(--ink-text); background: var(--ink-raised); }
.name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.words { color: var(--ink-muted); font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.state { color: var(--ink-muted); }
[data-live=true] .state { color: var(--ink-ok); }
`;
