"""Calls a function with the event from standard input, and writes what it returns to the result file.

call_function.py FOLDER MODULE:FUNCTION [ARGUMENT]…
"""

import importlib
import json
import os
import sys


def call(folder, target, *arguments):
    sys.argv[:] = [target, *arguments]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    module, _, name = target.partition(":")
    function = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    result = json.dumps(function(json.load(sys.stdin)), allow_nan=False)
    if result != "null":
        with open(os.environ["WEBHOOK_RESULT"], "w", encoding="utf-8") as file:
            file.write(result)


call(*sys.argv[1:])
