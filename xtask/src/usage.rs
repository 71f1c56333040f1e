//! The driver's usage text.

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [--port N]            build everything, start the gateway with the local verifier (default port 8080)
  test [--quick] [--only X]  every check and test; --quick leaves out the browser, --only runs the steps
                             whose names contain X, and what they need
  build                      the packages (pkg) and the demo page (www/dist)
  package                    the same, checked and packed for npm (target/package)
  generate                   everything generated: js/src/generated, tables in docs, docs/openapi.json and the Postman collection
  models                     fetch and convert the detector's model (target/models)
  bench [NAME] [--json FILE] run all benches, or one; FILE gets the figures
  eval [ARGS...]             the local verifier's table over the test footage
  accuracy [TESTDATA]        the detector beside MediaPipe over the test footage, as in docs/accuracy.md
  postgres COMMAND...        run a command whose tests need PostgreSQL: it is there as long as that runs
  doctor                     what is missing on this machine and how to get it
  size [--json FILE]         sizes of the built package, its budgets, and what takes up the room
  size --write               the tables of sizes in docs/hosting.md
  check-deps                 dependency direction, cycles between files, pure crates, imports, file lengths
  check-licences             licences, bans and sources of every dependency (deny.toml)";
