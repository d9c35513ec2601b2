"""What the gateway configures: taken whole or not at all, and kept.

New networks are on trial until the gateway was reached through one of them; after three visits
without it, the old ones are all there is again, and every status says so until the next order.
Other orders meanwhile do not end the trial.
"""

import json

from micropython import const
from node.keep.config import CFG, FROM_GATEWAY, ConfigError, check, save, use
from node.keep.seal import seal

_TRIALS = const(3)
_FAST_MOST_S = const(4 * 3600)  # fast sampling ends by itself after so long at most


def apply(payload, config, flash):
    """Take a configuration from the gateway: return whether it was newer and made sense."""
    try:
        given = json.loads(payload)
        rev = given["rev"]
        if type(rev) is not int or rev <= config["rev"] or rev >= 2**31:
            return False
        sent = dict(check(given, FROM_GATEWAY), rev=rev)
    except (ValueError, KeyError, TypeError, ConfigError):
        return False
    on_trial = config["cfg"].get("trials")
    if sent.get("networks"):
        sent["trials"] = _TRIALS
    elif on_trial:
        sent.update(networks=config["cfg"]["networks"], trials=on_trial)
    _keep(sent, config, flash)
    return True


def _keep(sent, config, flash):
    flash.replace(CFG, seal(json.dumps(sent).encode()))
    use(config, sent)


def judge(config, reached, flash, files):
    """Count a visit while networks are on trial: keep them, or go back. `reached`: the network."""
    sent = config["cfg"]
    if not sent.get("trials"):
        return
    if reached in sent["networks"]:
        config["networks"] = sent["networks"]
        save(files, config)
        _keep(dict(sent, trials=0), config, flash)
        return
    found = dict(sent, trials=sent["trials"] - 1)
    if not found["trials"]:
        del found["networks"]
        found["failed"] = 1
    _keep(found, config, flash)


def fast_until(payload):
    """Return until when the gateway wants fast sampling, epoch seconds; None when it does not."""
    until = json.loads(payload).get("fast_until")
    return until if type(until) is int else None


def fast_s(until, now):
    """Return for how many seconds to sample fast; 0 when that is over, too long, or now unknown."""
    if until is None or now is None or until - now > _FAST_MOST_S:
        return 0
    return max(0, until - now)
