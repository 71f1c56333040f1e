//! The tables: codes, states, guidance, options.

use std::fmt::Write as _;

use liveness_capture_core::{
    FailureCode, Guidance, Help, SessionConfig, State, config::MIN_CAMERA_SIDES, quality::Measure,
};
use liveness_protocol::{ErrorCode, MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER};

use super::head::HEAD;
use super::option_table::{Kind, OptionSpec, check_options, preload_options};
use crate::wire::NUMBERS_PER_FACE;

/// Every failure: ours, then those API codes that ours do not already name.
pub(super) fn failures() -> Vec<FailureCode> {
    let own = FailureCode::OWN.iter().copied();
    let api = ErrorCode::ALL.iter().copied().map(FailureCode::from);
    let alien = api.filter(|code| FailureCode::from_code(code.as_str()) == Some(*code));
    own.chain(alien).collect()
}

/// A union of words, one per line.
fn union(text: &mut String, doc: &str, name: &str, words: &[&str]) {
    let _ = write!(text, "\n/** {doc} */\nexport type {name} =");
    for word in words {
        let _ = write!(text, "\n  | {word:?}");
    }
    text.push_str(";\n");
}

fn constant(text: &mut String, doc: &str, name: &str, of: &str, words: &[&str]) {
    let _ =
        write!(text, "\n/** {doc} */\nexport const {name}: ReadonlySet<{of}> = new Set<{of}>([\n");
    for word in words {
        let _ = writeln!(text, "  {word:?},");
    }
    text.push_str("]);\n");
}

pub(super) fn codes() -> String {
    let mut text = HEAD.to_owned();
    let failures = failures();
    let words: Vec<_> = failures.iter().map(|code| code.as_str()).collect();
    union(
        &mut text,
        "Why a check failed; docs/errors.md says when each is used.",
        "FailureCode",
        &words,
    );
    let last: Vec<_> =
        failures.iter().filter(|code| !code.retriable()).map(|code| code.as_str()).collect();
    constant(
        &mut text,
        "Codes after which a new check would not help.",
        "FINAL_FAILURES",
        "FailureCode",
        &last,
    );
    let states: Vec<_> = State::ALL.iter().map(|state| state.as_str()).collect();
    union(&mut text, "The state of a check.", "CheckState", &states);
    let terminal: Vec<_> =
        State::ALL.iter().filter(|state| state.is_terminal()).map(|state| state.as_str()).collect();
    constant(
        &mut text,
        "The states in which a check has ended.",
        "TERMINAL_STATES",
        "CheckState",
        &terminal,
    );
    let guidance: Vec<_> = Guidance::ALL.iter().map(|guidance| guidance.as_str()).collect();
    union(&mut text, "What the person should do or know.", "Guidance", &guidance);
    let helps: Vec<_> = Help::ALL.iter().map(|help| help.as_str()).collect();
    union(
        &mut text,
        "What helps further, where the instruction has not been enough for a while.",
        "Help",
        &helps,
    );
    constant(
        &mut text,
        "Request headers the package sets itself, in lower case.",
        "RESERVED_HEADERS",
        "string",
        &["content-type", MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER],
    );
    let (longer, shorter) = MIN_CAMERA_SIDES;
    let _ = write!(
        text,
        "\n/** The smallest useful camera: its longer and its shorter side in pixels. */\n\
         export const MIN_CAMERA_SIDES = [{longer}, {shorter}] as const;\n"
    );
    let _ = write!(
        text,
        "\n/** Numbers per face in a frame's record. */\nexport const NUMBERS_PER_FACE = {NUMBERS_PER_FACE};\n\
         \n/** What the worker measures of a frame's pixels, in the order in which it sends it. */\n\
         export const MEASURES: readonly string[] = [\n"
    );
    for measure in Measure::OF_PIXELS {
        let _ = writeln!(text, "  {:?},", measure.as_str());
    }
    text.push_str("];\n");
    text
}

