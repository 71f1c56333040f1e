//! What the demo says before it builds anything.

#![allow(missing_docs)]

use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Removed with everything in it when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_old_node_is_told_of_before_anything_is_compiled_or_added() {
    let folder = Folder(env::temp_dir().join(format!("xtask-demo-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let at = |name: &str| folder.0.join(name);
    program(&at("node"), "echo v18.0.0");
    let cargo = env::var("CARGO").unwrap();
    program(&at("cargo"), &format!("[ \"$1\" = metadata ] || exit 1\nexec '{cargo}' \"$@\""));
    // Of a toolchain without the wasm target, which is not to be changed.
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let sysroot =
        format!("[ \"$1 $2\" = '--print sysroot' ] && exec echo '{}'", folder.0.display());
    program(&at("no-wasm"), &format!("{sysroot}\nexec '{rustc}' \"$@\""));
    program(&at("rustup"), "exit 1");
    let path = env::var_os("PATH").unwrap();
    let folders = [folder.0.clone()].into_iter().chain(env::split_paths(&path));
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let demo = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["demo", "--port", &port.to_string()])
        .env("PATH", env::join_paths(folders).unwrap())
        .envs([("CARGO", at("cargo")), ("RUSTC", at("no-wasm"))])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&demo.stderr);
    assert!(!demo.status.success() && told.contains("v18.0.0"), "{told}");
    assert!(!told.contains(" build "), "{told}");
}
