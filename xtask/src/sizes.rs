//! `cargo xtask size`: what the package weighs, raw and as a server would send it, and what it may weigh.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

use crate::{
    breakdown,
    error::{Error, IoContext, Result},
    file_size::{Size, matches},
    run::{capture, command, say},
    setup,
    size_tables::{self, Entry, Load},
    stamp::files,
    wasm,
    workspace::Workspace,
};

/// Node has both compressions; a crate for each would have to be compiled.
const SCRIPT: &str = include_str!("sizes.mjs");
/// What a page fetches; declarations and source maps stay on the server.
const ENDINGS: &[&str] = &["js", "wasm", "bin"];
/// The modules every check loads.
const MODULES: [&str; 2] = ["host", "vision"];

/// pkg/size-budget.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budgets {
    groups: BTreeMap<String, Budget>,
    /// The tables of docs/hosting.md.
    loads: Vec<Load>,
    entries: Vec<Entry>,
}

/// What a group of files may weigh together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// Names; a `*` stands for any letters.
    files: Vec<String>,
    /// Bytes after brotli.
    brotli: u64,
    /// Brotli's quality for these files.
    #[serde(default = "highest_quality")]
    quality: u8,
    /// Whether the files may be absent.
    #[serde(default)]
    optional: bool,
}

fn highest_quality() -> u8 {
    11
}

impl Budgets {
    fn load(workspace: &Workspace) -> Result<Self> {
        let path = workspace.path("pkg/size-budget.toml");
        toml::from_str(&fs::read_to_string(&path).at(&path)?).map_err(|error| Error::Malformed {
            what: path.display().to_string(),
            message: error.to_string(),
        })
    }

    fn group_of(&self, file: &str) -> Option<&str> {
        let mut groups = self.groups.iter();
        let found = groups.find(|(_, group)| group.files.iter().any(|name| matches(name, file)));
        found.map(|(name, _)| name.as_str())
    }

    fn quality_of(&self, file: &str) -> u8 {
        self.group_of(file).map_or_else(highest_quality, |group| self.groups[group].quality)
    }

    fn sum(&self, group: &str, sizes: &[Size]) -> u64 {
        let mine = |size: &&Size| self.group_of(&size.file) == Some(group);
        sizes.iter().filter(mine).map(|size| size.brotli).sum()
    }

    /// What is over its budget, absent, or has none.
    fn violations(&self, sizes: &[Size]) -> Vec<String> {
        let mut found = Vec::new();
        for (name, group) in &self.groups {
            let (sum, budget) = (self.sum(name, sizes), group.brotli);
            if sum > budget {
                let over = sum - budget;
                found.push(format!(
                    "{name}: {sum} bytes brotli, {over} over the budget of {budget}"
                ));
            }
            for pattern in group.files.iter().filter(|_| !group.optional) {
                if !sizes.iter().any(|size| matches(pattern, &size.file)) {
                    found.push(format!("{name}: the package has no {pattern}"));
                }
            }
        }
        let without = sizes.iter().filter(|size| self.group_of(&size.file).is_none());
        found.extend(without.map(|size| format!("{}: in no group", size.file)));
        found
    }
}

/// Prints the table, the budgets and what the modules consist of; the figures go to `json` if given.
pub fn print(workspace: &Workspace, json: Option<&Path>) -> Result<()> {
    let budgets = Budgets::load(workspace)?;
    let text = measure(workspace, &budgets)?;
    let sizes = parse(&text)?;
    print!("{}\n{}", table(&sizes), budget_table(&budgets, &sizes));
    for module in MODULES {
        breakdown::print(workspace, module)?;
    }
    breakdown::print_stock(workspace)?;
    match json {
        None => Ok(()),
        Some(path) => fs::write(path, text).at(path),
    }
}

/// Writes the tables of docs/hosting.md.
pub fn write(workspace: &Workspace) -> Result<()> {
    let budgets = Budgets::load(workspace)?;
    let sizes = parse(&measure(workspace, &budgets)?)?;
    size_tables::write(workspace, &budgets.loads, &budgets.entries, &sizes)?;
    say("sizes: written to docs/hosting.md");
    Ok(())
}

