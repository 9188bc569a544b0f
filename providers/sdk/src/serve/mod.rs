//! Serving a provider as a plugin.

mod environment;
mod lifecycle;
mod listener;
mod router;
#[cfg(test)]
mod tests;
mod tls;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures::stream;
use groma_protocol::CORE_PROTOCOL;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use self::environment::Environment;
use self::listener::Listener;
use self::router::Router;
use crate::host::Served;
use crate::{Provider, log};

/// How a provider is served.
#[derive(Clone, Debug)]
pub struct Serve {
    address: String,
    debug: bool,
}

impl Serve {
    /// With the arguments of the program; the address is the provider's name to the engine, such as
    /// `registry.terraform.io/hashicorp/aws`.
    pub fn new(address: impl Into<String>) -> Serve {
        let debug = std::env::args().skip(1).any(|a| is_debug_flag(&a));
        Serve { address: address.into(), debug }
    }
}

fn is_debug_flag(argument: &str) -> bool {
    let flag = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'));
    matches!(flag, Some("debug" | "debug=true" | "debug=1"))
}

/// Serves a provider until the engine that started the program has no more use for it.
///
/// With the argument `-debug` it runs on its own instead, and says how engines find it.
pub fn serve<P: Provider>(options: Serve, provider: P) -> ExitCode {
    let environment = Environment::of_process();
    if !options.debug && !environment.has_magic_cookie {
        complain(&format!(
            "This program is the provider {}. Groma, Terraform and OpenTofu start it by \
             themselves when a configuration needs it; it does nothing when it is started by \
             hand.\n\nTo attach a debugger to it, start it with the argument -debug.\n",
            options.address
        ));
        return ExitCode::FAILURE;
    }
    log::start(&options.address);
    match run(&options, environment, provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            complain(&format!("The provider {} cannot be served: {e}\n", options.address));
            ExitCode::FAILURE
        }
    }
}

fn complain(message: &str) {
    // Where that cannot be written, there is nowhere to say so.
    let _ = std::io::stderr().write_all(message.as_bytes());
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long what is under way may take to end when the plugin is to go.
const GRACE: Duration = Duration::from_secs(1);

fn run<P: Provider>(options: &Serve, environment: Environment, provider: P) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(listen(options, environment, provider, announce));
    // What does not end by itself by now would keep the process from ending at all.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// Listens, tells the engine so in the first line, and serves until the end.
async fn listen<P: Provider>(
    options: &Serve,
    environment: Environment,
    provider: P,
    announce: impl FnOnce(&str) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let protocol = environment.protocol();
    let (tls, certificate) =
        match environment.client_certificate.as_deref().filter(|_| !options.debug) {
            Some(pem) => {
                let (config, certificate) = tls::server(pem)?;
                (Some(Arc::new(config)), STANDARD_NO_PAD.encode(certificate))
            }
            None => (None, String::new()),
        };
    let listener = Listener::bind(&environment)?;
    let (network, address) = listener.address()?;
    if options.debug {
        announce(&attach_hint(&options.address, protocol, network, &address))?;
    } else {
        announce(&format!("{CORE_PROTOCOL}|{protocol}|{network}|{address}|grpc|{certificate}\n"))?;
    }
    let served = Served::new(provider);
    let end = CancellationToken::new();
    tokio::spawn(lifecycle::watch_process(options.debug, end.clone()));
    let router = Router::new(served.clone(), protocol, end.clone());
    let connections = stream::unfold(listener.accept(tls), |mut accepted| async {
        accepted.recv().await.map(|c| (Ok::<_, std::io::Error>(c), accepted))
    });
    let server = Server::builder()
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .serve_with_incoming_shutdown(router, connections, end.clone().cancelled_owned());
    tokio::select! {
        served = server => served?,
        () = async {
            end.cancelled().await;
            served.stop();
            tokio::time::sleep(GRACE).await;
        } => {}
    }
    Ok(())
}

/// How much the engine may send ahead of our reading it; memory is only used for what is sent.
const WINDOW_BYTES: u32 = 4 << 20;

fn announce(line: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

fn attach_hint(provider: &str, protocol: u32, network: &str, address: &str) -> String {
    let reattach = serde_json::json!({
        provider: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": network, "String": address },
        }
    });
    format!(
        "The provider runs. To have it used, set this environment variable for the engine:\n\n\
         \tTF_REATTACH_PROVIDERS='{reattach}'\n\n"
    )
}
