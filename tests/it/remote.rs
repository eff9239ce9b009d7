//! Values that go through ssh, with a server on this machine that is stopped at the end of the test.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Dir, Run};

/// A server that is stopped with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn quiet(program: &str, words: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Starts a server, and writes `client` into the directory: ssh with the settings for it.
fn server(dir: &Dir) -> Option<Server> {
    let sshd =
        ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].into_iter().find(|path| Path::new(path).exists())?;
    let file = |name: &str| dir.join(name).to_str().expect("a name").to_owned();
    let (host, user) = (file("host"), file("user"));
    for key in [&host, &user] {
        if !quiet("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", key]) {
            return None;
        }
    }
    // sshd as root needs this directory, which the system creates at boot.
    let _ = fs::create_dir_all("/run/sshd");
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let settings = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {user}.pub\nStrictModes no\n\
         PasswordAuthentication no\nPidFile none\n"
    );
    fs::write(dir.join("sshd"), settings).ok()?;
    let mut command = Command::new(sshd);
    command
        .args(["-D", "-e", "-f", &file("sshd")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let server = Server(command.spawn().ok()?);
    let client = format!(
        "Host here\nHostName 127.0.0.1\nPort {port}\nIdentityFile {user}\nIdentitiesOnly yes\nUserKnownHostsFile /dev/null\n\
         StrictHostKeyChecking no\nBatchMode yes\nLogLevel ERROR\nConnectionAttempts 20\n"
    );
    fs::write(dir.join("client"), client).ok()?;
    quiet("ssh", &["-F", &file("client"), "here", "true"]).then_some(server)
}

#[test]
fn a_value_goes_through_ssh_byte_by_byte() {
    let dir = Dir::new();
    let Some(_server) = server(&dir) else {
        eprintln!("left out: no sshd can be started here");
        return;
    };
    let byte =
        prop_oneof![3 => prop::sample::select(b"'\"\\$`(){}<>!#~*?[]=-; \n\t&|%a".to_vec()), 1 => 1..=255_u8];
    let strategy = prop::collection::vec(byte, 0..40);
    let mut runner = TestRunner::new(Config { cases: 2, ..Config::default() });
    runner
        .run(&strategy, |mut value| {
            value.extend(1..=255);
            let input = [&value[..], b"\0"].concat();
            for words in [
                &["-0", "ssh", "-F", "client", "here", "printf", "%s", "{}"][..],
                &["-0", "ssh", "-F", "client", "here", "printf %s"],
                &["-0", "ssh -F client here 'printf %s \"{}\"'"],
                &["-0", "-c", "ssh -F client here \"bash -c 'printf %s {}'\""],
            ] {
                let done = Run::new().args(words).stdin(&input).dir(&dir).run().status(0);
                prop_assert_eq!(&done.stdout, &value, "{:?}", words);
            }
            Ok(())
        })
        .unwrap();
}
