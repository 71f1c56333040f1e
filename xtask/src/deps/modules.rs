//! Which files of a Rust crate import from which, by following every path to where its item is defined.
//!
//! A path is followed through re-exports and imports, so that importing an item by way of a module that
//! only passes it on is an import from the file that defines it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    sources::normal,
    tokens::{Token, group_end, tokens, without_tests},
};

/// Which files each file imports something from.
pub type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// Names already looked up on the way along a path, and where: globs may lead around in circles.
type Seen = BTreeSet<(usize, String)>;

const ITEMS: &[&str] =
    &["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];

/// A module of the crate, with a file of its own or within another's.
#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Items that are defined here.
    defined: BTreeSet<String>,
    /// Names brought into scope, and the paths they stand for.
    names: BTreeMap<String, Vec<String>>,
    /// Paths whose names are all in scope.
    globs: Vec<Vec<String>>,
    uses: Vec<Use>,
    /// Paths outside of `use`, of two segments and more.
    paths: Vec<Vec<String>>,
    /// Every word outside of `use`.
    words: BTreeSet<String>,
}

impl Module {
    /// Whether a name has a meaning here without any `*`.
    fn names_itself(&self, name: &str) -> bool {
        self.children.contains_key(name)
            || self.defined.contains(name)
            || self.names.contains_key(name)
    }
}

/// One leaf of a `use` item.
struct Use {
    path: Vec<String>,
    /// The name it is known by here; `None` for `*`.
    name: Option<String>,
    public: bool,
}

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    /// An item that this module defines.
    Item(usize),
}

/// The imports between the files of the crate with this root file. `read` gives a file's text, if there is
/// such a file.
pub fn imports(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Imports {
    let mut modules = Modules { all: Vec::new(), read };
    modules.add_file(root, folder_of(root), None);
    let mut imports = Imports::new();
    for (index, module) in modules.all.iter().enumerate() {
        let imported = modules.imported(index).into_iter().map(|from| &modules.all[from].file);
        let others = imported.filter(|file| **file != module.file).cloned();
        imports.entry(module.file.clone()).or_default().extend(others);
    }
    imports
}

struct Modules<'a> {
    /// The root comes first.
    all: Vec<Module>,
    read: &'a dyn Fn(&Path) -> Option<String>,
}

