use super::*;

fn origins(texts: &[&str]) -> Origins {
    Origins::parse(texts).unwrap()
}

fn matches(pattern: &str, origin: &str) -> bool {
    origins(&[pattern]).matches(origin)
}

#[test]
fn an_exact_origin_matches_itself_and_nothing_else() {
    let own = "https://shop.example";
    assert!(matches(own, own));
    for hostile in [
        "https://evilshop.example",
        "https://shop.example.evil",
        "https://shop.example.evil.example",
        "https://a.shop.example",
        "https://a.b.shop.example",
        "https://shop.example:443",
        "https://shop.example:8443",
        "https://shop.example.",
        "https://shop.example/",
        "https://shop.example@evil.example",
        "https://shop.example, https://evil.example",
        "https://shopxexample",
        "http://shop.example",
        "HTTPS://SHOP.EXAMPLE",
        "shop.example",
        "//shop.example",
        "null",
        "*",
        "",
    ] {
        assert!(!matches(own, hostile), "{hostile}");
    }
}

#[test]
fn a_wildcard_matches_sub_domains_of_any_depth_alone() {
    let pattern = "https://*.shop.example";
    for origin in
        ["https://a.shop.example", "https://a.b.shop.example", "https://x-1_2.shop.example"]
    {
        assert!(matches(pattern, origin), "{origin}");
    }
    for hostile in [
        "https://shop.example",
        "https://.shop.example",
        "https://..shop.example",
        "https://a..shop.example",
        "https://evilshop.example",
        "https://a.shop.example.evil",
        "https://a.shop.example:8443",
        "https://a.shop.example:443",
        "http://a.shop.example",
        "https://evil.example/.shop.example",
        "https://evil.example?.shop.example",
        "https://evil.example#.shop.example",
        "https://evil.example:1.shop.example",
        "https://user@a.shop.example",
        "https://A.shop.example",
        "https://*.shop.example",
        "https://a.shop.example ",
        "capacitor://a.shop.example",
        "null",
    ] {
        assert!(!matches(pattern, hostile), "{hostile}");
    }
    assert!(matches("http://*.shop.example:8080", "http://a.shop.example:8080"));
    for other in
        ["http://a.shop.example", "http://a.shop.example:80801", "http://a.shop.example:8081"]
    {
        assert!(!matches("http://*.shop.example:8080", other), "{other}");
    }
    assert!(matches("http://*.localhost:3000", "http://shop.localhost:3000"));
}

#[test]
fn what_browsers_and_apps_send_is_taken() {
    for text in [
        "https://shop.example",
        "https://shop.example:8443",
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://[::1]:3000",
        "https://xn--bcher-kva.example",
        "https://my_host.example",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "http://tauri.localhost",
        "app://-",
        "app://.",
        "app://bundle:1234",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    ] {
        assert!(matches(text, text), "{text}");
        assert_eq!(origins(&[text]).iter().next().unwrap().to_string(), text);
    }
    assert!(!matches("capacitor://localhost", "ionic://localhost"));
    assert!(!matches("capacitor://localhost", "capacitor://localhost:80"));
    assert_eq!(
        origins(&["https://*.a.example"]).iter().next().unwrap().to_string(),
        "https://*.a.example"
    );
}

