//! The cheapest HTTP there is, so that client and upstream do not hide what is between them: requests are bytes made before
//! the clock starts, connections block, and bodies are read into one buffer and forgotten.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The longest that anybody waits for a byte.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message that has arrived whole.
#[derive(Debug)]
pub struct Message {
    /// Its first line.
    pub line: String,
    /// When whoever is told to come back may.
    pub retry_after: Option<Duration>,
    /// Whether the other side closes the connection behind it.
    pub closes: bool,
    /// Its body, or the beginning of a long one.
    pub body: Vec<u8>,
}

impl Message {
    /// An answer's status; 0 for what is not an HTTP answer.
    pub fn status(&self) -> u16 {
        self.line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}

/// One connection, kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE)?)
    }

    /// Takes a connection over.
    pub fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024] })
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends a request, and reads its answer.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Message> {
        self.send(request)?;
        self.receive()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The next message, of whose body at most a buffer is kept; `None` if the other side has closed before it.
    pub fn receive(&mut self) -> io::Result<Option<Message>> {
        let mut filled = 0;
        let head = loop {
            if let Some(at) = find(&self.buffer[..filled], b"\r\n\r\n") {
                break at + 4;
            }
            if filled == self.buffer.len() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            match self.stream.read(&mut self.buffer[filled..])? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let line = text.lines().next().unwrap_or_default().to_owned();
        let header = |wanted: &str| {
            let mut headers = text.lines().skip(1).filter_map(|line| line.split_once(':'));
            headers
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let number = |name| header(name).and_then(|value| value.parse::<u64>().ok());
        let retry_after = number("retry-after").map(Duration::from_secs);
        let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let length = number("content-length").unwrap_or(0) as usize;
        let mut left = (head + length).saturating_sub(filled);
        while left > 0 {
            // What has no room behind the rest replaces the end of it: nobody reads so far.
            let from = if filled < self.buffer.len() { filled } else { self.buffer.len() / 2 };
            let to = self.buffer.len().min(from + left);
            match self.stream.read(&mut self.buffer[from..to])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => {
                    left -= count;
                    filled = from + count;
                }
            }
        }
        let kept = (head + length).min(head + KEPT).min(self.buffer.len());
        let body = self.buffer[head..kept].to_vec();
        Ok(Some(Message { line, retry_after, closes, body }))
    }
}

/// How much of a body is kept: all of any answer.
const KEPT: usize = 16 * 1024;

/// Where bytes are first found.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// A request with a body.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn bodies_of_every_length_are_read_to_their_end() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let lengths = [0, 1, 1000, 256 * 1024, 541_000, 3_000_000];
        let server = thread::spawn(move || {
            let mut connection = Connection::over(listener.accept().unwrap().0).unwrap();
            while let Some(message) = connection.receive().unwrap() {
                assert_eq!(message.line, "POST /x HTTP/1.1");
                let start = String::from_utf8(message.body).unwrap();
                let answer = start.get(..5).unwrap_or(&start);
                connection
                    .send(
                        format!(
                            "HTTP/1.1 201 Fine\r\ncontent-length: {}\r\n\r\n{answer}",
                            answer.len()
                        )
                        .as_bytes(),
                    )
                    .unwrap();
            }
        });
        let mut connection = Connection::open(address).unwrap();
        for length in lengths {
            let mut body = vec![b'x'; length];
            body.iter_mut().zip(b"start").for_each(|(byte, start)| *byte = *start);
            let answer = connection.ask(&request("POST", "/x", &[("A", "b")], &body)).unwrap();
            assert_eq!(answer.status(), 201);
            assert_eq!(answer.body, &body[..length.min(5)], "{length}");
        }
        drop(connection);
        server.join().unwrap();
    }
}
