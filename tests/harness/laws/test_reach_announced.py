"""What acts on all of the machine is told once, when it is new."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.reach_announced import judge
from harness.laws.trial import Trial
from harness.model.state import FileFacts, FileState
from tests.harness.laws.values import BARE, NEW, OLD, make_state, make_transition, make_trial, payload

UNITS, CRON, OTHER = "/usr/lib/systemd/system", "/etc/cron.d/agent", "/etc/azcmagent/agent.conf"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/usr/lib/sysctl.d/60-agent.conf", "settings of the kernel"),
        ("/etc/profile.d/agent.sh", "the environment of all sessions"),
        ("/etc/sudoers.d/agent", "who may do what"),
        ("/etc/cron.d/agent", "jobs of cron"),
        ("/etc/apt/sources.list.d/agent.list", "what is trusted and installed"),
        ("/etc/ld.so.conf.d/agent.conf", "how programs are linked"),
        ("/usr/lib/udev/rules.d/60-agent.rules", "devices"),
        ("/etc/nftables.conf", "the network and its rules"),
        ("/etc/ssh/sshd_config.d/agent.conf", "who may sign in from afar"),
        ("/etc/rsyslog.d/agent.conf", "logs of all"),
        ("/usr/lib/systemd/system.conf.d/agent.conf", "systemd itself"),
        ("/etc/update-motd.d/90-agent", "the environment of all sessions"),
        ("/etc/pam.d/agent", "who may do what"),
        ("/usr/share/dbus-1/system.d/agent.conf", "who may do what"),
        ("/etc/dpkg/dpkg.cfg.d/agent", "what is trusted and installed"),
        ("/etc/grub.d/90_agent", "how the machine starts"),
        ("/usr/lib/python3/dist-packages/agent.pth", "how all programs of an interpreter start"),
        ("/usr/lib/systemd/user/agent.service", "systemd itself"),
        ("/usr/lib/systemd/system/ssh.service.d/agent.conf", "the unit ssh.service, which is not the package's"),
    ],
)
def test_a_file_that_acts_on_all_of_the_machine(path: str, what: str) -> None:
    """It is named, with what it changes, and is the place to look at."""
    findings = list(judge(make_trial(files=(payload(), payload(path)))))

    assert [f.summary for f in findings] == [f"new since the previous release: {path} changes {what}"]
    assert findings[0].about == (path,)


@pytest.mark.parametrize(
    "path",
    [
        "/opt/agent/etc/sysctl.d/a",
        "/usr/lib/systemd/system/himdsd.service",
        "/usr/lib/systemd/system/himdsd.service.d/a",
        "/etc/azcmagent/agent.conf",
        "/usr/lib/liba.so.1",
    ],
)
def test_a_file_of_the_product_alone(path: str) -> None:
    """It may come as it likes."""
    assert not list(judge(make_trial(files=(payload(path),))))


def test_what_a_file_of_both_releases_says_of_the_machine() -> None:
    """And of the rights of the product's own services."""
    files = tuple(payload(path, text="[Service]\nUser=himds\n") for path in (f"{UNITS}/himdsd.service", CRON, OTHER))
    trial = make_trial(files=files)
    assert trial.old is not None
    older = tuple(msgspec.structs.replace(file, text=f"{file.text}NoNewPrivileges=yes\n") for file in files)
    changed = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=older), trial.runs)
    same = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=files), trial.runs)

    assert [finding.summary for finding in judge(changed)] == [
        f"changed since the previous release: {CRON} changes jobs of cron",
        f"changed since the previous release: {UNITS}/himdsd.service: NoNewPrivileges: yes -> default",
    ]
    assert not list(judge(same))


