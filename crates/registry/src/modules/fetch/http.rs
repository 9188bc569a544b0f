//! Archives from web servers, and servers that say where the package really is.

use std::path::Path;

use groma_addrs::PackageAddress;
use url::Url;

use super::{
    Arguments, FetchError, Fetcher, MAX_PACKAGE, MAX_REFERRALS, temporary, unpack_checked,
};
use crate::archive::ArchiveFormat;
use crate::files::{Staged, copy_tree};
use crate::modules::installer::blocking;
use crate::modules::subdir;
use crate::net::{Request, basic};

/// The largest page that is looked through.
const MAX_PAGE: usize = 1 << 20;

/// Gets an archive, or whatever the server refers to.
pub(super) async fn fetch(
    fetcher: &Fetcher,
    mut url: Url,
    into: &Path,
    referrals: usize,
) -> Result<(), FetchError> {
    let Arguments { archive, checksum } = Arguments::take(&mut url)?;
    let authorization = authorization(fetcher, &url);
    let Some(format) = archive else {
        if checksum.is_some() {
            return Err(FetchError::Unsupported("checksums are for archives only"));
        }
        return refer(fetcher, url, into, referrals).await;
    };
    let request = Request::get(url).authorization(authorization.as_deref());
    let file = temporary()?;
    let response = fetcher.http.send_patiently(&request).await?.successful()?;
    response.download(&file, MAX_PACKAGE).await?;
    unpack_checked(file.to_path_buf(), format, checksum, into.to_owned()).await
}

/// Gets an archive whose kind its content shows.
pub(super) async fn registry_archive(
    fetcher: &Fetcher,
    url: Url,
    authorization: Option<String>,
    into: &Path,
) -> Result<(), FetchError> {
    let request = Request::get(url)
        .header("accept", "application/zip, application/x-tar;q=0.9, */*;q=0.1")
        .authorization(authorization.as_deref());
    let file = temporary()?;
    let response = fetcher.http.send_patiently(&request).await?.successful()?;
    response.download(&file, MAX_PACKAGE).await?;
    let format = ArchiveFormat::of_content(&file)
        .map_err(|error| FetchError::Other(error.to_string()))?
        .ok_or(FetchError::Unsupported("the package is no archive of a known kind"))?;
    unpack_checked(file.to_path_buf(), format, None, into.to_owned()).await
}

/// Who we are to the server: what the address says, or else the user's file.
fn authorization(fetcher: &Fetcher, url: &Url) -> Option<String> {
    if !url.username().is_empty() || url.password().is_some() {
        let plain = |text: &str| super::oci::percent_decoded(text);
        return Some(basic(&plain(url.username()), &plain(url.password().unwrap_or_default())));
    }
    fetcher.netrc.authorization(url.host_str()?)
}

/// Asks the server where the package is, and gets it from there.
async fn refer(
    fetcher: &Fetcher,
    mut url: Url,
    into: &Path,
    referrals: usize,
) -> Result<(), FetchError> {
    if referrals >= MAX_REFERRALS {
        return Err(FetchError::Unsupported("too many X-Terraform-Get referrals"));
    }
    let authorization = authorization(fetcher, &url);
    url.query_pairs_mut().append_pair("terraform-get", "1");
    let request = Request::get(url).authorization(authorization.as_deref());
    let response = fetcher.http.send_patiently(&request).await?.successful()?;
    let asked = response.url.clone();
    let given = match response.header("x-terraform-get") {
        Some(given) => given.to_owned(),
        None => {
            let page = response.bytes(MAX_PAGE).await?;
            meta(&String::from_utf8_lossy(&page))
                .ok_or(FetchError::Unsupported("no source URL was returned"))?
        }
    };
    let address = match ["/", "./", "../"].iter().any(|prefix| given.starts_with(prefix)) {
        true => asked.join(&given).map(|url| url.to_string()).unwrap_or_else(|_| given.clone()),
        false => given.clone(),
    };
    let address = PackageAddress::parse(&address)
        .map_err(|error| FetchError::Other(format!("the server refers to {given:?}: {error}")))?;
    // A server out there has no say in what is on this machine.
    if matches!(address.way(), (Some("file"), _)) || address.way().1.starts_with("file:") {
        return Err(FetchError::Unsupported("the server refers to a file of this machine"));
    }
    let Some(selected) = address.subdir() else {
        return Box::pin(fetcher.fetch_step(address.package(), into, referrals + 1)).await;
    };
    let whole = Staged::beside(into).map_err(|error| FetchError::Other(error.to_string()))?;
    Box::pin(fetcher.fetch_step(address.package(), whole.path(), referrals + 1)).await?;
    let dir = subdir::find(whole.path(), Some(selected)).map_err(FetchError::Other)?;
    let into = into.to_owned();
    blocking(move || {
        let copied = copy_tree(&dir, &into);
        drop(whole);
        copied
    })
    .await
    .map_err(FetchError::Other)
}

/// The content of `<meta name="terraform-get" content="…">` in the head of a page.
fn meta(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let end = lower.find("<body").unwrap_or(page.len());
    let mut at = 0;
    while let Some(start) = lower[at..end].find("<meta").map(|start| start + at) {
        let close = lower[start..end].find('>').map(|close| close + start)?;
        let tag = &page[start + "<meta".len()..close];
        if attribute(tag, "name").as_deref() == Some("terraform-get") {
            return attribute(tag, "content").filter(|content| !content.is_empty());
        }
        at = close;
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, behind) = match quote {
            Some(quote) => after[1..].split_once(quote)?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.replace("&amp;", "&"));
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_of_a_page_is_found() {
        let found = |page: &str| meta(page);
        assert_eq!(
            found("<html><head><META charset=x><meta name='terraform-get' content=\"git::https://h/r?a=1&amp;b=2\"/></head>").as_deref(),
            Some("git::https://h/r?a=1&b=2")
        );
        assert_eq!(found("<meta content=./x.zip name=terraform-get>").as_deref(), Some("./x.zip"));
        assert_eq!(found("<body><meta name='terraform-get' content='x'></body>"), None);
        for page in ["", "<meta", "<meta name=", "<meta name='terraform-get", "ſ<meta ſ=ſ>"] {
            assert_eq!(found(page), None, "{page}");
        }
    }
}
