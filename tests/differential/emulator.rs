//! The AWS emulator that was started for the tests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::stage::Stage;
use crate::{Result, passed_over};

/// An emulator.
pub(crate) struct Emulator {
    host: String,
}

impl Emulator {
    /// The one that there is.
    pub(crate) fn find() -> Option<Emulator> {
        match std::env::var("GROMA_TEST_MOTO") {
            Ok(host) => Some(Emulator { host }),
            Err(_) => {
                passed_over("there is no AWS emulator; GROMA_TEST_MOTO names its host and port");
                None
            }
        }
    }

    /// Makes a versioned bucket that nobody else uses.
    pub(crate) fn bucket(&self) -> Result<String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("differential-{now}-{count}");
        self.request("PUT", &format!("/{name}"), "")?;
        let versioning =
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.request("PUT", &format!("/{name}?versioning"), versioning)?;
        Ok(name)
    }

    /// Whether there is such an object.
    pub(crate) fn has(&self, bucket: &str, key: &str) -> Result<bool> {
        let answer = self.answer("HEAD", &format!("/{bucket}/{key}"), "")?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Result<()> {
        let answer = self.answer(method, path, body)?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        Err(format!("{method} {path}: {answer}").into())
    }

    fn answer(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // The emulator tells its services apart by who signs a request.
        let credential = "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0";
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {credential}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.host,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Sends an engine and its plugins here, and nowhere else.
    pub(crate) fn serve(&self, stage: &mut Stage, region: &str) {
        let endpoint = format!("http://{}", self.host);
        for (name, value) in [
            ("AWS_ENDPOINT_URL", &*endpoint),
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "emulator"),
            ("AWS_SECRET_ACCESS_KEY", "emulator"),
            ("AWS_S3_USE_PATH_STYLE", "true"),
        ] {
            stage.set(name, Some(value));
        }
    }

    /// The settings of a backend in a bucket.
    pub(crate) fn backend(&self, bucket: &str) -> String {
        format!(
            "bucket = {bucket:?}\nkey = \"state\"\nregion = \"us-east-1\"\nuse_path_style = true\n\
             skip_credentials_validation = true\nskip_requesting_account_id = true\n\
             skip_metadata_api_check = true\nendpoints = {{ s3 = \"http://{}\" }}\n",
            self.host
        )
    }
}
