//! Whether a command runs on a Node that reads the proxy variables: with `NODE_USE_ENV_PROXY`, Node does so from 22.21
//! and 24.5 on (https://nodejs.org/api/cli.html#node_use_env_proxy1); an older one goes around the proxy. What cannot be told
//! is not warned of: the variables are a wish in any case.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::limits;

/// What to say before it is started, if anything.
pub fn remark(program: &OsStr) -> Option<String> {
    let file = find(program)?;
    let node = if file.file_name() == Some(OsStr::new("node")) { file } else { interpreter(&file)? };
    let version = version(&node)?;
    (!reads_variables(&version)).then(|| {
        format!(
            "{} is Node {version}, which ignores the proxy variables: its traffic goes around Holdpoint; Node reads them \
             from 22.21 and 24.5 on",
            node.display()
        )
    })
}

/// As execvp(3) finds it.
fn find(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return Some(path.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(path)).find(|file| file.is_file())
}

/// The Node that a script's first line names, as npm's and its packages' commands do.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    File::open(script).ok()?.take(limits::SCRIPT_LINE_BYTES).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let word = line.split_ascii_whitespace().find(|word| word.rsplit('/').next() == Some("node"))?;
    find(OsStr::new(word))
}

/// `20.11.1`
fn version(node: &Path) -> Option<String> {
    // Nothing of the environment is its business, least of all an approver's token.
    let mut asked = Command::new(node);
    asked.arg("--version").env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut asked = asked.spawn().ok()?;
    let output = asked.stdout.take()?.take(limits::NODE_VERSION_BYTES);
    let (sender, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = sender.send({ output }.read_to_string(&mut text).map(|_| text));
    });
    let text = told.recv_timeout(limits::NODE_VERSION_WAIT);
    let _ = asked.kill();
    let _ = asked.wait();
    let text = text.ok()?.ok()?;
    let version = text.trim().strip_prefix('v')?;
    let plain = version.len() < 32 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| version.to_owned())
}

fn reads_variables(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    match (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) {
        (22, minor) => minor >= 21,
        (24, minor) => minor >= 5,
        (major, _) => major > 24,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_old_node_ignores_the_variables_and_a_new_one_reads_them() {
        for (version, reads) in [
            ("20.11.1", false),
            ("18.0.0", false),
            ("22.20.0", false),
            ("22.21.0", true),
            ("23.11.0", false),
            ("24.4.1", false),
            ("24.5.0", true),
            ("26.0.0", true),
            ("", false),
        ] {
            assert_eq!(reads_variables(version), reads, "{version}");
        }
    }

    fn script(dir: &Path, name: &str, text: &str) -> PathBuf {
        let file = dir.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        file
    }

    #[test]
    fn a_script_of_an_old_node_is_warned_of_and_any_other_program_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let node = script(dir.path(), "node", "#!/bin/sh\necho v20.11.1\n");
        let tool = script(dir.path(), "tool", &format!("#!/usr/bin/env -S {}\nnot read\n", node.display()));
        for file in [&node, &tool] {
            let remark = remark(file.as_os_str()).unwrap();
            assert!(remark.contains("is Node 20.11.1, which ignores the proxy variables"), "{remark}");
        }
        // It gets nothing of the environment, and no more than its time.
        let told = dir.path().join("told");
        let nosy = format!("#!/bin/sh\n/usr/bin/env > {}\necho v20.11.1\n", told.display());
        let node = script(dir.path(), "node", &nosy);
        assert!(remark(node.as_os_str()).is_some());
        assert!(!fs::read_to_string(told).unwrap().contains("HOME="));
        let shell = script(dir.path(), "shell", "#!/bin/sh\necho v20.11.1\n");
        assert_eq!(remark(shell.as_os_str()), None);
        script(dir.path(), "node", "#!/bin/sh\necho v24.11.0\n");
        assert_eq!(remark(tool.as_os_str()), None);
        assert_eq!(remark(OsStr::new("/nowhere/at/all")), None);
    }
}
