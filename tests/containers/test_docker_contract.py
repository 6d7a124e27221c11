"""The Docker runtime keeps the contract, with the script-mode image."""

import pytest

from tests.contracts.runtime_contract import HostContract

pytestmark = pytest.mark.docker


class TestDockerRuntime(HostContract):
    def code_of(self, code):
        """The toolkit's rule: `train` ends with 1 whatever the script's code was."""
        return 1 if code else 0
