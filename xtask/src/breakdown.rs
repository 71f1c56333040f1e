//! What takes up the room inside a wasm module: its sections, and its code by crate and by function.

use std::{collections::BTreeMap, fs, path::Path};

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::{
    error::{Error, IoContext, Result},
    run::{command, run},
    stamp::Inputs,
    wasm,
    workspace::Workspace,
};

/// How many crates and functions are listed.
const LISTED: usize = 12;

/// Prints the breakdown of a module of the package, as it ships, except that its functions' names are
/// kept for this.
pub fn print(workspace: &Workspace, module: &str) -> Result<()> {
    let glued = wasm::glued(workspace, module);
    if !glued.exists() {
        return Err(Error::Missing {
            what: format!("the module with names ({})", glued.display()),
            how: "Build it with: cargo xtask build".to_owned(),
        });
    }
    print_named(workspace, module, &glued, &wasm::opt_args(module))
}

/// The same of the benches' peer on tract's stock operators, where a bench has built it.
pub fn print_stock(workspace: &Workspace) -> Result<()> {
    let glued = workspace.target.join("glue").join(wasm::STOCK).join("vision_bg.wasm");
    match glued.exists() {
        true => print_named(workspace, wasm::STOCK, &glued, &wasm::opt_args("vision")),
        false => Ok(()),
    }
}

fn print_named(workspace: &Workspace, module: &str, glued: &Path, args: &[&str]) -> Result<()> {
    let named = workspace.target.join("sizes").join(format!("{module}.wasm"));
    let inputs = Inputs::new().text(&args.join(" ")).path(&workspace.target, glued)?;
    let name = format!("names {module}");
    workspace.stamps().unless_fresh(&name, inputs, std::slice::from_ref(&named), || {
        let folder = workspace.target.join("sizes");
        fs::create_dir_all(&folder).at(&folder)?;
        let opt = workspace.path("node_modules/binaryen/bin/wasm-opt");
        run(command("node").arg(opt).args(args).arg("-g").arg(glued).arg("-o").arg(&named))
    })?;
    print!("\n{module}_bg.wasm (KiB, raw)\n{}", Contents::read(&named)?.table());
    Ok(())
}

/// Sizes in bytes.
#[derive(Debug, Default, PartialEq)]
struct Contents {
    sections: BTreeMap<&'static str, usize>,
    functions: Vec<(String, usize)>,
}

impl Contents {
    fn read(path: &Path) -> Result<Self> {
        Self::parse(&fs::read(path).at(path)?).map_err(|error| Error::Malformed {
            what: path.display().to_string(),
            message: error.to_string(),
        })
    }

    fn parse(wasm: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut contents = Self::default();
        let mut imported = 0;
        let mut names = BTreeMap::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((_, range)) = payload.as_section()
                && let Some(section) = section(&payload)
            {
                *contents.sections.entry(section).or_default() += range.len();
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let is_function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        imported += u32::from(is_function);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    contents.functions.push((String::new(), body.range().len()));
                }
                Payload::CustomSection(custom) => {
                    let KnownCustom::Name(subsections) = custom.as_known() else { continue };
                    for subsection in subsections {
                        let Name::Function(map) = subsection? else { continue };
                        for naming in map {
                            let naming = naming?;
                            names.insert(naming.index, naming.name.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        for (index, function) in (imported..).zip(&mut contents.functions) {
            function.0 = names.remove(&index).unwrap_or_else(|| "(no name)".to_owned());
        }
        Ok(contents)
    }

    fn table(&self) -> String {
        let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, size) in &self.functions {
            *crates.entry(crate_of(name)).or_default() += size;
        }
        let functions = self.functions.iter().map(|(name, size)| (without_hash(name), *size));
        let mut text = lines("sections", self.sections.iter().map(|(&name, &size)| (name, size)));
        text += &lines("code by crate", crates.into_iter());
        text + &lines("largest functions", functions)
    }
}

/// The largest entries, one per line; the rest is summed up.
fn lines<'a>(title: &str, entries: impl Iterator<Item = (&'a str, usize)>) -> String {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|&(name, size)| (std::cmp::Reverse(size), name));
    let kib = |bytes: usize| format!("{:>10.1}", bytes as f64 / 1024.0);
    let mut text = format!("  {title}\n");
    for (name, size) in entries.iter().take(LISTED) {
        text += &format!("{}  {name}\n", kib(*size));
    }
    if let Some(rest) = entries.get(LISTED..).filter(|rest| !rest.is_empty()) {
        let sum = rest.iter().map(|(_, size)| size).sum();
        text += &format!("{}  ({} more)\n", kib(sum), rest.len());
    }
    text
}

