//! Answers of EC2 for tests.

use groma_aws_core::testing::{Answer, Fake, Request};

/// What is said of what was done.
pub(crate) fn done(operation: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><return>true</return></{operation}Response>"))
}

/// A list of one object or several. `set` is the element that holds them.
pub(crate) fn listed(operation: &str, set: &str, items: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><{set}>{items}</{set}></{operation}Response>"))
}

/// Who asks.
pub(crate) fn identity() -> Answer {
    Answer::xml(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>",
    )
}

/// The parameters of the requests for an operation without those that all have.
pub(crate) fn sent(fake: &Fake, operation: &str) -> Vec<Vec<String>> {
    let of = |request: &Request| {
        let own = request.params.iter().filter(|(n, _)| n != "Action" && n != "Version");
        let mut own: Vec<String> = own.map(|(n, v)| format!("{n}={v}")).collect();
        own.sort();
        own
    };
    fake.requests_of(operation).iter().map(of).collect()
}
