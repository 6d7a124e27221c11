"""What is logged below reaches a person as lines."""

import logging

from orchestrator.cli.log_lines import said

log = logging.getLogger("amt.test")


def fault():
    try:
        {}["lost"]
    except KeyError:
        log.exception("the engine stopped")


def test_warnings_are_lines_and_faults_have_no_traceback(capsys):
    with said(tracebacks=False):
        log.warning("one %s", "thing")
        log.info("not for people")
        fault()
    log.warning("after the end")
    assert capsys.readouterr().err == "one thing\nthe engine stopped: KeyError('lost')\n"


def test_who_asks_for_tracebacks_gets_them(capsys):
    with said(tracebacks=True):
        fault()
    assert "Traceback" in capsys.readouterr().err
