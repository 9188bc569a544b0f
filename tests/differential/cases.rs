//! The cases, each a test.

use crate::Result;

macro_rules! cases {
    ($($test:ident = $name:literal,)*) => {
        $(
            #[test]
            fn $test() -> Result<()> {
                crate::play::play($name)
            }
        )*

        const ALL: &[&str] = &[$($name),*];
    };
}

cases! {
    check_data = "check-data",
    computed_ids = "computed-ids",
    condition_errors = "condition-errors",
    conditions = "conditions",
    count_unknown = "count-unknown",
    create_update_delete = "create-update-delete",
    data_deferred = "data-deferred",
    data_missing = "data-missing",
    data_module_depends = "data-module-depends",
    data_planned = "data-planned",
    depends_on = "depends-on",
    deposed = "deposed",
    destroy = "destroy",
    destroy_drifted = "destroy-drifted",
    diff_complex = "diff-complex",
    diff_text = "diff-text",
    drift_complex = "drift-complex",
    drift_refresh_only = "drift-refresh-only",
    drift_unrelated = "drift-unrelated",
    drift_update = "drift-update",
    dynamic_blocks = "dynamic-blocks",
    dynamic_types = "dynamic-types",
    ephemeral_resources = "ephemeral-resources",
    ephemeral_values = "ephemeral-values",
    errors_cycles = "errors-cycles",
    errors_lifecycle = "errors-lifecycle",
    errors_modules = "errors-modules",
    errors_references = "errors-references",
    errors_required = "errors-required",
    errors_schema = "errors-schema",
    errors_structure = "errors-structure",
    errors_syntax = "errors-syntax",
    expression_errors = "expression-errors",
    expressions = "expressions",
    fail_create = "fail-create",
    fail_create_tainted = "fail-create-tainted",
    fail_delete = "fail-delete",
    fail_plan = "fail-plan",
    fail_read = "fail-read",
    fail_replace = "fail-replace",
    fail_update = "fail-update",
    fail_validate = "fail-validate",
    fmt = "fmt",
    for_each_unknown_values = "for-each-unknown-values",
    graph = "graph",
    ignore_changes = "ignore-changes",
    import_block = "import-block",
    import_command = "import-command",
    import_errors = "import-errors",
    import_for_each = "import-for-each",
    import_generate = "import-generate",
    import_generate_saved = "import-generate-saved",
    import_managed = "import-managed",
    json_syntax = "json-syntax",
    lock_file = "lock-file",
    module_guards = "module-guards",
    module_unknown = "module-unknown",
    modules = "modules",
    moved_blocked = "moved-blocked",
    moved_chains = "moved-chains",
    moved_errors = "moved-errors",
    moved_module = "moved-module",
    moved_resource = "moved-resource",
    moved_types = "moved-types",
    orphan_count = "orphan-count",
    orphan_for_each = "orphan-for-each",
    orphan_module = "orphan-module",
    orphan_resource = "orphan-resource",
    outputs = "outputs",
    override_files = "override-files",
    prevent_destroy = "prevent-destroy",
    provider_aliases = "provider-aliases",
    provider_errors = "provider-errors",
    provider_unknown = "provider-unknown",
    provisioners = "provisioners",
    provisioners_errors = "provisioners-errors",
    provisioners_fail = "provisioners-fail",
    refresh_modes = "refresh-modes",
    removed = "removed",
    removed_errors = "removed-errors",
    removed_provisioners = "removed-provisioners",
    replace_create_first = "replace-create-first",
    replace_destroy_first = "replace-destroy-first",
    replace_forced = "replace-forced",
    replace_triggered = "replace-triggered",
    saved_plan_variables = "saved-plan-variables",
    saved_plans = "saved-plans",
    sensitive = "sensitive",
    sensitive_output = "sensitive-output",
    sensitive_schema = "sensitive-schema",
    state_bad = "state-bad",
    target = "target",
    terraform_data = "terraform-data",
    use_only_state = "use-only-state",
    variables_missing = "variables-missing",
    variables_precedence = "variables-precedence",
    variables_sensitive_types = "variables-sensitive-types",
    variables_types = "variables-types",
    variables_validation = "variables-validation",
    workspaces = "workspaces",
}

/// A case that is not listed would not be played.
#[test]
fn all_cases_are_listed() -> Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/cases");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        found.extend(name.to_string_lossy().strip_suffix(".case").map(str::to_owned));
    }
    found.sort();
    assert_eq!(found, ALL);
    Ok(())
}
