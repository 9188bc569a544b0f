//! The dependency lock file, `.terraform.lock.hcl`.
//!
//! It is under version control and shared with users of other engines: the same selections give
//! the same bytes.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics, SourceMap, SourceRange};
use groma_hcl::{Attribute, Block, Body, BodySchema};

use crate::files::write_atomically;
use crate::hash::PackageHash;
use crate::locks::{Locks, ProviderLock};
use crate::platform::Platform;

/// The file's name in the root module's folder.
pub const LOCK_FILE_NAME: &str = ".terraform.lock.hcl";

const HEADER: &str = "# This file is maintained automatically by \"terraform init\".\n\
                      # Manual edits may be lost in future updates.\n";
/// How the first line of a file begins that one of the engines has written.
const HEADER_START: &str = "# This file is maintained automatically by \"";

impl Locks {
    /// Reads a lock file. One that is missing selects nothing. Its text is added to `sources`.
    pub fn load(path: &Path, sources: &mut SourceMap) -> (Locks, Diagnostics) {
        let filename = path.display().to_string();
        match fs::read(path) {
            Ok(text) => {
                let result = Locks::parse(&filename, &text);
                sources.insert(filename, String::from_utf8_lossy(&text));
                result
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Default::default(),
            Err(error) => {
                let diagnostic = Diagnostic::error(
                    "Failed to read dependency lock file",
                    format!("{filename} cannot be read: {error}."),
                );
                (Locks::new(), diagnostic.into())
            }
        }
    }

    /// Reads the text of a lock file.
    pub fn parse(filename: &str, text: &[u8]) -> (Locks, Diagnostics) {
        let (file, mut diagnostics) = groma_hcl::parse_native(filename, text);
        let mut locks = Locks::new();
        // What a broken file seems to hold is not to be relied upon.
        if !diagnostics.has_errors() {
            let mut reader = Reader { diagnostics: &mut diagnostics, seen: HashMap::new() };
            reader.file(&file.body, &mut locks);
        }
        (locks, diagnostics)
    }

    /// The text of the lock file.
    pub fn render(&self) -> String {
        self.render_below(HEADER)
    }

    fn render_below(&self, header: &str) -> String {
        let mut text = header.to_owned();
        for (provider, lock) in self.iter() {
            let constraints = lock.constraints.to_string();
            // Writing to a text cannot fail. The equals signs of adjacent arguments line up.
            let _ = writeln!(text, "\nprovider \"{provider}\" {{");
            if constraints.is_empty() {
                let _ = writeln!(text, "  version = \"{}\"", lock.version);
            } else {
                let _ = writeln!(text, "  version     = \"{}\"", lock.version);
                let _ = writeln!(text, "  constraints = \"{constraints}\"");
            }
            if !lock.hashes.is_empty() {
                text += "  hashes = [\n";
                for hash in &lock.hashes {
                    let _ = writeln!(text, "    \"{}\",", quoted(hash.as_str()));
                }
                text += "  ]\n";
            }
            text += "}\n";
        }
        text
    }

    /// Writes a lock file in place of the one that is there, whose header it keeps: which engine
    /// wrote it first makes no difference for version control.
    pub fn save(&self, path: &Path) -> Result<(), Box<Diagnostic>> {
        let old = fs::read_to_string(path).unwrap_or_default();
        let header = engine_header(&old).unwrap_or(HEADER);
        write_atomically(path, self.render_below(header).as_bytes()).map_err(|error| {
            Box::new(Diagnostic::error(
                "Failed to update dependency lock file",
                format!(
                    "The provider selections cannot be written to {}: {error}.",
                    path.display()
                ),
            ))
        })
    }
}

/// The first two lines of a text, if an engine has written them.
fn engine_header(text: &str) -> Option<&str> {
    let end = text.match_indices('\n').nth(1)?.0 + 1;
    let known = text.starts_with(HEADER_START) && text[..end].lines().all(|l| l.starts_with('#'));
    known.then(|| &text[..end])
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => quoted.push(c),
        }
    }
    quoted.replace("${", "$${").replace("%{", "%%{")
}

