//! A PostgreSQL for tests: a cluster in a temporary folder, on a free port of this machine, until it is dropped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    debian,
    error::{Error, IoContext as _, Result},
    run::{capture, command, run, run_quietly, say, step},
};

/// Where Debian has the programs, a folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// For a server that lives for minutes: nothing is lost by the end of a process, only by that of the machine.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=64MB \
    -c max_connections=200";

/// For a certificate that is its own root: of `localhost`, so that 127.0.0.1 is a name it does not have.
const CERTIFICATE: &str =
    "[req]\ndistinguished_name=name\n[name]\n[own]\nsubjectAltName=DNS:localhost\n";

/// A running server, which can be reached with TLS and without. Its superuser's name and password are both `postgres`.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// Before its commands: it refuses to run as root.
    prefix: &'static [&'static str],
    port: u16,
}

impl Cluster {
    /// Starts one, or says why there is none.
    pub fn start() -> Result<Self> {
        step("PostgreSQL for tests", || {
            let programs = programs().ok_or_else(|| Error::Missing {
                what: debian::POSTGRES.package.to_owned(),
                how: debian::help(&[debian::POSTGRES.package]),
            })?;
            let root = capture(command("id").arg("-u"))?.trim() == "0";
            let prefix: &[&str] = if root { &["runuser", "-u", "postgres", "--"] } else { &[] };
            let folder =
                std::env::temp_dir().join(format!("liveness-postgres-{}", std::process::id()));
            fs::create_dir_all(&folder).at(&folder)?;
            // From here on it is stopped and removed, whatever happens.
            let cluster = Self { folder, programs, prefix, port: free_port()? };
            let password = cluster.folder.join("password");
            fs::write(&password, "postgres").at(&password)?;
            cluster.certify()?;
            if root {
                run_quietly(command("chown").args(["-R", "postgres"]).arg(&cluster.folder))?;
            }
            run_quietly(
                cluster
                    .program("initdb")
                    .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"])
                    .args(["--no-locale", "--no-sync", "--pwfile"])
                    .arg(&password),
            )?;
            run(cluster.control("start").stdout(std::process::Stdio::null()))?;
            Ok(cluster)
        })
    }

    /// Makes its certificate. Debian's PostgreSQL comes with OpenSSL.
    fn certify(&self) -> Result<()> {
        let config = self.folder.join("certificate.conf");
        fs::write(&config, CERTIFICATE).at(&config)?;
        run_quietly(
            command("openssl")
                .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-sha256"])
                .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
                .args(["-extensions", "own", "-config"])
                .arg(&config)
                .arg("-keyout")
                .arg(self.folder.join("key.pem"))
                .arg("-out")
                .arg(self.root()),
        )
    }

    /// The certificate that it is known by.
    fn root(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// Tells a command's tests where it is, and how to start it anew.
    pub fn give<'a>(&self, tests: &'a mut Command) -> &'a mut Command {
        let restart = self.control("restart");
        let words = std::iter::once(restart.get_program()).chain(restart.get_args());
        let quoted = words.map(|word| format!("'{}'", word.to_string_lossy()));
        tests
            .env(
                "LIVENESS_TEST_POSTGRES",
                format!("postgres://postgres:postgres@127.0.0.1:{}/postgres", self.port),
            )
            .env("LIVENESS_TEST_POSTGRES_ROOT", self.root())
            .env("LIVENESS_TEST_POSTGRES_RESTART", quoted.collect::<Vec<_>>().join(" "))
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut program = match self.prefix {
            [] => command(program),
            [first, rest @ ..] => {
                let mut prefixed = command(first);
                prefixed.args(rest).arg(program);
                prefixed
            }
        };
        // A folder that the other user may be in.
        program.arg("--pgdata").arg(self.folder.join("data")).current_dir("/");
        program
    }

    /// Starts or ends it. The end is that of a crash.
    fn control(&self, what: &str) -> Command {
        let mut control = self.program("pg_ctl");
        let [certificate, key] = [self.root(), self.folder.join("key.pem")];
        let options = format!(
            "-c port={} {SETTINGS} -c ssl=on -c ssl_cert_file=\"{}\" -c ssl_key_file=\"{}\"",
            self.port,
            certificate.display(),
            key.display()
        );
        control.args(["--wait", "--mode=immediate", "--log"]).arg(self.folder.join("log"));
        control.args(["--options", &options, what]);
        control
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What fails here leaves a folder behind, and nothing else.
        if let Err(error) = run_quietly(&mut self.control("stop")) {
            say(format!("PostgreSQL was not stopped: {error}"));
        }
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The folder with `initdb` and `pg_ctl`: the newest of Debian's, or by PATH.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().filter_map(|entry| {
        let folder = entry.ok()?.path();
        let version: u32 = folder.file_name()?.to_str()?.parse().ok()?;
        let programs = folder.join("bin");
        programs.join("initdb").is_file().then_some((version, programs))
    });
    let newest = versions.max().map(|(_, programs)| programs);
    newest.or_else(|| debian::which("initdb")?.parent().map(Path::to_owned))
}

fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").at("127.0.0.1")?;
    Ok(listener.local_addr().at("127.0.0.1")?.port())
}

/// Has PostgreSQL where everything is tested; elsewhere its tests are skipped.
pub fn ensure() -> Result<()> {
    if debian::in_ci() {
        return debian::ensure(&[debian::POSTGRES]);
    }
    if programs().is_none() {
        say(format!("PostgreSQL is not tested: {}", debian::help(&[debian::POSTGRES.package])));
    }
    Ok(())
}

/// Runs tests with a server, if there can be one.
pub fn with_cluster(tests: &mut Command) -> Result<()> {
    if programs().is_none() {
        return run(tests);
    }
    let cluster = Cluster::start()?;
    run(cluster.give(tests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_where_it_is_and_how_to_start_it_anew() {
        let cluster = Cluster {
            folder: "/nowhere/cluster".into(),
            programs: "/nowhere/bin".into(),
            prefix: &["runuser", "-u", "postgres", "--"],
            port: 6000,
        };
        let mut tests = command("sh");
        cluster.give(&mut tests);
        let told = |name: &str| {
            let (_, value) = tests.get_envs().find(|(known, _)| *known == name).unwrap();
            value.unwrap().to_string_lossy().into_owned()
        };
        let url = "postgres://postgres:postgres@127.0.0.1:6000/postgres";
        assert_eq!(told("LIVENESS_TEST_POSTGRES"), url);
        let root = "/nowhere/cluster/certificate.pem";
        assert_eq!(told("LIVENESS_TEST_POSTGRES_ROOT"), root);
        let restart = told("LIVENESS_TEST_POSTGRES_RESTART");
        let words = "'runuser' '-u' 'postgres' '--' '/nowhere/bin/pg_ctl' '--pgdata' '/nowhere/cluster/data'";
        assert!(restart.starts_with(words) && restart.ends_with("'restart'"), "{restart}");
        assert!(restart.contains(&format!("ssl_cert_file=\"{root}\"")), "{restart}");
        std::mem::forget(cluster);
    }
}
