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
