//! `cargo xtask test`: every check and test, the cheap ones first.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    covered, crates, debian, deps, disk, end_to_end,
    error::{Error, Result},
    licences, pack, package, postgres,
    run::{self, cargo, command, elapsed, run, say, step},
    setup::{self, WASM},
    sizes,
    stamp::files,
    tools, wasm,
    workspace::Workspace,
};

/// One step of the suite.
struct Step<'a> {
    name: &'static str,
    /// Steps that must have passed before this one can say anything.
    needs: &'static [&'static str],
    work: Box<dyn Fn() -> Result<()> + 'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum StepResult {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

struct Report {
    name: &'static str,
    result: StepResult,
    took: Duration,
}

/// Every native crate but the driver, with the detector's oracle. One set of features for every step,
/// so that nothing is compiled twice.
const NATIVE: &[&str] = &[
    "--workspace",
    "--exclude",
    "xtask",
    "--features",
    "face-vision/onnx,face-vision/bench,liveness-capture/typescript",
];

/// Runs the suite; `quick` leaves out the browser, `only` all steps but those it is a part of the name of,
/// and what they need.
pub fn run_suite(workspace: &Workspace, quick: bool, only: Option<&str>) -> Result<()> {
    run::lint_from_now_on();
    disk::say_what_is_free(&workspace.root);
    if !quick && only.is_none() {
        debian::install_in_background();
    }
    let mut steps = checks(workspace);
    steps.extend(native(workspace));
    if !quick {
        steps.extend(browser(workspace));
    }
    if let Some(part) = only {
        steps = select(steps, part)?;
    }
    let reports = run_steps(&steps);
    let summary = summarise(&reports);
    if summary.is_err() {
        disk::suspect(&workspace.root);
    }
    summary
}

fn select<'a>(steps: Vec<Step<'a>>, part: &str) -> Result<Vec<Step<'a>>> {
    let mut chosen: Vec<&str> = Vec::new();
    // Backwards, since every need is an earlier step.
    for step in steps.iter().rev() {
        if step.name.contains(part) || chosen.contains(&step.name) {
            chosen.push(step.name);
            chosen.extend(step.needs);
        }
    }
    if chosen.is_empty() {
        let names = steps.iter().map(|step| step.name).collect::<Vec<_>>().join("\n  ");
        return Err(Error::Usage(format!(
            "no step's name contains `{part}`; the steps are:\n  {names}"
        )));
    }
    Ok(steps.into_iter().filter(|step| chosen.contains(&step.name)).collect())
}

fn entry<'a>(
    name: &'static str,
    needs: &'static [&'static str],
    work: impl Fn() -> Result<()> + 'a,
) -> Step<'a> {
    Step { name, needs, work: Box::new(work) }
}

fn checks(workspace: &Workspace) -> Vec<Step<'_>> {
    let cargo = |args: &[&str]| run(cargo().args(args).current_dir(&workspace.root));
    vec![
        entry("format", &[], move || cargo(&["fmt", "--all", "--check"])),
        entry("dependency direction", &[], || deps::check(workspace)),
        entry("licences", &[], || licences::check(workspace)),
        entry("crates for others", &[], || crates::check(workspace)),
        entry("npm packages", &[], || setup::npm(workspace)),
        entry("wasm target", &[], setup::wasm_target),
        entry("clippy", &[], setup::clippy),
    ]
}

fn native(workspace: &Workspace) -> Vec<Step<'_>> {
    let cargo = |args: &[&str]| run(cargo().args(args).current_dir(&workspace.root));
    vec![
        entry("model", &["npm packages"], || package::model(workspace)),
        entry("tests, driver", &["clippy"], move || {
            cargo(&["test", "--quiet", "--package", "xtask", "--profile", "xtask"])
        }),
        // Of all steps this one compiles the most: target/cargo-timings says what takes its time.
        entry("lints, native", &["clippy"], move || {
            cargo(&[&["test", "--no-run", "--timings", "--all-targets"], NATIVE].concat())
        }),
        entry("PostgreSQL", &[], postgres::ensure),
        entry("tests, native", &["model", "lints, native", "PostgreSQL"], || {
            // The gateway decodes videos with it.
            let ffmpeg = debian::ensure(&[debian::FFMPEG]);
            debian::or_leave_out(ffmpeg, "video", debian::in_ci())?;
            let mut tests = run::cargo();
            let noted = covered::begin(workspace)?;
            tests.args([&["test"], NATIVE].concat()).current_dir(&workspace.root);
            postgres::with_cluster(tests.env(covered::VARIABLE, &noted))?;
            // Elsewhere footage or a database may be missing, and with them tests.
            if debian::in_ci() { covered::check(workspace, &noted) } else { Ok(()) }
        }),
        entry("packages and page", &["npm packages", "wasm target", "model", "clippy"], || {
            pack::pack(workspace)
        }),
        entry("tests, benchmark's parts", &["npm packages"], || {
            run_node_tests(workspace, "tests/bench")
        }),
        entry("tests, scripts", &["packages and page"], || run_node_tests(workspace, "tests/js")),
        entry("size budgets", &["packages and page"], || sizes::check(workspace)),
        entry("TypeScript, package", &["packages and page"], || {
            package::types(workspace)?;
            for page in ["js/api.mjs", "js/troubleshooting.mjs"] {
                run(command("node").args([page, "--check"]).current_dir(&workspace.root))?;
            }
            Ok(())
        }),
        entry("TypeScript, page", &["packages and page"], || package::page_types(workspace)),
    ]
}

