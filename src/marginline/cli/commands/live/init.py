"""`marginline init`: a commented settings file."""

from __future__ import annotations

from marginline.cli.exits import Exit
from marginline.cli.writing import write_text

TEXT = """\
# Settings of `marginline monitor`. Every line that begins with `#` shows a default or an example.
# Environment: MARGINLINE_HOST, MARGINLINE_PORT, MARGINLINE_TOKEN, MARGINLINE_HISTORY go before this
# file, options of the command before both.

[page]
# host = "127.0.0.1"       # anything else needs a token, and TLS or insecure = true
# port = 8765              # 0 takes any free one
# token = ""               # at least 32 characters; better in MARGINLINE_TOKEN
# certificate = "cert.pem"
# key = "key.pem"

[limits]                   # seconds after which an input is too old to judge by: status Unknown
# marks = 10
# account = 30
# tiers = 7200
# hold = 30                # so long a loss of data may heal before an alert tells of it

[bands]                    # shares of the support in use
# target = "0.6"           # what a plan leads back to
# warn = "0.7"
# act = "0.8"

[judging]                  # of account files; --watch and --max-age go before it
# watch = "3%"             # watch within this distance of the line; of commands that judge once:
                           # a monitor takes 3 % always, its earlier word is `warn` of [bands]
# max_age = "10m"          # an account older than this is unknown, also in a monitor

[history]                  # kept beyond the run; a file in your data folder where no url says else
# url = "sqlite:///history.db"   # or postgresql://USER@HOST/DATABASE; "none" keeps nothing;
                                 # with a password better in MARGINLINE_HISTORY
# keep_days = 90           # 0 keeps for ever; ledger, alerts and deliveries are always kept
# interval = 60            # seconds between assessments while only prices move
# raw = false              # true: the run itself, every message included, for `marginline replay`

[alerts]                   # how alerts reach people; `marginline alerts test` tries it
# quiet = "22:00-07:00"    # but for the line and the call: quiet_except = ["line", "call"]
# time_zone = "Europe/Berlin"
# heartbeat_url_env = "HEARTBEAT_URL"   # of a dead-man's switch: while it hears us, all is well
# heartbeat = 60           # seconds between two signs of life
# timeout = 4              # seconds of one attempt
# private = false          # true: webhooks may lead to this machine and private networks

# Somewhere to tell, as an address of Apprise (mailto://, tgram://, jsons://, ...). It holds
# secrets: it stands in the environment. A later group is asked where all of the one before fail.
# [[alerts.targets]]
# name = "phone"
# url_env = "PHONE_URL"
# group = 1

# Bands of one account; what is left out is as [bands] has it. Times in seconds.
# [alerts.accounts.main]
# warn = "0.65"
# act = "0.75"
# rearm = "0.03"
# dwell = 0                # so long it must last
# cooldown = 1800          # at most one of a band in that time
# remind = 1800            # said again while nobody has seen it

# An account file that changes on disk. `marginline convert` makes one of raw answers.
# [[accounts]]
# name = "paper"
# file = "paper.json"

# An account by its API, read-only: a key that may trade is refused. The key is one that
# `marginline keys add` keeps, or stands in the environment; never here.
# [[accounts]]
# name = "main"
# key = "main"

# [[accounts]]
# name = "second"
# venue = "binance_usdm"
# key_env = "SECOND_KEY"
# secret_env = "SECOND_SECRET"

# The same against `marginline sandbox` on this machine, with the key that it prints.
# [[accounts]]
# name = "gambler"
# venue = "binance_usdm"
# key_env = "SANDBOX_KEY"
# secret_env = "SANDBOX_SECRET"
# rest_url = "http://127.0.0.1:8700"
# ws_url = "ws://127.0.0.1:8700"
"""


def run(path: str, *, force: bool) -> Exit:
    """Write it; a file that exists stays as it is without `force`."""
    write_text(path, TEXT, force=force)
    print(f"{path}: edit it, then: marginline monitor --config {path}")
    return Exit.HEALTHY
