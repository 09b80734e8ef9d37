"""What piuparts writes into its logs is read as findings. Source: logs of piuparts 1.1.7."""

from __future__ import annotations

from harness.piuparts.peer import read_log

HEAD = """0m0.0s INFO: piuparts version 1.1.7 starting up.
0m0.0s INFO: Command line arguments: /usr/sbin/piuparts --apt pongd
"""
LEFT = """0m29.0s DEBUG: Starting command: ['adequate', '--root', '/tmp/tmpa1b2c3d4', 'pongd']
0m29.1s ERROR: WARN: Inadequate results from running adequate!
  pongd: broken-symlink /etc/pongd/log -> /var/log/pongd
  
0m29.1s ERROR: WARN: Running adequate resulted in less interesting tags found:  broken-symlink 
0m36.5s ERROR: FAIL: Package purging left files on system:
  /etc/pongd/\t owned by: pongd
  /etc/pongd/key\t not owned

0m36.6s ERROR: FAIL: Installation and purging test.
1m4.4s ERROR: piuparts run ends.
"""  # noqa: W291, W293 - as it writes them


def test_each_line_of_a_list_is_a_finding() -> None:
    """Files and results of adequate are told one by one; what only sums up is no finding."""
    log = read_log(HEAD + LEFT)

    assert log.findings == (
        "Inadequate results from running adequate!: pongd: broken-symlink /etc/pongd/log -> /var/log/pongd",
        "Package purging left files on system: /etc/pongd/",
        "Package purging left files on system: /etc/pongd/key",
    )
    assert (log.has_passed, log.is_whole, log.duration_s, log.version) == (False, True, 64.4, "1.1.7")


def test_a_finding_without_a_list_is_its_title() -> None:
    """What is told in one line is not lost."""
    assert read_log(f"{HEAD}0m3.0s ERROR: FAIL: After purging, processes run.\n").findings == (
        "After purging, processes run.",
    )


def test_a_package_that_it_refuses_is_a_finding() -> None:
    """It says so in passing, and nothing was tested then."""
    said = "0m3.0s INFO: FAIL: All tests. Package cannot be tested with piuparts: pongd.\n"

    assert read_log(said).findings == ("All tests. Package cannot be tested with piuparts: pongd.",)


def test_a_command_that_failed_is_a_finding_without_the_chroots_name() -> None:
    """The chroot is called another each time; the same failure is the same text."""
    said = (
        "0m9.0s ERROR: Command failed (status=100): ['chroot', '/var/x/tmp8ha_2kq9', 'apt-get', 'install', 'pongd']\n"
    )

    assert read_log(said).findings == ("command failed: ['chroot', '', 'apt-get', 'install', 'pongd']",)


def test_what_is_only_noted_is_no_finding() -> None:
    """Warnings about what other packages leave, and failures that piuparts ignores, are not judged."""
    noted = """0m9.0s DEBUG: Command failed (status=1), but ignoring error: ['lsof']
0m9.1s INFO: Warning: Package purging left files on system:
  /var/lib/other/\t not owned
"""

    assert read_log(noted).findings == ()


def test_a_log_of_success_passes() -> None:
    """All tests have to pass."""
    log = read_log(f"{HEAD}4m48.7s INFO: PASS: All tests.\n4m48.7s INFO: piuparts run ends.\n")

    assert (log.findings, log.has_passed, log.is_whole, log.duration_s) == ((), True, True, 288.7)


def test_a_log_that_was_cut_off_is_not_whole() -> None:
    """An interrupted test is done again."""
    assert not read_log(HEAD).is_whole
    assert not read_log("").is_whole
