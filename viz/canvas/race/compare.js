// The optimizers side by side: their curves through the steps, or their final values at each of many rates.

import { choice, el } from "../dom.js";
import { paragraph, say, sentence } from "../language.js";
import { Panel } from "../panel.js";
import { curvesOf } from "./curves.js";
import { CURVES } from "./look.js";
import { Rates, ratesPlot } from "./rates.js";

const WORDS = [
  sentence("Log scales. Value: how far above the lowest value known, that of a minimum or the lowest reached; without a minimum, how far below the start. Distance: to the nearest minimum of the map. Step length: how far each step goes."),
  sentence("Drag to scrub. Learning rates: the value after the last step, for 100 rates from 0.0001 to 10 from the same start with the same steps; a curve ends where it diverges. Click to give the open card a rate."),
];

export class Compare {
  /** Shows the race of a view, and is dragged and clicked for it. */
  constructor(view) {
    this.view = view;
    this.rates = new Rates(view.asker, () => view.redraw());
    this.plots = {
      gap: curvesOf(() => "height"),
      distance: curvesOf(() => (view.paths?.arrays.distances ? "distance" : "height")),
      length: curvesOf(() => "length"),
      rates: ratesPlot(this.rates),
    };
    const kind = choice(say("Curves"), CURVES, view.look.curve, (curve) => view.remember({ curve }));
    const tune = { type: "button", class: "tune", title: say("Give each optimizer the rate with its lowest final value"), onclick: () => view.useBest(this.rates.best()) };
    this.tune = el("button", tune, say("give each its best rate"));
    this.panel = new Panel({
      name: "curves", title: say("Compare"), tools: [kind.root, this.tune], words: paragraph(...WORDS.map((each) => say(each))),
      draw: (ctx, scene, box) => this.plot.draw(ctx, scene, box),
      probe: (x, y, scene, box) => this.plot.probe(x, y, scene, box),
    });
    for (const name of ["pointerdown", "pointermove"]) {
      this.panel.canvas.addEventListener(name, (event) => this.drag(event));
    }
  }

  get plot() {
    return this.plots[this.view.look.curve] ?? this.plots.gap;
  }

  /** Over steps it moves the time; over rates a click gives the open card one. */
  drag(event) {
    const { view, plot, scene, panel } = this;
    if (!(event.buttons & 1) || !view.paths) return;
    const x = event.clientX - panel.canvas.getBoundingClientRect().left;
    if (plot.step) {
      view.clock.seek(Math.round(plot.step(x, scene, panel.box)));
      return;
    }
    const lr = view.chosen === null ? null : plot.lr(x, scene, panel.box);
    if (lr && event.type === "pointerdown") view.changeRun(view.chosen, { lr: Number(lr.toPrecision(2)) });
  }

  draw(scene) {
    this.scene = scene;
    this.tune.hidden = scene.look.curve !== "rates";
    this.tune.disabled = !this.rates.complete;
    this.panel.draw(scene);
  }
}
