//! The name of a Unix user, from /etc/passwd. Users that only a directory service knows have none here and are
//! `uid:N`; whoever cannot be named is nobody's namesake.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::limits;

/// The user that stands for "a user of another namespace" (and is often called `nobody`).
pub const NOBODY: u32 = 65_534;

/// The user's name, or `uid:N` where the file has none or cannot be read.
pub fn name_of(uid: u32) -> String {
    read(Path::new("/etc/passwd")).and_then(|text| find(&text, uid)).unwrap_or_else(|| format!("uid:{uid}"))
}

fn read(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(limits::PASSWD_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first line with this number counts, as for getpwuid(3).
fn find(text: &str, uid: u32) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| plain(name))?;
        let number = fields.nth(1)?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (digits && number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Printable and without a sign that the file has for something else (`+` and `-` are NIS's, `#` a comment).
fn plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['+', '-', '#']) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
        toor:x:0:0::/root:/bin/sh\n\
        # ops:x:7:7::/:/bin/sh\n\
        +ops:x:7:7::/:/bin/sh\n\
        :x:8:8::/:/bin/sh\n\
        odd\x1bname:x:9:9::/:/bin/sh\n\
        plus:x:+10:10::/:/bin/sh\n\
        short:x\n\
        ops:x:1000:1000:Ops,,,:/var/ops:/bin/bash";

    #[test]
    fn a_user_has_the_first_name_that_the_file_gives() {
        assert_eq!(find(PASSWD, 0).as_deref(), Some("root"));
        assert_eq!(find(PASSWD, 1000).as_deref(), Some("ops"));
    }

    #[test]
    fn a_line_that_is_no_plain_entry_names_nobody() {
        for uid in [7, 8, 9, 10, 100, 4_294_967_295] {
            assert_eq!(find(PASSWD, uid), None, "{uid}");
        }
    }

    #[test]
    fn a_user_without_a_name_is_its_number() {
        assert_eq!(name_of(4_294_967_294), "uid:4294967294");
    }
}
