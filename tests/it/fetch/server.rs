//! A few lines of HTTP server that does what its test says.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Its number, from 1.
    pub(crate) number: usize,
    pub(crate) path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// Everything, for looking for what must not be there.
    pub(crate) text: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn number_of(&self, name: &str) -> Option<usize> {
        self.query(name).map(|value| value.parse().unwrap())
    }
}

/// Whatever answers can be written to.
pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

type Handler = dyn Fn(&Request, &mut dyn Stream) -> io::Result<()> + Send + Sync;
type Wrap = dyn Fn(TcpStream) -> io::Result<Box<dyn Stream>> + Send + Sync;

pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(
        handler: impl Fn(&Request, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Server {
        Server::start_with(Box::new(|stream| Ok(Box::new(stream))), handler)
    }

    /// A server whose connections are wrapped, in TLS say.
    pub(crate) fn start_with(
        wrap: Box<Wrap>,
        handler: impl Fn(&Request, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, stopping) = (requests.clone(), stop.clone());
        let shared: Arc<(Box<Wrap>, Box<Handler>)> = Arc::new((wrap, Box::new(handler)));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let (seen, shared) = (seen.clone(), shared.clone());
                thread::spawn(move || {
                    // The client goes away as it likes.
                    let _ = stream.and_then(|stream| serve(stream, &seen, &shared.0, &shared.1));
                });
            }
        });
        Server {
            address,
            requests,
            stop,
            thread: Some(thread),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A server that does the same for every request.
pub(crate) fn always(
    act: impl Fn(&mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
) -> Server {
    Server::start(move |_, out| act(out))
}

fn serve(
    stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    wrap: &Wrap,
    handler: &Handler,
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut stream = wrap(stream)?;
    let mut request = Request::default();
    let mut reader = BufReader::with_capacity(1, &mut stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        request.text.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) => request.headers.push((name.to_owned(), value.to_owned())),
            None => {
                let target = line.split(' ').nth(1).unwrap_or_default();
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                request.path = path.to_owned();
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                request.query = pairs
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
            }
        }
    }
    drop(reader);
    {
        let mut seen = seen.lock().unwrap();
        request.number = seen.len() + 1;
        seen.push(request.clone());
    }
    handler(&request, &mut stream)?;
    stream.flush()
}

/// Writes a whole answer with its length.
pub(crate) fn answer(
    out: &mut dyn Stream,
    status: &str,
    headers: &str,
    body: impl AsRef<[u8]>,
) -> io::Result<()> {
    let body = body.as_ref();
    write!(
        out,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    )?;
    out.write_all(body)
}

pub(crate) fn yaml(out: &mut dyn Stream, headers: &str, body: impl AsRef<[u8]>) -> io::Result<()> {
    answer(
        out,
        "200 OK",
        &format!("Content-Type: application/yaml\r\n{headers}"),
        body,
    )
}

pub(crate) fn json(out: &mut dyn Stream, headers: &str, body: impl AsRef<[u8]>) -> io::Result<()> {
    answer(
        out,
        "200 OK",
        &format!("Content-Type: application/json\r\n{headers}"),
        body,
    )
}
