//! How much room the disk has: a linker that finds none dies of a bus error, which says nothing of disks.

use std::{path::Path, process::Stdio};

use crate::run::{command, say};

/// What `cargo xtask test` writes from a fresh clone, in bytes, with some room beside it.
const SUITE: u64 = 8_000_000_000;

/// Below this many bytes the disk is the first thing to suspect when a step fails.
const NEARLY_FULL: u64 = 1_500_000_000;

/// Free bytes on the file system of `folder`, as far as whoever runs us may fill it. `None` where `df` is not
/// GNU's.
pub fn free(folder: &Path) -> Option<u64> {
    let mut df = command("df");
    df.args(["--block-size=1", "--output=avail"]).arg(folder).stderr(Stdio::null());
    let output = df.output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().last()?.trim().parse().ok()
}

/// Says before the suite begins how much room there is, and whether that may be too little.
pub fn say_what_is_free(folder: &Path) {
    if let Some(state) = state(folder) {
        say(format!("disk: {state}"));
    }
}

/// After a step that failed: says so if the disk may be why.
pub fn suspect(folder: &Path) {
    if let Some(words) = free(folder).and_then(after) {
        say(words);
    }
}

/// How much room there is, with a warning where it may be too little for the suite.
pub fn state(folder: &Path) -> Option<String> {
    free(folder).map(before)
}

fn before(free: u64) -> String {
    let warning = if free < SUITE {
        format!("; a first run of the suite writes up to {}, a later one less", gigabytes(SUITE))
    } else {
        String::new()
    };
    format!("{} free{warning}", gigabytes(free))
}

fn after(free: u64) -> Option<String> {
    (free < NEARLY_FULL).then(|| {
        format!("disk: only {} free, which may be why. `cargo clean` makes room", gigabytes(free))
    })
}

fn gigabytes(bytes: u64) -> String {
    format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_asked_and_a_folder_that_is_not_there_is_no_answer() {
        assert!(free(Path::new(env!("CARGO_MANIFEST_DIR"))).is_some_and(|free| free > 0));
        assert_eq!(free(Path::new("/no/such/folder/anywhere")), None);
    }

    #[test]
    fn only_a_disk_with_little_room_is_warned_of_and_suspected() {
        assert_eq!(before(31_250_000_000), "31.2 GB free");
        assert!(before(SUITE - 1).contains("7.9 GB free; a first run"));
        assert_eq!(after(NEARLY_FULL), None);
        assert!(after(90_000_000).unwrap().contains("only 0.0 GB free"));
    }
}
