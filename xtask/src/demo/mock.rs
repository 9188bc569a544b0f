//! A configuration like the scalable web app, of the mock provider's types.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Story;
use crate::mirror::platform;
use crate::programs::Programs;
use crate::workspace::Workspace;

/// The version under which the mirror has the mock provider. The example asks for it.
const VERSION: &str = "0.5.0";

/// Its demo.
pub(crate) fn story() -> Story {
    Story {
        example: "mock-web-app",
        environment: &[("TF_VAR_db_password", "for-the-mock-only")],
        in_place: (
            "An edit that changes things as they are: more instances, and another health check",
            "capacity          = { min = 3, desired = 3 }\nhealth_check_path = \"/health\"\n",
        ),
        replacing: (
            "An edit that a target group does not survive: another port. Its successor is made first",
            "app_port = 8080\n",
        ),
        not_clean: "The plan above should have been empty: nothing was edited.",
    }
}

/// A filesystem mirror that has the mock provider as it was just built.
pub(crate) fn mirror(workspace: &Workspace, programs: &Programs) -> Result<PathBuf> {
    let root = workspace.target.join("demo").join("mirror");
    let name = "terraform-provider-tfcoremock";
    let directory: PathBuf =
        root.join("registry.terraform.io/hashicorp/tfcoremock").join(VERSION).join(platform());
    fs::create_dir_all(&directory)?;
    let program = directory.join(format!("{name}_v{VERSION}"));
    fs::copy(&programs.mock, &program)
        .with_context(|| format!("{} could not be copied", programs.mock.display()))?;
    Ok(root)
}
