// What a page holds after many checks, and whether it is more than after a few.

/** Rounds that fill caches: the modules, the browser's own, the fake camera's. Growth counts from the last of them. */
const WARM_UP = 2;
/** What may be held once a round is over, and how much more of it at the end than after the warm-up. */
const LIMITS = {
  tracks: { name: "live tracks", most: 0 },
  workers: { name: "workers", most: 0 },
  listeners: { name: "listeners on what outlives a check", most: 0 },
  urls: { name: "object URLs", most: 0 },
  heap: { name: "script's memory, KB", growth: 300 },
  wasm: { name: "wasm memory, KB", growth: 0 },
  nodes: { name: "DOM nodes", growth: 20 },
  handlers: { name: "all listeners", growth: 20 },
  process: { name: "own memory of the process, MB", growth: 40 },
};

/** What is held too much of: a sentence each. `rounds` are the counts after each round, null where unknown. */
export function grown(rounds) {
  if (rounds.length <= WARM_UP) throw new Error(`${rounds.length} rounds: growth is counted from the round ${WARM_UP} on`);
  const known = (key) => rounds.map((round) => round[key]).filter((count) => count !== null);
  return Object.entries(LIMITS).flatMap(([key, { name, most, growth }]) => {
    const counts = known(key);
    if (counts.some((count) => !Number.isFinite(count))) return [`${name}: ${counts.join(", ")} are no counts`];
    if (counts.length < rounds.length) return [];
    const problems = [];
    if (most !== undefined && Math.max(...counts) > most) problems.push(`${name}: ${counts.join(", ")}, at most ${most} may be left`);
    const from = counts[WARM_UP - 1];
    // The least of the last three: garbage may wait for a while.
    const to = Math.min(...counts.slice(Math.max(WARM_UP, counts.length - 3)));
    if (growth !== undefined && to - from > growth) problems.push(`${name}: from ${from} to ${to}, more than ${growth} in addition`);
    return problems;
  });
}

/** How checks of a kind end: with a verdict, unless something else is meant to happen to them. */
const ENDS = { "element taken away": /^taken away$/, "cancelled early": /^cancelled$/, "cancelled late": /^cancelled$/, failed: /^not_found$/ };

/** What ended otherwise than it should: a sentence each. `ends` are pairs of kind and end. */
export function misled(ends) {
  const wrong = ends.filter(([kind, end]) => !(ENDS[kind] ?? /^(live|fake|inconclusive)$/).test(end));
  return wrong.map(([kind, end]) => `${kind} ended with ${end}`);
}

/** The counts as a table. */
export function table(rounds, perRound) {
  const keys = Object.keys(LIMITS);
  const head = ["checks", ...keys];
  const lines = rounds.map((round, i) => [(i + 1) * perRound, ...keys.map((key) => round[key] ?? "-")]);
  return [head, ...lines].map((line) => line.map((cell) => String(cell).padStart(9)).join(" ")).join("\n");
}
