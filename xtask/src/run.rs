//! Running tools: a clean environment, the command shown, and a sign of life while it runs.

use std::{
    ffi::OsStr,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use crate::error::{Error, Result};

/// How long a step may be silent before it says that it is still at work.
const HEARTBEAT: Duration = Duration::from_secs(20);

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Time since the driver started.
pub fn elapsed() -> Duration {
    STARTED.get_or_init(Instant::now).elapsed()
}

/// Prints one progress line with the time since the start.
pub fn say(message: impl AsRef<str>) {
    eprintln!("[{:>4}s] {}", elapsed().as_secs(), message.as_ref());
}

/// Runs `work` as a named step: says when it begins, every 20 s that it goes on, and how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(format!("{name} ..."));
    let began = Instant::now();
    let (done, ended) = mpsc::channel::<()>();
    let label = name.to_owned();
    let heart = thread::spawn(move || {
        while ended.recv_timeout(HEARTBEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
            say(format!("{label}: still at work after {} s", began.elapsed().as_secs()));
        }
    });
    let outcome = work();
    drop(done);
    // The thread only prints; if it panicked there is nothing to undo.
    let _ = heart.join();
    let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
    say(format!("{name}: {verdict} in {:.1} s", began.elapsed().as_secs_f64()));
    outcome
}

/// A command without the variables `cargo run` sets for us, which would make build scripts that watch them
/// run again whenever cargo is called with and without the driver.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_")
            || matches!(&*name, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH")
        {
            command.env_remove(&key);
        }
    }
    command
}

/// Whether our own crates are compiled by clippy.
static LINTING: AtomicBool = AtomicBool::new(false);

/// From here on every cargo has our own crates compiled by clippy, which refuses what it warns about. This is what
/// `cargo clippy` sets, but for code that is then run: nothing is compiled a second time only to be linted.
pub fn lint_from_now_on() {
    LINTING.store(true, Ordering::Relaxed);
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if LINTING.load(Ordering::Relaxed) {
        cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
        cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    }
    cargo
}

/// Runs a command with its output shown; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let line = display(command);
    eprintln!("        $ {line}");
    let status = command.status().map_err(|source| spawn_error(command, source))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Command { command: line, status: status.to_string() })
    }
}

/// Runs a command, and shows what it has written once it has ended, so that two at once can be told apart.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let line = display(command);
    let output = command.output().map_err(|source| spawn_error(command, source))?;
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    eprintln!("        $ {line}\n{}", text.concat());
    if output.status.success() {
        Ok(())
    } else {
        Err(Error::Command { command: line, status: output.status.to_string() })
    }
}

/// Runs a command and returns what it wrote to its standard output; its errors stay visible.
pub fn capture(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|source| spawn_error(command, source))?;
    if !output.status.success() {
        return Err(Error::Command {
            command: display(command),
            status: output.status.to_string(),
        });
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Error::Malformed { what: display(command), message: error.to_string() })
}

/// The first line a tool prints for its version, if it can be run.
pub fn version_of(program: &str, args: &[&str]) -> Option<String> {
    let output = command(program).args(args).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

fn spawn_error(command: &Command, source: std::io::Error) -> Error {
    Error::Spawn { program: command.get_program().to_string_lossy().into_owned(), source }
}

fn display(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command.get_args().fold(program, |line, arg| format!("{line} {}", arg.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_tool_is_named_with_its_status() {
        let error = run(command("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
        let error = run(&mut command("no-such-tool-anywhere")).unwrap_err().to_string();
        assert!(error.contains("no-such-tool-anywhere"), "{error}");
    }

    #[test]
    fn output_is_captured_and_versions_are_optional() {
        assert_eq!(capture(command("echo").arg("here")).unwrap(), "here\n");
        assert_eq!(version_of("echo", &["v1"]), Some("v1".into()));
        assert_eq!(version_of("false", &[]), None);
        assert_eq!(version_of("no-such-tool-anywhere", &[]), None);
    }

    #[test]
    fn a_step_passes_its_result_on() {
        assert_eq!(step("a step", || Ok(7)).unwrap(), 7);
        assert!(step("another", || Err::<(), _>(Error::Steps(1))).is_err());
    }
}
