//! What works, but hardly as it was meant: said at the start, and by `check`.

/// The shortest life of a session, in seconds, with which the page's component works: it begins with what has a minute left, after
/// up to a minute.
const SHORTEST_SESSION: u64 = 120;

/// What there may be to say something of.
pub struct Looked {
    /// Flags that have been set and have no effect without a key of the Moveris API, where there is none.
    pub keyless: Vec<&'static str>,
    /// A session's life, in seconds.
    pub session_ttl: u64,
    /// Whether a proxy stands in front, which nobody lets name the client.
    pub nameless: bool,
    /// Whether videos are taken for which there is no room.
    pub no_room: bool,
    /// The longest body that any endpoint takes, in bytes, if all bodies together may not be as long.
    pub too_long: Option<usize>,
}

impl Looked {
    /// What there is to say.
    pub fn warnings(&self) -> Vec<String> {
        let mut said = Vec::new();
        if !self.keyless.is_empty() {
            let flags = self.keyless.join(", ");
            said.push(format!("without MOVERIS_API_KEY this has no effect: {flags}"));
        }
        if self.session_ttl < SHORTEST_SESSION {
            said.push(format!(
                "--session-ttl {}: the page's component needs at least {SHORTEST_SESSION} seconds",
                self.session_ttl
            ));
        }
        if self.nameless {
            said.push(
                "all clients have the address of the proxy, and share one client's limits: set --trusted-proxies to the number of proxies"
                    .to_owned(),
            );
        }
        if self.no_room {
            said.push(
                "videos of --max-video-megabytes find no room: --max-crop-megabytes has to be at least twice as many"
                    .to_owned(),
            );
        }
        if let Some(bytes) = self.too_long {
            said.push(format!(
                "the longest body of fast-check finds no room: --max-body-megabytes has to be at least {}",
                bytes.div_ceil(1 << 20)
            ));
        }
        said
    }
}
