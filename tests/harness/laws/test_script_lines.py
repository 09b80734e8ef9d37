"""Scripts are read as the commands that a shell would run."""

from __future__ import annotations

import pytest

from harness.laws.script_lines import script_lines


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("a # b\n# c\n\nd", ["a", "d"]),
        ("a \\\n  -b\nc", ["a    -b", "c"]),
        ("echo 'a\nreboot'\nc", ["echo a_reboot", "c"]),
        ("echo it\\'s\nreboot", ["echo it\\'s", "reboot"]),
        ("a # don't\nreboot", ["a", "reboot"]),
        ("echo 'a\nreboot", ["echo 'a", "reboot"]),
        ("cat > /a <<EOF\nreboot\nEOF\nc", ["cat > /a <<EOF", "c"]),
        ("cat <<-'EOF' | sh\n\treboot\n\tEOF\nc", ["cat <<-EOF | sh", "\treboot", "c"]),
        ("bash <<EOF\nreboot\nEOF", ["bash <<EOF", "reboot"]),
        ("cat > /a <<EOF\n#!/bin/sh\nreboot\nEOF", ["cat > /a <<EOF", "reboot"]),
        ("cat > /a <<EOF\nreboot", ["cat > /a <<EOF", "reboot"]),
        ("a <<<EOF\nreboot\nEOF", ["a <<<EOF", "reboot", "EOF"]),
        ("x=$((1<<b))\nreboot\nb", ["x=$((1<<b))", "reboot", "b"]),
        ("sh -c 'a; b' || c", ["; a; b ; || c"]),
        ('sh -ec "a \\"$1\\""', ["; a $1 ;"]),
        ("su - himds -s /bin/sh -c 'a'", ["; a ;"]),
        ("eval 'a'; trap 'b' EXIT", ["; a ;; ; b ; EXIT"]),
        ("echo 'a b' | sh", ["; a b ;"]),
        ("echo 'a b' | grep a", ["echo a_b | grep a"]),
        ("x-sh -c 'a b'", ["x-sh -c a_b"]),
        ("cat > /a <<'END-1'\nreboot\nEND-1\nc", ["cat > /a <<END-1", "c"]),
        ("cat > /a <<'E F'\nreboot\nE F\nc", ["cat > /a <<E_F", "c"]),
        ("cat > /a <<A <<B\nreboot\nA\nhalt\nB\nc", ["cat > /a <<A <<B", "c"]),
        ("them=(\n  apt-get\n  yum\n)\nc", ["c"]),
        ("them=(apt-get x); c", [" ; c"]),
        ("them=(\nreboot", ["them=(", "reboot"]),
        ("case $1 in\n  (apt|yum) a;;\n  b) c;;\nesac", ["case $1 in", "; a;;", "; c;;", "esac"]),
        ("case $1 in (apt) a;; esac", ["case $1 ; a;; esac"]),
        ("(\n  cd /\n  reboot)", ["(", "  cd /", "  reboot)"]),
        ('echo "on $(date); (reboot now) needed"', ["echo on_$(date)___reboot_now__needed"]),
        ('echo "now: $(reboot; a)"', ["echo now:_$(reboot; a)"]),
        ('a "$(b "c; reboot")"', ["a $(b c__reboot)"]),
        ('x="$(echo "a b")"; c', ["x=$(echo a_b); c"]),
    ],
)
def test_commands(script: str, commands: list[str]) -> None:
    """What goes on is one, what a shell is given is read too, and what is written for others is none."""
    assert [line.text.rstrip() for line in script_lines(script)] == commands


@pytest.mark.parametrize(
    ("script", "last"),
    [
        ("A=/etc/x\necho > $A", "echo > /etc/x"),
        ("A='/etc'; B=\"$A/x\"\necho > ${B}", "echo > /etc/x"),
        ("A=$(mktemp)\necho > $A", "echo > $A"),
        ("A=/a\nA=/b\necho > $A", "echo > /b"),
        ("A=/a\nA=`x`\necho > $A", "echo > $A"),
        ("echo > ${A:-/etc/x}", "echo > /etc/x"),
        ("A=/b\necho > ${A:-/etc/x}", "echo > /b"),
        ("echo > ${A%/x} $1", "echo > ${A%/x} $1"),
        ("f() { echo > $A; }\nA=/etc/x\nf", "f"),
    ],
)
def test_variables(script: str, last: str) -> None:
    """Have the value that stands last before them, where the script says it itself."""
    assert script_lines(script)[-1].text == last


def test_a_variable_with_several_values() -> None:
    """Is each of them; one with a single value has it before that is said, for a function is called later."""
    assert [line.text for line in script_lines("for F in /a /b; do\nrm $F\ndone")][1:3] == ["rm /a", "rm /b"]
    assert script_lines("f() { rm $A; }\nA=/a\nf")[0].text == "f() { rm /a; }"


def test_lines_have_the_number_that_they_begin_at() -> None:
    """So that whoever looks for one finds it."""
    script = "#!/bin/sh\na \\\n  -b\ncat <<EOF\nx\nEOF\nc 'x\ny'\n"

    assert [(line.number, line.written) for line in script_lines(script)] == [
        (2, "a    -b"), (4, "cat <<EOF"), (7, "c 'x"),
    ]  # fmt: skip


def test_what_is_never_ended_takes_no_time_to_read() -> None:
    """A text that ends nowhere is looked for once, however often it is begun."""
    assert len(script_lines("cat <<EOF\n" * 20_000)) == 20_000
