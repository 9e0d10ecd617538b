//! `ca path|show|export`: the interception CA's certificate. Its key is never read here.

use serde_json::json;

use crate::admin::json;
use crate::cli::args::{Ca, CaCommand};
use crate::cli::certificate::{self, Certificate, Facts};
use crate::cli::hold::safe;
use crate::cli::{Done, Trouble, out};
use crate::config::Config;

/// Prints what was asked of it.
pub fn run(config: &Config, asked: Ca) -> Done {
    let file = &config.tls.ca_cert;
    match asked.what {
        CaCommand::Path => out::say(&format!("{}\n", file.display())),
        CaCommand::Export => {
            let certificate = certificate::read(file).map_err(Trouble::Wrong)?;
            out::say(&certificate.pem())
        }
        CaCommand::Show { json } => {
            let certificate = certificate::read(file).map_err(Trouble::Wrong)?;
            if json {
                return out::say(&(as_json(&file.display().to_string(), &certificate) + "\n"));
            }
            out::say(&show(&file.display().to_string(), &certificate))
        }
    }
}

fn as_json(file: &str, certificate: &Certificate) -> String {
    let facts = certificate.facts();
    let fact = |read: fn(&Facts) -> &String| facts.as_ref().map(read);
    json::text(&json!({
        "file": file,
        "subject": fact(|facts| &facts.subject),
        "valid_from": fact(|facts| &facts.since),
        "valid_until": fact(|facts| &facts.until),
        "sha256": certificate.fingerprint(),
    }))
}

fn show(file: &str, certificate: &Certificate) -> String {
    let facts = certificate.facts();
    let fact = |text: Option<String>| text.map_or_else(|| "(cannot be read)".to_owned(), |text| safe(&text));
    let (subject, since, until) = match facts {
        Some(facts) => (Some(facts.subject), Some(facts.since), Some(facts.until)),
        None => (None, None, None),
    };
    format!(
        "file         {}\nsubject      {}\nvalid from   {}\nvalid until  {}\nsha-256      {}\n",
        safe(file),
        fact(subject),
        fact(since),
        fact(until),
        certificate.fingerprint()
    )
}
