// Plots of what was measured in the last frames, each with its gates' bounds.
import { GATES } from "./generated/gates.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [120, 32];
/** How many frames a plot shows: about ten seconds of them. */
const FRAMES = 120;
/** How much room there is above and below what is drawn. */
const ROOM = 0.1;

/** The last values of one measure, and how they are drawn. */
class Plot {
  readonly node = document.createElement("div");
  readonly #bounds: readonly number[];
  readonly #values: (number | null)[] = [];
  readonly #name = document.createElement("dt");
  readonly #value = document.createElement("dd");
  readonly #line = document.createElementNS(SVG, "path");
  readonly #limits = document.createElementNS(SVG, "path");

  constructor(
    name: string,
    readonly gates = GATES.filter(({ measure }) => measure === name),
  ) {
    this.#bounds = [...new Set(this.gates.flatMap(({ enter, leave }) => [enter, leave]))];
    this.#name.textContent = name.replaceAll("_", " ");
    this.#name.title = this.gates.map(({ cause, least, enter, force }) => `${cause}: ${least ? "≥" : "≤"} ${enter}, ${force}`).join("\n");
    const plot = document.createElementNS(SVG, "svg");
    plot.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    plot.setAttribute("preserveAspectRatio", "none");
    plot.setAttribute("aria-hidden", "true");
    this.#limits.setAttribute("class", "limits");
    plot.append(this.#limits, this.#line);
    this.node.append(this.#name, this.#value, plot);
  }

  add(value: number | null): void {
    this.#values.push(value);
    if (this.#values.length > FRAMES) this.#values.shift();
  }

  draw(): void {
    const last = this.#values.at(-1) ?? null;
    this.#value.textContent = last === null ? "–" : last.toPrecision(3);
    this.node.dataset["fails"] = String(this.#fails(last));
    const known = this.#values.filter((value) => value !== null);
    const all = [...known, ...this.#bounds];
    if (all.length === 0) return;
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const span = (most - least || 1) * (1 + 2 * ROOM);
    const y = (value: number): string => (HEIGHT * (1 - (value - least) / span - ROOM)).toFixed(1);
    let pen = "M";
    let path = "";
    for (const [at, value] of this.#values.entries()) {
      if (value !== null) path += `${pen}${((at * WIDTH) / (FRAMES - 1)).toFixed(1)} ${y(value)}`;
      pen = value === null ? "M" : "L";
    }
    this.#line.setAttribute("d", path);
    this.#limits.setAttribute("d", this.#bounds.map((bound) => `M0 ${y(bound)}H${WIDTH}`).join(""));
  }

  #fails(value: number | null): boolean {
    return value !== null && this.gates.some(({ least, enter }) => (least ? value < enter : value > enter));
  }
}

/** Plots in a list, one for each measure that has had a value, in the order in which they came. */
export class Plots {
  readonly #plots = new Map<string, Plot>();

  constructor(readonly list: HTMLElement) {}

  clear(): void {
    this.#plots.clear();
    this.list.replaceChildren();
  }

  add(name: string, value: number | null): void {
    let plot = this.#plots.get(name);
    if (!plot) {
      if (value === null) return;
      plot = new Plot(name);
      this.#plots.set(name, plot);
      this.list.append(plot.node);
    }
    plot.add(value);
  }

  draw(): void {
    for (const plot of this.#plots.values()) plot.draw();
  }
}