def test_a_file_that_moves_below_usr_is_the_same_file() -> None:
    """It is no news, and what it says otherwise than before is told."""
    rule, unit = "lib/udev/rules.d/60-agent.rules", "lib/systemd/system/himdsd.service"
    moved = tuple(payload(f"/usr/{path}", text="[Service]\nUser=root\n") for path in (rule, unit))
    there = tuple(payload(f"/{path}", text="[Service]\nUser=himds\n") for path in (rule, unit))
    for new, old in ((moved, there), (there, moved)):
        trial = make_trial(files=new)
        assert trial.old is not None
        known = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=old), trial.runs)
        change = "himds -> root" if new is moved else "root -> himds"

        assert [finding.summary for finding in judge(known)] == [
            f"changed since the previous release: {new[0].path} changes devices",
            f"changed since the previous release: {new[1].path}: User: {change}",
        ]


def test_what_the_previous_release_had_is_known() -> None:
    """As is all, where there is no previous release."""
    files = (payload("/etc/sysctl.d/60-agent.conf"), payload("/etc/cron.d", kind="d"))
    trial = make_trial(files=files)
    assert trial.old is not None
    known = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=files), trial.runs)

    assert len(list(judge(trial))) == 1
    assert not list(judge(known))
    assert not list(judge(Trial(trial.product, trial.new, None, trial.runs)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sysctl -q -w net.ipv4.ip_forward=1 || true", "settings of the kernel: sysctl"),
        ("[ -x /sbin/iptables ] && /sbin/iptables -I INPUT -j ACCEPT", "the network and its rules: iptables"),
        ("if true; then firewall-cmd --reload; fi", "the network and its rules: firewall-cmd"),
        ("rpm --import /opt/key", "what is trusted and installed: rpm"),
        ("sudo apt-get -y install jq", "what is trusted and installed: apt-get"),
        ("echo /opt/lib.so > /etc/ld.so.preload", "how programs are linked: /etc/ld.so.preload"),
        ("echo 1 > /proc/sys/vm/swappiness", "settings of the kernel: /proc/sys/vm/swappiness"),
        ("systemctl daemon-reexec", "the whole machine: systemctl"),
        ("systemctl poweroff", "the whole machine: systemctl"),
        ("killall python3", "programs of others: killall"),
        ("usermod -aG docker himds", "who may do what: usermod"),
        ("if getent group adm; then adduser himds sudo; fi", "who may do what: adduser"),
        ("apt-mark hold curl", "what is trusted and installed: apt-mark"),
        ("rpm -e chrony", "what is trusted and installed: rpm"),
        ("usermod -aG tss himds", ""),
        ("rpm -q chrony && dpkg -s chrony", ""),
        ("pam-auth-update --package", "who may do what: pam-auth-update"),
        ("update-grub || true", "how the machine starts: update-grub"),
        ("echo '@daily x' | crontab -", "jobs of cron: crontab"),
        ("chown -R himds /opt/a", "rights of whole folders: chown -R himds /opt/a"),
        ("[ -d /a ] && chmod --recursive g+w /a", "rights of whole folders: [ -d /a ] && chmod --recursive g+w /a"),
        ("find /a -type f -exec chown himds {} +", "rights of whole folders: find /a -type f -exec chown himds {} +"),
        ("chown himds:himds /var/opt/azcmagent", ""),
        ("chmod u=rwX,go-R /a; find /a -name '*.pid' -delete", ""),
        ("# sysctl -w a=1", ""),
        ("systemctl daemon-reload", ""),
        ("echo 'Run apt-get update first.'", ""),
        ("[ -e /etc/yum.conf ] && mountpoint -q /opt", ""),
        ("forwards=$(sysctl -n net.ipv4.ip_forward)", ""),
        ("sysctl -p /etc/a.conf", "settings of the kernel: sysctl"),
        ("if ! sysctl --system; then false; fi", "settings of the kernel: sysctl"),
        ("mount -o remount,rw /usr", "settings of the kernel: mount"),
        ("while ! apt-get -y update; do sleep 1; done", "what is trusted and installed: apt-get"),
        ("DEBIAN_FRONTEND=noninteractive apt-get install jq", "what is trusted and installed: apt-get"),
        ("env A=b nohup timeout 5 dnf -y update", "what is trusted and installed: dnf"),
        ("x=`firewall-cmd --reload`", "the network and its rules: firewall-cmd"),
        ('echo "$(reboot)"', "the whole machine: reboot"),
        ("(sleep 5; reboot) &", "the whole machine: reboot"),
        ("case $1 in\n  apt|debian) apt-get -y install jq ;;", "what is trusted and installed: apt-get"),
        ("iptables -C INPUT -j ACCEPT || iptables -I INPUT -j ACCEPT", "the network and its rules: iptables"),
        ("ip -4 route add 10.0.0.0/8 dev eth0", "the network and its rules: ip"),
        ("(crontab -l; echo '@daily x') | crontab -", "jobs of cron: crontab"),
        ("hostnamectl set-hostname agent", "the machine's name and clock: hostnamectl"),
        ("useradd -r -G docker himds", "who may do what: useradd"),
        ("useradd --system --groups=adm,sudo himds", "who may do what: useradd"),
        ('adduser himds "sudo" > /dev/null', "who may do what: adduser"),
        ("chown himds: -R /var/lib/a", "rights of whole folders: chown himds: -R /var/lib/a"),
        ("chmod g-w -R /a", "rights of whole folders: chmod g-w -R /a"),
        ("if chown -R a /a; then :; fi", "rights of whole folders: if chown -R a /a; then :; fi"),
        ("case $1 in\n  apt) echo x;;", ""),
        ("case $1 in\n  apt | dnf) echo x;; mount) echo y;;", ""),
        ("ip addr show && ip link", ""),
        ("mount | grep -q nosuid", ""),
        ("mount -l; mount -t nfs; mount 2>/dev/null", ""),
        ("sysctl net.ipv4.ip_forward; sysctl -qn a.b", ""),
        ('[ "$(sysctl -n net.ipv4.ip_forward)" = 1 ]', ""),
        ("iptables -t nat -nL; iptables -C INPUT -j ACCEPT", ""),
        ("nft -a list ruleset; ufw status; nmcli -t device status", ""),
        ("crontab -l; crontab -u himds -l", ""),
        ("apt-mark showhold; apt-cache show jq; apt list", ""),
        ("dnf --version; yum -q check-update; zypper lr", ""),
        ("firewall-cmd --permanent --zone public --query-port=1/tcp; firewall-cmd --state", ""),
        ("ufw allow 22 comment --check", "the network and its rules: ufw"),
        ("apt-get install -y jq --list-cleanup", "what is trusted and installed: apt-get"),
        ("firewall-cmd --add-port=1/tcp --check-config", "the network and its rules: firewall-cmd"),
        ("apt-get --dry-run upgrade; dnf --quiet check", ""),
        ("grubby --info=ALL; hostnamectl | grep Static; semanage port -l; visudo -cf /a", ""),
        ("echo 'Failed; apt-get update first (mount it)'", ""),
        ("true # ; reboot", ""),
        ("command -v apt-get", ""),
        ("  ip6tables", ""),
        ("addgroup --system docker", ""),
        ("gpasswd -a $ACCOUNT docker 2>/dev/null", "who may do what: gpasswd"),
        ("echo ${apt} ${reboot:-0}", ""),
        ("[ -e /run/a ] || { reboot; }", "the whole machine: reboot"),
        ("adduser --system --gecos 'x admin user' himds", ""),
        ("usermod -c 'of docker' himds", ""),
        ("sh -c 'sysctl -w a=1'", "settings of the kernel: sysctl"),
        ('su - himds -c "crontab /opt/a"', "jobs of cron: crontab"),
        ("TOOL=/usr/sbin/iptables; $TOOL -I INPUT -j ACCEPT", "the network and its rules: iptables"),
        ("systemctl --quiet restart rsyslog.service 2>/dev/null || true", "units of others: restart rsyslog.service"),
        ("deb-systemd-invoke restart himdsd.service rsyslog.service", "units of others: restart rsyslog.service"),
        ("service auditd stop", "units of others: stop auditd"),
        ("invoke-rc.d cron restart", "units of others: restart cron"),
        ("invoke-rc.d --quiet cron restart", "units of others: restart cron"),
        ("/etc/init.d/cron stop", "units of others: stop cron"),
        ("chkconfig --del cron", "units of others: del cron"),
        ("servicectl stop", ""),
        ("systemctl restart himdsd himds.service $OTHERS", ""),
        ("systemctl reload dbus; systemctl is-active rsyslog; systemctl daemon-reload", ""),
        ("service himds restart 2>/dev/null; service --status-all", ""),
        ("killall -q himds; pkill -u himds; pkill -f /opt/azcmagent/bin/himds 2>/dev/null", ""),
        ("pkill -HUP rsyslogd 2>/dev/null", "programs of others: pkill"),
        ("kill -HUP $(pidof rsyslogd)", "programs of others: kill"),
        ("kill -9 $(cat /run/himds.pid) $!", ""),
        ("journalctl --vacuum-time=1d", "logs of all: journalctl"),
        ("journalctl -u himdsd --no-pager; snap=a.$NAME", ""),
        ("useradd -r -u 998 himds", "whose numbers are whose: useradd"),
        ("groupadd --gid=998 himds", "whose numbers are whose: groupadd"),
        ("useradd -r -g himds -d /var/opt/1 himds; groupadd -r himds", ""),
        ("chattr +i /etc/passwd", "who may do what: chattr"),
        ("python3 -m pip install requests", "what is trusted and installed: python3"),
        ("systemctl set-environment A=b", "the environment of all services: systemctl"),
    ],
)
def test_a_script_that_acts_on_all_of_the_machine(line: str, found: str) -> None:
    """Also where it cannot do so in a container; what the previous release's scripts say is known."""
    trial = make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"}, files=(payload(),))
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, scripts={"preinst": f"  {line}\n"})

    assert [f.summary.partition("postinst changes ")[2] for f in judge(trial)] == [found] * bool(found)
    assert not list(judge(Trial(trial.product, trial.new, old, trial.runs)))


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("[ ! -d /etc/rsyslog.d ] || echo '*.* @log' > /etc/rsyslog.d/agent.conf", "/etc/rsyslog.d/agent.conf"),
        ("printf x | tee -a /etc/sudoers.d/agent > /dev/null", "/etc/sudoers.d/agent"),
        ("cp /opt/azcmagent/agent.rules /etc/udev/rules.d/60-agent.rules", "/etc/udev/rules.d/60-agent.rules"),
        ("sed -i s/a/b/ /etc/profile", "/etc/profile"),
        ("install -m 440 x /etc/sudoers.d/", "/etc/sudoers.d/"),
        ("cp x '/etc/sudoers.d/' 2>/dev/null", "/etc/sudoers.d/"),
        ("mv x /etc/sudoers.d || true", "/etc/sudoers.d"),
        ("echo x > /etc/cron.d/$NAME", "/etc/cron.d/$NAME"),
        ("echo x >| /etc/profile", "/etc/profile"),
        ("sed -i.bak 's|a|b;c|' /etc/sysctl.conf", "/etc/sysctl.conf"),
        ("sed -e s/a/b/ -i /etc/sysctl.conf", "/etc/sysctl.conf"),
        ("if ! dd if=/a of=/etc/profile; then :; fi", "/etc/profile"),
        ("tee /etc/profile /tmp/x < /a", "/etc/profile"),
        ("sed -n s/a/b/p /etc/profile", ""),
        ("dd if=/etc/profile of=/a", ""),
        ("cp -p /etc/ssh/sshd_config $BACKUP", ""),
        ("cp /etc/profile /a; ls /etc/profile", ""),
        ('echo "Copy it, or install it as /etc/ssl/certs/azc.pem"', ""),
        ('echo "cat x > /etc/profile"', ""),
        ("cp /etc/profile /opt/azcmagent/profile", ""),
        ("[ -e /etc/sudoers.d/agent ] && systemctl daemon-reload 2> /dev/null", ""),
        ("echo x > /etc/cron.d/azcmagent_autoupgrade", ""),
        ("P=/etc/profile; echo x >> $P", "/etc/profile"),
        ("curl -so /etc/sudoers.d/agent https://a", "/etc/sudoers.d/agent"),
        ("perl -pi -e s/a/b/ /etc/profile", "/etc/profile"),
    ],
)
def test_what_a_script_would_write_where_others_read_it(line: str, written: str) -> None:
    """Also where no machine of ours has the program that reads it; what the product declares is its own."""
    trial = make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"})

    found = [finding.summary.partition(" writes ")[2].partition(",")[0] for finding in judge(trial)]
    assert found == [written] * bool(written)


