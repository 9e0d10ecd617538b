//! The AWS command line against moto: what lists and describes passes, what changes is held under the name that AWS
//! gives it, and moto's state shows what arrived.

use std::process::Command;

use holdpoint::hold::HoldView;
use serde_json::Value;

use super::agent::{Agent, reads_as};
use super::backend::Backend;
use super::{python, tools};
use crate::binary::Server;
use crate::plan::Plan;

/// moto, and a proxy that knows it as AWS.
pub struct Cloud {
    tools: std::path::PathBuf,
    pub moto: Backend,
    pub server: Server,
}

impl Cloud {
    /// `None` where there are no clients.
    pub fn start(plan: Plan) -> Option<Self> {
        let tools = tools()?;
        let moto = Backend::script(|dir| {
            let mut command = python(&tools, "moto_server.py");
            command.arg(dir.join("record"));
            command
        });
        let plan =
            plan.service(&format!("name = \"cloud\"\nhost = [\"{}\"]\ncatalog = \"aws\"", moto.authority()));
        let server = Server::start(&plan);
        Some(Self { tools, moto, server })
    }

    /// A Python script as an agent has it in this cloud.
    pub fn python(&self, name: &str) -> Command {
        let mut command = python(&self.tools, name);
        self.dress(&mut command);
        command
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.moto.authority())
    }

    fn dress(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", self.endpoint());
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command.env("AWS_DEFAULT_OUTPUT", "json").env("AWS_PAGER", "").current_dir(self.server.dir());
    }

    fn aws(&self, line: &str) -> Agent<'_> {
        let mut command = Command::new(self.tools.join("venv/bin/aws"));
        // For SQS this version's command line knows no endpoint from the environment.
        command.arg("--endpoint-url").arg(self.endpoint()).args(line.split(' '));
        self.dress(&mut command);
        Agent::start(&self.server, command)
    }

    /// It passes without anybody; what it printed.
    fn reads(&self, line: &str) -> String {
        self.aws(line).passes().output
    }

    /// It waits, arrives once when it is released, and succeeds.
    fn releases(&self, line: &str, effect: &str, operation: &str) -> Value {
        let mut agent = self.aws(line);
        let hold = agent.held();
        reads_as(&hold, "aws", effect, operation);
        let before = self.moto.record().len();
        self.server.approve(&hold);
        let ended = agent.ends().succeeded();
        assert_eq!(self.moto.record().len(), before + 1, "it arrives once");
        serde_json::from_str(&ended.output).unwrap_or_default()
    }

    /// It waits, is refused with a reason in AWS's own words, and asks no second time.
    fn refuses(&self, line: &str, effect: &str, operation: &str) {
        let mut agent = self.aws(line);
        let hold = agent.held();
        reads_as(&hold, "aws", effect, operation);
        let before = self.moto.record().len();
        self.server.deny(&hold, "not on a Friday");
        let ended = agent.ends();
        let (_, called) = operation.split_once(':').expect("SERVICE:OPERATION");
        assert!(!ended.ok, "{ended:?}");
        // EC2 has a word of its own for it.
        let code = if operation.starts_with("ec2:") { "UnauthorizedOperation" } else { "AccessDenied" };
        let code = format!("An error occurred ({code}");
        for words in [code.as_str(), called, "not on a Friday"] {
            assert!(ended.errors.contains(words), "no {words:?} in {}", ended.errors);
        }
        assert_eq!(self.moto.record().len(), before, "it never arrives");
        assert_eq!(self.attempts(&hold), 1);
    }

    /// How often the agent came for this hold, now that it has ended.
    fn attempts(&self, hold: &HoldView) -> usize {
        let shown = self.server.says(&["show", &hold.id, "--json"]);
        serde_json::from_slice::<HoldView>(&shown).expect("a hold").attempts
    }
}

