//! What a module says of itself, as Markdown.

use std::fmt::Write as _;

use super::module::{Module, Variable};

/// A type or default of more characters is shown by itself.
const WIDE: usize = 36;

/// The made part of a README.
pub(super) fn made_from(module: &Module) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(module, &mut text);
    text
}

fn write(module: &Module, text: &mut String) -> std::fmt::Result {
    for (name, example) in &module.examples {
        writeln!(text, "## Example: {name}\n")?;
        writeln!(text, "[examples/{name}](examples/{name}), which runs as it is:\n")?;
        writeln!(text, "```hcl\n{}```\n", ended(&calls_of(example)))?;
    }

    writeln!(text, "## Variables\n")?;
    let (required, optional): (Vec<&Variable>, Vec<&Variable>) =
        module.variables.iter().partition(|v| v.default.is_none());
    if !required.is_empty() {
        writeln!(text, "| must be set | type | what it is |\n|---|---|---|")?;
        for variable in required {
            let (name, ty) = (&variable.name, shortened(&variable.ty));
            writeln!(text, "| `{name}` | `{ty}` | {} |", described(variable))?;
        }
        writeln!(text)?;
    }
    if !optional.is_empty() {
        writeln!(text, "| can be set | type | default | what it is |\n|---|---|---|---|")?;
        for variable in &optional {
            let default = variable.default.as_deref().unwrap_or_default();
            let (name, ty) = (&variable.name, shortened(&variable.ty));
            let default = shortened(default);
            writeln!(text, "| `{name}` | `{ty}` | `{default}` | {} |", described(variable))?;
        }
        writeln!(text)?;
    }
    for variable in &module.variables {
        let default = variable.default.as_deref().unwrap_or_default();
        let (wide_type, wide_default) = (is_wide(&variable.ty), is_wide(default));
        if wide_type {
            writeln!(
                text,
                "The type of `{}`:\n\n```hcl\n{}\n```\n",
                variable.name,
                outdented(&variable.ty)
            )?;
        }
        if wide_default {
            writeln!(
                text,
                "The default of `{}`:\n\n```hcl\n{}\n```\n",
                variable.name,
                outdented(default)
            )?;
        }
    }

    writeln!(text, "## Outputs\n\n| name | what it is |\n|---|---|")?;
    for output in &module.outputs {
        writeln!(text, "| `{}` | {} |", output.name, cell(&output.description))?;
    }

    writeln!(text, "\n## What it needs, and what it makes\n")?;
    for (what, version) in &module.requirements {
        writeln!(text, "- {what} `{version}`")?;
    }
    let list = |items: &mut dyn Iterator<Item = &String>| {
        items.map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
    };
    if !module.calls.is_empty() {
        writeln!(text, "- calls {}", list(&mut module.calls.iter()))?;
    }
    if !module.resources.is_empty() {
        writeln!(text, "- makes {}", list(&mut module.resources.iter()))?;
    }
    Ok(())
}

/// An example without the block that says which versions it needs: the module's are listed.
fn calls_of(example: &str) -> String {
    let Some(rest) = example.strip_prefix("terraform {\n") else { return example.to_owned() };
    match rest.split_once("\n}\n") {
        Some((_, rest)) => rest.trim_start().to_owned(),
        None => example.to_owned(),
    }
}

fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

fn described(variable: &Variable) -> String {
    let secret = if variable.secret { " It is a secret." } else { "" };
    format!("{}{secret}", cell(&variable.description))
}

/// A text in a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn is_wide(source: &str) -> bool {
    one_line(source).chars().count() > WIDE
}

fn one_line(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A type or a value on one line, without its inside if that is wide.
fn shortened(source: &str) -> String {
    let line = one_line(source).replace('|', "\\|");
    if !is_wide(source) {
        return line;
    }
    let inside = line.find(['{', '[']).map(|at| at + 1);
    match (inside, line.rfind(['}', ']'])) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}…{}", &line[..begin], &line[end..])
        }
        _ => line,
    }
}

/// Source text as it was written, moved to the left as far as its last line goes.
fn outdented(source: &str) -> String {
    let indent = source.lines().last().map_or(0, |l| l.len() - l.trim_start().len());
    let lines = source.lines().map(|line| {
        let spaces = line.len() - line.trim_start().len();
        &line[spaces.min(indent)..]
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
terraform {
  required_version = ">= 1.9.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "name" {
  description = "Called \"so\" | otherwise."
  type        = string
}

variable "rules" {
  description = "What holds."
  type = map(object({
    from = number
    to   = optional(number)
  }))
  default = {}
}

variable "password" {
  description = "Told to nobody."
  type        = string
  default     = null
  sensitive   = true
}

resource "aws_vpc" "this" {}

output "id" {
  description = "Which it is."
  value       = aws_vpc.this.id
}
"#;

    fn module(file: &str) -> anyhow::Result<Module> {
        let mut module = Module::default();
        module.file("main.tf", file)?;
        Ok(module)
    }

    #[test]
    fn a_module_is_described() -> anyhow::Result<()> {
        let expected = "\
## Variables

| must be set | type | what it is |
|---|---|---|
| `name` | `string` | Called \"so\" \\| otherwise. |

| can be set | type | default | what it is |
|---|---|---|---|
| `rules` | `map(object({…}))` | `{}` | What holds. |
| `password` | `string` | `null` | Told to nobody. It is a secret. |

The type of `rules`:

```hcl
map(object({
  from = number
  to   = optional(number)
}))
```

## Outputs

| name | what it is |
|---|---|
| `id` | Which it is. |

## What it needs, and what it makes

- Groma, Terraform or OpenTofu `>= 1.9.0`
- hashicorp/aws `~> 5.100`
- makes `aws_vpc`
";
        assert_eq!(made_from(&module(FILE)?), expected);
        Ok(())
    }

    #[test]
    fn what_is_not_described_is_found() {
        for (block, missing) in [
            ("variable \"a\" {\n  type = string\n}\n", "variable a has no description"),
            ("variable \"a\" {\n  description = \"A.\"\n}\n", "variable a has no type"),
            ("output \"a\" {\n  value = 1\n}\n", "output a has no description"),
        ] {
            let error = module(block).map_or_else(|e| e.to_string(), |_| String::new());
            assert_eq!(error, missing);
        }
    }

    #[test]
    fn examples_are_shown_without_their_versions() {
        let example = "terraform {\n  required_version = \">= 1.9.0\"\n}\n\nmodule \"a\" {\n}\n";
        assert_eq!(calls_of(example), "module \"a\" {\n}\n");
        assert_eq!(calls_of("module \"a\" {\n}\n"), "module \"a\" {\n}\n");
    }
}
