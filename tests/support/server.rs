//! A server on loopback that behaves as badly as it is told, and remembers what reached it and when.
//!
//! It writes HTTP/1.1 by hand, because no server library lies about lengths or resets in the middle of a body. It
//! lives on a thread of its own: tests may stop their clock or block.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
    time::sleep,
};

use super::answer::{Answer, Response};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// How many came before it.
    pub nth: usize,
    /// How many with the same body came before it.
    pub seen: usize,
    /// When its last byte was read.
    pub at: Instant,
    /// GET or POST.
    pub method: String,
    /// Request target.
    pub path: String,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body; null where it is no JSON.
    pub body: Value,
    /// Its body as it came.
    pub raw: Vec<u8>,
}

type Script = Box<dyn Fn(&Arrival) -> Answer + Send + Sync>;

#[derive(Default)]
struct Book {
    arrivals: Vec<Arrival>,
    connections: usize,
    in_flight: usize,
    most_in_flight: usize,
    /// Bytes of oversized bodies that were taken off its hands.
    oversized: usize,
}

/// The server. It ends when it is dropped.
pub struct FaultServer {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FaultServer {
    /// A server that answers everything as usual.
    pub fn usual() -> Self {
        Self::start(|arrival| Answer::usual(&arrival.body))
    }

    /// A server that gives these answers in order, then the usual one.
    pub fn answering(answers: Vec<Answer>) -> Self {
        Self::start(move |arrival| {
            answers.get(arrival.nth).cloned().unwrap_or_else(|| Answer::usual(&arrival.body))
        })
    }

    /// A server that answers as the script says.
    pub fn start(script: impl Fn(&Arrival) -> Answer + Send + Sync + 'static) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let (end, ended) = oneshot::channel();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let address = listener.local_addr().expect("an address");
        let (shared, script): (_, Arc<Script>) = (Arc::clone(&book), Arc::new(Box::new(script)));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    _ = ended => {}
                    () = accept(listener, shared, script) => {}
                }
            });
        });
        Self { address, book, end: Some(end), thread: Some(thread) }
    }

    /// What goes into an experiment as `base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every request so far.
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.book).arrivals.clone()
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        lock(&self.book).arrivals.len()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        lock(&self.book).connections
    }

    /// The most requests it worked on at once.
    pub fn most_in_flight(&self) -> usize {
        lock(&self.book).most_in_flight
    }

    /// How many bytes of oversized bodies were sent before the client went away.
    pub fn oversized(&self) -> usize {
        lock(&self.book).oversized
    }

    /// How often each body came.
    pub fn per_body(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for arrival in &lock(&self.book).arrivals {
            *counts.entry(arrival.body.to_string()).or_default() += 1;
        }
        counts
    }

    /// Waits until this many requests came.
    pub async fn reached(&self, count: usize) {
        while self.count() < count {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Arrival {
    /// One of its headers.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the fault server panicked");
        }
    }
}

fn lock(book: &Mutex<Book>) -> std::sync::MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, book: Arc<Mutex<Book>>, script: Arc<Script>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                lock(&book).connections += 1;
                let (book, script) = (Arc::clone(&book), Arc::clone(&script));
                connections.spawn(async move {
                    // A client that goes away is no fault of the server.
                    let _ = serve(stream, &book, &script).await;
                });
            }
            Some(ended) = connections.join_next() => ended.expect("a script that does not panic"),
        }
    }
}

async fn serve(mut stream: TcpStream, book: &Mutex<Book>, script: &Script) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut unread).await? {
        let arrival = note(book, request);
        let answer = script(&arrival);
        let kept = give(&mut stream, answer, book).await;
        lock(book).in_flight -= 1;
        if !kept? {
            return Ok(());
        }
    }
    Ok(())
}

