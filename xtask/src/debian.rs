//! Programs that come from Debian: the browsers and their drivers, PostgreSQL, and ffmpeg for the tests.

use std::{env::var_os, ffi::OsString, path::PathBuf, sync::Mutex, thread};

use crate::{
    error::{Error, Result},
    run::{capture, command, run_quietly, say, step, version_of},
};

/// A program and the Debian package that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable's name, or the path of a file of the package.
    pub name: &'static str,
    /// The package's name.
    pub package: &'static str,
}

/// What the tests with footage use, native ones among them, which find it by PATH as well.
pub const FFMPEG: Program = Program { name: "ffmpeg", package: "ffmpeg" };

/// The whole browser.
pub const CHROMIUM: Program = Program { name: "chromium", package: "chromium" };

/// The same without what shows windows, which takes a third of the processor's time.
pub const HEADLESS: Program =
    Program { name: "chromium-headless-shell", package: "chromium-headless-shell" };

/// What the browser tests use.
pub const BROWSER: [Program; 4] =
    [CHROMIUM, HEADLESS, Program { name: "chromedriver", package: "chromium-driver" }, FFMPEG];

/// What the other browser engines use: Firefox, and WebKit on a virtual display with its video decoders.
pub const ENGINES: [Program; 5] = [
    Program { name: "firefox-esr", package: "firefox-esr" },
    Program { name: "WebKitWebDriver", package: "webkit2gtk-driver" },
    Program { name: "Xvfb", package: "xvfb" },
    // Plugins have no programs, but every package has this file.
    Program { name: "/usr/share/doc/gstreamer1.0-libav/copyright", package: "gstreamer1.0-libav" },
    Program {
        name: "/usr/share/doc/gstreamer1.0-plugins-good/copyright",
        package: "gstreamer1.0-plugins-good",
    },
];

/// The database of several gateways. Its programs are in a folder of their version.
pub const POSTGRES: Program =
    Program { name: "/usr/share/doc/postgresql/copyright", package: "postgresql" };

/// What the recipes for back ends are run with (docs/back-end.md); Node and Rust are here anyway.
const RECIPES: [Program; 4] = [
    Program { name: "python3", package: "python3" },
    Program { name: "php", package: "php-cli" },
    Program { name: "go", package: "golang-go" },
    Program { name: "curl", package: "curl" },
];

/// Only one can install at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Begins to install everything of the suite beside what needs none of it: unpacking leaves the cores idle for much of its
/// time, and compiling has its own such times. Whoever calls [`ensure`] meanwhile waits.
pub fn install_in_background() {
    let mut programs = [&BROWSER[..], &ENGINES].concat();
    if in_ci() {
        programs.push(POSTGRES);
        programs.extend(RECIPES);
    }
    // What fails here is tried again, and reported, by the step that needs it.
    thread::spawn(move || drop(ensure(&programs)));
}

/// Whether nothing may be left out.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Installs the recipes' languages in CI. Elsewhere the recipes of those that are absent are skipped: nobody needs Go for
/// working on this.
pub fn ensure_recipes() -> Result<()> {
    if in_ci() {
        return ensure(&RECIPES);
    }
    for Program { name, package } in RECIPES.iter().filter(|program| which(program.name).is_none())
    {
        say(format!("the recipe for {name} is not tried: {}", help(&[package])));
    }
    Ok(())
}

/// Where a program is, by PATH unless its name is a path.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Installs the packages of the programs that are absent.
pub fn ensure(programs: &[Program]) -> Result<()> {
    let _turn = INSTALLING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let absent: Vec<Program> =
        programs.iter().copied().filter(|program| which(program.name).is_none()).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = absent.iter().map(|program| program.package).collect();
    let Some(prefix) = privilege() else {
        return Err(Error::Missing { what: packages.join(", "), how: help(&packages) });
    };
    say(format!("installing from Debian what is missing: {}", packages.join(", ")));
    step("Debian packages", || {
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        run_quietly(&mut apt(&prefix, &["update", "-qq"], |name| var_os(name)))?;
        run_quietly(apt(&prefix, &install, |name| var_os(name)).args(&packages))
    })
}

