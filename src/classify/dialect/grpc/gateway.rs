//! etcd's JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/): every method is a POST with a path of
//! its own, and means what the gRPC method means, so that one list of `reads` serves both. A transaction is what it
//! holds: both branches are looked into, because only etcd knows which of them will run.

use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::json::Value;
use crate::limits;

/// Where the paths begin, today and in etcd 3.2 to 3.4.
const VERSIONS: [&str; 3] = ["/v3/", "/v3beta/", "/v3alpha/"];

/// Path and method, of `rpc.proto`'s `google.api.http`.
const METHODS: [(&str, &str, &str); 44] = [
    ("auth/authenticate", "Auth", "Authenticate"),
    ("auth/disable", "Auth", "AuthDisable"),
    ("auth/enable", "Auth", "AuthEnable"),
    ("auth/role/add", "Auth", "RoleAdd"),
    ("auth/role/delete", "Auth", "RoleDelete"),
    ("auth/role/get", "Auth", "RoleGet"),
    ("auth/role/grant", "Auth", "RoleGrantPermission"),
    ("auth/role/list", "Auth", "RoleList"),
    ("auth/role/revoke", "Auth", "RoleRevokePermission"),
    ("auth/status", "Auth", "AuthStatus"),
    ("auth/user/add", "Auth", "UserAdd"),
    ("auth/user/changepw", "Auth", "UserChangePassword"),
    ("auth/user/delete", "Auth", "UserDelete"),
    ("auth/user/get", "Auth", "UserGet"),
    ("auth/user/grant", "Auth", "UserGrantRole"),
    ("auth/user/list", "Auth", "UserList"),
    ("auth/user/revoke", "Auth", "UserRevokeRole"),
    ("cluster/member/add", "Cluster", "MemberAdd"),
    ("cluster/member/list", "Cluster", "MemberList"),
    ("cluster/member/promote", "Cluster", "MemberPromote"),
    ("cluster/member/remove", "Cluster", "MemberRemove"),
    ("cluster/member/update", "Cluster", "MemberUpdate"),
    ("election/campaign", "Election", "Campaign"),
    ("election/leader", "Election", "Leader"),
    ("election/observe", "Election", "Observe"),
    ("kv/compaction", "KV", "Compact"),
    ("kv/deleterange", "KV", "DeleteRange"),
    ("kv/lease/leases", "Lease", "LeaseLeases"),
    ("kv/lease/revoke", "Lease", "LeaseRevoke"),
    ("kv/lease/timetolive", "Lease", "LeaseTimeToLive"),
    ("kv/put", "KV", "Put"),
    ("kv/range", "KV", "Range"),
    ("lease/grant", "Lease", "LeaseGrant"),
    ("lease/keepalive", "Lease", "LeaseKeepAlive"),
    ("lease/leases", "Lease", "LeaseLeases"),
    ("lease/revoke", "Lease", "LeaseRevoke"),
    ("lease/timetolive", "Lease", "LeaseTimeToLive"),
    ("maintenance/defragment", "Maintenance", "Defragment"),
    ("maintenance/hash", "Maintenance", "Hash"),
    ("maintenance/hashkv", "Maintenance", "HashKV"),
    ("maintenance/snapshot", "Maintenance", "Snapshot"),
    ("maintenance/status", "Maintenance", "Status"),
    ("maintenance/transfer-leadership", "Maintenance", "MoveLeader"),
    ("watch", "Watch", "Watch"),
];

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    if asked.service.is_none() || head.method != "POST" {
        return Err(Otherwise::NotMine);
    }
    let path = head.path();
    let Some(rest) = VERSIONS.iter().find_map(|version| path.strip_prefix(version)) else {
        return Err(Otherwise::NotMine);
    };
    if rest == "kv/txn" {
        return transaction(asked);
    }
    let found = METHODS.binary_search_by(|(path, _, _)| (*path).cmp(rest));
    match found.ok().and_then(|index| METHODS.get(index)) {
        Some((_, service, method)) => Ok(vec![named(asked, service, method)]),
        None => Err(Otherwise::NotMine),
    }
}

fn named(asked: &Asked<'_>, service: &str, method: &str) -> Operation {
    let package = if service == "Election" { "v3electionpb" } else { "etcdserverpb" };
    super::operation(asked, &format!("{package}.{service}"), method)
}

/// The requests of both branches, and of the transactions in them.
fn transaction(asked: &Asked<'_>) -> Reading {
    let mut open = vec![asked.json()?.root()];
    let mut operations = Vec::new();
    while let Some(transaction) = open.pop() {
        for request in requests(transaction)? {
            let mut members = request.members();
            let (Some((name, value)), None) = (members.next(), members.next()) else {
                return Err(unclear());
            };
            match name.as_ref() {
                "requestRange" | "request_range" => operations.push(named(asked, "KV", "Range")),
                "requestPut" | "request_put" => operations.push(named(asked, "KV", "Put")),
                "requestDeleteRange" | "request_delete_range" => {
                    operations.push(named(asked, "KV", "DeleteRange"));
                }
                "requestTxn" | "request_txn" => open.push(value),
                _ => return Err(unclear()),
            }
            if operations.len() + open.len() > limits::OPERATIONS_MAX {
                return Err(unclear());
            }
        }
    }
    if operations.is_empty() {
        operations.push(named(asked, "KV", "Txn"));
    }
    Ok(operations)
}

/// What stands in `success` and `failure`; a member of another name could be one that etcd knows and we do not.
fn requests<'a>(transaction: Value<'a>) -> Result<Vec<Value<'a>>, Otherwise> {
    let mut all = Vec::new();
    if !transaction.is_object() {
        return Err(unclear());
    }
    for (name, value) in transaction.members() {
        match name.as_ref() {
            "success" | "failure" if value.is_array() => all.extend(value.items()),
            "compare" => {}
            _ => return Err(unclear()),
        }
    }
    Ok(all)
}

fn unclear() -> Otherwise {
    Otherwise::unclear("a transaction in a form that is not known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_path_is_found() {
        assert!(METHODS.is_sorted_by(|left, right| left.0 < right.0));
    }
}
