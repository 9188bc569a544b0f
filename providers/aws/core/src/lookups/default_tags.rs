//! `aws_default_tags`: the tags that the provider adds.

use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

use crate::{Aws, TagMap};

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct DefaultTags {
    #[attr(optional, computed)]
    id: Attr<String>,
    #[attr(computed)]
    tags: Attr<TagMap>,
}

pub(super) struct DefaultTagsData;

#[async_trait]
impl Lookup<Aws> for DefaultTagsData {
    type Model = DefaultTags;

    fn name(&self) -> &'static str {
        "aws_default_tags"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        _config: DefaultTags,
    ) -> Result<DefaultTags, Diagnostics> {
        let aws = cx.client();
        let tags = aws.tags().ours(aws.tags().default.clone());
        Ok(DefaultTags { id: aws.partition().id.into(), tags: tags.into() })
    }
}
