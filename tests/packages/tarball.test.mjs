// What is in the packed packages, and what the usual checkers say about them.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { REPO } from "../e2e/lib/paths.mjs";
import { onnxTarball, tarball } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { tool } from "./lib/tools.mjs";

/** Weights are named by their content; what this content is, is not this test's matter. */
const withoutHash = (path) => path.replace(/-[0-9a-f]{8}\.bin$/, "-<hash>.bin");

/** Scripts are started and modules fetched, never imported, so they have no types. */
const TARBALLS = [
  { name: "liveness-capture", archive: tarball, source: "pkg", limit: 4_300_000, peers: ["jspsych", "react"], untyped: ["./worker.js", "./embed.js", "./embed-inline.js", "./frame.classic.js", "./qualtrics.classic.js", "./jspsych.classic.js"] },
  { name: "liveness-capture-onnx", archive: onnxTarball, source: "pkg/onnx", limit: 15_000_000, peers: [], untyped: ["./vision_onnx_bg.wasm"] },
];

for (const { name, archive, source, limit, peers, untyped } of TARBALLS) {
  describe(`the packed ${name}`, () => {
    let folder;
    let files;
    let manifest;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "liveness-capture-tarball-"));
      await run("tar", ["-xzf", archive(), "-C", folder]);
      const root = join(folder, "package");
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      files = entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
      manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    test(`holds exactly the files listed in ${source}/contents.txt`, async () => {
      const listed = (await readFile(join(REPO, source, "contents.txt"), "utf8")).split("\n").filter(Boolean);
      assert.deepEqual(files.map(withoutHash).sort(), listed.sort());
    });

    test("tells nothing of the machine that built it", async () => {
      const paths = [REPO, homedir(), "registry/src", ".cargo/registry"];
      const built = files.filter((file) => /\.(wasm|js|mjs)$/.test(file));
      assert.ok(built.length > 0);
      for (const file of built) {
        const bytes = await readFile(join(folder, "package", file));
        for (const path of paths) assert.ok(!bytes.includes(path), `${file} holds ${path}`);
      }
    });

    test("depends on nothing, and runs nothing when it is installed", () => {
      for (const kind of ["dependencies", "optionalDependencies", "bundleDependencies", "bundledDependencies"]) {
        assert.deepEqual(Object.keys(manifest[kind] ?? {}), [], kind);
      }
      for (const script of ["preinstall", "install", "postinstall"]) assert.equal(manifest.scripts?.[script], undefined, script);
    });

    test("names what its entries go with, brings none of it, and can be installed beside any version", async () => {
      // npm refuses to install beside another version than an optional peer's: also a page with React 17 that has only the element.
      assert.deepEqual(manifest.peerDependencies ?? {}, Object.fromEntries(peers.map((peer) => [peer, "*"])));
      const optional = Object.entries(manifest.peerDependenciesMeta ?? {}).filter(([, { optional }]) => optional === true);
      assert.deepEqual(optional.map(([peer]) => peer).sort(), peers);
      // Whatever a script or a declaration imports by a name.
      const texts = await Promise.all(files.filter((file) => /\.(js|mjs|d\.ts)$/.test(file)).map((file) => readFile(join(folder, "package", file), "utf8")));
      const imported = texts.flatMap((text) => [...text.matchAll(/(?:^|[;}\s])(?:import|export)\b[^;"']{0,2000}?\bfrom\s*["']([^."'/][^"']*)["']/g)].map(([, from]) => from));
      const others = new Set(imported.filter((from) => !from.startsWith("node:") && !from.startsWith(name)));
      assert.deepEqual([...others].sort(), peers);
    });

    test("every entry, and what main, types and bin name, is there", () => {
      const named = (value) => (typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(named));
      const paths = [manifest.main, manifest.module, manifest.types, ...named(manifest.bin), ...named(manifest.exports)].filter(Boolean);
      assert.ok(paths.length >= 4, paths.join());
      for (const path of paths.map((path) => path.replace(/^\.\//, "")).filter((path) => !path.includes("*"))) {
        assert.ok(files.includes(path), `${path} is named in package.json and not packed`);
      }
    });

    test(`takes less than ${limit / 1e6} MB when installed`, async () => {
      const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, "package", file))).size));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      console.log(`${name}: packed ${(await stat(archive())).size} bytes, installed ${total} bytes, ${files.length} files`);
      assert.ok(total < limit, `${total} bytes`);
    });

    test("cannot be packed unfinished, nor with what an earlier build left", async () => {
      await cp(join(REPO, "pkg"), join(folder, "pkg"), { recursive: true });
      const copy = join(folder, source);
      // npm runs this before it packs. Starting npm for every file would take a minute.
      const check = () => run("sh", ["-c", manifest.scripts.prepack], { cwd: copy });
      const pack = () => run("npm", ["pack", "--dry-run"], { cwd: copy });
      await pack();
      const aside = join(folder, "aside");
      for (const file of files.filter((path) => !["package.json", "README.md"].includes(path))) {
        await rename(join(copy, file), aside);
        await assert.rejects(check, `without ${file}`);
        await rename(aside, join(copy, file));
      }
      await cp(join(copy, "package.json"), join(copy, "dist", "old_bg.wasm"));
      await assert.rejects(pack, "with dist/old_bg.wasm");
    });

    test("publint finds nothing", async () => {
      const said = await run("node", [await tool("publint", "src/cli.js"), join(folder, "package"), "--strict"]);
      assert.match(said, /All good/i, said);
    });

    test("its types are right in every module resolution", async () => {
      // Throws with the report if they are not.
      const args = [archive(), "--profile", "esm-only", "--exclude-entrypoints", ...untyped];
      await run("node", [await tool("@arethetypeswrong/cli", "dist/index.js"), ...args]);
    });
  });
}
