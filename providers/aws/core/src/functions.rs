//! Functions of the language that the provider offers.

use groma_sdk::schema::{FunctionParameter, FunctionSignature, TextKind};
use groma_sdk::value::Type;
use groma_sdk::{Catalog, Function, FunctionError, Value, async_trait};

use crate::{Arn, Aws};

/// Adds them.
pub(crate) fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .function("arn_build", ArnBuild)
        .function("arn_parse", ArnParse)
        .function("trim_iam_role_path", TrimIamRolePath)
}

fn signature(
    name: &str,
    description: &str,
    parameters: &[(&str, &str)],
    return_type: Type,
) -> FunctionSignature {
    let parameter = |(name, description): &(&str, &str)| FunctionParameter {
        name: (*name).into(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        description: (*description).to_owned(),
        description_kind: TextKind::Plain,
    };
    FunctionSignature {
        parameters: parameters.iter().map(parameter).collect(),
        variadic: None,
        return_type,
        summary: format!("{name} Function"),
        description: description.to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}

fn text(arguments: &[Value], index: usize) -> String {
    let argument = arguments.get(index).and_then(Value::as_str);
    argument.map(|s| s.to_string()).unwrap_or_default()
}

struct ArnParse;

#[async_trait]
impl Function for ArnParse {
    fn signature(&self) -> FunctionSignature {
        let parts = ["partition", "service", "region", "account_id", "resource"];
        signature(
            "arn_parse",
            "Parses an ARN into its constituent parts",
            &[("arn", "ARN (Amazon Resource Name) to parse")],
            Type::object(parts.map(|part| (part, Type::String))),
        )
    }

    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let arn: Arn = text(arguments, 0)
            .parse()
            .map_err(|e| FunctionError::of_argument(0, format!("arn parsing failed: arn: {e}")))?;
        Ok(Value::object_of([
            ("partition", Value::string(arn.partition)),
            ("service", Value::string(arn.service)),
            ("region", Value::string(arn.region)),
            ("account_id", Value::string(arn.account)),
            ("resource", Value::string(arn.resource)),
        ]))
    }
}

struct ArnBuild;

#[async_trait]
impl Function for ArnBuild {
    fn signature(&self) -> FunctionSignature {
        signature(
            "arn_build",
            "Builds an ARN from its constituent parts",
            &[
                ("partition", "Partition in which the resource is located"),
                ("service", "Service namespace"),
                ("region", "Region code"),
                ("account_id", "AWS account identifier"),
                (
                    "resource",
                    "Resource section, typically composed of a resource type and identifier",
                ),
            ],
            Type::String,
        )
    }

    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let arn = Arn {
            partition: text(arguments, 0),
            service: text(arguments, 1),
            region: text(arguments, 2),
            account: text(arguments, 3),
            resource: text(arguments, 4),
        };
        Ok(Value::string(arn.to_string()))
    }
}

struct TrimIamRolePath;

#[async_trait]
impl Function for TrimIamRolePath {
    fn signature(&self) -> FunctionSignature {
        signature(
            "trim_iam_role_path",
            "Trims the path prefix from an IAM role Amazon Resource Name (ARN). This function can \
             be used when services require role ARNs to be passed without a path.",
            &[("arn", "IAM role Amazon Resource Name (ARN)")],
            Type::String,
        )
    }

    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let refused = |message: String| FunctionError::of_argument(0, message);
        let text = text(arguments, 0);
        let mut arn: Arn =
            text.parse().map_err(|e| refused(format!("arn parsing failed: arn: {e}")))?;
        if arn.service != "iam" {
            return Err(refused(format!(
                "service must be \"iam\", but is {:?} in {text:?}",
                arn.service
            )));
        }
        if !arn.region.is_empty() {
            return Err(refused(format!("region must be empty, but is {:?}", arn.region)));
        }
        if !arn.resource.starts_with("role/") {
            return Err(refused(format!("resource must start with \"role/\" in {text:?}")));
        }
        let name = arn.resource.rsplit('/').next().unwrap_or_default();
        arn.resource = format!("role/{name}");
        Ok(Value::string(arn.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn call(function: impl Function, arguments: &[&str]) -> Result<Value, String> {
        let arguments: Vec<Value> = arguments.iter().map(|a| Value::string(*a)).collect();
        let result = function.call(&arguments).await;
        result.map_err(|e| format!("{:?}: {}", e.argument, e.message))
    }

    #[tokio::test]
    async fn names_are_taken_apart_and_built() {
        let parsed = call(ArnParse, &["arn:aws:iam::444455556666:role/example"]).await;
        let part = |name| {
            let value = parsed.as_ref().ok().and_then(|v| v.get(name)).and_then(Value::as_str);
            value.map(|s| s.to_string())
        };
        assert_eq!(part("account_id").as_deref(), Some("444455556666"));
        assert_eq!(part("region").as_deref(), Some(""));
        assert_eq!(part("resource").as_deref(), Some("role/example"));
        let built = call(ArnBuild, &["aws", "iam", "", "444455556666", "role/example"]).await;
        assert_eq!(built, Ok(Value::string("arn:aws:iam::444455556666:role/example")));
        assert!(call(ArnParse, &["arn:aws"]).await.is_err_and(|e| e.contains("Some(0)")));
    }

    #[tokio::test]
    async fn paths_of_roles_are_cut_off() {
        let trimmed = call(TrimIamRolePath, &["arn:aws:iam::444455556666:role/a/b/example"]).await;
        assert_eq!(trimmed, Ok(Value::string("arn:aws:iam::444455556666:role/example")));
        for wrong in [
            "x",
            "arn:aws:sns::1:role/x",
            "arn:aws:iam:eu-west-1:1:role/x",
            "arn:aws:iam::1:user/x",
        ] {
            assert!(call(TrimIamRolePath, &[wrong]).await.is_err(), "{wrong}");
        }
    }
}
