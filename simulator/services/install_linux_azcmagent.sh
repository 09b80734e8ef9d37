#!/bin/bash
# Install the Azure Connected Machine agent on Linux: arclab's own installer with the documented options.
# What is documented, and where this differs from the real one on purpose: docs/wire/installer.md.

PACKAGE=azcmagent
PACKAGES=https://packages.microsoft.com
MACHINE_METADATA="http://169.254.169.254/metadata/instance/compute?api-version=2019-06-01"
LOCK_TRIES=30
LOCK_WAIT_S=10

# Name, version, path below packages.microsoft.com/config ("-": the distro's own repositories), whether arm64 has it.
SUPPORTED="
Red Hat|7|rhel/7|no
Red Hat|8|rhel/8|yes
Red Hat|9|rhel/9.0|yes
Red Hat|10|rhel/10|no
CentOS Linux|7|rhel/7|no
CentOS Linux|8|rhel/8|no
Oracle|7|rhel/7|no
Oracle|8|rhel/8|yes
Oracle|9|rhel/9|no
Oracle|10|rhel/10|no
Rocky|8|rhel/8|no
Rocky|9|rhel/9|no
Rocky|10|rhel/10|yes
AlmaLinux|8|rhel/8|yes
AlmaLinux|9|rhel/9|no
AlmaLinux|10|rhel/10|yes
SLES|12|sles/12|no
SLES|15|sles/15|yes
SLES|16|sles/16|no
Amazon Linux|2|amazonlinux/2|yes
Amazon Linux|2023|amazonlinux/2023|yes
Debian|9|debian/9|no
Debian|10|debian/10|no
Debian|11|debian/11|no
Debian|12|debian/12|yes
Debian|13|debian/13|yes
Ubuntu|16.04|ubuntu/16.04|no
Ubuntu|18.04|ubuntu/18.04|no
Ubuntu|20.04|ubuntu/20.04|yes
Ubuntu|22.04|ubuntu/22.04|yes
Ubuntu|24.04|ubuntu/24.04|yes
Mariner|1|-|no
Mariner|2|-|yes
Azure Linux|3|-|no
"

proxy="" has_proxy=no output="" alt_download="" his_endpoint="" temp="" desired="" force_upgrade=no problem=""
manager="" path="" was_installed=no

usage() {
    cat <<'END'
Usage: install_linux_azcmagent.sh [OPTION]...
Install the Azure Connected Machine agent, or upgrade it.

  -p, --proxy URL            download through this proxy, and let the agent use it; '' clears the agent's proxy
  -o, --output FILE          write the result as JSON
  -a, --altdownload URL      install this package, from an address or a path
  -e, --althisendpoint URL   the identity service that failures are told to
  -t, --tempdir DIR          put downloads here
  -d, --desiredversion V     install this version; its first parts are enough
      --forceupgrade         on rpm systems upgrade an installed agent too; not with --desiredversion
  -h, --help                 print this
END
}

# Results ----------------------------------------------------------------------------------------------------

quote() { # text: as a JSON string
    local text="${1//\\/\\\\}"
    text="${text//\"/\\\"}"
    printf '"%s"' "${text//[[:cntrl:]]/ }"
}

write_result() { # JSON
    if [ -n "$output" ] && ! printf '%s\n' "$1" > "$output"; then
        echo "The result could not be written to '$output'." >&2
    fi
}

fail() { # code, message: the only way out without success
    local code
    code=$(printf 'AZCM%04d' "$1")
    echo "$code: $2" >&2
    write_result "{\"status\":\"failed\",\"error\":{\"code\":\"$code\",\"message\":$(quote "$2")}}"
    tell_azure "$code" "$2"
    exit 1
}

beginning_of() { # text: its first 500 bytes, and no part of a character at their end
    local LC_ALL=C
    local length=500
    while [ $length -gt 0 ] && [[ "${1:length:1}" = [$'\x80'-$'\xbf'] ]]; do length=$((length - 1)); done
    printf '%s' "${1:0:length}"
}

