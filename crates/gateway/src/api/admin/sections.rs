//! The parts of the page.

use maud::{Markup, html};

use super::overview::{HOURS, Newest, Overview};
use super::paths;
use super::plot::{Plot, legend};
use super::series::{Counts, by_tenant, errors, failed_share, spans, sum};
use super::shown::Shown;
use crate::domain::audit::hour_of;
use crate::domain::clock::{HOUR_MS, UnixMillis, iso8601};
use crate::domain::keys::KeyRecord;
use crate::domain::mode::Mode;
use crate::domain::scopes::Scope;
use crate::domain::tenants::TenantId;

/// The most characters of an entry's details; `audit list` has them all.
const MAX_DETAILS: usize = 300;

/// A time as people read it, to the minute, UTC.
fn time(at: UnixMillis) -> Markup {
    let iso = iso8601(at);
    let (date, rest) = iso.split_at_checked(10).unwrap_or((iso.as_str(), ""));
    html! { time datetime=(iso) { (date) " " (rest.get(1..6).unwrap_or_default()) } }
}

fn of_hour(hour: u64) -> String {
    let iso = iso8601(hour * HOUR_MS);
    format!("{} {}", iso.get(..10).unwrap_or_default(), iso.get(11..16).unwrap_or_default())
}

fn of_day(hour: u64) -> String {
    iso8601(hour * HOUR_MS).get(..10).unwrap_or_default().to_owned()
}

/// A table that scrolls by itself where it is wider than the page.
fn table(name: &str, head: &[&str], rows: Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(name) tabindex="0" { table {
            thead { tr { @for cell in head { th scope="col" { (cell) } } } }
            tbody { (rows) }
        } }
    }
}

fn any_number(number: Option<impl std::fmt::Display>) -> String {
    number.map_or_else(|| "any number".to_owned(), |number| number.to_string())
}

/// How checks have ended, over time.
pub fn checks(overview: &Overview) -> Markup {
    let hour = hour_of(overview.now);
    let day = spans(&overview.outcomes, hour, 1, 24);
    let month = spans(&overview.outcomes, hour, 24, HOURS / 24);
    let last_hour = &day[day.len() - 1..];
    let rows: [(&str, Counts); 3] =
        [("This hour", sum(last_hour)), ("24 hours", sum(&day)), ("30 days", sum(&month))];
    let plots = [
        Plot {
            id: "day",
            title: "Checks an hour, the last 24 hours",
            spans: &day,
            label: of_hour,
            every: 6,
        },
        Plot {
            id: "month",
            title: "Checks a day, the last 30 days",
            spans: &month,
            label: of_day,
            every: 7,
        },
    ];
    html! {
        section #checks aria-labelledby="checks-title" {
            h2 #checks-title { "Checks" }
            (table("Checks by how they ended", &["", "Live", "Fake", "Inconclusive", "Failed", "Failed of all"], html! {
                @for (name, counts) in rows { tr {
                    th scope="row" { (name) }
                    @for count in counts { td.number { (count) } }
                    td.number { (failed_share(&counts).unwrap_or_else(|| "-".to_owned())) }
                } }
            }))
            (legend())
            div.plots { @for plot in plots { figure {
                figcaption { (plot.title) ", UTC" }
                (plot.svg())
                (plot.table())
            } } }
            h3 { "Errors" }
            div.plots {
                div {
                    h4 { "That ended checks, 30 days" }
                    (codes(&errors(&overview.outcomes)))
                }
                div {
                    h4 { "That requests were refused with, since this process started" }
                    (codes(&overview.refusals))
                }
            }
            h3 { "The last checks" }
            @if overview.checks.is_empty() { p.none { "None." } } @else {
                (table("The last checks", &["Ended", "Outcome", "Score", "Tenant", "Model", "Session"], html! {
                    @for check in &overview.checks { tr {
                        th scope="row" { (time(check.at)) }
                        td { span class={ "outcome " (check.outcome) } { (check.outcome) } }
                        td.number { (check.score.as_deref().unwrap_or("-")) }
                        td { (check.tenant) }
                        td { (check.model) }
                        td { code { (check.id) } @if check.by_client { " by its client" } }
                    } }
                }))
            }
        }
    }
}

