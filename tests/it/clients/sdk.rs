//! boto3, one operation for each protocol that AWS speaks: a refusal is an error of the SDK's own with the approver's
//! reason in it, never a parse error; and an answer that nobody has decided yet brings the SDK back by itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::agent::{Agent, reads_as};
use super::aws::Cloud;
use crate::plan::Plan;
use crate::wait;

/// Protocol, service, method, parameters, operation: by its name, or where no name travels, by its route.
fn calls() -> [(&'static str, &'static str, &'static str, Value, &'static str); 8] {
    [
        ("query", "iam", "create_group", json!({"GroupName": "g"}), "iam:CreateGroup"),
        ("ec2", "ec2", "create_vpc", json!({"CidrBlock": "10.1.0.0/16"}), "ec2:CreateVpc"),
        ("rest-xml", "s3", "create_bucket", json!({"Bucket": "archive"}), "s3:CreateBucket"),
        (
            "rest-xml",
            "route53",
            "create_hosted_zone",
            json!({"Name": "a.example", "CallerReference": "1"}),
            "route53 POST /2013-04-01/hostedzone",
        ),
        ("json 1.0", "sqs", "create_queue", json!({"QueueName": "jobs"}), "sqs:CreateQueue"),
        (
            "json 1.1",
            "ssm",
            "put_parameter",
            json!({"Name": "p", "Value": "v", "Type": "String"}),
            "ssm:PutParameter",
        ),
        (
            "rest-json",
            "backup",
            "create_backup_vault",
            json!({"BackupVaultName": "vault"}),
            "backup PUT /backup-vaults/vault",
        ),
        ("cbor", "cloudwatch", "delete_alarms", json!({"AlarmNames": ["a"]}), ":DeleteAlarms"),
    ]
}

/// All calls at once; they wait at as many holds.
fn ask(cloud: &Cloud) -> Agent<'_> {
    let calls: Vec<Value> =
        calls().into_iter().map(|(_, service, call, with, _)| json!([service, call, with])).collect();
    Agent::told(&cloud.server, cloud.python("boto_client.py"), &Value::from(calls).to_string())
}

/// What came of each, in the order of the calls.
fn outcomes(agent: Agent<'_>) -> Vec<Value> {
    let ended = agent.ends().succeeded();
    let lines = ended.output.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let by_call: BTreeMap<u64, Value> =
        lines.map(|line| (line["call"].as_u64().expect("a place"), line)).collect();
    by_call.into_values().collect()
}

#[test]
fn boto3_shows_a_denial_in_every_protocol_and_asks_no_second_time() {
    let Some(cloud) = Cloud::start(Plan::new()) else { return };
    let agent = ask(&cloud);
    let all = calls().len();
    let holds = wait::within(super::agent::PATIENCE, "a hold for each call", || {
        Some(agent.waiting()).filter(|holds| holds.len() == all)
    });
    for (protocol, _, _, _, operation) in calls() {
        let hold = holds.iter().find(|hold| hold.operation.contains(operation));
        let hold = hold.unwrap_or_else(|| panic!("no {operation} ({protocol}) among {holds:?}"));
        reads_as(hold, "aws", "write|permission|delete", operation);
    }
    holds.iter().for_each(|hold| cloud.server.deny(hold, "not on a Friday"));
    for ((protocol, ..), got) in calls().iter().zip(outcomes(agent)) {
        let code = got["code"].as_str().unwrap_or_default();
        let message = got["message"].as_str().unwrap_or_default();
        let denied = if *protocol == "ec2" { "UnauthorizedOperation" } else { "AccessDenied" };
        assert!(code.starts_with(denied), "{protocol}: {got}");
        assert!(message.contains("not on a Friday"), "{protocol}: {got}");
        assert_eq!((&got["status"], &got["retries"]), (&json!(403), &json!(0)), "{protocol}: {got}");
    }
    assert!(cloud.moto.record().is_empty());
    assert_eq!(
        cloud.server.holds("denied").iter().map(|hold| hold.attempts).collect::<Vec<_>>(),
        vec![1; all]
    );
}

#[test]
fn boto3_comes_back_by_itself_while_nobody_has_decided_and_gets_its_answer() {
    let Some(cloud) = Cloud::start(Plan::new().hold("wait", "\"6s\"")) else { return };
    let agent = ask(&cloud);
    let all = calls().len();
    let holds = wait::within(super::agent::PATIENCE, "a second attempt of each call", || {
        let again = agent.waiting().into_iter().filter(|hold| hold.attempts == 2);
        Some(again.collect::<Vec<_>>()).filter(|holds| holds.len() == all)
    });
    let digests: Vec<_> = holds.iter().map(|hold| format!("{}@{}", hold.id, hold.digest)).collect();
    cloud.server.says(&[&["approve"], &*digests.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    for ((protocol, ..), got) in calls().iter().zip(outcomes(agent)) {
        assert_eq!(got["answer"]["ResponseMetadata"]["RetryAttempts"], 1, "{protocol}: {got}");
    }
    assert_eq!(cloud.moto.record().len(), all, "{:?}", cloud.moto.record());
}
