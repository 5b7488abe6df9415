"""Listen keys asked for, extended and closed."""

from __future__ import annotations

from marginline.sandbox.wire.calls import Call, Refused


def post(call: Call) -> object:
    """Ask for a key."""
    return {"listenKey": call.floor.listen_keys.post(call.account)}


def put(call: Call) -> object:
    """Extend it."""
    key = call.floor.listen_keys.put(call.account)
    if key is None:
        raise Refused(400, -1125, "This listenKey does not exist.")
    return {"listenKey": key}


def delete(call: Call) -> object:
    """Close it."""
    call.floor.listen_keys.delete(call.account)
    return {}
