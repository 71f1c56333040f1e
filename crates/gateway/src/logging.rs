//! What the log takes.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, filter::FilterExt as _, fmt};

/// Crates that print what they are given when they are asked for more than `info`: pictures, references, metadata.
const INDISCREET: [&str; 1] = ["tokio_postgres"];

/// Whether a line is one that may be logged, whatever is asked for.
fn is_discreet(line: &Metadata<'_>) -> bool {
    let is_of = |name: &&str| line.target().split("::").next() == Some(*name);
    *line.level() <= LevelFilter::INFO || !INDISCREET.iter().any(is_of)
}

/// Lets pass what is `wanted` and holds nobody's values.
pub fn discreet<S: tracing::Subscriber + for<'a> LookupSpan<'a>>(
    wanted: EnvFilter,
) -> impl Filter<S> {
    wanted.and(filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE))
}

/// What the log takes where nobody says otherwise.
const USUAL: &str = "info";

/// What `RUST_LOG` asks for, and what is wrong with it, if it cannot be read. An empty one counts as absent.
pub fn wanted(text: Option<&str>) -> (EnvFilter, Option<String>) {
    let usual = || EnvFilter::new(USUAL);
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return (usual(), None);
    };
    let read = match (text.split(',').find_map(unmeant), EnvFilter::try_new(text)) {
        (Some(part), _) => Err(format!("{part:?} is neither a level nor part of this program")),
        (None, read) => read.map_err(|error| error.to_string()),
    };
    match read {
        Ok(filter) => (filter, None),
        Err(why) => (usual(), Some(format!("RUST_LOG={text:?} is not taken: {why}; {USUAL} is"))),
    }
}

/// A part of `RUST_LOG` that would be taken for a crate which there is not, so that everything else is silent: a word by itself
/// that is no level, or this program's name as it is written elsewhere.
fn unmeant(part: &str) -> Option<&str> {
    let part = part.trim();
    let target = part.split(['=', '[']).next().unwrap_or_default();
    let is_word =
        !part.is_empty() && part.chars().all(|of| of.is_alphanumeric() || "_-".contains(of));
    let is_known = part.parse::<LevelFilter>().is_ok() || part == env!("CARGO_CRATE_NAME");
    (is_word && !is_known || target.contains('-')).then_some(part)
}

/// Logs from here on what is `wanted`.
pub fn start<W>(wanted: EnvFilter, ansi: bool, writer: W)
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(ansi).with_writer(writer);
    Registry::default().with(lines.with_filter(discreet(wanted))).init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_level_is_none_and_one_that_is_mistyped_is_said() {
        for (text, level) in [
            (None, LevelFilter::INFO),
            (Some(""), LevelFilter::INFO),
            (Some(" "), LevelFilter::INFO),
            (Some("warn"), LevelFilter::WARN),
            (Some("DEBUG"), LevelFilter::DEBUG),
            (Some("off"), LevelFilter::OFF),
            (Some("liveness_gateway"), LevelFilter::TRACE),
            (Some("info,liveness_gateway::access=warn"), LevelFilter::INFO),
        ] {
            let (filter, fault) = wanted(text);
            assert_eq!((filter.max_level_hint(), fault), (Some(level), None), "{text:?}");
        }
        for mistyped in [
            "inof",
            "warning",
            "liveness_gateway=inof",
            "info,=,",
            "liveness-gateway",
            "liveness-gateway=debug",
            "inof,hyper=warn",
        ] {
            let (filter, fault) = wanted(Some(mistyped));
            assert_eq!(filter.max_level_hint(), Some(LevelFilter::INFO), "{mistyped}");
            assert!(fault.is_some_and(|fault| fault.contains(mistyped)), "{mistyped}");
        }
    }
}
