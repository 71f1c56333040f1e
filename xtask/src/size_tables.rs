//! The tables of sizes in docs/hosting.md.

use std::{fmt::Write as _, fs};

use serde::Deserialize;

use crate::{
    error::{Error, IoContext, Result},
    file_size::{Size, matches},
    workspace::Workspace,
};

const DOCUMENT: &str = "docs/hosting.md";
const BEGIN: &str = "<!-- sizes -->";
const END: &str = "<!-- /sizes -->";

/// How far a documented size may be off: the same sources give modules of slightly different sizes on different
/// machines, and nobody wants to write a document for a few bytes.
const TOLERANCE: f64 = 0.03;
/// The same, in the tables' unit, for small files.
const LEAST_KIB: f64 = 1.0;

/// A file, when it is fetched, and by whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    when: String,
    file: String,
    by: String,
}

/// An entry point, and the files that come with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    name: String,
    files: Vec<String>,
}

/// Writes the tables into the document.
pub fn write(
    workspace: &Workspace,
    loads: &[Load],
    entries: &[Entry],
    sizes: &[Size],
) -> Result<()> {
    let path = workspace.path(DOCUMENT);
    let document = fs::read_to_string(&path).at(&path)?;
    let (before, _, after) = split(&document)?;
    let tables = tables(loads, entries, sizes)?;
    fs::write(&path, format!("{before}{BEGIN}\n\n{tables}\n{END}{after}")).at(&path)
}

/// Where the document no longer says what is measured.
pub fn stale(
    workspace: &Workspace,
    loads: &[Load],
    entries: &[Entry],
    sizes: &[Size],
) -> Result<Vec<String>> {
    let path = workspace.path(DOCUMENT);
    let document = fs::read_to_string(&path).at(&path)?;
    let (_, documented, _) = split(&document)?;
    let tables = tables(loads, entries, sizes)?;
    Ok(differences(documented, &tables)
        .into_iter()
        .map(|line| format!("{DOCUMENT}: `{line}` is due; write it with: cargo xtask size --write"))
        .collect())
}

/// The document before, between and after the markers.
fn split(document: &str) -> Result<(&str, &str, &str)> {
    let parts = document.split_once(BEGIN).and_then(|(before, rest)| {
        rest.split_once(END).map(|(between, after)| (before, between, after))
    });
    parts.ok_or_else(|| Error::Malformed {
        what: DOCUMENT.to_owned(),
        message: format!("it lacks {BEGIN} and {END}"),
    })
}

fn tables(loads: &[Load], entries: &[Entry], sizes: &[Size]) -> Result<String> {
    let mut text =
        "| When | File | Raw | gzip | brotli | Fetched by |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for Load { when, file, by } in loads {
        let figures = figures(std::slice::from_ref(file), sizes)?;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {when} | `{}` | {figures} | {by} |", file.replace('*', "<hash>"));
    }
    text += "\n| Entry | Raw | gzip | brotli |\n|---|---|---|---|\n";
    for Entry { name, files } in entries {
        let _ = writeln!(text, "| {name} | {} |", figures(files, sizes)?);
    }
    Ok(text)
}

/// The three sizes of some files together, in KiB.
fn figures(files: &[String], sizes: &[Size]) -> Result<String> {
    let mut sums = [0; 3];
    for pattern in files {
        let size = sizes.iter().find(|size| matches(pattern, &size.file));
        let size = size.ok_or_else(|| Error::Malformed {
            what: "pkg/size-budget.toml".to_owned(),
            message: format!("the package has no {pattern}"),
        })?;
        for (sum, part) in sums.iter_mut().zip([size.raw, size.gzip, size.brotli]) {
            *sum += part;
        }
    }
    let kib = sums.map(|bytes| format!("{:.0}", bytes as f64 / 1024.0));
    Ok(kib.join(" | "))
}

/// The lines of `wanted` that `documented` does not have at that place, but for sizes that are nearly the same.
fn differences(documented: &str, wanted: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let (documented, wanted) = (lines(documented), lines(wanted));
    if documented.len() != wanted.len() {
        return vec![format!("{} lines, not {}", wanted.len(), documented.len())];
    }
    let pairs = wanted.into_iter().zip(documented);
    pairs.filter(|(wanted, documented)| !alike(wanted, documented)).map(|(line, _)| line).collect()
}

fn alike(wanted: &str, documented: &str) -> bool {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let (wanted, documented) = (cells(wanted), cells(documented));
    wanted.len() == documented.len()
        && wanted.iter().zip(&documented).all(|(wanted, documented)| {
            match (wanted.parse::<f64>(), documented.parse::<f64>()) {
                (Ok(wanted), Ok(documented)) => {
                    (wanted - documented).abs() <= (wanted * TOLERANCE).max(LEAST_KIB)
                }
                _ => wanted == documented,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> Vec<Size> {
        let size = |file: &str, kib: u64| Size {
            file: file.to_owned(),
            raw: kib * 1024,
            gzip: kib * 512,
            brotli: kib * 256,
        };
        vec![size("a.js", 40), size("w-0123.bin", 400)]
    }

    fn made() -> String {
        let load = |file: &str| Load { when: "now".into(), file: file.into(), by: "all".into() };
        let entry = Entry { name: "a".into(), files: vec!["a.js".into(), "w-*.bin".into()] };
        tables(&[load("a.js"), load("w-*.bin")], &[entry], &sizes()).unwrap()
    }

    #[test]
    fn the_tables_have_every_file_and_the_sums() {
        let text = made();
        assert!(text.contains("| now | `w-<hash>.bin` | 400 | 200 | 100 | all |\n"), "{text}");
        assert!(text.ends_with("| a | 440 | 220 | 110 |\n"), "{text}");
        let absent = Entry { name: "b".into(), files: vec!["b.js".into()] };
        assert!(tables(&[], &[absent], &sizes()).unwrap_err().to_string().contains("b.js"));
    }

    #[test]
    fn a_few_bytes_do_not_make_a_table_stale_but_more_and_other_words_do() {
        let text = made();
        assert_eq!(differences(&format!("\n\n{text}\n"), &text), [""; 0]);
        assert_eq!(differences(&text.replace("400 | 200", "410 | 199"), &text), [""; 0]);
        assert_eq!(differences(&text.replace("400 | 200", "414 | 200"), &text).len(), 1);
        assert_eq!(differences(&text.replace("| 10 |", "| 12 |"), &text).len(), 1);
        assert_eq!(differences(&text.replace("all", "nobody"), &text).len(), 2);
        assert_eq!(differences(&text.replace("| a | 440 | 220 | 110 |\n", ""), &text).len(), 1);
    }

    #[test]
    fn the_document_has_the_markers() {
        let workspace = Workspace::find().unwrap();
        let path = workspace.path(DOCUMENT);
        let document = fs::read_to_string(&path).unwrap();
        let (before, between, after) = split(&document).unwrap();
        assert!(before.contains("## ") && !after.contains(BEGIN));
        assert!(between.contains("| `worker.js` |"), "{between}");
        assert!(split("no marker").is_err());
    }
}
