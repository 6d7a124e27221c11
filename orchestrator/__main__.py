"""``python -m orchestrator`` is ``amt``."""

from orchestrator.cli.main import main

if __name__ == "__main__":
    main()