fn codes<T: AsRef<str>>(codes: &[(T, u64)]) -> Markup {
    html! {
        @if codes.is_empty() { p.none { "None." } } @else {
            table { tbody { @for (code, number) in codes { tr {
                th scope="row" { code { (code.as_ref()) } }
                td.number { (number) }
            } } } }
        }
    }
}

/// That there are more than are listed, and where they are.
fn rest<T>(newest: &Newest<T>, what: &str) -> Markup {
    html! {
        @if newest.all > newest.list.len() {
            p.note {
                "Of " (newest.all) " " (what) " these are the " (newest.list.len()) " that were made last; "
                code { "liveness-gateway " (what) " list" } " has all."
            }
        }
    }
}

/// Tenants, what they have used and may still use.
pub fn tenants(overview: &Overview) -> Markup {
    let hour = hour_of(overview.now);
    let day = by_tenant(&overview.outcomes, (hour + 1).saturating_sub(24));
    let month = by_tenant(&overview.outcomes, 0);
    let used = |counts: &std::collections::BTreeMap<&str, u64>, id: &str| {
        counts.get(id).copied().unwrap_or(0)
    };
    html! {
        section #tenants aria-labelledby="tenants-title" {
            h2 #tenants-title { "Tenants" }
            (table("Tenants", &["Tenant", "Name", "State", "Checks, 24 hours", "Checks, 30 days", "Credits", "Checks a minute", "Mode"], html! {
                @for tenant in &overview.tenants.list { tr {
                    th scope="row" { (tenant.id) }
                    td { (tenant.name) }
                    td { @if tenant.suspended { strong.warning { "suspended" } } @else { "active" } }
                    td.number { (used(&day, tenant.id.as_str())) }
                    td.number { (used(&month, tenant.id.as_str())) }
                    td.number { (any_number(tenant.credits)) }
                    td.number { (any_number(tenant.rate)) }
                    td { (tenant.mode.map_or("the gateway's", Mode::as_str)) }
                } }
            }))
            (rest(&overview.tenants, "tenants"))
            p.note { "Tenants are made and changed with " code { "liveness-gateway tenants" } "." }
        }
    }
}

fn state(record: &KeyRecord, now: UnixMillis) -> Markup {
    html! {
        @match (record.revoked_at, record.terms.expires_at) {
            (Some(at), _) => { "revoked " (time(at)) },
            (None, Some(end)) if now >= end => { "expired " (time(end)) },
            (None, Some(end)) => { "holds until " (time(end)) },
            (None, None) => { "holds" },
        }
    }
}

/// Keys: those there are, and a form for another.
pub fn keys(overview: &Overview, form_token: &str) -> Markup {
    html! {
        section #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            @if overview.keys.list.is_empty() { p.none { "None but the server key." } } @else {
                (table("Keys", &["Key", "Name", "Tenant", "Scopes", "State", "Last used", "End it"], html! {
                    @for record in overview.keys.list.iter().rev() { tr {
                        th scope="row" { code { (record.id) } }
                        td { (record.terms.name) }
                        td { (record.terms.tenant) }
                        td {
                            @let scopes = record.terms.scopes.to_string();
                            @if scopes.is_empty() { "all" } @else { (scopes) }
                        }
                        td { (state(record, overview.now)) }
                        td { @match record.last_used_at { Some(at) => { (time(at)) }, None => { "never" } } }
                        td { @if record.holds(overview.now) { (revoke(record, form_token)) } }
                    } }
                }))
                (rest(&overview.keys, "keys"))
            }
            (create(overview, form_token))
        }
    }
}