pub(super) fn options() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("import type { CameraCapabilities } from \"../core/cameras.js\";\n");
    let (check, preload) = (check_options(), preload_options());
    for options in [&check, &preload] {
        for option in options {
            if let Kind::Group { name, options } = &option.kind {
                interface(&mut text, &option.doc, name, options);
            }
        }
    }
    interface(&mut text, "Options of a check.", "LivenessOptions", &check);
    interface(&mut text, "Options of `preload`.", "PreloadOptions", &preload);
    let mut checked = Vec::new();
    names_of_checked(&mut checked, &check);
    union(&mut text, "Options that are checked by a function.", "CheckedOption", &checked);
    text.push_str(
        "\n/**\n * What an option takes: a string, an address, true or false, one of some words, a number from the first to the second (an\n \
         * integer if there is a third), a group of options, or what a function checks. A `!` after the name: required.\n */\n\
         export type OptionKind =\n  | \"text\" | \"address\" | \"flag\" | \"checked\"\n  | readonly string[]\n  \
         | readonly [number, number, number?]\n  | OptionTable;\n\
         export interface OptionTable {\n  readonly [name: string]: OptionKind;\n}\n",
    );
    let loading = SessionConfig::default().loading_timeout_ms;
    let _ = write!(
        text,
        "\n/** How long loading may take in milliseconds, unless `timeouts.loading` says otherwise. */\n\
         export const LOADING_TIMEOUT_MS = {loading};\n"
    );
    for (name, options) in [("CHECK_OPTIONS", &check), ("PRELOAD_OPTIONS", &preload)] {
        let _ = write!(text, "\nexport const {name}: OptionTable = ");
        table(&mut text, options, 0);
        text.push_str(";\n");
    }
    text
}

fn names_of_checked(names: &mut Vec<&'static str>, options: &[OptionSpec]) {
    for option in options {
        match &option.kind {
            Kind::Checked(_) => names.push(option.name),
            Kind::Group { options, .. } => names_of_checked(names, options),
            _ => {}
        }
    }
}

/// An option's comment: its documentation, bounds and default.
fn comment(option: &OptionSpec) -> String {
    let mut text = option.doc.clone();
    if let Kind::Number { min, max, whole } = option.kind
        && option.default.as_deref() != Some("")
        && max < 1e6
    {
        let kind = if whole { "A whole number from" } else { "From" };
        let _ = write!(text, " {kind} {min} to {max}.");
    }
    if let Some(default) = &option.default {
        let _ = write!(text, " Default `{default}`.");
    }
    text
}

fn type_of(option: &OptionSpec) -> String {
    match &option.kind {
        Kind::Text => "string".to_owned(),
        Kind::Address => "string | URL".to_owned(),
        Kind::Flag => "boolean".to_owned(),
        Kind::Words(words) => {
            words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" | ")
        }
        Kind::Number { .. } => "number".to_owned(),
        Kind::Group { name, .. } => (*name).to_owned(),
        // With `| undefined` after it, a function's type needs brackets.
        Kind::Checked(name) if name.contains("=>") => format!("({name})"),
        Kind::Checked(name) => (*name).to_owned(),
    }
}

fn interface(text: &mut String, doc: &str, name: &str, options: &[OptionSpec]) {
    let _ = write!(text, "\n/** {doc} */\nexport interface {name} {{\n");
    for option in options {
        let mark = if option.required { "" } else { "?" };
        let undefined = if option.required { "" } else { " | undefined" };
        let _ = writeln!(
            text,
            "  /** {} */\n  {}{mark}: {}{undefined};",
            comment(option),
            option.name,
            type_of(option)
        );
    }
    text.push_str("}\n");
}

fn table(text: &mut String, options: &[OptionSpec], depth: usize) {
    let indent = "  ".repeat(depth + 1);
    text.push_str("{\n");
    for option in options {
        let mark = if option.required { "!" } else { "" };
        let _ = write!(text, "{indent}\"{}{mark}\": ", option.name);
        match &option.kind {
            Kind::Text => text.push_str("\"text\""),
            Kind::Address => text.push_str("\"address\""),
            Kind::Flag => text.push_str("\"flag\""),
            Kind::Checked(_) => text.push_str("\"checked\""),
            Kind::Words(words) => _ = write!(text, "{words:?}"),
            Kind::Number { min, max, whole } => {
                let whole = if *whole { ", 1" } else { "" };
                let _ = write!(text, "[{min}, {max}{whole}]");
            }
            Kind::Group { options, .. } => table(text, options, depth + 1),
        }
        text.push_str(",\n");
    }
    let _ = write!(text, "{}}}", "  ".repeat(depth));
}
