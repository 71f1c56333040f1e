//! The end-to-end tests, by Node's own runner, a process for each file.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    thread,
};

use crate::{
    error::Result,
    run::{run, run_quietly, say},
};

/// Files that keep both cores busy, or judge by when frames came what a busy machine may spoil: each has the machine to
/// itself. Any other waits for more than half of its time, for a camera, a server or a time limit, and two share it.
const ALONE: &[&str] = &["frames", "startup", "trace"];
/// The longest of the others, in their order: begun first, so that in the end no one waits for one.
const LONGEST: &[&str] = &["contract", "network", "files", "engine", "camera_life", "embed"];
const AT_ONCE: usize = 2;

/// Runs every file. `node` makes the command for one.
///
/// A real browser on a busy machine may miss a frame's time: whatever fails is tried once more, alone and said aloud.
/// What is broken fails twice.
pub fn run_all(tests: &[PathBuf], node: impl Fn(&Path) -> Result<Command> + Sync) -> Result<()> {
    let (alone, mut shared): (Vec<_>, Vec<_>) =
        tests.iter().partition(|file| place(ALONE, file) < ALONE.len());
    shared.sort_by_key(|file| place(LONGEST, file));
    let mut failed = two_at_a_time(&shared, |file| run_quietly(&mut node(file)?));
    failed.extend(
        alone.into_iter().filter(|file| reported(file, node(file).and_then(|mut it| run(&mut it)))),
    );
    for file in failed {
        say(format!("{}: SECOND TRY", file.display()));
        run(&mut node(file)?)?;
    }
    Ok(())
}

/// Its place in a list, or behind all.
fn place(list: &[&str], file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    list.iter().position(|listed| name == format!("{listed}.test.mjs")).unwrap_or(list.len())
}

/// Whether it failed, which is said.
fn reported(file: &Path, result: Result<()>) -> bool {
    if let Err(error) = &result {
        say(format!("{}: {error}", file.display()));
    }
    result.is_err()
}

/// Works on all, in their order; returns those that failed.
fn two_at_a_time<'a>(
    files: &[&'a PathBuf],
    work: impl Fn(&Path) -> Result<()> + Sync,
) -> Vec<&'a PathBuf> {
    let queue = Mutex::new(files.iter().copied());
    let failed = Mutex::new(Vec::new());
    // Nothing panics while it holds a lock.
    let next = || queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(file) = next() {
                    if reported(file, work(file)) {
                        failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(file);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{run::command, workspace::Workspace};

    #[test]
    fn files_that_are_listed_are_there() {
        let folder = Workspace::find().unwrap().path("tests/e2e");
        for list in [ALONE, LONGEST] {
            for (index, name) in list.iter().enumerate() {
                let file = folder.join(format!("{name}.test.mjs"));
                assert!(file.is_file() && place(list, &file) == index, "{name}");
            }
            assert_eq!(place(list, &folder.join("page.test.mjs")), list.len());
        }
    }

    #[test]
    fn what_fails_is_tried_once_more_and_fails_only_then() {
        let names = ["contract", "network", "page", "frames"];
        let files = names.map(|name| PathBuf::from(format!("{name}.test.mjs")));
        for broken in [1, 2] {
            let tries = Mutex::new(Vec::new());
            let result = run_all(&files, |file| {
                let mut tries = tries.lock().unwrap();
                tries.push(file.to_path_buf());
                let count = tries.iter().filter(|tried| *tried == file).count();
                // `contract` fails as often as it is to, everything else never.
                let fails = file.starts_with("contract.test.mjs") && count <= broken;
                Ok(command(if fails { "false" } else { "true" }))
            });
            assert_eq!(result.is_ok(), broken == 1);
            let tries = tries.into_inner().unwrap();
            assert_eq!(tries.len(), 5, "{tries:?}");
            assert_eq!(tries.last(), Some(&files[0]));
        }
    }
}
