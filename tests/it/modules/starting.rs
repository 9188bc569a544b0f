//! Beginning with a copy of a module.

use super::{Twins, repository, tree};

#[test]
fn a_module_is_copied_into_an_empty_directory() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("sub/main.tf", "module \"i\" {\n  source = \"./i\"\n}\n"), ("sub/i/main.tf", "")];
    repository(dir.path(), &files);
    let repository = format!("-from-module=git::file://{}//sub", dir.path().display());
    let local = format!("-from-module={}", dir.path().join("sub").display());
    for source in [repository, local] {
        let twins = Twins::new(|env| env);
        let _ = twins.groma.ok(&["init", &source]);
        let found = tree(&twins.groma.path("."));
        assert!(found.contains_key("main.tf") && found.contains_key("i/main.tf"), "{found:?}");
        if let Some((environment, program)) = &twins.terraform {
            assert_eq!(environment.run_program(program, &["init", &source]).code, Some(0));
            // Which folder of the original it says the modules are in is beside the point.
            let without_list = |mut files: std::collections::BTreeMap<String, String>| {
                files.remove(".terraform/modules/modules.json");
                files
            };
            assert_eq!(without_list(found), without_list(tree(&environment.path("."))));
        }
        let again = twins.groma.run(&["init", &source]);
        assert!(again.stderr.contains("already contains files"), "{again}");
    }
}
