// The views' style sheet. Colors come as --ink-* from viz/theme.py, the font from the page.

import { CODE_FONT, FONT } from "./place.js";
import { SCREEN_STYLE } from "./screens.js";

export const STYLE = `
:host { display: block; }
* { box-sizing: border-box; }
.view {
  position: relative; display: flex; flex-direction: column; gap: 6px;
  width: 100%; height: var(--fit, 760px); color: var(--ink-text);
  font: 400 14px/1.35 ${FONT}; outline: none; container-type: inline-size;
}
h2 { margin: 0; font-size: 13px; font-weight: 600; white-space: nowrap; }
button, select, input { font: inherit; color: inherit; }
button { cursor: pointer; background: none; border: 0; padding: 0; }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 2px solid var(--ink-activation); outline-offset: 2px; }
svg { width: 18px; height: 18px; fill: currentColor; display: block; }

.bar { display: flex; align-items: center; gap: 10px; flex: none; }
.play {
  width: 46px; height: 46px; border-radius: 50%; flex: none; display: grid; place-items: center;
  background: var(--ink-accent); color: var(--ink-on-accent); transition: transform 120ms;
}
.play svg { width: 22px; height: 22px; }
.play[data-shows=play] svg { transform: translateX(1px); }
.play:hover { transform: scale(1.05); }
.play:disabled { opacity: .35; cursor: default; transform: none; }
.small { width: 34px; height: 34px; border-radius: 50%; display: grid; place-items: center; flex: none; color: var(--ink-muted); }
.small:disabled { opacity: .35; cursor: default; }
.small:hover:enabled { background: var(--ink-raised); color: var(--ink-text); }
select {
  background: var(--ink-background); border: 1px solid var(--ink-grid); border-radius: 6px; padding: 1px 4px; height: 26px; font-size: 13px;
}
.bar select { height: 32px; padding: 2px 6px; }
.takes { position: relative; flex: none; }
.takes[hidden] { display: none; }
.takes summary { list-style: none; cursor: pointer; }
.takes summary::-webkit-details-marker { display: none; }
.takes summary:hover { background: var(--ink-raised); color: var(--ink-text); }
.takes .list {
  position: absolute; left: 0; top: 38px; z-index: 6; display: flex; flex-direction: column; padding: 4px; border-radius: 8px;
  background: var(--ink-background); border: 1px solid var(--ink-axis); box-shadow: 0 4px 16px rgb(0 0 0 / .16);
}
.takes .list > * { padding: 5px 12px; border-radius: 5px; text-align: left; white-space: nowrap; color: inherit; text-decoration: none; }
.takes .list > :hover, .takes .list > :focus-visible { background: var(--ink-raised); }
.unseen { position: absolute; left: 0; top: 0; width: 1px; height: 1px; margin: 0; padding: 0; overflow: hidden; clip-path: inset(50%); }
.figure { cursor: help; display: flex; flex-direction: column; min-width: 62px; padding-left: 8px; line-height: 1.2; white-space: nowrap; }
.figure small { font-size: 12px; color: var(--ink-muted); }
.figure b { font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure.step, .figure.loss, .figure.accuracy { min-width: 78px; }
.figure.test { min-width: 104px; }
.figure.norm { min-width: 96px; }
.figure.norm b, .figure.rate b, .figure.frames b, .figure.test b { font-weight: 400; font-size: 16px; line-height: 22px; }
.figure.rate { margin-left: auto; }

.room { height: calc(2.7em + 6px); }
:host([data-empty=true]) .room { height: auto; }
.verdict {
  display: flex; align-items: center; gap: 8px; min-height: calc(2.7em + 6px); padding: 3px 10px;
  border-left: 3px solid var(--tone); background: var(--ink-raised); border-radius: 0 6px 6px 0; --tone: var(--ink-axis);
}
.verdict.quiet .cures { --tone: var(--ink-text); } /* the line of a quiet verdict is too pale for a button */
.verdict.danger { --tone: var(--ink-danger); }
.verdict.warning { --tone: var(--ink-warning); }
.verdict.ok { --tone: var(--ink-ok); }
.verdict .sign, .verdict strong { color: var(--tone); }
.verdict.quiet :is(.words, strong) { color: var(--ink-muted); }
.verdict .text { min-width: 0; flex: 1 1 200px; }
.verdict:not(.whole) .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
:host([data-empty=true]) .verdict .text { display: inline; }
.verdict.whole { position: relative; z-index: 5; box-shadow: 0 4px 16px rgb(0 0 0 / .16); }
.answers { display: flex; align-items: center; justify-content: end; gap: 8px; flex: 0 1 auto; max-width: 50%; }
.verdict .reason { color: var(--ink-muted); }
.verdict progress { width: min(12rem, 100%); height: 6px; margin-left: 10px; vertical-align: middle; accent-color: var(--ink-text); }
.judgment { flex: none; }
.why { flex: none; text-decoration: underline; text-underline-offset: 3px; color: var(--ink-muted); font-size: 13px; }
.why:hover { color: var(--ink-text); }
.why[hidden], .details[hidden] { display: none; }
.details { max-height: 340px; overflow-y: auto; padding: 2px 12px 8px; border-left: 3px solid var(--ink-axis); background: var(--ink-raised); }
.reasons h3 { margin: 8px 0 2px; font-size: 13px; color: var(--ink-warning); }
.reasons .over h3 { color: var(--ink-muted); }
.reasons dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 12px; margin: 0; font-size: 13px; }
.reasons dt { color: var(--ink-muted); }
.reasons dd { margin: 0; overflow-wrap: anywhere; }
.readings { display: flex; flex-wrap: wrap; gap: 0 14px; color: var(--ink-muted); font-variant-numeric: tabular-nums; }
.readings b { color: var(--ink-text); font-weight: 600; }
.shows { text-decoration: underline; text-underline-offset: 3px; margin-right: 10px; }
.view.open { height: auto; }
.view.open .main { flex: none; height: calc(var(--fit) - 96px); }
.panel.told header h2::before { content: "▲ "; color: var(--ink-warning); }
.panel.told { box-shadow: inset 3px 0 0 var(--ink-warning); padding-left: 7px; margin-left: -7px; }
.twin { flex: none; height: 28px; padding: 0 8px; border-radius: 6px; font-weight: 600; font-size: 13px; color: var(--ink-muted); border: 1px solid var(--ink-grid); }
.twin:hover { color: var(--ink-text); border-color: var(--ink-axis); }
.twin[aria-pressed=true] { background: var(--ink-raised); color: var(--ink-text); border-color: var(--ink-text); }
.versus { display: flex; align-items: center; gap: 12px; flex: none; padding: 2px 10px; border-left: 3px solid var(--ink-axis); }
.versus[hidden] { display: none; }
.nets { min-width: 0; flex: 1 1 200px; min-height: 4.05em; } /* one text in three lines: what B has come to moves nothing */
.nets > :not(.luck) { margin-right: 18px; }
.net { display: inline-block; width: 22px; vertical-align: 4px; margin-right: 5px; border-top: 2px solid var(--ink-text); }
.net.b { border-top-style: dashed; }
.shared { color: var(--ink-muted); }
.luck:not([hidden]) { display: block; flex: none; min-height: 40px; }
.luck progress { display: block; width: min(24rem, 100%); height: 6px; margin-top: 6px; accent-color: var(--ink-text); }
.luck progress[hidden] { display: none; }
.luck[data-verdict=better] { color: var(--ink-ok); }
.luck[data-verdict=worse] { color: var(--ink-danger); }
.keep:disabled { opacity: .45; cursor: default; }
.cure small { font-weight: 400; }
.deeds { display: flex; gap: 6px; flex: none; }
.keep { border: 1px solid var(--ink-axis); border-radius: 6px; padding: 2px 10px; }
.keep:hover { background: var(--ink-raised); }
.here { flex: none; font-size: 11px; line-height: 1; padding: 3px 7px; border-radius: 9px; background: var(--ink-accent); color: var(--ink-on-accent); }
.side .here { position: absolute; clip-path: inset(50%); } /* no room beside the legend: the title itself is marked */
.side .looked h2 { padding: 0 7px; border-radius: 9px; background: var(--ink-accent); color: var(--ink-on-accent); }
.panel.looked:not(.told) { box-shadow: inset 3px 0 0 var(--ink-accent); padding-left: 7px; margin-left: -7px; }
.cures { display: flex; gap: 6px; min-width: 0; }
.cure {
  border: 1px solid var(--tone); color: var(--tone); border-radius: 6px; padding: 2px 12px; font-weight: 600; line-height: 1.2;
  background: var(--ink-background);
}
.cure:hover { background: var(--tone); color: var(--ink-background); }

.blocks { position: relative; flex: none; height: 22px; }
.blocks[hidden], .watched .search[hidden] { display: none; }
.blocks button {
  position: absolute; top: 1px; height: 20px; white-space: nowrap; font-size: 11px; text-align: left;
  color: var(--ink-muted); border-bottom: 2px solid var(--ink-axis); border-radius: 3px 3px 0 0;
}
.blocks button:hover { background: var(--ink-raised); color: var(--ink-text); }
.blocks [aria-expanded=true] { border-bottom-color: var(--ink-activation); color: var(--ink-text); background: var(--ink-raised); }
.search { display: none; align-items: center; gap: 8px; margin-left: auto; }
.watched .search { display: inline-flex; }
.find { width: 160px; height: 24px; padding: 1px 8px; font-size: 12px; border: 1px solid var(--ink-grid); border-radius: 6px; background: var(--ink-background); }
.advice {
  margin: 2px 0 0; padding: 4px 10px; font: 12px/1.5 ${CODE_FONT}; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--ink-raised); border-radius: 0 6px 6px 0; flex: none;
}
.advice[hidden] { display: none; }
.reasons .advice { margin: 0; padding: 0; background: none; }
.watched :is(.figure.test, .figure.accuracy, .panel.accuracy, .stops, .cures, [aria-label="Scale of the histograms"]) { display: none; }
.watched:not(.replay) :is(.play, .bar > .small, .bar > select) { display: none; }
.watched:not(.replay) .figure.step { padding-left: 0; }
.watched.uncounted :is(.activations, .gradients, .options > :is(.choice, .help, .caption:first-child)) { display: none; }
.slow {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; flex: none; padding: 3px 10px; border-left: 3px solid var(--ink-accent);
  background: var(--ink-raised); border-radius: 0 6px 6px 0;
}
.slow[hidden] { display: none; }
.slow .small { width: 24px; height: 24px; }
.slow .small svg { width: 13px; height: 13px; }
.slow { align-content: start; font-size: 13px; }
.slow .readings { order: 1; flex: 1 0 100%; min-height: 1.35em; }
.slow .text { flex: 1 1 200px; }
.slow b { font-weight: 600; font-variant-numeric: tabular-nums; }
.panel.waits { opacity: .35; }
.panel.acts { box-shadow: inset 3px 0 0 var(--ink-accent); padding-left: 7px; margin-left: -7px; }
.panel { transition: opacity 120ms; }

.replay.plain :is(.options, .activations, .gradients) { display: none; }
.replay .scrub :is(.live, .small, .stops), .replay [aria-label="Scale of the histograms"] { display: none; }

.main { display: grid; grid-template-columns: minmax(0, 1fr) 264px; gap: 20px; flex: 1; min-height: 0; }
.main.seeing { grid-template-columns: minmax(0, 1fr) 264px 264px; }
.main:not(.seeing) > .sight { display: none; }
.small[aria-pressed=true] { background: var(--ink-raised); color: var(--ink-text); box-shadow: inset 0 0 0 1px var(--ink-axis); }
.small[hidden] { display: none; }
.sight header select { min-width: 0; max-width: 96px; margin-left: auto; }
.sight header select[hidden] { display: none; }
.ladder, .side { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
.ladder { gap: 2px; }
.side { gap: 6px; }
.runs { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; flex: none; font-size: 12px; }
.held { display: contents; }
.chip { display: inline-flex; align-items: center; gap: 5px; min-width: 0; max-width: 100%; }
.chip i { flex: none; width: 16px; border-top: 2px solid var(--line); }
.chip .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chip .away { flex: none; width: 20px; height: 20px; border-radius: 50%; color: var(--ink-muted); }
.chip .away:hover { background: var(--ink-raised); color: var(--ink-text); }
:is(.watched, .replay) .runs { display: none; }
.options { display: flex; align-items: center; gap: 10px; flex: none; flex-wrap: wrap; }
.caption { font-size: 12px; color: var(--ink-muted); }
.panel { display: flex; flex-direction: column; flex: var(--grow, 1) 1 0; min-height: 70px; min-width: 0; }
.panel[hidden], .figure[hidden] { display: none; }
.panel header { display: flex; align-items: center; gap: 8px; flex: none; height: 26px; }
.panel header .help { flex: none; margin: 0 4px 0 -2px; }
@container (max-width: 1250px) { .main.seeing .ladder .panel:has(header select) { & header { height: auto; flex-wrap: wrap; row-gap: 2px; } & .key:not([hidden]) { display: flex; } } }
:is(.activations, .activation-variance, .stream) :is(h2, .line, .second) { color: var(--ink-activation); }
:is(.gradients, .gradient-variance) :is(h2, .line, .second) { color: var(--ink-gradient); }
.updates :is(h2, .line, .second) { color: var(--ink-weight); }
.flow { font-size: 13px; color: var(--ink-muted); }
.stage { position: relative; flex: 1; min-height: 0; }
:is(.stale, .sought) :is(canvas, .figure) { opacity: .45; } /* another step than the one that was asked for */
.figure { transition: opacity 120ms; }
:host([data-empty=true]) .view { height: auto; }
:host([data-empty=true]) :is(.main, .foot) { display: none; }
canvas { transition: opacity 120ms; position: absolute; inset: 0; width: 100%; height: 100%; touch-action: pan-y; cursor: crosshair; }
.help { width: 18px; height: 18px; border-radius: 50%; border: 1px solid var(--ink-axis); color: var(--ink-muted); font-size: 12px; line-height: 1; }
.help:hover { color: var(--ink-text); border-color: var(--ink-text); }
.choice { flex: none; display: inline-flex; border: 1px solid var(--ink-grid); border-radius: 6px; overflow: hidden; height: 24px; }
.choice button { padding: 0 8px; white-space: nowrap; font-size: 12px; color: var(--ink-muted); }
.choice button + button { border-left: 1px solid var(--ink-grid); }
.choice button[aria-pressed=true] { background: var(--ink-raised); color: var(--ink-text); font-weight: 600; }
.key { margin-left: auto; white-space: nowrap; display: inline-flex; align-items: center; gap: 4px; font-size: 12px; color: var(--ink-muted); }
.key i.stroke { width: 16px; border-top: 2px solid var(--ink-train); }
.key i.ring { width: 7px; height: 7px; border: 1.5px solid var(--ink-test); border-radius: 50%; margin-left: 6px; }
.key i.of-weights { border-color: var(--ink-weight); }
.key[hidden] { display: none; }
.key i.line { width: 18px; border-top: 2px solid currentColor; }
.key i:is(.second, .dots, .left) { width: 18px; border-top: 2px dashed currentColor; margin-left: 4px; }
.key i.dots { border-top: 2px dotted var(--ink-theory); }
.key i.left { position: relative; border-top: 1px solid; }
.key i.left::after { content: ""; position: absolute; left: 6px; top: -4px; width: 6px; height: 6px; border: 1px solid; background: var(--ink-background); }

.foot { display: contents; }
.scrub { display: flex; align-items: center; gap: 10px; flex: none; height: 30px; }
.scrub.past .live:not(.detail) { border-color: var(--ink-warning); color: var(--ink-warning); }
.scrub .end { font-size: 12px; color: var(--ink-muted); font-variant-numeric: tabular-nums; min-width: 52px; }
.track { position: relative; flex: 1; min-width: 60px; display: flex; }
.flags { position: absolute; inset: 0; pointer-events: none; }
.flag {
  position: absolute; top: -3px; width: 9px; height: 9px; margin-left: -4.5px; pointer-events: auto; background: var(--ink-warning);
  clip-path: polygon(0 0, 100% 0, 50% 100%);
}
.flag.ended { background: var(--ink-ok); }
.flag.changed { background: var(--ink-activation); clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
.scrub .small { width: 24px; height: 24px; }
.scrub .small svg { width: 13px; height: 13px; }
.found {
  position: absolute; left: 0; bottom: 100%; z-index: 3; padding: 2px 8px; border-radius: 6px; pointer-events: none; max-width: 100%;
  background: var(--ink-background); border: 1px solid var(--ink-axis); width: max-content;
}
.found:empty { display: none; }
.stops { display: inline-flex; gap: 4px; flex: none; }
.stops .number {
  width: 62px; height: 26px; padding: 1px 6px; font-size: 13px; border: 1px solid var(--ink-grid); border-radius: 6px;
  background: var(--ink-background);
}
.stops .number[hidden] { display: none; }
.stops:has([hidden]) select { padding-right: calc(4px + 66px); } /* the room of the number, so that it narrows no slider */
.scrub input[type=range] {
  flex: 1; min-width: 60px; appearance: none; height: 20px; background: none; cursor: pointer; margin: 0;
}
.scrub input::-webkit-slider-runnable-track {
  height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--ink-muted) var(--done, 100%), var(--ink-grid) 0);
}
.scrub input::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%; background: var(--ink-accent); }
.scrub input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--ink-grid); }
.scrub input::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--ink-muted); }
.scrub input::-moz-range-thumb { width: 16px; height: 16px; border: 0; border-radius: 50%; background: var(--ink-accent); }
.scrub input:disabled { opacity: .4; }
.live { border: 1px solid var(--ink-axis); border-radius: 12px; padding: 0 12px; height: 24px; font-size: 13px; min-width: 102px; }
.live:not(.detail) { display: inline-grid; place-items: center; } /* as wide as the longer of its two names */
.live > span { grid-area: 1 / 1; }
.live > .then { font-weight: 600; visibility: hidden; }
.scrub.past .live > .then { visibility: visible; }
.scrub.past .live > .now { visibility: hidden; }
.live.detail { min-width: 0; }
.live[hidden] { display: none; }
.live.away { visibility: hidden; } /* its place stays, so that the slider stays as wide as it is */
.live[aria-pressed=true] { border-color: var(--ink-grid); color: var(--ink-muted); }

.tip {
  position: absolute; left: 0; top: 0; z-index: 5; max-width: min(340px, 92cqw); padding: 8px 10px; border-radius: 6px; pointer-events: none;
  background: var(--ink-background); border: 1px solid var(--ink-axis); box-shadow: 0 4px 16px rgb(0 0 0 / .16); font-size: 13px;
}
.tip[hidden] { display: none; }
.tip p { margin: 0; white-space: pre-line; }
.tip div { display: grid; grid-template-columns: 1fr auto; column-gap: 14px; }
.tip b { font-weight: 600; font-variant-numeric: tabular-nums; text-align: right; }
.tip small { grid-column: 1 / -1; font-size: 12px; color: var(--ink-muted); }
.notices { position: absolute; right: 0; bottom: 36px; z-index: 4; display: flex; flex-direction: column; gap: 6px; max-width: min(420px, 100%); }
.notice {
  display: flex; gap: 10px; align-items: start; padding: 8px 12px; border-radius: 6px; background: var(--ink-background);
  border: 1px solid var(--ink-axis); border-left: 3px solid var(--ink-muted); box-shadow: 0 4px 16px rgb(0 0 0 / .16);
}
.notice.warning { border-left-color: var(--ink-warning); }
.notice.error { border-left-color: var(--ink-danger); }

${SCREEN_STYLE}`;
