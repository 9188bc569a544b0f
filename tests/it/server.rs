//! Web servers of the tests' own, on this machine only.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request, as far as tests look at it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The path with what is asked behind it.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The text of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// A good answer with content.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// An answer that is all in its status.
    pub(crate) fn status(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }
}

/// A server that runs until the tests end.
pub(crate) struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Request>>>,
    certificate: Option<String>,
}

impl Server {
    /// Answers plain requests.
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
        Server::serve(None, answer)
    }

    /// Answers encrypted requests.
    pub(crate) fn start_tls(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["127.0.0.1".into()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a configuration");
        let mut server = Server::serve(Some(Arc::new(config)), answer);
        server.certificate = Some(cert.pem());
        server
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let log: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (requests, answer) = (log.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, requests, answer) = (tls.clone(), requests.clone(), answer.clone());
                // Whoever hangs up early has seen enough.
                std::thread::spawn(move || _ = converse(stream, tls, &requests, &*answer));
            }
        });
        Server { address, log, certificate: None }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn name(&self) -> String {
        self.address.to_string()
    }

    /// The certificate to trust.
    pub(crate) fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
    }

    /// What has been asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a path has been asked for, whatever stands behind it.
    pub(crate) fn count(&self, path: &str) -> usize {
        let asked = |request: &Request| request.path.split('?').next() == Some(path);
        self.requests().iter().filter(|request| asked(request)).count()
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn converse(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    log: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Answer,
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let stream: Box<dyn Stream> = match tls {
        None => Box::new(stream),
        Some(config) => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(connection, stream))
        }
    };
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let request = Request { path, headers };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let Answer { status, headers, body } = answer(&request);
    let mut head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n");
    if status != 204 {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let out = stream.get_mut();
    out.write_all(head.as_bytes())?;
    out.write_all(b"\r\n")?;
    out.write_all(&body)?;
    out.flush()
}
