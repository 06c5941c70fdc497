# Shared by build-guest and build-sample: errors, architectures, and unpacking Debian packages of any
# architecture as an ordinary user. Sourced, never run. It knows nothing of kernels or images.
# The caller sets $here, its own directory, and has called make_work_beside.
# shellcheck shell=bash disable=SC2154

export LC_ALL=C
umask 022
readonly SUITE=trixie

die() {
    echo "${0##*/}: cannot $*" >&2
    exit 1
}

say() {
    echo "${0##*/}: $*" >&2
}

need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || die "find '$tool': install it (Debian: see the head of initramfs/build-guest)"
    done
}

# Debian's name of an architecture.
deb_arch() {
    case $1 in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) die "build for '$1': the architecture is x86_64 or aarch64" ;;
    esac
}

# A temporary directory beside the result, so that the last step is a rename inside one file system.
# It is set in $work and removed at exit, whatever the reason.
make_work_beside() {
    mkdir -p "$(dirname "$1")" || die "create the directory of '$1'"
    work=$(mktemp -d "$(dirname "$(realpath -m "$1")")/.build.XXXXXXXX") || die "write beside '$1'"
    # apt's unprivileged downloader has to get through when we are root
    chmod 755 "$work"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# Put the finished directory NEW in the place of OLD. OLD is only ever replaced when it is empty or has MARK
# in it, so that a mistyped path costs nobody a home directory.
check_replaceable() {
    local old=$1 mark=$2
    [ -e "$old" ] || return 0
    [ -d "$old" ] || die "replace '$old': it is not a directory"
    [ -e "$old/$mark" ] || [ -z "$(ls -A "$old")" ] ||
        die "replace '$old': it has no '$mark', so it was not made by ${0##*/}; name another directory"
}

replace_dir() {
    local new=$1 old=$2
    if [ -e "$old" ]; then
        mv -T "$old" "$work/old"
    fi
    mv -T "$new" "$old" || die "rename the result to '$old'"
}

# The host's own Debian archives, with their suite replaced by ours. So a mirror, a cache or a pinned snapshot
# that the host is set up with is used here too, and no host name is written in this tree.
apt_sources() {
    local fields origin component uri codename suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r "$keyring" ] || die "read '$keyring': install debian-archive-keyring"
    # shellcheck disable=SC2016 # the fields are apt's, not the shell's
    fields='$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)'
    apt-get indextargets --format "$fields" 'Identifier: Packages' |
        while read -r origin component uri codename; do
            [ "$origin $component" = "Debian main" ] || continue
            case $codename in
            *-updates) suite=$SUITE-updates ;;
            *-security) suite=$SUITE-security ;;
            *-*) continue ;; # backports and the like
            *) suite=$SUITE ;;
            esac
            echo "deb [signed-by=$keyring] $uri $suite main"
        done | sort -u
}

# The host's way to its archives: proxies, credentials, certificates, timeouts. mmdebstrap gives apt a
# configuration of its own, which has none of them.
apt_options() {
    local netrc parts
    apt-config dump | grep '^Acquire::' |
        grep -vE '^Acquire::(IndexTargets|Changelogs|Languages|CompressionTypes|cdrom|GzipIndexes)\b' || true
    eval "$(apt-config shell netrc Dir::Etc::netrc/f parts Dir::Etc::netrcparts/d)"
    echo "Dir::Etc::netrc \"$netrc\";"
    echo "Dir::Etc::netrcparts \"$parts\";"
}

# unpack_debs ARCH ROOT INFO PACKAGE...: packages and what they depend on, unpacked below ROOT; in INFO a file
# 'packages' with a line 'name version' for each, and in INFO/debs the packages named in $VC_EXTRA_META: the one
# that each of those depends on first, fetched without its dependencies and not unpacked.
#
# The variant 'extract' runs no maintainer script, and the mode 'chrootless' neither mounts nor chroots: it is
# the one mode that does the same for root, for a user without user namespaces, and for a foreign architecture.
unpack_debs() {
    local arch=$1 root=$2 info=$3 include
    shift 3
    mkdir -p "$info/debs"
    apt_sources >"$work/sources.list"
    grep -q " $SUITE main" "$work/sources.list" ||
        die "find a Debian archive in the host's apt configuration: run 'apt-get update', see 'apt-get indextargets'"
    # may hold a proxy's password
    (umask 077 && apt_options >"$work/apt.options")
    include=$(IFS=, && echo "$*")
    VC_PACKAGES="$*" VC_INFO=$info VC_DEB_ARCH=$(deb_arch "$arch") VC_EXTRA_META=${VC_EXTRA_META-} \
        VC_DEB_CACHE=${VC_DEB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vcontainer/debs} \
        mmdebstrap --quiet --variant=extract --mode=chrootless --architectures="$(deb_arch "$arch")" \
        --include="$include" --aptopt="$work/apt.options" --skip=cleanup/apt/cache \
        --setup-hook="'$here/apt-hook' setup \"\$1\"" --extract-hook="'$here/apt-hook' extract \"\$1\"" \
        "$SUITE" "$root" "$work/sources.list" ||
        die "unpack Debian packages for $arch: see apt's words above; '$SUITE' must be on the host's mirror"
    rm -rf "${root:?}"/{var/cache/apt,var/lib/apt,etc/apt,dev}
}
