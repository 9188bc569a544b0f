//! Formatting of a large tree of files.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::Engine;
use super::report::{Cell, Row};
use super::series::cell;
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;

/// How many lines a file of the tree has.
const LINES: usize = 200;

const COMMAND: &[&str] = &["fmt", "-recursive", "-list=false"];

/// Measures the formatting of a tree that is not, and of one that is.
pub(super) fn run(
    workspace: &Workspace,
    lines: usize,
    patience: Duration,
    groma: &Engine,
    terraform: Option<&Engine>,
    interrupt: &Interrupt,
) -> Result<Vec<Row>> {
    println!("Formatting, {lines} lines");
    let [ours, ours_again] = measure(workspace, lines, patience, groma, interrupt)?;
    let [theirs, theirs_again] = match terraform {
        Some(terraform) => measure(workspace, lines, patience, terraform, interrupt)?,
        None => [Cell::Absent; 2],
    };
    let row = |step, groma, terraform| Row {
        what: "fmt".to_owned(),
        step,
        size: lines,
        groma,
        terraform,
    };
    Ok(vec![row("format", ours, theirs), row("nothing to do", ours_again, theirs_again)])
}

fn measure(
    workspace: &Workspace,
    lines: usize,
    patience: Duration,
    engine: &Engine,
    interrupt: &Interrupt,
) -> Result<[Cell; 2]> {
    let directory = workspace.target.join("bench").join(format!("fmt-{}", engine.name));
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    write(lines, &directory)?;
    interrupt.check()?;
    let first = cell(engine, COMMAND, &directory, patience, "fmt")?;
    interrupt.check()?;
    let second = cell(engine, COMMAND, &directory, patience, "fmt")?;
    fs::remove_dir_all(&directory)?;
    Ok([first, second])
}

/// Writes a tree of so many lines, ten files to a folder.
fn write(lines: usize, directory: &Path) -> Result<()> {
    for number in 0..lines.div_ceil(LINES) {
        let folder = directory.join(format!("part{}", number / 10));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("file{number}.tf")), file(number))?;
    }
    Ok(())
}

/// A file of the kind that people write, before it is formatted.
fn file(number: usize) -> String {
    let mut text = String::new();
    for block in 0..LINES / 20 {
        let _ = write!(
            text,
            r#"# Instance {block} of file {number}
resource  "aws_instance"   "web_{number}_{block}" {{
    ami = data.aws_ami.ubuntu.id   # the newest
    instance_type="${{var.instance_type}}"
      count = var.enabled?length(var.zones):0
  tags = merge(local.tags,{{
      Name="web-${{var.environment}}-${{count.index}}", Role = "web"
  }})
  user_data = <<-EOT
    #!/bin/sh
      echo ${{join(",", [for zone in var.zones: upper(zone) if zone!=""])}}
  EOT
  dynamic "ebs_block_device" {{
  for_each = {{for k,v in var.disks:k=>v if v.size>10&&v.kind!="none"}}
  content {{
  volume_size = ebs_block_device.value.size*2 // doubled
  }}
 }}
}}

"#
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_length_that_they_are_said_to_have() {
        assert_eq!(file(3).lines().count(), LINES);
    }
}
