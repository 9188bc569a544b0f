//! Requests as a service understands them.

use std::collections::HashMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::byte_stream::ByteStream;

/// A request that a service got.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What is to be done: the operation's name where the protocol has one, else the method and the
    /// path, such as `PUT /bucket`.
    pub operation: String,
    /// The method.
    pub method: String,
    /// The host.
    pub host: String,
    /// The path, as sent.
    pub path: String,
    /// The headers, in lower case.
    pub headers: HashMap<String, String>,
    /// The parameters of the query and of a form, in their order.
    pub params: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A parameter, such as `Filter.1.Value.1`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The values of all parameters whose names begin so, such as `InstanceId.`.
    pub fn params_of(&self, prefix: &str) -> Vec<&str> {
        let all = self.params.iter().filter(|(n, _)| n.starts_with(prefix));
        all.map(|(_, v)| v.as_str()).collect()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Reads a request of the SDK.
pub(super) async fn received(mut request: HttpRequest) -> Result<Request, ConnectorError> {
    let body = ByteStream::new(request.take_body()).collect().await;
    let body = body.map_err(|e| ConnectorError::io(e.into()))?.to_vec();
    let uri = request.uri().to_owned();
    let rest = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest);
    let (host, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = if path.is_empty() { "/" } else { path };
    let headers: HashMap<String, String> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut params = form(query);
    let is_form =
        headers.get("content-type").is_some_and(|t| t.starts_with("application/x-www-form"));
    if is_form {
        params.extend(form(&String::from_utf8_lossy(&body)));
    }
    let target = headers.get("x-amz-target").and_then(|t| t.rsplit('.').next());
    let action = params.iter().find(|(n, _)| n == "Action").map(|(_, v)| v.as_str());
    let operation = target.or(action).map_or_else(
        || format!("{} {path}{}", request.method(), sub_resource(query)),
        str::to_owned,
    );
    Ok(Request {
        operation,
        method: request.method().to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        headers,
        params,
        body,
    })
}

/// S3 names what it is asked for by a query without a value, such as `?versioning`.
fn sub_resource(query: &str) -> String {
    let first = query.split('&').next().unwrap_or_default();
    match first.split_once('=').unwrap_or((first, "")) {
        ("", _) | ("x-id", _) => String::new(),
        (name, "") => format!("?{name}"),
        _ => String::new(),
    }
}

fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        let hex = bytes.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (byte, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(code)) => {
                out.push(code);
                i += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let expected = [("a b".to_owned(), "c&d".to_owned()), ("e".to_owned(), String::new())];
        assert_eq!(form("a+b=c%26d&e"), expected);
        assert_eq!(sub_resource("versioning"), "?versioning");
        assert_eq!(sub_resource("x-id=GetObject"), "");
    }
}
