//! S3's query: sub-resources, and the parameters that only say how.

use crate::classify::asked::Asked;
use crate::classify::dialect::aws::unclear;
use crate::classify::operation::Otherwise;

/// Sub-resources that choose the operation, with the name that it has for a bucket and for an object; empty: none.
const SUBRESOURCES: [(&str, &str, &str); 38] = [
    ("abac", "BucketAbac", ""),
    ("accelerate", "BucketAccelerateConfiguration", ""),
    ("acl", "BucketAcl", "ObjectAcl"),
    ("analytics", "BucketAnalyticsConfiguration", ""),
    ("annotation", "", "ObjectAnnotation"),
    ("attributes", "", "ObjectAttributes"),
    ("cors", "BucketCors", ""),
    ("delete", "Objects", ""),
    ("encryption", "BucketEncryption", "ObjectEncryption"),
    ("intelligent-tiering", "BucketIntelligentTieringConfiguration", ""),
    ("inventory", "BucketInventoryConfiguration", ""),
    ("legal-hold", "", "ObjectLegalHold"),
    ("lifecycle", "BucketLifecycleConfiguration", ""),
    ("location", "BucketLocation", ""),
    ("logging", "BucketLogging", ""),
    ("metadataAnnotationTable", "BucketMetadataAnnotationTableConfiguration", ""),
    ("metadataConfiguration", "BucketMetadataConfiguration", ""),
    ("metadataInventoryTable", "BucketMetadataInventoryTableConfiguration", ""),
    ("metadataJournalTable", "BucketMetadataJournalTableConfiguration", ""),
    ("metadataTable", "BucketMetadataTableConfiguration", ""),
    ("metrics", "BucketMetricsConfiguration", ""),
    ("notification", "BucketNotificationConfiguration", ""),
    ("object-lock", "ObjectLockConfiguration", ""),
    ("ownershipControls", "BucketOwnershipControls", ""),
    ("policy", "BucketPolicy", ""),
    ("policyStatus", "BucketPolicyStatus", ""),
    ("publicAccessBlock", "PublicAccessBlock", ""),
    ("renameObject", "", "Object"),
    ("replication", "BucketReplication", ""),
    ("requestPayment", "BucketRequestPayment", ""),
    ("restore", "", "Object"),
    ("retention", "", "ObjectRetention"),
    ("select", "", "ObjectContent"),
    ("session", "Session", ""),
    ("tagging", "BucketTagging", "ObjectTagging"),
    ("torrent", "", "ObjectTorrent"),
    ("versioning", "BucketVersioning", ""),
    ("website", "BucketWebsite", ""),
];

/// Keys that say how, not what.
const PARAMETERS: [&str; 33] = [
    "annotationName",
    "awsaccesskeyid",
    "bucket-region",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "expires",
    "fetch-owner",
    "id",
    "key-marker",
    "list-type",
    "marker",
    "max-buckets",
    "max-directory-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "partNumber",
    "prefix",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "select-type",
    "signature",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
    "bypass-governance-retention",
];

/// What of a bucket's is asked for: nothing listed, one sub-resource, or uploads.
pub(super) struct Asks {
    pub(super) subresource: Option<(&'static str, &'static str, &'static str)>,
    pub(super) uploads: bool,
    pub(super) upload: bool,
    pub(super) versions: bool,
    pub(super) listed: bool,
}

/// Reads the query; an unknown key, or two sub-resources at once, is unclear.
pub(super) fn asks(asked: &Asked<'_>) -> Result<Asks, Otherwise> {
    let mut asks = Asks { subresource: None, uploads: false, upload: false, versions: false, listed: false };
    if asked.head.query().is_none_or(str::is_empty) {
        return Ok(asks);
    }
    for (key, _) in asked.query()? {
        if let Some(known) = SUBRESOURCES.iter().find(|(name, ..)| *name == key) {
            if asks.subresource.replace(*known).is_some() {
                return Err(unclear(asked, "it names two sub-resources"));
            }
            continue;
        }
        match key.as_ref() {
            "uploads" => asks.uploads = true,
            "uploadId" => asks.upload = true,
            "versions" => asks.versions = true,
            "list-type" => asks.listed = true,
            key if key.to_ascii_lowercase().starts_with("x-") => {}
            key if PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(key)) => {}
            _ => return Err(unclear(asked, "its query names what is not known of S3")),
        }
    }
    Ok(asks)
}
