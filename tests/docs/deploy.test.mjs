// What the unit of systemd and the gateway have to agree on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./lib/documents.mjs";

const unit = readFileSync(join(ROOT, "docs/deploy/liveness-gateway.service"), "utf8");
const guide = readFileSync(join(ROOT, "docs/gateway.md"), "utf8");

/** What systemd takes of a unit: the last assignment counts. */
const set = (name, text = unit) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].at(-1)?.[1];

const grace = () => {
  const config = readFileSync(join(ROOT, "crates/gateway/src/config/mod.rs"), "utf8");
  return Number(config.match(/env = "LIVENESS_GRACE", default_value_t = (\d+)/)[1]);
};

test("the gateway alone is told to end: it ends its ffmpeg itself, and what is being decoded is kept", () => {
  assert.equal(set("KillMode"), "mixed");
});

test("the gateway has the time that it takes to end", () => {
  assert.ok(Number(set("TimeoutStopSec")) > grace());
  const runs = [...guide.matchAll(/^podman run .*$/gm)].map(([line]) => line);
  assert.ok(runs.length > 0);
  for (const run of runs) {
    assert.ok(Number(run.match(/--stop-timeout (\d+)/)?.[1]) > grace(), run);
  }
  const named = [...guide.matchAll(/(?:terminationGracePeriodSeconds|stop_grace_period): (\d+)/g)];
  assert.ok(named.length >= 2);
  for (const [text, seconds] of named) assert.ok(Number(seconds) > grace(), text);
});

// An image of another format loses the line without a word, and behind a proxy that is not trusted all people are one client.
test("the container asks itself whether it is ready, and believes the proxy before it", () => {
  const file = readFileSync(join(ROOT, "docs/deploy/Containerfile"), "utf8");
  assert.match(file, /^HEALTHCHECK [^\n]*(?:\\\n[^\n]*)*\/ready/m);
  const builds = [...`${file}\n${guide}`.matchAll(/podman build .*/g)].map(([line]) => line);
  assert.ok(builds.length >= 2);
  for (const build of builds) assert.match(build, /--format docker /);
  const runs = [...guide.matchAll(/^podman run (?:.*\\\n)*.*$/gm)].map(([text]) => text);
  assert.ok(runs.length > 0);
  for (const run of runs) assert.match(run, /--env LIVENESS_TRUSTED_PROXIES=1\b/);
});

// systemd looks at the exit code of the main process alone: another that ends with it is started again for ever.
test("settings that cannot work are not tried again", () => {
  assert.equal(set("RestartPreventExitStatus"), "2");
  assert.match(set("ExecStart"), /^\S*liveness-gateway$/);
  for (const other of ["ExecStartPre", "ExecCondition", "ExecStartPost"]) {
    assert.equal(set(other), undefined, other);
  }
});

// What is set later takes the place of what was set before, or, where it is empty, of all of it.
test("what the unit offers to be taken in counts once it is", () => {
  const blocks = unit.split("\n\n").filter((block) => /^#[A-Za-z]+=/m.test(block));
  assert.ok(blocks.some((block) => block.includes("#Environment=LIVENESS_TLS_CERT")));
  const lists = new Set(["Environment", "LoadCredential", "SupplementaryGroups"]);
  for (const block of blocks) {
    const taken = unit.replace(block, block.replace(/^#(?=[A-Za-z]+=)/gm, ""));
    for (const [, name, value] of block.matchAll(/^#([A-Za-z]+)=(.*)$/gm)) {
      if (lists.has(name)) {
        const after = taken.slice(taken.indexOf(`\n${name}=${value}`));
        assert.doesNotMatch(after, new RegExp(`^${name}=$`, "m"), "it is not emptied again");
      } else {
        assert.equal(set(name, taken), value, name);
      }
    }
  }
});
