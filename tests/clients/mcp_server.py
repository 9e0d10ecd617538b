"""An MCP server for the tests (streamable HTTP): a wiki with a tool that reads and one that writes.

    mcp_server.py RECORD

RECORD gets one JSON line for each page saved. The first line printed is the port.
"""

import json
import socket
import sys

import uvicorn
from mcp.server import MCPServer

RECORD = sys.argv[1]
wiki = MCPServer("wiki")


@wiki.tool()
def get_page(title: str) -> str:
    """Reads a page."""
    return f"the page {title}"


@wiki.tool()
def save_page(title: str, text: str) -> str:
    """Saves a page."""
    with open(RECORD, "a") as record:
        record.write(json.dumps({"title": title, "text": text}) + "\n")
    return f"saved {title}"


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(wiki.streamable_http_app(), log_level="error", access_log=False))
server.run(sockets=[listener])
