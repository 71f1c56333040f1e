// Builds the package's scripts: index.js, element.js with words/, embed.js, frame.js, qualtrics.js, jspsych.js, inline.js, worker.js, server.js and cli.mjs.
//
//   node js/build.mjs --glue DIR --weights FILE --name NAME --out DIR [--worker-only] [--no-onnx]
//
// glue: the modules' scripts; weights: the model, and the name it has in the package; out: where the modules are, too.
import { cp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { build } from "esbuild";

const { values: given } = parseArgs({
  options: {
    glue: { type: "string" },
    weights: { type: "string" },
    name: { type: "string" },
    out: { type: "string" },
    "worker-only": { type: "boolean", default: false },
    // Without the script of the module that runs a page's own detector.
    "no-onnx": { type: "boolean", default: false },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => join(here, "src", name);

/** The modules' scripts, which are made elsewhere. */
const glue = {
  name: "glue",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(host|vision|vision_onnx)\.js$/ }, ({ path }) => {
      const name = given["no-onnx"] ? basename(path).replace("_onnx", "") : basename(path);
      return { path: resolve(given.glue, name), sideEffects: false };
    });
  },
};
/** The inline build's files in the place of those beside the script. */
const inlineFiles = {
  name: "inline-files",
  setup({ onResolve }) {
    onResolve({ filter: /\/built_in\.js$/ }, () => ({ path: source("core/assets/inline.ts") }));
  },
};
/** The element leaves the core where it is, so that it is there once, and each language in a file of its own. */
const besideTheElement = {
  name: "beside-the-element",
  setup({ onResolve }) {
    onResolve({ filter: /\/core\/index\.js$/ }, () => ({ path: "./index.js", external: true }));
    onResolve({ filter: /\/words\/\w\w\.js$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./words/${basename(path)}`, external: true } : undefined);
  },
};
/** The classic script's own ways to its files in the place of those of modules. */
const besideTheClassicScript = {
  name: "beside-the-classic-script",
  setup({ onResolve }) {
    const embed = source("adapters/embed");
    onResolve({ filter: /\/built_in\.js$/ }, () => ({ path: join(embed, "built_in.ts") }));
    onResolve({ filter: /^\.\/loaders\.js$/ }, () => ({ path: join(embed, "loaders.ts") }));
  },
};
/** Surveys' adapters leave the element where it is: beside them. */
const besideTheAdapter = {
  name: "beside-the-adapter",
  setup({ onResolve }) {
    onResolve({ filter: /\/element\/index\.js$/ }, () => ({ path: "./element.js", external: true }));
  },
};
/** The same for their classic scripts, with jsPsych as its own classic script leaves it: in a global. */
const besideTheClassicAdapter = {
  name: "beside-the-classic-adapter",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/element_module\.js$/ }, () => ({ path: source("adapters/survey/element_script.ts") }));
    onResolve({ filter: /^jspsych$/ }, ({ path }) => ({ path, namespace: "global" }));
    const contents = `if (!globalThis.jsPsychModule) throw new Error("jspsych.classic.js needs jsPsych: put its script tag after that of jspsych.js");
      module.exports = globalThis.jsPsychModule;`;
    onLoad({ filter: /.*/, namespace: "global" }, () => ({ contents }));
  },
};
/** React is the page's own; the core and the element are those that are there already. */
const besideReact = {
  name: "beside-react",
  setup({ onResolve }) {
    // The core has the class of its errors, which is to be there once.
    onResolve({ filter: /\/core\/index\.js$|^\.\/errors\.js$/ }, () => ({ path: "./index.js", external: true }));
    onResolve({ filter: /\/element\/index\.js$/ }, () => ({ path: "./element.js", external: true }));
  },
};
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  legalComments: "none",
  define: { MODEL_FILE: JSON.stringify(`./${given.name}`) },
};

/** Gives the exports their own names at the top level, too: what has been pasted into a script is not imported. */
function withTopLevelNames(text) {
  const [exported, list] = /export\{([^}]*)\};\s*$/.exec(text) ?? [];
  if (!list) throw new Error("inline.js does not end with its exports");
  const pairs = list.split(",").map((pair) => pair.split(" as "));
  const names = pairs.map(([inner, outer]) => `${outer}=${inner}`);
  return `${text.slice(0, -exported.length)}const ${names};export{${pairs.map(([, outer]) => outer)}};\n`;
}

/** The text in ASCII alone: a classic script is read in its page's encoding. esbuild leaves regular expressions as they are. */
const inAscii = (text) => text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The text as it may stand between two script tags. */
function forAPaste(text) {
  const unfit = /<\/script|<!--|<script|^\s*-->/im.exec(text);
  if (unfit) throw new Error(`embed-inline.js cannot be pasted: it has ${JSON.stringify(unfit[0])} at ${unfit.index}`);
  return text;
}

/** One classic script: it runs as a worker of any kind, and imports nothing. */
const worker = { ...common, entryPoints: [source("core/worker.ts")], format: "iife", plugins: [glue] };

const { outputFiles: [{ text: workerText }] } = await build({ ...worker, write: false });
await writeFile(join(given.out, "worker.js"), workerText);
if (!given["worker-only"]) {
  const script = { ...common, format: "esm" };
  await build({ ...script, entryPoints: [source("core/index.ts")], outfile: join(given.out, "index.js"), plugins: [glue] });
  await build({ ...script, entryPoints: [source("element/index.ts")], outfile: join(given.out, "element.js"), plugins: [besideTheElement] });
  const languages = (await readdir(source("words"))).filter((name) => /^\w\w\.ts$/.test(name) && name !== "en.ts");
  // Those of languages there no longer are; the declarations beside them are made elsewhere.
  for (const old of await readdir(join(given.out, "words")).catch(() => [])) {
    if (old.endsWith(".js")) await rm(join(given.out, "words", old));
  }
  await build({ ...script, entryPoints: languages.map((name) => source(`words/${name}`)), outdir: join(given.out, "words") });
  const classic = { ...common, format: "iife", charset: "ascii", write: false };
  const writeClassic = async (name, { outputFiles: [{ text }] }) => writeFile(join(given.out, name), inAscii(text));
  await writeClassic("embed.js", await build({ ...classic, entryPoints: [source("adapters/embed/index.ts")], plugins: [glue, besideTheClassicScript] }));
  await build({ ...script, entryPoints: [source("adapters/frame/index.ts")], outfile: join(given.out, "frame.js") });
  await writeClassic("frame.classic.js", await build({ ...classic, entryPoints: [source("adapters/frame/classic.ts")] }));
  const { version } = JSON.parse(await readFile(join(here, "..", "pkg", "package.json"), "utf8"));
  const define = { ...common.define, VERSION: JSON.stringify(version) };
  for (const name of ["qualtrics", "jspsych"]) {
    const entry = (file) => [source(`adapters/${name}/${file}.ts`)];
    await build({ ...script, define, entryPoints: entry("index"), external: ["jspsych"], outfile: join(given.out, `${name}.js`), plugins: [besideTheAdapter] });
    await writeClassic(`${name}.classic.js`, await build({ ...classic, define, entryPoints: entry("classic"), plugins: [besideTheClassicAdapter] }));
  }
  // The directive lets pages that are rendered on a server import it.
  await build({ ...script, entryPoints: [source("adapters/react/index.ts")], outfile: join(given.out, "react.js"), external: ["react"], banner: { js: '"use client";' }, plugins: [besideReact] });
  await build({ ...script, entryPoints: [source("server.ts")], outfile: join(given.out, "server.js") });
  await cp(join(here, "cli", "cli.mjs"), join(given.out, "cli.mjs"));

  const pack = async (file) => (await promisify(deflateRaw)(await readFile(file), { level: 9 })).toString("base64");
  const files = {
    "host_bg.wasm": await pack(join(given.out, "host_bg.wasm")),
    "vision_compat_bg.wasm": await pack(join(given.out, "vision_compat_bg.wasm")),
    weights: await pack(given.weights),
  };
  const inlined = { plugins: [glue, inlineFiles], define: { ...common.define, INLINE_FILES: JSON.stringify(files), INLINE_WORKER: JSON.stringify(workerText) } };
  const inline = await build({ ...script, ...inlined, write: false, entryPoints: [source("core/index.ts")] });
  await writeFile(join(given.out, "inline.js"), withTopLevelNames(inline.outputFiles[0].text));
  const pasted = await build({ ...classic, ...inlined, entryPoints: [source("element/index.ts")] });
  await writeFile(join(given.out, "embed-inline.js"), forAPaste(inAscii(pasted.outputFiles[0].text)));
}
