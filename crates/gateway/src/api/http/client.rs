//! Whose request it is, by address: the other end of the connection, or what trusted proxies say of it.

use std::net::{IpAddr, Ipv6Addr};
use std::str;

use axum::extract::Request;
use axum::http::{HeaderMap, header};

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

/// The client, as the `hops` proxies before the gateway name it. Each adds at the end of `X-Forwarded-For`, or of `Forwarded`,
/// whom it was asked by; what stands before that anybody may have made up. Without a name that can be read it is the peer.
pub fn client(headers: &HeaderMap, peer: IpAddr, hops: usize) -> IpAddr {
    if hops == 0 {
        return client_of(peer);
    }
    let de_facto = named(entries(headers, X_FORWARDED_FOR).map(address), hops);
    let standard = named(entries(headers, header::FORWARDED.as_str()).map(forwarded_for), hops);
    match (de_facto, standard) {
        (Some(one), Some(other)) if one != other => CONTRADICTED,
        (one, other) => one.or(other).flatten().unwrap_or_else(|| client_of(peer)),
    }
}

/// Whom the outermost of `hops` proxies names: `None` where none does, `Some(None)` where it cannot be read.
fn named(addresses: impl Iterator<Item = Option<IpAddr>>, hops: usize) -> Option<Option<IpAddr>> {
    let mut addresses: Vec<_> = addresses.collect();
    let outermost = addresses.len().saturating_sub(hops);
    (!addresses.is_empty()).then(|| addresses.swap_remove(outermost).map(client_of))
}

/// The client of a request, where the other end of its connection is known.
pub fn of_request(request: &Request, hops: usize) -> Option<IpAddr> {
    let Peer(peer) = *request.extensions().get()?;
    Some(client(request.headers(), peer, hops))
}

/// The entries of a list that may go over several lines. One that is no text is empty: it is a client's own, and hides none of
/// those that proxies have added to its line.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(|entry| str::from_utf8(entry).unwrap_or_default().trim())
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

/// The `for` of an entry of `Forwarded`.
fn forwarded_for(entry: &str) -> Option<IpAddr> {
    let value = entry.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    })?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    address(quoted.unwrap_or(value))
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
        assert_eq!((entries.next(), entries.next()), (Some(""), Some("192.0.2.7")));
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
            ("192.0.2.7", ""),
        ] {
            assert_eq!(of(de_facto, standard, 1), "::", "{de_facto} {standard}");
            assert_eq!(of(de_facto, standard, 0), "10.0.0.1");
        }
        assert_eq!(of("unknown", "for=_hidden", 1), "10.0.0.1");
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
