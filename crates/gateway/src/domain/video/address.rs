//! Which addresses are those of servers on the internet, and of nothing that is nearer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Of IPv4, those that are not: network and length of its prefix (the registry of special-purpose addresses, and all above
/// unicast).
const NOT_PUBLIC_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Of IPv6's global unicast, `2000::/3`, those that are not: protocol assignments with Teredo, documentation, 6to4.
const NOT_PUBLIC_V6: [([u16; 2], u32); 4] =
    [([0x2001, 0], 23), ([0x2001, 0x0db8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Whether a server on the internet may have this address. What stands for an address of IPv4 (mapped, or by NAT64's
/// well-known prefix) is judged as that.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match meant(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !NOT_PUBLIC_V4.iter().any(|(network, length)| {
        let mask = u32::MAX << (32 - length);
        bits & mask == u32::from_be_bytes(*network) & mask
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let bits = (u32::from(first) << 16) | u32::from(second);
    let is_global = bits >> 29 == 1;
    is_global
        && !NOT_PUBLIC_V6.iter().any(|([first, second], length)| {
            let network = (u32::from(*first) << 16) | u32::from(*second);
            let mask = u32::MAX << (32 - length);
            bits & mask == network & mask
        })
}

/// The address of IPv4 that one of IPv6 stands for.
fn meant(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let by_nat64 = || {
        let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else { return None };
        Some(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
    };
    address.to_ipv4_mapped().or_else(by_nat64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_on_the_internet_are_told_from_what_is_nearer() {
        for (text, public) in [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("9.255.255.255", true),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("192.167.255.255", true),
            ("192.169.0.0", true),
            ("198.17.255.255", true),
            ("223.255.255.255", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001::1", true),
            // Unspecified, "this network".
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("::", false),
            // Loopback.
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("::1", false),
            // Private, and ULA.
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            // Carriers' NAT.
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            // Link-local: clouds' metadata among them.
            ("169.254.169.254", false),
            ("fe80::1", false),
            ("febf::1", false),
            // Site-local, as it once was.
            ("fec0::1", false),
            // Protocols, documentation, benchmarks, relays.
            ("192.0.0.170", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("2001::1", false),
            ("2001:1ff::1", false),
            ("2001:db8::1", false),
            ("3fff::1", false),
            ("100::1", false),
            // Multicast, reserved, broadcast.
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("ff02::1", false),
            // Others in IPv6's clothes: mapped, compatible, NAT64, 6to4, a local NAT64.
            ("::ffff:8.8.8.8", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::127.0.0.1", false),
            ("::8.8.8.8", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::8.8.8.8", false),
            ("2002:7f00:1::", false),
            ("2002:808:808::", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }
}
