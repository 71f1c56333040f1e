//! What source files must not name: pure crates no clock, network or browser; the page and the package's
//! scripts nothing beyond their own borders.

use std::path::{Component, Path, PathBuf};

use crate::{error::Result, stamp::files};

/// Folders with source files of our own.
const FOLDERS: &[&str] = &["src", "crates", "xtask", "tests", "js", "www"];
const ENDINGS: &[&str] = &["rs", "ts", "mts", "js", "mjs"];
const SKIPPED: &[&str] = &["node_modules", "dist", "glue", "target", "results"];

/// Crates that take time as an argument and do no I/O.
const PURE: &[&str] =
    &["crates/protocol/src", "crates/capture/src", "crates/vision/src", "crates/verifier/src"];
const IMPURE_NAMES: &[&str] = &[
    "Instant::now",
    "SystemTime::now",
    "std::net",
    "std::thread",
    "std::process",
    "std::fs",
    "std::env",
    "tokio",
    "reqwest",
];
/// The one file of a pure crate that may start threads: what comes of its work does not depend on them.
const THREADS: (&str, &str) = ("crates/verifier/src/parallel.rs", "std::thread");
const BROWSER_NAMES: &[&str] = &["web_sys", "js_sys", "wasm_bindgen", "gloo_"];

/// The gateway's rooms, and what their files must not name: HTTP is the business of its `api` alone, besides
/// the client that asks the upstream.
const ROOMS: &[(&str, &[&str])] = &[
    ("crates/gateway/src/domain", &["axum", "reqwest", "hyper", "tower_http", "crate::api"]),
    ("crates/gateway/src/store", &["axum", "reqwest", "hyper", "tower_http", "crate::api"]),
    ("crates/gateway/src/backend", &["tower_http", "crate::api"]),
];

/// Every source file, relative to the root.
pub fn all(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(folder), SKIPPED)? {
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if ENDINGS.contains(&ending) {
                found.push(file.strip_prefix(root).unwrap_or(&file).to_owned());
            }
        }
    }
    Ok(found)
}

/// Names in a Rust file that its crate must not use. Comments do not count, and a file's tests (from its
/// first `#[cfg(test)]` on, or a file called tests.rs) may read files.
pub fn impurities(file: &Path, text: &str) -> Vec<String> {
    if !file.starts_with("crates") {
        return Vec::new();
    }
    let pure = PURE.iter().any(|folder| file.starts_with(folder));
    let mut tests = file.file_name().is_some_and(|name| name == "tests.rs")
        || file.components().any(|part| part.as_os_str() == "tests");
    let mut violations = Vec::new();
    for (number, line) in text.lines().enumerate() {
        tests |= line.trim_start().starts_with("#[cfg(test)]");
        let code = line.split("//").next().unwrap_or_default();
        let mut names: Vec<&str> = BROWSER_NAMES.to_vec();
        if pure {
            names.extend(IMPURE_NAMES.iter().filter(|name| !tests || name.ends_with("::now")));
        }
        let rooms = ROOMS.iter().filter(|(room, _)| file.starts_with(room));
        names.extend(rooms.flat_map(|(_, names)| *names));
        names.retain(|name| (file, *name) != (Path::new(THREADS.0), THREADS.1));
        for name in names.into_iter().filter(|name| names_it(code, name)) {
            violations.push(format!("{}:{}: must not name {name}", file.display(), number + 1));
        }
    }
    violations
}

/// Whether the code has the name as a word of its own, not as a part of a longer one.
fn names_it(code: &str, name: &str) -> bool {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(name).any(|(at, _)| {
        let after = code[at + name.len()..].chars().next();
        !code[..at].ends_with(word) && (name.ends_with('_') || !after.is_some_and(word))
    })
}

