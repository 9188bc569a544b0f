//! One field of a model: what its attributes say.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{
    Attribute, Error, Expr, ExprLit, Field, GenericArgument, Ident, Lit, LitStr, Meta,
    PathArguments, Type,
};

/// A field.
pub(crate) struct ModelField {
    /// Its name in the struct.
    pub(crate) ident: Ident,
    /// Its name in the schema.
    pub(crate) name: String,
    /// Its description.
    pub(crate) description: String,
    /// What is inside of `Attr<…>` or `Blocks<…>`.
    pub(crate) inner: Type,
    /// What it is.
    pub(crate) kind: FieldKind,
    /// A change cannot be made in place.
    pub(crate) replace: bool,
    /// Given by the provider, where it is not configured.
    pub(crate) computed: bool,
    /// Its use is discouraged.
    pub(crate) deprecated: bool,
    /// What is told to those who use it all the same.
    pub(crate) deprecation: Option<String>,
}

/// An attribute or nested blocks.
pub(crate) enum FieldKind {
    /// `#[attr(…)]`
    Attr(Box<AttrField>),
    /// `#[block(…)]`
    Block(BlockField),
}

/// See [`FieldKind::Attr`].
#[derive(Default)]
pub(crate) struct AttrField {
    pub(crate) required: bool,
    pub(crate) optional: bool,
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) nested: bool,
    pub(crate) volatile: bool,
    /// A part of the identity, and whether an import must give it.
    pub(crate) identity: Option<bool>,
    pub(crate) variadic: bool,
    pub(crate) default: Option<Expr>,
    pub(crate) same: Option<Expr>,
    pub(crate) checks: Vec<Expr>,
}

/// See [`FieldKind::Block`].
#[derive(Default)]
pub(crate) struct BlockField {
    pub(crate) nesting: Option<Ident>,
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl ModelField {
    pub(crate) fn parse(field: &Field) -> Result<ModelField, Error> {
        let ident = field
            .ident
            .clone()
            .ok_or_else(|| Error::new_spanned(field, "models have named fields"))?;
        let mut result = ModelField {
            name: ident.unraw().to_string(),
            description: description(&field.attrs),
            inner: inner(&field.ty)?,
            kind: FieldKind::Block(BlockField::default()),
            replace: false,
            computed: false,
            deprecated: false,
            deprecation: None,
            ident,
        };
        let mut found = false;
        for attribute in &field.attrs {
            if attribute.path().is_ident("attr") {
                let mut attr = AttrField::default();
                attribute.parse_nested_meta(|meta| result.attr_option(&mut attr, &meta))?;
                result.kind = FieldKind::Attr(Box::new(attr));
                found = true;
            } else if attribute.path().is_ident("block") {
                let mut block = BlockField::default();
                attribute.parse_nested_meta(|meta| result.block_option(&mut block, &meta))?;
                if block.nesting.is_none() {
                    return Err(Error::new_spanned(attribute, "say list, set, single or map"));
                }
                result.kind = FieldKind::Block(block);
                found = true;
            }
        }
        match found {
            true => Ok(result),
            false => Err(Error::new_spanned(field, "say #[attr(…)] or #[block(…)]")),
        }
    }

    fn shared_option(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool, Error> {
        match () {
            () if meta.path.is_ident("name") => {
                self.name = meta.value()?.parse::<LitStr>()?.value()
            }
            () if meta.path.is_ident("computed") => self.computed = true,
            () if meta.path.is_ident("replace") => self.replace = true,
            () if meta.path.is_ident("deprecated") => {
                self.deprecated = true;
                if let Ok(value) = meta.value() {
                    self.deprecation = Some(value.parse::<LitStr>()?.value());
                }
            }
            () => return Ok(false),
        }
        Ok(true)
    }

    fn attr_option(
        &mut self,
        attr: &mut AttrField,
        meta: &ParseNestedMeta<'_>,
    ) -> Result<(), Error> {
        if self.shared_option(meta)? {
            return Ok(());
        }
        match () {
            () if meta.path.is_ident("required") => attr.required = true,
            () if meta.path.is_ident("optional") => attr.optional = true,
            () if meta.path.is_ident("sensitive") => attr.sensitive = true,
            () if meta.path.is_ident("write_only") => attr.write_only = true,
            () if meta.path.is_ident("nested") => attr.nested = true,
            () if meta.path.is_ident("volatile") => attr.volatile = true,
            () if meta.path.is_ident("variadic") => attr.variadic = true,
            () if meta.path.is_ident("identity") => attr.identity = Some(is_required(meta)?),
            () if meta.path.is_ident("default") => attr.default = Some(meta.value()?.parse()?),
            () if meta.path.is_ident("same") => attr.same = Some(meta.value()?.parse()?),
            () if meta.path.is_ident("check") => attr.checks.push(meta.value()?.parse()?),
            () => return Err(meta.error("not known of an attribute")),
        }
        Ok(())
    }

    fn block_option(
        &mut self,
        block: &mut BlockField,
        meta: &ParseNestedMeta<'_>,
    ) -> Result<(), Error> {
        if self.shared_option(meta)? {
            return Ok(());
        }
        let number = || meta.value()?.parse::<syn::LitInt>()?.base10_parse::<u64>();
        let nesting = |name: &str| Some(Ident::new(name, Span::call_site()));
        match () {
            () if meta.path.is_ident("list") => block.nesting = nesting("List"),
            () if meta.path.is_ident("set") => block.nesting = nesting("Set"),
            () if meta.path.is_ident("single") => block.nesting = nesting("Single"),
            () if meta.path.is_ident("map") => block.nesting = nesting("Map"),
            () if meta.path.is_ident("min") => block.min = number()?,
            () if meta.path.is_ident("max") => block.max = number()?,
            () => return Err(meta.error("not known of a block")),
        }
        Ok(())
    }
}

/// Whether `identity` stands alone, and is not `identity = optional`.
fn is_required(meta: &ParseNestedMeta<'_>) -> Result<bool, Error> {
    let Ok(value) = meta.value() else { return Ok(true) };
    let said: Ident = value.parse()?;
    match said == "optional" {
        true => Ok(false),
        false => Err(Error::new(said.span(), "an identity is optional, or nothing is said of it")),
    }
}

impl ModelField {
    /// Whether there may be models in it, as its type is written.
    pub(crate) fn may_hold_models(&self) -> bool {
        const PLAIN: [&str; 8] =
            ["String", "bool", "i64", "f64", "Vec", "Set", "BTreeMap", "Option"];
        fn is_plain(ty: &Type) -> bool {
            let Type::Path(path) = ty else { return false };
            let Some(last) = path.path.segments.last() else { return false };
            let arguments = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    arguments.args.iter().all(|a| match a {
                        GenericArgument::Type(ty) => is_plain(ty),
                        _ => true,
                    })
                }
                _ => true,
            };
            arguments && PLAIN.iter().any(|name| last.ident == name)
        }
        !is_plain(&self.inner)
    }
}

/// The text of the doc comment, a line per paragraph.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|a| match &a.meta {
        Meta::NameValue(m) if m.path.is_ident("doc") => match &m.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// `T` of `Attr<T>` or `Blocks<T>`.
fn inner(ty: &Type) -> Result<Type, Error> {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && (last.ident == "Attr" || last.ident == "Blocks")
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return Ok(inner.clone());
    }
    Err(Error::new_spanned(ty, "a field of a model is an Attr<…> or Blocks<…>"))
}
