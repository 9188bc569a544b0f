use std::sync::Arc;

use groma_schema::{ProviderSchemas, Schema, SchemaSet};

use super::{JointSchemas, Offer};
use crate::testing::schemas;

/// The second offers everything, the first one resource type of another version and no more.
fn joint() -> JointSchemas {
    let second = schemas();
    let thing = Schema { version: 7, ..Schema::clone(&second.resource_types["test_thing"]) };
    let mut first = SchemaSet { provider: second.provider.clone(), ..SchemaSet::default() };
    first.resource_types.insert("test_thing".into(), Arc::new(thing));
    JointSchemas::new(Arc::new(first), Arc::new(second)).unwrap()
}

#[test]
fn what_the_first_offers_is_its_own() {
    let joint = joint();
    assert!(joint.is_first(Offer::Resource, "test_thing"));
    assert_eq!(joint.resource_type("test_thing").unwrap().unwrap().version, 7);
    assert!(!joint.is_first(Offer::DataSource, "test_thing"));
    assert!(joint.data_source("test_thing").unwrap().is_some());
    assert_eq!(joint.resource_type("test_vault").unwrap().unwrap().version, 0);
    assert!(joint.resource_type("test_nothing").unwrap().is_none());
}

#[test]
fn together_they_offer_what_either_offers() {
    let joint = joint();
    assert_eq!(joint.resource_type_names(), ["test_thing".into(), "test_vault".into()]);
    assert!(joint.functions().unwrap().contains_key("repeat"));
    assert!(!joint.capabilities().plan_destroy, "the first does not expect to be asked");
}
