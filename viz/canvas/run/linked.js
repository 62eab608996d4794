// Curves that are kept, as a link has them: of each its color, its settings in a line, and some points, each number in two letters.

const POINTS = 48; // of each curve
const MOST = 3;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NONE = DIGITS.length ** 2 - 1; // no number
const DECADES = [-9, 9]; // of a loss, between which a link has it to half a percent
const SHAPE = /^(\d)\.(\d{1,15})\.(\d{1,15})\.((?:[\w-]{2}){1,96})\.((?:[\w-]{2}){1,96})\.([^~]{0,2000})$/;

/** "color.first.last.losses.accuracies.settings", one after another. */
export function written(all) {
  return all.map(({ color, caption, points }) => {
    const [first, last] = [points[0].step, points.at(-1).step];
    const chosen = evenly(first, last, Math.min(POINTS, points.length)).map((step) => nearest(points, step));
    const losses = chosen.map(({ loss }) => digits(loss > 0 ? fraction(Math.log10(loss)) : null)).join("");
    const accuracies = chosen.map(({ accuracy }) => digits(accuracy ?? null)).join("");
    return [color, first, last, losses, accuracies, caption.replaceAll("~", "-")].join(".");
  }).join("~");
}

/** What `written` wrote, as far as it means something: {color, caption, points} of each. */
export function read(text) {
  const found = text.split("~").map((part) => SHAPE.exec(part)).filter(Boolean).slice(0, MOST);
  return found.filter(([, , first, last, losses, accuracies]) => Number(first) <= Number(last) && losses.length === accuracies.length).map(curve);
}

function curve([, color, first, last, losses, accuracies, caption]) {
  const steps = evenly(Number(first), Number(last), losses.length / 2);
  const points = steps.map((step, at) => {
    const loss = number(losses, at);
    return { step, loss: loss === null ? null : 10 ** (DECADES[0] + loss * (DECADES[1] - DECADES[0])), accuracy: number(accuracies, at) };
  });
  return { color: Number(color), caption, points };
}

const evenly = (first, last, count) => Array.from({ length: count }, (_, at) => Math.round(first + (at * (last - first)) / Math.max(1, count - 1)));
const nearest = (points, step) => points.reduce((best, each) => (Math.abs(each.step - step) < Math.abs(best.step - step) ? each : best));
const fraction = (log10) => (log10 - DECADES[0]) / (DECADES[1] - DECADES[0]);

/** A number from 0 to 1 in two letters; what is none, or lies beyond, stays so. */
function digits(value) {
  const isNumber = Number.isFinite(value) && value !== null;
  const whole = isNumber ? Math.round(Math.max(0, Math.min(1, value)) * (NONE - 1)) : NONE;
  return DIGITS[Math.floor(whole / DIGITS.length)] + DIGITS[whole % DIGITS.length];
}

function number(letters, at) {
  const [high, low] = letters.slice(2 * at, 2 * at + 2).split("").map((letter) => DIGITS.indexOf(letter));
  const whole = high * DIGITS.length + low;
  return whole === NONE ? null : whole / (NONE - 1);
}