/// What `init` does where its selections are not those of the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFileMode {
    /// Writes them.
    Update,
    /// `-lockfile=readonly`: leaves the file alone, and fails if a provider is missing in it.
    ReadOnly,
}

/// What became of the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFileChange {
    /// It says already what was selected.
    Unchanged,
    /// It was written for the first time.
    Created,
    /// It was written anew.
    Changed,
    /// It should have been written but is read-only.
    Suppressed,
}

/// Brings the lock file up to date after an installation. `incomplete` are the providers of which
/// only the package for this platform is known.
pub fn update_lock_file(
    path: &Path,
    previous: &Locks,
    selected: &Locks,
    incomplete: &[Provider],
    mode: LockFileMode,
) -> (LockFileChange, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if previous.same_selections(selected) {
        return (LockFileChange::Unchanged, diagnostics);
    }
    if mode == LockFileMode::ReadOnly {
        diagnostics.push(if previous.same_providers(selected) {
            Diagnostic::warning(
                "Provider lock file not updated",
                format!("The provider selections have changed, but {LOCK_FILE_NAME} was left as it is, because it is read-only. To record the selections, run \"groma init\" without \"-lockfile=readonly\"."),
            )
        } else {
            Diagnostic::error(
                "Provider dependency changes detected",
                "The configuration requires other providers than the dependency lock file selects, and the lock file is read-only. To select versions of these providers and record them, run \"groma init\" without \"-lockfile=readonly\".",
            )
        });
        return (LockFileChange::Suppressed, diagnostics);
    }
    if !incomplete.is_empty() {
        diagnostics.push(incomplete_warning(incomplete));
    }
    if let Err(diagnostic) = selected.save(path) {
        diagnostics.push(*diagnostic);
        return (LockFileChange::Suppressed, diagnostics);
    }
    let change =
        if previous.is_empty() { LockFileChange::Created } else { LockFileChange::Changed };
    (change, diagnostics)
}

fn incomplete_warning(incomplete: &[Provider]) -> Diagnostic {
    let list: String = incomplete.iter().map(|p| format!("  - {}\n", p.for_display())).collect();
    let platform = Platform::current();
    Diagnostic::warning(
        "Incomplete lock file information for providers",
        format!(
            "These providers were installed from places that have no checksums of all their packages, so the checksums were computed here:\n{list}\nThe dependency lock file holds checksums for {platform} only, and an installation on another platform will fail until those for it are added:\n  groma providers lock -platform=OS_ARCH"
        ),
    )
}

struct Reader<'a> {
    diagnostics: &'a mut Diagnostics,
    seen: HashMap<Provider, SourceRange>,
}

