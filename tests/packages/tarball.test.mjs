// What is in the packed package, and what the usual checkers say about it.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { REPO } from "../e2e/lib/paths.mjs";
import { PACKAGES, tarball } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { tool } from "./lib/tools.mjs";

const INSTALLED_LIMIT = 3_000_000;

/** Weights are named by their content; what this content is, is not this test's matter. */
const withoutHash = (path) => path.replace(/-[0-9a-f]{8}\.bin$/, "-<hash>.bin");

describe("the packed package", () => {
  const archive = tarball();
  let folder;
  let files;
  let manifest;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "liveness-capture-tarball-"));
    await run("tar", ["-xzf", archive, "-C", folder]);
    const root = join(folder, "package");
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    files = entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
    manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("holds exactly the files listed in tarball.txt", async () => {
    const listed = (await readFile(join(PACKAGES, "tarball.txt"), "utf8")).split("\n").filter(Boolean);
    assert.deepEqual(files.map(withoutHash).sort(), listed.sort());
  });

  test("depends on nothing", () => {
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies", "bundledDependencies"]) {
      assert.deepEqual(Object.keys(manifest[kind] ?? {}), [], kind);
    }
    for (const script of ["preinstall", "install", "postinstall"]) assert.equal(manifest.scripts?.[script], undefined, script);
  });

  test("every entry, and what main, types and bin name, is there", () => {
    const named = (value) => (typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(named));
    const paths = [manifest.main, manifest.module, manifest.types, ...named(manifest.bin), ...named(manifest.exports)].filter(Boolean);
    assert.ok(paths.length >= 8, paths.join());
    for (const path of paths.map((path) => path.replace(/^\.\//, "")).filter((path) => !path.includes("*"))) {
      assert.ok(files.includes(path), `${path} is named in package.json and not packed`);
    }
  });

  test("takes less than 3 MB when installed", async () => {
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, "package", file))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`packed ${(await stat(archive)).size} bytes, installed ${total} bytes, ${files.length} files`);
    assert.ok(total < INSTALLED_LIMIT, `${total} bytes`);
  });

  test("cannot be packed unfinished", async () => {
    const copy = join(folder, "unfinished");
    await cp(join(REPO, "pkg"), copy, { recursive: true });
    const pack = () => run("npm", ["pack", "--dry-run"], { cwd: copy });
    await pack();
    for (const file of files.filter((name) => !/^(package\.json|README\.md)$/.test(name))) {
      await rename(join(copy, file), join(copy, "aside"));
      await assert.rejects(pack, `without ${file}`);
      await rename(join(copy, "aside"), join(copy, file));
    }
  });

  test("publint finds nothing", async () => {
    const said = await run("node", [await tool("publint", "src/cli.js"), join(folder, "package"), "--strict"]);
    assert.match(said, /All good/i, said);
  });

  test("its types are right in every module resolution", async () => {
    // Throws with the report if they are not. The worker's script is started, never imported.
    const args = [archive, "--profile", "esm-only", "--exclude-entrypoints", "./worker.js"];
    await run("node", [await tool("@arethetypeswrong/cli", "dist/index.js"), ...args]);
  });
});