impl Modules<'_> {
    /// Adds a file and all modules below it; files of its modules are looked for in `folder`.
    fn add_file(&mut self, file: &Path, folder: PathBuf, parent: Option<usize>) -> Option<usize> {
        let text = (self.read)(file)?;
        let index = self.add(file, parent);
        self.scan(index, &tokens(&text), &folder);
        Some(index)
    }

    fn add(&mut self, file: &Path, parent: Option<usize>) -> usize {
        self.all.push(Module { file: file.to_owned(), parent, ..Module::default() });
        self.all.len() - 1
    }

    /// Reads the tokens of a module's body.
    fn scan(&mut self, index: usize, body: &[Token], folder: &Path) {
        // Modules of tests have their own files, which are looked at like all others.
        let mut at = 0;
        while at < body.len() {
            at = self.declared_file(index, body, at, folder).unwrap_or(at + 1);
        }
        let body = without_tests(body);
        let mut depth = 0_usize;
        let mut at = 0;
        while at < body.len() {
            let next_word = body.get(at + 1).and_then(Token::word);
            match &body[at] {
                Token::Word(word)
                    if word == "mod" && body.get(at + 2) == Some(&Token::Sign('{')) =>
                {
                    let name = next_word.unwrap_or_default().to_owned();
                    let end = group_end(&body, at + 2);
                    let file = self.all[index].file.clone();
                    // Several of one name are alternatives for different builds.
                    let child = match self.all[index].children.get(&name) {
                        Some(child) => *child,
                        None => self.add(&file, Some(index)),
                    };
                    self.all[index].children.insert(name.clone(), child);
                    self.scan(child, &body[at + 3..end - 1], &folder.join(&name));
                    at = end;
                    continue;
                }
                Token::Word(word)
                    if word == "mod" && body.get(at + 2) == Some(&Token::Sign(';')) =>
                {
                    at += 3;
                    continue;
                }
                Token::Word(word) if word == "use" => {
                    at = self.scan_use(index, &body, at);
                    continue;
                }
                Token::Word(word) => {
                    let module = &mut self.all[index];
                    module.words.insert(word.clone());
                    if depth == 0 && ITEMS.contains(&word.as_str()) {
                        // `macro_rules! name`
                        let skipped = usize::from(body.get(at + 1) == Some(&Token::Sign('!')));
                        let name = body.get(at + 1 + skipped).and_then(Token::word);
                        module.defined.extend(name.map(str::to_owned));
                    }
                    if at == 0 || body[at - 1] != Token::PathSep {
                        let path = path_at(&body, at);
                        module.paths.extend((path.len() > 1).then_some(path));
                    }
                }
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
    }

    /// Adds the file of a `mod name;` that stands here, and says where it ends.
    fn declared_file(
        &mut self,
        index: usize,
        body: &[Token],
        at: usize,
        folder: &Path,
    ) -> Option<usize> {
        if body[at] == Token::Sign('{') {
            return Some(group_end(body, at));
        }
        let [keyword, name, Token::Sign(';')] = body.get(at..at + 3)? else { return None };
        let name = name.word().filter(|_| keyword.word() == Some("mod"))?;
        let elsewhere = path_attribute(&body[..at])
            .map(|path| folder_of(&self.all[index].file).join(path))
            .map(|file| (normal(&file), folder_of(&file)));
        let usual = [
            (folder.join(format!("{name}.rs")), folder.join(name)),
            (folder.join(name).join("mod.rs"), folder.join(name)),
        ];
        let child = elsewhere
            .into_iter()
            .chain(usual)
            .find_map(|(file, folder)| self.add_file(&file, folder, Some(index)));
        self.all[index].children.extend(child.map(|child| (name.to_owned(), child)));
        Some(at + 3)
    }

    /// Reads the `use` that stands here, and says where it ends.
    fn scan_use(&mut self, index: usize, body: &[Token], at: usize) -> usize {
        let length = body[at..].iter().position(|token| *token == Token::Sign(';'));
        let end = length.map_or(body.len(), |length| at + length);
        let before = at.checked_sub(1).map(|before| &body[before]);
        // `pub`, or the end of `pub(crate)`.
        let public =
            before.is_some_and(|token| token.word() == Some("pub") || *token == Token::Sign(')'));
        let mut leaves = Vec::new();
        // `impl Trait + use<'a>` has no path.
        if body.get(at + 1) != Some(&Token::Sign('<')) {
            use_leaves(&body[at + 1..end], &[], &mut leaves);
        }
        let module = &mut self.all[index];
        for (path, name) in leaves {
            match &name {
                Some(name) => {
                    module.names.insert(name.clone(), path.clone());
                }
                None => module.globs.push(path.clone()),
            }
            module.uses.push(Use { path, name, public });
        }
        end + 1
    }

    /// The modules whose items this one uses.
    fn imported(&self, index: usize) -> BTreeSet<usize> {
        let module = &self.all[index];
        let mut found = BTreeSet::new();
        let mut note = |target: Option<Target>| {
            if let Some(Target::Item(from)) = target {
                found.insert(from);
            }
        };
        for path in &module.paths {
            note(self.follow(index, path, &mut Seen::new()));
        }
        for Use { path, name, public } in &module.uses {
            match (self.follow(index, path, &mut Seen::new()), name) {
                (Some(Target::Item(from)), Some(name)) => {
                    // A parent that passes its child's item on need not use it itself.
                    let passed_on = *public && self.is_below(from, index);
                    if !passed_on || module.words.contains(name) {
                        note(Some(Target::Item(from)));
                    }
                }
                (Some(Target::Module(from)), None) => {
                    // What has a meaning of its own here is not taken from elsewhere.
                    let open = module.words.iter().filter(|word| !module.names_itself(word));
                    open.for_each(|word| note(self.lookup(from, word, &mut Seen::new())));
                }
                _ => {}
            }
        }
        found
    }

    fn is_below(&self, index: usize, ancestor: usize) -> bool {
        std::iter::successors(self.all[index].parent, |index| self.all[*index].parent)
            .any(|parent| parent == ancestor)
    }

    /// Follows a path that stands in a module.
    fn follow(&self, index: usize, path: &[String], seen: &mut Seen) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(index),
            "super" => Target::Module(self.all[index].parent?),
            name => self.lookup(index, name, seen)?,
        };
        rest.iter().try_fold(start, |target, name| match target {
            Target::Module(module) if name == "super" => {
                Some(Target::Module(self.all[module].parent?))
            }
            // What cannot be found there is made by a macro.
            Target::Module(module) => {
                Some(self.lookup(module, name, seen).unwrap_or(Target::Item(module)))
            }
            item => Some(item),
        })
    }

    /// What a name means in a module; `None` for what is not of this crate.
    fn lookup(&self, index: usize, name: &str, seen: &mut Seen) -> Option<Target> {
        let module = &self.all[index];
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        if module.defined.contains(name) {
            return Some(Target::Item(index));
        }
        if !seen.insert((index, name.to_owned())) {
            return None;
        }
        if let Some(path) = module.names.get(name) {
            return self.follow(index, path, seen);
        }
        module.globs.iter().find_map(|path| match self.follow(index, path, seen)? {
            Target::Module(from) if from != index => self.lookup(from, name, seen),
            _ => None,
        })
    }
}

