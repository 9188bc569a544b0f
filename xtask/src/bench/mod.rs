//! Groma beside Terraform, in one run, as ratios.
//!
//! Both get the same generated configurations and the same commands. Where Terraform is not on the
//! PATH, Groma's own numbers and how they grow remain.

mod aws;
mod demo;
mod format;
mod generate;
mod language;
mod report;
mod series;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::interrupt::Interrupt;
use crate::programs;
use crate::workspace::Workspace;

use generate::Shape;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Numbers of resources; by each two of which one is twice the other, growth is told
    #[arg(long, value_delimiter = ',', default_values_t = [500, 1000, 2000])]
    sizes: Vec<usize>,
    /// The shapes of configuration
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Shape::ALL)]
    shapes: Vec<Shape>,
    /// The largest number of resources that Terraform is asked for; 0 leaves it out
    #[arg(long, default_value_t = 500)]
    terraform_limit: usize,
    /// Seconds after which a command is stopped
    #[arg(long, global = true, default_value_t = 900)]
    patience: u64,
}

#[derive(clap::Subcommand)]
enum What {
    /// The no-change plan of the scalable web app, through the released AWS provider
    Demo {
        /// How often to measure
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// The web app with the native AWS provider, beside Terraform with the released one; memory is
    /// that of engine and plugins together
    Aws {
        /// How often to measure plans
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// How many provider configurations there are in the last step
        #[arg(long, default_value_t = 20)]
        aliases: usize,
    },
    /// The formatting of a tree of files
    Fmt {
        /// How many lines it has
        #[arg(long, default_value_t = 50_000)]
        lines: usize,
    },
    /// Evaluation: modules of 25 local values each, which transform lists and maps
    Language {
        /// How many modules
        #[arg(long, default_value_t = 200)]
        modules: usize,
        /// How many elements the lists and maps have
        #[arg(long, default_value_t = 10_000)]
        elements: usize,
    },
}

/// An engine that is measured.
#[derive(Clone)]
struct Engine {
    name: &'static str,
    program: PathBuf,
}

/// Measures, prints a table, and writes `bench.json` into the target folder.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let program = match &args.what {
        Some(What::Aws { .. }) => programs::released_with_aws(workspace)?,
        _ => programs::released(workspace)?,
    };
    let groma = Engine { name: "groma", program };
    let terraform =
        programs::on_path("terraform").map(|program| Engine { name: "terraform", program });
    if terraform.is_none() {
        println!("Terraform is not on the PATH: there is nothing to compare with");
    }
    let patience = Duration::from_secs(args.patience);
    let rows = match &args.what {
        None => {
            let plan = series::Plan {
                shapes: &args.shapes,
                sizes: &args.sizes,
                limit: args.terraform_limit,
                patience,
            };
            series::run(workspace, &plan, &groma, terraform.as_ref(), &interrupt)?
        }
        Some(What::Demo { rounds }) => {
            demo::run(workspace, *rounds, patience, groma, terraform, &interrupt)?
        }
        Some(What::Aws { rounds, aliases }) => {
            let plan = aws::Plan { rounds: *rounds, aliases: *aliases, patience };
            aws::run(workspace, &plan, groma, terraform, &interrupt)?
        }
        Some(What::Fmt { lines }) => {
            format::run(workspace, *lines, patience, &groma, terraform.as_ref(), &interrupt)?
        }
        Some(What::Language { modules, elements }) => {
            let life = series::Life {
                name: "language".to_owned(),
                size: *modules,
                steps: language::STEPS,
                write: &|directory| language::write(*modules, *elements, directory),
                patience,
            };
            life.compare(workspace, &groma, terraform.as_ref(), &interrupt)?
        }
    };
    print!("{}", report::table(&rows));
    let file = workspace.target.join("bench.json");
    std::fs::write(&file, format!("{:#}\n", report::json(&rows)))?;
    println!("\nWritten to {}", workspace.relative(&file).display());
    Ok(())
}
