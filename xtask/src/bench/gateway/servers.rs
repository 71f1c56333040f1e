//! The processes that are measured: the gateway and nginx, on loopback, ended when they are dropped.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, IoContext, Result},
    run::command,
};

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(20);

/// A process that serves.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked and not killed: nginx then takes its workers with it. Either may have ended by itself.
        let _ = command("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(program: &mut Command, address: SocketAddr) -> Result<Self> {
        let name = program.get_program().to_string_lossy().into_owned();
        let child = program
            .stdin(Stdio::null())
            .spawn()
            .map_err(|source| Error::Spawn { program: name.clone(), source })?;
        let mut server = Self { address, child };
        let end = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if server.child.try_wait().at(&name)?.is_some() || Instant::now() > end {
                return Err(Error::Bench(format!("{name} does not listen on {address}")));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// What it has in memory, in megabytes.
    pub fn resident_mb(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).at(&path)?;
        resident_kb(&status)
            .map(|kb| kb / 1024.0)
            .ok_or_else(|| Error::Malformed { what: path, message: "it has no VmRSS".to_owned() })
    }
}

fn resident_kb(status: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

/// A port that is free now.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).at("a free port")?;
    listener.local_addr().at("a free port")
}

/// The gateway in upstream mode. Anybody may ask, so that nginx and it get the same requests.
pub fn gateway(program: &Path, upstream: SocketAddr) -> Result<Server> {
    let address = free_address()?;
    let mut gateway = command(program);
    gateway
        .args(["--listen", &address.to_string(), "--paid-checks", "anyone"])
        .args(["--max-sessions", "2000"])
        .env("MOVERIS_BASE_URL", format!("http://{upstream}"))
        .env("MOVERIS_API_KEY", "of-nobody")
        .env("RUST_LOG", "error");
    Server::start(&mut gateway, address)
}

/// nginx as a proxy, with as much tuning as its users give it: bodies stay in memory, and nothing is logged.
pub fn nginx(program: &str, folder: &Path, upstream: SocketAddr) -> Result<Server> {
    let address = free_address()?;
    fs::create_dir_all(folder).at(folder)?;
    let path = folder.join("nginx.conf");
    let folder = folder.display();
    let config = format!(
        "daemon off;
worker_processes auto;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_max_body_size 32m;
    client_body_buffer_size 1m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address};
        location / {{ proxy_pass http://{upstream}; }}
    }}
}}
"
    );
    fs::write(&path, config).at(&path)?;
    Server::start(command(program).arg("-e").arg("stderr").arg("-c").arg(&path), address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_size_is_read() {
        assert_eq!(resident_kb("Name:\tx\nVmRSS:\t  2048 kB\nVmData:\t1 kB\n"), Some(2048.0));
        assert_eq!(resident_kb("Name:\tx\n"), None);
    }
}
