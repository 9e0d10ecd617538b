"""An agent with the Python MCP SDK: MODE URL TOOL ARGUMENTS [TIMES], one JSON line for each thing it got.

MODE is the SDK's: `legacy` shakes hands with `initialize`, `auto` asks `server/discover` first. The tools are
listed, then TOOL is called; while the answer is an error whose data say `held`, again, TIMES in all. The proxy
comes from the environment, as an agent has it.
"""

import json
import sys

import anyio
from mcp import Client, MCPError

mode, url, tool, arguments, *times = sys.argv[1:]


def say(**what):
    print(json.dumps(what), flush=True)


async def call(client):
    try:
        answer = await client.call_tool(tool, json.loads(arguments))
    except MCPError as error:
        say(error=error.error.message, number=error.error.code, data=error.error.data)
        return isinstance(error.error.data, dict) and error.error.data.get("code") == "held"
    say(answer="".join(part.text for part in answer.content), failed=bool(answer.is_error))
    return False


async def main():
    async with Client(url, mode=mode) as client:
        say(tools=sorted(found.name for found in (await client.list_tools()).tools))
        for _ in range(int(times[0]) if times else 1):
            if not await call(client):
                break


anyio.run(main)
