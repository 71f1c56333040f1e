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

/// Logs from here on what is `wanted`.
pub fn start<W>(wanted: EnvFilter, ansi: bool, writer: W)
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(ansi).with_writer(writer);
    Registry::default().with(lines.with_filter(discreet(wanted))).init();
}
