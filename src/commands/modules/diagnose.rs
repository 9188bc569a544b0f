//! What to tell when a module cannot be installed.

use groma_diag::Diagnostic;
use groma_registry::{ModuleError, ModuleOrigin};

use super::pass::Missing;

/// The error for a module.
pub(super) fn error(module: &Missing, error: &ModuleError) -> Diagnostic {
    let name = module.path.names().last().cloned().unwrap_or_default();
    let place = &module.call_range;
    let named = format!("module {:?} ({}:{})", &*name, place.filename, place.start.line);
    let (summary, detail) = match error {
        ModuleError::NotInRegistry { host } => (
            "Module not found",
            format!(
                "Module {:?} (from {}:{}) cannot be found in the module registry at {host}.",
                &*name, place.filename, place.start.line
            ),
        ),
        ModuleError::Versions { host, why } => (
            "Error accessing remote module registry",
            format!("Failed to retrieve available versions for {named} from {host}: {why}."),
        ),
        ModuleError::NoVersions { host } => (
            "Module has no versions",
            format!("M{} has no versions available on {host}.", &named[1..]),
        ),
        ModuleError::NoMatch { newest } => {
            let newest = match newest {
                Some(newest) => format!(" The newest available version is {newest}."),
                None => String::new(),
            };
            (
                "Unresolvable module version constraint",
                format!(
                    "There is no available version of module {:?} ({}:{}) which matches the given version constraint.{newest}",
                    module.source.to_string(),
                    place.filename,
                    place.start.line
                ),
            )
        }
        ModuleError::Location { host, version, why } => (
            "Error accessing remote module registry",
            format!(
                "Failed to retrieve a download URL for {} {version} from {host}: {why}.",
                module.source
            ),
        ),
        ModuleError::Download { package, why } => (
            "Failed to download module",
            format!("Could not download {named} source code from {package:?}: {why}."),
        ),
        ModuleError::Subdir(why) => (
            match module.wish.origin {
                ModuleOrigin::Registry(..) => "Unreadable module subdirectory",
                ModuleOrigin::Package(_) => "Failed to expand subdir globs",
            },
            format!(
                "The package of {named} has been got, but it does not have the directory that is asked for: {why}."
            ),
        ),
    };
    Diagnostic::error(summary, detail).at(place)
}
