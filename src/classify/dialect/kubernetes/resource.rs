//! What a path of the Kubernetes API names: group, namespace, resource, name, subresource.

/// A resource as the path names it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resource<'a> {
    /// `apps`, or nothing for the core group.
    pub(super) group: &'a str,
    pub(super) namespace: Option<&'a str>,
    /// In the plural: `pods`.
    pub(super) resource: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
    /// By the old `/watch/` prefix.
    pub(super) watched: bool,
    /// By the old `/proxy/` prefix.
    pub(super) proxied: bool,
}

/// Subresources that open a way into something that runs.
/// (`console` and `vnc` are KubeVirt's).
pub(super) const RUNS: [&str; 6] = ["exec", "attach", "portforward", "proxy", "console", "vnc"];

const REVIEWS: [&str; 6] = [
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "subjectaccessreviews",
    "localsubjectaccessreviews",
    "selfsubjectreviews",
    "tokenreviews",
];

/// Resources of any group by which rights are given or access is opened.
const RIGHTS: [&str; 12] = [
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "serviceaccounts",
    "certificatesigningrequests",
    "networkpolicies",
    "podsecuritypolicies",
    "securitycontextconstraints",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "referencegrants",
];

/// Groups all of whose resources give rights.
const RIGHTS_GROUPS: [&str; 3] =
    ["rbac.authorization.k8s.io", "admissionregistration.k8s.io", "certificates.k8s.io"];

/// Reads a path; `None` for one that names no resource.
pub(super) fn parse(path: &str) -> Option<Resource<'_>> {
    let mut segments = path.strip_prefix('/')?.split('/').filter(|segment| !segment.is_empty());
    let group = match segments.next()? {
        "api" => "",
        "apis" => segments.next()?,
        _ => return None,
    };
    segments.next().filter(|version| version.starts_with('v'))?;
    let mut found = Resource { group, ..Resource::default() };
    let mut segments = segments.peekable();
    match segments.peek() {
        Some(&"watch") => found.watched = segments.next().is_some(),
        Some(&"proxy") => found.proxied = segments.next().is_some(),
        _ => {}
    }
    let first = segments.next()?;
    let rest: Vec<_> = segments.collect();
    match (first, rest.as_slice()) {
        // `/namespaces/NAME/status` is about the namespace, `/namespaces/NAME/pods` about what is in it.
        ("namespaces", [namespace, resource, tail @ ..]) if !matches!(*resource, "status" | "finalize") => {
            found.namespace = Some(namespace);
            found.resource = resource;
            found.name = tail.first().copied();
            found.subresource = tail.get(1).copied();
        }
        (resource, tail) => {
            found.resource = resource;
            found.name = tail.first().copied();
            found.subresource = tail.get(1).copied();
        }
    }
    Some(found)
}

impl Resource<'_> {
    /// `pods/exec`, `deployments.apps`.
    pub(super) fn kind(&self) -> String {
        let mut text = self.resource.to_owned();
        if !self.group.is_empty() {
            text.push('.');
            text.push_str(self.group);
        }
        if let Some(subresource) = self.subresource {
            text.push('/');
            text.push_str(subresource);
        }
        text
    }

    /// `pods/web-0`, `pods/web-0/exec`.
    pub(super) fn shown(&self) -> String {
        [Some(self.resource), self.name, self.subresource].into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// Whether it opens a way into something that runs.
    pub(super) fn runs(&self) -> bool {
        self.proxied || self.subresource.is_some_and(|name| RUNS.contains(&name))
    }

    /// Reviews store nothing: they answer who may do what.
    pub(super) fn asks_about_rights(&self) -> bool {
        matches!(self.group, "authorization.k8s.io" | "authentication.k8s.io")
            && REVIEWS.contains(&self.resource)
            && self.subresource.is_none()
    }

    /// Whether changing it changes who may do or see what.
    pub(super) fn gives_rights(&self) -> bool {
        RIGHTS.contains(&self.resource)
            || RIGHTS_GROUPS.contains(&self.group)
            || (self.resource == "serviceaccounts" && self.subresource == Some("token"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_resource_or_none() {
        let shown = |path: &str| {
            parse(path).map(|found| (found.kind(), found.shown(), found.namespace.map(str::to_owned)))
        };
        let some = |kind: &str, shown: &str, namespace: Option<&str>| {
            Some((kind.to_owned(), shown.to_owned(), namespace.map(str::to_owned)))
        };
        assert_eq!(
            shown("/api/v1/namespaces/prod/pods/web-0/exec"),
            some("pods/exec", "pods/web-0/exec", Some("prod"))
        );
        assert_eq!(shown("/apis/apps/v1/deployments"), some("deployments.apps", "deployments", None));
        assert_eq!(shown("/api/v1/namespaces/prod"), some("namespaces", "namespaces/prod", None));
        assert_eq!(
            shown("/api/v1/namespaces/prod/status"),
            some("namespaces/status", "namespaces/prod/status", None)
        );
        assert_eq!(shown("/api/v1/nodes/n1/proxy/run/x"), some("nodes/proxy", "nodes/n1/proxy", None));
        assert!(parse("/api/v1/watch/pods").unwrap().watched);
        assert!(parse("/api/v1/proxy/nodes/n1/run").unwrap().proxied);
        for path in
            ["/", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1", "/version", "/healthz", "/api/x/pods"]
        {
            assert_eq!(shown(path), None, "{path}");
        }
    }
}
