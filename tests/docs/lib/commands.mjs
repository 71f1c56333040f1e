// What may stand in a block of shell commands.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayBinary } from "../../e2e/lib/paths.mjs";
import { ROOT } from "./documents.mjs";

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const usage = read("xtask/src/usage.rs");
const subcommands = new Set([...usage.matchAll(/^ {2}([a-z-]+)[ \[]/gm)].map(([, name]) => name).concat("help"));
const openapi = JSON.parse(read("docs/openapi.json"));
let gatewayFlags;

/** The gateway's flags, as it lists them. */
export function flagsOfTheGateway() {
  const helpOf = (...command) => execFileSync(gatewayBinary(), [...command, "--help"], { encoding: "utf8" });
  gatewayFlags ??= new Set([[], ["audit", "list"], ["audit", "verify"], ["keys", "create"], ["keys", "rotate"], ["tenants", "create"], ["tenants", "set"]].flatMap((command) => helpOf(...command).match(/--[a-z-]+/g)));
  return gatewayFlags;
}

const options = (words) => words.filter((word) => word.startsWith("-")).map((word) => word.split("=")[0]);
const unknown = (words, known) => options(words).filter((option) => !known(option));
const refuse = (what, names) => (names.length > 0 ? `${what} knows no ${names.join(", ")}` : null);

/** A crate of the workspace by its package's name: its folder. */
function crate(name) {
  const folders = ["crates/protocol", "crates/capture", "crates/vision", "crates/verifier", "crates/gateway", "xtask", "."];
  return folders.find((folder) => new RegExp(`^name = "${name}"`, "m").test(read(`${folder}/Cargo.toml`)));
}

/** By the program: says what is wrong with its arguments, or null. */
const PROGRAMS = {
  cargo([command, ...rest]) {
    if (command === "xtask") {
      const [name, ...own] = rest;
      if (!subcommands.has(name)) return `cargo xtask has no ${name}`;
      return refuse(`cargo xtask ${name}`, unknown(own, (option) => usage.includes(option)));
    }
    if (command === "install") return rest.includes("--path") || rest.includes("--locked") ? null : "cargo install needs a path of this repository";
    if (!["run", "test", "build", "fmt", "bench"].includes(command)) return `cargo ${command} is not known here`;
    const [own] = [rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest];
    const value = (...names) => own[names.map((name) => own.indexOf(name)).find((at) => at >= 0) + 1];
    const name = value("--package", "-p");
    const folder = name && crate(name);
    if (name && !folder) return `there is no crate ${name}`;
    for (const [flag, place] of [["--example", "examples"], ["--test", "tests"], ["--bench", "benches"]]) {
      const target = own.includes(flag) && own[own.indexOf(flag) + 1];
      if (target && folder && ![`${target}.rs`, `${target}/main.rs`].some((file) => existsSync(join(ROOT, folder, place, file)))) return `${name} has no ${flag} ${target}`;
    }
    return null;
  },
  node(words) {
    const script = words.find((word) => !word.startsWith("-"));
    return script && (script.includes("*") || existsSync(join(ROOT, script)) || existsSync(join(ROOT, "docs/recipes", script))) ? null : `there is no script ${script}`;
  },
  npx([name, ...rest]) {
    if (name !== "liveness-capture") return `npx ${name} is not ours`;
    return rest[0] === "assets" && rest.length === 2 ? null : "it is `npx liveness-capture assets FOLDER`";
  },
  npm: ([command]) => (["install", "i", "ci", "run", "create", "pack"].includes(command) ? null : `npm ${command} is not expected`),
  "liveness-gateway": (words) => refuse("liveness-gateway", unknown(words, (option) => flagsOfTheGateway().has(option))),
  python3: (words) => (words.join(" ").startsWith("-m http.server") ? null : PROGRAMS.node(words)),
  curl(words) {
    const address = words.find((word) => /^["']?(\$GATEWAY_URL|https?:\/\/)/.test(word)) ?? "";
    const path = address.replace(/["']/g, "").replace(/^(\$GATEWAY_URL|https?:\/\/[^/]+)/, "").replace(/\/sessions\/[^/]+/, "/sessions/{id}");
    return path in openapi.paths ? null : `the gateway has no ${path || "address in this request"}`;
  },
  php: (words) => PROGRAMS.node(words),
  go: ([command, ...rest]) => (command === "run" ? PROGRAMS.node(rest) : `go ${command} is not expected`),
  git: () => null,
  cd: () => null,
  export: () => null,
  openssl: () => null,
  "apt-get": () => null,
};
const VARIABLES = /^([A-Z_]+)=/;

/** Environment variables that programs of the repository read. */
export const ENVIRONMENT = (() => {
  const text = ["docs/gateway.md", "xtask/src/demo.rs", "tests/e2e/lib/paths.mjs", "tests/packages/README.md", "xtask/src/suite.rs", "docs/performance.md", "CONTRIBUTING.md"].map(read).join("\n");
  return new Set(text.match(/\b(LIVENESS|MOVERIS)_[A-Z_]+\b/g));
})();

/** What is wrong with a line of a shell block, or null. */
export function faultOf(line) {
  let words = line.replace(/(^|\s)#.*$/, "").trim().split(/\s+/).filter(Boolean);
  if (words[0] === "sudo") words = words.slice(1);
  while (VARIABLES.test(words[0] ?? "")) {
    const [, name] = VARIABLES.exec(words.shift());
    if (/^(LIVENESS|MOVERIS)_/.test(name) && !ENVIRONMENT.has(name)) return `nothing reads ${name}`;
  }
  if (words.length === 0) return null;
  const [program, ...rest] = words;
  const check = PROGRAMS[program.split("/").at(-1)];
  return check ? check(rest) : `${program} is not a command that is known here`;
}

/** The commands of a block: continued lines joined. */
export const commandsOf = (text) => text.replace(/\\\n\s*/g, " ").split("\n").flatMap((line) => line.split(" && ")).filter((line) => line.trim() && !line.trim().startsWith("#"));
