//! The page around the operations.

use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use super::paths;
use super::schema::{self, name_of, schema_link, words};

/// What the tags are called.
const TAGS: [(&str, &str); 3] = [
    ("sessions", "Sessions"),
    ("checks", "Checks and the gateway"),
    ("reference", "This reference"),
];

/// One operation with where it is.
struct Entry<'a> {
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
}

impl Entry<'_> {
    fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap_or_default()
    }
}

/// The page of a document.
pub fn render(document: &Value) -> Markup {
    let info = &document["info"];
    let title = info["title"].as_str().unwrap_or_default();
    let entries: Vec<Entry<'_>> = entries(&document["paths"]);
    let of_tag =
        |tag: &'static str| entries.iter().filter(move |entry| entry.operation["tags"][0] == tag);
    let empty = Map::new();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&empty);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) ": HTTP API" }
                link rel="stylesheet" href=(paths::STYLE);
            }
            body {
                a.skip href="#content" { "Skip to the reference" }
                header {
                    p.brand { (title) " " span { (info["version"].as_str().unwrap_or_default()) } }
                    a href=(paths::DOCUMENT) { "openapi.json" }
                }
                div.frame {
                    nav aria-label="Endpoints" {
                        @for (tag, heading) in TAGS {
                            h2 { (heading) }
                            ul { @for entry in of_tag(tag) {
                                li { a href={ "#" (entry.id()) } {
                                    (method(entry.method)) " " (breakable(entry.path))
                                } }
                            } }
                        }
                        h2 { a href="#schemas" { "Schemas" } }
                    }
                    main #content tabindex="-1" {
                        h1 { "HTTP API" }
                        p { (words(info["description"].as_str().unwrap_or_default())) }
                        (credentials(&document["components"]["securitySchemes"]))
                        @for (tag, heading) in TAGS {
                            section {
                                h2 { (heading) }
                                @for entry in of_tag(tag) { (operation(entry)) }
                            }
                        }
                        section #schemas {
                            h2 { "Schemas" }
                            @for (name, schema) in schemas { (schema::named(name, schema)) }
                        }
                    }
                }
            }
        }
    }
}

fn entries(paths: &Value) -> Vec<Entry<'_>> {
    let paths = paths.as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| Entry { path, method, operation })
        })
        .collect()
}

fn method(method: &str) -> Markup {
    html! { span.method data-method=(method) { (method.to_ascii_uppercase()) } }
}

/// A path that a narrow window may break behind each slash.
fn breakable(path: &str) -> Markup {
    html! { @for part in path.split_inclusive('/') { (part) wbr; } }
}

fn credentials(schemes: &Value) -> Markup {
    html! {
        section #credentials {
            h2 { "Credentials" }
            dl { @for (name, scheme) in schemes.as_object().into_iter().flatten() {
                dt id={ "credential-" (name) } { (name) ", " code { (sent_as(scheme)) } }
                dd { (words(scheme["description"].as_str().unwrap_or_default())) }
            } }
        }
    }
}

/// The header that carries a credential.
fn sent_as(scheme: &Value) -> String {
    match scheme["name"].as_str() {
        Some(header) => format!("{header}: ..."),
        None => "Authorization: Bearer ...".to_owned(),
    }
}

fn operation(entry: &Entry<'_>) -> Markup {
    let operation = entry.operation;
    html! {
        article id=(entry.id()) aria-labelledby={ (entry.id()) "-title" } {
            h3 id={ (entry.id()) "-title" } {
                a href={ "#" (entry.id()) } { (operation["summary"].as_str().unwrap_or_default()) }
            }
            p.request { (method(entry.method)) " " code { (breakable(entry.path)) } }
            @if let Some(description) = operation["description"].as_str() {
                p { (words(description)) }
            }
            p.security {
                (security(&operation["security"]))
                @if let Some(scope) = operation["x-scope"].as_str() {
                    " A key needs the scope " code { (scope) } "."
                }
            }
            @if let Some(parameters) = operation["parameters"].as_array() {
                h4 { "Parameters" }
                (table(&["Name", "In", "Values", "Meaning"], html! { @for parameter in parameters {
                    tr {
                        th scope="row" { code { (name_of(parameter)) } }
                        td { (parameter["in"].as_str().unwrap_or_default()) }
                        td { (schema::kind(&parameter["schema"])) }
                        td { (words(parameter["description"].as_str().unwrap_or_default())) }
                    }
                } }))
            }
            @if let Some(body) = operation.get("requestBody") {
                h4 { "Body" }
                p {
                    (content(&body["content"]))
                    @if body["required"] == false { ", may be absent" }
                    ". " (words(body["description"].as_str().unwrap_or_default()))
                }
            }
            h4 { "Answers" }
            (table(&["Status", "Meaning", "Holds"], html! {
                @for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                    tr {
                        th scope="row" { (status) }
                        td { (lines(response["description"].as_str().unwrap_or_default())) }
                        td { (content(&response["content"])) (headers(&response["headers"])) }
                    }
                }
            }))
        }
    }
}

/// A table that scrolls by itself where it is wider than the page.
fn table(head: &[&str], rows: Markup) -> Markup {
    html! {
        div.scroll role="group" aria-label={ "Table: " (head.join(", ")) } tabindex="0" {
            table {
                thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn lines(text: &str) -> Markup {
    html! { @for line in text.split("\n\n") { span.line { (words(line)) } } }
}

fn security(ways: &Value) -> Markup {
    let names: Vec<&str> = ways
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|way| way.as_object()?.keys().next().map(String::as_str))
        .collect();
    let needless = ways
        .as_array()
        .is_none_or(|ways| ways.is_empty() || ways.iter().any(|way| *way == serde_json::json!({})));
    html! {
        @if names.is_empty() {
            "Needs no credential."
        } @else {
            @if needless { "May be sent with " } @else { "Needs " }
            @for (index, name) in names.iter().enumerate() {
                @if index > 0 { " or " }
                a href={ "#credential-" (name) } { (name) }
            }
            "."
        }
    }
}

fn content(content: &Value) -> Markup {
    html! {
        @for (media, content) in content.as_object().into_iter().flatten() {
            @match media.as_str() {
                "application/json" => { (schema_link(&content["schema"])) },
                other => { code { (other) } },
            }
        }
    }
}

fn headers(headers: &Value) -> Markup {
    html! {
        @if let Some(headers) = headers.as_object() {
            span.line { "Headers: "
                @for (index, name) in headers.keys().enumerate() {
                    @if index > 0 { ", " }
                    code { (name) }
                }
            }
        }
    }
}
