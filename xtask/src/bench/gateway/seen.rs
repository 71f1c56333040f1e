//! What was seen instead of what was asked for, and how often.

use std::{collections::BTreeMap, io};

use super::http::Message;

/// How often each kind of failure was seen.
pub type Seen = BTreeMap<String, usize>;

/// Counts one.
pub fn see(seen: &mut Seen, kind: String) {
    *seen.entry(kind).or_default() += 1;
}

/// Adds up.
pub fn add(seen: &mut Seen, more: &Seen) {
    for (kind, count) in more {
        *seen.entry(kind.clone()).or_default() += count;
    }
}

/// What an answer is called where it is counted: its status, and the code in it.
pub fn kind_of(answer: &Message) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body["errors"][0].as_object().and_then(|errors| errors.keys().next());
    format!("{} {}", answer.status(), code.map_or("without a code", String::as_str))
}

/// What a lost connection is called.
pub fn kind_of_lost(error: &io::Error) -> String {
    format!("lost: {:?}", error.kind())
}
