// The views' style where the screen is no laptop's: a projector's, or a narrow one's.

export const SCREEN_STYLE = `
.projected {
  position: fixed; inset: 0; width: 100vw; height: 100vh; max-width: none; max-height: none; margin: 0; padding: 16px 24px; border: 0;
  background: var(--ink-background); overflow: hidden;
}
.projected :is(.main, .ladder, .side) > :not(.alone) { display: none !important; }
.projected .main { display: flex; flex: 1; height: auto; }
.projected :is(.ladder, .side).alone { display: flex !important; flex: 1; }
.projected .alone.panel { flex: 1; }
.projected .alone .stage { flex: 1; height: auto !important; }
.projected h2 { font-size: 28px; }
.projected .panel header { height: auto; min-height: 44px; }
.projected .figure.figure small { font-size: 18px; }
.projected .figure.figure b { font-size: clamp(24px, 2.8vw, 40px); line-height: 1.15; } /* all four in one row at 1024 px */
.projected .figure.figure { min-width: clamp(90px, 10.6vw, 160px); }
.projected .figure:is(.norm, .rate, .frames) { display: none; }
.projected :is(.room, .key, .flow) { font-size: 22px; }
.projected :is(select, .number.number, .choice button, .live, .scrub .end) { font-size: 22px; }
.projected :is(select, .number.number, .choice, .live, .scrub) { height: 42px; }
.projected .number.number { width: 100px; }
.projected .play { width: 56px; height: 56px; }
.projected .small.small { width: 44px; height: 44px; }
.projected .small.small svg { width: 26px; height: 26px; }
.projected .twin { height: 42px; padding: 0 8px; font-size: 22px; }
.projected .live { white-space: nowrap; }
.projected .why { font-size: 18px; }
.projected .live.detail { display: none; } /* the page below is out of sight */
@media (max-width: 1200px) { /* what nobody needs before a class gives its room to what is pressed and read there */
  .projected .stops { display: none; }
  .projected .bar { gap: 6px; }
  .projected .figure.figure { min-width: 84px; padding-left: 4px; }
  .projected .figure.figure small { font-size: 16px; }
}

@container (max-width: 1000px) { .here { display: none; } } /* the mark and the bar beside the panel say it too */
@container (max-width: 960px) { .figure:is(.norm, .frames) { display: none; } }
@container (max-width: 900px) {
  .main { grid-template-columns: minmax(0, 1fr) 220px; gap: 12px; }
  .main.seeing { grid-template: minmax(0, 1fr) 236px / minmax(0, 1fr) 220px; }
  .main > .sight { grid-column: 1 / -1; }
}
@container (max-width: 1250px) {
  .main.seeing .ladder .key { display: none; } /* beside three columns its words would lie over the next one */
}
@container (min-width: 500px) and (max-width: 720px) {
  .side { display: grid !important; grid-template-columns: 1fr 1fr; gap: 12px; }
}
@container (max-width: 720px) {
  .bar { flex-wrap: wrap; gap: 6px 8px; }
  .takes .list { left: auto; right: 0; }
  .answers { max-width: 62%; }
  .verdict .cure { padding: 1px 7px; font-size: 13px; }
  .verdict:not(.whole) :is(.why, .cure) { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .verdict:not(.whole) .why { flex-shrink: 30; min-width: 60px; }
  .verdict.whole { flex-wrap: wrap; }
  .verdict.whole .text { flex-basis: calc(100% - 24px); }
  .verdict.whole .sign { align-self: start; }
  .verdict .why:first-child { flex: none; }
  .figure.figure { min-width: 0; padding-left: 0; }
  .figure.rate { margin-left: 0; }
  .figure:is(.norm, .frames) { display: flex; }
  .foot {
    position: sticky; bottom: 0; z-index: 3; display: flex; flex-direction: column; gap: 6px; padding: 6px 0;
    background: var(--ink-background); border-top: 1px solid var(--ink-grid);
  }
  :is(.panel, .main button, .main select) { scroll-margin: 48px 0 130px; } /* what is brought in sight is not under it */
  .scrub { flex-wrap: wrap; gap: 4px 8px; height: auto; }
  .scrub .end:has(+ .track) { display: none; } /* zero, which is where the slider begins */
  .track { order: -1; flex-basis: 100%; }
  .versus { flex-wrap: wrap; }
  .nets { display: flex; flex-direction: column; justify-content: start; flex-basis: 100%; min-height: 76px; }
  .main { display: flex; flex-direction: column; gap: 12px; }
  .panel { flex: none; }
  .panel header { height: auto; min-height: 28px; flex-wrap: wrap; }
  .panel:is(.activations, .gradients) header { flex-wrap: nowrap; } /* news in it moves nothing */
  .flow { flex: 0 1 auto; min-width: 0; overflow: hidden; white-space: nowrap; }
  .stage { flex: none; height: 150px; }
  .side .stage { height: 130px; }
  .sight .stage { height: 400px; }
  .panel.activations .stage { height: 180px; }
}
@container (max-width: 500px) { /* answers stand below the words: together three lines, whatever is said */
  .nets { min-height: 132px; }
  .room, .verdict { height: calc(4.05em + 10px); }
  .verdict { display: grid; grid-template-columns: auto minmax(0, 1fr); align-content: center; gap: 2px 8px; min-height: 0; }
  .verdict .sign { align-self: start; }
  .verdict:not(.whole) .text { -webkit-line-clamp: 3; }
  .verdict:not(.whole):has(.answers button:not([hidden])) .text { -webkit-line-clamp: 2; }
  :host([data-empty=true]) .verdict, .verdict.whole { height: auto; min-height: calc(4.05em + 10px); }
  .answers { grid-column: 1 / -1; max-width: none; min-width: 0; justify-content: start; }
  .answers:not(:has(button:not([hidden]))) { display: none; }
  .verdict.whole :is(.answers, .cures) { flex-wrap: wrap; }
  .figure.frames { display: none; }
  .figure small { font-size: 11px; }
  .figure.figure b { font-size: 15px; line-height: 20px; }
}
`;
