//! The vision engine in headless Chromium against its peers, and whole checks there: builds what
//! `tests/bench/vision.mjs` loads, runs it, and takes over its figures.

use std::{fs, path::PathBuf};

use serde_json::{Map, Value};

use crate::{
    debian, demo,
    error::{Error, IoContext, Result},
    package,
    run::{command, run, say, step},
    wasm,
    workspace::{Workspace, list},
};

/// Builds everything and runs the benchmark; the script prints the table itself.
pub fn run_browser(workspace: &Workspace) -> Result<Map<String, Value>> {
    debian::ensure(&debian::BROWSER)?;
    package::build(workspace)?;
    demo::gateway(workspace)?;
    let stock = stock(workspace)?;
    let folder = workspace.target.join("bench");
    fs::create_dir_all(&folder).at(&folder)?;
    let figures = folder.join("vision.json");
    step("bench vision, in Chromium", || {
        let mut node = command("node");
        node.arg("tests/bench/vision.mjs")
            .arg("--json")
            .arg(&figures)
            .env("LIVENESS_GATEWAY", workspace.gateway())
            .env("LIVENESS_STATIC_DIR", workspace.path("www/dist"))
            .env("LIVENESS_MODEL_FILE", workspace.model())
            .env("LIVENESS_PKG_DIST", workspace.path("pkg/dist"))
            .current_dir(&workspace.root);
        if let Some(chromium) = debian::which(debian::CHROMIUM.name) {
            node.env("CHROMIUM_PATH", chromium);
        }
        if let Some(dist) = &stock {
            node.env("LIVENESS_STOCK_DIST", dist);
        }
        run(&mut node)
    })?;
    parse(&fs::read_to_string(&figures).at(&figures)?)
}

/// The folder of the module with tract's stock operators, built if the package has the feature for it.
fn stock(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if !has_feature(&workspace.metadata, "liveness-capture", wasm::STOCK) {
        say(format!("there is no feature `{}`: its figures are left out", wasm::STOCK));
        return Ok(None);
    }
    let dist = workspace.target.join("bench/stock");
    let scripts = dist.join("scripts");
    wasm::build_stock(workspace, &scripts, &dist)?;
    package::stock_worker(workspace, &scripts, &dist)?;
    Ok(Some(dist))
}

/// Whether a package of the workspace has this feature.
pub fn has_feature(metadata: &Value, package: &str, feature: &str) -> bool {
    list(&metadata["packages"])
        .any(|member| member["name"] == package && member["features"].get(feature).is_some())
}

fn parse(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|error| Error::Malformed {
        what: "the figures of tests/bench/vision.mjs".to_owned(),
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_feature_is_looked_for_in_the_root_package() {
        let metadata = json!({ "packages": [
            { "name": "other", "features": { "vision-stock": [] } },
            { "name": "liveness-capture", "features": { "vision": [] } },
        ] });
        assert!(has_feature(&metadata, "liveness-capture", "vision"));
        assert!(!has_feature(&metadata, "liveness-capture", "vision-stock"));
    }

    #[test]
    fn figures_are_an_object() {
        assert_eq!(parse(r#"{"detect_ratio":0.3}"#).unwrap()["detect_ratio"], 0.3);
        assert!(parse("[]").unwrap_err().to_string().contains("vision.mjs"));
    }
}
