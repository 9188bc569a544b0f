//! `aws_iam_policy_document`, a data source: a policy document from blocks and other documents. It
//! asks no service.
//!
//! The text is the same, byte for byte, that the released provider makes: it ends up in arguments of
//! other resources, where another text could be a difference.

mod document;
mod hash;

use std::collections::HashSet;

use groma_aws_core::{Aws, checks};
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{
    Attr, AttributeStep, Blocks, Context, Diagnostic, Diagnostics, Lookup, Model, Problems, Set,
    async_trait,
};
use serde_json::Value as Json;

use self::document::{Condition, Document, Names, Statement};

/// A policy document.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyDocument {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    /// The document.
    #[attr(computed)]
    pub(crate) json: Attr<String>,
    /// The document without white space.
    #[attr(computed)]
    pub(crate) minified_json: Attr<String>,
    /// Not used any more.
    #[attr(optional, deprecated = "Not used", check = nothing)]
    pub(crate) override_json: Attr<String>,
    /// Documents whose statements replace those with the same `sid`.
    #[attr(optional, check = each(json_or_null))]
    pub(crate) override_policy_documents: Attr<Vec<Option<String>>>,
    /// The id of the document.
    #[attr(optional)]
    pub(crate) policy_id: Attr<String>,
    /// Not used any more.
    #[attr(optional, deprecated = "Not used", check = nothing)]
    pub(crate) source_json: Attr<String>,
    /// Documents to begin with.
    #[attr(optional, check = each(json_or_null))]
    pub(crate) source_policy_documents: Attr<Vec<Option<String>>>,
    /// The version of the policy language.
    #[attr(optional, check = one_of(&["2008-10-17", "2012-10-17"]))]
    pub(crate) version: Attr<String>,
    #[block(list)]
    pub(crate) statement: Blocks<PolicyStatement>,
}

/// A statement.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyStatement {
    #[attr(optional)]
    pub(crate) actions: Attr<Set<String>>,
    #[attr(optional, check = one_of(&["Allow", "Deny"]))]
    pub(crate) effect: Attr<String>,
    #[attr(optional)]
    pub(crate) not_actions: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) not_resources: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) resources: Attr<Set<String>>,
    #[attr(optional, check = alphanumeric)]
    pub(crate) sid: Attr<String>,
    #[block(set)]
    pub(crate) condition: Blocks<PolicyCondition>,
    #[block(set)]
    pub(crate) not_principals: Blocks<PolicyPrincipals>,
    #[block(set)]
    pub(crate) principals: Blocks<PolicyPrincipals>,
}

/// Who a statement is about.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyPrincipals {
    #[attr(required)]
    pub(crate) identifiers: Attr<Set<String>>,
    #[attr(required)]
    pub(crate) r#type: Attr<String>,
}

/// When a statement holds.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyCondition {
    #[attr(required)]
    pub(crate) test: Attr<String>,
    #[attr(required)]
    pub(crate) values: Attr<Vec<String>>,
    #[attr(required)]
    pub(crate) variable: Attr<String>,
}

/// The version of the policy language before there were variables.
const WITHOUT_VARIABLES: &str = "2008-10-17";

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn nothing(text: &String) -> Result<(), String> {
    match text.is_empty() {
        true => Ok(()),
        false => Err("It is not used any more and must be empty. Use source_policy_documents or \
                      override_policy_documents."
            .to_owned()),
    }
}

/// A document that may be left out.
fn json_or_null(text: &Option<String>) -> Result<(), String> {
    text.as_ref().map_or(Ok(()), checks::json)
}

fn alphanumeric(text: &String) -> Result<(), String> {
    match text.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(format!("It may have letters and digits alone, but is {text:?}.")),
    }
}

/// The type.
pub(crate) struct PolicyDocumentLookup;

#[async_trait]
impl Lookup<Aws> for PolicyDocumentLookup {
    type Model = PolicyDocument;

    fn name(&self) -> &'static str {
        "aws_iam_policy_document"
    }

    fn validate(&self, config: &PolicyDocument, problems: &mut Problems) {
        for (i, sid) in doubles(config) {
            let path = format!("statement.{i}.sid");
            problems.error(&path, "writing IAM Policy Document: duplicate Sid", twice(sid));
        }
    }

    async fn read(
        &self,
        _cx: &Context<Aws>,
        mut config: PolicyDocument,
    ) -> Result<PolicyDocument, Diagnostics> {
        fill(&mut config);
        let mut document = Document::default();
        let mut sids = HashSet::new();
        for (i, source) in given(&config.source_policy_documents) {
            let source = parsed(source, "source_policy_documents", i)?;
            for sid in source.sids() {
                if !sids.insert(sid.clone()) {
                    return Err(at("source_policy_documents", i, "duplicate Sid", twice(sid)));
                }
            }
            document.merge(source);
        }
        // They may not have been known when the configuration was checked.
        if let Some((i, sid)) = doubles(&config).first() {
            return Err(at("statement", *i, "duplicate Sid", twice(sid)));
        }
        document.merge(configured(&config)?);
        for (i, text) in given(&config.override_policy_documents) {
            document.merge(parsed(text, "override_policy_documents", i)?);
        }
        let document = document.into_json();
        let json = document::text(&document, true);
        config.id = Attr::Known(hash::crc32(json.as_bytes()).to_string());
        config.minified_json = Attr::Known(document::text(&document, false));
        config.json = Attr::Known(json);
        Ok(config)
    }
}

