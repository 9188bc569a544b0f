//! A grammar of configurations: blocks that refer to each other, and now and then a mistake.

use super::expressions::{Kind, of_kind};
use super::random::Random;
use super::tree::Tree;

/// An argument or a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Attribute(String, Tree),
    Block(String, Vec<Item>),
}

/// The module that configurations call, as `./child`.
pub(super) const CHILD: &str = r#"variable "texts" {
  type    = list(string)
  default = ["d"]
}

variable "needed" {
  type = number
}

resource "terraform_data" "in" {
  input = var.texts
}

output "texts" {
  value = [for t in var.texts : upper(t)]
}

output "id" {
  value = terraform_data.in.id
}
"#;

/// How many configurations of a hundred have a mistake put in on purpose.
const MISTAKES: usize = 50;

/// The text of items.
pub(super) fn text(items: &[Item]) -> String {
    let mut out = String::new();
    write(items, 0, &mut out);
    out
}

fn write(items: &[Item], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            Item::Attribute(name, value) => {
                out.push_str(&format!("{indent}{name} = {}\n", value.text()));
            }
            Item::Block(header, body) => {
                out.push_str(&format!("{indent}{header} {{\n"));
                write(body, depth + 1, out);
                out.push_str(&format!("{indent}}}\n"));
            }
        }
    }
}

/// The same with something less, what takes away most first.
pub(super) fn smaller(items: &[Item]) -> Vec<Vec<Item>> {
    let mut all = variants(items);
    let length = text(items).len();
    all.retain(|variant| text(variant).len() < length);
    all.sort_by_key(|variant| text(variant).len());
    all
}

fn variants(items: &[Item]) -> Vec<Vec<Item>> {
    let mut all = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut without = items.to_vec();
        without.remove(at);
        all.push(without);
        let replaced: Vec<Item> = match item {
            Item::Attribute(name, value) => {
                let smaller = value.smaller().into_iter().take(12);
                smaller.map(|value| Item::Attribute(name.clone(), value)).collect()
            }
            Item::Block(header, body) => {
                let smaller = variants(body).into_iter();
                smaller.map(|body| Item::Block(header.clone(), body)).collect()
            }
        };
        for item in replaced {
            let mut with = items.to_vec();
            with[at] = item;
            all.push(with);
        }
    }
    all
}

struct Writer<'r> {
    random: &'r mut Random,
    /// What can be referred to.
    names: Vec<String>,
}

/// A configuration.
pub(super) fn configuration(random: &mut Random) -> Vec<Item> {
    let mut writer = Writer { random, names: Vec::new() };
    let mut items = Vec::new();
    for number in 0..writer.random.below(3) {
        items.push(writer.variable(number));
    }
    for number in 0..1 + writer.random.below(3) {
        items.push(writer.locals(number));
    }
    for number in 0..writer.random.below(4) {
        items.push(writer.resource(number));
    }
    if writer.random.chance(30) {
        items.push(writer.module());
    }
    for number in 0..1 + writer.random.below(3) {
        items.push(writer.output(number));
    }
    if writer.random.chance(15) {
        let body = vec![writer.condition("assert")];
        items.push(Item::Block("check \"c\"".to_owned(), body));
    }
    if writer.random.chance(10) {
        let from = Item::Attribute("from".to_owned(), Tree::leaf("terraform_data.old"));
        let to = Item::Attribute("to".to_owned(), Tree::leaf("terraform_data.r0"));
        items.push(Item::Block("moved".to_owned(), vec![from, to]));
    }
    if random.chance(MISTAKES) {
        mistake(random, &mut items);
    }
    items
}

