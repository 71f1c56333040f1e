/** Sounds and vibrations for those who cannot, or do not want to, look at the picture. */
import type { CheckState } from "../core/index.js";
import { TERMINAL_STATES } from "../generated/codes.js";

export type Cue = "found" | "lost" | "taken" | "failed";

/** What a change of the state sounds like. */
export function cueFor(before: CheckState, now: CheckState): Cue | null {
  if (before === now) return null;
  if (now === "capturing") return "found";
  if (now === "failed") return "failed";
  if (before !== "capturing") return null;
  if (now === "positioning") return "lost";
  // An escalation is told as one capture, which may go on to any of these.
  if (now === "uploading" || now === "verifying" || now === "done") return "taken";
  return null;
}

/** Frequencies in hertz, each for a tenth of a second, and a pattern for `navigator.vibrate` in milliseconds. */
const CUES: Readonly<Record<Cue, readonly [tones: readonly number[], vibration: readonly number[]]>> = {
  found: [[660, 880], [60]],
  lost: [[440], [40, 60, 40]],
  taken: [[660, 880, 1320], [120]],
  failed: [[440, 330], [200, 80, 200]],
};
const TONE_S = 0.1;
const VOLUME = 0.12;
/** From a device's clock to the ear, wireless ones included. */
const HEARD_MS = 300;

/** Plays the cues. `wanted` is the attribute: `sound`, `vibration`, or both. */
export class Cues {
  #sound: AudioContext | null = null;
  /** When the last tone ends, on the sound's own clock. */
  #until = 0;
  #suspending: ReturnType<typeof setTimeout> | undefined;

  /** To be called within a click, if there is one: browsers are silent otherwise. */
  prepare(wanted: string | null): void {
    clearTimeout(this.#suspending);
    if (!has(wanted, "sound")) return;
    try {
      this.#sound ??= new AudioContext();
      void this.#sound.resume().catch(() => undefined);
    } catch {
      // A device without sound.
    }
  }

  /** The check is in another state. */
  follow(before: CheckState, now: CheckState, wanted: string | null): void {
    const cue = cueFor(before, now);
    if (cue) this.#give(cue, wanted);
    if (TERMINAL_STATES.has(now)) this.#suspend();
  }

  #give(cue: Cue, wanted: string | null): void {
    const [tones, vibration] = CUES[cue];
    if (has(wanted, "vibration")) navigator.vibrate?.([...vibration]);
    const sound = this.#sound;
    if (!sound || !has(wanted, "sound")) return;
    const gain = new GainNode(sound, { gain: VOLUME });
    gain.connect(sound.destination);
    tones.forEach((frequency, at) => {
      const tone = new OscillatorNode(sound, { frequency });
      tone.connect(gain);
      tone.start(sound.currentTime + at * TONE_S);
      tone.stop(sound.currentTime + (at + 1) * TONE_S);
    });
    this.#until = sound.currentTime + tones.length * TONE_S;
  }

  /** Lets the device sleep until the next check, once all has been heard. */
  #suspend(): void {
    const sound = this.#sound;
    if (!sound) return;
    clearTimeout(this.#suspending);
    const left = Math.max(0, this.#until - sound.currentTime) * 1000;
    this.#suspending = setTimeout(() => void sound.suspend().catch(() => undefined), left + HEARD_MS);
  }

  /** Gives the device back. */
  close(): void {
    clearTimeout(this.#suspending);
    void this.#sound?.close().catch(() => undefined);
    this.#sound = null;
    this.#until = 0;
  }
}

const has = (wanted: string | null, what: string): boolean => (wanted ?? "").split(/\s+/).includes(what);
