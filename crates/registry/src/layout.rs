//! Where packages lie, in mirrors, caches and data directories alike.

use std::path::{Path, PathBuf};
use std::{fs, io};

use groma_addrs::Provider;
use groma_addrs::version::Version;

use crate::platform::Platform;

/// The folder of all versions of a provider below a base directory.
pub(crate) fn provider_dir(base: &Path, provider: &Provider) -> PathBuf {
    base.join(&*provider.hostname).join(&*provider.namespace).join(&*provider.kind)
}

/// The folder of an unpacked package below a base directory.
pub fn package_dir(
    base: &Path,
    provider: &Provider,
    version: &Version,
    platform: &Platform,
) -> PathBuf {
    provider_dir(base, provider).join(version.to_string()).join(platform.to_string())
}

/// Finds the plugin's executable in an unpacked package: the first file that is called
/// `terraform-provider-KIND`, with anything behind it that an underscore or a dot sets off.
pub fn find_executable(package: &Path, provider: &Provider) -> io::Result<PathBuf> {
    let prefix = format!("terraform-provider-{}", provider.kind);
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(package)? {
        let entry = entry?;
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '.']))
            && !entry.path().is_dir()
        {
            found.push(entry.path());
        }
    }
    found.into_iter().min().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("{} has no executable file whose name starts with {prefix}", package.display()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let provider = Provider::new(Provider::DEFAULT_HOST, "acme", "foo");
        for name in ["LICENSE", "terraform-provider-foobar", "terraform-provider-fo"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("terraform-provider-foo_0")).unwrap();
        let error = find_executable(dir.path(), &provider).unwrap_err();
        assert!(error.to_string().contains("terraform-provider-foo"), "{error}");
        for name in ["terraform-provider-foo_v2", "terraform-provider-foo_v1_x5"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let found = find_executable(dir.path(), &provider).unwrap();
        assert_eq!(found.file_name().unwrap(), "terraform-provider-foo_v1_x5");
    }

    #[test]
    fn the_layout_is_the_known_one() {
        let provider = Provider::new(Provider::DEFAULT_HOST, "acme", "foo");
        let platform = Platform::parse("linux_amd64").unwrap();
        let dir = package_dir(Path::new("base"), &provider, &Version::new(1, 2, 3), &platform);
        assert_eq!(dir, Path::new("base/registry.terraform.io/acme/foo/1.2.3/linux_amd64"));
    }
}
