"""Film genres from a poster and an overview, offline, on a CPU."""

import os

# onnxruntime 1.29 and later count uses, name the machine in a file of its own and report both to
# Microsoft, unless this is set before it is imported. So it stands before every module of ours.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
