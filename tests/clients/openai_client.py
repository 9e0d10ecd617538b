"""An agent with the OpenAI SDK: chat | models | upload, one JSON line for each thing it got.

Base URL, key and proxy come from the environment, as an agent has them.
"""

import json
import sys

import openai

client = openai.OpenAI()


def say(**what):
    print(json.dumps(what), flush=True)


def chat():
    question = [{"role": "user", "content": "count to two"}]
    for chunk in client.chat.completions.create(model="m", messages=question, stream=True):
        if word := chunk.choices[0].delta.content:
            say(word=word)


def models():
    say(models=[model.id for model in client.models.list()])


def upload():
    say(file=client.files.create(file=("a.jsonl", b"{}\n{}"), purpose="batch").id)


try:
    {"chat": chat, "models": models, "upload": upload}[sys.argv[1]]()
except openai.APIStatusError as error:
    say(error=type(error).__name__, status=error.status_code, message=error.message)
    sys.exit(1)
