"""Calls with boto3, all at the same time: a JSON list of [SERVICE, OPERATION, PARAMETERS] on standard input.

For each one JSON line when it has ended, `call` being its place in the list: either `answer`, or `error` (the
exception's class) with what it carries. Endpoint and proxy come from the environment, as an agent has them.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

import boto3
from botocore.exceptions import ClientError

calls = json.load(sys.stdin)
clients = {service: boto3.client(service) for service, _, _ in calls}


def run(number, service, operation, parameters):
    try:
        answer = getattr(clients[service], operation)(**parameters)
    except ClientError as error:
        meta = error.response["ResponseMetadata"]
        return {
            "call": number,
            "error": type(error).__name__,
            "text": str(error),
            "code": error.response["Error"].get("Code"),
            "message": error.response["Error"].get("Message"),
            "status": meta.get("HTTPStatusCode"),
            "retries": meta.get("RetryAttempts"),
        }
    except Exception as error:
        return {"call": number, "error": type(error).__name__, "text": str(error)}
    return {"call": number, "answer": json.loads(json.dumps(answer, default=str))}


with ThreadPoolExecutor(len(calls)) as pool:
    for done in as_completed([pool.submit(run, number, *call) for number, call in enumerate(calls)]):
        print(json.dumps(done.result()), flush=True)
