//! `aws_ssm_parameter`, the data source: a parameter by its name.

use groma_aws_core::{Aws, Outcome, client};
use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

/// The arguments and attributes of `aws_ssm_parameter`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SsmParameterData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) insecure_value: Attr<String>,
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) r#type: Attr<String>,
    #[attr(computed, sensitive)]
    pub(crate) value: Attr<String>,
    #[attr(computed)]
    pub(crate) version: Attr<i64>,
    #[attr(optional)]
    pub(crate) with_decryption: Attr<bool>,
}

/// The data source.
pub(crate) struct ParameterData;

#[async_trait]
impl Lookup<Aws> for ParameterData {
    type Model = SsmParameterData;

    fn name(&self) -> &'static str {
        "aws_ssm_parameter"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: SsmParameterData,
    ) -> Result<SsmParameterData, Diagnostics> {
        let aws = cx.client();
        let ssm = client!(aws, "ssm", aws_sdk_ssm);
        let name = config.name.text().to_owned();
        let decrypt = config.with_decryption.cloned().unwrap_or(true);
        let answer = ssm.get_parameter().name(&name).with_decryption(decrypt).send().await;
        let answer = answer.during(format_args!("reading SSM Parameter ({name})"))?;
        let parameter = answer.parameter();
        let kind = parameter.and_then(|p| p.r#type()).map(|t| t.as_str());
        let value = parameter.and_then(|p| p.value());
        Ok(SsmParameterData {
            id: parameter.and_then(|p| p.name()).unwrap_or(&name).into(),
            arn: parameter.and_then(|p| p.arn()).into(),
            insecure_value: value.filter(|_| kind != Some("SecureString")).into(),
            name: name.into(),
            r#type: kind.into(),
            value: value.into(),
            version: parameter.map(|p| p.version()).into(),
            with_decryption: Attr::Known(decrypt),
        })
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use serde_json::json;

    use super::*;

    fn service(kind: &'static str) -> Fake {
        let fake = Fake::new();
        fake.on("GetParameter", move |r| {
            let value = match r.json()["WithDecryption"].as_bool() {
                Some(true) => "open",
                _ => "AQICAH",
            };
            let parameter = json!({
                "Name": "/p", "Type": kind, "Value": value, "Version": 3,
                "ARN": "arn:aws:ssm:us-east-1:123456789012:parameter/p",
            });
            Answer::json(json!({ "Parameter": parameter }).to_string())
        });
        fake
    }

    async fn read(fake: &Fake, decrypt: Attr<bool>) -> Result<SsmParameterData, Diagnostics> {
        let config =
            SsmParameterData { name: "/p".into(), with_decryption: decrypt, ..Default::default() };
        ParameterData.read(&fake.context(), config).await
    }

    #[tokio::test]
    async fn secrets_are_decrypted_unless_told_otherwise() {
        let fake = service("SecureString");
        let found = read(&fake, Attr::Null).await.unwrap();
        assert_eq!((found.value.text(), found.version.get()), ("open", Some(&3)));
        // What anybody may see is not the secret.
        assert!(found.insecure_value.is_null());
        let found = read(&fake, false.into()).await.unwrap();
        assert_eq!(found.value.text(), "AQICAH");
        let plain = read(&service("StringList"), Attr::Null).await.unwrap();
        assert_eq!((plain.insecure_value.text(), plain.r#type.text()), ("open", "StringList"));
    }

    #[tokio::test]
    async fn a_parameter_that_is_not_there_is_an_error() {
        let fake = Fake::new();
        fake.on("GetParameter", |_| Answer::json_error(400, "ParameterNotFound", "none"));
        let error = read(&fake, Attr::Null).await.unwrap_err().to_string();
        assert!(error.contains("reading SSM Parameter (/p)"), "{error}");
    }
}
