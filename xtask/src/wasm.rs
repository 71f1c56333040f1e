//! The wasm modules: cargo, then wasm-bindgen's glue, then wasm-opt, into pkg/dist.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    error::{Error, IoContext, Result},
    glue,
    run::{cargo, command, run, step},
    setup::{WASM, rustc_version},
    stamp::Inputs,
    workspace::Workspace,
};

/// A module that ships.
struct Module {
    /// The feature of the root package that it is.
    feature: &'static str,
    /// Its name in the package.
    name: &'static str,
    /// Its script, which the two modules with the built-in detector share.
    script: &'static str,
    profile: &'static str,
}

/// The modules. A page loads the first and one of the others: `vision` where the browser has relaxed SIMD,
/// else `vision_compat`; `vision_onnx` where the page brings its own detector.
const MODULES: [Module; 4] = [
    Module { feature: "host", name: "host", script: "host", profile: "wasm-host" },
    Module { feature: "vision-relaxed", name: "vision", script: "vision", profile: PROFILE },
    Module { feature: "vision", name: "vision_compat", script: "vision", profile: PROFILE },
    Module {
        feature: OWN_DETECTOR,
        name: "vision_onnx",
        script: "vision_onnx",
        profile: "wasm-onnx",
    },
];

const OWN_DETECTOR: &str = "vision-onnx";

const PROFILE: &str = "wasm";

/// Which detectors the package can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detectors {
    /// Also one that a page brings.
    Any,
    /// Its own only: tract-onnx takes as long to compile as all the rest.
    BuiltIn,
}

/// What the modules are compiled from.
const SOURCES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "src",
    "crates/protocol",
    "crates/capture",
    "crates/vision",
    "patches",
];

/// The feature that puts tract's stock operators in the place of ours.
pub const STOCK: &str = "vision-stock";

/// In the module that ships tract only holds the graph and is compiled for size; here it does the work.
const STOCK_CONFIG: &[&str] = &[
    "--config=profile.wasm.package.tract-core.opt-level=3",
    "--config=profile.wasm.package.tract-data.opt-level=3",
    "--config=profile.wasm.package.tract-linalg.opt-level=3",
];

/// For size, since rustc has optimised already (what is computed takes no longer).
const SMALL: &[&str] = &["-Os"];

/// For the smallest module, which every page waits for: again and again until there is no more to find. `-O2` leaves
/// more alike that compresses than `-Os`, and wherever it is built the module comes out nearly as small.
const SMALLEST: &[&str] = &["-O2", "--gufa-optimizing", "-O2", "--converge"];

/// What every browser that has SIMD has as well, and rustc's wasm target uses. Without inlining, since two copies compress
/// worse than one call.
const WASM_OPT: &[&str] = &[
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
    "--strip-target-features",
];

/// How the glue is made, for the stamps: to be changed with `glue.rs`.
const GLUE: &str = "short names";

/// The options of wasm-opt for a module.
pub fn opt_args(module: &str) -> Vec<&'static str> {
    let relaxed = (module == "vision").then_some("--enable-relaxed-simd");
    let passes = match module {
        "host" => SMALLEST,
        // Not optimised, which would take 100 s in place of 15 and save a fortieth of its size.
        "vision_onnx" => &[],
        _ => SMALL,
    };
    passes.iter().chain(WASM_OPT).copied().chain(relaxed).collect()
}

/// A module with its glue made, but not optimised yet: it still has its functions' names.
pub fn glued(workspace: &Workspace, module: &str) -> PathBuf {
    let known = MODULES.iter().find(|known| known.name == module);
    let (feature, script) = known.map_or((module, module), |known| (known.feature, known.script));
    workspace.target.join("glue").join(feature).join(format!("{script}_bg.wasm"))
}

/// Where the modules' scripts and declarations are, for those who bundle and type-check them.
pub const SCRIPTS: &str = "js/glue";

/// Where the package's files go.
pub const DIST: &str = "pkg/dist";
/// Where those of the package for pages with their own detector go: larger than all the rest, and rarely needed.
pub const ONNX_DIST: &str = "pkg/onnx/dist";

/// Builds the modules into the packages.
pub fn build(workspace: &Workspace, detectors: Detectors) -> Result<()> {
    check_versions(workspace)?;
    let sources = Inputs::new().text(&rustc_version()?).paths(&workspace.root, SOURCES)?;
    let build = |module: &Module| {
        let dist = if module.feature == OWN_DETECTOR { ONNX_DIST } else { DIST };
        let raw = compile(workspace, module.feature, module.profile, &[], sources.clone())?;
        finish(workspace, module, &raw, &workspace.path(SCRIPTS), &workspace.path(dist))
    };
    let [host, vision, vision_compat, onnx] = &MODULES;
    // Two at a time, since linking and optimising a module keep one core busy: the one with tract-onnx takes about as long
    // as all the others.
    let (first, second) = match detectors {
        Detectors::Any => (vec![vision, vision_compat, host], onnx),
        Detectors::BuiltIn => (vec![vision, vision_compat], host),
    };
    thread::scope(|scope| {
        let second = scope.spawn(|| build(second));
        let first = first.into_iter().try_for_each(&build);
        let second = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        first.and(second)
    })
}