/// Two steps, so that nobody ends a key by a slip.
fn revoke(record: &KeyRecord, form_token: &str) -> Markup {
    html! {
        details.revoke {
            summary { "Revoke" span.hidden { " " (record.terms.name) } }
            form method="post" action=(paths::REVOKE) {
                input type="hidden" name="form" value=(form_token);
                input type="hidden" name="id" value=(record.id);
                button.danger type="submit" { "Revoke for good" span.hidden { ": " (record.terms.name) } }
            }
        }
    }
}

fn create(overview: &Overview, form_token: &str) -> Markup {
    html! {
        details.create {
            summary { "Create a key" }
            form method="post" action=(paths::KEYS) autocomplete="off" {
                input type="hidden" name="form" value=(form_token);
                p.field {
                    label for="name" { "Name, such as the program that will use it" }
                    input #name name="name" required maxlength="100";
                }
                p.field {
                    label for="tenant" { "Tenant" }
                    @let tenants = &overview.tenants;
                    // Those that are not listed can be written.
                    @if tenants.all > tenants.list.len() {
                        input #tenant name="tenant" required maxlength="64" value=(TenantId::default());
                    } @else {
                        select #tenant name="tenant" { @for tenant in &tenants.list {
                            option value=(tenant.id) { (tenant.id) }
                        } }
                    }
                }
                p.field {
                    label for="days" { "Days it holds; empty: until it is revoked" }
                    input #days name="days" type="number" min="1" max="36500" inputmode="numeric";
                }
                fieldset {
                    legend { "Scopes; none: all" }
                    @for scope in Scope::ALL { label.scope {
                        input type="checkbox" name="scope" value=(scope); (scope)
                    } }
                }
                button type="submit" { "Create the key" }
            }
        }
    }
}

/// What the settings allow.
pub fn settings(shown: &Shown) -> Markup {
    let list = |texts: &[String], none: &'static str| {
        html! {
            @if texts.is_empty() { (none) } @else {
                @for text in texts { code { (text) } " " }
            }
        }
    };
    html! {
        section #settings aria-labelledby="settings-title" {
            h2 #settings-title { "Who may call" }
            dl {
                dt { "Host names" }
                dd { (list(&shown.hosts, "none")) " and this machine's loopback names, always" }
                dt { "Origins that may call the API" }
                dd { (list(&shown.callers, "none but its own")) }
                dt { "Origins that may show its pages in a frame" }
                dd { (list(&shown.frames, "none but its own")) }
                dt { "Kept in" }
                dd { (shown.store) }
            }
            p.note { "Set at the start: " code { "--allow-host" } ", " code { "--allow-origin" } ", " code { "--allow-frame" } ", " code { "--database" } "." }
        }
    }
}

/// The audit log's last entries, and whether they hold.
pub fn audit(overview: &Overview, shown: &Shown) -> Markup {
    // A back end's own events may be long.
    let shortened = |text: &str| match text.char_indices().nth(MAX_DETAILS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    html! {
        section #audit aria-labelledby="audit-title" {
            h2 #audit-title { "Audit log" }
            @match &overview.chain {
                Ok(0) => { p.none { "No entry yet." } },
                Ok(entries) => {
                    p.holds { strong { "The chain holds" } " over the last " (entries) " entries; the last of all is number " (overview.head.number) ". "
                        code { "liveness-gateway audit verify" } " goes through all that are kept." }
                    p { "Its head, to be noted elsewhere:" br; code { (overview.head) } }
                },
                Err(fault) => { p.warning role="alert" { strong { "The chain does not hold: " } (fault) } },
            }
            @if !overview.log.is_empty() {
                (table("The last entries of the audit log", &["Number", "When", "Who", "What", "To what", "Details"], html! {
                    @for entry in &overview.log { tr {
                        th.number scope="row" { (entry.number) }
                        td { (time(entry.at)) }
                        td { (entry.actor) }
                        td { (entry.action) }
                        td { code { (entry.object) } }
                        td.details { code { (shortened(&entry.details)) } }
                    } }
                }))
            }
            p.note { "Entries are kept for " (shown.audit_days) " days." }
        }
    }
}