impl Writer<'_> {
    fn attribute(&mut self, name: &str, value: Tree) -> Item {
        Item::Attribute(name.to_owned(), value)
    }

    fn plain(&mut self, name: &str, text: &str) -> Item {
        self.attribute(name, Tree::leaf(text))
    }

    /// An expression that may refer to what is there.
    fn value(&mut self, kind: Kind) -> Tree {
        if !self.names.is_empty() && self.random.chance(45) {
            let name = self.random.pick(&self.names).clone();
            let pattern = match self.random.below(6) {
                0 => "\"<${@}>\"",
                1 => "[@]",
                2 => "try(@.x, null)",
                3 => "length(@)",
                _ => "@",
            };
            return Tree::of(pattern, vec![Tree::leaf(name)]);
        }
        of_kind(self.random, kind, 1)
    }

    fn condition(&mut self, block: &str) -> Item {
        let condition = self.value(Kind::Bool);
        let body = vec![
            self.attribute("condition", condition),
            self.plain("error_message", "\"It does not hold.\""),
        ];
        Item::Block(block.to_owned(), body)
    }

    fn variable(&mut self, number: usize) -> Item {
        const TYPES: &[(&str, Kind)] = &[
            ("string", Kind::Text),
            ("number", Kind::Number),
            ("bool", Kind::Bool),
            ("list(string)", Kind::Texts),
            ("set(string)", Kind::Texts),
            ("map(string)", Kind::Map),
            ("object({ a = string, b = optional(number, 2) })", Kind::Object),
            ("tuple([string, number])", Kind::Texts),
            ("any", Kind::Any),
        ];
        let (ty, kind) = *self.random.pick(TYPES);
        let mut body = vec![self.plain("type", ty)];
        if self.random.chance(80) {
            // A default has to be constant; references in it are mistakes.
            let default = of_kind(self.random, kind, 0);
            body.push(self.attribute("default", default));
        }
        for (name, percent) in [("sensitive", 10), ("nullable", 15), ("ephemeral", 3)] {
            if self.random.chance(percent) {
                let value = if self.random.chance(50) { "true" } else { "false" };
                body.push(self.plain(name, value));
            }
        }
        if self.random.chance(20) {
            self.names.push(format!("var.v{number}"));
            body.push(self.condition("validation"));
        }
        self.names.push(format!("var.v{number}"));
        Item::Block(format!("variable \"v{number}\""), body)
    }

    fn locals(&mut self, number: usize) -> Item {
        let kinds = [Kind::Text, Kind::Texts, Kind::Map, Kind::Object, Kind::Number, Kind::Any];
        let mut body = Vec::new();
        for name in ["a", "b"] {
            let kind = *self.random.pick(&kinds);
            let name = format!("{name}{number}");
            let value = self.value(kind);
            body.push(self.attribute(&name, value));
            self.names.push(format!("local.{name}"));
        }
        Item::Block("locals".to_owned(), body)
    }

    fn resource(&mut self, number: usize) -> Item {
        let mut body = Vec::new();
        let mut name = format!("terraform_data.r{number}");
        match self.random.below(6) {
            0 => {
                let count = self.value(Kind::Number);
                body.push(self.attribute("count", count));
                name += if self.random.chance(70) { "[0]" } else { "[*].id" };
            }
            1 => {
                let each = match self.random.chance(50) {
                    true => Tree::leaf("toset([\"a\", \"b\"])"),
                    false => self.value(Kind::Map),
                };
                body.push(self.attribute("for_each", each));
                name += if self.random.chance(70) { "[\"a\"]" } else { "" };
                if self.random.chance(60) {
                    body.push(self.plain("triggers_replace", "[each.key, each.value]"));
                }
            }
            _ => {}
        }
        if self.random.chance(80) {
            let input = self.value(Kind::Any);
            body.push(self.attribute("input", input));
        }
        if self.random.chance(15) {
            let mut within = vec![self.condition("precondition")];
            if self.random.chance(40) {
                within.push(self.plain("create_before_destroy", "true"));
            }
            if self.random.chance(30) {
                within.push(self.plain("ignore_changes", "[input]"));
            }
            if self.random.chance(20) && !self.names.is_empty() {
                let name = self.random.pick(&self.names).clone();
                within.push(self.plain("replace_triggered_by", &format!("[{name}]")));
            }
            body.push(Item::Block("lifecycle".to_owned(), within));
        }
        if self.random.chance(15) && !self.names.is_empty() {
            let name = self.random.pick(&self.names).clone();
            body.push(self.plain("depends_on", &format!("[{name}]")));
        }
        if self.random.chance(70) {
            let rest = *self.random.pick(&["", ".id", ".output", ".input"]);
            self.names.push(format!("{name}{rest}"));
        }
        Item::Block(format!("resource \"terraform_data\" \"r{number}\""), body)
    }

    fn module(&mut self) -> Item {
        let mut body = vec![self.plain("source", "\"./child\"")];
        let needed = self.value(Kind::Number);
        body.push(self.attribute("needed", needed));
        if self.random.chance(60) {
            let texts = self.value(Kind::Texts);
            body.push(self.attribute("texts", texts));
        }
        let mut name = "module.m".to_owned();
        if self.random.chance(20) {
            body.push(self.plain("count", "2"));
            name += "[1]";
        }
        self.names.extend([format!("{name}.texts"), format!("{name}.id"), name]);
        Item::Block("module \"m\"".to_owned(), body)
    }

    fn output(&mut self, number: usize) -> Item {
        let value = self.value(Kind::Any);
        let mut body = vec![self.attribute("value", value)];
        if self.random.chance(15) {
            body.push(self.plain("sensitive", "true"));
        }
        if self.random.chance(10) {
            body.push(self.condition("precondition"));
        }
        Item::Block(format!("output \"o{number}\""), body)
    }
}

/// Puts a mistake into one of the items.
fn mistake(random: &mut Random, items: &mut Vec<Item>) {
    let at = random.below(items.len());
    if random.chance(60)
        && let Item::Block(_, body) = &mut items[at]
        && !body.is_empty()
    {
        return mistake(random, body);
    }
    let misspelt = |random: &mut Random, name: &str| {
        let at = random.below(name.chars().count());
        name.chars().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect::<String>()
    };
    match random.below(6) {
        0 => drop(items.remove(at)),
        1 => {
            let twice = items[at].clone();
            items.push(twice);
        }
        2 => items.push(Item::Attribute("surplus".to_owned(), Tree::leaf("1"))),
        3 => items.push(Item::Block("surplus".to_owned(), Vec::new())),
        4 => match &mut items[at] {
            Item::Attribute(_, value) => {
                *value = Tree::leaf(misspelt(random, &value.text()));
            }
            Item::Block(header, _) => *header = misspelt(random, header),
        },
        _ => match &mut items[at] {
            Item::Attribute(name, _) | Item::Block(name, _) => *name = misspelt(random, name),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_become_smaller() {
        let items = configuration(&mut Random::new(4));
        let length = text(&items).len();
        let smaller = smaller(&items);
        assert!(smaller.len() > items.len());
        assert!(smaller.iter().all(|variant| text(variant).len() < length));
        assert!(smaller.iter().any(|variant| variant.len() + 1 == items.len()));
    }

    #[test]
    fn mistakes_leave_text() {
        for seed in 0..200 {
            text(&configuration(&mut Random::new(seed)));
        }
    }
}
