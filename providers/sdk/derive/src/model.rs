//! The implementation of a model.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitInt};

use crate::field::{AttrField, BlockField, FieldKind, ModelField, description};

/// `impl Model` and `impl Typed` for the struct.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(input, "a model is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(input, "a model has named fields"));
    };
    let fields = fields.named.iter().map(ModelField::parse).collect::<Result<Vec<_>, _>>()?;
    let mut version = quote!(0);
    let mut identity_version = None;
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("model")) {
        attribute.parse_nested_meta(|meta| {
            let number = || meta.value()?.parse::<LitInt>();
            if meta.path.is_ident("version") {
                let number = number()?;
                version = quote!(#number);
            } else if meta.path.is_ident("identity_version") {
                let number = number()?;
                identity_version = Some(quote!(block.identity_version(#number);));
            } else {
                return Err(meta.error("not known of a model"));
            }
            Ok(())
        })?;
    }
    let name = &input.ident;
    let about = description(&input.attrs);
    let schema = fields.iter().map(schema_of);
    let rules = fields.iter().filter_map(rules_of);
    let reads = fields.iter().map(read_of);
    // A shape has its members in this order.
    let mut by_name: Vec<&ModelField> = fields.iter().collect();
    by_name.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(twice) = by_name.windows(2).find(|w| w[0].name == w[1].name) {
        let message = format!("two fields are named \"{}\" in the schema", twice[1].name);
        return Err(Error::new(twice[1].ident.span(), message));
    }
    let writes = by_name.into_iter().map(write_of);
    let changes = fields.iter().map(|f| {
        let (ident, name) = (&f.ident, &f.name);
        quote!(if self.#ident != before.#ident { changed.push(#name); })
    });
    let checks = fields.iter().filter_map(check_of);
    Ok(quote! {
        impl ::groma_sdk::Model for #name {
            const VERSION: i64 = #version;
            fn shape() -> &'static ::groma_sdk::model::Shape {
                static SHAPE: ::std::sync::OnceLock<::groma_sdk::model::Shape> =
                    ::std::sync::OnceLock::new();
                SHAPE.get_or_init(|| {
                    let mut block = ::groma_sdk::model::BlockBuilder::new(#about);
                    #(#schema)*
                    #identity_version
                    block.finish()
                })
            }
            fn rules() -> ::groma_sdk::Rules {
                ::groma_sdk::Rules::new()#(#rules)*
            }
            fn read(value: &::groma_sdk::Value) -> Self {
                #name { #(#reads)* }
            }
            fn write(&self) -> ::groma_sdk::Value {
                <Self as ::groma_sdk::Model>::shape().object([#(#writes)*])
            }
            fn changed_since(&self, before: &Self) -> ::std::vec::Vec<&'static str> {
                let mut changed = ::std::vec::Vec::new();
                #(#changes)*
                changed
            }
            fn check(&self, problems: &mut ::groma_sdk::Problems) {
                let _ = &problems;
                #(#checks)*
            }
        }
        impl ::groma_sdk::model::Typed for #name {
            fn ty() -> ::groma_sdk::value::Type {
                <#name as ::groma_sdk::Model>::block().implied_type().clone()
            }
            fn from_value(value: &::groma_sdk::Value) -> ::std::option::Option<Self> {
                ::std::option::Option::Some(<#name as ::groma_sdk::Model>::read(value))
            }
            fn to_value(&self) -> ::groma_sdk::Value {
                ::groma_sdk::Model::write(self)
            }
            fn nested() -> ::std::option::Option<::groma_sdk::schema::NestedObject> {
                ::std::option::Option::Some(::groma_sdk::model::nested_object::<#name>())
            }
            fn nested_rules() -> ::groma_sdk::Rules {
                <#name as ::groma_sdk::Model>::rules()
            }
            fn check_within(&self, problems: &mut ::groma_sdk::Problems) {
                ::groma_sdk::Model::check(self, problems)
            }
        }
    })
}

fn schema_of(field: &ModelField) -> TokenStream {
    let ModelField { name, inner, description, computed, deprecated, .. } = field;
    match &field.kind {
        FieldKind::Attr(attr) => {
            let AttrField { required, optional, sensitive, write_only, nested, .. } = &**attr;
            let identity = attr
                .identity
                .map(|required| quote!(block.identity::<#inner>(#name, #description, #required);));
            let variadic = attr.variadic.then(|| quote!(block.variadic(#name);));
            quote! {
                #identity
                #variadic
                block.attribute::<#inner>(#name, #description, ::groma_sdk::model::Flags {
                    required: #required,
                    optional: #optional,
                    computed: #computed,
                    sensitive: #sensitive,
                    write_only: #write_only,
                    deprecated: #deprecated,
                    nested: #nested,
                });
            }
        }
        FieldKind::Block(BlockField { nesting, min, max }) => quote! {
            block.blocks::<#inner>(
                #name, #description, ::groma_sdk::schema::Nesting::#nesting, #min, #max, #deprecated,
            );
        },
    }
}

fn rules_of(field: &ModelField) -> Option<TokenStream> {
    let (name, inner) = (&field.name, &field.inner);
    let mut rules = TokenStream::new();
    if field.replace {
        rules.extend(quote!(.replace([#name])));
    }
    match &field.kind {
        FieldKind::Attr(attr) => {
            if attr.volatile {
                rules.extend(quote!(.volatile([#name])));
            }
            if let Some(default) = &attr.default {
                rules.extend(quote! {
                    .with_default(#name, ::groma_sdk::model::Typed::to_value(&<#inner>::from(#default)))
                });
            }
            if let Some(same) = &attr.same {
                rules.extend(quote! {
                    .same(#name, |a, b| ::groma_sdk::model::same::<#inner>(a, b, &#same))
                });
            }
            if attr.nested {
                rules.extend(quote!(.nested(#name, ::groma_sdk::model::nested_rules::<#inner>())));
            }
        }
        FieldKind::Block(_) => {
            if field.computed {
                rules.extend(quote!(.computed([#name])));
            }
            rules.extend(quote!(.nested(#name, <#inner as ::groma_sdk::Model>::rules())));
        }
    }
    (!rules.is_empty()).then_some(rules)
}

fn read_of(field: &ModelField) -> TokenStream {
    let (ident, name) = (&field.ident, &field.name);
    match &field.kind {
        FieldKind::Attr(_) => quote!(#ident: ::groma_sdk::Attr::read(value.get(#name)),),
        FieldKind::Block(_) => quote!(#ident: ::groma_sdk::Blocks::read(value.get(#name)),),
    }
}

fn write_of(field: &ModelField) -> TokenStream {
    let ident = &field.ident;
    match &field.kind {
        FieldKind::Attr(_) => quote!(&|ty| self.#ident.write_as(ty),),
        FieldKind::Block(BlockField { nesting, .. }) => {
            quote!(&|ty| self.#ident.write_as(::groma_sdk::schema::Nesting::#nesting, ty),)
        }
    }
}

fn check_of(field: &ModelField) -> Option<TokenStream> {
    let (ident, name) = (&field.ident, &field.name);
    let mut checked = TokenStream::new();
    match &field.kind {
        FieldKind::Attr(attr) => {
            let checks = &attr.checks;
            let within = field.may_hold_models().then(|| quote!(problems.attribute(#name, value);));
            if !checks.is_empty() || within.is_some() {
                checked.extend(quote! {
                    if let ::groma_sdk::Attr::Known(value) = &self.#ident {
                        #(problems.check(#name, (#checks)(value));)*
                        #within
                    }
                });
            }
            if let Some(message) = &field.deprecation {
                checked.extend(quote! {
                    problems.deprecated(#name, self.#ident.may_be_set(), #message);
                });
            }
        }
        FieldKind::Block(_) => {
            checked.extend(quote!(problems.blocks(#name, &self.#ident);));
            if let Some(message) = &field.deprecation {
                checked.extend(quote! {
                    problems.deprecated(#name, !self.#ident.is_empty(), #message);
                });
            }
        }
    }
    (!checked.is_empty()).then_some(checked)
}
