// Measured boxes of all text on screen: what is cut off, lies under something else, or over another text.

(() => {
  const SLACK = 2; // pixels: antialiasing, borders, descenders
  const FORMULA = 9; // the box of a formula's letter is as high as its font, however low the letter
  const HIDING = /hidden|clip/;
  const SCROLLING = /auto|scroll/;
  const FLOATING = ".tip, [role=tooltip], .hoverlayer, .modebar-container, [data-testid=stElementToolbar], [data-testid=stSkipToContent]";

  const inside = (box, frame) =>
    box.left >= frame.left - SLACK && box.right <= frame.right + SLACK && box.top >= frame.top - SLACK && box.bottom <= frame.bottom + SLACK;
  const overlap = (a, b) => [
    Math.min(a.right, b.right) - Math.max(a.left, b.left),
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
  ];
  const up = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;

  /** Every element, those in shadow roots too. */
  function* elements(root) {
    for (const each of root.querySelectorAll("*")) {
      yield each;
      if (each.shadowRoot) yield* elements(each.shadowRoot);
    }
  }

  function isSeen(element) {
    for (let each = element; each; each = up(each)) {
      const style = getComputedStyle(each);
      if (style.opacity === "0" || style.clipPath.startsWith("inset(50%") || (each !== element && style.display === "none")) return false;
    }
    return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: true }) && !element.closest(FLOATING);
  }

  /** What an element itself says, with the box of each line of it. */
  function said(element) {
    const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const boxes = words.flatMap((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    });
    return { text: words.map((node) => node.data.trim()).join(" "), boxes };
  }

  /** The ancestor that cuts the box: it hides what overflows, and nothing within it can be scrolled that way. */
  function cutBy(element, box) {
    let across = true, down = true;
    for (let each = element; each && (across || down); each = up(each)) {
      const style = getComputedStyle(each);
      const frame = each.getBoundingClientRect();
      if (each instanceof SVGElement && each.tagName !== "svg") continue;
      if (style.webkitLineClamp !== "none") continue; // its ellipsis says that there is more, and a button shows it
      if (frame.width < 2 || frame.height < 2) continue;
      across &&= !SCROLLING.test(style.overflowX);
      down &&= !SCROLLING.test(style.overflowY);
      const wide = across && HIDING.test(style.overflowX) && (box.left < frame.left - SLACK || box.right > frame.right + SLACK);
      const slack = element.closest(".katex") ? FORMULA : SLACK;
      const tall = down && HIDING.test(style.overflowY) && (box.top < frame.top - slack || box.bottom > frame.bottom + slack);
      if (wide || tall) return each;
      if (style.position === "fixed") return null;
    }
    return null;
  }

  /** Whether that point is of what lies beyond the edge of something that scrolls up and down. */
  function isScrolledAway(element, x, y) {
    for (let each = up(element); each; each = up(each)) {
      const frame = each.getBoundingClientRect();
      if (SCROLLING.test(getComputedStyle(each).overflowY) && (y < frame.top || y > frame.bottom || x < frame.left || x > frame.right)) return true;
    }
    return false;
  }

  function topAt(x, y) {
    let found = document.elementFromPoint(x, y);
    while (found?.shadowRoot) {
      const deeper = found.shadowRoot.elementFromPoint(x, y);
      if (!deeper || deeper === found) break;
      found = deeper;
    }
    return found;
  }

  const related = (a, b) => {
    for (let each = a; each; each = up(each)) if (each === b) return true;
    for (let each = b; each; each = up(each)) if (each === a) return true;
    return false;
  };
  /** Whether it, or what it stands in short of what both stand in, has paint of its own. */
  const hides = (element, below) => {
    for (let each = element; each && !related(each, below); each = up(each)) {
      const style = getComputedStyle(each);
      if (style.backgroundColor !== "rgba(0, 0, 0, 0)" || ["IMG", "SELECT", "INPUT"].includes(each.tagName)) return true;
      if (each instanceof SVGElement && each.tagName !== "svg") return false;
    }
    return false;
  };

  /** Whether what lies over it stays in sight while the page is scrolled: the text comes out from under it. */
  const sticks = (over, below) => {
    for (let each = over; each && !related(each, below); each = up(each)) if (getComputedStyle(each).position === "sticky") return true;
    return false;
  };

  const named = (element) => {
    const names = [];
    for (let each = element; each && names.length < 3; each = up(each)) {
      const id = each.getAttribute("data-testid") ?? [...each.classList].find((name) => name.startsWith("st-key-")) ?? each.getAttribute("class")?.split(" ")[0];
      if (id) names.push(id);
    }
    return `${element.tagName.toLowerCase()} in ${names.join(" < ")}`;
  };

  const shorten = (text) => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

  /** A field whose value is wider than the field. */
  function overflowing(element) {
    if (element.tagName === "INPUT" && element.type !== "range" && element.type !== "checkbox" && element.type !== "radio") {
      const text = element.value || element.placeholder;
      return element !== document.activeElement && element.scrollWidth > element.clientWidth + SLACK ? text : null;
    }
    if (element.tagName !== "SELECT") return null;
    const style = getComputedStyle(element);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const text = element.selectedOptions[0]?.textContent ?? "";
    const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
    return pen.measureText(text).width > room + SLACK ? text : null;
  }

  /** The texts of canvases, as drawn since each was last wiped: text -> its box on the page. */
  const drawn = new WeakMap();
  const canvases = new Set();
  function listen() {
    const proto = CanvasRenderingContext2D.prototype;
    const { fillText, clearRect } = proto;
    proto.fillText = function (text, x, y, ...rest) {
      const size = this.measureText(text);
      const squeezed = Math.min(1, (rest[0] ?? Infinity) / Math.max(size.width, 1)); // into the room that it was given
      const [toLeft, toRight] = [size.actualBoundingBoxLeft * squeezed, size.actualBoundingBoxRight * squeezed];
      const m = this.getTransform();
      const corners = [
        [x - toLeft, y - size.actualBoundingBoxAscent],
        [x + toRight, y + size.actualBoundingBoxDescent],
        [x - toLeft, y + size.actualBoundingBoxDescent],
        [x + toRight, y - size.actualBoundingBoxAscent],
      ].map(([u, v]) => m.transformPoint(new DOMPoint(u, v)));
      const xs = corners.map((p) => p.x), ys = corners.map((p) => p.y);
      if (!drawn.has(this.canvas)) drawn.set(this.canvas, []);
      canvases.add(this.canvas);
      drawn.get(this.canvas).push({ text: String(text), left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
      return fillText.call(this, text, x, y, ...rest);
    };
    proto.clearRect = function (x, y, w, h) {
      const m = this.getTransform();
      if (w * m.a >= this.canvas.width - 1 && h * m.d >= this.canvas.height - 1) drawn.set(this.canvas, []);
      return clearRect.call(this, x, y, w, h);
    };
    const wiped = (name) => {
      const own = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, name);
      Object.defineProperty(HTMLCanvasElement.prototype, name, {
        ...own,
        set(value) {
          drawn.set(this, []);
          own.set.call(this, value);
        },
      });
    };
    ["width", "height"].forEach(wiped);
  }

  function ofCanvas(canvas) {
    const texts = (drawn.get(canvas) ?? []).filter(({ text }) => text.trim());
    const found = [];
    texts.forEach((one, i) => {
      const off = Math.max(-one.left, one.right - canvas.width, -one.top, one.bottom - canvas.height);
      const ratio = canvas.width / Math.max(1, canvas.getBoundingClientRect().width);
      if (off > SLACK * ratio) found.push({ what: "cut", text: one.text, where: named(canvas) });
      texts.slice(0, i).forEach((other) => {
        const [wide, tall] = overlap(one, other);
        if (/^[A-J]{2}$/.test(other.text + one.text)) return; // racers on a map stand where they stand
        if (other.text === one.text && Math.abs(other.left - one.left) < ratio && Math.abs(other.top - one.top) < ratio) return;
        if (wide > SLACK * ratio && tall > SLACK * ratio) found.push({ what: "overlap", text: `${other.text} | ${one.text}`, where: named(canvas) });
      });
    });
    return found;
  }

  /** What is wrong with what is on screen now: [{what, text, where}]. */
  function look() {
    const found = [];
    const header = document.querySelector("[data-testid=stHeader]");
    const above = document.querySelector("[data-testid=stMain]")?.scrollTop ? (header?.getBoundingClientRect().bottom ?? 0) : 0;
    const screen = { left: 0, top: above + SLACK, right: innerWidth, bottom: innerHeight };
    const svg = [];
    const drawings = new Set();
    for (const element of elements(document.body)) {
      if (element.tagName === "CANVAS" && !element.closest("[data-testid=stDataFrame]") && isSeen(element)) drawings.add(element);
      const value = overflowing(element);
      if (value && isSeen(element) && inside(element.getBoundingClientRect(), { ...screen, top: -1e5, bottom: 1e5 })) found.push({ what: "cut", text: shorten(value), where: named(element) });
      const { text, boxes } = said(element);
      if (!boxes.length || ["STYLE", "SCRIPT", "OPTION", "NOSCRIPT"].includes(element.tagName) || !isSeen(element)) continue;
      if (element.closest(".katex-mathml")) continue;
      const style = getComputedStyle(element);
      for (const box of boxes) {
        if (box.left < -SLACK || box.right > innerWidth + SLACK) {
          if (!scrolls(element)) found.push({ what: "beside the screen", text: shorten(text), where: named(element) });
          continue;
        }
        const by = cutBy(element, box);
        if (by) found.push({ what: `cut by ${named(by)}`, text: shorten(text), where: named(element) });
        if (!inside(box, screen) || by) continue;
        const points = [0.1, 0.5, 0.9].map((part) => [box.left + box.width * part, box.top + box.height / 2]);
        const over = points.filter(([x, y]) => !isScrolledAway(element, x, y)).map(([x, y]) => topAt(x, y)).find((top) => top && !related(top, element) && hides(top, element) && !sticks(top, element) && style.pointerEvents !== "none" && !(top.closest(".js-plotly-plot") && element.closest(".js-plotly-plot")));
        if (over) found.push({ what: `covered by ${named(over)}`, text: shorten(text), where: named(element) });
      }
      if (element instanceof SVGElement && element.closest(".main-svg")) svg.push({ text, box: element.getBoundingClientRect(), plot: element.closest(".js-plotly-plot"), element });
    }
    svg.forEach((one, i) => {
      svg.slice(0, i).forEach((other) => {
        if (one.plot !== other.plot || related(one.element, other.element) || one.element.closest("text") === other.element.closest("text")) return;
        const [wide, tall] = overlap(one.box, other.box);
        if (wide > SLACK && tall > SLACK + 1) found.push({ what: "overlap", text: `${other.text} | ${one.text}`, where: "plotly" });
      });
      const bar = one.plot.querySelector(".modebar-container .modebar")?.getBoundingClientRect();
      if (bar && bar.width > 4 && one.element.closest(".g-gtitle, .legend")) {
        const [wide, tall] = overlap(one.box, bar);
        if (wide > SLACK && tall > SLACK) found.push({ what: "under the tools", text: one.text, where: "plotly" });
      }
    });
    drawings.forEach((canvas) => found.push(...ofCanvas(canvas)));
    return found;
  }

  /** Whether some ancestor can be scrolled sideways to what it holds. */
  function scrolls(element) {
    for (let each = up(element); each && each !== document.body; each = up(each)) {
      if (/auto|scroll/.test(getComputedStyle(each).overflowX) && each.scrollWidth > each.clientWidth + 1 && !each.matches("[data-testid=stMain]")) return true;
    }
    return false;
  }

  /** The same for everything that scrolling up and down brings on screen, each complaint once. */
  async function walk(scroller) {
    const all = new Map();
    const note = () => look().forEach((one) => all.set(JSON.stringify(one), one));
    const height = scroller?.clientHeight ?? innerHeight;
    const end = scroller ? scroller.scrollHeight - height : 0;
    for (let top = 0; ; top = Math.min(end, top + height - 80)) {
      if (scroller) scroller.scrollTop = top;
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
      note();
      if (top >= end) break;
    }
    if (scroller) scroller.scrollTop = 0;
    return [...all.values()];
  }

  listen();
  window.boxes = { look, walk };
})();
