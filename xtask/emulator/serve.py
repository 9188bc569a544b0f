"""Runs the AWS emulator (moto, with our corrections) on 127.0.0.1 until its standard input ends.

The first line on standard output is the emulator's address. The socket listens already when it is
printed, so that nobody has to guess a free port or wait for it. The end of standard input is the
end of the emulator: whoever started it need not be alive to stop it.

`--bucket NAME` makes a versioned bucket before the address is printed.
"""

import argparse
import os
import sys
import threading


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--bucket", action="append", default=[], help="a versioned bucket to make")
    options = parser.parse_args()

    # Read when moto is imported.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    import cbor
    import corrections
    import inventory

    corrections.apply()

    server = make_server(
        "127.0.0.1",
        options.port,
        inventory.telling(cbor.translating(DomainDispatcherApplication(create_backend_app))),
        threaded=True,
        request_handler=quiet(MotoRequestHandler),
    )
    # A connection of a client must not keep the process alive.
    server.daemon_threads = True
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    address = f"http://127.0.0.1:{server.server_port}"
    for bucket in options.bucket:
        make_bucket(address, bucket)
    print(address, flush=True)

    sys.stdin.buffer.read()


def quiet(handler: type) -> type:
    """The request handler, without a line of log for every request."""

    class Quiet(handler):
        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    return Quiet


def make_bucket(address: str, name: str) -> None:
    import buckets

    buckets.make(buckets.client(address), name)


if __name__ == "__main__":
    main()
