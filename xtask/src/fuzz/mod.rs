//! `cargo xtask fuzz-diff`: Groma against Terraform on random input.
//!
//! Grammars give expressions, configurations and files in disorder, most of them in order as far as
//! the language goes; both engines say what they make of them. What differs is made as small as it
//! gets while it differs in the same way, and is kept, once for each way.

mod compare;
mod configurations;
mod console;
mod engines;
mod evaluate;
mod expressions;
mod format;
mod random;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::configurations::Item;
use self::engines::{Engine, Engines};
use self::random::Random;
use self::tree::Tree;
use crate::interrupt::Interrupt;
use crate::programs;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the random choices begin with; the same seed gives the same input
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many expressions; for the console there are half as many, a fiftieth as many
    /// configurations, and as many files
    #[arg(long, default_value_t = 1000)]
    cases: usize,
    /// Seconds after which it ends, whatever is left
    #[arg(long)]
    time: Option<u64>,
    /// What to try
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Subject::ALL)]
    only: Vec<Subject>,
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// Values and errors of expressions
    Expressions,
    /// What the console prints for expressions
    Console,
    /// What `validate` and `plan` say of configurations
    Configurations,
    /// What `fmt` makes of files
    Format,
}

impl Subject {
    const ALL: [Subject; 4] =
        [Subject::Expressions, Subject::Console, Subject::Configurations, Subject::Format];
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Subject::Expressions => "expressions",
            Subject::Console => "console",
            Subject::Configurations => "configurations",
            Subject::Format => "format",
        })
    }
}

/// How many expressions, and how many files, are handed over at once.
const BATCH: usize = 100;

/// How many of them are piped into the console: each takes a process.
const CONSOLE: usize = BATCH / 2;

/// How many configurations come between two such batches.
const CONFIGURATIONS: usize = BATCH / 50;

/// How many smaller variants are tried at once.
const VARIANTS: usize = 100;

/// Tries until the cases or the time are used up, and fails if something differed.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let groma = programs::built(workspace)?;
    let terraform = programs::on_path("terraform")
        .context("Terraform is not on the PATH: there is nothing to compare with")?;
    // A seed has a place of its own, so that several can run side by side.
    let root = workspace.target.join("fuzz-diff").join(format!("seed-{}", args.seed));
    let engines = |name: &str| -> Result<Engines> {
        let root = root.join(name);
        Ok(Engines {
            terraform: Engine::new("terraform", terraform.clone(), &root)?,
            groma: Engine::new("groma", groma.clone(), &root)?,
        })
    };
    let mut session = Session {
        expressions: engines("expressions")?,
        configurations: engines("configurations")?,
        format: engines("format")?,
        seen: BTreeSet::new(),
        kept: root.join("found"),
        interrupt,
        end: args.time.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
    };
    if session.kept.exists() {
        fs::remove_dir_all(&session.kept)?;
    }
    fs::create_dir_all(&session.kept)?;
    let tried = session.run(args)?;
    println!("{tried} cases, {} ways in which they differ", session.seen.len());
    if !session.seen.is_empty() {
        bail!("there are differences, kept in {}", workspace.relative(&session.kept).display());
    }
    Ok(())
}

struct Session {
    expressions: Engines,
    configurations: Engines,
    format: Engines,
    /// The ways in which something has differed.
    seen: BTreeSet<String>,
    kept: PathBuf,
    interrupt: Interrupt,
    end: Option<Instant>,
}

impl Session {
    fn run(&mut self, args: &Args) -> Result<usize> {
        let expressions = &self.expressions;
        for engine in [&expressions.terraform, &expressions.groma] {
            let text = expressions::CONTEXT.to_owned();
            engine.write(&[("context.tf".to_owned(), text)])?;
            engine.run(&["init", "-no-color"])?;
        }
        if args.only.contains(&Subject::Configurations) {
            compare::prepare(&self.configurations)?;
        }
        let mut tried = 0;
        for batch in 0..args.cases.div_ceil(BATCH) {
            // Each subject has choices of its own, so that leaving one out changes no other.
            let seed = args.seed.wrapping_mul(1_000_003).wrapping_add(batch as u64);
            for subject in &args.only {
                if self.is_over()? {
                    return Ok(tried);
                }
                let mut random = Random::new(seed);
                tried += match subject {
                    Subject::Expressions => self.try_expressions(&mut random)?,
                    Subject::Console => self.try_console(&mut random)?,
                    Subject::Configurations => self.try_configurations(&mut random)?,
                    Subject::Format => self.try_format(&mut random)?,
                };
            }
        }
        Ok(tried)
    }

    fn is_over(&self) -> Result<bool> {
        self.interrupt.check()?;
        Ok(self.end.is_some_and(|end| Instant::now() > end))
    }

    /// Keeps what differs, and prints it.
    fn keep(
        &mut self,
        subject: &str,
        what: &str,
        input: &str,
        terraform: &str,
        groma: &str,
    ) -> Result<()> {
        let text = format!(
            "{subject}: {what}\n\n{input}\n\n--- terraform\n{terraform}\n--- groma\n{groma}\n"
        );
        println!("{text}");
        let file = self.kept.join(format!("{:03}-{subject}.txt", self.seen.len()));
        fs::write(file, text)?;
        Ok(())
    }

