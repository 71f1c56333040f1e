//! `cargo xtask size`: what the package weighs, raw and as a server would send it.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{
    error::{Error, IoContext, Result},
    run::{capture, command},
    setup,
    stamp::files,
    workspace::Workspace,
};

/// Node has both compressions; a crate for each would have to be compiled.
const SCRIPT: &str = include_str!("sizes.mjs");
/// What a page fetches; declarations and source maps stay on the server.
const ENDINGS: &[&str] = &["js", "wasm", "bin"];

#[derive(Deserialize)]
struct Size {
    file: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints the table, and writes the figures to `json` if given.
pub fn print(workspace: &Workspace, json: Option<&Path>) -> Result<()> {
    setup::node()?;
    let dist = workspace.path("pkg/dist");
    let shipped: Vec<_> = files(&dist, &[])?
        .into_iter()
        .filter(|file| {
            file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
        })
        .collect();
    if shipped.is_empty() {
        return Err(Error::Missing {
            what: "the built package (pkg/dist)".to_owned(),
            how: "Build it with: cargo xtask build".to_owned(),
        });
    }
    let text = capture(
        command("node").args(["--input-type=module", "--eval", SCRIPT, "--"]).args(&shipped),
    )?;
    let sizes: Vec<Size> = serde_json::from_str(&text).map_err(|error| Error::Malformed {
        what: "sizes.mjs".to_owned(),
        message: error.to_string(),
    })?;
    print!("{}", table(&sizes));
    match json {
        None => Ok(()),
        Some(path) => fs::write(path, text).at(path),
    }
}

fn table(sizes: &[Size]) -> String {
    let line = |name: &str, raw: u64, gzip: u64, brotli: u64| {
        let kib = |bytes: u64| format!("{:.1}", bytes as f64 / 1024.0);
        format!("{name:<28} {:>10} {:>10} {:>10}\n", kib(raw), kib(gzip), kib(brotli))
    };
    let sum = |part: fn(&Size) -> u64| sizes.iter().map(part).sum::<u64>();
    let mut text = format!("{:<28} {:>10} {:>10} {:>10}\n", "file (KiB)", "raw", "gzip", "brotli");
    for size in sizes {
        text += &line(&size.file, size.raw, size.gzip, size.brotli);
    }
    text + &line("total", sum(|size| size.raw), sum(|size| size.gzip), sum(|size| size.brotli))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_adds_up() {
        let size =
            |file: &str, raw| Size { file: file.to_owned(), raw, gzip: raw / 2, brotli: raw / 4 };
        let text = table(&[size("a.js", 4096), size("b.wasm", 1_048_576)]);
        let rows: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["a.js", "4.0", "2.0", "1.0"]);
        assert_eq!(rows[3], ["total", "1028.0", "514.0", "257.0"]);
    }
}
