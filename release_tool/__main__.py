"""`python -m release_tool` is `release-tool`."""

import sys

from release_tool.cli import main

if __name__ == "__main__":
    sys.exit(main())
