use super::*;

fn admits(patterns: &[&str], host: &str) -> bool {
    let host: Result<NamedHost, _> = host.parse();
    host.is_ok_and(|host| Hosts::parse(patterns).unwrap().admit(&host, None))
}

#[test]
fn this_machine_is_always_itself() {
    for own in [
        "localhost",
        "localhost:8080",
        "LOCALHOST",
        "localhost.",
        "liveness.localhost:1",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]",
        "[::1]:8080",
        "[::ffff:7f00:1]",
    ] {
        assert!(admits(&[], own), "{own}");
    }
    for other in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "evillocalhost",
        ".localhost",
        "a..localhost",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "0.0.0.0",
        "[::]",
        "[2001:db8::1]",
        "",
        ":8080",
        ".",
    ] {
        assert!(!admits(&[], other), "{other}");
    }
}

#[test]
fn the_address_that_was_reached_is_its_own_name() {
    let admits = |host: &str, reached: &str| {
        Hosts::default().admit(&host.parse().unwrap(), Some(reached.parse().unwrap()))
    };
    assert!(admits("192.0.2.1:8080", "192.0.2.1"));
    assert!(admits("192.0.2.1", "::ffff:192.0.2.1"));
    assert!(admits("[2001:db8::1]", "2001:db8::1"));
    assert!(!admits("192.0.2.2", "192.0.2.1"));
    assert!(!admits("evil.example", "192.0.2.1"));
}

#[test]
fn a_name_matches_itself_at_any_port() {
    let own = ["Shop.example", "[2001:db8::1]", "192.0.2.7"];
    for host in [
        "shop.example",
        "SHOP.EXAMPLE:8443",
        "shop.example.",
        "shop.example.:1",
        "[2001:DB8::1]:8",
        "192.0.2.7:80",
        "shop.example:",
    ] {
        assert!(admits(&own, host), "{host}");
    }
    for hostile in [
        "a.shop.example",
        "evilshop.example",
        "shop.example.evil",
        "shop.example@evil.example",
        "evil.example@shop.example",
        "shop.example:80@evil.example",
        "shop.example/evil",
        "shop.example, evil.example",
        "shop.example:x",
        "shop.example:-1",
        "shop.example:65536",
        "shop.example..",
        "shop .example",
        "shop.example\t",
        "https://shop.example",
        "[2001:db8::1",
        "2001:db8::1",
    ] {
        assert!(!admits(&own, hostile), "{hostile}");
    }
}

#[test]
fn a_port_counts_where_it_is_given() {
    assert!(admits(&["shop.example:8443"], "shop.example:8443"));
    assert!(!admits(&["shop.example:8443"], "shop.example"));
    assert!(!admits(&["shop.example:8443"], "shop.example:8080"));
    assert!(admits(&["shop.example:443"], "shop.example"), "left out by browsers");
    assert!(!admits(&["shop.example:443"], "shop.example:8443"));
    assert!(admits(&["*.shop.example:8443"], "a.shop.example:8443"));
    assert!(!admits(&["*.shop.example:8443"], "a.shop.example"));
}

#[test]
fn a_wildcard_matches_sub_domains_of_any_depth_alone() {
    for host in ["a.shop.example", "a.b.shop.example:1", "x-1_2.SHOP.example"] {
        assert!(admits(&["*.shop.example"], host), "{host}");
    }
    for hostile in [
        "shop.example",
        ".shop.example",
        "..shop.example",
        "evilshop.example",
        "a.shop.example.evil",
    ] {
        assert!(!admits(&["*.shop.example"], hostile), "{hostile}");
    }
    assert!(admits(&["*"], "evil.example"), "whoever asks for it");
    assert!(!admits(&["*"], "evil example"));
}

#[test]
fn what_names_no_host_is_refused() {
    let spelling = |text: &str| HostFault::Spelling(text.to_owned());
    for (text, expected) in [
        ("https://shop.example", HostFault::NotAHost),
        ("shop.example/", HostFault::NotAHost),
        ("shop example", HostFault::NotAHost),
        ("user@shop.example", HostFault::NotAHost),
        ("::1", HostFault::NotAHost),
        ("shop.example:http", HostFault::NotAHost),
        (":8080", HostFault::NotAHost),
        ("**", HostFault::Wildcard),
        ("*.*.example", HostFault::Wildcard),
        ("a*.example", HostFault::Wildcard),
        ("*.example", HostFault::Wildcard),
        ("*.192.0.2.1", HostFault::Wildcard),
        ("*:8080", HostFault::Wildcard),
        ("127.1", spelling("127.0.0.1")),
        ("[2001:db8:0::1]", spelling("[2001:db8::1]")),
        ("b\u{fc}cher.example", spelling("xn--bcher-kva.example")),
        ("*.b\u{fc}cher.example", spelling("*.xn--bcher-kva.example")),
    ] {
        let refused = Hosts::parse(&[text]).unwrap_err();
        assert_eq!(refused, HostError { host: text.into(), fault: expected }, "{text}");
    }
    let twice = Hosts::parse(&["shop.example", " SHOP.example ", ""]).unwrap_err();
    assert_eq!(twice.fault, HostFault::Duplicate);
    assert!(Hosts::parse(&["", " "]).unwrap().is_empty());
}
