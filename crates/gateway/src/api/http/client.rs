//! Whose request it is, by address: the other end of the connection, or what trusted proxies say of it.

use std::net::{IpAddr, Ipv6Addr};
use std::str;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, header};

use crate::seldom::Seldom;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of a request's connection; kept in its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Whoever shares these bits shares one allowance: an IPv6 host commonly has a whole /64.
pub fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        address => address,
    }
}

/// Whose requests those are of which two headers name different clients: one is the proxies', the other whatever a client
/// likes, and which is which is not known. They share one allowance, so that nobody gets out of theirs by choosing an address,
/// nor uses up the proxy's own. No client has this address.
const CONTRADICTED: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

static WARNED: Seldom = Seldom::new();

/// What an entry of either header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// Nothing of any client: it has no `for`, or is empty.
    Silent,
    /// Somebody, who cannot be read: `unknown`, a name that is the proxy's own, what is no address.
    Unreadable,
    Client(IpAddr),
}

impl Entry {
    fn of(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Unreadable, |address| Self::Client(client_of(address)))
    }
}

/// What a header says.
struct Said {
    /// Whom the outermost proxy names, if that can be read.
    client: Option<IpAddr>,
    /// Whether it has an entry for each proxy: one with fewer is not what all of them write.
    whole: bool,
}

/// The client, as the `hops` proxies before the gateway name it. Each adds at the end of `X-Forwarded-For`, or of `Forwarded`,
/// whom it was asked by; what stands before that anybody may have made up. Without a name that can be read it is the peer.
pub fn client(headers: &HeaderMap, peer: IpAddr, hops: usize) -> IpAddr {
    if hops == 0 {
        return client_of(peer);
    }
    let de_facto = said(entries(headers, X_FORWARDED_FOR).map(forwarded_address), hops);
    let standard = said(entries(headers, header::FORWARDED.as_str()).map(forwarded_for), hops);
    let said = match (de_facto, standard) {
        (Some(one), Some(other)) if one.client != other.client && one.whole == other.whole => {
            if WARNED.is_due(Instant::now()) {
                tracing::warn!(
                    "X-Forwarded-For and Forwarded name different clients, who share the limits of one: \
                     let the proxies remove the header that they do not write, or write both alike"
                );
            }
            return CONTRADICTED;
        }
        // An entry that cannot be read is as good as any: else a client would choose between the headers.
        (Some(one), Some(other)) => Some(if one.whole { one } else { other }),
        (one, other) => one.or(other),
    };
    said.and_then(|said| said.client).unwrap_or_else(|| client_of(peer))
}

/// What the outermost of `hops` proxies says: `None` where it says nothing here.
fn said(entries: impl Iterator<Item = Entry>, hops: usize) -> Option<Said> {
    let entries: Vec<_> = entries.collect();
    let whole = entries.len() >= hops;
    match entries.get(entries.len().saturating_sub(hops))? {
        Entry::Silent => None,
        Entry::Unreadable => Some(Said { client: None, whole }),
        Entry::Client(client) => Some(Said { client: Some(*client), whole }),
    }
}

/// The client of a request, where the other end of its connection is known.
pub fn of_request(request: &Request, hops: usize) -> Option<IpAddr> {
    let Peer(peer) = *request.extensions().get()?;
    Some(client(request.headers(), peer, hops))
}

/// The entries of a list that may go over several lines. One that is no text is `None`: it is a client's own, and hides none of
/// those that proxies have added to its line.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = Option<&'a str>> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(|entry| str::from_utf8(entry).ok().map(str::trim))
}

/// An entry of `X-Forwarded-For`.
fn forwarded_address(entry: Option<&str>) -> Entry {
    match entry {
        Some("") => Entry::Silent,
        entry => Entry::of(entry.and_then(address)),
    }
}

