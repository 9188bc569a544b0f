//! Checks, plans and answers of certificates.

use super::*;

fn problems_of(config: &AcmCertificate) -> String {
    let mut problems = Problems::new();
    AcmCertificateResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn a_certificate_is_requested_or_imported() {
    let requested = AcmCertificate {
        domain_name: "example.com".into(),
        validation_method: "DNS".into(),
        ..AcmCertificate::default()
    };
    assert_eq!(problems_of(&requested), "");
    let both = AcmCertificate {
        private_key: "key".into(),
        certificate_body: "body".into(),
        ..requested.clone()
    };
    assert!(problems_of(&both).contains("requested, for a"));
    let half = AcmCertificate { private_key: "key".into(), ..AcmCertificate::default() };
    assert!(problems_of(&half).contains("certificate_body"));
}

#[test]
fn validations_are_known_when_all_domains_have_theirs() {
    let option = |record: bool| {
        let record = record.then(|| {
            let built = types::ResourceRecord::builder().name("_x.example.com").value("_y");
            built.r#type(types::RecordType::Cname).build()
        });
        types::DomainValidation::builder()
            .domain_name("example.com")
            .validation_method(types::ValidationMethod::Dns)
            .set_resource_record(record.and_then(Result::ok))
            .build()
            .ok()
    };
    let detail = |options: Vec<types::DomainValidation>| {
        types::CertificateDetail::builder()
            .r#type(types::CertificateType::AmazonIssued)
            .set_domain_validation_options(Some(options))
            .build()
    };
    assert!(!is_validatable(&detail(Vec::new())));
    assert!(!is_validatable(&detail(Vec::from_iter(option(false)))));
    let ready = detail(Vec::from_iter(option(true)));
    assert!(is_validatable(&ready));
    assert_eq!(method(&ready), "DNS");
    let mut model = AcmCertificate::default();
    describe(&mut model, &ready);
    let names = model.domain_validation_options.get().map(|all| {
        all.iter().map(|one| one.resource_record_name.text().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(names, Some(vec!["_x.example.com".to_owned()]));
}

#[test]
fn a_request_needs_a_validation() {
    use groma_sdk::{Model as _, Plan, PlanRequest, Value, model::Typed as _};

    let check = |config: &AcmCertificate| {
        let prior = Value::null(AcmCertificate::ty());
        let request = PlanRequest { prior, config: config.write(), proposed: config.write() };
        let (block, rules) = (AcmCertificate::block(), AcmCertificate::rules().steady());
        let plan = Plan::by_rules(&block, &rules, &request);
        check_method(&Planned::of(&request, &plan)).err().map(|e| e.to_string())
    };
    let requested =
        AcmCertificate { domain_name: "example.com".into(), ..AcmCertificate::default() };
    assert!(check(&requested).is_some_and(|e| e.contains("needs a \"validation_method\"")));
    for method in ["DNS".into(), Attr::Unknown] {
        assert_eq!(check(&AcmCertificate { validation_method: method, ..requested.clone() }), None);
    }
    assert_eq!(check(&AcmCertificate { domain_name: Attr::Unknown, ..requested }), None);
}