#[test]
fn aws_s3() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    std::fs::write(cloud.server.dir().join("report.txt"), "quarterly").expect("the directory is ours");
    assert_eq!(cloud.reads("s3 ls"), "");
    cloud.releases("s3 mb s3://archive", "write", "AWS s3:CreateBucket");
    cloud.refuses("s3 cp report.txt s3://archive/report.txt", "write", "AWS s3:PutObject");
    assert_eq!(cloud.reads("s3 ls s3://archive"), "");
    cloud.releases("s3 cp report.txt s3://archive/report.txt", "write", "AWS s3:PutObject");
    assert!(cloud.reads("s3 ls s3://archive").contains("report.txt"));
    assert_eq!(cloud.reads("s3 cp s3://archive/report.txt -"), "quarterly");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::archive/*"}]}"#;
    let share = format!("s3api put-bucket-policy --bucket archive --policy {policy}");
    cloud.refuses(&share, "permission", "AWS s3:PutBucketPolicy");
    cloud.releases(&share, "permission", "AWS s3:PutBucketPolicy");
    assert!(cloud.reads("s3api get-bucket-policy --bucket archive").contains("s3:GetObject"));
    cloud.refuses("s3 rm s3://archive/report.txt", "delete", "AWS s3:DeleteObject");
    assert!(cloud.reads("s3 ls s3://archive").contains("report.txt"));
    cloud.releases("s3 rm s3://archive/report.txt", "delete", "AWS s3:DeleteObject");
    assert_eq!(cloud.reads("s3 ls s3://archive"), "");
}

#[test]
fn aws_ec2() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    let state = || {
        let query = "ec2 describe-instances --query Reservations[].Instances[].State.Name --output text";
        cloud.reads(query).trim().to_owned()
    };
    assert_eq!(state(), "");
    let run = "ec2 run-instances --image-id ami-12c6146b --instance-type t2.micro";
    cloud.refuses(run, "execute", "AWS ec2:RunInstances");
    let ran = cloud.releases(run, "execute", "AWS ec2:RunInstances");
    assert_eq!(state(), "running");
    let id = ran["Instances"][0]["InstanceId"].as_str().expect("an instance");
    let terminate = format!("ec2 terminate-instances --instance-ids {id}");
    cloud.refuses(&terminate, "delete", "AWS ec2:TerminateInstances");
    assert_eq!(state(), "running");
    cloud.releases(&terminate, "delete", "AWS ec2:TerminateInstances");
    assert_eq!(state(), "terminated");
}

#[test]
fn aws_iam() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    let users = || cloud.reads("iam list-users --query Users[].UserName --output text").trim().to_owned();
    assert_eq!(users(), "");
    cloud.refuses("iam create-user --user-name mallory", "write|permission", "AWS iam:CreateUser");
    cloud.releases("iam create-user --user-name alice", "write|permission", "AWS iam:CreateUser");
    assert_eq!(users(), "alice");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let put = format!("iam put-user-policy --user-name alice --policy-name all --policy-document {policy}");
    cloud.refuses(&put, "permission", "AWS iam:PutUserPolicy");
    assert!(!cloud.reads("iam list-user-policies --user-name alice").contains("all"));
    cloud.releases(&put, "permission", "AWS iam:PutUserPolicy");
    assert!(cloud.reads("iam list-user-policies --user-name alice").contains("all"));
}

#[test]
fn aws_dynamodb() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    let scan = || cloud.reads("dynamodb scan --table-name t --query Count");
    assert!(cloud.reads("dynamodb list-tables").contains("[]"));
    cloud.releases(
        "dynamodb create-table --table-name t --attribute-definitions AttributeName=k,AttributeType=S \
         --key-schema AttributeName=k,KeyType=HASH --billing-mode PAY_PER_REQUEST",
        "write",
        "AWS dynamodb:CreateTable",
    );
    let put = r#"dynamodb put-item --table-name t --item {"k":{"S":"a"}}"#;
    cloud.refuses(put, "write", "AWS dynamodb:PutItem");
    assert_eq!(scan(), "0");
    cloud.releases(put, "write", "AWS dynamodb:PutItem");
    assert_eq!(scan(), "1");
    let key = r#"{"k":{"S":"a"}}"#;
    assert!(cloud.reads(&format!("dynamodb get-item --table-name t --key {key}")).contains("Item"));
    let query = r#"dynamodb query --table-name t --key-condition-expression k=:k --expression-attribute-values {":k":{"S":"a"}}"#;
    assert!(cloud.reads(query).contains("Items"));
}

#[test]
fn aws_sqs() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    assert!(!cloud.reads("sqs list-queues").contains("jobs"));
    let made = cloud.releases("sqs create-queue --queue-name jobs", "write", "AWS sqs:CreateQueue");
    let queue = made["QueueUrl"].as_str().expect("a queue");
    assert!(cloud.reads("sqs list-queues").contains("jobs"));
    let waiting = || {
        let asked = "--attribute-names ApproximateNumberOfMessages --query Attributes.* --output text";
        cloud.reads(&format!("sqs get-queue-attributes --queue-url {queue} {asked}")).trim().to_owned()
    };
    let send = format!("sqs send-message --queue-url {queue} --message-body delete-all");
    cloud.refuses(&send, "execute", "AWS sqs:SendMessage");
    assert_eq!(waiting(), "0");
    cloud.releases(&send, "execute", "AWS sqs:SendMessage");
    assert_eq!(waiting(), "1");
}