def test_members_of_mighty_groups() -> None:
    """By a line of sysusers.d, whether the file is new or has one more."""
    path = "/usr/lib/sysusers.d/agent.conf"
    two = (payload(path, text="u himds -\nm himds docker\nm himds tss\n"),)
    trial = make_trial(files=two)
    assert trial.old is not None
    one = msgspec.structs.replace(trial.old, files=(payload(path, text="u himds -\n"),))
    told = [f"new since the previous release: {path} makes himds one of docker"]

    found = [
        [finding.summary for finding in judge(Trial(trial.product, trial.new, old, trial.runs))]
        for old in (trial.old, one, msgspec.structs.replace(trial.old, files=two))
    ]
    assert found == [told, told, []]


def test_numbers_of_accounts() -> None:
    """A line of sysusers.d that leaves the number to the machine is fine."""
    path = "/usr/lib/sysusers.d/agent.conf"
    files = (payload(path, text="u himds 998\ng tss -\nu other -:998\nu dir /usr/bin/su\n"),)

    told = [f"new since the previous release: {path} gives himds the number 998"]
    assert [finding.summary for finding in judge(make_trial(files=files))] == told


@pytest.mark.parametrize(
    ("old", "new", "is_told"),
    [
        (("1 2 * * * root /a\n",), "17 3 * * * root /a\n", False),
        (("@daily root /a\n",), "MAILTO=root\n-@hourly root /a\n", True),
        (("@daily root /a\n",), "@daily root /b\n", True),
        (("@daily root /a one\n", "@daily root /a two\n"), "@daily root /a two\n", False),
        (("@daily root /a one\n", "@daily root /a two\n"), "@daily root /a six\n", True),
    ],
)
def test_a_job_of_cron_that_a_script_writes(old: tuple[str, ...], new: str, is_told: bool) -> None:
    """It may run at another time on each machine, and say something else on each."""
    path = "/etc/cron.d/azcmagent_autoupgrade"
    states = [
        make_state(installed=version, files={path: FileState(None, FileFacts("f", "644", "0:0", text=text))})
        for version, text in (*((OLD, text) for text in old), (NEW, new))
    ]
    trial = make_trial(*(make_transition("install", BARE, state) for state in states))

    told = [f"changed since the previous release: {path} changes jobs of cron"]
    assert [finding.summary for finding in judge(trial)] == told * is_told


