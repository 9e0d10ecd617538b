"""An agent that asks again by itself: HOW URL TIMEOUT, one JSON line for what it got in the end.

HOW: `requests` and `urllib3` with urllib3's Retry, for 503 and for answers that do not come within TIMEOUT seconds;
`openai` and `anthropic` with their own retries. Proxy and CA come from the environment.
"""

import json
import os
import sys

import anthropic
import openai
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

how, url, timeout = sys.argv[1:]
timeout = float(timeout)
again = Retry(total=20, status_forcelist=[503], allowed_methods=None, raise_on_status=False)
sdk = {"api_key": "key", "timeout": timeout, "max_retries": 20, "base_url": url}
question = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "delete it"}]}


def of_requests():
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=again))
    answer = session.post(url, data=b"x", timeout=timeout)
    return {"status": answer.status_code, "text": answer.text}


def of_urllib3():
    answer = urllib3.ProxyManager(os.environ["HTTP_PROXY"], retries=again).request("POST", url, body=b"x", timeout=timeout)
    return {"status": answer.status, "text": answer.data.decode()}


def of_openai():
    return {"status": 200, "text": openai.OpenAI(**sdk).files.create(file=("a.jsonl", b"{}"), purpose="batch").id}


def of_anthropic():
    return {"status": 200, "text": anthropic.Anthropic(**sdk).messages.create(**question).id}


try:
    said = {"requests": of_requests, "urllib3": of_urllib3, "openai": of_openai, "anthropic": of_anthropic}[how]()
except (openai.APIStatusError, anthropic.APIStatusError) as error:
    said = {"error": type(error).__name__, "status": error.status_code, "text": str(error)}
print(json.dumps(said), flush=True)
