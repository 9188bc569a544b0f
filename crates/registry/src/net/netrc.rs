//! The file in which people keep names and passwords for hosts, `.netrc`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::environment::CliEnvironment;

/// The entries of a file.
#[derive(Clone, Default)]
pub(crate) struct Netrc {
    /// The host, or nothing for the default, with name and password.
    entries: Vec<(Option<String>, String, String)>,
}

impl Netrc {
    /// Reads the user's file. One that is missing or cannot be read has no entries.
    pub(crate) fn load(environment: &CliEnvironment) -> Netrc {
        let named = environment.variables.get("NETRC").filter(|path| !path.is_empty());
        let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
        let path = match named {
            Some(path) => path.into(),
            None => match &environment.home {
                Some(home) => home.join(name),
                None => return Netrc::default(),
            },
        };
        std::fs::read_to_string(path).map(|text| Netrc::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Netrc {
        let mut netrc = Netrc::default();
        let mut in_macro = false;
        let mut words = Vec::new();
        for line in text.lines() {
            // A macro ends with an empty line.
            if line.trim().is_empty() {
                in_macro = false;
            } else if line.trim_start().starts_with("macdef") {
                in_macro = true;
            } else if !in_macro && !line.trim_start().starts_with('#') {
                words.extend(line.split_whitespace());
            }
        }
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word {
                "default" => netrc.entries.push((None, String::new(), String::new())),
                "machine" => {
                    let host = words.next().unwrap_or_default().to_lowercase();
                    netrc.entries.push((Some(host), String::new(), String::new()));
                }
                "login" | "password" | "account" => {
                    let (value, entry) =
                        (words.next().unwrap_or_default(), netrc.entries.last_mut());
                    match (word, entry) {
                        ("login", Some(entry)) => entry.1 = value.to_owned(),
                        ("password", Some(entry)) => entry.2 = value.to_owned(),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        netrc
    }

    /// What to send to a host in the header `Authorization`.
    pub(crate) fn authorization(&self, host: &str) -> Option<String> {
        let entry = (self.entries.iter())
            .find(|(known, ..)| known.as_deref().is_none_or(|known| known == host))?;
        Some(basic(&entry.1, &entry.2))
    }
}

/// Name and password as servers expect them.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_host_or_else_the_default_is_found() {
        let text = "# mine\nmachine a.example login u password p\nmachine B.example\n  login x\n  password y\nmacdef init\n machine c.example login no\n\ndefault login d password e\n";
        let netrc = Netrc::parse(text);
        assert_eq!(netrc.authorization("a.example"), Some(basic("u", "p")));
        assert_eq!(netrc.authorization("b.example"), Some(basic("x", "y")));
        assert_eq!(netrc.authorization("c.example"), Some(basic("d", "e")));
        assert_eq!(Netrc::parse("").authorization("a.example"), None);
        assert!(Netrc::parse("machine").authorization("x").is_none());
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
