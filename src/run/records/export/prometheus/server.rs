//! The page `/metrics`: a thread that accepts connections, and one thread for each, at most [`CONNECTIONS`].
//!
//! Each connection gets one answer within [`TIME`], and is closed. The threads end with the program: a scrape in
//! progress does not delay the end of a run.

use crate::sys::fault;
use adaptive_pool::time::RunClock;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// The most connections at one time. Further ones are closed.
const CONNECTIONS: u32 = 8;
/// The longest time for one connection.
const TIME: Duration = Duration::from_secs(5);
/// The longest request, in bytes.
const REQUEST_MAX: usize = 8 << 10;
/// The pause after an error of `accept`, for example when too many files are open.
const PAUSE: Duration = Duration::from_millis(100);
const STACK: usize = 64 << 10;

/// A page that is served.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    page: Arc<Page>,
}

/// The text of the page.
#[derive(Debug, Default)]
struct Page {
    text: Mutex<Arc<Vec<u8>>>,
    connections: AtomicU32,
}

impl Page {
    fn text(&self) -> MutexGuard<'_, Arc<Vec<u8>>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Opens the port and serves an empty page.
    pub fn start(address: SocketAddr) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let page = Arc::new(Page::default());
        let served = Arc::clone(&page);
        let thread = Builder::new().name("prometheus".to_owned()).stack_size(STACK);
        fault::spawn(thread, move || accept(&listener, &served))?;
        Ok(Server { address, page })
    }

    /// The address of the page.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the text of the page.
    pub fn publish(&self, text: Vec<u8>) {
        *self.page.text() = Arc::new(text);
    }
}

/// Counts a connection until it is dropped.
struct Connection(TcpStream, Arc<Page>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.1.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn accept(listener: &TcpListener, page: &Arc<Page>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            std::thread::sleep(PAUSE);
            continue;
        };
        if page.connections.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
            page.connections.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let connection = Connection(stream, Arc::clone(page));
        let thread = Builder::new().name("scrape".to_owned()).stack_size(STACK);
        // Without a thread the connection is dropped, and closed. The client tries again.
        let _ = fault::spawn(thread, move || {
            // The client is told by the closed connection.
            let _ = serve(&connection.0, &connection.1);
        });
    }
}

fn serve(mut stream: &TcpStream, page: &Page) -> io::Result<()> {
    let clock = RunClock::new();
    let left = || {
        let left = TIME.saturating_sub(clock.now().elapsed());
        if left.is_zero() { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { Ok(left) }
    };
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !is_whole(&request) && request.len() < REQUEST_MAX {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut buffer)? {
            0 => break,
            n => request.extend_from_slice(&buffer[..n]),
        }
    }
    let text = Arc::clone(&page.text());
    let (head, body) = answer(&request, &text);
    stream.set_write_timeout(Some(left()?))?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.shutdown(Shutdown::Write)?;
    // A close with unread bytes would make the client lose the answer.
    for _ in 0..REQUEST_MAX / buffer.len() {
        stream.set_read_timeout(Some(left()?))?;
        if stream.read(&mut buffer)? == 0 {
            break;
        }
    }
    Ok(())
}

/// True when the head of the request is complete.
fn is_whole(request: &[u8]) -> bool {
    memchr::memmem::find(request, b"\r\n\r\n").is_some() || memchr::memmem::find(request, b"\n\n").is_some()
}

/// The head and the body of the answer to a request.
fn answer<'a>(request: &[u8], text: &'a [u8]) -> (String, &'a [u8]) {
    let line = request.split(|&b| b == b'\n').next().unwrap_or_default();
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (method, target, version) = (words.next(), words.next(), words.next());
    let path = target.map(|target| target.split(|&b| b == b'?').next().unwrap_or_default());
    let (status, body): (&str, &[u8]) = match (method, path) {
        _ if !is_whole(request) && request.len() >= REQUEST_MAX => {
            ("431 Request Header Fields Too Large", b"the request is too long\n")
        }
        _ if !is_whole(request) || !version.is_some_and(|version| version.starts_with(b"HTTP/1.")) => {
            ("400 Bad Request", b"this is no request of HTTP/1\n")
        }
        (Some(b"GET" | b"HEAD"), Some(b"/metrics")) => ("200 OK", text),
        (Some(b"GET" | b"HEAD"), _) => ("404 Not Found", b"the metrics are at /metrics\n"),
        _ => ("405 Method Not Allowed", b"only GET is allowed\n"),
    };
    let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         {allow}Connection: close\r\n\r\n",
        body.len()
    );
    (head, if method == Some(b"HEAD") { b"" } else { body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &[u8]) -> String {
        let (head, _) = answer(request, b"text");
        head.lines().next().unwrap().strip_prefix("HTTP/1.1 ").unwrap()[..3].to_owned()
    }

    #[test]
    fn only_the_page_is_served() {
        let (head, body) = answer(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"text");
        assert_eq!(body, b"text");
        assert!(head.contains("version=0.0.4") && head.contains("Content-Length: 4\r\n"), "{head}");
        assert_eq!(status(b"GET /metrics?a=b HTTP/1.0\n\n"), "200");
        let (head, body) = answer(b"HEAD /metrics HTTP/1.1\r\n\r\n", b"text");
        assert!(head.contains("Content-Length: 4\r\n") && body.is_empty());
        for (request, wanted) in [
            (&b"GET / HTTP/1.1\r\n\r\n"[..], "404"),
            (b"GET /metrics/../etc/passwd HTTP/1.1\r\n\r\n", "404"),
            (b"POST /metrics HTTP/1.1\r\n\r\n", "405"),
            (b"GET /metrics HTTP/2\r\n\r\n", "400"),
            (b"GET /metrics HTTP/1.1\r\n", "400"),
            (b"\r\n\r\n", "400"),
            (b"", "400"),
            (&[b'x'; REQUEST_MAX], "431"),
        ] {
            assert_eq!(status(request), wanted, "{}", String::from_utf8_lossy(request));
        }
    }
}
