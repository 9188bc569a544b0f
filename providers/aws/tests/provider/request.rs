//! Requests to AWS services, as far as a network in between sees them.

use std::io::Read as _;
use std::net::TcpStream;

/// One request, read whole, but for its very last byte, which the connection still has.
pub(crate) struct Request {
    /// With `Connection: close`, so that the answer ends with the connection.
    pub(crate) bytes: Vec<u8>,
    /// Where the body begins.
    body: usize,
    /// `CreateVpc`; or method and path, where these say what is to be done.
    pub(crate) operation: String,
    speaks_json: bool,
    speaks_cbor: bool,
    is_ec2: bool,
    is_s3: bool,
}

impl Request {
    /// The next request; `None` if the connection ends before it is whole.
    ///
    /// Its last byte is left where it is: a connection that is closed while something is unread is
    /// reset, and that is one of the faults. [`Request::take_last`] takes it.
    pub(crate) fn read(client: &mut TcpStream) -> std::io::Result<Option<Request>> {
        let mut bytes = Vec::new();
        let mut part = [0; 16384];
        loop {
            let count = client.peek(&mut part)?;
            if count == 0 {
                return Ok(None);
            }
            bytes.extend_from_slice(&part[..count]);
            let end = length(&bytes);
            let is_whole = end.is_some_and(|end| bytes.len() >= end);
            let read = if is_whole { count - 1 } else { count };
            client.read_exact(&mut part[..read])?;
            if is_whole {
                return Ok(Some(Request::of(&bytes)));
            }
        }
    }

    /// Takes what was left of it.
    pub(crate) fn take_last(client: &mut TcpStream) -> std::io::Result<()> {
        client.read_exact(&mut [0])
    }

    fn of(bytes: &[u8]) -> Request {
        let end = head_end(bytes).unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let body = bytes.get(end + 4..).unwrap_or_default();
        let form = std::str::from_utf8(body).unwrap_or_default();
        let target = header(&head, "x-amz-target");
        let action = form.strip_prefix("Action=").and_then(|rest| rest.split('&').next());
        let line: Vec<&str> = head.split_whitespace().take(2).collect();
        let path = line.get(1).copied().unwrap_or_default();
        let operation = match target.as_deref().and_then(|t| t.rsplit('.').next()).or(action) {
            Some(name) => name.to_owned(),
            None => match path.split_once("/operation/") {
                Some((_, name)) => name.to_owned(),
                None => line.join(" "),
            },
        };
        // The scope of a signature names the service.
        let is_s3 = header(&head, "authorization").is_some_and(|a| a.contains("/s3/aws4_request"));
        let kept = head.lines().filter(|l| !l.to_ascii_lowercase().starts_with("connection:"));
        let mut all = kept.collect::<Vec<_>>().join("\r\n").into_bytes();
        all.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
        let start = all.len();
        all.extend_from_slice(body);
        Request {
            is_ec2: form.contains("Version=2016-11-15"),
            speaks_json: target.is_some(),
            speaks_cbor: path.contains("/operation/"),
            is_s3,
            operation,
            bytes: all,
            body: start,
        }
    }

    /// The text of a parameter, of whatever protocol; names are the same whatever their case.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let body = &self.bytes[self.body..];
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) {
            let found = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            return found.and_then(|(_, value)| value.as_str()).map(str::to_owned);
        }
        if let Some(form) = std::str::from_utf8(body).ok().filter(|f| f.starts_with("Action=")) {
            let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
            return found.map(|(_, value)| decoded(value));
        }
        text_of_cbor(body, name)
    }

    /// An error in the form that the service's clients read.
    pub(crate) fn refusal(&self, code: &str, status: u16) -> Vec<u8> {
        if self.speaks_cbor {
            return refusal_in_cbor(code, status);
        }
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

/// An error in the binary form that newer services speak.
fn refusal_in_cbor(code: &str, status: u16) -> Vec<u8> {
    let mut body = vec![0xa1];
    for text in ["__type", &format!("{code}Exception")] {
        // Texts are shorter than 256 bytes.
        body.extend_from_slice(&[0x78, u8::try_from(text.len()).unwrap_or(u8::MAX)]);
        body.extend_from_slice(text.as_bytes());
    }
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 {status} Fault\r\nContent-Length: {length}\r\nContent-Type: application/cbor\r\n\
         smithy-protocol: rpc-v2-cbor\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    answer.extend(body);
    answer
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

/// How long the request is that begins so, as soon as its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let end = head_end(bytes)?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let body = header(&head, "content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    Some(end + 4 + body)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// A value of a form.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|c| std::str::from_utf8(c).ok());
        match (first, code.and_then(|c| u8::from_str_radix(c, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A short text under a name, in the binary form that newer services speak (RFC 8949).
fn text_of_cbor(body: &[u8], name: &str) -> Option<String> {
    let at = body.windows(name.len()).position(|window| window == name.as_bytes())?;
    let (first, rest) = body.get(at + name.len()..)?.split_first()?;
    let (length, rest) = match first {
        0x60..=0x77 => (usize::from(first - 0x60), rest),
        0x78 => (usize::from(*rest.first()?), &rest[1..]),
        _ => return None,
    };
    String::from_utf8(rest.get(..length)?.to_vec()).ok()
}

#[cfg(test)]
pub(crate) fn request(text: &str) -> Request {
    Request::of(text.as_bytes())
}

#[test]
fn requests_of_all_protocols_are_understood() {
    let form = request("POST / HTTP/1.1\r\nhost: x\r\n\r\nAction=CreateVpc&Cidr.Block=a%2Fb+c");
    assert_eq!(form.operation, "CreateVpc");
    assert_eq!(form.parameter("cidr.block").as_deref(), Some("a/b c"));
    let json = request("POST / HTTP/1.1\r\nX-Amz-Target: D_2.Put\r\n\r\n{\"TableName\":\"t\"}");
    assert_eq!((&*json.operation, json.parameter("tablename").as_deref()), ("Put", Some("t")));
    let cbor = request("POST /service/G/operation/Put HTTP/1.1\r\nhost: x\r\n\r\nqAlarmNamecabc");
    assert_eq!((&*cbor.operation, cbor.parameter("AlarmName").as_deref()), ("Put", Some("abc")));
    let rest = request("GET /bucket?policy HTTP/1.1\r\nconnection: keep-alive\r\n\r\n");
    assert_eq!(rest.operation, "GET /bucket?policy");
    let sent = String::from_utf8_lossy(&rest.bytes).into_owned();
    assert_eq!(sent, "GET /bucket?policy HTTP/1.1\r\nConnection: close\r\n\r\n");
}

#[test]
fn a_request_ends_where_its_head_says() {
    assert_eq!(length(b"PUT / HTTP/1.1\r\ncontent-length: 3\r\n"), None);
    assert_eq!(length(b"PUT / HTTP/1.1\r\ncontent-length: 3\r\n\r\na"), Some(40));
    assert_eq!(length(b"GET / HTTP/1.1\r\n\r\n"), Some(18));
}