/// An address as proxies write it: with a port or without, IPv6 with brackets or without.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let fine = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<Ipv6Addr>().ok().filter(|_| fine).map(IpAddr::V6);
    }
    let (address, port) = text.split_once(':')?;
    address.parse().ok().filter(|_| is_port(port))
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// An entry of `Forwarded`.
fn forwarded_for(entry: Option<&str>) -> Entry {
    let Some(entry) = entry else { return Entry::Unreadable };
    let pairs = || entry.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    let value = pairs().find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    match value {
        Some(value) => {
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            Entry::of(address(quoted.unwrap_or(value)))
        }
        // What a comma within quotes has cut off says nothing of what stands before it.
        None if entry.matches('"').count() % 2 == 0 && pairs().all(|pair| pair.contains('=')) => {
            Entry::Silent
        }
        None => Entry::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&'static str, &str)], hops: usize) -> String {
        let lines = lines.iter().map(|(name, value)| {
            let value = axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (axum::http::HeaderName::from_static(name), value)
        });
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        client(&headers, "10.0.0.1".parse().unwrap(), hops).to_string()
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let client = |text: &str| client_of(text.parse().unwrap());
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), client("2001:db8:1:2::1"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn as_many_hops_are_believed_as_are_trusted() {
        let spoofed =
            [("x-forwarded-for", "198.51.100.9, 192.0.2.7"), ("x-forwarded-for", "10.0.0.2")];
        for (hops, expected) in [
            (0, "10.0.0.1"),
            (1, "10.0.0.2"),
            (2, "192.0.2.7"),
            (3, "198.51.100.9"),
            // Fewer proxies than are trusted have spoken.
            (9, "198.51.100.9"),
        ] {
            assert_eq!(of(&spoofed, hops), expected, "{hops}");
        }
        assert_eq!(of(&[], 1), "10.0.0.1");
        let no_text = axum::http::HeaderValue::from_bytes(b"\xff, 192.0.2.7").unwrap();
        let headers = HeaderMap::from_iter([(header::FORWARDED, no_text)]);
        let mut entries = entries(&headers, "forwarded");
        assert_eq!((entries.next(), entries.next()), (Some(None), Some(Some("192.0.2.7"))));
        let peer = "10.0.0.1".parse().unwrap();
        let headers = |name| {
            let no_text = axum::http::HeaderValue::from_bytes(b"\xff").unwrap();
            let named = axum::http::HeaderValue::from_static("192.0.2.7");
            HeaderMap::from_iter([(name, no_text), (X_FORWARDED_FOR.parse().unwrap(), named)])
        };
        assert_eq!(client(&headers(header::FORWARDED), peer, 1), CONTRADICTED);
        assert_eq!(client(&headers(header::VIA), peer, 1).to_string(), "192.0.2.7");
        for spoofed in ["caf\u{e9}, 192.0.2.7", "\u{e9}\u{2028}, 192.0.2.7", "\u{e9},,192.0.2.7"] {
            assert_eq!(of(&[("x-forwarded-for", spoofed)], 1), "192.0.2.7", "{spoofed}");
        }
    }

    #[test]
    fn two_headers_that_name_different_clients_name_none() {
        let of = |de_facto: &str, standard: &str, hops| {
            of(&[("x-forwarded-for", de_facto), ("forwarded", standard)], hops)
        };
        assert_eq!(of("192.0.2.7", "for=192.0.2.7", 1), "192.0.2.7");
        assert_eq!(of("192.0.2.7:80", "for=\"[::ffff:192.0.2.7]\"", 1), "192.0.2.7");
        for (de_facto, standard) in [
            ("192.0.2.7", "for=192.0.2.8"),
            ("192.0.2.7", "for=unknown"),
            ("unknown", "for=192.0.2.7"),
            ("192.0.2.7", "for=_hidden;proto=https"),
            ("192.0.2.7", "for="),
            ("192.0.2.7", "for=192.0.2.8, b\""),
            ("192.0.2.7", "for=192.0.2.8;host=\"a, proto=b\""),
            ("192.0.2.7", "b"),
        ] {
            assert_eq!(of(de_facto, standard, 1), "::", "{de_facto} {standard}");
            assert_eq!(of(de_facto, standard, 0), "10.0.0.1");
        }
        assert_eq!(of("unknown", "for=_hidden", 1), "10.0.0.1");
    }

    #[test]
    fn a_header_that_says_nothing_of_clients_contradicts_none() {
        let of = |de_facto: &str, standard: &str, hops| {
            of(&[("x-forwarded-for", de_facto), ("forwarded", standard)], hops)
        };
        for standard in ["", "proto=https;host=\"a\"", "for=192.0.2.8, proto=https;", "for=a,"] {
            assert_eq!(of("192.0.2.7", standard, 1), "192.0.2.7", "{standard}");
        }
        assert_eq!(of("", "for=192.0.2.7", 1), "192.0.2.7");
        // It is the proxy's all the same: what a client has written before it is no more its word.
        assert_eq!(of("", "for=192.0.2.8, for=192.0.2.7;proto=http, proto=https", 2), "192.0.2.7");
    }

    #[test]
    fn of_two_headers_that_with_an_entry_for_each_proxy_is_the_proxies() {
        let of = |de_facto: &str, standard: &str| {
            of(&[("x-forwarded-for", de_facto), ("forwarded", standard)], 2)
        };
        let (both, one) = ("192.0.2.7, 10.0.0.2", "10.0.0.2");
        let (both_too, one_too) = ("for=192.0.2.7, for=10.0.0.2", "for=10.0.0.2");
        assert_eq!(of(both, one_too), "192.0.2.7", "the inner one writes either");
        assert_eq!(of(one, both_too), "192.0.2.7");
        assert_eq!(of(both, "for=_hidden"), "192.0.2.7");
        assert_eq!(of("unknown", both_too), "192.0.2.7");
        assert_eq!(of("unknown, 10.0.0.2", "for=192.0.2.9"), "10.0.0.1", "not by choice");
        // A client has written as many as it takes.
        assert_eq!(of(both, "for=192.0.2.9, for=10.0.0.2"), "::");
        assert_eq!(of("unknown, unknown", both_too), "::");
        assert_eq!(of(both, "for=_x, for=_y"), "::");
        assert_eq!(of(one, "for=192.0.2.9"), "::", "neither");
    }

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        for (text, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("[2001:db8:1:2::5]", "2001:db8:1:2::"),
            ("[2001:db8:1:2::5]:4711", "2001:db8:1:2::"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(of(&[("x-forwarded-for", text)], 1), expected, "{text}");
            let forwarded = format!("proto=https; For=\"{text}\";by=203.0.113.1");
            assert_eq!(of(&[("forwarded", &forwarded)], 1), expected, "{forwarded}");
        }
        let two = "for=198.51.100.9, for=192.0.2.7;proto=http";
        assert_eq!(of(&[("forwarded", two)], 1), "192.0.2.7");
        assert_eq!(of(&[("forwarded", two)], 2), "198.51.100.9");
        for unreadable in
            ["unknown", "_hidden", "", "192.0.2", "192.0.2.7:x", "[::1", "[::1]x", "a, "]
        {
            assert_eq!(of(&[("x-forwarded-for", unreadable)], 1), "10.0.0.1", "{unreadable}");
        }
    }
}
