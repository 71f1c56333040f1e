//! Incremental steps: a step is skipped while its inputs' content and its outputs are as it left them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest, Sha256};

use crate::{
    error::{IoContext, Result},
    run::say,
};

/// Folders that never count as inputs.
const SKIPPED: &[&str] = &["node_modules", "dist", "target", ".git", "results"];

/// The inputs of a step, hashed by content.
#[derive(Clone, Default)]
pub struct Inputs(Sha256);

impl Inputs {
    /// No inputs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text: an argument, a tool's version.
    pub fn text(mut self, text: &str) -> Self {
        self.field(text.as_bytes());
        self
    }

    /// Adds a file, or every file of a folder, by path relative to `root` and content. An absent path is an
    /// input too: it changes when the file appears.
    pub fn path(mut self, root: &Path, path: impl AsRef<Path>) -> Result<Self> {
        let full = root.join(path);
        for file in files(&full, SKIPPED)? {
            let name = file.strip_prefix(root).unwrap_or(&file);
            self.field(name.as_os_str().as_encoded_bytes());
            self.field(&fs::read(&file).at(&file)?);
        }
        self.field(b"end");
        Ok(self)
    }

    /// Adds several paths.
    pub fn paths(self, root: &Path, paths: &[&str]) -> Result<Self> {
        paths.iter().try_fold(self, |inputs, path| inputs.path(root, path))
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn digest(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// Where the stamps of a workspace lie.
#[derive(Clone, Debug)]
pub struct Stamps(PathBuf);

impl Stamps {
    /// Stamps under this folder.
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Does the work unless the stamp says that it was done with these inputs and that the outputs are
    /// untouched since. Returns whether work was done.
    pub fn unless_fresh(
        &self,
        name: &str,
        inputs: Inputs,
        outputs: &[PathBuf],
        work: impl FnOnce() -> Result<()>,
    ) -> Result<bool> {
        let stamp = self.0.join(name);
        let digest = inputs.digest();
        if let (Ok(found), Some(state)) = (fs::read_to_string(&stamp), outputs_state(outputs)?)
            && found == format!("{digest} {state}")
        {
            say(format!("{name}: unchanged"));
            return Ok(false);
        }
        // A step that fails half-way must not look done.
        let _ = fs::remove_file(&stamp);
        work()?;
        fs::create_dir_all(&self.0).at(&self.0)?;
        if let Some(state) = outputs_state(outputs)? {
            fs::write(&stamp, format!("{digest} {state}")).at(&stamp)?;
        }
        Ok(true)
    }
}

/// Size and time of every output file, hashed; `None` if one is absent.
fn outputs_state(outputs: &[PathBuf]) -> Result<Option<String>> {
    let mut hash = Sha256::new();
    for output in outputs {
        if !output.exists() {
            return Ok(None);
        }
        for file in files(output, &[])? {
            let meta = fs::metadata(&file).at(&file)?;
            let modified =
                meta.modified().at(&file)?.duration_since(UNIX_EPOCH).unwrap_or_default();
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update(meta.len().to_le_bytes());
            hash.update(modified.as_nanos().to_le_bytes());
        }
    }
    Ok(Some(hex(&hash.finalize())))
}

/// The files at or under a path, sorted, without folders of the given names; none if the path is absent.
pub fn files(path: &Path, skipped: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() {
            for entry in fs::read_dir(&path).at(&path)? {
                let entry = entry.at(&path)?;
                if !skipped.iter().any(|name| entry.file_name() == *name) {
                    open.push(entry.path());
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir_all(dir.join("in/node_modules")).unwrap();
            fs::write(dir.join("in/a"), "a").unwrap();
            Self(dir)
        }

        fn inputs(&self) -> Inputs {
            Inputs::new().path(&self.0, "in").unwrap()
        }

        fn ran(&self, inputs: Inputs) -> bool {
            let out = self.0.join("out");
            Stamps::in_dir(self.0.join("stamps"))
                .unless_fresh("a-step", inputs, std::slice::from_ref(&out), || {
                    fs::write(&out, "made").at(&out)
                })
                .unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_step_runs_again_only_when_something_changed() {
        let folder = Folder::new("stamp");
        assert!(folder.ran(folder.inputs()), "first time");
        assert!(!folder.ran(folder.inputs()), "nothing changed");

        fs::write(folder.0.join("in/node_modules/x"), "x").unwrap();
        assert!(!folder.ran(folder.inputs()), "a skipped folder is not an input");
        fs::write(folder.0.join("in/b"), "b").unwrap();
        assert!(folder.ran(folder.inputs()), "a new input");
        fs::write(folder.0.join("in/b"), "c").unwrap();
        assert!(folder.ran(folder.inputs()), "a changed input");
        assert!(folder.ran(folder.inputs().text("-O3")), "another argument");
        assert!(folder.ran(folder.inputs()), "back again");
        fs::remove_file(folder.0.join("out")).unwrap();
        assert!(folder.ran(folder.inputs()), "the output is gone");
        fs::write(folder.0.join("out"), "changed by hand").unwrap();
        assert!(folder.ran(folder.inputs()), "the output was touched");
        assert!(!folder.ran(folder.inputs()));
    }

    #[test]
    fn a_failed_step_leaves_no_stamp() {
        let folder = Folder::new("failed");
        assert!(folder.ran(folder.inputs()));
        let stamps = Stamps::in_dir(folder.0.join("stamps"));
        let changed = folder.inputs().text("other");
        assert!(stamps.unless_fresh("a-step", changed, &[], || Err(Error::Steps(1))).is_err());
        assert!(folder.ran(folder.inputs()), "the failed run forgot the old stamp");
    }

    #[test]
    fn content_cannot_move_between_fields_unseen() {
        assert_ne!(
            Inputs::new().text("ab").text("c").digest(),
            Inputs::new().text("a").text("bc").digest()
        );
    }
}