fn browser(workspace: &Workspace) -> Vec<Step<'_>> {
    vec![
        entry("browser and ffmpeg", &[], || debian::ensure(&debian::BROWSER)),
        entry("wasm test runner", &[], || tools::ensure(workspace)),
        entry(
            "tests, wasm in Chromium",
            &["browser and ffmpeg", "wasm test runner", "wasm target"],
            || wasm_tests(workspace),
        ),
        // As the native tests built it: a plain build would compile it again, without the tests' features.
        entry("gateway", &["model"], || {
            run(cargo()
                .args([&["test"], NATIVE, &["--no-run", "--quiet"]].concat())
                .current_dir(&workspace.root))
        }),
        entry("recipes' languages", &[], debian::ensure_recipes),
        entry(
            "tests, documentation",
            &["browser and ffmpeg", "gateway", "packages and page", "recipes' languages"],
            || {
                let tests = node_tests(workspace, "tests/docs")?;
                run(in_world(workspace, &["--test", "--test-reporter=spec"])?.args(&tests))
            },
        ),
        entry("tests, end to end", &["browser and ffmpeg", "gateway", "packages and page"], || {
            let tests = node_tests(workspace, "tests/e2e")?;
            end_to_end::run_all(&tests, |file| {
                let args = ["--test", "--test-reporter=spec", &file.to_string_lossy()];
                in_world(workspace, &args)
            })
        }),
        // What the browser has just measured and decided is decided alike natively.
        entry("tests, traces", &["tests, end to end"], || {
            let replay = ["--quiet", "--test", "capture", "--", "replay::"];
            run(cargo()
                .args([&["test"], NATIVE, &replay[..]].concat())
                .env("LIVENESS_TRACES", workspace.path("tests/e2e/results/traces"))
                .current_dir(&workspace.root))
        }),
        entry("tests, packages", &["browser and ffmpeg", "gateway", "packages and page"], || {
            // The contents first: the matrix says little of a package that is not whole.
            let contents = ["tests/packages/harness.test.mjs", "tests/packages/tarball.test.mjs"];
            run(&mut in_world(workspace, &[&["--test"], &contents[..]].concat())?)?;
            // Not the package, but the client that it takes the place of.
            run(&mut in_world(workspace, &["--test", "tests/packages/official.test.mjs"])?)?;
            run(&mut in_world(workspace, &["tests/packages/run.mjs"])?)
        }),
        entry("other browsers", &[], || debian::ensure(&debian::ENGINES)),
        entry(
            "tests, engines",
            &["browser and ffmpeg", "other browsers", "gateway", "packages and page"],
            || {
                run(&mut in_world(workspace, &["--test", "tests/engines/table.test.mjs"])?)?;
                run(&mut in_world(workspace, &["tests/engines/run.mjs"])?)
            },
        ),
    ]
}

/// The boundary's tests, in headless Chromium. Of the page's module only: what the worker's does is tested
/// natively and end to end, and tract would have to be compiled for a third time.
///
/// `wasm-pack test` would set these variables and call the same runner; it takes minutes to compile.
fn wasm_tests(workspace: &Workspace) -> Result<()> {
    let mut tests = wasm::without_flags(cargo());
    tests
        .args(["test", "--target", WASM, "--no-default-features", "--features", "host"])
        .args(["--test", "web"])
        .arg(runner_option(&tools::runner(workspace)))
        .env("CHROMEDRIVER", found("chromedriver")?)
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    run(tests.current_dir(&workspace.root))
}

/// The option by which cargo runs wasm modules. Not the variable, which cargo splits at blanks.
fn runner_option(runner: &Path) -> String {
    format!("--config=target.{WASM}.runner=[{:?}]", runner.display().to_string())
}

/// Node, with what tests of the whole have to know.
fn in_world(workspace: &Workspace, args: &[&str]) -> Result<std::process::Command> {
    let mut node = command("node");
    node.args(args)
        .env("LIVENESS_GATEWAY", workspace.gateway())
        .env("LIVENESS_STATIC_DIR", workspace.path("www/dist"))
        .env("LIVENESS_MODEL_FILE", workspace.model())
        // Tests that wait for a minute are left out by default when run by hand.
        .env("LIVENESS_SLOW", "1")
        .env("CHROMIUM_PATH", found(debian::CHROMIUM.name)?)
        .env("HEADLESS_PATH", found(debian::HEADLESS.name)?)
        .current_dir(&workspace.root);
    Ok(node)
}

