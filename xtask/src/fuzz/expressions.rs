//! A grammar of expressions, most of them well-typed.

use super::random::Random;
use super::tree::Tree;

/// What an expression is meant to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Bool,
    Numbers,
    Texts,
    Set,
    Map,
    Object,
    Any,
}

use Kind::{Any, Bool, Map, Number, Numbers, Object, Set, Text, Texts};

const KINDS: [Kind; 9] = [Number, Text, Bool, Numbers, Texts, Set, Map, Object, Any];

/// How often an expression of another kind stands where one is expected, in a hundred.
const ILL_TYPED: usize = 4;

/// What expressions may refer to: [`CONTEXT`] has it.
pub(super) const CONTEXT: &str = r#"variable "text" {
  type    = string
  default = "Grüße, Ⅷ"
}

variable "number" {
  type    = number
  default = 2.5
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "hush"
}

variable "nothing" {
  type    = string
  default = null
}

variable "object" {
  type = object({
    name = string
    size = optional(number, 3)
    tags = optional(map(string))
  })
  default = { name = "n", extra = 1 }
}

locals {
  texts   = tolist(["b", "a", "c", "a"])
  numbers = [3, 1.5, -2, 1e3]
  map     = tomap({ k = "v", "with space" = "w" })
  set     = toset(["x", "y"])
  nested  = { list = [{ a = 1, b = [true] }, { a = 2, b = [] }], deep = { er = { est = "e" } } }
  mixed   = ["s", 1, true, null, { k = [1] }]
  empty   = []
}

resource "terraform_data" "unknown" {
  input = "u"
}
"#;

/// References of each kind.
fn references(kind: Kind) -> &'static [&'static str] {
    match kind {
        Number => &["var.number", "local.numbers[0]", "var.object.size", "local.nested.list[1].a"],
        Text => &[
            "var.text",
            "var.secret",
            "var.nothing",
            "local.texts[1]",
            "local.map.k",
            "local.map[\"with space\"]",
            "local.nested.deep.er.est",
            "terraform_data.unknown.id",
            "terraform_data.unknown.output",
            "path.module",
            "terraform.workspace",
        ],
        Bool => &["local.nested.list[0].b[0]", "local.mixed[2]"],
        Numbers => &["local.numbers", "local.empty", "local.nested.list[*].a"],
        Texts => &["local.texts", "local.empty", "keys(local.map)", "[terraform_data.unknown.id]"],
        Set => &["local.set", "toset(local.texts)"],
        Map => &["local.map", "var.object.tags"],
        Object => &["local.nested", "var.object", "local.nested.deep", "terraform_data.unknown"],
        Any => &["local.mixed", "local.mixed[3]", "local.nothing", "var.nope", "local.nested.lost"],
    }
}

