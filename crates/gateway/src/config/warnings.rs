//! What works, but hardly as it was meant: said at the start, and by `check`.

use super::listening::PlainHttp;
use super::{Config, Settings};

/// The shortest life of a session, in seconds, with which the page's component works: it begins with what has a minute left, after
/// up to a minute.
const SHORTEST_SESSION: u64 = 120;

/// What there is to say of these settings, which came of these flags.
pub fn warnings(flags: &Config, settings: &Settings) -> Vec<String> {
    let mut said = Vec::new();
    if settings.upstream.is_none() {
        let flags = without_key(flags);
        if !flags.is_empty() {
            said.push(format!("without MOVERIS_API_KEY this has no effect: {}", flags.join(", ")));
        }
    }
    if flags.session_ttl < SHORTEST_SESSION {
        said.push(format!(
            "--session-ttl {}: the page's component needs at least {SHORTEST_SESSION} seconds",
            flags.session_ttl
        ));
    }
    let by_proxy = flags.listening.plain_http == PlainHttp::BehindProxy;
    let reached = !settings.listen.ip().to_canonical().is_loopback();
    if by_proxy && reached && settings.trusted_proxies == 0 {
        said.push(
            "all clients have the address of the proxy, and share one client's limits: set --trusted-proxies to the number of proxies"
                .to_owned(),
        );
    }
    if settings.video.ffmpeg.is_some() && !settings.fits_videos() {
        said.push(
            "videos of --max-video-megabytes find no room: --max-crop-megabytes has to be at least twice as many"
                .to_owned(),
        );
    }
    said
}

/// The flags about the upstream that have been set.
fn without_key(flags: &Config) -> Vec<&'static str> {
    let Ok(unset) = Config::from_flags([]) else { return Vec::new() };
    let (ours, theirs) = (&flags.upstream, &unset.upstream);
    [
        ("--base-url", flags.base_url != unset.base_url),
        ("--upstream-timeout", ours.upstream_timeout != theirs.upstream_timeout),
        ("--upstream-failures", ours.upstream_failures != theirs.upstream_failures),
        ("--upstream-rest", ours.upstream_rest != theirs.upstream_rest),
        ("--upstream-down", ours.upstream_down != theirs.upstream_down),
        ("--paid-checks", flags.paid_checks != unset.paid_checks),
        ("--borderline", flags.modes.borderline != unset.modes.borderline),
    ]
    .into_iter()
    .filter_map(|(flag, is_set)| is_set.then_some(flag))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(flags: &[&str], key: Option<&str>) -> Vec<String> {
        let config = Config::from_flags(flags.iter().copied()).unwrap();
        let key = |name: &str| key.filter(|_| name == "MOVERIS_API_KEY").map(str::to_owned);
        config.settings(key).unwrap().warnings
    }

    #[test]
    fn what_hardly_works_as_it_was_meant_is_said() {
        let proxied = [
            "--listen",
            "0.0.0.0:8080",
            "--plain-http",
            "behind-proxy",
            "--allow-host",
            "liveness.example",
        ];
        let trusting = [&proxied[..], &["--trusted-proxies", "1"]].concat();
        let upstream = [
            "--base-url",
            "https://stand-in.example",
            "--upstream-rest",
            "9",
            "--paid-checks",
            "anyone",
            "--borderline",
            "40-70",
        ];
        let fitting = ["--ffmpeg", "/bin/true", "--max-crop-megabytes", "128"];
        for fine in [&[][..], &["--session-ttl", "120"], &trusting, &fitting] {
            assert_eq!(said(fine, None), [""; 0], "{fine:?}");
        }
        assert_eq!(said(&upstream, Some("sk-key")), [""; 0]);
        for (flags, part) in [
            (&["--session-ttl", "119"][..], "--session-ttl 119"),
            (&proxied, "--trusted-proxies"),
            (&upstream, "--base-url, --upstream-rest, --paid-checks, --borderline"),
        ] {
            let said = said(flags, None);
            assert!(said.len() == 1 && said[0].contains(part), "{said:?}");
        }
    }
}
