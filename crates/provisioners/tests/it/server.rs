//! An OpenSSH server of our own, on a free port of 127.0.0.1, with keys made for it.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A server that runs until this is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) user: String,
    folder: TempDir,
    process: Child,
}

impl Server {
    /// Starts one; `None`, and a word about it, where there is no OpenSSH server.
    pub(crate) fn start() -> Option<Server> {
        let Some(program) = std::env::var_os("GROMA_TEST_SSHD").map(PathBuf::from) else {
            println!("passed over: there is no SSH server; GROMA_TEST_SSHD names its program");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, kind, bits) in [
            ("host", "ed25519", ""),
            ("ed25519", "ed25519", ""),
            ("rsa", "rsa", "2048"),
            ("ca", "ed25519", ""),
        ] {
            keygen(&at(name), kind, bits);
        }
        let keys = ["ed25519.pub", "rsa.pub"].map(|name| text(&at(name))).concat();
        std::fs::write(at("authorized"), keys).unwrap();
        let authority = text(&at("ca.pub"));
        std::fs::write(at("authorities"), &authority).unwrap();
        // As root, it changes to this empty folder for what it does for strangers.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| at(name).display().to_string();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nTrustedUserCAKeys {}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nAllowAgentForwarding yes\nPidFile none\nLogLevel VERBOSE\n",
            file("host"),
            file("authorized"),
            file("authorities"),
        );
        std::fs::write(at("config"), config).unwrap();
        let mut process = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(at("config"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut log = String::new();
        while !log.contains("Server listening") {
            assert_ne!(said.read_line(&mut log).unwrap(), 0, "the server ended: {log}");
        }
        // What it goes on to say must be read, or it would wait for that.
        std::thread::spawn(move || said.lines().for_each(drop));
        TcpStream::connect(("127.0.0.1", port)).unwrap();
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap().trim().to_owned();
        Some(Server { port, user, folder, process })
    }

    /// A file of the server's folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of such a file.
    pub(crate) fn text(&self, name: &str) -> String {
        text(&self.at(name))
    }

    /// A certificate of the test's authority for a key.
    pub(crate) fn certificate(&self, key: &str) -> String {
        let signed = Command::new("ssh-keygen")
            .args(["-q", "-I", "test", "-n", &self.user, "-s"])
            .arg(self.at("ca"))
            .arg(self.at(&format!("{key}.pub")))
            .status();
        assert!(signed.unwrap().success());
        self.text(&format!("{key}-cert.pub"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes a pair of keys.
pub(crate) fn keygen(path: &Path, kind: &str, bits: &str) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", "", "-t", kind, "-f"]).arg(path);
    if !bits.is_empty() {
        command.args(["-b", bits]);
    }
    assert!(command.status().unwrap().success());
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
