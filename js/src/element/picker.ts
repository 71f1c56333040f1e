/** The choice of cameras: a native select, shown where there is something to choose. */
import type { Camera } from "../core/index.js";
import { loadCore } from "./attempt.js";
import type { Parts } from "./template.js";

/** The cameras that can be chosen, the better ones first; none where there is only one, or none whose name is known. */
export function choices(cameras: readonly Camera[]): readonly Camera[] {
  const known = cameras.filter(({ deviceId, label }) => deviceId && label.trim());
  if (known.length < 2) return [];
  const before = (at: number): number => known.slice(0, at).filter(({ label }) => label === known[at]?.label).length;
  // Two of the same make have the same name.
  return known.map((camera, at) => (before(at) > 0 ? { ...camera, label: `${camera.label} (${before(at) + 1})` } : camera));
}

export class CameraPicker {
  readonly #parts: Pick<Parts, "cameras" | "camera" | "cancel" | "start">;
  readonly #asked: () => boolean;
  #cameras: readonly Camera[] = [];
  /** What the current watch is known by; a late answer to an earlier one counts for nothing. */
  #watch: object | null = null;
  #unwatch = (): void => undefined;
  #offered = false;
  /** A key is being handled: a list that is closed changes with every arrow. */
  #keyed = false;
  /** What the arrows have come to, and nobody has confirmed. */
  #browsed: string | null = null;
  #wanted: readonly unknown[] = [];

  /**
   * `asked`: whether anybody wants to know. `choose` gets the `deviceId` of the camera that the person chooses: at once from an
   * open list, by arrows in a closed one when they press Enter or go on, for every camera on the way would be opened.
   */
  constructor(parts: Pick<Parts, "cameras" | "camera" | "cancel" | "start">, asked: () => boolean, choose: (deviceId: string) => void) {
    this.#parts = parts;
    this.#asked = asked;
    const { camera } = parts;
    const confirm = (): void => {
      const browsed = this.#browsed;
      this.#browsed = null;
      // There and back is no choice: a check that runs would start anew for it.
      if (browsed !== null && browsed !== this.#standing) choose(browsed);
    };
    camera.addEventListener("keydown", (event) => {
      const { key } = event;
      if (key === "Escape" && this.#browsed !== null) {
        // It takes back what the arrows have come to, and not the check as well, nor what is around it.
        event.preventDefault();
        event.stopPropagation();
        this.#browsed = null;
        this.#update();
      }
      if (key === "Enter") confirm();
      this.#keyed = true;
      // A list that the key has opened answers later.
      setTimeout(() => (this.#keyed = false));
    });
    camera.addEventListener("change", () => {
      this.#browsed = camera.value;
      if (!this.#keyed) confirm();
    });
    camera.addEventListener("blur", () => {
      this.#keyed = false;
      confirm();
    });
  }

  /** Follows which cameras there are, until `unwatch`. */
  async watch(): Promise<void> {
    if (this.#watch) return;
    const watch = (this.#watch = {});
    const core = await loadCore().catch(() => null);
    if (!core || this.#watch !== watch) return;
    this.#unwatch = core.watchCameras((cameras) => this.list(cameras));
    await this.look();
  }

  unwatch(): void {
    this.#watch = null;
    this.#unwatch();
    this.#unwatch = () => undefined;
  }

  /** Looks again: names are known once a camera has been allowed. */
  async look(): Promise<void> {
    if (!this.#asked()) return;
    const watch = this.#watch;
    const cameras = await loadCore().then((core) => core.listCameras()).catch(() => null);
    if (cameras && watch && this.#watch === watch) this.list(cameras);
  }

  /** These are the cameras. */
  list(cameras: readonly Camera[]): void {
    this.#cameras = choices(cameras);
    const { camera } = this.#parts;
    camera.replaceChildren(...this.#cameras.map(({ deviceId, label }) => {
      const option = document.createElement("option");
      option.value = deviceId;
      option.textContent = label;
      // A long name is cut at its own end, whatever the page's language.
      option.dir = "auto";
      return option;
    }));
    this.#update();
  }

  /** Whether there is a choice, and which camera it stands for: the first of these that there is. */
  show(offered: boolean, wanted: readonly unknown[]): void {
    this.#offered = offered;
    this.#wanted = wanted;
    this.#update();
  }

  #has(id: unknown): boolean {
    return this.#cameras.some(({ deviceId }) => deviceId === id);
  }

  /** The camera that the list stands for, wherever arrows have come to. */
  get #standing(): unknown {
    return this.#wanted.find((id) => this.#has(id)) ?? this.#cameras[0]?.deviceId ?? "";
  }

  #update(): void {
    const { cameras, camera, cancel, start } = this.#parts;
    const hidden = !this.#offered || this.#cameras.length === 0;
    // What the arrows have come to is forgotten with the list.
    if (hidden || !this.#has(this.#browsed)) this.#browsed = null;
    const chosen = this.#browsed ?? this.#standing;
    if (camera.value !== chosen) camera.value = `${chosen}`;
    if (cameras.hidden === hidden) return;
    // Show before hiding, so that the focus is not lost with the list.
    if (hidden && camera.matches(":focus")) (cancel.hidden ? start : cancel).focus({ preventScroll: true });
    cameras.hidden = hidden;
  }
}