/// Every kind of mistake, with the reason that tells it apart.
#[test]
fn what_can_never_match_is_refused_with_its_reason() {
    use OriginFault::*;
    let spelled = |text: &str| Spelling(text.to_owned());
    for (text, fault) in [
        ("https://shop.example/", Path),
        ("https://shop.example/path", Path),
        ("https://shop.example?a=b", Path),
        ("https://shop.example#a", Path),
        ("https://shop.example\\", Path),
        ("capacitor://localhost/", Path),
        ("https://*.shop.example/", Path),
        ("https://Shop.example", UpperCase),
        ("HTTPS://shop.example", UpperCase),
        ("Capacitor://localhost", UpperCase),
        ("app://Main", UpperCase),
        ("https://*.Shop.example", UpperCase),
        ("https://shop.example:443", DefaultPort(443)),
        ("http://shop.example:80", DefaultPort(80)),
        ("https://*.shop.example:443", DefaultPort(443)),
        ("*", Wildcard),
        ("**", Wildcard),
        ("*://shop.example", Wildcard),
        ("https://*", Wildcard),
        ("https://*.", Wildcard),
        ("https://*.example", Wildcard),
        ("https://*.example:8443", Wildcard),
        ("https://*shop.example", Wildcard),
        ("https://shop.*", Wildcard),
        ("https://shop.*.example", Wildcard),
        ("https://*.*.shop.example", Wildcard),
        ("https://shop.example:*", Wildcard),
        ("https://*.shop.example:*", Wildcard),
        ("capacitor://*.local.host", Wildcard),
        ("*.shop.example", Wildcard),
        ("https://user@shop.example", Credentials),
        ("https://user:word@shop.example", Credentials),
        ("https://user:word@*.shop.example", Credentials),
        ("null", Opaque),
        ("file://", Opaque),
        ("file:///index.html", Opaque),
        ("data:text/html,x", Opaque),
        ("blob:https://shop.example/1", Opaque),
        ("about:blank", Opaque),
        ("wss://shop.example", Scheme),
        ("ftp://shop.example", Scheme),
        ("https://shop.example:08443", spelled("https://shop.example:8443")),
        ("http://127.1", spelled("http://127.0.0.1")),
        ("https://b\u{fc}cher.example", spelled("https://xn--bcher-kva.example")),
        ("https://*.b\u{fc}cher.example", spelled("https://*.xn--bcher-kva.example")),
        ("https://shop.example:", spelled("https://shop.example")),
        ("shop.example", NotAnOrigin),
        ("localhost:3000", NotAnOrigin),
        ("https:", NotAnOrigin),
        ("https://", NotAnOrigin),
        ("https:/shop.example", NotAnOrigin),
        ("://shop.example", NotAnOrigin),
        ("https://shop example", NotAnOrigin),
        ("https://shop.example;", NotAnOrigin),
        ("https://shop'.example", NotAnOrigin),
        ("https://*.0.0.1", NotAnOrigin),
        ("https://shop.example:99999", NotAnOrigin),
        ("https://a.example https://b.example", Path),
        ("app://a;b", NotAnOrigin),
        ("app://b\u{fc}cher", NotAnOrigin),
        ("app://a:080", NotAnOrigin),
        ("app://:80", NotAnOrigin),
        ("1app://a", NotAnOrigin),
    ] {
        let error = Origins::parse(&[text]).unwrap_err();
        assert_eq!(error, OriginError { origin: text.to_owned(), fault }, "{text}");
    }
    let twice = ["https://a.example", "https://b.example", " https://a.example"];
    assert_eq!(Origins::parse(&twice).unwrap_err().fault, Duplicate);
    let six = Origins::parse_for_policy(&["http://[::1]:3000"]).unwrap_err();
    assert_eq!(six.fault, Ipv6InPolicy);
    assert!(six.to_string().starts_with("\"http://[::1]:3000\": a Content-Security-Policy"));
}

#[test]
fn blanks_and_empty_values_do_not_count() {
    assert!(Origins::parse(&[""]).unwrap().is_empty());
    let spaced = Origins::parse(&["https://a.example", " https://b.example ", ""]).unwrap();
    assert_eq!(spaced, origins(&["https://a.example", "https://b.example"]));
}

#[test]
fn a_pattern_covers_what_it_means_and_no_more() {
    let covers = |all: &str, one: &str| {
        let read = |text: &str| text.parse::<OriginPattern>().unwrap();
        read(all).covers(&read(one))
    };
    let sub_domains = "https://*.shop.example";
    for (all, one, covered) in [
        ("https://shop.example", "https://shop.example", true),
        ("https://shop.example", sub_domains, false),
        (sub_domains, "https://a.shop.example", true),
        (sub_domains, "https://shop.example", false),
        (sub_domains, sub_domains, true),
        (sub_domains, "https://*.a.shop.example", true),
        (sub_domains, "https://*.badshop.example", false),
        (sub_domains, "http://*.shop.example", false),
        (sub_domains, "https://*.shop.example:8443", false),
        ("https://*.a.shop.example", sub_domains, false),
        ("capacitor://localhost", "capacitor://localhost", true),
    ] {
        assert_eq!(covers(all, one), covered, "{all} covers {one}");
    }
}
