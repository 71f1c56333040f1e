//! Schemas in words.

use maud::{Markup, html};
use serde_json::Value;

/// Text in which what stands between back quotes is code.
pub fn words(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The `name` of a parameter.
pub fn name_of(parameter: &Value) -> &str {
    parameter["name"].as_str().unwrap_or_default()
}

/// What a JSON body holds: the envelope's `data`, or the type itself.
pub fn schema_link(schema: &Value) -> Markup {
    match schema.pointer("/properties/data") {
        Some(data) if schema["properties"]["success"]["const"] == true => {
            html! { code { "data" } ": " (kind(data)) }
        }
        _ => kind(schema),
    }
}

/// A schema in a few words: a link to a named one, or its type with its bounds.
pub fn kind(schema: &Value) -> Markup {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    if let Some(value) = schema.get("const") {
        return html! { code { (value) } };
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! {
            @for (index, value) in values.iter().enumerate() {
                @if index > 0 { ", " }
                code { (value) }
            }
        };
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return html! {
                @for (index, choice) in choices.iter().enumerate() {
                    @if index > 0 { " or " }
                    (kind(choice))
                }
            };
        }
    }
    if schema["type"] == "array" {
        return html! { "list of " (kind(&schema["items"])) (bounds(schema)) };
    }
    html! { (type_of(schema)) (bounds(schema)) }
}

fn type_of(schema: &Value) -> String {
    let named = |value: &Value| match value.as_str() {
        Some("string") => schema["format"].as_str().unwrap_or("text").to_owned(),
        Some(name) => name.to_owned(),
        None => "anything".to_owned(),
    };
    match &schema["type"] {
        Value::Array(types) => types.iter().map(named).collect::<Vec<_>>().join(" or "),
        one => named(one),
    }
}

fn bounds(schema: &Value) -> String {
    const WORDS: [(&str, &str, &str); 7] = [
        ("minimum", "from ", ""),
        ("exclusiveMinimum", "above ", ""),
        ("maximum", "to ", ""),
        ("minLength", "at least ", " characters"),
        ("maxLength", "at most ", " characters"),
        ("minItems", "at least ", ""),
        ("maxItems", "at most ", ""),
    ];
    let said: Vec<String> = WORDS
        .iter()
        .filter_map(|(key, before, after)| Some(format!("{before}{}{after}", schema.get(key)?)))
        .collect();
    if said.is_empty() { String::new() } else { format!(", {}", said.join(" ")) }
}

/// A named schema with its fields.
pub fn named(name: &str, schema: &Value) -> Markup {
    let required = |field: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == field))
    };
    html! {
        article id={ "schema-" (name) } aria-labelledby={ "schema-" (name) "-title" } {
            h3 id={ "schema-" (name) "-title" } { a href={ "#schema-" (name) } { (name) } }
            @if let Some(description) = schema["description"].as_str() {
                p { (words(description)) }
            }
            @if let Some(fields) = schema["properties"].as_object() {
                div.scroll role="group" aria-label={ "Fields of " (name) } tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Field" } th scope="col" { "Values" } th scope="col" { "Meaning" } } }
                        tbody { @for (field, schema) in fields {
                            tr {
                                th scope="row" {
                                    code { (field) }
                                    @if !required(field) { span.optional { "optional" } }
                                }
                                td { (kind(schema)) }
                                td { (words(schema["description"].as_str().unwrap_or_default())) }
                            }
                        } }
                    }
                }
            } @else {
                p { (kind(schema)) }
            }
        }
    }
}