/// Patterns in which each `@` stands for an expression of the kind beside it.
fn patterns(kind: Kind) -> &'static [(&'static str, &'static [Kind])] {
    match kind {
        Number => &[
            ("(@ + @)", &[Number, Number]),
            ("(@ - @)", &[Number, Number]),
            ("(@ * @)", &[Number, Number]),
            ("(@ / @)", &[Number, Number]),
            ("(@ % @)", &[Number, Number]),
            ("-@", &[Number]),
            ("abs(@)", &[Number]),
            ("ceil(@)", &[Number]),
            ("floor(@)", &[Number]),
            ("max(@, @)", &[Number, Number]),
            ("min(@...)", &[Numbers]),
            ("pow(@, 2)", &[Number]),
            ("signum(@)", &[Number]),
            ("sum(@)", &[Numbers]),
            ("length(@)", &[Any]),
            ("length(@)", &[Text]),
            ("parseint(@, 16)", &[Text]),
            ("tonumber(@)", &[Text]),
            ("index(@, @)", &[Texts, Text]),
            ("element(@, @)", &[Numbers, Number]),
            ("@[@]", &[Numbers, Number]),
            ("one(@[*])", &[Number]),
        ],
        Text => &[
            ("\"<${@}>\"", &[Text]),
            ("\"${@}\"", &[Any]),
            ("\"%{ if @ }${@}%{ else }-%{ endif }\"", &[Bool, Text]),
            ("\"%{ for x in @ ~} ${x} %{ endfor ~}\"", &[Texts]),
            ("upper(@)", &[Text]),
            ("lower(@)", &[Text]),
            ("title(@)", &[Text]),
            ("strrev(@)", &[Text]),
            ("trimspace(@)", &[Text]),
            ("chomp(@)", &[Text]),
            ("join(@, @)", &[Text, Texts]),
            ("substr(@, @, @)", &[Text, Number, Number]),
            ("replace(@, @, @)", &[Text, Text, Text]),
            ("replace(@, \"/[a-c]+(.)/\", \"<$1>\")", &[Text]),
            ("regex(\"[a-z]+\", @)", &[Text]),
            ("trim(@, @)", &[Text, Text]),
            ("trimprefix(@, @)", &[Text, Text]),
            ("format(\"%s/%5.2f/%v\", @, @, @)", &[Text, Number, Any]),
            ("format(\"%-8q|%03d|%t\", @, @, @)", &[Text, Number, Bool]),
            ("jsonencode(@)", &[Any]),
            ("yamlencode(@)", &[Any]),
            ("base64encode(@)", &[Text]),
            ("urlencode(@)", &[Text]),
            ("md5(@)", &[Text]),
            ("tostring(@)", &[Number]),
            ("indent(2, @)", &[Text]),
            ("coalesce(@, @)", &[Text, Text]),
            ("lookup(@, @, @)", &[Map, Text, Text]),
            ("@[@]", &[Map, Text]),
            ("element(@, @)", &[Texts, Number]),
            ("nonsensitive(@)", &[Text]),
            ("sensitive(@)", &[Text]),
            ("<<-EOT\n    a ${@}\n      b\n  EOT\n", &[Text]),
        ],
        Bool => &[
            ("(@ == @)", &[Any, Any]),
            ("(@ != @)", &[Text, Text]),
            ("(@ < @)", &[Number, Number]),
            ("(@ >= @)", &[Number, Number]),
            ("(@ && @)", &[Bool, Bool]),
            ("(@ || @)", &[Bool, Bool]),
            ("!@", &[Bool]),
            ("contains(@, @)", &[Texts, Text]),
            ("startswith(@, @)", &[Text, Text]),
            ("strcontains(@, @)", &[Text, Text]),
            ("alltrue([@, @])", &[Bool, Bool]),
            ("anytrue([for x in @ : x == @])", &[Texts, Text]),
            ("can(@)", &[Any]),
            ("tobool(@)", &[Bool]),
            ("issensitive(@)", &[Any]),
        ],
        Numbers => &[
            ("range(@)", &[Number]),
            ("[for x in @ : x * @]", &[Numbers, Number]),
            ("[for x in @ : length(x)]", &[Texts]),
            ("[for i, x in @ : i if x != @]", &[Texts, Text]),
            ("concat(@, @)", &[Numbers, Numbers]),
            ("reverse(@)", &[Numbers]),
            ("slice(@, 0, @)", &[Numbers, Number]),
            ("distinct(@)", &[Numbers]),
            ("flatten([@, @])", &[Numbers, Numbers]),
            ("tolist(@)", &[Numbers]),
            ("[@, @]", &[Number, Number]),
        ],
        Texts => &[
            ("split(@, @)", &[Text, Text]),
            ("sort(@)", &[Texts]),
            ("reverse(@)", &[Texts]),
            ("compact(@)", &[Texts]),
            ("distinct(@)", &[Texts]),
            ("concat(@, @)", &[Texts, Texts]),
            ("slice(@, @, @)", &[Texts, Number, Number]),
            ("keys(@)", &[Map]),
            ("keys(@)", &[Object]),
            ("values(@)", &[Map]),
            ("chunklist(@, @)[0]", &[Texts, Number]),
            ("[for x in @ : upper(x)]", &[Texts]),
            ("[for k, v in @ : \"${k}=${v}\"]", &[Map]),
            ("@[*]", &[Texts]),
            ("coalescelist(@, @)", &[Texts, Texts]),
            ("matchkeys(@, @, @)", &[Texts, Texts, Texts]),
            ("formatlist(\"%s-%s\", @, @)", &[Texts, Texts]),
            ("tolist(@)", &[Set]),
            ("regexall(\"[a-z]\", @)", &[Text]),
            ("[@, @, @]", &[Text, Text, Text]),
        ],
        Set => &[
            ("toset(@)", &[Texts]),
            ("setunion(@, @)", &[Set, Set]),
            ("setintersection(@, @)", &[Set, Set]),
            ("setsubtract(@, @)", &[Set, Set]),
            ("setproduct(@, @)", &[Set, Texts]),
        ],
        Map => &[
            ("tomap(@)", &[Object]),
            ("{ for x in @ : x => upper(x) }", &[Texts]),
            ("{ for x in @ : x => length(x)... }", &[Texts]),
            ("{ for k, v in @ : v => k }", &[Map]),
            ("zipmap(@, @)", &[Texts, Texts]),
            ("merge(@, @)", &[Map, Map]),
            ("{ a = @, (@) = @ }", &[Text, Text, Text]),
            ("transpose({ a = @ })", &[Texts]),
        ],
        Object => &[
            ("{ a = @, b = @ }", &[Any, Any]),
            ("merge(@, @)", &[Object, Object]),
            ("merge(@, { z = @ })", &[Map, Any]),
            ("{ \"x-${@}\" = @ }", &[Text, Any]),
            ("jsondecode(jsonencode(@))", &[Object]),
            ("yamldecode(yamlencode(@))", &[Object]),
            ("@[0]", &[Any]),
        ],
        Any => &[
            ("try(@, @)", &[Any, Any]),
            ("(@ ? @ : @)", &[Bool, Any, Any]),
            ("(@ ? @ : @)", &[Bool, Text, Text]),
            ("(@ ? @ : null)", &[Bool, Texts]),
            ("(@ ? @ : @)", &[Bool, Object, Object]),
            ("(@ ? @ : @)", &[Bool, Texts, Texts]),
            ("[@, @]", &[Any, Any]),
            ("@.a", &[Object]),
            ("@[*].a", &[Any]),
            ("@.*.a", &[Any]),
            ("element(@, @)", &[Any, Number]),
            ("flatten(@)", &[Any]),
            ("lookup(@, @, null)", &[Object, Text]),
            ("@[@]", &[Any, Number]),
            ("jsondecode(@)", &[Text]),
            ("one(@)", &[Any]),
        ],
    }
}