/// A section's name; none for those that do not ship.
fn section(payload: &Payload<'_>) -> Option<&'static str> {
    Some(match payload {
        Payload::TypeSection(_) => "types",
        Payload::ImportSection(_) => "imports",
        Payload::FunctionSection(_) => "functions",
        Payload::ExportSection(_) => "exports",
        Payload::ElementSection(_) => "elements",
        Payload::CodeSectionStart { .. } => "code",
        Payload::DataSection(_) => "data",
        Payload::CustomSection(custom) if custom.name() == "name" => return None,
        _ => "other",
    })
}

/// The crate that a demangled name begins with: of the type, where it is a trait's method.
fn crate_of(name: &str) -> &str {
    let start = name.trim_start_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
    let start =
        ["dyn ", "mut ", "impl "].iter().fold(start, |s, word| s.strip_prefix(word).unwrap_or(s));
    let end = start.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(start.len());
    // A path has a second part; what has none is a symbol of the linker or of the glue.
    if start[end..].starts_with("::") || start[end..].starts_with('[') {
        &start[..end]
    } else {
        "(other)"
    }
}

/// A legacy name without its hash.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            path
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_crates() {
        for (name, wanted) in [
            ("liveness_capture::host::Check::new::h0123456789abcdef", "liveness_capture"),
            (
                "<serde_wasm_bindgen::de::Deserializer as serde_core::de::Deserializer>::x",
                "serde_wasm_bindgen",
            ),
            ("core[c5930c85a12de822]::fmt::write", "core"),
            ("<&mut alloc::string::String as core::fmt::Write>::write_str", "alloc"),
            ("<dyn core::any::Any>::is", "core"),
            ("__wbindgen_malloc", "(other)"),
            ("check_new", "(other)"),
        ] {
            assert_eq!(crate_of(name), wanted, "{name}");
        }
        assert_eq!(without_hash("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(without_hash("a::hello"), "a::hello");
    }

    #[test]
    fn a_module_is_taken_apart() {
        // One imported function, then two: `a::x` of 2 bytes, one without a name of 5.
        let module = [
            &b"\0asm\x01\0\0\0"[..],
            &[1, 4, 1, 0x60, 0, 0],
            &[2, 7, 1, 1, b'm', 1, b'f', 0, 0],
            &[3, 3, 2, 0, 0],
            &[10, 10, 2, 2, 0, 0x0b, 5, 0, 1, 1, 1, 0x0b],
            &[0, 14, 4, b'n', b'a', b'm', b'e', 1, 7, 1, 1, 4, b'a', b':', b':', b'x'],
        ]
        .concat();
        let contents = Contents::parse(&module).unwrap();
        assert_eq!(contents.functions, [("a::x".to_owned(), 2), ("(no name)".to_owned(), 5)]);
        assert_eq!(contents.sections["code"], 10);
        assert!(!contents.sections.contains_key("other"), "{:?}", contents.sections);
        let table = contents.table();
        assert!(table.contains("0.0  a\n") && table.contains("0.0  (other)\n"), "{table}");
        assert!(Contents::parse(b"\0asm\x01").is_err());
    }
}
