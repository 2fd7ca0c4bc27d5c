"""The web page: the only part that imports gradio."""

import os

# gradio reads these when it is imported, so they stand before every module that imports it.
# With analytics on, it looks up a host at every start.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# It calls its own server to see whether it is up; a proxy would take the call.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1,localhost"]))
