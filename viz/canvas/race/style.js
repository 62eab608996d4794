// What the race view adds to the views' style sheet.

import { CODE_FONT } from "../place.js";

export const RACE_STYLE = `
.race { height: var(--fit, 800px); }
.race .main { grid-template-columns: minmax(0, 1fr) 452px; gap: 18px; }
.race .left, .race .right { display: flex; flex-direction: column; gap: 6px; min-height: 0; min-width: 0; }
.race .map .stage { touch-action: none; }
.race .map canvas { touch-action: none; cursor: crosshair; }
.race .map[data-view=relief] canvas { cursor: grab; }
.race .figure.leader { min-width: 150px; }
.race .figure.best { min-width: 92px; }
.race .figure.frames { margin-left: auto; }
.race .panel.curves { flex: 1 1 180px; min-height: 150px; }
.race .panel header { flex-wrap: wrap; row-gap: 4px; height: auto; min-height: 26px; }
.race .choice { flex: none; }
.race .choice button { white-space: nowrap; }
.problem {
  display: flex; gap: 10px; align-items: start; flex: none; padding: 5px 10px; border-left: 3px solid var(--ink-danger);
  background: var(--ink-raised); border-radius: 0 6px 6px 0; white-space: pre-wrap; font-size: 13px;
}
.problem.note { border-left-color: var(--ink-warning); }
.problem[hidden] { display: none; }
.problem code { font: 12px/1.3 ${CODE_FONT}; white-space: pre; overflow-x: auto; max-width: 100%; }
.lineup { display: flex; flex-direction: column; gap: 3px; flex: 0 1 auto; min-height: 0; overflow-y: auto; scrollbar-width: thin; }
.cards { display: flex; flex-direction: column; gap: 3px; }
.card { border: 1px solid var(--ink-grid); border-left: 4px solid var(--path); border-radius: 0 6px 6px 0; background: var(--ink-background); }
.card.open { border-color: var(--path); }
.card.off { opacity: .62; }
.card > header { display: grid; grid-template-columns: 18px minmax(0, 1fr) auto 62px 60px; align-items: center; gap: 7px; height: 30px; padding: 0 8px; }
.card .on { width: 15px; height: 15px; margin: 0; accent-color: var(--path); cursor: pointer; }
.card .title { display: flex; align-items: center; gap: 7px; min-width: 0; text-align: left; color: var(--path); font-weight: 600; font-size: 13.5px; }
.card .title span:last-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.badge { flex: none; width: 18px; height: 18px; border-radius: 50%; background: var(--path); color: var(--ink-background); font-size: 11px; font-weight: 700; display: grid; place-items: center; }
.rate { display: inline-flex; align-items: center; gap: 5px; }
.rate small { color: var(--ink-muted); font-size: 12px; }
.rate select, .rate input, .field input[type=text], .field select, .adder {
  background: var(--ink-background); border: 1px solid var(--ink-grid); border-radius: 5px; height: 23px; font-size: 12.5px; padding: 0 4px; color: inherit;
}
.rate select, .rate input { width: 70px; }
.card .value { font-variant-numeric: tabular-nums; text-align: right; font-size: 13px; cursor: help; }
.card .status { font-size: 12px; color: var(--ink-muted); cursor: help; white-space: nowrap; }
.card .status[data-tone=ok] { color: var(--ink-ok); font-weight: 600; }
.card .status[data-tone=danger] { color: var(--ink-danger); font-weight: 600; }
.card .status[data-tone=warning] { color: var(--ink-warning); font-weight: 600; }
.card .body { padding: 2px 10px 8px 10px; display: flex; flex-direction: column; gap: 5px; font-size: 13px; }
.card .body[hidden] { display: none; }
.card .body p { margin: 0; }
.card .words .help { margin-left: 4px; }
.card .limit:empty, .card .failure:empty { display: none; }
.card .failure { color: var(--ink-danger); }
.fields { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
.field { display: inline-flex; align-items: center; gap: 5px; font-size: 12.5px; color: var(--ink-muted); cursor: help; }
.field input[type=text] { width: 58px; color: var(--ink-text); }
.remove { float: right; margin: -2px -4px 0 4px; color: var(--ink-muted); width: 22px; height: 22px; border-radius: 50%; font-size: 16px; line-height: 1; }
.remove:hover { background: var(--ink-raised); color: var(--ink-danger); }
.rate.over select, .rate.over input { border-color: var(--ink-warning); color: var(--ink-warning); }
.tune { border: 1px solid var(--ink-grid); border-radius: 6px; height: 24px; padding: 0 8px; font-size: 12px; color: var(--ink-muted); white-space: nowrap; }
.tune:disabled { opacity: .5; cursor: default; }
.tune:hover { color: var(--ink-text); }
.tune[aria-pressed=true] { background: var(--ink-raised); color: var(--ink-text); font-weight: 600; }
.inside { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 14px; align-items: start; }
.inside .filled, .inside .caption { grid-column: 1 / -1; }
.inside[hidden] { display: none; }
.panel.vectors { flex: none; min-height: 0; }
.panel.vectors[hidden] { display: none; }
.panel.vectors .stage { height: 118px; flex: none; }
.panel.vectors header { height: 20px; }
.panel.vectors h2 { font-size: 12.5px; }
.panel.vectors canvas { cursor: default; }
.adder { align-self: flex-start; color: var(--ink-muted); flex: none; }
.hint { font-size: 12px; color: var(--ink-muted); flex: none; min-height: 17px; }
.filled { display: grid; gap: 2px; font-size: 13px; font-variant-numeric: tabular-nums; overflow-x: auto; }
.filled div { white-space: nowrap; }
.filled i { font-style: italic; }
.filled b { font-weight: 600; }
.numbers { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
.numbers th { text-align: left; font-weight: 400; color: var(--ink-muted); padding: 0; cursor: help; white-space: nowrap; }
.numbers td { text-align: right; padding: 0 0 0 8px; min-width: 62px; white-space: nowrap; }

@container (max-width: 1000px) {
  .hint { min-height: 34px; } /* two lines also where one is said: the map stays as large under the pointer */
}
@container (max-width: 900px) {
  .race .main { grid-template-columns: minmax(0, 1fr); }
  .race .main { flex: none; }
  .race .panel, .race .panel.curves, .lineup { flex: none; }
  .race .map .stage { height: min(96cqw, 620px); flex: none; }
  .race .panel.curves .stage { height: 200px; flex: none; }
  .lineup { overflow: visible; }
}
@container (max-width: 480px) {
  .card > header { grid-template-columns: 18px minmax(0, 1fr) auto 70px; gap: 6px; }
  .card > header { height: auto; padding: 4px 8px; row-gap: 0; }
  .card .title span:last-child { white-space: normal; }
  .card .status { grid-column: 2 / -1; }
  .card .status:empty { display: none; }
  .inside { grid-template-columns: minmax(0, 1fr); }
  .race .choice button { padding: 0 6px; }
  .race .figure.frames { display: none; }
  .rate select, .rate input { width: 66px; }
}
@container (max-width: 330px) {
  .card > header { grid-template-columns: 18px minmax(0, 1fr) auto; }
  .card .title { grid-column: 2 / -1; }
  .card .rate { grid-column: 2; }
}
.replay :is(.hint, .adder, .tune, .remove, [aria-label="Window"]) { display: none; }
.replay .stage canvas { cursor: default; }
`;
