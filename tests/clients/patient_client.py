"""Agents that wait: URL TIMEOUT NAME..., all at the same time, each with a read timeout of TIMEOUT seconds and no retry.

Each posts to URL/NAME, with the client of that name and the name that it gives itself; `unlisted` is requests under
another name. One JSON line for each: `name`, `seconds`, and `answer` or `error`. Proxy and CA come from the environment.
"""

import asyncio
import json
import os
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed

import aiohttp
import anthropic
import boto3
import botocore.config
import httpx
import httpx2
import openai
import requests
import urllib3

URL, TIMEOUT, *NAMES = sys.argv[1:]
TIMEOUT = float(TIMEOUT)
PROXY = os.environ["HTTP_PROXY"]
FILE = ("a.jsonl", b"{}")
SDK = {"api_key": "key", "timeout": TIMEOUT, "max_retries": 0}


def of_boto3(url):
    config = botocore.config.Config(read_timeout=TIMEOUT, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="s", config=config
    )
    return client.put_object(Bucket="b", Key="k", Body=b"x")["ResponseMetadata"]["HTTPStatusCode"]


async def of_aiohttp(url):
    timeout = aiohttp.ClientTimeout(sock_read=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        async with session.post(url, data=b"x") as answer:
            return answer.status


CLIENTS = {
    "requests": lambda url: requests.post(url, data=b"x", timeout=TIMEOUT).status_code,
    "unlisted": lambda url: requests.post(url, data=b"x", timeout=TIMEOUT, headers={"user-agent": "agent/1"}).status_code,
    "urllib3": lambda url: urllib3.ProxyManager(PROXY).request("POST", url, body=b"x", timeout=TIMEOUT, retries=False).status,
    "urllib": lambda url: urllib.request.urlopen(urllib.request.Request(url, b"x"), timeout=TIMEOUT).status,
    "httpx": lambda url: httpx.post(url, content=b"x", timeout=TIMEOUT).status_code,
    "httpx2": lambda url: httpx2.post(url, content=b"x", timeout=TIMEOUT).status_code,
    "aiohttp": lambda url: asyncio.run(of_aiohttp(url)),
    "boto3": of_boto3,
    "openai": lambda url: openai.OpenAI(base_url=url, **SDK).files.create(file=FILE, purpose="batch").id,
    "openai-async": lambda url: asyncio.run(openai.AsyncOpenAI(base_url=url, **SDK).files.create(file=FILE, purpose="batch")).id,
    "anthropic": lambda url: anthropic.Anthropic(base_url=url, **SDK).beta.files.upload(file=FILE).id,
    "anthropic-async": lambda url: asyncio.run(anthropic.AsyncAnthropic(base_url=url, **SDK).beta.files.upload(file=FILE)).id,
}


def run(name):
    begun = time.monotonic()
    try:
        said = {"answer": CLIENTS[name](f"{URL}/{name}")}
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    return {"name": name, "seconds": time.monotonic() - begun, **said}


with ThreadPoolExecutor(len(NAMES)) as pool:
    for done in as_completed([pool.submit(run, name) for name in NAMES]):
        print(json.dumps(done.result()), flush=True)
