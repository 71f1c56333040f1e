//! One session, as every documented client takes it to its verdict: what is turned away with a time to come back, or lost
//! with its connection, is asked for again.

use std::{net::SocketAddr, thread, time::Duration};

use serde_json::Value;

use super::{
    http::{Connection, Message, request},
    seen::{Seen, kind_of, kind_of_lost, see},
};

/// How often a request is made, the first time included: as often as the page does.
const ATTEMPTS: u32 = 8;

/// The pause after a lost connection.
const LOST_PAUSE: Duration = Duration::from_millis(300);

/// By up to how much of its pause each comes back later than others that were told the same.
const SPREAD: u32 = 8;

/// Takes a session, the `number`-th, of a file: all have the same pictures, which a camera never makes twice.
///
/// # Errors
/// What its last request was answered with, if that was a refusal or nothing.
pub fn session(
    address: SocketAddr,
    png: &[u8],
    crops: usize,
    number: usize,
    again: &mut Seen,
) -> Result<(), String> {
    const JSON: (&str, &str) = ("Content-Type", "application/json");
    let mut client = Client { address, connection: None, number, again };
    let model = format!(r#"{{"model":"mixed-{crops}-v2","source":"media"}}"#);
    let created =
        client.ask("opening", &request("POST", "/api/v1/sessions", &[JSON], model.as_bytes()))?;
    let created: Value = serde_json::from_slice(&created.body).unwrap_or_default();
    let text = |name: &str| created["data"][name].as_str();
    let (Some(id), Some(token)) = (text("session_id"), text("token")) else {
        return Err("opening: no session in the answer".to_owned());
    };
    let (path, bearer) = (format!("/api/v1/sessions/{id}"), format!("Bearer {token}"));
    let bearer = ("Authorization", bearer.as_str());
    for index in 0..crops {
        let path = format!("{path}/crops/{index}");
        client
            .ask("crop", &request("PUT", &path, &[bearer, ("Content-Type", "image/png")], png))?;
    }
    let complete =
        request("POST", &format!("{path}/complete"), &[bearer, JSON], br#"{"fps":10.0}"#);
    client.ask("verdict", &complete).map(drop)
}

struct Client<'a> {
    address: SocketAddr,
    connection: Option<Connection>,
    number: usize,
    again: &'a mut Seen,
}

impl Client<'_> {
    /// Asks until there is an answer that says neither when to come back nor nothing at all.
    fn ask(&mut self, what: &str, request: &[u8]) -> Result<Message, String> {
        for attempt in 1.. {
            let (kind, pause) = match self.once(request) {
                Ok(answer) if (200..300).contains(&answer.status()) => return Ok(answer),
                Ok(answer) => (kind_of(&answer), answer.retry_after),
                Err(error) => {
                    self.connection = None;
                    (kind_of_lost(&error), Some(LOST_PAUSE))
                }
            };
            let kind = format!("{what}: {kind}");
            let Some(pause) = pause.filter(|_| attempt < ATTEMPTS) else { return Err(kind) };
            see(self.again, kind);
            let later = pause / SPREAD / SPREAD * (self.number as u32 % SPREAD);
            thread::sleep(pause + later);
        }
        unreachable!("the attempts are counted")
    }

    fn once(&mut self, request: &[u8]) -> std::io::Result<Message> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(Connection::open(self.address)?),
        };
        let answer = connection.ask(request)?;
        if answer.closes {
            self.connection = None;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A gateway that gives these answers, one after the other, each on a connection of its own.
    fn that_answers(answers: Vec<String>) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for answer in answers {
                let mut connection = Connection::over(listener.accept().unwrap().0).unwrap();
                connection.receive().unwrap().unwrap();
                connection.send(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    fn answer(head: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
    }

    #[test]
    fn who_is_told_when_to_come_back_comes_back() {
        let created = r#"{"data":{"session_id":"a","token":"b"}}"#;
        let busy = r#"{"errors":[{"rate_limit_exceeded":["Busy."]}]}"#;
        let address = that_answers(vec![
            // As if the connection had been lost.
            String::new(),
            answer("201 Created", created),
            answer("429 Too Many Requests\r\nRetry-After: 0", busy),
            answer("201 Created", "{}"),
            answer("503 Service Unavailable\r\nRetry-After: 0", ""),
            answer("200 OK", "{}"),
        ]);
        let mut again = Seen::new();
        assert_eq!(session(address, b"png", 1, 0, &mut again), Ok(()));
        let kinds: Vec<(&str, usize)> =
            again.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        assert_eq!(
            kinds,
            [
                ("crop: 429 rate_limit_exceeded", 1),
                ("opening: lost: UnexpectedEof", 1),
                ("verdict: 503 without a code", 1)
            ]
        );
    }

    #[test]
    fn what_is_refused_for_good_is_an_error_and_says_which() {
        let lost = r#"{"errors":[{"verdict_lost":["Lost."]}]}"#;
        let address = that_answers(vec![answer("502 Bad Gateway", lost)]);
        let mut again = Seen::new();
        let refused = session(address, b"png", 1, 0, &mut again);
        assert_eq!(refused, Err("opening: 502 verdict_lost".to_owned()));
        assert!(again.is_empty());
    }
}
