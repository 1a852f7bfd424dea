"""Takes the real stdout before anything else can write to it, then serves."""

import importlib.util
import os
import sys


def main() -> None:
    channel = os.dup(1)
    os.dup2(2, 1)
    folder = os.path.dirname(os.path.abspath(__file__))
    # The user's own modules must not meet ours by their short names.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    name = "_nablint_agent"
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, "__init__.py"))
    if spec is None:
        raise SystemExit(f"{folder} does not hold the probe agent.")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    serve = importlib.import_module(name + ".serve")
    serve.serve(channel, spawn="--spawn" in sys.argv)


if __name__ == "__main__":
    main()