/// Sets what is not configured to what it stands for.
fn fill(config: &mut PolicyDocument) {
    let version = std::mem::take(&mut config.version);
    config.version = version.or("2012-10-17".to_owned());
    for statement in config.statement.iter_mut() {
        let take = std::mem::take::<Attr<String>>;
        statement.effect = take(&mut statement.effect).or("Allow".to_owned());
        statement.sid = take(&mut statement.sid).or(String::new());
        let sets = [
            &mut statement.actions,
            &mut statement.not_actions,
            &mut statement.resources,
            &mut statement.not_resources,
        ];
        for set in sets {
            *set = std::mem::take(set).or(Set::default());
        }
    }
}

/// The documents of a list that are neither left out nor empty, with their places.
fn given(list: &Attr<Vec<Option<String>>>) -> impl Iterator<Item = (usize, &String)> {
    let documents = list.get().map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    let given = documents.filter_map(|(i, document)| Some((i, document.as_ref()?)));
    given.filter(|(_, document)| !document.is_empty())
}

fn parsed(text: &str, name: &str, i: usize) -> Result<Document, Diagnostics> {
    Document::parse(text).map_err(|problem| at(name, i, "merging the document", problem))
}

/// The statements whose Sid an earlier one has.
fn doubles(config: &PolicyDocument) -> Vec<(usize, &str)> {
    let mut seen = HashSet::new();
    let sids = config.statement.iter().enumerate().filter_map(|(i, s)| Some((i, s.sid.filled()?)));
    sids.filter(|(_, sid)| !seen.insert(*sid)).collect()
}

fn twice(sid: &str) -> String {
    format!(
        "More than one statement has the Sid {sid:?}. Remove it from all but one of them, or give \
         them different ones."
    )
}

fn at(name: &str, i: usize, what: &str, detail: impl Into<String>) -> Diagnostics {
    let mut error =
        Diagnostic::error(format!("writing IAM Policy Document: {what}"), detail.into());
    let index = i64::try_from(i).unwrap_or(i64::MAX);
    error.attribute =
        Some(vec![AttributeStep::Attribute(name.to_owned()), AttributeStep::Index(index)]);
    error.into()
}

/// The document that the configuration itself describes.
fn configured(config: &PolicyDocument) -> Result<Document, Diagnostics> {
    let version = config.version.text();
    let mut statements = Vec::with_capacity(config.statement.len());
    for (i, block) in config.statement.iter().enumerate() {
        let statement =
            statement(block, version).map_err(|p| at("statement", i, "variables", p))?;
        statements.push(statement);
    }
    Ok(Document { version: version.to_owned(), id: config.policy_id.text().to_owned(), statements })
}

fn statement(block: &PolicyStatement, version: &str) -> Result<Statement, String> {
    Ok(Statement {
        sid: block.sid.text().to_owned(),
        effect: block.effect.text().to_owned(),
        actions: listed(texts(&block.actions)),
        not_actions: listed(texts(&block.not_actions)),
        resources: listed(with_variables(texts(&block.resources), version)?),
        not_resources: listed(with_variables(texts(&block.not_resources), version)?),
        principals: principals(&block.principals, version)?,
        not_principals: principals(&block.not_principals, version)?,
        conditions: conditions(&block.condition, version)?,
    })
}

fn texts(set: &Attr<Set<String>>) -> Vec<String> {
    set.get().map(|s| s.0.clone()).unwrap_or_default()
}

/// Nothing, one text, or texts in the order that documents have them in.
fn listed(texts: Vec<String>) -> Option<Json> {
    match texts.is_empty() {
        true => None,
        false => Some(Names::from_set(texts).into_json()),
    }
}

/// Variables of policies are written with `&`, as `$` has a meaning in configurations.
fn with_variables(texts: Vec<String>, version: &str) -> Result<Vec<String>, String> {
    let replace = |text: String| match text.contains("&{") {
        true if version == WITHOUT_VARIABLES => Err(format!(
            "There is a variable in {text:?}, but documents of version {WITHOUT_VARIABLES} have \
             none. Use version 2012-10-17."
        )),
        true => Ok(text.replace("&{", "${")),
        false => Ok(text),
    };
    texts.into_iter().map(replace).collect()
}

fn principals(
    blocks: &Blocks<PolicyPrincipals>,
    version: &str,
) -> Result<Vec<(String, Names)>, String> {
    let key = |block: &PolicyPrincipals| {
        hash::of_principals(&texts(&block.identifiers), block.r#type.text())
    };
    let made = hash::in_order(blocks, key).into_iter().map(|block| {
        let names = with_variables(texts(&block.identifiers), version)?;
        Ok((block.r#type.text().to_owned(), Names::from_set(names)))
    });
    made.collect()
}

fn conditions(blocks: &Blocks<PolicyCondition>, version: &str) -> Result<Vec<Condition>, String> {
    let key = |block: &PolicyCondition| {
        let values = block.values.or_default();
        hash::of_condition(block.test.text(), &values, block.variable.text())
    };
    let made = hash::in_order(blocks, key).into_iter().map(|block| {
        Ok(Condition {
            test: block.test.text().to_owned(),
            variable: block.variable.text().to_owned(),
            values: with_variables(block.values.or_default(), version)?,
        })
    });
    made.collect()
}

#[cfg(test)]
mod tests;
