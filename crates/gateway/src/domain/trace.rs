//! W3C Trace Context: one id for what a request causes, in the log here, at the upstream, and with whoever asked.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// The header that carries it, in and out.
pub const TRACEPARENT: &str = "traceparent";

/// The header that carries what whoever traces says beside it, which is passed on as it is.
pub const TRACESTATE: &str = "tracestate";

/// The most characters of it: a longer one is dropped, as a part of it would say something else.
const MOST_STATE: usize = 512;

/// Whether the caller records this trace.
const SAMPLED: u8 = 1;

/// One request's place in a trace. Its `Display` form is a `traceparent` of version 00, in which this request is the
/// parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    span: u64,
    flags: u8,
    state: Option<Arc<str>>,
}

tokio::task_local! {
    static CURRENT: Trace;
}

impl Trace {
    /// The trace that a request's headers name, or a new one; in either case with a span of its own.
    pub fn of(traceparent: Option<&str>, tracestate: Option<&str>) -> Self {
        let named = traceparent.and_then(parse);
        // Without a trace that goes on it is of none.
        let state = tracestate.filter(|state| named.is_some() && is_state(state)).map(Arc::from);
        let (id, flags) = named.unwrap_or((fastrand::u128(1..), SAMPLED));
        Self { id, span: fastrand::u64(1..), flags, state }
    }

    /// What goes with it as `tracestate`.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The trace's id, 32 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// The trace of the request for which the current task works.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Makes it the current one for `work`.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Makes `trace` the current one for `work`, if there is one: for work that goes on in a task of its own.
pub async fn carry<F: Future>(trace: Option<Trace>, work: F) -> F::Output {
    match trace {
        Some(trace) => trace.scope(work).await,
        None => work.await,
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.id, self.span, self.flags)
    }
}

fn is_state(text: &str) -> bool {
    let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (1..=MOST_STATE).contains(&text.len()) && text.bytes().all(visible)
}

/// The id and the flags of a `traceparent`. Later versions may say more after them.
fn parse(text: &str) -> Option<(u128, u8)> {
    let mut parts = text.splitn(5, '-');
    let [version, id, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let more = parts.next().is_some();
    let hex = |part: &str, digits: usize| {
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (part.len() == digits && part.bytes().all(lower))
            .then(|| u128::from_str_radix(part, 16).ok())
            .flatten()
    };
    let version = hex(version, 2)?;
    let (id, parent, flags) = (hex(id, 32)?, hex(parent, 16)?, hex(flags, 2)?);
    let valid = version != 0xff && (version > 0 || !more) && id != 0 && parent != 0;
    valid.then_some((id, flags as u8 & SAMPLED))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_goes_on() {
        let trace = Trace::of(Some(EXAMPLE), None);
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let header = trace.to_string();
        assert!(
            header.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && header.ends_with("-01")
        );
        assert!(!header.contains("00f067aa0ba902b7"), "with a span of its own");
        assert_eq!(parse(&header), Some((trace.id, 1)));
        let later = EXAMPLE.replacen("00", "01", 1) + "-more";
        assert_eq!(Trace::of(Some(&later), None).id, trace.id);
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace() {
        let zero = "0".repeat(32);
        for text in [
            "",
            "x",
            &EXAMPLE[..54],
            &format!("{EXAMPLE}-more"),
            &EXAMPLE.replacen("00", "ff", 1),
            &EXAMPLE.to_uppercase(),
            &EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zero),
            &EXAMPLE.replace("00f067aa0ba902b7", &zero[..16]),
            &EXAMPLE.replace("4bf9", "+bf9"),
        ] {
            assert_eq!(parse(text), None, "{text}");
            assert_ne!(Trace::of(Some(text), None).id, 0);
        }
        assert_ne!(Trace::of(None, None).id, Trace::of(None, None).id);
    }

    #[test]
    fn what_goes_with_a_trace_goes_on_with_it() {
        let long = "a=".to_owned() + &"1".repeat(MOST_STATE - 2);
        let longer = format!("{long}1");
        for (parent, state, kept) in [
            (Some(EXAMPLE), "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE", true),
            (Some(EXAMPLE), &*long, true),
            (Some(EXAMPLE), &*longer, false),
            (Some(EXAMPLE), "", false),
            (Some(EXAMPLE), "a=1\nb", false),
            (Some("x"), "a=1", false),
            (None, "a=1", false),
        ] {
            let trace = Trace::of(parent, Some(state));
            assert_eq!(trace.state(), kept.then_some(state));
        }
    }

    #[tokio::test]
    async fn work_elsewhere_carries_it() {
        assert_eq!(Trace::current(), None);
        let trace = Trace::of(None, None);
        let seen = trace.clone().scope(async {
            let current = Trace::current();
            tokio::spawn(carry(current, async { Trace::current() })).await.unwrap()
        });
        assert_eq!(seen.await, Some(trace));
        assert_eq!(carry(None, async { Trace::current() }).await, None);
    }
}