/// Builds the worker's module with tract's stock operators, compiled for speed, into `dist`, and its script into
/// `scripts`: a peer for the benches, never shipped.
pub fn build_stock(workspace: &Workspace, scripts: &Path, dist: &Path) -> Result<()> {
    check_versions(workspace)?;
    let sources = Inputs::new().text(&rustc_version()?).paths(&workspace.root, SOURCES)?;
    let raw = compile(workspace, STOCK, PROFILE, STOCK_CONFIG, sources)?;
    let module = Module { feature: STOCK, name: "vision", script: "vision", profile: PROFILE };
    finish(workspace, &module, &raw, scripts, dist)
}

/// The linked wasm-bindgen must be that of the modules. Cargo built us from this very lock file.
pub fn check_versions(workspace: &Workspace) -> Result<String> {
    let runtime = workspace.locked("wasm-bindgen")?;
    let support = workspace.locked("wasm-bindgen-cli-support")?;
    if runtime == support { Ok(runtime) } else { Err(Error::BindgenVersions { runtime, support }) }
}

/// Cargo's own variables for flags would replace those of .cargo/config.toml, without which the module would
/// have no SIMD and no source of randomness.
pub fn without_flags(mut command: std::process::Command) -> std::process::Command {
    for name in
        ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"]
    {
        command.env_remove(name);
    }
    command
}

/// Where cargo keeps the sources of crates.
fn registry_sources() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).unwrap_or_default();
    let sources = home.join("registry/src");
    let Ok(registries) = fs::read_dir(&sources) else { return Ok(Vec::new()) };
    registries.map(|entry| Ok(entry.at(&sources)?.path())).collect()
}

/// The option that leaves these folders out of the paths in panics' messages: whoever built a module is nobody's
/// business, and a module is the same wherever it is built. Cargo adds them to the flags of .cargo/config.toml.
fn short_paths(folders: &[PathBuf]) -> String {
    let flags: Vec<String> = folders
        .iter()
        .map(|folder| format!("{:?}", format!("--remap-path-prefix={}/=", folder.display())))
        .collect();
    format!("--config=target.{WASM}.rustflags=[{}]", flags.join(", "))
}

/// Compiles one module, a feature of the root package. All have the same file name, so each is copied away at
/// once.
fn compile(
    workspace: &Workspace,
    feature: &str,
    profile: &str,
    config: &[&str],
    sources: Inputs,
) -> Result<PathBuf> {
    let raw = workspace.target.join("wasm-raw").join(format!("{feature}.wasm"));
    let args = [
        "build",
        "--timings",
        "--lib",
        "--target",
        WASM,
        "--profile",
        profile,
        "--no-default-features",
        "--features",
    ];
    let name = format!("wasm {feature}");
    let inputs = sources.text(&[&args, config].concat().join(" ")).text("short paths");
    let paths = short_paths(&registry_sources()?);
    workspace.stamps().unless_fresh(&name, inputs, std::slice::from_ref(&raw), || {
        step(&name, || {
            let mut build = without_flags(cargo());
            run(build
                .args(args)
                .arg(feature)
                .args(config)
                .arg(&paths)
                .current_dir(&workspace.root))?;
            let built = workspace.target.join(WASM).join(profile).join("liveness_capture.wasm");
            copy(&built, &raw)
        })
    })?;
    Ok(raw)
}

/// Makes a module's glue in `scripts`, and the optimised module in `dist`.
fn finish(
    workspace: &Workspace,
    module: &Module,
    raw: &Path,
    scripts: &Path,
    dist: &Path,
) -> Result<()> {
    let &Module { feature, name, script, .. } = module;
    let [js, types] = ["js", "d.ts"].map(|ending| scripts.join(format!("{script}.{ending}")));
    let module_file = dist.join(format!("{name}_bg.wasm"));
    // A script that two modules share is written by the one it is named after, which is built first.
    let shared = name != script;
    let outputs = if shared {
        vec![module_file.clone()]
    } else {
        vec![module_file.clone(), js.clone(), types.clone()]
    };
    let inputs = Inputs::new()
        .text(&check_versions(workspace)?)
        .text(&opt_args(name).join(" "))
        .text(GLUE)
        .paths(&workspace.root, &["package-lock.json"])?
        .path(&workspace.target, raw)?;
    let step_name = format!("glue {feature}");
    workspace.stamps().unless_fresh(&step_name, inputs, &outputs, || {
        step(&step_name, || {
            let glue = workspace.target.join("glue").join(feature);
            glue::generate(script, raw, &glue)?;
            fs::create_dir_all(dist).at(dist)?;
            let opt = workspace.path("node_modules/binaryen/bin/wasm-opt");
            run(command("node")
                .arg(opt)
                .args(opt_args(name))
                .arg(glue.join(format!("{script}_bg.wasm")))
                .arg("-o")
                .arg(&module_file))?;
            let made = glue.join(format!("{script}.js"));
            if shared {
                return check_same(&made, &js);
            }
            copy(&made, &js)?;
            copy(&glue.join(format!("{script}.d.ts")), &types)
        })
    })?;
    Ok(())
}

/// Two modules can share a script only if each would have it.
fn check_same(made: &Path, shared: &Path) -> Result<()> {
    if fs::read(made).at(made)? == fs::read(shared).at(shared)? {
        return Ok(());
    }
    Err(Error::Malformed {
        what: shared.display().to_string(),
        message: format!("it is not what {} has: they need one each", made.display()),
    })
}

/// Copies a file, making the folder it goes to.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).at(folder)?;
    }
    fs::copy(from, to).at(from)?;
    Ok(())
}
