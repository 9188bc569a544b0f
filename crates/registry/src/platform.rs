//! What a package was built for.

use std::fmt;

/// An operating system and a processor architecture, by the names that packages use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Such as `linux`, `darwin` or `windows`.
    pub os: String,
    /// Such as `amd64` or `arm64`.
    pub arch: String,
}

impl Platform {
    /// The platform that this process runs on.
    pub fn current() -> Platform {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            other => other,
        };
        Platform { os: os.into(), arch: arch.into() }
    }

    /// Parses `linux_amd64`.
    pub fn parse(text: &str) -> Option<Platform> {
        let (os, arch) = text.split_once('_')?;
        let valid = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        (valid(os) && valid(arch)).then(|| Platform { os: os.into(), arch: arch.into() })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_round_trip() {
        assert_eq!(Platform::parse("linux_amd64").unwrap().to_string(), "linux_amd64");
        for bad in ["linux", "linux_", "_amd64", "linux_amd_64", "Linux_amd64", "../x_y"] {
            assert_eq!(Platform::parse(bad), None, "{bad}");
        }
        let current = Platform::current();
        assert_eq!(Platform::parse(&current.to_string()), Some(current));
    }
}