/// The folder in which a root file, or any other file, looks for the files of its modules.
fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// The path from the `#[path = "..."]` among the attributes that end here.
fn path_attribute(before: &[Token]) -> Option<&str> {
    let last_item = before
        .iter()
        .rposition(|token| matches!(token, Token::Sign(';' | '}')))
        .map_or(0, |end| end + 1);
    before[last_item..].windows(3).find_map(|window| match window {
        [Token::Word(word), Token::Sign('='), Token::Text(path)] if word == "path" => {
            Some(path.as_str())
        }
        _ => None,
    })
}

/// The path that begins with the word here, of one segment or more.
fn path_at(tokens: &[Token], at: usize) -> Vec<String> {
    let mut path: Vec<String> = tokens[at].word().into_iter().map(str::to_owned).collect();
    for pair in tokens[at + 1..].chunks_exact(2) {
        let [Token::PathSep, Token::Word(word)] = pair else { break };
        path.push(word.clone());
    }
    path
}

/// The leaves of a `use` item's tree: their full paths, and the names they are known by.
fn use_leaves(tree: &[Token], prefix: &[String], leaves: &mut Vec<(Vec<String>, Option<String>)>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while let Some(token) = tree.get(at) {
        match token {
            Token::Word(word) if word == "as" => {
                let name = tree.get(at + 1).and_then(Token::word).map(str::to_owned);
                leaves.push((path, name));
                return;
            }
            // `{self}` is the path so far.
            Token::Word(word) if word == "self" && !prefix.is_empty() => {}
            Token::Word(word) => path.push(word.clone()),
            Token::Sign('*') => {
                leaves.push((path, None));
                return;
            }
            Token::Sign('{') => {
                let inner = &tree[at + 1..group_end(tree, at) - 1];
                let mut start = 0;
                while start < inner.len() {
                    let end = branch_end(inner, start);
                    use_leaves(&inner[start..end], &path, leaves);
                    start = end + 1;
                }
                return;
            }
            _ => {}
        }
        at += 1;
    }
    let name = path.last().cloned();
    leaves.extend(name.map(|name| (path, Some(name))));
}

/// The comma that ends the branch beginning here, or the end of all.
fn branch_end(tree: &[Token], mut at: usize) -> usize {
    while at < tree.len() {
        match tree[at] {
            Token::Sign(',') => return at,
            Token::Sign('{') => at = group_end(tree, at),
            _ => at += 1,
        }
    }
    at
}