fn literal(random: &mut Random, kind: Kind) -> &'static str {
    let all: &[&'static str] = match kind {
        Number => &["0", "1", "2", "-1", "0.1", "1.50", "3", "10", "1e2", "9007199254740993", "7"],
        Text => &[
            "\"\"",
            "\"a\"",
            "\"b\"",
            "\"12\"",
            "\"true\"",
            "\"k\"",
            "\" pad \"",
            "\"é\\n$${x}\"",
            "\"a,b,c\"",
            "\"{}\"",
            "null",
        ],
        Bool => &["true", "false", "\"true\"", "null"],
        Numbers => &["[]", "[1, 2, 3]", "[0]", "[\"1\", 2]"],
        Texts => &["[]", "[\"a\", \"b\"]", "[\"\", \"x\", \"x\"]", "[\"k\", 1]", "[null]"],
        Set => &["toset([])", "toset([\"a\"])", "toset([1, 2])"],
        Map => &["{}", "{ k = \"v\" }", "{ a = \"1\", b = \"2\" }", "tomap({})"],
        Object => &["{}", "{ a = 1 }", "{ a = \"x\", b = [1] }"],
        Any => &["null", "1", "\"s\"", "true", "[]", "{}", "[[1], [\"a\"]]", "[{ a = 1 }]"],
    };
    *random.pick::<&'static str>(all)
}

/// An expression of any kind.
pub(super) fn expression(random: &mut Random) -> Tree {
    let kind = *random.pick(&KINDS);
    let depth = 1 + random.below(4);
    of_kind(random, kind, depth)
}

/// An expression that is probably of this kind.
pub(super) fn of_kind(random: &mut Random, kind: Kind, depth: usize) -> Tree {
    let mut kind = kind;
    if kind == Any && random.chance(70) || random.chance(ILL_TYPED) {
        kind = *random.pick(&KINDS);
    }
    if depth == 0 || random.chance(15) {
        return match random.chance(45) {
            true => Tree::leaf(*random.pick(references(kind))),
            false => Tree::leaf(literal(random, kind)),
        };
    }
    let (pattern, kinds) = *random.pick(patterns(kind));
    let parts = kinds.iter().map(|kind| of_kind(random, *kind, depth - 1)).collect();
    Tree::of(pattern, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_a_kind_for_each_part() {
        for kind in KINDS {
            for (pattern, kinds) in patterns(kind) {
                assert_eq!(pattern.matches('@').count(), kinds.len(), "{pattern}");
            }
        }
    }

    #[test]
    fn a_seed_repeats_its_expressions() {
        let text = |seed| expression(&mut Random::new(seed)).text();
        assert_eq!(text(5), text(5));
        assert!((0..50).map(text).collect::<std::collections::BTreeSet<_>>().len() > 30);
    }
}
