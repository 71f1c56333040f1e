//! The package (pkg/dist) and the demo page (www/dist).

use std::fs;

use crate::{
    error::{Error, IoContext, Result},
    models,
    run::{command, run, say, step},
    setup,
    stamp::Inputs,
    wasm::{self, copy},
    workspace::Workspace,
};

/// Builds everything a page needs, as far as it is not built already.
pub fn build(workspace: &Workspace) -> Result<()> {
    setup::wasm_target()?;
    model(workspace)?;
    wasm::build(workspace)?;
    bundle(workspace)?;
    types(workspace)?;
    page(workspace)
}

/// Installs the npm package that holds the detector's model and converts it into target/models, in
/// milliseconds and without touching what is the same already.
pub fn model(workspace: &Workspace) -> Result<()> {
    setup::npm(workspace)?;
    models::build(&workspace.root).map(drop).map_err(|error| Error::Model(error.to_string()))
}

/// index.js, worker.js and the model, beside the modules. The glue stays a file of its own: it finds its
/// module by its own address.
fn bundle(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("pkg/dist");
    let model = dist.join("blazeface_short_range.bin");
    let args = [
        "js/src/index.ts",
        "js/src/worker.ts",
        "--bundle",
        "--format=esm",
        "--target=es2022",
        "--charset=utf8",
        "--outdir=pkg/dist",
        "--external:./host.js",
        "--external:./vision.js",
        "--log-level=warning",
    ];
    let inputs = Inputs::new()
        .text(&args.join(" "))
        .paths(&workspace.root, &["js", "package-lock.json"])?
        .path(&workspace.root, workspace.model())?;
    let outputs = [dist.join("index.js"), dist.join("worker.js"), model.clone()];
    workspace.stamps().unless_fresh("package scripts", inputs, &outputs, || {
        step("package scripts", || {
            copy(&workspace.model(), &model)?;
            run(command(workspace.path("node_modules/.bin/esbuild"))
                .args(args)
                .current_dir(&workspace.root))
        })
    })?;
    Ok(())
}

/// Checks the package's TypeScript and writes its declarations.
pub fn types(workspace: &Workspace) -> Result<()> {
    let inputs = Inputs::new().paths(
        &workspace.root,
        &["js", "package-lock.json", "pkg/dist/host.d.ts", "pkg/dist/vision.d.ts"],
    )?;
    let outputs = [workspace.path("pkg/dist/index.d.ts")];
    workspace.stamps().unless_fresh("package types", inputs, &outputs, || {
        step("package types", || tsc(workspace, "js/tsconfig.json"))
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

/// The demo page, with a copy of the package.
fn page(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("www/dist");
    // dist folders are no inputs to a walk, so what is in the package is named by its files.
    let mut inputs = Inputs::new().paths(&workspace.root, &["www", "package-lock.json"])?;
    for file in crate::stamp::files(&workspace.path("pkg/dist"), &[])? {
        inputs = inputs.path(&workspace.root, file)?;
    }
    workspace.stamps().unless_fresh("page", inputs, std::slice::from_ref(&dist), || {
        step("page", || {
            if dist.exists() {
                fs::remove_dir_all(&dist).at(&dist)?;
            }
            run(command("node").arg("www/build.mjs").current_dir(&workspace.root))
        })
    })?;
    say("package in pkg/dist, page in www/dist");
    Ok(())
}