/// Has what some tests need where everything is tested; elsewhere it is said what is left out, and the other tests go on.
pub fn or_leave_out(installed: Result<()>, what: &str, in_ci: bool) -> Result<()> {
    match installed {
        Err(error) if !in_ci => {
            say(format!("{what} is not tested: {error}"));
            Ok(())
        }
        installed => installed,
    }
}

/// How to install packages by hand.
pub fn help(packages: &[&str]) -> String {
    format!("Install with: sudo apt-get install {}", packages.join(" "))
}

/// The variables by which apt-get is told of a proxy.
const PROXIES: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"];

fn apt(
    prefix: &[&str],
    args: &[&str],
    variable: impl Fn(&str) -> Option<OsString>,
) -> std::process::Command {
    let mut line: Vec<OsString> = prefix.iter().map(OsString::from).collect();
    // env, because sudo drops the environment.
    line.extend(["env", "DEBIAN_FRONTEND=noninteractive"].map(OsString::from));
    for name in PROXIES {
        if let Some(value) = variable(name) {
            let mut pair = OsString::from(format!("{name}="));
            pair.push(value);
            line.push(pair);
        }
    }
    line.push("apt-get".into());
    let mut apt = command(&line[0]);
    apt.args(&line[1..]).args(args);
    apt
}

/// What goes before apt-get: nothing for root, sudo for others; `None` where neither helps.
fn privilege() -> Option<Vec<&'static str>> {
    which("apt-get")?;
    match capture(command("id").arg("-u")).ok()?.trim() {
        "0" => Some(Vec::new()),
        _ => version_of("sudo", &["--version"]).map(|_| vec!["sudo"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_path() {
        assert!(which("sh").is_some());
        assert_eq!(which("no-such-tool-anywhere"), None);
        assert!(which("/bin/sh").is_some());
        assert_eq!(which("/usr/share/doc/no-such-package-anywhere/copyright"), None);
        ensure(&[Program { name: "sh", package: "dash" }]).unwrap();
    }

    /// Not everybody may install them where Debian does.
    #[test]
    fn what_the_browser_tests_start_may_be_anywhere_on_the_path() {
        for Program { name, .. } in BROWSER {
            assert!(!name.contains('/'), "{name}");
        }
    }

    #[test]
    fn what_is_absent_fails_in_ci_alone() {
        let absent = || Err(Error::Missing { what: "ffmpeg".into(), how: help(&["ffmpeg"]) });
        assert!(or_leave_out(absent(), "video", true).is_err());
        assert!(or_leave_out(absent(), "video", false).is_ok());
        assert!(or_leave_out(Ok(()), "video", true).is_ok());
    }

    #[test]
    fn apt_is_called_through_sudo_where_needed() {
        let words = |prefix: &[&str], proxies: &[(&str, &str)]| {
            let set = |name: &str| proxies.iter().find(|(known, _)| *known == name);
            let apt = apt(prefix, &["update"], |name| set(name).map(|(_, value)| value.into()));
            let words = std::iter::once(apt.get_program()).chain(apt.get_args());
            words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words(&[], &[]), "env DEBIAN_FRONTEND=noninteractive apt-get update");
        assert_eq!(words(&["sudo"], &[]), "sudo env DEBIAN_FRONTEND=noninteractive apt-get update");
        let proxies = [("https_proxy", "http://proxy:3128"), ("no_proxy", "a, b"), ("other", "x")];
        assert_eq!(
            words(&["sudo"], &proxies),
            "sudo env DEBIAN_FRONTEND=noninteractive https_proxy=http://proxy:3128 no_proxy=a, b \
             apt-get update"
        );
        assert!(help(&["chromium", "ffmpeg"]).ends_with("apt-get install chromium ffmpeg"));
    }
}
