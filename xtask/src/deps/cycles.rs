//! Cycles between files: two files that need each other are one, and can only be read together.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    modules::{self, Imports},
    sources,
};

/// Files that import each other in a circle, each from the next one.
pub type Cycle = Vec<PathBuf>;

/// The cycles between the files of a Rust crate, given by its root file.
pub fn between_modules(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> BTreeSet<Cycle> {
    shortest_cycles(&modules::imports(root, read))
}

/// The cycles between scripts, given with their sources.
pub fn between_scripts(scripts: &BTreeMap<PathBuf, String>) -> BTreeSet<Cycle> {
    let imports = scripts.iter().map(|(file, text)| {
        let imported = sources::imported_files(file, text);
        (file.clone(), imported.into_iter().filter(|file| scripts.contains_key(file)).collect())
    });
    shortest_cycles(&imports.collect())
}

/// A violation for each cycle.
pub fn violations(cycles: &BTreeSet<Cycle>) -> Vec<String> {
    let named = |cycle: &Cycle| {
        let files: Vec<String> =
            cycle.iter().chain(cycle.first()).map(|file| file.display().to_string()).collect();
        format!("files import each other: {}", files.join(" -> "))
    };
    cycles.iter().map(named).collect()
}

/// For each file that is part of a cycle the shortest one, each cycle once and from its first file on.
fn shortest_cycles(imports: &Imports) -> BTreeSet<Cycle> {
    imports
        .keys()
        .filter_map(|file| shortest_cycle(imports, file))
        .map(|mut cycle| {
            let first = cycle.iter().enumerate().min_by_key(|(_, file)| *file);
            let first = first.map_or(0, |(index, _)| index);
            cycle.rotate_left(first);
            cycle
        })
        .collect()
}

/// The shortest way from a file back to itself, by breadth-first search.
fn shortest_cycle(imports: &Imports, start: &Path) -> Option<Cycle> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut reached = vec![start];
    let mut next = 0;
    while let Some(&file) = reached.get(next) {
        next += 1;
        for imported in imports.get(file).into_iter().flatten() {
            if imported == start {
                let way_back = |file: &&Path| came_from.get(file).copied();
                let mut cycle: Cycle =
                    std::iter::successors(Some(file), way_back).map(Path::to_owned).collect();
                cycle.reverse();
                return Some(cycle);
            }
            if !reached.contains(&imported.as_path()) {
                came_from.insert(imported, file);
                reached.push(imported);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> Vec<String> {
        let read = |path: &Path| {
            let found = files.iter().find(|(name, _)| path == Path::new(name));
            found.map(|(_, text)| (*text).to_owned())
        };
        violations(&between_modules(Path::new(files[0].0), &read))
    }

    fn scripts(files: &[(&str, &str)]) -> Vec<String> {
        let owned = |(file, text): &(&str, &str)| (PathBuf::from(file), (*text).to_owned());
        violations(&between_scripts(&files.iter().map(owned).collect()))
    }

    #[test]
    fn a_chain_is_no_cycle() {
        let chain = [
            ("src/lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("src/a.rs", "use crate::{b::B, c::C};\npub struct A(B, C);"),
            ("src/b.rs", "use super::c::C;\npub struct B(C);"),
            ("src/c.rs", "pub struct C;\n// use crate::a::A;\n"),
        ];
        assert_eq!(crate_of(&chain), [""; 0]);
    }

    #[test]
    fn a_cycle_of_two_names_both() {
        let expected = ["files import each other: src/a.rs -> src/b.rs -> src/a.rs"];
        for back in ["use crate::a::A;", "use super::{a::{A}};", "fn f() { crate::a::f(); }"] {
            let files = [
                ("src/lib.rs", "mod a; mod b;"),
                ("src/a.rs", "use crate::b;\nfn f() -> b::B { todo!() }"),
                ("src/b.rs", back),
            ];
            assert_eq!(crate_of(&files), expected, "{back}");
        }
    }

    #[test]
    fn a_cycle_of_three_names_all() {
        let files = [
            ("src/main.rs", "mod a; mod b; mod c; mod d;"),
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "use crate::c::C;"),
            ("src/c.rs", "use crate::a::A;"),
            ("src/d.rs", "use crate::a::A;"),
        ];
        let cycle = "src/a.rs -> src/b.rs -> src/c.rs -> src/a.rs";
        assert_eq!(crate_of(&files), [format!("files import each other: {cycle}")]);
    }

    #[test]
    fn two_cycles_are_both_named() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "use crate::{a::A, c::C};"),
            ("src/c.rs", "use crate::b::B;"),
        ];
        assert_eq!(crate_of(&files).len(), 2);
    }

    #[test]
    fn a_re_export_is_no_cycle() {
        let files = [
            ("src/lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            // By way of the parent, which defines neither.
            ("src/a.rs", "use crate::B; pub struct A(B);"),
            ("src/b.rs", "pub struct B;"),
        ];
        assert_eq!(crate_of(&files), [""; 0]);
        let back = [files[0], files[1], ("src/b.rs", "pub struct B(crate::A);")];
        assert_eq!(crate_of(&back), ["files import each other: src/a.rs -> src/b.rs -> src/a.rs"]);
    }

    #[test]
    fn a_parent_that_uses_its_child_is_part_of_a_cycle_only_if_it_defines_what_the_child_imports() {
        let cycle = ["files import each other: src/k/a.rs -> src/k/mod.rs -> src/k/a.rs"];
        let of = |parent, child| {
            crate_of(&[("src/lib.rs", "mod k;"), ("src/k/mod.rs", parent), ("src/k/a.rs", child)])
        };
        assert_eq!(
            of("mod a; pub use a::A; pub fn f() {}", "use super::f; pub struct A;"),
            [""; 0]
        );
        assert_eq!(of("mod a; pub fn f() { a::g() }", "pub fn g() {}"), [""; 0]);
        for parent in [
            "mod a; pub fn f() { a::g() }",
            "mod a; use a::g; pub fn f() { g() }",
            "mod a; pub use a::g; pub fn f() { g() }",
            "mod a; use self::a::*; pub fn f() { g() }",
        ] {
            assert_eq!(of(parent, "use super::f; pub fn g() { f() }"), cycle, "{parent}");
            assert_eq!(of(parent, "use super::*; pub fn g() { f() }"), cycle, "{parent}");
            assert_eq!(of(parent, "use super::*; pub fn g() {}"), [""; 0], "{parent}");
        }
    }

    #[test]
    fn tests_may_use_what_is_built_on_their_unit() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("src/b.rs", "use crate::a::A; pub struct B(A); #[cfg(test)] mod tests;"),
            ("src/b/tests.rs", "use super::*; use crate::a::A; fn f(_: B, _: A) {}"),
        ];
        assert_eq!(crate_of(&files), [""; 0]);
    }

    #[test]
    fn globs_that_lead_around_in_circles_end() {
        let globs: String = (0..20).map(|n| format!("use other{n}::prelude::*; ")).collect();
        let both = format!("{globs} use super::a::*; use super::b::*; fn f() {{ g(h) }}");
        let files = [("src/lib.rs", "mod a; mod b;"), ("src/a.rs", &both), ("src/b.rs", &both)];
        // Each has an `f` of its own, and neither uses the other's.
        assert_eq!(crate_of(&files), [""; 0]);
    }

    #[test]
    fn modules_within_a_file_are_part_of_it() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            (
                "src/a.rs",
                "pub use inner::A; mod inner { use super::super::b::B; pub struct A(B); }",
            ),
            ("src/b.rs", "pub struct B(crate::a::inner::A);"),
        ];
        assert_eq!(crate_of(&files).len(), 1);
    }

    #[test]
    fn a_module_may_lie_elsewhere() {
        let files = [
            ("tests/t.rs", "#[path = \"common/x.rs\"] mod a; mod b;"),
            ("tests/common/x.rs", "use crate::b::B;"),
            ("tests/b/mod.rs", "use super::a::A;"),
        ];
        let cycle = "tests/b/mod.rs -> tests/common/x.rs -> tests/b/mod.rs";
        assert_eq!(crate_of(&files), [format!("files import each other: {cycle}")]);
    }

    #[test]
    fn scripts_have_cycles_too() {
        let chain = [
            ("js/src/index.ts", "export * from \"./a.js\";\nimport type {\n  B,\n} from './b.js';"),
            ("js/src/a.ts", "import { b } from \"./b.js\";"),
            ("js/src/b.ts", "import \"../dist/host.js\"; import x from \"esbuild\";"),
        ];
        assert_eq!(scripts(&chain), [""; 0]);
        for back in ["export { A } from \"./index.js\";", "await import('../src/index.js')"] {
            let cycle = "js/src/b.ts -> js/src/index.ts -> js/src/b.ts";
            let files = [chain[0], chain[1], ("js/src/b.ts", back)];
            assert!(
                scripts(&files).contains(&format!("files import each other: {cycle}")),
                "{back}"
            );
        }
        let three = [
            ("www/src/a.ts", "import { b } from \"./b.js\";"),
            ("www/src/b.ts", "import { c } from \"./c.js\";"),
            ("www/src/c.ts", "import { a } from \"./a.js\";"),
        ];
        assert_eq!(scripts(&three).len(), 1);
    }
}