def test_what_units_and_rotations_run() -> None:
    """Counts as what a script of the package says, and so does a script that one of them names."""
    helper, unit, logs = "/opt/azcmagent/bin/prepare", f"{UNITS}/himdsd.service", "/etc/logrotate.d/azcmagent"
    unnamed = payload("/opt/azcmagent/bin/other", program="#!/bin/sh", text="#!/bin/sh\nreboot\n")
    files = (
        payload(helper, program="#!/bin/sh", text="#!/bin/sh\nnft flush ruleset\n"),
        payload(unit, text=f"[Service]\nExecStartPre=-+{helper}\nExecStartPre=/sbin/sysctl -w a=1\n"),
        payload(logs, text="/a.log {\n  postrotate\n    killall rsyslogd\n  endscript\n}\n"),
        unnamed,
    )
    trial = make_trial(files=files)
    assert trial.old is not None
    known = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=files), trial.runs)

    assert {(f.summary.partition(": ")[2], f.about) for f in judge(trial)} == {
        (f"{unit} changes settings of the kernel: sysctl", (unit,)),
        (f"{logs} changes programs of others: killall", (logs,)),
        (f"{helper} changes the network and its rules: nft", (helper,)),
    }
    assert not list(judge(known))


def test_a_number_that_is_another_release_s_each_time() -> None:
    """Makes no other command; another word does."""
    lines = ("V=1.67; chown -R himds /opt/a/$V", "V=1.68; chown -R himds /opt/a/$V", "V=x; chown -R himds /opt/b/$V")
    old, new, other = ("\n".join(line.split("; ")) for line in lines)

    assert not _told(old, new)
    assert _told(old, other)