/// Fails when something weighs more than its budget, or other than documented.
pub fn check(workspace: &Workspace) -> Result<()> {
    let budgets = Budgets::load(workspace)?;
    let sizes = parse(&measure(workspace, &budgets)?)?;
    eprint!("{}", budget_table(&budgets, &sizes));
    let mut violations = budgets.violations(&sizes);
    if violations.is_empty() {
        violations = size_tables::stale(workspace, &budgets.loads, &budgets.entries, &sizes)?;
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(Error::Violations {
        check: "size budgets (pkg/size-budget.toml, cargo xtask size)",
        violations,
    })
}

/// The sizes of what a page fetches, as JSON.
fn measure(workspace: &Workspace, budgets: &Budgets) -> Result<String> {
    setup::node()?;
    let ships = |file: &Path| {
        file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
    };
    let mut shipped = files(&workspace.path(wasm::DIST), &[])?;
    shipped.extend(files(&workspace.path(wasm::ONNX_DIST), &[])?);
    shipped.retain(|file| ships(file));
    if shipped.is_empty() {
        return Err(Error::Missing {
            what: "the built package (pkg/dist)".to_owned(),
            how: "Build it with: cargo xtask build".to_owned(),
        });
    }
    let mut node = command("node");
    node.args(["--input-type=module", "--eval", SCRIPT, "--"]);
    for file in &shipped {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        node.arg(budgets.quality_of(&name).to_string()).arg(file);
    }
    capture(&mut node)
}

fn parse(text: &str) -> Result<Vec<Size>> {
    serde_json::from_str(text).map_err(|error| Error::Malformed {
        what: "sizes.mjs".to_owned(),
        message: error.to_string(),
    })
}

fn table(sizes: &[Size]) -> String {
    let line = |name: &str, raw: u64, gzip: u64, brotli: u64| {
        let kib = |bytes: u64| format!("{:.1}", bytes as f64 / 1024.0);
        format!("{name:<36} {:>10} {:>10} {:>10}\n", kib(raw), kib(gzip), kib(brotli))
    };
    let sum = |part: fn(&Size) -> u64| sizes.iter().map(part).sum::<u64>();
    let mut text = format!("{:<36} {:>10} {:>10} {:>10}\n", "file (KiB)", "raw", "gzip", "brotli");
    for size in sizes {
        text += &line(&size.file, size.raw, size.gzip, size.brotli);
    }
    text + &line("total", sum(|size| size.raw), sum(|size| size.gzip), sum(|size| size.brotli))
}

fn budget_table(budgets: &Budgets, sizes: &[Size]) -> String {
    let mut text =
        format!("{:<36} {:>10} {:>10} {:>10}\n", "group (bytes)", "brotli", "budget", "left");
    for (name, group) in &budgets.groups {
        let sum = budgets.sum(name, sizes);
        let left = i128::from(group.brotli) - i128::from(sum);
        text += &format!("{name:<36} {sum:>10} {:>10} {left:>10}\n", group.brotli);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(file: &str, raw: u64) -> Size {
        Size { file: file.to_owned(), raw, gzip: raw / 2, brotli: raw / 4 }
    }

    fn budgets() -> Budgets {
        toml::from_str(
            "loads = []\nentries = []\n[groups.a]\nfiles = ['a.js', 'w-*.bin']\nbrotli = 300\n\
             [groups.b]\nfiles = ['b.js']\nbrotli = 5\nquality = 9\noptional = true\n",
        )
        .unwrap()
    }

    #[test]
    fn the_table_adds_up() {
        let text = table(&[size("a.js", 4096), size("b.wasm", 1_048_576)]);
        let rows: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["a.js", "4.0", "2.0", "1.0"]);
        assert_eq!(rows[3], ["total", "1028.0", "514.0", "257.0"]);
    }

    #[test]
    fn a_group_is_held_to_its_budget() {
        let files = |weights| vec![size("a.js", 400), size("w-01.bin", weights)];
        assert_eq!(budgets().violations(&files(800)), [""; 0]);
        assert_eq!(
            budgets().violations(&files(804)),
            ["a: 301 bytes brotli, 1 over the budget of 300"]
        );
        let text = budget_table(&budgets(), &files(804));
        assert!(text.lines().any(|line| line.ends_with("301        300         -1")), "{text}");
    }

    #[test]
    fn what_is_absent_or_new_is_named() {
        assert_eq!(
            budgets().violations(&[size("a.js", 4), size("c.js", 4), size("b.js", 24)]),
            [
                "a: the package has no w-*.bin",
                "b: 6 bytes brotli, 1 over the budget of 5",
                "c.js: in no group"
            ]
        );
    }

    #[test]
    fn the_budget_file_can_be_read() {
        let budgets = Budgets::load(&Workspace::find().unwrap()).unwrap();
        assert_eq!(budgets.group_of("blazeface_short_range-01234567.bin"), Some("vision"));
        assert_eq!(budgets.group_of("host_bg.wasm"), Some("host"));
        assert_eq!(budgets.quality_of("host_bg.wasm"), 11);
        assert_eq!(budgets.quality_of("vision_onnx_bg.wasm"), 9);
        assert!(
            budgets.groups["host"].brotli <= 100_000 && budgets.groups["vision"].brotli <= 415_000
        );
    }
}
