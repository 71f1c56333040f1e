//! The gateway under load: `fast-check-crops` passed through, against nginx in front of the same upstream; sessions, many at
//! once; honest checks while others hold a thousand connections half open; and what a verification costs.

mod http;
mod load;
mod pictures;
mod seen;
mod servers;
mod session;
mod upstream;
mod verification;

use std::{net::SocketAddr, time::Duration};

use serde_json::{Map, Value, json};

use self::{
    load::Round,
    seen::{Seen, add},
    servers::{Server, gateway, nginx},
};
use crate::{
    debian::{self, Program},
    error::{Error, IoContext, Result},
    run::{cargo, run, say, step},
    workspace::Workspace,
};

const NGINX: Program = Program { name: "/usr/sbin/nginx", package: "nginx" };

/// Pairs of rounds, of which the median counts: a shared machine is slower in some.
const PAIRS: usize = 7;
const ROUND: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 16;
const SESSIONS_AT_ONCE: usize = 500;
const SESSIONS: usize = 1500;
/// Rounds of sessions of one size: memory is flat if the last leaves as much as the first.
const SESSION_ROUNDS: usize = 3;
const HALF_OPEN: usize = 1000;

/// Builds the gateway for release and measures it.
pub fn run_load(workspace: &Workspace) -> Result<Map<String, Value>> {
    debian::ensure(&[NGINX])?;
    step("gateway, release", || {
        run(cargo()
            .args(["build", "--release", "--package", "liveness-gateway", "--bins"])
            .current_dir(&workspace.root))
    })?;
    let program = workspace.target.join("release/liveness-gateway");
    let folder = workspace.target.join("bench/nginx");
    let upstream = upstream::start().at("the upstream's stand-in")?;
    let gateway = gateway(&program, upstream)?;
    let nginx = nginx(NGINX.name, &folder, upstream)?;
    let made = pictures::crops(30).map_err(|error| Error::Bench(format!("the crops: {error}")))?;
    let json = pictures::check(&made);
    say(format!(
        "release build; bodies of {} bytes over {CONNECTIONS} connections; client and upstream are threads of this process, \
         on the same {} cores; nginx keeps bodies in memory, and logs nothing, nor does the gateway",
        json.len(),
        std::thread::available_parallelism().map_or(1, usize::from),
    ));
    let headers = [("Content-Type", "application/json")];
    let body = http::request("POST", "/api/v1/fast-check-crops", &headers, json.as_bytes());
    let mut figures = Map::new();
    let mut errors = Seen::new();
    pass_through(&mut figures, &mut errors, &gateway, &nginx, &body)?;
    slowloris(&mut figures, &mut errors, &gateway, &body)?;
    sessions(&mut figures, &mut errors, &gateway, &made[0])?;
    drop((gateway, nginx));
    figures.extend(verification::measure(workspace)?);
    figures.insert("errors".to_owned(), json!(errors.values().sum::<usize>()));
    figures.insert("errors_by_kind".to_owned(), json!(errors));
    Ok(figures)
}

/// As it is printed: how many of which kind.
fn listed(seen: &Seen) -> String {
    if seen.is_empty() {
        return "none".to_owned();
    }
    let counts: Vec<String> = seen.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    counts.join(", ")
}

fn flood(address: SocketAddr, body: &[u8]) -> Round {
    load::flood(address, body, CONNECTIONS, ROUND)
}

fn pass_through(
    figures: &mut Map<String, Value>,
    errors: &mut Seen,
    gateway: &Server,
    nginx: &Server,
    body: &[u8],
) -> Result<()> {
    // Connections, caches, buffers.
    let warm = [flood(gateway.address, body), flood(nginx.address, body)];
    warm.iter().for_each(|round| add(errors, &round.errors));
    let before = gateway.resident_mb()?;
    let (mut throughputs, mut tails) = (Vec::new(), Vec::new());
    for number in 1..=PAIRS {
        let (ours, theirs) = (flood(gateway.address, body), flood(nginx.address, body));
        add(errors, &ours.errors);
        add(errors, &theirs.errors);
        say(format!(
            "pass-through {number}/{PAIRS}: gateway {:.0}/s, p99 {:.1} ms; nginx {:.0}/s, p99 {:.1} ms",
            ours.per_second, ours.p99_ms, theirs.per_second, theirs.p99_ms
        ));
        throughputs.push(ours.per_second / theirs.per_second);
        tails.push(ours.p99_ms / theirs.p99_ms);
    }
    let after = gateway.resident_mb()?;
    let (ratio, tail) = (median(&mut throughputs), median(&mut tails));
    say(format!(
        "pass-through: {ratio:.2} of nginx's throughput, {tail:.2} of its p99; {before:.0} MB, then {after:.0} MB"
    ));
    figures.insert("proxy_ratio".to_owned(), json!(ratio));
    figures.insert("p99_ratio".to_owned(), json!(tail));
    figures.insert("rss_mb".to_owned(), json!({ "before": before, "after": after }));
    Ok(())
}

fn slowloris(
    figures: &mut Map<String, Value>,
    errors: &mut Seen,
    gateway: &Server,
    body: &[u8],
) -> Result<()> {
    let mut slowdowns = Vec::new();
    for number in 1..=PAIRS {
        let alone = flood(gateway.address, body);
        let held = load::half_open(gateway.address, HALF_OPEN);
        if held.len() < HALF_OPEN {
            return Err(Error::Bench(format!(
                "only {} connections could be held half open",
                held.len()
            )));
        }
        let beside = flood(gateway.address, body);
        drop(held);
        add(errors, &alone.errors);
        add(errors, &beside.errors);
        say(format!(
            "{HALF_OPEN} half-open connections {number}/{PAIRS}: {:.0}/s without, {:.0}/s with them",
            alone.per_second, beside.per_second
        ));
        slowdowns.push(1.0 - beside.per_second / alone.per_second);
    }
    figures.insert("slowloris_slowdown".to_owned(), json!(median(&mut slowdowns)));
    Ok(())
}

fn sessions(
    figures: &mut Map<String, Value>,
    errors: &mut Seen,
    gateway: &Server,
    png: &[u8],
) -> Result<()> {
    let (mut rates, mut resident, mut again) = (Map::new(), Map::new(), Seen::new());
    for crops in [10, 30] {
        let (mut per_second, mut after) = (Vec::new(), Vec::new());
        for number in 1..=SESSION_ROUNDS {
            let round = load::sessions(gateway.address, png, crops, SESSIONS, SESSIONS_AT_ONCE);
            let mb = gateway.resident_mb()?;
            say(format!(
                "{SESSIONS} sessions of {crops} crops, {SESSIONS_AT_ONCE} at once, verdicts for nothing, {number}/{SESSION_ROUNDS}: \
                 {:.0}/s, p99 {:.0} ms, {mb:.0} MB; errors: {}; asked again: {}",
                round.per_second,
                round.p99_ms,
                listed(&round.errors),
                listed(&round.again),
            ));
            add(errors, &round.errors);
            add(&mut again, &round.again);
            per_second.push(round.per_second);
            after.push(mb);
        }
        rates.insert(format!("of_{crops}_crops"), json!(median(&mut per_second)));
        resident.insert(format!("of_{crops}_crops"), json!(after));
    }
    figures.insert("sessions_per_s".to_owned(), Value::Object(rates));
    figures.insert("sessions_rss_mb".to_owned(), Value::Object(resident));
    figures.insert("sessions_asked_again".to_owned(), json!(again));
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert!(median(&mut []).is_nan());
    }
}