def test_two_deeds_of_one_line() -> None:
    """Are two, though of one kind; the same one twice is one."""
    assert [text.partition(": ")[2] for text in _told("", "apt-get update; apt-get install jq; apt-key add /a")] == [
        "postinst changes what is trusted and installed: apt-get",
        "postinst changes what is trusted and installed: apt-key",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("rm -f /etc/rsyslog.d/50-default.conf", "deletes /etc/rsyslog.d/50-default.conf, which changes logs of all"),
        ("[ -z $2 ] || rm -rf /etc/cron.d/other", "deletes /etc/cron.d/other, which changes jobs of cron"),
        ("rm -f /etc/cron.d/azcmagent-old", ""),
        ("rm -f /etc/cron.d/azcmagent_autoupgrade", ""),
        (
            "rm -f /etc/systemd/system/himdsd.service",
            "deletes /etc/systemd/system/himdsd.service, which is an administrator's",
        ),
        (
            "rm -rf /etc/systemd/system/himdsd.service.d/",
            "deletes /etc/systemd/system/himdsd.service.d, which is an administrator's",
        ),
        ("rm -f /etc/systemd/system/multi-user.target.wants/himdsd.service", ""),
        ("rm -rf /var/lib/azcmagent /usr/share/azcmagent", ""),
        ("echo 'rm -f /etc/cron.d/other'", ""),
    ],
)
def test_what_a_script_deletes_of_others(line: str, told: str) -> None:
    """Also where a machine does not have it; its own of earlier days it may."""
    found = _told("", line)

    assert found == ([f"new since the previous release: postinst {told}"] if told else [])
    assert not _told(line, line)


