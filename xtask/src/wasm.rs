//! The two wasm modules: cargo, then wasm-bindgen's glue, then wasm-opt, into pkg/dist.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    error::{Error, IoContext, Result},
    run::{cargo, command, run, step},
    setup::{WASM, rustc_version},
    stamp::Inputs,
    workspace::Workspace,
};

/// The modules, each a feature of the root package, in the order in which a page loads them.
pub const MODULES: [&str; 2] = ["host", "vision"];

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

/// What every browser that has SIMD has as well, and rustc's wasm target uses. rustc has optimised
/// already: -O1 removes what it left in a third of the time of -O3, and compresses better.
const WASM_OPT: &[&str] = &[
    "-O1",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// Builds both modules into `pkg/dist`.
pub fn build(workspace: &Workspace) -> Result<()> {
    check_versions(workspace)?;
    let sources = Inputs::new().text(&rustc_version()?).paths(&workspace.root, SOURCES)?;
    for module in MODULES {
        let raw = compile(workspace, module, &[], sources.clone())?;
        finish(workspace, module, module, &raw, &workspace.path("pkg/dist"))?;
    }
    Ok(())
}

/// Builds the worker's module with tract's stock operators, compiled for speed, into `dist`: a peer for the
/// benches, never shipped.
pub fn build_stock(workspace: &Workspace, dist: &Path) -> Result<()> {
    check_versions(workspace)?;
    let sources = Inputs::new().text(&rustc_version()?).paths(&workspace.root, SOURCES)?;
    let raw = compile(workspace, STOCK, STOCK_CONFIG, sources)?;
    finish(workspace, STOCK, "vision", &raw, dist)
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

/// Compiles one module, a feature of the root package. All have the same file name, so each is copied away at
/// once.
fn compile(
    workspace: &Workspace,
    module: &str,
    config: &[&str],
    sources: Inputs,
) -> Result<PathBuf> {
    let raw = workspace.target.join("wasm-raw").join(format!("{module}.wasm"));
    let args = [
        "build",
        "--lib",
        "--target",
        WASM,
        "--profile",
        "wasm",
        "--no-default-features",
        "--features",
    ];
    let name = format!("wasm {module}");
    let inputs = sources.text(&[&args, config].concat().join(" "));
    workspace.stamps().unless_fresh(&name, inputs, std::slice::from_ref(&raw), || {
        step(&name, || {
            let mut build = without_flags(cargo());
            run(build.args(args).arg(module).args(config).current_dir(&workspace.root))?;
            let built = workspace.target.join(WASM).join("wasm/liveness_capture.wasm");
            copy(&built, &raw)
        })
    })?;
    Ok(raw)
}

/// Makes the glue and optimises the build `build`, as `module` in `dist`.
fn finish(workspace: &Workspace, build: &str, module: &str, raw: &Path, dist: &Path) -> Result<()> {
    let outputs = ["", "_bg.wasm", ".d.ts"].map(|end| {
        let end = if end.is_empty() { ".js" } else { end };
        dist.join(format!("{module}{end}"))
    });
    let name = format!("glue {build}");
    let inputs = Inputs::new()
        .text(&check_versions(workspace)?)
        .text(&WASM_OPT.join(" "))
        .paths(&workspace.root, &["package-lock.json"])?
        .path(&workspace.target, raw)?;
    workspace.stamps().unless_fresh(&name, inputs, &outputs, || {
        step(&name, || {
            let glue = workspace.target.join("glue").join(build);
            bindgen(module, raw, &glue)?;
            fs::create_dir_all(dist).at(dist)?;
            let wasm = format!("{module}_bg.wasm");
            let opt = workspace.path("node_modules/binaryen/bin/wasm-opt");
            run(command("node")
                .arg(opt)
                .args(WASM_OPT)
                .arg(glue.join(&wasm))
                .arg("-o")
                .arg(dist.join(&wasm)))?;
            for end in [".js", ".d.ts"] {
                let file = format!("{module}{end}");
                copy(&glue.join(&file), &dist.join(&file))?;
            }
            Ok(())
        })
    })?;
    Ok(())
}

fn bindgen(module: &str, raw: &Path, out: &Path) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| Error::Bindgen {
        module: module.to_owned(),
        message: format!("{error:#}"),
    };
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|error| failed(&error))?;
    bindgen.input_path(raw).out_name(module).typescript(true).remove_producers_section(true);
    bindgen.generate(out).map_err(|error| failed(&error))
}

/// Copies a file, making the folder it goes to.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).at(folder)?;
    }
    fs::copy(from, to).at(from)?;
    Ok(())
}
