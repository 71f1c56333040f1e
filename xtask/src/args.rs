//! The command line, parsed by hand: few options, and the driver has to compile fast.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Build and serve the demo on this port of 127.0.0.1.
    Demo { port: u16 },
    /// Run the suite, without the browser if `quick`, or only some of its steps.
    Test { quick: bool, only: Option<String> },
    /// Build pkg/dist and www/dist.
    Build,
    /// Build the npm packages, check them and pack them.
    Package,
    /// Write what is derived from src/wire.
    Generate,
    /// Fetch and convert the model.
    Models,
    /// Run one bench or all.
    Bench { name: Option<String>, json: Option<PathBuf> },
    /// Run the verifier's evaluation with these arguments.
    Eval { args: Vec<String> },
    /// Run the detector's evaluation with these arguments.
    Accuracy { args: Vec<String> },
    /// Run a command with a PostgreSQL for its tests.
    Postgres { words: Vec<String> },
    /// Say what is missing.
    Doctor,
    /// Sizes of the package's files, printed, or written into the documentation.
    Size { write: bool, json: Option<PathBuf> },
    /// Check the layering.
    CheckDeps,
    /// Check the licences.
    CheckLicences,
    /// Print the usage.
    Help,
}

/// Parses the arguments after `xtask`.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Command> {
    let mut args = args.into_iter();
    let Some(name) = args.next() else { return Ok(Command::Help) };
    let mut rest = Rest { command: name.clone(), args: args.collect() };
    let command = match name.as_str() {
        "demo" => {
            let port = match rest.option("--port")? {
                None => 8080,
                Some(text) => match text.parse::<u16>() {
                    Ok(port) if port != 0 => port,
                    _ => {
                        return Err(Error::Usage(format!(
                            "--port needs a number from 1 to 65535, not `{text}`"
                        )));
                    }
                },
            };
            Command::Demo { port }
        }
        "test" => Command::Test { quick: rest.flag("--quick"), only: rest.option("--only")? },
        "build" => Command::Build,
        "package" => Command::Package,
        "generate" => Command::Generate,
        "models" => Command::Models,
        "bench" => {
            let json = rest.option("--json")?.map(PathBuf::from);
            Command::Bench { name: rest.positional(), json }
        }
        "eval" => return Ok(Command::Eval { args: rest.args }),
        "accuracy" => return Ok(Command::Accuracy { args: rest.args }),
        "postgres" if rest.args.is_empty() => {
            return Err(Error::Usage("postgres needs the command that uses it".to_owned()));
        }
        "postgres" => return Ok(Command::Postgres { words: rest.args }),
        "doctor" => Command::Doctor,
        "size" => Command::Size {
            write: rest.flag("--write"),
            json: rest.option("--json")?.map(PathBuf::from),
        },
        "check-deps" => Command::CheckDeps,
        "check-licences" | "check-licenses" => Command::CheckLicences,
        "help" | "--help" | "-h" => return Ok(Command::Help),
        other => return Err(Error::Usage(format!("unknown command `{other}`"))),
    };
    rest.finish()?;
    Ok(command)
}

struct Rest {
    command: String,
    args: Vec<String>,
}

impl Rest {
    fn flag(&mut self, name: &str) -> bool {
        let before = self.args.len();
        self.args.retain(|arg| arg != name);
        self.args.len() != before
    }

    fn option(&mut self, name: &str) -> Result<Option<String>> {
        let prefix = format!("{name}=");
        if let Some(at) = self.args.iter().position(|arg| arg.starts_with(&prefix)) {
            return Ok(Some(self.args.remove(at)[prefix.len()..].to_owned()));
        }
        let Some(at) = self.args.iter().position(|arg| arg == name) else { return Ok(None) };
        self.args.remove(at);
        if at < self.args.len() && !self.args[at].starts_with("--") {
            Ok(Some(self.args.remove(at)))
        } else {
            Err(Error::Usage(format!("{name} needs a value")))
        }
    }

    fn positional(&mut self) -> Option<String> {
        let at = self.args.iter().position(|arg| !arg.starts_with('-'))?;
        Some(self.args.remove(at))
    }

    fn finish(self) -> Result<()> {
        match self.args.first() {
            None => Ok(()),
            Some(arg) => Err(Error::Usage(format!("`{}` does not take `{arg}`", self.command))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn commands_and_their_options() {
        assert_eq!(parsed("demo").unwrap(), Command::Demo { port: 8080 });
        assert_eq!(parsed("demo --port 9000").unwrap(), Command::Demo { port: 9000 });
        assert_eq!(parsed("demo --port=9000").unwrap(), Command::Demo { port: 9000 });
        assert_eq!(parsed("test").unwrap(), Command::Test { quick: false, only: None });
        assert_eq!(parsed("test --quick").unwrap(), Command::Test { quick: true, only: None });
        let only = Some("clippy".to_owned());
        assert_eq!(parsed("test --only clippy").unwrap(), Command::Test { quick: false, only });
        assert_eq!(parsed("generate").unwrap(), Command::Generate);
        assert_eq!(parsed("bench").unwrap(), Command::Bench { name: None, json: None });
        assert_eq!(
            parsed("bench --json out.json vision").unwrap(),
            Command::Bench { name: Some("vision".into()), json: Some("out.json".into()) }
        );
        let words = ["cargo", "test", "--lib"].map(str::to_owned).to_vec();
        assert_eq!(parsed("postgres cargo test --lib").unwrap(), Command::Postgres { words });
        assert!(parsed("postgres").unwrap_err().to_string().contains("needs the command"));
        assert_eq!(
            parsed("eval --folds 5").unwrap(),
            Command::Eval { args: vec!["--folds".into(), "5".into()] }
        );
        assert_eq!(parsed("size --write").unwrap(), Command::Size { write: true, json: None });
        assert_eq!(parsed("size").unwrap(), Command::Size { write: false, json: None });
        assert_eq!(parsed("accuracy").unwrap(), Command::Accuracy { args: vec![] });
        assert_eq!(parsed("").unwrap(), Command::Help);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("demo --port", "--port needs a value"),
            ("demo --port 0", "1 to 65535"),
            ("demo --port 70000", "1 to 65535"),
            ("demo --prot 1", "--prot"),
            ("test quick", "`quick`"),
            ("frobnicate", "frobnicate"),
            ("bench a b", "`b`"),
            ("bench --json", "--json needs a value"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
            assert!(error.contains("usage:"), "{line}: the usage helps");
        }
    }
}
