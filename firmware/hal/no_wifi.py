"""The error of a Wi-Fi that could not be joined: a word for programs, and words for people."""

WORDS = {  # `why`, which the portal's page explains: what the next status says
    "wrong-password": "wrong password",
    "not-found": "network not found",
    "no-wifi": "no connection",
}


class NoWifi(OSError):
    """`why` is one of `WORDS`."""

    def __init__(self, why, name):
        super().__init__("%s: %s" % (WORDS[why], name))
        self.why = why
