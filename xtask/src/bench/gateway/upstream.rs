//! What stands in for the Moveris API: it throws a check's pictures away and answers with a verdict.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread,
};

use super::http::{Connection, find};

/// How many connections are served at once.
const THREADS: usize = 96;

/// Starts it; it goes with this process.
pub fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    for _ in 0..THREADS {
        let listener = listener.try_clone()?;
        thread::Builder::new().stack_size(256 * 1024).spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                // Whoever breaks a connection off is counted on the other side.
                let _ = Connection::over(stream).and_then(serve);
            }
        })?;
    }
    Ok(address)
}

fn serve(mut connection: Connection) -> io::Result<()> {
    // One request a connection: neither the gateway nor nginx by default keeps its connections to an upstream.
    let Some(request) = connection.receive()? else { return Ok(()) };
    connection.send(answer(session_id(&request.body)).as_bytes())
}

/// The check's id, which has to be in its verdict.
fn session_id(body: &[u8]) -> &str {
    const KEY: &[u8] = b"\"session_id\":\"";
    let id = find(body, KEY).and_then(|at| body.get(at + KEY.len()..at + KEY.len() + 36));
    id.and_then(|id| std::str::from_utf8(id).ok()).unwrap_or_default()
}

fn answer(session_id: &str) -> String {
    let body = format!(
        r#"{{"data":{{"verdict":"live","confidence":0.92,"real_score":0.92,"score":92.0,"type":"VERY HIGH","session_id":"{session_id}","model":"mixed-30-v2","input_source":"rest_crops","processing_ms":1,"frames_processed":30,"created_at":"2026-03-27T14:00:00Z"}},"success":true,"message":"OK"}}"#
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::{super::http::request, *};

    #[test]
    fn a_verdict_is_for_the_session_that_asked() {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let body = format!(r#"{{"session_id":"{id}","crops":["{}"]}}"#, "A".repeat(541_000));
        let mut connection = Connection::open(start().unwrap()).unwrap();
        let answer = connection.ask(&request("POST", "/", &[], body.as_bytes())).unwrap();
        assert_eq!(answer.status(), 200);
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["data"]["session_id"], id);
        assert_eq!(session_id(b"{}"), "");
    }
}