/// Imports of a script that reach over its border: the page uses the package by its name alone, the package
/// imports nothing but its own files and the glue. Build scripts (.mjs) may use Node and esbuild, the
/// documentation's also what it is made with.
pub fn foreign_imports(file: &Path, text: &str) -> Vec<String> {
    let Some((home, bare)) = border(file) else { return Vec::new() };
    let layer = layer(file);
    let build_script = file.extension().is_some_and(|ending| ending == "mjs");
    let mut violations = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for name in specifiers(line) {
            let fine = if name.starts_with('.') {
                let target = normal(&file.parent().unwrap_or(Path::new("")).join(name));
                let read =
                    file.starts_with("www") && TABLES.iter().any(|&it| target == Path::new(it));
                read || target.starts_with(home)
                    && layer.is_none_or(|below| may_import(below, &target))
            } else {
                bare.contains(&name)
                    || (build_script && (name.starts_with("node:") || name == "esbuild"))
                    || (build_script && file.starts_with(SITE.0) && SITE.1.contains(&name))
            };
            if !fine {
                violations.push(format!(
                    "{}:{}: must not import \"{name}\"",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    violations
}

/// The files of our own that a script imports from; TypeScript names them by what they are compiled to.
pub fn imported_files(file: &Path, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let own = text.lines().flat_map(specifiers).filter(|name| name.starts_with('.'));
    let source = |path: PathBuf| match path.extension() {
        Some(ending) if ending == "js" => path.with_extension("ts"),
        _ => path,
    };
    own.map(|name| source(normal(&folder.join(name)))).collect()
}

/// What the pages read of the package's own, so that it is written once: they carry a copy.
const TABLES: &[&str] = &["js/src/element/attributes.js", "js/src/words/en.js"];

/// The folder a script's relative imports stay in, and the names it may import.
fn border(file: &Path) -> Option<(&'static str, &'static [&'static str])> {
    if file.starts_with("www") {
        Some(("www", &["liveness-capture", "liveness-capture/element", "liveness-capture/frame"]))
    } else if file.starts_with("js/src/adapters/react") {
        Some(("js", &["react"]))
    } else if file.starts_with("js/src/adapters/jspsych") {
        Some(("js", &["jspsych"]))
    } else if file.starts_with("js") {
        Some(("js", &[]))
    } else {
        None
    }
}

/// What the documentation's site is made with.
const SITE: (&str, &[&str]) =
    ("www/docs", &["@11ty/eleventy", "github-slugger", "markdown-it", "markdown-it-anchor"]);

/// The layers of the package's scripts, and what each may import besides itself.
const LAYERS: &[(&str, &[&str])] = &[
    // The options' types name what a camera can do.
    ("js/src/generated", &["js/src/core/cameras.js"]),
    ("js/src/words", &["js/src/generated"]),
    ("js/src/core", &["js/src/generated", "js/src/words"]),
    ("js/src/element", &["js/src/generated", "js/src/words", "js/src/core"]),
    ("js/src/adapters", &["js/src/generated", "js/src/words", "js/src/core", "js/src/element"]),
];

type Layer = (&'static str, &'static [&'static str]);

fn layer(file: &Path) -> Option<Layer> {
    LAYERS.iter().find(|(folder, _)| file.starts_with(folder)).copied()
}

/// The modules' scripts are made elsewhere, and imported as if they lay beside the file.
fn may_import((own, others): Layer, target: &Path) -> bool {
    let beside = |folder: &str| folder == own || others.contains(&folder);
    let fine = layer(target).is_none_or(|(folder, _)| beside(folder));
    target.starts_with("js/src") && (fine || others.iter().any(|other| target == Path::new(other)))
}

/// The module names in one line: after `from`, `import` or `import(`.
fn specifiers(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for keyword in ["from", "import"] {
        for (at, _) in line.match_indices(keyword) {
            let rest = line[at + keyword.len()..].trim_start();
            let rest = rest.strip_prefix('(').unwrap_or(rest).trim_start();
            let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\''))
            else {
                continue;
            };
            if let Some((name, _)) = rest[1..].split_once(quote) {
                found.push(name);
            }
        }
    }
    found
}

/// The path without `.` and `..`, as far as it goes.
pub fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(file: &str, text: &str) -> Vec<String> {
        impurities(Path::new(file), text)
    }

    fn script(file: &str, text: &str) -> Vec<String> {
        foreign_imports(Path::new(file), text)
    }

    #[test]
    fn pure_crates_have_no_clock_and_no_io() {
        let text = "let now = std::time::Instant::now();\n";
        for folder in PURE {
            let found = rust(&format!("{folder}/deep/a.rs"), text);
            assert_eq!(found.len(), 1, "{folder}");
            assert!(found[0].contains("a.rs:1: must not name Instant::now"), "{found:?}");
        }
        assert_eq!(rust("crates/gateway/src/a.rs", text), [""; 0], "the gateway has a clock");
        let text = "use axum::http::HeaderMap;\nuse crate::api::gateway::Gateway;";
        for (room, violations) in [("api", 0), ("domain", 2), ("store", 2), ("backend", 1)] {
            let file = format!("crates/gateway/src/{room}/a.rs");
            assert_eq!(rust(&file, text).len(), violations, "{room}");
        }
        assert_eq!(
            rust("crates/capture/src/a.rs", "// not Instant::now\n"),
            [""; 0],
            "comments may speak of it"
        );
        assert_eq!(rust("crates/capture/src/a.rs", "use std::fs;\n").len(), 1);
    }

    #[test]
    fn one_file_of_a_pure_crate_may_start_threads_and_no_more() {
        assert_eq!(rust(THREADS.0, "use std::thread;\n"), [""; 0]);
        assert_eq!(rust(THREADS.0, "use std::fs;\nInstant::now();\n").len(), 2);
        assert_eq!(rust("crates/verifier/src/track.rs", "use std::thread;\n").len(), 1);
    }

    #[test]
    fn tests_may_read_files_but_not_the_clock() {
        assert_eq!(
            rust("crates/vision/src/a.rs", "#[cfg(test)]\nmod tests { use std::fs; }\n"),
            [""; 0]
        );
        assert_eq!(rust("crates/vision/src/tests.rs", "use std::fs;\n"), [""; 0]);
        assert_eq!(rust("crates/capture/src/tests.rs", "SystemTime::now();\n").len(), 1);
    }

    #[test]
    fn the_browser_is_named_by_the_root_crate_only() {
        for name in ["web_sys::Window", "js_sys::Array", "wasm_bindgen::JsValue", "gloo_net::http"]
        {
            assert_eq!(rust("crates/gateway/src/a.rs", name).len(), 1, "{name}");
            assert_eq!(rust("src/host/a.rs", name), [""; 0], "{name}");
        }
        assert_eq!(
            rust("crates/gateway/src/a.rs", "my_web_sys, web_system"),
            [""; 0],
            "other words"
        );
    }

    #[test]
    fn the_page_uses_the_package_by_its_name_alone() {
        assert_eq!(
            script("www/src/a.ts", "import { LivenessCheck } from \"liveness-capture\";\n"),
            [""; 0]
        );
        assert_eq!(
            script("www/src/a.ts", "import { b } from './b.js';\nimport '../c.js'\n"),
            [""; 0]
        );
        let element = "import type { X } from \"liveness-capture/element\";\n";
        assert_eq!(script("www/src/a.ts", element), [""; 0]);
        for table in TABLES {
            assert_eq!(
                script("www/src/a.ts", &format!("import {{ A }} from \"../../{table}\";")).len(),
                0
            );
        }
        assert_eq!(
            script("www/src/a.ts", "import { A } from \"../../js/src/words/de.js\";").len(),
            1
        );
        for bad in [
            "liveness-capture/dist/host.js",
            "liveness-capture/server",
            "react",
            "../../js/src/core/types.js",
            "../../pkg/dist/index.js",
        ] {
            let found = script("www/src/a.ts", &format!("const x = await import(\"{bad}\");\n"));
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].contains("a.ts:1") && found[0].contains(bad), "{found:?}");
        }
    }

    #[test]
    fn build_scripts_may_use_node() {
        let text = "import { cp } from \"node:fs/promises\";\nimport { build } from \"esbuild\";\n";
        assert_eq!(script("www/build.mjs", text), [""; 0]);
        assert_eq!(script("www/src/a.ts", text).len(), 2);
        let text = "import MarkdownIt from \"markdown-it\";\n";
        assert_eq!(script("www/docs/markdown.mjs", text), [""; 0]);
        assert_eq!(script("www/docs/copy.js", text).len(), 1);
        assert_eq!(script("www/build.mjs", text).len(), 1);
    }

    #[test]
    fn the_packages_layers_import_downwards_only() {
        let folder = |layer: &str| layer.rsplit('/').next().unwrap_or_default().to_owned();
        for (from, below) in LAYERS {
            for (to, _) in LAYERS {
                for text in [
                    format!("import {{ a }} from \"../{}/a.js\";\n", folder(to)),
                    format!("export type {{ A }} from \"../{}/a.js\";\n", folder(to)),
                    format!("const a = await import(\"../{}/a.js\");\n", folder(to)),
                ] {
                    let found = script(&format!("{from}/b.ts"), &text);
                    let fine = from == to || below.contains(to);
                    assert_eq!(found.is_empty(), fine, "{from} -> {to}: {text}");
                }
            }
        }
        assert_eq!(script("js/src/core/deep/b.ts", "import \"../../element/a.js\";\n").len(), 1);
        let adapter = "import { useState } from \"react\";\nimport \"../../element/index.js\";\n";
        assert_eq!(script("js/src/adapters/react/a.ts", adapter), [""; 0]);
        assert_eq!(script("js/src/element/a.ts", adapter).len(), 2);
        assert_eq!(script("js/src/element/a.ts", "import \"../adapters/react/a.js\";\n").len(), 1);
    }

    #[test]
    fn the_packages_scripts_import_only_their_own() {
        let index = "js/src/core/index.ts";
        assert_eq!(script(index, "import init from \"./host.js\";\n"), [""; 0]);
        assert_eq!(script(index, "import x from \"../../../www/src/a.js\";\n").len(), 1);
        assert_eq!(script(index, "export * from \"somewhere\";\n").len(), 1);
        assert_eq!(
            script("tests/e2e/a.test.mjs", "import x from \"playwright-core\";\n"),
            [""; 0],
            "no border"
        );
    }
}
