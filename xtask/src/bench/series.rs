//! Each command on each shape and size, by each engine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::Engine;
use super::generate::Shape;
use super::report::{Cell, Row};
use crate::interrupt::Interrupt;
use crate::measure::{self, Ended};
use crate::programs::isolate;
use crate::workspace::Workspace;

/// The commands, in the order of a configuration's life.
const STEPS: &[Step] = &[
    ("init", &["init", "-no-color"]),
    ("validate", &["validate", "-no-color"]),
    ("plan", &["plan", "-no-color", "-out=p.tfplan"]),
    ("show -json", &["show", "-json", "p.tfplan"]),
    ("apply", &["apply", "-no-color", "p.tfplan"]),
    ("no-change plan", &["plan", "-no-color"]),
    ("destroy", &["destroy", "-no-color", "-auto-approve"]),
];

/// What to measure.
pub(super) struct Plan<'a> {
    pub(super) shapes: &'a [Shape],
    pub(super) sizes: &'a [usize],
    /// The largest size for Terraform.
    pub(super) limit: usize,
    pub(super) patience: Duration,
}

/// Measures it all.
pub(super) fn run(
    workspace: &Workspace,
    plan: &Plan<'_>,
    groma: &Engine,
    terraform: Option<&Engine>,
    interrupt: &Interrupt,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for &shape in plan.shapes {
        for &size in plan.sizes {
            println!("{shape:?}, N = {size}");
            let life = Life {
                name: format!("{shape:?}"),
                size,
                steps: STEPS,
                write: &|directory| shape.write(size, directory),
                patience: plan.patience,
            };
            let other = terraform.filter(|_| size <= plan.limit);
            rows.extend(life.compare(workspace, groma, other, interrupt)?);
        }
    }
    Ok(rows)
}

/// A command's name in the table, and its arguments.
pub(super) type Step = (&'static str, &'static [&'static str]);

/// What a configuration goes through.
pub(super) struct Life<'a> {
    /// Its name in the table.
    pub(super) name: String,
    pub(super) size: usize,
    pub(super) steps: &'static [Step],
    /// Writes it into an empty folder.
    pub(super) write: &'a dyn Fn(&Path) -> Result<()>,
    /// How long a command may take.
    pub(super) patience: Duration,
}

impl Life<'_> {
    /// Goes through it with one engine, and with the other if there is one: a row for every step.
    pub(super) fn compare(
        &self,
        workspace: &Workspace,
        groma: &Engine,
        terraform: Option<&Engine>,
        interrupt: &Interrupt,
    ) -> Result<Vec<Row>> {
        let ours = life(workspace, self, groma, interrupt)?;
        let theirs = match terraform {
            Some(terraform) => life(workspace, self, terraform, interrupt)?,
            None => vec![Cell::Absent; self.steps.len()],
        };
        let row = |((step, _), (groma, terraform)): (&Step, (Cell, Cell))| Row {
            what: self.name.clone(),
            step,
            size: self.size,
            groma,
            terraform,
        };
        Ok(self.steps.iter().zip(ours.into_iter().zip(theirs)).map(row).collect())
    }
}

/// A configuration's life through one engine: a cell for every step.
fn life(
    workspace: &Workspace,
    life: &Life<'_>,
    engine: &Engine,
    interrupt: &Interrupt,
) -> Result<Vec<Cell>> {
    let name = format!("{}-{}-{}", life.name.to_lowercase(), life.size, engine.name);
    let directory = workspace.target.join("bench").join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    (life.write)(&directory)?;
    let mut cells: Vec<Cell> = Vec::new();
    for (step, arguments) in life.steps {
        interrupt.check()?;
        // What follows a failure would measure something else.
        let failed = cells.last().is_some_and(|cell| !matches!(cell, Cell::Used(_)));
        cells.push(if failed {
            Cell::Absent
        } else {
            cell(engine, arguments, &directory, life.patience, step)?
        });
    }
    fs::remove_dir_all(&directory)?;
    Ok(cells)
}

/// What one command uses.
pub(super) fn cell(
    engine: &Engine,
    arguments: &[&str],
    directory: &Path,
    patience: Duration,
    step: &str,
) -> Result<Cell> {
    let mut command = Command::new(&engine.program);
    command.args(arguments).current_dir(directory);
    isolate(&mut command);
    // A file of the user's own must not take part.
    command
        .env("TF_CLI_CONFIG_FILE", directory.join("none.tfrc"))
        .env("CHECKPOINT_DISABLE", "true");
    fs::write(directory.join("none.tfrc"), "")?;
    let errors = directory.join("errors.txt");
    Ok(match measure::measured(&command, patience, &errors)? {
        Ended::Exited(Some(0), usage) => Cell::Used(usage),
        Ended::TooLong => Cell::TooLong,
        Ended::Exited(code, _) => {
            let said = fs::read_to_string(&errors)?;
            println!("{} {step} failed ({code:?}):\n{}", engine.name, said.trim());
            Cell::Failed
        }
    })
}
