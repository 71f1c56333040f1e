//! The pages as a whole.

use maud::{DOCTYPE, Markup, html};

use super::overview::Overview;
use super::shown::Shown;
use super::{paths, sections};
use crate::domain::clock::iso8601;

fn frame(title: &str, header: &Markup, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " - liveness gateway" }
                link rel="stylesheet" href=(paths::STYLE);
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header { p.brand { "Liveness gateway " span { (env!("CARGO_PKG_VERSION")) } } (header) }
                main #content tabindex="-1" { (main) }
            }
        }
    }
}

/// The form for the server key; with what was wrong with the last one.
pub fn sign_in(wrong: Option<&str>) -> Markup {
    let main = html! {
        div.narrow {
            h1 { "Sign in" }
            @if let Some(wrong) = wrong { p.warning role="alert" #wrong { (wrong) } }
            form method="post" action=(paths::SIGN_IN) {
                p.field {
                    label for="key" { "Server key" }
                    input #key name="key" type="password" required autocomplete="current-password"
                        aria-describedby=[wrong.map(|_| "wrong")];
                }
                button type="submit" { "Sign in" }
            }
            p.note { "It is what the gateway was started with as LIVENESS_SERVER_KEY. You are signed out after half an hour. From another \
                machine this works over TLS alone: browsers do not keep the sign-in otherwise." }
        }
    };
    frame("Sign in", &html! {}, &main)
}

fn sign_out(form_token: &str) -> Markup {
    html! {
        form method="post" action=(paths::SIGN_OUT) {
            input type="hidden" name="form" value=(form_token);
            button.quiet type="submit" { "Sign out" }
        }
    }
}

/// Everything.
pub fn overview(overview: &Overview, shown: &Shown, form_token: &str) -> Markup {
    let header = html! {
        nav aria-label="Parts of the page" {
            a href="#checks" { "Checks" } a href="#tenants" { "Tenants" } a href="#keys" { "Keys" }
            a href="#settings" { "Who may call" } a href="#audit" { "Audit log" }
        }
        (sign_out(form_token))
    };
    let main = html! {
        h1 { "Overview" }
        p.note { "As of " (iso8601(overview.now)) ". " a href=(paths::PAGE) { "Read again" } }
        (sections::checks(overview))
        (sections::tenants(overview))
        (sections::keys(overview, form_token))
        (sections::settings(shown))
        (sections::audit(overview, shown))
    };
    frame("Overview", &header, &main)
}

/// A key that was made, this once.
pub fn new_key(name: &str, key: &str) -> Markup {
    let main = html! {
        div.narrow {
            h1 { "The key for " (name) }
            p { strong { "It is shown this once." } " Copy it to where it is needed: the gateway keeps only a hash of it." }
            p.secret { code { (key) } }
            p { a href={ (paths::PAGE) "#keys" } { "Back to the keys" } }
        }
    };
    frame("A new key", &html! {}, &main)
}

/// A sentence in the page's place.
pub fn refusal(title: &str, sentence: &str) -> Markup {
    let main = html! {
        div.narrow {
            h1 { (title) }
            p.warning role="alert" { (sentence) }
            p { a href=(paths::PAGE) { "Back" } }
        }
    };
    frame(title, &html! {}, &main)
}