fn note(book: &Mutex<Book>, request: Request) -> Arrival {
    let mut book = lock(book);
    let arrival = Arrival {
        nth: book.arrivals.len(),
        seen: book.arrivals.iter().filter(|earlier| earlier.body == request.body).count(),
        at: tokio::time::Instant::now().into_std(),
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body,
        raw: request.raw,
    };
    book.arrivals.push(arrival.clone());
    book.in_flight += 1;
    book.most_in_flight = book.most_in_flight.max(book.in_flight);
    arrival
}

struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Value,
    raw: Vec<u8>,
}

/// The next request of a connection; none when the client is done.
async fn read_request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let head_end = loop {
        if let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&unread[..head_end]).into_owned();
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let headers: BTreeMap<String, String> =
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while unread.len() < head_end + length {
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    }
    let raw = unread[head_end..head_end + length].to_vec();
    let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    unread.drain(..head_end + length);
    let word = |n: usize| head.split_whitespace().nth(n).unwrap_or_default().to_owned();
    Ok(Some(Request { method: word(0), path: word(1), headers, body, raw }))
}

/// Gives an answer; false when the connection is over.
async fn give(stream: &mut TcpStream, answer: Answer, book: &Mutex<Book>) -> io::Result<bool> {
    match answer {
        Answer::Later(wait, answer) => {
            sleep(wait).await;
            Box::pin(give(stream, *answer, book)).await
        }
        Answer::Response(response) => {
            stream.write_all(&head(&response)).await?;
            stream.write_all(&response.body).await?;
            Ok(true)
        }
        Answer::Slow(wait, response) => {
            stream.write_all(&head(&response)).await?;
            dribble(stream, &response.body, wait).await?;
            Ok(true)
        }
        Answer::SlowHead(wait, response) => {
            dribble(stream, &head(&response), wait).await?;
            stream.write_all(&response.body).await?;
            Ok(true)
        }
        Answer::CutMidway(response) => {
            half(stream, &response).await?;
            stream.shutdown().await?;
            Ok(false)
        }
        Answer::ResetMidway(response) => {
            half(stream, &response).await?;
            // What is on its way arrives; then the reset does.
            sleep(Duration::from_millis(50)).await;
            stream.set_zero_linger()?;
            Ok(false)
        }
        Answer::StallMidway(response) => {
            half(stream, &response).await?;
            until_gone(stream).await
        }
        Answer::Stall => until_gone(stream).await,
        Answer::Reset => {
            stream.set_zero_linger()?;
            Ok(false)
        }
        Answer::Twice(response) => {
            let whole = [head(&response), response.body].concat();
            stream.write_all(&[whole.clone(), whole].concat()).await?;
            Ok(true)
        }
        Answer::Raw(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
            Ok(false)
        }
        Answer::Oversized { bytes, announced } => oversized(stream, bytes, announced, book).await,
    }
}

async fn dribble(stream: &mut TcpStream, bytes: &[u8], wait: Duration) -> io::Result<()> {
    for piece in bytes.chunks(bytes.len().div_ceil(5).max(1)) {
        sleep(wait).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// White space, which every JSON reader would have to read on through.
async fn oversized(
    stream: &mut TcpStream,
    bytes: usize,
    announced: bool,
    book: &Mutex<Book>,
) -> io::Result<bool> {
    let length = if announced { format!("content-length: {bytes}\r\n") } else { String::new() };
    let head = format!("HTTP/1.1 200 OK\r\n{length}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let piece = vec![b' '; 64 * 1024];
    for _ in 0..bytes / piece.len() {
        stream.write_all(&piece).await?;
        lock(book).oversized += piece.len();
    }
    Ok(false)
}

async fn half(stream: &mut TcpStream, response: &Response) -> io::Result<()> {
    stream.write_all(&head(response)).await?;
    stream.write_all(&response.body[..response.body.len() / 2]).await
}

/// Waits until the client gives up.
async fn until_gone(stream: &mut TcpStream) -> io::Result<bool> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(false)
}

fn head(response: &Response) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Test\r\n", response.status);
    for (name, value) in &response.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !response.headers.iter().any(|(name, _)| name == "content-length") {
        head.extend(["content-length: ", &response.body.len().to_string(), "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}
