//! Build, test, demo and bench driver: `cargo xtask help` lists its commands.

mod args;
mod bench;
mod breakdown;
mod covered;
mod crates;
mod debian;
mod demo;
mod deps;
mod disk;
mod doctor;
mod end_to_end;
mod error;
mod file_size;
mod glue;
mod licences;
mod models;
mod pack;
mod package;
mod postgres;
mod run;
mod setup;
mod size_tables;
mod sizes;
mod stamp;
mod suite;
mod tools;
mod usage;
mod wasm;
mod workspace;

use std::process::ExitCode;

use args::Command;
use error::Result;
use workspace::Workspace;

fn main() -> ExitCode {
    run::elapsed();
    match args::parse(std::env::args().skip(1)).and_then(dispatch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    if command == Command::Help {
        println!("{}", usage::USAGE);
        return Ok(());
    }
    let workspace = Workspace::find()?;
    match command {
        Command::Help => Ok(()),
        Command::Demo { port } => demo::run_demo(&workspace, port),
        Command::Test { quick, only } => suite::run_suite(&workspace, quick, only.as_deref()),
        Command::Build => package::build(&workspace),
        Command::Package => pack::pack(&workspace),
        Command::Generate => package::generate(&workspace),
        Command::Models => package::model(&workspace),
        Command::Bench { name, json } => {
            bench::run_benches(&workspace, name.as_deref(), json.as_deref())
        }
        Command::Eval { args } => eval(&workspace, &args),
        Command::Accuracy { args } => accuracy(&workspace, &args),
        Command::Postgres { words } => {
            let (program, args) = (&words[0], &words[1..]);
            postgres::with_cluster(run::command(program).args(args))
        }
        Command::Doctor => doctor::examine(&workspace),
        Command::Size { write: true, .. } => sizes::write(&workspace),
        Command::Size { json, .. } => sizes::print(&workspace, json.as_deref()),
        Command::CheckDeps => deps::check(&workspace),
        Command::CheckLicences => licences::check(&workspace),
    }
}

/// The local verifier's table over the test footage.
fn eval(workspace: &Workspace, args: &[String]) -> Result<()> {
    package::model(workspace)?;
    let mut eval = run::cargo();
    eval.args(["run", "--package", "liveness-verifier", "--example", "eval", "--"]).args(args);
    run::run(eval.env("LIVENESS_MODEL_FILE", workspace.model()).current_dir(&workspace.root))
}

/// The detector's accuracy over the test footage.
fn accuracy(workspace: &Workspace, args: &[String]) -> Result<()> {
    package::model(workspace)?;
    let mut accuracy = run::cargo();
    let example = ["run", "--package", "face-vision", "--example", "accuracy", "--"];
    accuracy.args(example).args(args);
    run::run(accuracy.env("LIVENESS_MODEL_FILE", workspace.model()).current_dir(&workspace.root))
}
