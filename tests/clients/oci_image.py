"""Makes an image of one layer, as an OCI layout: oci_image.py DIRECTORY, tagged `1`."""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

ROOT = sys.argv[1]
TYPE = "application/vnd.oci.image"


def blob(content, kind):
    digest = hashlib.sha256(content).hexdigest()
    with open(f"{ROOT}/blobs/sha256/{digest}", "wb") as file:
        file.write(content)
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}


def layer():
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        member = tarfile.TarInfo("hello")
        member.size = 6
        tar.addfile(member, io.BytesIO(b"hello\n"))
    return whole.getvalue()


def write(name, value):
    with open(f"{ROOT}/{name}", "w") as file:
        json.dump(value, file)


os.makedirs(f"{ROOT}/blobs/sha256")
tar = layer()
parts = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"]}
config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": parts}
manifest = {
    "schemaVersion": 2,
    "mediaType": f"{TYPE}.manifest.v1+json",
    "config": blob(json.dumps(config).encode(), f"{TYPE}.config.v1+json"),
    "layers": [blob(gzip.compress(tar, mtime=0), f"{TYPE}.layer.v1.tar+gzip")],
}
entry = blob(json.dumps(manifest).encode(), manifest["mediaType"])
entry["annotations"] = {"org.opencontainers.image.ref.name": "1"}
write("oci-layout", {"imageLayoutVersion": "1.0.0"})
write("index.json", {"schemaVersion": 2, "manifests": [entry]})