tell_azure() { # code, message: for the operators of the service; that it cannot be told is no other failure
    local body operation=onboarding
    [ "$was_installed" = no ] || operation=upgrading
    body="{\"subscriptionId\":$(quote "${subscriptionId:-}"),\"resourceGroup\":$(quote "${resourceGroup:-}"),\
\"tenantId\":$(quote "${tenantId:-}"),\"location\":$(quote "${location:-}"),\
\"correlationId\":$(quote "${correlationId:-}"),\"authType\":$(quote "${authType:-}"),\
\"operation\":\"$operation\",\"namespace\":\"HybridCompute\",\"osType\":\"linux\",\"messageType\":\"$1\",\
\"message\":$(quote "$(beginning_of "$2")")}"
    local address="${his_endpoint:-https://gbl.his.arc.azure.com}/log"
    if command -v curl > /dev/null; then
        curl -s --max-time 10 ${proxy:+--proxy "$proxy"} -X PUT -d "$body" "$address" > /dev/null 2>&1
    elif command -v wget > /dev/null; then
        https_proxy="$proxy" wget -q -T 10 -t 1 -O /dev/null --method=PUT --body-data="$body" "$address" 2> /dev/null
    fi
}

# The machine ------------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

in_packages() { # command: as root, in English, through the proxy
    as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive ${proxy:+https_proxy="$proxy"} "$@" < /dev/null
}

download() { # address, file
    local status
    if command -v curl > /dev/null; then
        curl -sSfL ${proxy:+--proxy "$proxy"} -o "$2" "$1"
        status=$?
        [ $status != 23 ] || fail 157 "curl may not write '$2' (exit 23)."
        return $status
    fi
    env ${proxy:+https_proxy="$proxy" http_proxy="$proxy"} wget -q -O "$2" "$1"
}

is_on_azure() {
    if command -v curl > /dev/null; then
        curl -sf --noproxy '*' --connect-timeout 1 --max-time 5 -H Metadata:true -o /dev/null "$MACHINE_METADATA"
    else
        wget -q --no-proxy -T 1 -t 1 --header Metadata:true -O /dev/null "$MACHINE_METADATA"
    fi
}

of_release_file() { # key of /etc/os-release
    sed -n "s/^$1=//p" /etc/os-release | tail -n 1 | tr -d "\"'"
}

find_distro() { # sets name, version
    if [ -f /etc/centos-release ] && [ ! -f /etc/almalinux-release ]; then
        name="$(sed 's/ release .*//' /etc/centos-release)"
        version="$(sed 's/.* release \([0-9.]*\).*/\1/' /etc/centos-release)"
    elif [ -f /etc/os-release ]; then
        name="$(of_release_file NAME)"
        version="$(of_release_file VERSION_ID)"
    elif command -v lsb_release > /dev/null; then
        name="$(lsb_release -si)"
        version="$(lsb_release -sr)"
    else
        fail 131 "The distribution cannot be told: there is no /etc/centos-release, /etc/os-release or lsb_release."
    fi
}

find_path() { # name, version, machine: sets path
    local known_name known_version known_path on_arm
    while IFS='|' read -r known_name known_version known_path on_arm; do
        [ -n "$known_name" ] && [[ "$1" = *"$known_name"* ]] || continue
        [ "$2" = "$known_version" ] || [ "${2%%.*}" = "$known_version" ] || continue
        [ "$3" = x86_64 ] || [ "$on_arm" = yes ] || fail 133 "$1 $2 is not supported on $3."
        path="$known_path"
        return
    done <<< "$SUPPORTED"
    fail 133 "The distribution '$1' with the version '$2' is not supported."
}

