//! What groups ask of EC2: the templates that they launch from. Another room knows the answers: whoever
//! puts the catalog together brings the two together.

use groma_aws_core::Aws;
use groma_sdk::{Diagnostics, async_trait};

/// A version of a launch template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// By its id, or else by its name.
    pub named: Named,
    /// A number, `$Latest` or `$Default`.
    pub version: String,
}

/// What a launch template is named by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Its id.
    Id(String),
    /// Its name.
    Name(String),
}

/// What is known of instances.
#[async_trait]
pub trait Instances: Send + Sync {
    /// Whether a version of a template has an image. `None` if there is no such version.
    async fn has_image(&self, aws: &Aws, template: &Template) -> Result<Option<bool>, Diagnostics>;
}

/// Instances for tests.
#[cfg(test)]
pub(crate) mod testing {
    use std::sync::Mutex;

    use groma_sdk::Diagnostic;

    use super::*;

    /// Templates named after what they lack.
    #[derive(Default)]
    pub(crate) struct Known {
        asked: Mutex<Vec<String>>,
    }

    impl Known {
        /// They live as long as the tests.
        pub(crate) fn leak() -> &'static Known {
            Box::leak(Box::default())
        }

        /// What was asked for until now.
        pub(crate) fn asked(&self) -> Vec<String> {
            self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
        }

        fn ask(&self, what: String) {
            self.asked.lock().map(|mut asked| asked.push(what)).ok();
        }
    }

    #[async_trait]
    impl Instances for Known {
        async fn has_image(
            &self,
            _aws: &Aws,
            template: &Template,
        ) -> Result<Option<bool>, Diagnostics> {
            let (Named::Id(name) | Named::Name(name)) = &template.named;
            self.ask(format!("{name} {}", template.version));
            match name.as_str() {
                "lt-secret" => Err(Diagnostic::error("UnauthorizedOperation", "").into()),
                "lt-none" => Ok(None),
                name => Ok(Some(!name.contains("imageless"))),
            }
        }
    }
}
