// Whoever follows a page from an empty folder gets to a verdict: what a page says in one place fits what it says in another.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "../js/load.mjs";
import { commandsOf } from "./lib/commands.mjs";
import { DOCUMENTS, ROOT, WRITTEN_FROM_CODE, blocks, codeSpans } from "./lib/documents.mjs";

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const WRITTEN = DOCUMENTS.filter((path) => !WRITTEN_FROM_CODE.includes(path));

/** A list of `{ document, line, text }` as one reads it. */
const places = (found) => found.map(({ document, line, text }) => `${document}:${line}: ${text.trim()}`);

/** Whether a command is a gateway that runs until it is stopped. */
const isGateway = (command) => /\bcargo xtask demo\b|(^|[ /])liveness-gateway(?! (audit|check|keys|tenants)\b)(?!.*( check| --help)$)/.test(command) && !/^(cargo (build|run|test)|podman build)\b/.test(command);
/** Whether the shell is not given back. */
const stays = (command) => !/&$/.test(command) && (isGateway(command) || /^python3 -m http\.server\b|^node \S*server\.mjs\b/.test(command));

/** The lines of a shell block that nobody gets to. */
const behind = (text) => {
  const commands = commandsOf(text).map((command) => command.replace(/\s#.*$/, "").trim());
  const at = commands.findIndex(stays);
  return at < 0 ? [] : commands.slice(at + 1);
};

/** Whether a gateway is started for pages, without the key that their verdicts are read with. */
const hasNoKey = (command) => isGateway(command) && /--allow-origin|LIVENESS_ALLOW_ORIGIN=/.test(command) && !/\bLIVENESS_SERVER_KEY(_FILE)?=/.test(command);

/** Whether a script comes from the page's own origin, though the gateway is another. */
const loadsFromElsewhere = (text) => /\b(endpoint|gateway|baseUrl)["']?\s*[=:]\s*["'{]*https?:\/\//.test(text) && /(?:\bsrc=|\bimport[\s(]*|\bfrom\s*)["'`]\/liveness-capture\//.test(text);

/** What a page asks its own back end. */
const asked = (text) => [...text.matchAll(/\b(?:fetch|ask)\(\s*["'`](\/liveness\/[^"'`?]*)/g)].map(([, path]) => path);

const shell = WRITTEN.flatMap(blocks).filter(({ language }) => language === "sh");

test("behind a command that does not end, a block has no other", () => {
  assert.deepEqual(places(shell.flatMap(({ document, line, text }) => behind(text).map((rest) => ({ document, line, text: rest })))), []);
});

test("who starts a gateway for pages gives it the key that verdicts are read with", () => {
  const commands = shell.flatMap(({ document, line, text }) => commandsOf(text).map((command) => ({ document, line, text: command })));
  const spans = WRITTEN.flatMap((document) => codeSpans(document).map((span) => ({ document, ...span })));
  assert.deepEqual(places([...commands, ...spans].filter(({ text }) => hasNoKey(text))), []);
  const migration = commands.filter(({ document, text }) => document === "docs/migration.md" && isGateway(text));
  assert.equal(migration.length, 1, "the first step is a command");
});

test("a page whose gateway is another origin has its script from there", () => {
  assert.deepEqual(places(WRITTEN.flatMap(blocks).filter(({ text }) => loadsFromElsewhere(text))), []);
});

test("what pages ask of the back end, the recipe's server answers", () => {
  const answered = [...read("docs/recipes/server.mjs").matchAll(/^ {2}async "POST (\S+)"/gm)].map(([, path]) => path);
  assert.ok(answered.length >= 2);
  const found = WRITTEN.flatMap(blocks).flatMap(({ document, line, text }) => asked(text).map((path) => ({ document, line, text: path })));
  assert.ok(found.length >= 5, places(found).join());
  assert.deepEqual(places(found.filter(({ text }) => !answered.includes(text))), []);
});

describe("the page of a framework says how its first check gets to a gateway", () => {
  const DEVELOPMENT = { react: "server: { proxy:", vue: "server: { proxy:", svelte: "server: { proxy:", angular: "proxyConfig" };
  for (const [name, setting] of Object.entries(DEVELOPMENT)) {
    test(name, () => {
      const paragraph = read(`docs/${name}.md`).split("\n\n").find((text) => text.startsWith("The pictures go to the [gateway]")) ?? "";
      for (const said of ["https://liveness.example", "`--allow-origin`", "`cargo xtask demo`", setting, "http://127.0.0.1:8080"]) {
        assert.ok(paragraph.includes(said), `${said} in: ${paragraph}`);
      }
    });
  }
});

test("the headers that the package's page calls reserved are those that are", async () => {
  const { RESERVED_HEADERS } = await load("generated/codes");
  const [sentence] = /`content-type`[^;.]*are reserved/.exec(read("pkg/README.md").replace(/\s+/g, " "));
  assert.deepEqual([...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort(), [...RESERVED_HEADERS].sort());
});

test("no picture is kept for longer than docs/privacy.md says", () => {
  const seconds = (path, pattern) => Number(pattern.exec(read(path))[1].replaceAll("_", ""));
  const ttl = seconds("crates/gateway/src/config/mod.rs", /env = "LIVENESS_SESSION_TTL", default_value_t = (\d+)/);
  const check = seconds("crates/gateway/src/domain/runner.rs", /DEADLINE: Duration = Duration::from_secs\((\d+)\)/);
  const margin = seconds("crates/gateway/src/domain/runner.rs", /LEASE_MARGIN: Duration = Duration::from_secs\((\d+)\)/);
  const reopened = seconds("crates/gateway/src/store/entry.rs", /REOPENED_MS: u64 = ([\d_]+)/) / 1000;
  const sweep = seconds("crates/gateway/src/api/serve.rs", /SWEEP_EVERY: Duration = Duration::from_secs\((\d+)\)/);
  // A check that is cut off leaves its session open until the token ends. The last one may begin just before that, be claimed
  // anew after a borderline verdict of the local verifier's, and be left by a gateway that dies; a sweep clears up.
  const beyond = check + margin + reopened + check + check + margin + sweep;
  const text = read("docs/privacy.md").replace(/\s+/g, " ");
  const WORDS = { five: 5, ten: 10 };
  const bounds = [
    [/may be asked for again, (\w+) at most/, ttl + beyond],
    [/\((\w+) more than `--session-ttl`\)/, beyond],
    [/decided, (\w+) minutes at most,/, ttl + beyond],
    [/at the latest after \[(\w+)\] minutes/, ttl + beyond],
  ];
  for (const [pattern, least] of bounds) {
    const [said, number] = pattern.exec(text) ?? assert.fail(`${pattern}`);
    assert.ok((WORDS[number] ?? Number(number)) * 60 >= least, `${said}: ${least} s`);
  }
});

test("what leads nowhere is found", () => {
  assert.deepEqual(behind("LIVENESS_SERVER_KEY=x cargo xtask demo # there\nexport A=b"), ["export A=b"]);
  assert.deepEqual(behind("cargo build --package liveness-gateway\ntarget/release/liveness-gateway \\\n  --listen [::1]:80"), []);
  assert.deepEqual(behind("liveness-gateway --allow-origin https://a.example check\nliveness-gateway keys create a"), []);
  assert.ok(hasNoKey("MOVERIS_API_KEY=… liveness-gateway --allow-origin https://your.page"));
  assert.ok(!hasNoKey("LIVENESS_SERVER_KEY_FILE=/a liveness-gateway --allow-origin https://your.page"));
  assert.ok(loadsFromElsewhere('<script src="/liveness-capture/element.js"></script><liveness-check endpoint="https://liveness.example">'));
  assert.ok(loadsFromElsewhere('import "/liveness-capture/element.js";\nnew LivenessCheck({ endpoint: "https://liveness.example" });'));
  assert.ok(!loadsFromElsewhere('<script src="/liveness-capture/element.js"></script><liveness-check>'));
  assert.deepEqual(asked('fetch("/liveness/session", {})'), ["/liveness/session"]);
});
