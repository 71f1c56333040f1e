//! The messages' types.

use std::fmt::Write as _;

use liveness_protocol::{
    AuditNote, CaptureWarning, ModelEntry, RiskBand, SessionCreated, SessionState, SessionView,
    Verdict, VerdictData,
};
use ts_rs::{Config, TS};

use super::head::HEAD;
use crate::wire::{
    Analysed, Answered, Body, CheckView, Credentials, CropRule, Cut, Detector, DetectorKind,
    EngineFault, EngineFiles, FaultView, FromWorker, HttpRequest, Note, Noted, ToWorker,
    Unanswered,
};

/// A type with its documentation.
fn declare<T: TS>(text: &mut String) {
    let config = Config::new().with_large_int("number");
    let docs = T::docs().unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{}\nexport {}", comment(docs.trim()), laid_out(&T::decl(&config)));
}

/// Puts a one-line comment on one line.
fn comment(docs: &str) -> String {
    let one_line = docs.lines().count() == 3;
    if one_line {
        docs.replace("/**\n * ", "/** ").replace("\n */", " */")
    } else {
        docs.to_owned()
    }
}

/// Lays out a declaration with each field on its own line, under its comment.
fn laid_out(declaration: &str) -> String {
    let mut text = String::new();
    let mut docs = String::new();
    let mut depth = 0_usize;
    for line in declaration.lines().map(str::trim_end) {
        if line.starts_with("/**") || !docs.is_empty() {
            docs.push_str(line);
            docs.push('\n');
            if line.ends_with("*/") {
                let indent = format!("\n{}", "  ".repeat(depth));
                text.push_str(&indent);
                text.push_str(&comment(docs.trim_end()).replace('\n', &indent));
                docs.clear();
            }
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
            text.push_str(&"  ".repeat(depth));
        }
        text.push_str(&line.replace("} | {", "}\n  | {").replace(", }", " }"));
        depth = usize::from(!line.ends_with("};"));
    }
    text
}

/// A type's declaration, appended.
type Declare = fn(&mut String);

fn declared(head: String, each: &[Declare]) -> String {
    each.iter().fold(head, |mut text, declare| {
        declare(&mut text);
        text
    })
}

/// What the server answers. Without a name of the browser's: a back end type-checks it as well.
pub(super) fn api() -> String {
    let each: &[Declare] = &[
        declare::<Verdict>,
        declare::<RiskBand>,
        declare::<VerdictData>,
        declare::<SessionCreated>,
        declare::<SessionState>,
        declare::<SessionView>,
        declare::<AuditNote>,
        declare::<ModelEntry>,
    ];
    declared(HEAD.to_owned(), each)
}

/// The messages between page and worker, and what the page's module reports.
pub(super) fn wire() -> String {
    let head = format!(
        "{HEAD}import type {{ VerdictData }} from \"./api.js\";\nimport type {{ CheckState, FailureCode, Guidance, Help \
         }} from \"./codes.js\";\n"
    );
    let each: &[Declare] = &[
        declare::<ToWorker>,
        declare::<EngineFiles>,
        declare::<Detector>,
        declare::<DetectorKind>,
        declare::<CropRule>,
        declare::<Credentials>,
        declare::<HttpRequest>,
        declare::<Body>,
        declare::<FromWorker>,
        declare::<Analysed>,
        declare::<Noted>,
        declare::<EngineFault>,
        declare::<Note>,
        declare::<Cut>,
        declare::<Answered>,
        declare::<Unanswered>,
        declare::<CheckView<'static>>,
        declare::<FaultView<'static>>,
        declare::<CaptureWarning>,
    ];
    declared(head, each)
}
