//! The gateway's binary: flags, logs, exit code.

#![forbid(unsafe_code)]

use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use liveness_gateway::Config;
use liveness_gateway::api::serve::{ServeError, check, run, termination};
use liveness_gateway::api::{document, openapi};
use liveness_gateway::config::Command;
use liveness_gateway::logging;
use liveness_gateway::manage::audit::audit;
use liveness_gateway::manage::tenants::tenants;
use liveness_gateway::manage::{self, Said};
use secrecy::ExposeSecret as _;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    if config.command == Some(Command::Openapi) {
        return put(&openapi::to_file(document::document()));
    }
    let (filter, fault) = logging::wanted(std::env::var(EnvFilter::DEFAULT_ENV).ok().as_deref());
    logging::start(filter, std::io::stderr().is_terminal(), std::io::stderr);
    if let Some(fault) = fault {
        tracing::warn!("{fault}");
    }
    let command = config.command.clone();
    let database = match config.database(|name| std::env::var(name).ok()) {
        Ok(database) => database,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(2);
        }
    };
    let database = database.as_ref();
    let managed = match &command {
        Some(Command::Keys(command)) => {
            Some(manage::keys(command.clone(), database).await.map(Some))
        }
        Some(Command::Tenants(command)) => Some(tenants(command.clone(), database).await.map(Some)),
        Some(Command::Audit(command)) => {
            let mut output = BufWriter::new(std::io::stdout().lock());
            Some(audit(*command, database, &mut output).await.map(|()| None))
        }
        Some(Command::Check | Command::Openapi) | None => None,
    };
    if let Some(managed) = managed {
        return match managed {
            Ok(said) => said.map_or(ExitCode::SUCCESS, |said| print(&said)),
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::from(error.exit_code())
            }
        };
    }
    let settings = match config.settings(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(2);
        }
    };
    if !settings.lasting_secret {
        tracing::warn!(
            "LIVENESS_SECRET is not set: a random one is used, and sessions do not outlive this process"
        );
    }
    if settings.upstream.is_none() && settings.model_file.is_none() {
        tracing::warn!(
            "no --model-file: the local verifier cannot look for a face, and takes every picture for one"
        );
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    if command == Some(Command::Check) {
        return match check(&settings).await {
            Ok(mode) => {
                let videos = match &settings.video.ffmpeg {
                    Some(program) => format!("videos are decoded by {}", program.display()),
                    None => "no videos are taken: there is no ffmpeg on the PATH".to_owned(),
                };
                put(&format!("fine: a gateway in {mode} mode; {videos}\n"))
            }
            Err(error) => refused(&error),
        };
    }
    match run(settings, termination()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refused(&error),
    }
}

/// Says why there is no gateway; by the code a supervisor knows whether to try again.
fn refused(error: &ServeError) -> ExitCode {
    tracing::error!("{error}");
    if error.lasts() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// A key goes to standard output alone and by itself, so that a script can take it from there.
fn print(said: &Said) -> ExitCode {
    match &said.key {
        Some(key) => {
            eprintln!("{}", said.text);
            // It is shown this once: where nobody has read it, it is lost.
            let written = write(&format!("{}\n", key.expose_secret()));
            written.map_or_else(|error| unwritten(&error), |()| ExitCode::SUCCESS)
        }
        None => put(&format!("{}\n", said.text)),
    }
}

/// Writes to standard output. Whoever reads it may have had enough of it.
fn put(text: &str) -> ExitCode {
    match write(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => unwritten(&error),
        _ => ExitCode::SUCCESS,
    }
}

fn write(text: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

fn unwritten(error: &std::io::Error) -> ExitCode {
    tracing::error!("it cannot be written out: {error}");
    ExitCode::FAILURE
}
