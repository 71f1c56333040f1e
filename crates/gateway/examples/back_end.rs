//! Opens a session at the gateway, and reads what became of it, as a back end does (docs/back-end.md).

use std::{env, error::Error, time::Duration};

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The `data` of the gateway's answer, or an error with the code.
async fn ask(method: Method, path: &str, body: Value) -> Result<Value, Box<dyn Error>> {
    let url = format!("{}{path}", env::var("GATEWAY_URL")?.trim_end_matches('/'));
    let request = Client::new().request(method, url).timeout(Duration::from_secs(10));
    let request = request.bearer_auth(env::var("LIVENESS_SERVER_KEY")?);
    let request = request.header("Content-Type", "application/json").body(body.to_string());
    let answer = request.send().await?;
    let status = answer.status();
    let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
    if !status.is_success() {
        return Err(format!("gateway: {status} {}", answer["errors"]).into());
    }
    Ok(answer["data"].clone())
}

/// For the page: `id` and `token`. `reference` is your own name for the check.
async fn open_session(reference: &str) -> Result<Value, Box<dyn Error>> {
    let body = json!({ "reference": reference });
    let session = ask(Method::POST, "/api/v1/sessions", body).await?;
    Ok(json!({ "id": session["session_id"], "token": session["token"] }))
}

/// Whether this check was yours, and its verdict is `live`. Ask when the page says that it is done.
async fn is_live(id: &str, reference: &str) -> Result<bool, Box<dyn Error>> {
    let session = ask(Method::GET, &format!("/api/v1/sessions/{id}"), Value::Null).await?;
    let mine = session["state"] == "complete" && session["reference"] == reference;
    Ok(mine && session["verdict"]["verdict"] == "live")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Reqwest is built without a provider of TLS here; with its default features this line is not needed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["open", reference] => println!("{}", open_session(reference).await?),
        ["read", id, reference] => println!("{}", is_live(id, reference).await?),
        _ => return Err("open REFERENCE, or read SESSION REFERENCE".into()),
    }
    Ok(())
}
