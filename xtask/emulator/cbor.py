"""Serves CloudWatch to clients that speak CBOR (the protocol "rpc-v2-cbor" of its newer SDKs).

moto knows CloudWatch in JSON: requests are translated into that, and answers back.
"""

import io
import json
import struct
from collections.abc import Callable, Iterable
from typing import Any

PREFIX = "/service/GraniteServiceVersion20100801/operation/"


def translating(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, which understands CBOR, too."""

    def translated(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        asked = environ["wsgi.input"].read(length)
        body = json.dumps(decode(io.BytesIO(asked)) if asked else {}).encode()
        environ.update(
            {
                "PATH_INFO": "/",
                "REQUEST_URI": "/",
                "RAW_URI": "/",
                "CONTENT_TYPE": "application/x-amz-json-1.0",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_X_AMZ_TARGET": "GraniteServiceVersion20100801." + path[len(PREFIX) :],
                "wsgi.input": io.BytesIO(body),
            }
        )
        said: dict[str, Any] = {}

        def remember(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            said.update(status=status, headers=headers)

        answer = b"".join(app(environ, remember))
        try:
            answer = encode(json.loads(answer or b"{}"))
        except ValueError:
            answer = encode({})
        kept = [
            (name, value)
            for name, value in said["headers"]
            if name.lower() not in ("content-type", "content-length")
        ]
        kept += [
            ("content-type", "application/cbor"),
            ("smithy-protocol", "rpc-v2-cbor"),
            ("content-length", str(len(answer))),
        ]
        start_response(said["status"], kept)
        return [answer]

    return translated


BREAK = object()


def decode(data: io.BytesIO) -> Any:
    """One value of RFC 8949, as JSON has it; times are seconds."""
    first = data.read(1)[0]
    major, minor = first >> 5, first & 31
    if major == 7:
        return simple(data, minor)
    if minor == 31:
        items = list(iter(lambda: decode(data), BREAK))
        match major:
            case 2 | 3:
                return "".join(items)
            case 4:
                return items
            case _:
                return dict(zip(items[::2], items[1::2], strict=True))
    number = minor if minor < 24 else int.from_bytes(data.read(1 << (minor - 24)))
    match major:
        case 0:
            return number
        case 1:
            return -1 - number
        case 2 | 3:
            return data.read(number).decode()
        case 4:
            return [decode(data) for _ in range(number)]
        case 5:
            return {decode(data): decode(data) for _ in range(number)}
        case _:
            return decode(data)


def simple(data: io.BytesIO, minor: int) -> Any:
    match minor:
        case 20 | 21:
            return minor == 21
        case 25:
            return struct.unpack(">e", data.read(2))[0]
        case 26:
            return struct.unpack(">f", data.read(4))[0]
        case 27:
            return struct.unpack(">d", data.read(8))[0]
        case 31:
            return BREAK
        case _:
            return None


def encode(value: Any, name: str = "") -> bytes:
    """One value; numbers under names of times are times."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int() | float() if name.endswith(("Timestamp", "LastModified")):
            return b"\xc1" + b"\xfb" + struct.pack(">d", value)
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return head(3, len(text)) + text
        case list():
            return head(4, len(value)) + b"".join(encode(item) for item in value)
        case _:
            members = (encode(key) + encode(item, key) for key, item in value.items())
            return head(5, len(value)) + b"".join(members)


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for minor, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | minor]) + number.to_bytes(size)
    raise ValueError(number)
