"""What is there: the objects that the emulator's services hold beyond those that they begin with.

`GET /inventory` answers with a JSON object of lists: names of objects by service, region and kind.
Whoever made something and destroyed it can tell by it whether anything is left.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

PATH = "/inventory"

# What services keep of objects that are gone, or beside those that there are.
BESIDE = {
    "tags",
    "tagger",
    "tagging_service",
    "arns",
    "events",
    "event_subscriptions",
    "log_events",
    "account_aliases",
    "sent_messages",
    "sms_messages",
    "metric_data",
    "paged_metric_data",
    "past_tokens",
    "client_tokens",
    "idempotency_tokens",
    # Hooks go with their group; the emulator keeps them. What was imported is told of for long.
    "lifecycle_hooks",
    "table_imports",
}


def telling(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, which tells what is there, too."""

    def told(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return app(environ, start_response)
        answer = json.dumps(inventory()).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(answer)))]
        start_response("200 OK", headers)
        return [answer]

    return told


def inventory() -> dict[str, list[str]]:
    """Names of objects by service, region and kind."""
    from moto.core.base_backend import BackendDict

    found = {}
    for services in list(BackendDict._instances):
        for account, region, backend in list(services.iter_backends()):
            # What a service begins with, such as default networks, has other ids each time.
            fresh = type(backend)(region, account)
            for kind, value in list(vars(backend).items()):
                if kind.strip("_") in BESIDE:
                    continue
                names = list(objects(value))
                first = set(objects(vars(fresh).get(kind)))
                extra = len(names) - len(first)
                new = [name for name in names if name not in first]
                if extra > 0:
                    found[f"{services.service_name}/{region}/{kind.strip('_')}"] = new
    return found


def objects(value: Any, name: str = "") -> Iterator[str]:
    """The objects in a collection of them, or in collections of those, that are not gone."""
    if isinstance(value, dict):
        for key, item in list(value.items()):
            yield from objects(item, f"{name} {key}".strip())
    elif isinstance(value, (list, set, tuple)):
        for item in list(value):
            yield from objects(item, name)
    elif name and not isinstance(value, (str, int, float, bytes, type(None))):
        # A reservation is what instances were started by.
        for part in getattr(value, "instances", None) or [value]:
            if not is_gone(part):
                yield f"{name} {label(part)}".strip()


def is_gone(thing: Any) -> bool:
    """Whether an object is only still told of."""
    state = getattr(thing, "_state", None)
    # Instances are told of for an hour after their end.
    if getattr(state, "name", None) == "terminated":
        return True
    # Keys are deleted after a week at the earliest.
    if getattr(thing, "key_state", None) == "PendingDeletion":
        return True
    # Keys of AWS's own, the credentials of roles, and passwords that a database manages come and go
    # with what needs them; the emulator lets them come only.
    if type(thing).__name__ == "Key" and str(thing.description).startswith("Default "):
        return True
    if str(getattr(thing, "access_key_id", "")).startswith("ASIA"):
        return True
    if type(thing).__name__ == "FakeSecret" and str(thing.name).startswith("rds!"):
        return True
    # Parameters of AWS's own are there once somebody asks for one.
    if str(getattr(thing, "name", "")).startswith("/aws/service/"):
        return True
    # A network's first list of rules goes with it; the emulator forgets to.
    if type(thing).__name__ == "NetworkAcl" and bool(thing.default):
        return True
    # An interface goes with the instance or the NAT gateway that it was made for.
    if type(thing).__name__ == "NetworkInterface":
        gateways = list(thing.ec2_backend.nat_gateways.values())
        if any(gateway._eni is thing for gateway in gateways if is_gone(gateway)):
            return True
        return thing.instance is not None and is_gone(thing.instance)
    # What NAT gateways and peerings were is told of for an hour, too.
    return getattr(thing, "state", None) == "deleted"


def label(thing: Any) -> str:
    """By what a person knows an object."""
    tags = getattr(thing, "get_tags", None)
    if callable(tags):
        try:
            named = [tag["value"] for tag in tags() if tag.get("key") == "Name"]
        except (TypeError, KeyError, AttributeError):
            named = []
        if named:
            return f"({named[0]})"
    for attribute in ("name", "arn"):
        text = getattr(thing, attribute, None)
        if isinstance(text, str):
            return f"({text})"
    return ""