impl Reader<'_> {
    fn error(&mut self, range: &SourceRange, summary: &str, detail: String) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(range));
    }

    fn file(&mut self, body: &Body, locks: &mut Locks) {
        let schema =
            BodySchema::new().block("provider", &["source_addr"]).block("module", &["path"]);
        let (content, diagnostics) = body.content(&schema);
        self.diagnostics.extend(diagnostics);
        for block in content.blocks_of("provider") {
            self.provider(block, locks);
        }
        // An extension that others may make one day.
        if let Some(block) = content.blocks_of("module").next() {
            self.diagnostics.push(
                Diagnostic::warning(
                    "Dependency locks for modules are not yet supported",
                    "This version locks the versions of providers, not of modules. The block is ignored.",
                )
                .at(&block.type_range),
            );
        }
    }

    fn provider(&mut self, block: &Block, locks: &mut Locks) {
        let (Some(address), Some(range)) = (block.labels.first(), block.label_ranges.first())
        else {
            return;
        };
        let Some(provider) = self.address(address, range) else { return };
        let schema = BodySchema::new().required(["version"]).optional(["constraints", "hashes"]);
        let (content, diagnostics) = block.body.content(&schema);
        self.diagnostics.extend(diagnostics);
        let version = content.attribute("version").and_then(|a| self.version(&provider, a));
        let constraints = content.attribute("constraints");
        let constraints = constraints.and_then(|a| self.constraints(&provider, a));
        let hashes = content.attribute("hashes").map(|a| self.hashes(a));
        if let Some(previous) = self.seen.insert(provider.clone(), block.def_range.clone()) {
            self.error(
                &block.type_range,
                "Duplicate provider lock",
                format!("The selection for provider {provider} is already made at {previous}."),
            );
        } else if let Some(version) = version {
            let constraints = constraints.unwrap_or_default();
            let hashes = hashes.unwrap_or_default();
            locks.set(provider, ProviderLock { version, constraints, hashes });
        }
    }

    fn address(&mut self, text: &str, range: &SourceRange) -> Option<Provider> {
        let Ok(provider) = Provider::parse(text) else {
            self.error(
                range,
                "Invalid provider source address",
                "A provider in the lock file must have a whole source address, of the form \"hostname/namespace/type\".".into(),
            );
            return None;
        };
        if provider.is_builtin() {
            self.error(
                range,
                "Invalid provider source address",
                format!("The provider {provider} is part of the engine, so no version of it can be locked."),
            );
            return None;
        }
        if provider.to_string() != text {
            self.error(
                range,
                "Non-normalized provider source address",
                format!("The source address of this provider must be written \"{provider}\"."),
            );
            return None;
        }
        Some(provider)
    }

    fn text<'a>(&mut self, attribute: &'a Attribute) -> Option<&'a str> {
        let text = attribute.expr.as_string_literal();
        if text.is_none() {
            self.error(
                attribute.expr.range(),
                "Invalid dependency lock file",
                format!("The argument \"{}\" must be a text.", attribute.name),
            );
        }
        text.map(|text| &**text)
    }

    fn version(&mut self, provider: &Provider, attribute: &Attribute) -> Option<Version> {
        let text = self.text(attribute)?;
        let problem = match Version::parse(text) {
            Ok(version) => return Some(version),
            Err(problem) => problem,
        };
        self.error(
            attribute.expr.range(),
            "Invalid provider version number",
            format!("The selected version {text:?} of provider {provider} is not a whole version number: {problem}."),
        );
        None
    }

    fn constraints(
        &mut self,
        provider: &Provider,
        attribute: &Attribute,
    ) -> Option<VersionConstraints> {
        let text = self.text(attribute)?;
        let detail = match VersionConstraints::parse(text) {
            Ok(constraints) if constraints.to_string() == text => return Some(constraints),
            Ok(constraints) => format!(
                "The version constraints of provider {provider} must be written in their normalized form: \"{constraints}\"."
            ),
            Err(problem) => {
                format!("The version constraints of provider {provider} are invalid: {problem}.")
            }
        };
        self.error(attribute.expr.range(), "Invalid provider version constraints", detail);
        None
    }

    fn hashes(&mut self, attribute: &Attribute) -> BTreeSet<PackageHash> {
        let mut hashes = BTreeSet::new();
        let elements = match attribute.expr.require_list() {
            Ok(elements) => elements,
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                return hashes;
            }
        };
        if elements.is_empty() {
            self.error(
                attribute.expr.range(),
                "Invalid provider hash set",
                "The argument \"hashes\" must hold at least one checksum, or be left out.".into(),
            );
        }
        for element in elements {
            let hash = element.as_string_literal().and_then(|text| PackageHash::parse(text));
            match hash {
                Some(hash) => {
                    hashes.insert(hash);
                }
                None => self.error(
                    element.range(),
                    "Invalid provider hash string",
                    "A checksum is a text that begins with its scheme and a colon, such as \"h1:\".".into(),
                ),
            }
        }
        hashes
    }
}

#[cfg(test)]
mod tests;
