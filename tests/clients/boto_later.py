"""boto3 at other times: ENDPOINT. For each number of seconds on a line of standard input an object is put, once and
without a retry, and signed that long from now.

One JSON line for each: `status`, and `code` where it is an error.
"""

import datetime
import json
import sys

import boto3
import botocore.auth
import botocore.config
from botocore.exceptions import ClientError

[endpoint] = sys.argv[1:]
now = botocore.auth.get_current_datetime
later = datetime.timedelta()
botocore.auth.get_current_datetime = lambda *args, **named: now(*args, **named) + later

config = botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
client = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="AKIAEXAMPLE",
    aws_secret_access_key="secret",
    config=config,
)
for line in sys.stdin:
    later = datetime.timedelta(seconds=float(line))
    try:
        answer = client.put_object(Bucket="archive", Key="report.txt", Body=b"quarterly")
        said = {"status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    except ClientError as error:
        meta = error.response["ResponseMetadata"]
        said = {"status": meta["HTTPStatusCode"], "code": meta["HTTPHeaders"].get("holdpoint-code")}
    print(json.dumps(said), flush=True)
