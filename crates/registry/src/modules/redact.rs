//! Addresses without what is secret in them.

/// The arguments of addresses that are secrets.
const SECRETS: [&str; 5] =
    ["sshkey", "aws_access_key_id", "aws_access_key_secret", "aws_access_token", "token"];

/// An address as messages may show it.
pub fn redacted(address: &str) -> String {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (address, None),
    };
    let mut text = without_password(path);
    for (i, argument) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        match argument.split_once('=') {
            Some((name, _)) if SECRETS.contains(&name.to_ascii_lowercase().as_str()) => {
                text.push_str(name);
                text.push_str("=REDACTED");
            }
            _ => text.push_str(argument),
        }
    }
    text
}

fn without_password(path: &str) -> String {
    let Some((scheme, rest)) = path.split_once("://") else { return path.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:REDACTED@{host}{}", &rest[host_end..])
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn secrets_are_not_shown() {
        for (address, shown) in [
            ("git::https://u:p@h/x?ref=1", "git::https://u:REDACTED@h/x?ref=1"),
            ("git::ssh://git@h/x?sshkey=aaa&ref=v1", "git::ssh://git@h/x?sshkey=REDACTED&ref=v1"),
            ("https://h/x.zip?archive=zip", "https://h/x.zip?archive=zip"),
            (
                "s3::https://h/b?AWS_Access_Key_Secret=s",
                "s3::https://h/b?AWS_Access_Key_Secret=REDACTED",
            ),
            ("/a/b", "/a/b"),
        ] {
            assert_eq!(redacted(address), shown);
        }
    }
}
