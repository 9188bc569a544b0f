//! Clients as they are in the provider, with a service behind a real connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::settings::{Credentials, Network, Role, WebRole};
use crate::{Outcome as _, create_once};

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>U</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What a service does with a connection.
#[derive(Clone)]
enum Does {
    Answer(u16, String),
    /// The answer ends before it should.
    BreakOff(&'static str),
    /// Nothing, until the client gives up.
    Nothing,
}

/// A service that answers one request after the other so, the last one again and again, and remembers
/// them.
#[derive(Clone)]
struct Service {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn start(script: Vec<Does>) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let service = Service { address, requests: Arc::default() };
        let requests = service.requests.clone();
        std::thread::spawn(move || {
            let last = script.last().cloned();
            for does in script.into_iter().chain(std::iter::from_fn(|| last.clone())) {
                let Ok((client, _)) = listener.accept() else { return };
                let requests = requests.clone();
                // Some wait for ever.
                std::thread::spawn(move || serve(client, &does, &requests));
            }
        });
        service
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut client: TcpStream, does: &Does, requests: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while !is_whole(&bytes) {
        match client.read(&mut part) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&part[..count]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    let answer = match does {
        Does::Answer(status, body) => {
            format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
        }
        Does::BreakOff(body) => format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{body}"),
        Does::Nothing => {
            let _ = client.read(&mut part);
            return;
        }
    };
    let _ = client.write_all(answer.as_bytes());
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

/// Settings of a provider whose STS is this one, and which asks nobody by itself.
fn settings(service: &Service) -> Settings {
    Settings {
        region: Some("eu-west-1".to_owned()),
        credentials: Credentials {
            access_key: Some("key".to_owned()),
            secret_key: Some("secret".to_owned()),
            token: Some("session".to_owned()),
            ..Credentials::default()
        },
        endpoints: [("sts", service.address.clone())].into(),
        request_account: true,
        max_attempts: 4,
        attempt_timeout: Some("30s".to_owned()),
        ..Settings::default()
    }
}

async fn account(settings: Settings) -> Result<String, String> {
    let aws = connect(settings).await.map_err(|d| d.to_string())?;
    let account = aws.account_id().await.map_err(|d| d.to_string())?;
    Ok(account.to_owned())
}

fn identity() -> Does {
    Does::Answer(200, IDENTITY.to_owned())
}

fn keys(name: &str, operation: &str) -> Does {
    Does::Answer(
        200,
        format!(
            "<{operation}Response><{operation}Result><Credentials><AccessKeyId>{name}</AccessKeyId>\
             <SecretAccessKey>s</SecretAccessKey><SessionToken>t-{name}</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{operation}Result>\
             </{operation}Response>"
        ),
    )
}

#[tokio::test]
async fn what_never_comes_and_what_breaks_off_is_asked_for_again() {
    let script = vec![Does::Nothing, Does::BreakOff("<GetCaller"), identity()];
    let service = Service::start(script);
    let settings = Settings {
        attempt_timeout: Some("500ms".to_owned()),
        max_attempts: 20,
        ..settings(&service)
    };
    assert_eq!(account(settings).await.as_deref(), Ok("123456789012"));
    assert!(service.requests().len() >= 3);
}

#[tokio::test]
async fn an_answer_that_breaks_off_was_one() {
    let exists = "<ErrorResponse><Error><Code>EntityAlreadyExists</Code></Error></ErrorResponse>";
    let script = vec![Does::BreakOff("<Get"), Does::Answer(409, exists.to_owned())];
    let service = Service::start(script);
    let aws = connect(settings(&service)).await.expect("a client");
    let request = aws.sts().get_federation_token().name("it").send();
    let created = create_once(request, &["EntityAlreadyExists"]).await;
    assert!(created.is_ok_and(|made| made.is_none()));
}

#[tokio::test]
async fn a_time_that_is_none_is_refused() {
    let service = Service::start(vec![]);
    for text in ["soon", "0s"] {
        let settings = Settings { attempt_timeout: Some(text.to_owned()), ..settings(&service) };
        let refused = account(settings).await.expect_err("it is no time");
        assert!(refused.contains("GROMA_AWS_ATTEMPT_TIMEOUT"), "{refused}");
    }
}

#[tokio::test]
async fn requests_say_who_asks() {
    let service = Service::start(vec![identity()]);
    let mut settings = settings(&service);
    settings.network.user_agent = "groma-provider-aws/1 ours".to_owned();
    assert_eq!(account(settings).await.as_deref(), Ok("123456789012"));
    let request = service.requests().concat().to_ascii_lowercase();
    for part in [
        " groma-provider-aws/1 ours\r\n",
        "credential=key/",
        "/eu-west-1/sts/aws4_request",
        "x-amz-security-token: session",
    ] {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[tokio::test]
async fn roles_are_taken_on_one_after_the_other() {
    let script = vec![keys("one", "AssumeRole"), keys("two", "AssumeRole"), identity()];
    let service = Service::start(script);
    let mut settings = settings(&service);
    let role = |name: &str| Role {
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        session_name: Some(format!("as-{name}")),
        external_id: Some("outside".to_owned()),
        duration: Some(Duration::from_secs(1800)),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        source_identity: Some("me".to_owned()),
        tags: [("team".to_owned(), "roads".to_owned())].into(),
        transitive_tags: vec!["team".to_owned()],
        ..Role::default()
    };
    settings.credentials.roles = vec![role("first"), role("second")];
    assert_eq!(account(settings).await.as_deref(), Ok("123456789012"));
    let requests = service.requests();
    for (request, (by, role)) in requests.iter().zip([("key", "first"), ("one", "second")]) {
        for part in [
            &format!("Credential={by}/"),
            &format!("role%2F{role}"),
            &format!("RoleSessionName=as-{role}"),
            "ExternalId=outside",
            "DurationSeconds=1800",
            "PolicyArns.member.1.arn=",
            "SourceIdentity=me",
            "Tags.member.1.Key=team",
            "TransitiveTagKeys.member.1=team",
        ] {
            assert!(request.contains(part), "{part} in {request}");
        }
    }
    assert!(requests[2].contains("Credential=two/") && requests[2].contains("t-two"));
}

#[tokio::test]
async fn a_role_is_taken_on_with_a_token_from_a_file() {
    let script = vec![keys("web", "AssumeRoleWithWebIdentity"), identity()];
    let service = Service::start(script);
    let file = std::env::temp_dir().join(format!("groma-token-{}", std::process::id()));
    std::fs::write(&file, "the-token\n").expect("a file");
    let mut settings = settings(&service);
    settings.credentials.web_role = Some(WebRole {
        role: Role { arn: "arn:aws:iam::123456789012:role/web".to_owned(), ..Role::default() },
        token: None,
        token_file: Some(file.clone()),
    });
    let account = account(settings).await;
    std::fs::remove_file(file).expect("it is there");
    assert_eq!(account.as_deref(), Ok("123456789012"));
    let requests = service.requests();
    assert!(
        requests[0].contains("WebIdentityToken=the-token&") || requests[0].ends_with("the-token")
    );
    assert!(!requests[0].contains("Credential="), "{}", requests[0]);
    assert!(requests[1].contains("Credential=web/"), "{}", requests[1]);
}

#[tokio::test]
async fn credentials_come_from_the_profile_of_a_file() {
    let service = Service::start(vec![identity()]);
    let file = std::env::temp_dir().join(format!("groma-profile-{}", std::process::id()));
    let text = "[profile other]\nregion = eu-north-1\naws_access_key_id = filed\n\
                aws_secret_access_key = s\n";
    std::fs::write(&file, text).expect("a file");
    let mut settings = settings(&service);
    settings.region = None;
    settings.credentials = Credentials {
        profile: Some("other".to_owned()),
        config_files: vec![file.clone()],
        ..Credentials::default()
    };
    let account = account(settings).await;
    std::fs::remove_file(file).expect("it is there");
    assert_eq!(account.as_deref(), Ok("123456789012"));
    let request = service.requests().concat();
    assert!(request.contains("Credential=filed/"), "{request}");
    assert!(request.contains("/eu-north-1/sts/aws4_request"), "{request}");
}

#[tokio::test]
async fn accounts_are_allowed_or_not() {
    let service = Service::start(vec![identity(), identity(), identity()]);
    let ids = |id: &str| [id.to_owned()].into();
    let other = Settings { allowed_accounts: ids("210987654321"), ..settings(&service) };
    assert!(account(other).await.is_err_and(|e| e.contains("not allowed: 123456789012")));
    let never = Settings { forbidden_accounts: ids("123456789012"), ..settings(&service) };
    assert!(account(never).await.is_err_and(|e| e.contains("not allowed: 123456789012")));
    let this = Settings { allowed_accounts: ids("123456789012"), ..settings(&service) };
    assert_eq!(account(this).await.as_deref(), Ok("123456789012"));
    let unasked = Settings { request_account: false, ..settings(&service) };
    assert_eq!(account(unasked).await.as_deref(), Ok(""));
    assert_eq!(service.requests().len(), 3);
}

#[tokio::test]
async fn regions_are_checked_unless_that_is_not_wanted() {
    let service = Service::start(vec![]);
    let at = |region: &str, validate_region| Settings {
        region: Some(region.to_owned()),
        validate_region,
        ..settings(&service)
    };
    assert!(connect(at("mars-1", true)).await.is_err());
    assert!(connect(at("eu-west-1", true)).await.is_ok());
    let aws = connect(at("mars-1", false)).await;
    assert_eq!(aws.ok().as_ref().map(Aws::region), Some("mars-1"));
}

#[tokio::test]
async fn a_proxy_is_asked_in_place_of_the_service() {
    let proxy = Service::start(vec![identity()]);
    let mut settings = settings(&proxy);
    settings.endpoints = [("sts", "http://sts.example.test".to_owned())].into();
    settings.network = Network { http_proxy: Some(proxy.address.clone()), ..Network::default() };
    assert_eq!(account(settings).await.as_deref(), Ok("123456789012"));
    let request = proxy.requests().concat();
    assert!(request.starts_with("POST http://sts.example.test/"), "{request}");
}

/// Where an object of S3 is, by the settings.
async fn place(settings: Settings) -> String {
    let aws = connect(settings).await.expect("a client");
    let path_style = aws.s3_path_style();
    let region = aws.region();
    let s3 = crate::client!(aws, "s3", aws_sdk_s3, region => |b| b.force_path_style(path_style));
    let soon = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_secs(60));
    let request = s3.get_object().bucket("photos").key("a").presigned(soon.expect("a time")).await;
    let request = request.expect("a request");
    request.uri().split('?').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn endpoints_are_of_the_form_that_is_wanted() {
    let service = Service::start(vec![]);
    let with = |fips: bool, dual_stack: bool, path_style: bool| Settings {
        fips: Some(fips),
        dual_stack: Some(dual_stack),
        path_style,
        ..settings(&service)
    };
    for (settings, expected) in [
        (with(false, false, false), "https://photos.s3.eu-west-1.amazonaws.com/a"),
        (with(false, false, true), "https://s3.eu-west-1.amazonaws.com/photos/a"),
        (with(true, false, false), "https://photos.s3-fips.eu-west-1.amazonaws.com/a"),
        (with(false, true, false), "https://photos.s3.dualstack.eu-west-1.amazonaws.com/a"),
    ] {
        assert_eq!(place(settings).await, expected);
    }
}

#[tokio::test]
async fn retries_are_as_many_as_wanted() {
    let busy = || Does::Answer(503, String::new());
    let service = Service::start((0..9).map(|_| busy()).collect());
    let twice = Settings { max_attempts: 2, ..settings(&service) };
    assert!(account(twice).await.is_err());
    assert_eq!(service.requests().len(), 2);
    let aws = connect(Settings { adaptive_retries: true, ..settings(&service) }).await;
    let mode =
        aws.expect("a client").sdk_config("eu-west-1", "ec2").retry_config().map(|r| r.mode());
    assert_eq!(mode, Some(aws_config::retry::RetryMode::Adaptive));
}

#[tokio::test]
async fn an_error_of_the_service_has_its_code() {
    let refused = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
    let service = Service::start(vec![Does::Answer(403, refused.to_owned())]);
    let aws = connect(settings(&service)).await.expect("a client");
    let answer = aws.sts().get_caller_identity().send().await.typed();
    assert!(answer.is_err_and(|e| e.is_denied()));
}