    fn try_expressions(&mut self, random: &mut Random) -> Result<usize> {
        let trees: Vec<Tree> = (0..BATCH).map(|_| expressions::expression(random)).collect();
        let texts: Vec<String> = trees.iter().map(Tree::text).collect();
        let outcomes = evaluate::evaluate(&self.expressions, &texts)?;
        for (tree, (terraform, groma)) in trees.iter().zip(&outcomes) {
            let Some(what) = evaluate::difference(terraform, groma) else { continue };
            if self.seen.insert(format!("expression: {what}")) {
                let tree = self.shrink_expression(tree, &what)?;
                let text = tree.text();
                let outcome = evaluate::evaluate(&self.expressions, &[text.clone()])?;
                let (terraform, groma) = outcome.first().context("an outcome")?;
                let (terraform, groma) = (format!("{terraform:?}"), format!("{groma:?}"));
                self.keep("expression", &what, &text, &terraform, &groma)?;
            }
        }
        Ok(trees.len())
    }

    fn shrink_expression(&self, tree: &Tree, what: &str) -> Result<Tree> {
        let mut tree = tree.clone();
        'smaller: while !self.is_over()? {
            for variants in tree.smaller().chunks(VARIANTS) {
                let texts: Vec<String> = variants.iter().map(Tree::text).collect();
                let outcomes = evaluate::evaluate(&self.expressions, &texts)?;
                let same = outcomes
                    .iter()
                    .position(|(a, b)| evaluate::difference(a, b).as_deref() == Some(what));
                if let Some(same) = same {
                    tree = variants[same].clone();
                    continue 'smaller;
                }
            }
            break;
        }
        Ok(tree)
    }

    fn try_console(&mut self, random: &mut Random) -> Result<usize> {
        let trees: Vec<Tree> = (0..CONSOLE).map(|_| console::expression(random)).collect();
        let texts: Vec<String> = trees.iter().map(Tree::text).collect();
        let printed = console::print(&self.expressions, &texts)?;
        for (tree, (terraform, groma)) in trees.iter().zip(&printed) {
            let Some(what) = console::difference(terraform, groma) else { continue };
            let tree = self.shrink_console(tree, &what)?;
            let text = tree.text();
            if console::is_allowed_later(&what, &text) {
                continue;
            }
            if self.seen.insert(format!("console: {}", console::kind(&what, &text))) {
                let printed = console::print(&self.expressions, &[text.clone()])?;
                let (terraform, groma) = printed.first().context("an outcome")?;
                let (terraform, groma) = (format!("{terraform:?}"), format!("{groma:?}"));
                self.keep("console", &what, &text, &terraform, &groma)?;
            }
        }
        Ok(trees.len())
    }

    fn shrink_console(&self, tree: &Tree, what: &str) -> Result<Tree> {
        let mut tree = tree.clone();
        'smaller: while !self.is_over()? {
            // Each takes a process of its own.
            for variants in tree.smaller().chunks(VARIANTS / 10) {
                let texts: Vec<String> = variants.iter().map(Tree::text).collect();
                let printed = console::print(&self.expressions, &texts)?;
                let same = printed
                    .iter()
                    .position(|(a, b)| console::difference(a, b).as_deref() == Some(what));
                if let Some(same) = same {
                    tree = variants[same].clone();
                    continue 'smaller;
                }
            }
            break;
        }
        Ok(tree)
    }

    fn try_configurations(&mut self, random: &mut Random) -> Result<usize> {
        for _ in 0..CONFIGURATIONS {
            let items = configurations::configuration(random);
            let Some(found) = compare::compare(&self.configurations, &items)? else { continue };
            if self.seen.insert(format!("configuration: {}", found.what)) {
                let (items, found) = self.shrink_configuration(items, found)?;
                let text = configurations::text(&items);
                self.keep("configuration", &found.what, &text, &found.terraform, &found.groma)?;
            }
        }
        Ok(CONFIGURATIONS)
    }

    fn shrink_configuration(
        &self,
        mut items: Vec<Item>,
        mut found: compare::Difference,
    ) -> Result<(Vec<Item>, compare::Difference)> {
        'smaller: while !self.is_over()? {
            for variant in configurations::smaller(&items) {
                self.interrupt.check()?;
                let same = compare::compare(&self.configurations, &variant)?
                    .filter(|other| other.what == found.what);
                if let Some(same) = same {
                    (items, found) = (variant, same);
                    continue 'smaller;
                }
            }
            break;
        }
        Ok((items, found))
    }

    fn try_format(&mut self, random: &mut Random) -> Result<usize> {
        let files: Vec<String> = (0..BATCH).map(|_| format::file(random)).collect();
        let results = format::format(&self.format, &files)?;
        for (file, (terraform, groma)) in files.iter().zip(&results) {
            let Some(what) = format::difference(terraform, groma) else { continue };
            // Different texts have little in common but that.
            if !self.seen.insert(format!("format: {what}")) && what != "another text" {
                continue;
            }
            let file = self.shrink_file(file, &what)?;
            let results = format::format(&self.format, &[file.clone()])?;
            let (terraform, groma) = results.first().context("a result")?;
            let text = |result: &format::Formatted| result.clone().unwrap_or("(an error)".into());
            self.keep("format", &what, &file, &text(terraform), &text(groma))?;
        }
        Ok(files.len())
    }

    fn shrink_file(&self, file: &str, what: &str) -> Result<String> {
        let mut file = file.to_owned();
        while !self.is_over()? {
            let variants = format::smaller(&file);
            let results = format::format(&self.format, &variants)?;
            let same =
                results.iter().position(|(a, b)| format::difference(a, b).as_deref() == Some(what));
            match same {
                Some(same) => file = variants[same].clone(),
                None => break,
            }
        }
        Ok(file)
    }
}
