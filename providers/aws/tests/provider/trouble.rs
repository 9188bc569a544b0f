//! A network with faults, between the provider and the emulator.
//!
//! Requests are let through, refused for their number, failed, or lost on the way there or back;
//! answers break off, or never come; and what was just made is overlooked once or twice. What
//! happens depends on the seed, the operation and how often it was asked for, so that a run is as the
//! one before as far as it can be.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;
use crate::request::Request;
use crate::young::Young;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Requests and answers get lost, by this seed.
    pub(crate) losses: Option<u64>,
    /// What was just made is overlooked, by this seed.
    pub(crate) late: Option<u64>,
}

/// A way to the emulator on which things go wrong. It lives as long as the process.
pub(crate) struct Trouble {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    emulator: String,
    losses: Option<u64>,
    young: Option<Mutex<Young>>,
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
    /// Half of it comes, and then the connection is reset.
    AnswerBroken,
    /// The connection stays open, and nothing comes.
    AnswerNever,
}

impl Trouble {
    /// A way to an emulator, whose address begins with `http://`.
    pub(crate) fn start(emulator: &str, weather: Weather) -> Result<Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            emulator: emulator.trim_start_matches("http://").to_owned(),
            losses: weather.losses,
            young: weather.late.map(|seed| Mutex::new(Young::new(seed))),
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

    /// Time passes: what was made is known everywhere.
    pub(crate) fn settle(&self) {
        if let Some(young) = &self.shared.young {
            young.lock().unwrap_or_else(PoisonError::into_inner).settle();
        }
    }
}

impl Shared {
    /// One request; the connection ends with it.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some(mut request) = Request::read(&mut client)? else { return Ok(()) };
        let fate = self.fate(&request.operation);
        if fate != Fate::Answered {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        if fate == Fate::AnswerBroken {
            let answer = self.forward(&mut request)?;
            // As the last byte of the request is unread, the end of the connection is its reset.
            return client.write_all(&answer[..answer.len() / 2]);
        }
        Request::take_last(&mut client)?;
        match fate {
            Fate::Throttled => client.write_all(&request.refusal("Throttling", 400))?,
            Fate::LostOnTheWay | Fate::AnswerBroken => {}
            Fate::Answered => {
                let answer = self.forward(&mut request)?;
                client.write_all(&answer)?;
            }
            Fate::AnswerLost => {
                self.forward(&mut request)?;
            }
            Fate::AnswerNever => {
                self.forward(&mut request)?;
                // Until the client gives up.
                client.read_to_end(&mut Vec::new())?;
            }
            Fate::AnswerSpoilt => {
                self.forward(&mut request)?;
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
        let Some(seed) = self.losses else { return Fate::Answered };
        let mut hasher = DefaultHasher::new();
        (seed, operation, time).hash(&mut hasher);
        match hasher.finish() % 64 {
            0..4 => Fate::Throttled,
            4..8 => Fate::LostOnTheWay,
            8..11 => Fate::AnswerLost,
            11..14 => Fate::AnswerSpoilt,
            14..17 => Fate::AnswerBroken,
            // Waiting for it takes time.
            17 => Fate::AnswerNever,
            _ => Fate::Answered,
        }
    }

    fn forward(&self, request: &mut Request) -> std::io::Result<Vec<u8>> {
        if let Some(young) = &self.young
            && young.lock().unwrap_or_else(PoisonError::into_inner).overlook(request)
        {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        let mut emulator = TcpStream::connect(&self.emulator)?;
        emulator.write_all(&request.bytes)?;
        let mut answer = Vec::new();
        emulator.read_to_end(&mut answer)?;
        if let Some(young) = &self.young {
            young.lock().unwrap_or_else(PoisonError::into_inner).learn(request, &answer);
        }
        Ok(answer)
    }
}
