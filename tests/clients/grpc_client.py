"""One call with grpcio, in the clear: ADDRESS METHOD HEX..., each message in hex, the outcome as one JSON line.

With several messages it is a call that streams both ways: each is sent when the one before has been answered.
Proxy and CA come from the environment, as an agent has them.
"""

import json
import queue
import sys

import grpc

address, method, *messages = sys.argv[1:]
messages = [bytes.fromhex(message) for message in messages]


def one_by_one(channel):
    waiting = queue.SimpleQueue()
    call = channel.stream_stream(method)(iter(waiting.get, None), timeout=60)
    answers = []
    for message in messages:
        waiting.put(message)
        answers.append(next(call))
    waiting.put(None)
    assert next(call, None) is None
    return answers, call


def only(channel):
    answer, call = channel.unary_unary(method).with_call(messages[0], timeout=60)
    return [answer], call


with grpc.insecure_channel(address) as channel:
    try:
        answers, call = (one_by_one if len(messages) > 1 else only)(channel)
    except grpc.RpcError as error:
        fields = {field.key: field.value for field in (*error.initial_metadata(), *error.trailing_metadata())}
        hold = fields.get("holdpoint-hold")
        print(json.dumps({"code": error.code().name, "details": error.details(), "hold": hold}))
        sys.exit(1)
    trailers = {field.key: field.value for field in call.trailing_metadata() or ()}
    print(json.dumps({"code": call.code().name, "answers": [a.hex() for a in answers], "trailers": trailers}))