def test_a_removal_deletes_what_it_likes() -> None:
    """What others lose by it is seen on the machine."""
    trial = make_trial(scripts={"postrm": "rm -f /etc/systemd/system/himdsd.service"})

    assert not list(judge(trial))


def _told(old: str, new: str) -> list[str]:
    trial = make_trial(scripts={"postinst": new})
    assert trial.old is not None
    before = msgspec.structs.replace(trial.old, scripts={"postinst": old})
    return [finding.summary for finding in judge(Trial(trial.product, trial.new, before, trial.runs))]


def test_what_a_unit_does_to_others_is_told() -> None:
    """Also of a unit that is new; and rights that move into a drop-in are no change."""
    unit, drop_in = f"{UNITS}/himdsd.service", f"{UNITS}/himdsd.service.d/rights.conf"
    files = (
        payload(unit, text="[Service]\nFailureAction=reboot\n"),
        payload(drop_in, text="[Service]\nNoNewPrivileges=yes\n"),
    )
    trial = make_trial(files=files)
    assert trial.old is not None
    whole = payload(unit, text="[Service]\nNoNewPrivileges=yes\n")
    before = msgspec.structs.replace(trial.old, files=(whole,))
    told = [f"new since the previous release: {unit} changes the whole machine: FailureAction=reboot"]

    for old in (trial.old, before):
        found = list(judge(Trial(trial.product, trial.new, old, trial.runs)))
        assert [finding.summary for finding in found] == told
