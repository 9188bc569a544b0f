//! A network with faults, between the provider and the emulator.
//!
//! Requests are let through, refused for their number, failed, or lost on the way there or back.
//! Which is which depends on the seed, the operation and how often it was asked for, so that a run is
//! as the one before as far as it can be.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;

/// A way to the emulator on which things go wrong. It lives as long as the process.
pub(crate) struct Trouble {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    emulator: String,
    /// None where nothing is to go wrong.
    seed: Option<u64>,
    faults: AtomicU32,
    asked: Mutex<HashMap<String, u32>>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Throttled,
    LostOnTheWay,
    AnswerLost,
    AnswerSpoilt,
}

impl Trouble {
    /// A way to an emulator, whose address begins with `http://`.
    pub(crate) fn start(emulator: &str, seed: u64) -> Result<Trouble> {
        Trouble::with(emulator, Some(seed))
    }

    /// A way on which nothing goes wrong, and what is asked for is counted.
    pub(crate) fn calm(emulator: &str) -> Result<Trouble> {
        Trouble::with(emulator, None)
    }

    fn with(emulator: &str, seed: Option<u64>) -> Result<Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            emulator: emulator.trim_start_matches("http://").to_owned(),
            seed,
            faults: AtomicU32::new(0),
            asked: Mutex::default(),
        });
        let served = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = served.clone();
                // Whom a connection breaks for is what this is about.
                std::thread::spawn(move || shared.serve(client).ok());
            }
        });
        Ok(Trouble { address, shared })
    }

    /// How often each operation was asked for.
    pub(crate) fn asked(&self) -> HashMap<String, u32> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How much went wrong.
    pub(crate) fn faults(&self) -> u32 {
        self.shared.faults.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// One request; the connection ends with it.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some(request) = Request::read(&mut client)? else { return Ok(()) };
        let fate = self.fate(&request.operation);
        if fate != Fate::Answered {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        match fate {
            Fate::Throttled => client.write_all(&request.refusal("Throttling", 400))?,
            Fate::LostOnTheWay => {}
            Fate::Answered => {
                let answer = self.forward(&request)?;
                client.write_all(&answer)?;
            }
            Fate::AnswerLost => {
                self.forward(&request)?;
            }
            Fate::AnswerSpoilt => {
                self.forward(&request)?;
                client.write_all(&request.refusal("InternalFailure", 500))?;
            }
        }
        client.shutdown(Shutdown::Both)
    }

    fn fate(&self, operation: &str) -> Fate {
        let time = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let times = asked.entry(operation.to_owned()).or_default();
            *times += 1;
            *times
        };
        let Some(seed) = self.seed else { return Fate::Answered };
        let mut hasher = DefaultHasher::new();
        (seed, operation, time).hash(&mut hasher);
        match hasher.finish() % 16 {
            0 => Fate::Throttled,
            1 => Fate::LostOnTheWay,
            2 => Fate::AnswerLost,
            3 => Fate::AnswerSpoilt,
            _ => Fate::Answered,
        }
    }

    fn forward(&self, request: &Request) -> std::io::Result<Vec<u8>> {
        let mut emulator = TcpStream::connect(&self.emulator)?;
        emulator.write_all(&request.bytes)?;
        let mut answer = Vec::new();
        emulator.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

struct Request {
    /// With `Connection: close`, so that the answer ends with the connection.
    bytes: Vec<u8>,
    operation: String,
    speaks_json: bool,
    is_ec2: bool,
    is_s3: bool,
}

impl Request {
    fn read(client: &mut TcpStream) -> std::io::Result<Option<Request>> {
        let mut bytes = Vec::new();
        let mut part = [0; 16384];
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            match client.read(&mut part)? {
                0 => return Ok(None),
                n => bytes.extend_from_slice(&part[..n]),
            }
        };
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let header = |name: &str| {
            head.lines().skip(1).find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let length = header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        let mut body = bytes.split_off(head_end + 4);
        while body.len() < length {
            match client.read(&mut part)? {
                0 => return Ok(None),
                n => body.extend_from_slice(&part[..n]),
            }
        }
        let text = String::from_utf8_lossy(&body);
        let target = header("x-amz-target");
        let action = text.strip_prefix("Action=").and_then(|t| t.split('&').next());
        let line: Vec<&str> = head.split_whitespace().take(2).collect();
        let operation = target.as_deref().or(action).map_or_else(|| line.join(" "), str::to_owned);
        // The scope of a signature names the service.
        let is_s3 = header("authorization").is_some_and(|a| a.contains("/s3/aws4_request"));
        let mut lines: Vec<&str> = head.lines().collect();
        lines.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut all = lines.join("\r\n").into_bytes();
        all.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
        all.extend_from_slice(&body);
        Ok(Some(Request {
            is_ec2: text.contains("Version=2016-11-15"),
            speaks_json: target.is_some(),
            is_s3,
            operation,
            bytes: all,
        }))
    }

    /// An error in the form that the service's clients read.
    fn refusal(&self, code: &str, status: u16) -> Vec<u8> {
        // S3 has a status of its own for it.
        let status = if self.is_s3 && code == "Throttling" { 503 } else { status };
        let body = if self.speaks_json {
            format!(r#"{{"__type":"{code}Exception","message":"a fault"}}"#)
        } else if self.is_ec2 {
            let code = if code == "Throttling" { "RequestLimitExceeded" } else { "InternalError" };
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>a fault</Message></Error>\
                 </Errors><RequestID>fault</RequestID></Response>"
            )
        } else if self.is_s3 {
            let code = if code == "Throttling" { "SlowDown" } else { "InternalError" };
            format!("<Error><Code>{code}</Code><Message>a fault</Message></Error>")
        } else {
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>a fault</Message></Error>\
                 <RequestId>fault</RequestId></ErrorResponse>"
            )
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status} Fault\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }
}