find_manager() { # sets manager by the distro's path: one is not chosen because another distro's happens to be there
    case "$path" in
        debian/* | ubuntu/*) manager=apt ;;
        sles/*) manager=zypper ;;
        *) manager=$(for known in dnf tdnf yum; do command -v $known > /dev/null && echo $known && break; done) ;;
    esac
    [ -n "$manager" ] || fail 143 "There is none of dnf, tdnf and yum."
}

is_installed() { # package
    if [ $manager = apt ]; then
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
    else
        rpm -q --quiet "$1"
    fi
}

installed_version() { # rpm gives it without its epoch
    if [ $manager = apt ]; then
        dpkg-query -W -f='${Version}' $PACKAGE
    else
        rpm -q --qf '%{VERSION}-%{RELEASE}' $PACKAGE
    fi
}

# Packages ---------------------------------------------------------------------------------------------------

is_locked_out() { # as the last command of in_turn says
    grep -Eq 'Could not get lock|(lock was|is) locked by another process' "$temp/apt.log"
}

in_turn() { # command of apt or dpkg: waits for whoever else is at it
    local try
    for try in $(seq $LOCK_TRIES); do
        if in_packages "$@" > "$temp/apt.log" 2>&1; then
            cat "$temp/apt.log"
            return 0
        fi
        is_locked_out || break
        echo "Another package manager is running ($try of $LOCK_TRIES)."
        sleep $LOCK_WAIT_S
    done
    cat "$temp/apt.log" >&2
    ! is_locked_out || fail 145 "Another package manager holds the lock of apt or dpkg."
    return 1
}

apt_get() { in_turn apt-get "$@"; }

zypp() { # words: 102 and 103 only inform that a restart is due, 106 that a repository was left out
    in_packages zypper --non-interactive --gpg-auto-import-keys "$@"
    local status=$?
    case $status in 102 | 103 | 106) return 0 ;; esac
    return $status
}

yum_like() { in_packages $manager -y --setopt=skip_if_unavailable=True "$@"; }

must() { # command: or the package manager has failed
    "$@" || fail 143 "The package manager failed: $*"
}

configure_repository() {
    local kind=rpm
    [ $manager != apt ] || kind=deb
    if [ "$path" != - ] && ! is_installed packages-microsoft-prod; then
        local file="$temp/packages-microsoft-prod.$kind"
        download "$PACKAGES/config/$path/packages-microsoft-prod.$kind" "$file" ||
            fail 146 "The definition of the repository, packages-microsoft-prod, could not be downloaded."
        if [ $kind = deb ]; then must in_turn dpkg -i "$file"; else must in_packages rpm -i "$file"; fi
    fi
    case $manager in
        apt) must apt_get -q update ;;
        zypper) must zypp refresh ;;
    esac
}

list_versions() { # each published version, in a line of its own
    case $manager in
        apt) in_packages apt-cache madison $PACKAGE | awk -F ' *[|] *' '{ print $2 }' ;;
        zypper) zypp search --details --match-exact $PACKAGE | awk -F ' *[|] *' '$3 == "package" { print $4 }' ;;
        *) yum_like -q list --showduplicates $PACKAGE | awk 'NF == 3 { sub(/^[0-9]+:/, "", $2); print $2 }' ;;
    esac
}

newest_of() { # wanted: the newest line of standard input that has these parts; rpm's last part may follow a dot
    wanted="${1//-/.}" awk '{ parts = $1; gsub(/-/, ".", parts) }
        index(parts ".", ENVIRON["wanted"] ".") == 1 { print $1 }' | sort -V | tail -n 1
}

install_from_repository() { # version, or ''
    local wanted="$PACKAGE"
    case $manager in
        apt) must apt_get -q -y install "$wanted${1:+=$1}" ;;
        zypper) must zypp install -y -l "$wanted${1:+=$1}" ;;
        *) must yum_like install "$wanted${1:+-$1}" ;;
    esac
    if [ $force_upgrade = yes ] && [ -z "$1" ]; then
        case $manager in
            apt) ;;
            zypper) must zypp update -y -l $PACKAGE ;;
            *) must yum_like upgrade $PACKAGE ;;
        esac
    fi
}

shown() { # address or path: an address without the user and the query, which may be credentials
    case "$1" in
        *://*)
            local rest="${1#*://}"
            rest="${rest%%[?#]*}"
            local host="${rest%%/*}"
            printf '%s' "${1%%://*}://${host##*@}${rest:${#host}}"
            ;;
        *) printf '%s' "$1" ;;
    esac
}

fetch_alternative() { # sets file; refuses another system's package
    local kind=rpm other=deb code=127
    [ $manager != apt ] || { kind=deb other=rpm code=128; }
    file="$temp/$PACKAGE.$kind"
    local address="$alt_download"
    [[ "$address" != *://* ]] || address="${address%%\?*}"
    [[ "$address" != *.$other ]] ||
        fail $code "'$(shown "$alt_download")' is a .$other package; this system takes .$kind packages."
    case "$alt_download" in
        *://*)
            local query="${alt_download:${#address}}"
            address="${address%.$kind}.$kind$query"
            download "$address" "$file" || fail 142 "'$(shown "$address")' could not be downloaded."
            ;;
        *) cp "$alt_download" "$file" || fail 142 "'$alt_download' could not be copied." ;;
    esac
}

install_file() { # file: that somebody chose it says that it is trusted
    case $manager in
        apt) must apt_get -q -y install "$1" ;;
        zypper) must zypp --no-gpg-checks install -y -l "$1" ;;
        *) must yum_like install "$1" ;;
    esac
}

# The run ----------------------------------------------------------------------------------------------------

while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --forceupgrade) force_upgrade=yes; shift; continue ;;
        -p | --proxy | -o | --output | -a | --altdownload | -e | --althisendpoint | -t | --tempdir | -d | --desiredversion)
            if [ $# -lt 2 ] || [[ "$2" = -* ]]; then
                problem="${problem:-The option '$1' needs a value.}"
                shift
                continue
            fi
            ;;
        *) problem="${problem:-The argument '$1' is not known.}"; shift; continue ;;
    esac
    case "$1" in
        -p | --proxy) proxy="$2" has_proxy=yes ;;
        -o | --output) output="$2" ;;
        -a | --altdownload) alt_download="$2" ;;
        -e | --althisendpoint) his_endpoint="$2" ;;
        -t | --tempdir) temp="$2" ;;
        -d | --desiredversion) desired="$2" ;;
    esac
    shift 2
done
[ -z "$problem" ] || { usage >&2; fail 129 "$problem"; }
if [ -z "$temp" ]; then
    temp=$(mktemp -d /tmp/azcmagent.XXXXXXXXXX) || fail 129 "There is no temporary folder."
    trap 'rm -rf "$temp"' EXIT
elif [ ! -d "$temp" ] || [ ! -w "$temp" ]; then
    fail 129 "The temporary folder '$temp' is no folder that can be written to."
fi

command -v systemctl > /dev/null || fail 130 "systemctl is not in the PATH; the agent needs systemd."
case "$(uname -m):$(uname -s)" in
    x86_64:Linux | aarch64:Linux) ;;
    *) fail 132 "The platform $(uname -m):$(uname -s) is not supported." ;;
esac
find_distro
find_path "$name" "$version" "$(uname -m)"
find_manager
! is_installed $PACKAGE || was_installed=yes
if is_on_azure; then
    systemctl show-environment | grep -qx MSFT_ARC_TEST=true || fail 141 "This is a virtual machine of Azure; Azure Arc is for others."
    echo "Warning: this is a virtual machine of Azure; going on because MSFT_ARC_TEST is set." >&2
fi

if [ -n "$alt_download" ]; then
    fetch_alternative
    [ $manager != apt ] || must apt_get -q update
    install_file "$file"
    done_text="Installed $PACKAGE from '$(shown "$alt_download")'."
else
    configure_repository
    if [ -n "$desired" ]; then
        listed=$(list_versions)
        [ -n "$listed" ] || fail 143 "The package manager lists no version of $PACKAGE."
        found=$(newest_of "$desired" <<< "$listed")
        [ -n "$found" ] || fail 147 "The version '$desired' of $PACKAGE is not in the repository."
        install_from_repository "$found"
        there=$(installed_version)
        [ "${there#*:}" = "${found#*:}" ] ||
            fail 143 "The package manager reports success, and the version of $PACKAGE is '$there' instead of '$found'."
        done_text="Version $found of $PACKAGE is installed."
    else
        install_from_repository ""
        done_text="Latest version of $PACKAGE is installed."
    fi
fi
is_installed $PACKAGE || fail 143 "The package manager reports success, and $PACKAGE is not installed."

if [ $has_proxy = yes ]; then
    if [ -n "$proxy" ]; then
        as_root $PACKAGE config set proxy.url "$proxy"
    else
        as_root $PACKAGE config clear proxy.url
    fi || fail 69 "The agent's proxy could not be configured."
fi
echo "$done_text"
write_result "{\"status\":\"success\",\"message\":$(quote "$done_text")}"