/// Runs the tests of a folder that need no browser.
fn run_node_tests(workspace: &Workspace, folder: &str) -> Result<()> {
    let tests = node_tests(workspace, folder)?;
    run(command("node").arg("--test").args(&tests).current_dir(&workspace.root))
}

/// The test files for Node's runner in a folder; none at all is an error.
fn node_tests(workspace: &Workspace, folder: &str) -> Result<Vec<PathBuf>> {
    let tests: Vec<PathBuf> = files(&workspace.path(folder), &["node_modules", "results"])?
        .into_iter()
        .filter(|file| file.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if tests.is_empty() {
        return Err(Error::Missing {
            what: format!("every test of {folder}"),
            how: format!("{folder} must hold files named *.test.mjs."),
        });
    }
    Ok(tests)
}

fn found(program: &str) -> Result<PathBuf> {
    debian::which(program).ok_or_else(|| Error::Missing {
        what: program.to_owned(),
        how: debian::help(&debian::BROWSER.map(|program| program.package)),
    })
}

/// Runs every step whose needs have passed, so that one failure does not hide another.
fn run_steps(steps: &[Step<'_>]) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    for entry in steps {
        let began = Instant::now();
        let passed = |need: &str| {
            reports.iter().any(|report| report.name == need && report.result == StepResult::Passed)
        };
        let result = match entry.needs.iter().find(|need| !passed(need)) {
            Some(need) => StepResult::Skipped(need),
            None => match step(entry.name, || (entry.work)()) {
                Ok(()) => StepResult::Passed,
                Err(error) => {
                    say(format!("{}: {error}", entry.name));
                    StepResult::Failed(error.to_string())
                }
            },
        };
        reports.push(Report { name: entry.name, result, took: began.elapsed() });
    }
    reports
}

fn summarise(reports: &[Report]) -> Result<()> {
    eprintln!();
    for report in reports {
        let seconds = report.took.as_secs_f64();
        let name = report.name;
        match &report.result {
            StepResult::Passed => eprintln!("  passed  {seconds:>7.1} s  {name}"),
            StepResult::Failed(why) => {
                eprintln!(
                    "  FAILED  {seconds:>7.1} s  {name}: {}",
                    why.lines().next().unwrap_or_default()
                );
            }
            StepResult::Skipped(need) => eprintln!("  skipped            {name} (needs {need})"),
        }
    }
    eprintln!("  total   {:>7.1} s\n", elapsed().as_secs_f64());
    match reports.iter().filter(|report| report.result != StepResult::Passed).count() {
        0 => Ok(()),
        count => Err(Error::Steps(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_is_one_word_wherever_the_workspace_is() {
        let runner = "/a folder/of \"mine\"/runner";
        let option = runner_option(Path::new(runner));
        let config: toml::Table = option.strip_prefix("--config=").unwrap().parse().unwrap();
        let found = &config["target"][WASM]["runner"];
        assert_eq!(found.as_array().unwrap(), &[toml::Value::from(runner)]);
    }

    #[test]
    fn a_failure_skips_what_needs_it_and_nothing_else() {
        let steps = [
            entry("a", &[], || Ok(())),
            entry("b", &["a"], || Err(Error::Bench("broken".into()))),
            entry("c", &["a", "b"], || panic!("must not run")),
            entry("d", &["c"], || panic!("must not run")),
            entry("e", &["a"], || Ok(())),
        ];
        let reports = run_steps(&steps);
        let results: Vec<&StepResult> = reports.iter().map(|report| &report.result).collect();
        assert_eq!(results[0], &StepResult::Passed);
        assert_eq!(results[1], &StepResult::Failed("broken".into()));
        assert_eq!(results[2], &StepResult::Skipped("b"));
        assert_eq!(results[3], &StepResult::Skipped("c"));
        assert_eq!(results[4], &StepResult::Passed);
        assert!(matches!(summarise(&reports), Err(Error::Steps(3))));
        assert!(summarise(&reports[..1]).is_ok());
    }

    #[test]
    fn a_selection_brings_what_it_needs() {
        let steps = || {
            vec![
                entry("a", &[], || Ok(())),
                entry("b", &["a"], || Ok(())),
                entry("other", &[], || Ok(())),
                entry("long name", &["b"], || Ok(())),
            ]
        };
        let names =
            |part| select(steps(), part).unwrap().iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names("long"), ["a", "b", "long name"]);
        assert_eq!(names("oth"), ["other"]);
        assert!(select(steps(), "nothing").err().unwrap().to_string().contains("long name"));
    }

    #[test]
    fn every_need_is_an_earlier_step() {
        let workspace = Workspace::find().unwrap();
        let steps: Vec<Step<'_>> = [checks(&workspace), native(&workspace), browser(&workspace)]
            .into_iter()
            .flatten()
            .collect();
        for (index, entry) in steps.iter().enumerate() {
            for need in entry.needs {
                assert!(
                    steps[..index].iter().any(|step| step.name == *need),
                    "{} needs {need}",
                    entry.name
                );
            }
        }
    }
}
