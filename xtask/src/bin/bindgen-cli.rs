//! wasm-bindgen's command line, built from the workspace's own lock file; wasm-pack looks for it beside the
//! test runner and compares its version with the lock file's.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
