//! Evaluation of the language: many modules, whose local values transform large lists and maps.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::series::Step;

/// The commands that are measured.
pub(super) const STEPS: &[Step] = &[
    ("init", &["init", "-no-color"]),
    ("validate", &["validate", "-no-color"]),
    ("plan", &["plan", "-no-color", "-out=p.tfplan"]),
];

/// The local values of each module. `side` times `side` is the number of elements.
const LOCALS: &str = r#"
variable "seed" { type = number }
variable "side" { type = number }
variable "items" { type = list(string) }

locals {
  side       = range(var.side)
  names      = [for s in var.items : "${s}-${var.seed}"]
  places     = { for i, s in local.names : s => i }
  even       = [for k, v in local.places : v if v % 2 == 0]
  keys       = keys(local.places)
  values     = values(local.places)
  nested     = [for i in local.side : [for j in local.side : i * var.side + j + var.seed]]
  flat       = flatten(local.nested)
  pairs      = setproduct(local.side, local.side)
  sums       = [for p in local.pairs : p[0] + p[1]]
  total      = sum(local.sums)
  encoded    = jsonencode(local.places)
  decoded    = jsondecode(local.encoded)
  text       = templatefile("${path.module}/list.tftpl", { items = local.even })
  digest     = sha256(local.text)
  merged     = merge(local.decoded, { last = var.seed })
  zipped     = zipmap(local.keys, local.values)
  grouped    = { for n in local.flat : tostring(n % 100) => n... }
  joined     = join(",", local.names)
  parts      = split(",", local.joined)
  both       = concat(local.names, local.parts)
  page       = slice(local.both, 0, length(local.names))
  backwards  = reverse(local.page)
  upper      = [for s in local.backwards : upper(s)]
  records    = { for k, v in local.zipped : k => { name = k, place = v, even = v % 2 == 0 } }
}

output "result" {
  value = "${local.digest} ${local.total} ${length(local.merged)} ${length(local.grouped)} ${length(local.upper)} ${length([for r in local.records : r.name if r.even])}"
}
"#;

const TEMPLATE: &str = "%{ for i in items ~}\nitem ${i}\n%{ endfor ~}\n";

/// Writes the configuration.
pub(super) fn write(modules: usize, elements: usize, directory: &Path) -> Result<()> {
    let side = elements.isqrt();
    if side * side != elements || side > 1024 {
        bail!("the number of elements has to be a square, up to 1024 times 1024");
    }
    fs::create_dir_all(directory.join("work"))?;
    fs::write(directory.join("work/main.tf"), LOCALS)?;
    fs::write(directory.join("work/list.tftpl"), TEMPLATE)?;
    let mut text = format!(
        "locals {{\n  side  = {side}\n  items = flatten([for i in range(local.side) : [for j in range(local.side) : \"${{i}}-${{j}}\"]])\n}}\n"
    );
    for n in 0..modules {
        let _ = write!(
            text,
            "\nmodule \"m{n}\" {{\n  source = \"./work\"\n  seed   = {n}\n  side   = local.side\n  items  = local.items\n}}\n\noutput \"m{n}\" {{\n  value = module.m{n}.result\n}}\n"
        );
    }
    Ok(fs::write(directory.join("main.tf"), text)?)
}

#[cfg(test)]
mod tests {
    use super::LOCALS;

    #[test]
    fn modules_have_as_many_locals_as_is_said() {
        let locals = LOCALS.lines().filter(|l| l.starts_with("  ") && l.contains(" = "));
        assert_eq!(locals.filter(|l| !l.trim_start().starts_with("value ")).count(), 25);
    }
}
