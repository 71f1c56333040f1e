// What the unit of systemd and the gateway have to agree on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./lib/documents.mjs";

const unit = readFileSync(join(ROOT, "docs/deploy/liveness-gateway.service"), "utf8");
const set = (name) => unit.match(new RegExp(`^${name}=(.*)$`, "m"))?.[1];

test("the gateway alone is told to end: it ends its ffmpeg itself, and what is being decoded is kept", () => {
  assert.equal(set("KillMode"), "mixed");
});

test("the gateway has the time that it takes to end", () => {
  const config = readFileSync(join(ROOT, "crates/gateway/src/config/mod.rs"), "utf8");
  const grace = config.match(/env = "LIVENESS_GRACE", default_value_t = (\d+)/)[1];
  assert.ok(Number(set("TimeoutStopSec")) > Number(grace), grace);
});
