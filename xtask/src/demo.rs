//! The demo: the page and the gateway with the local verifier, on loopback.

use std::{net::TcpListener, os::unix::process::CommandExt, thread};

use crate::{
    error::{Error, Result},
    package,
    run::{cargo, command, run, say, step},
    setup,
    workspace::Workspace,
};

/// Builds what is not built, then becomes the gateway.
pub fn run_demo(workspace: &Workspace, port: u16) -> Result<()> {
    // Better to hear of a taken port, or of what is missing, before the build than after.
    TcpListener::bind(("127.0.0.1", port)).map_err(|source| Error::Port { port, source })?;
    // The target last: it is added to the toolchain.
    setup::node()?;
    setup::wasm_target()?;
    build(workspace)?;

    let mut gateway = command(workspace.gateway());
    gateway
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .arg("--static-dir")
        .arg(workspace.path("www/dist"))
        .arg("--model-file")
        .arg(workspace.model());
    if std::env::var_os("MOVERIS_API_KEY").is_some() {
        say("MOVERIS_API_KEY is set, but the demo sends nothing away: it uses the local verifier");
        gateway.env_remove("MOVERIS_API_KEY");
    }
    say(format!("the demo is at http://127.0.0.1:{port}/ - Ctrl-C stops it"));
    // The gateway takes our place, so that it gets every signal meant for us.
    Err(Error::Spawn { program: workspace.gateway().display().to_string(), source: gateway.exec() })
}

/// Builds the page and the gateway side by side: each has crates that keep one core busy for minutes.
fn build(workspace: &Workspace) -> Result<()> {
    thread::scope(|scope| {
        let server = scope.spawn(|| gateway(workspace));
        let page = package::build_for_demo(workspace);
        let server = server.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        page.and(server)
    })
}

/// Builds the gateway as the demo uses it.
pub fn gateway(workspace: &Workspace) -> Result<()> {
    step("gateway", || {
        run(cargo()
            .args(["build", "--package", "liveness-gateway", "--bins"])
            .current_dir(&workspace.root))
    })
}
