//! `ca path|show|export`: the interception CA's certificate. Its key is never read here.

use crate::cli::args::{Ca, CaCommand};
use crate::cli::certificate::{self, Certificate};
use crate::cli::hold::safe;
use crate::cli::{Done, Trouble, out};
use crate::config::Config;

/// Prints what was asked of it.
pub fn run(config: &Config, asked: Ca) -> Done {
    let file = &config.tls.ca_cert;
    match asked.what {
        CaCommand::Path => out::say(&format!("{}\n", file.display())),
        CaCommand::Export => {
            let certificate = certificate::read(file).map_err(Trouble::Failed)?;
            out::say(&certificate.pem())
        }
        CaCommand::Show => {
            let certificate = certificate::read(file).map_err(Trouble::Failed)?;
            out::say(&show(&file.display().to_string(), &certificate))
        }
    }
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
