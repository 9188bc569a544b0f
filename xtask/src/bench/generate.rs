//! The configurations that are measured.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

/// How many resources of shape D refer to each other in a row.
const CHAIN: usize = 10;

/// A shape of configuration, of any size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// N instances of one resource
    A,
    /// N instances that each refer to one of N others by `count.index`
    B,
    /// N instances in 10 times N/10 nested modules
    C,
    /// N named resources in chains
    D,
}

impl Shape {
    /// All of them.
    pub(crate) const ALL: [Shape; 4] = [Shape::A, Shape::B, Shape::C, Shape::D];

    /// Writes the configuration into an empty folder.
    pub(crate) fn write(self, size: usize, directory: &Path) -> Result<()> {
        for (name, text) in self.files(size) {
            let path = directory.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn files(self, size: usize) -> Vec<(&'static str, String)> {
        match self {
            Shape::A => vec![("main.tf", counted("a", size, "count.index"))],
            Shape::B => {
                let mut text = counted("a", size, "count.index");
                text += &counted("b", size, "terraform_data.a[count.index].output");
                vec![("main.tf", text)]
            }
            Shape::C => {
                let call = |name: &str, count: usize| {
                    format!(
                        "module \"{name}\" {{\n  source = \"./{name}\"\n  count  = {count}\n}}\n"
                    )
                };
                vec![
                    ("main.tf", call("outer", 10)),
                    ("outer/main.tf", call("inner", size / 10)),
                    (
                        "outer/inner/main.tf",
                        "resource \"terraform_data\" \"c\" {\n  input = path.module\n}\n"
                            .to_owned(),
                    ),
                ]
            }
            Shape::D => vec![("main.tf", chains(size))],
        }
    }
}

fn counted(name: &str, size: usize, input: &str) -> String {
    format!("resource \"terraform_data\" \"{name}\" {{\n  count = {size}\n  input = {input}\n}}\n")
}

fn chains(size: usize) -> String {
    let mut text = String::new();
    for n in 0..size {
        let input = match n % CHAIN {
            0 => format!("\"chain {}\"", n / CHAIN),
            _ => format!("terraform_data.d{}.output", n - 1),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "resource \"terraform_data\" \"d{n}\" {{\n  input = {input}\n}}\n\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_asked() {
        assert!(Shape::A.files(70)[0].1.contains("count = 70"));
        assert_eq!(Shape::B.files(70)[0].1.matches("count = 70").count(), 2);
        assert!(Shape::C.files(70)[1].1.contains("= 7\n"));
        let chained = &Shape::D.files(70)[0].1;
        assert_eq!(chained.matches("resource ").count(), 70);
        assert_eq!(chained.matches(".output").count(), 63);
    }
}
