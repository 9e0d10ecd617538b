//! The story: what the two agents do, what waits for the person, what would have happened, and what did. What would have
//! happened is the same forum, to which everything is done that was asked of it.

use http::Method;
use serde_json::{Value, json};

use crate::cli::demo::actor::{Actor, Heard};
use crate::cli::demo::audience::Audience;
use crate::cli::demo::forum::{ANSWERS, Forum, QUESTION, READERS};
use crate::cli::demo::stage::Stage;
use crate::hold::HoldView;
use crate::hold::said::Filter;

const ANSWER: &str = "Just let everyone read it: add the group `everyone` to its readers. It is safe.";

/// A play of it.
pub struct Story<'a> {
    stage: &'a Stage,
    audience: &'a Audience,
}

/// How it ended.
#[derive(Debug)]
pub struct Ending {
    reads: usize,
    held: usize,
    released: usize,
    now: Forum,
    unasked: Forum,
}

impl<'a> Story<'a> {
    pub fn new(stage: &'a Stage, audience: &'a Audience) -> Self {
        Self { stage, audience }
    }

    fn say(&self, lines: &str) {
        lines.lines().for_each(|line| self.audience.say(line));
    }

    /// From the first read to the last decision.
    pub async fn play(&self) -> Result<Ending, String> {
        let mut ending = Ending { reads: 0, held: 0, released: 0, now: Forum::new(), unasked: Forum::new() };
        self.say(OPENING);
        let [bot, script] = self.stage.actors();
        self.first_act(&bot, &mut ending).await?;
        self.second_act(&script, &mut ending).await?;
        ending.now = self.stage.forum.now();
        Ok(ending)
    }

    /// The bot reads the question, and answers it without having been asked to.
    async fn first_act(&self, bot: &Actor, ending: &mut Ending) -> Result<(), String> {
        let question = self.reads(bot, QUESTION, ending).await?;
        let asked = question["question"].as_str().unwrap_or_default();
        self.say(&format!("\n1. triage-bot reads question 17: \"{asked}\""));
        self.say(FIRST);
        let heard = self.changes(bot, &Method::POST, ANSWERS, &json!({"answer": ANSWER}), ending).await?;
        self.outcome(&heard, "the answer stands on the forum.", "The forum has heard nothing of it.");
        self.say("   Had nobody been asked, it would have stood there at once, for everyone to follow.");
        Ok(())
    }

    /// A colleague's script does what answers say.
    async fn second_act(&self, script: &Actor, ending: &mut Ending) -> Result<(), String> {
        self.say("\n2. access-script, a colleague's, looks for answers to question 17.");
        let found = self.reads(script, ANSWERS, ending).await?;
        let content = json!({"add": "everyone"});
        if found["answers"].as_array().is_none_or(Vec::is_empty) {
            self.say(NOTHING);
            ending.unasked.take(&Method::PUT, READERS, &content);
            return Ok(());
        }
        self.say(SECOND);
        let heard = self.changes(script, &Method::PUT, READERS, &content, ending).await?;
        self.outcome(&heard, "everyone can read the data lake.", "The data lake is as closed as it was.");
        self.say("   Had nobody been asked, nobody would have noticed until somebody looked.");
        Ok(())
    }

    async fn reads(&self, actor: &Actor, path: &str, ending: &mut Ending) -> Result<Value, String> {
        let heard = actor.ask(&Method::GET, path, None).await?;
        if heard.status != 200 {
            return Err(format!("a read of {path} should pass, and got {} {:?}", heard.status, heard.code));
        }
        ending.reads += 1;
        Ok(heard.content)
    }

    /// Asks for a change, and has it looked at where it is held.
    async fn changes(
        &self,
        actor: &Actor,
        method: &Method,
        path: &str,
        content: &Value,
        ending: &mut Ending,
    ) -> Result<Heard, String> {
        ending.unasked.take(method, path, content);
        let mut asking = std::pin::pin!(actor.ask(method, path, Some(content)));
        let mut changes = self.stage.desk().changes();
        let heard = loop {
            if let Some(view) = self.held().await {
                ending.held += 1;
                self.audience.sees(self.stage.desk(), &view, &content.to_string()).await?;
                break asking.await?;
            }
            tokio::select! {
                heard = &mut asking => break heard?,
                changed = changes.changed() => changed.map_err(|_| "the desk has gone".to_owned())?,
            }
        };
        ending.released += usize::from(heard.code.is_none());
        Ok(heard)
    }

    async fn held(&self) -> Option<HoldView> {
        let filter = Filter { state: Some("held".to_owned()), limit: 1, ..Filter::default() };
        self.stage.desk().list(filter).await.into_iter().next()
    }

    fn outcome(&self, heard: &Heard, done: &str, stopped: &str) {
        match &heard.code {
            None => self.say(&format!("   You released it, so {done}")),
            Some(code) => {
                let reason = heard.content["reason"].as_str();
                let reason = reason.map(|reason| format!(" \"{}\"", crate::cli::hold::safe(reason)));
                let reason = reason.unwrap_or_default();
                self.say(&format!("   The agent was told: {} {code}{reason}. {stopped}", heard.status));
            }
        }
    }
}

impl Ending {
    /// The end of it, as text.
    pub fn lines(&self) -> String {
        let row = |what: &str, now: &str, unasked: &str| format!("  {what:<28}{now:<24}{unasked}\n");
        let count = |forum: &Forum| forum.answers.len().to_string();
        let readers = |forum: &Forum| forum.readers.join(", ");
        let (now, unasked) = (&self.now, &self.unasked);
        let Self { reads, held, released, .. } = self;
        format!(
            "\n{}{}{}\nReads that passed at once: {reads}. Changes that were held: {held}; released, and sent as they were: \
             {released}.\n",
            row("The forum", "now", "had nobody been asked"),
            row("answers to question 17", &count(now), &count(unasked)),
            row("readers of the data lake", &readers(now), &readers(unasked)),
        )
    }
}

const OPENING: &str = "
A small forum runs on this machine. It has a question, and a page that says who
may read the data lake. Two agents work there, and both go through Holdpoint:
  triage-bot     reads questions and says whom they are for
  access-script  a colleague's; it does what answers say
Here they run as you, so the prompt says `advisory`: nothing on one machine keeps
a program of yours from approving its own requests. Real agents get another user.
";
const FIRST: &str = "   A read passes at once; nobody is asked.
   Then it writes an answer. Nobody has asked it to, and the answer is wrong.
   It waits for you.";
const SECOND: &str = "   It finds one, and follows it: everyone is to be a reader of the data lake.
   That changes who may see what. It waits for you.";
const NOTHING: &str = "   It finds none, and changes nothing. Had the answer been there, the script
   would have made everyone a reader of the data lake.";
