//! The gateway's binary: flags, logs, exit code.

use std::io::IsTerminal as _;
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
        print!("{}", openapi::to_file(document::document()));
        return ExitCode::SUCCESS;
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    logging::start(filter, std::io::stderr().is_terminal(), std::io::stderr);
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
        Some(Command::Keys(command)) => Some(manage::keys(command.clone(), database).await),
        Some(Command::Tenants(command)) => Some(tenants(command.clone(), database).await),
        Some(Command::Audit(command)) => Some(audit(*command, database).await),
        Some(Command::Check | Command::Openapi) | None => None,
    };
    if let Some(managed) = managed {
        return match managed {
            Ok(said) => {
                print(&said);
                ExitCode::SUCCESS
            }
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
                println!("fine: a gateway in {mode} mode; {videos}");
                ExitCode::SUCCESS
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
fn print(said: &Said) {
    match &said.key {
        Some(key) => {
            eprintln!("{}", said.text);
            println!("{}", key.expose_secret());
        }
        None => println!("{}", said.text),
    }
}
