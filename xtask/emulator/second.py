"""Runs the second AWS emulator (ministack) on 127.0.0.1 until its standard input ends.

It serves some of what the first one does not. As with `serve.py`, the first line on standard output
is its address, and the socket listens already when that is printed: it is bound here, and handed
over.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
import threading


def main() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port = listener.getsockname()[1]

    # Read when ministack is imported. Nothing of it is to outlive the process.
    scratch = tempfile.TemporaryDirectory(prefix="ministack-")
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "PERSIST_STATE": "0",
            "LOG_LEVEL": "ERROR",
            "TMPDIR": scratch.name,
        }
    )
    tempfile.tempdir = scratch.name

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    logging.disable(logging.ERROR)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "ERROR"
    print(f"http://127.0.0.1:{port}", flush=True)

    def end() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end, daemon=True).start()
    asyncio.run(serve(app, config))
    scratch.cleanup()


if __name__ == "__main__":
    main()
