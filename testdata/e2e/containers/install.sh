# What the proof needs on a Debian machine, for `run`, which has set $cache. Everything that is
# downloaded stays there.
# shellcheck shell=bash

tracer_version=${TRACER_VERSION:-1.68.1}
jacoco_version=0.8.13
tomcat_version=9.0.98

need() { # need COMMAND PACKAGE...
    command -v "$1" >/dev/null && return
    shift
    install_packages "$@"
}

# Debian's packages start their services when they are installed; ours is started by hand.
install_packages() {
    local policy=
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    fi
    local status=0
    apt-get update -qq >&2 || true # a source of somebody else's may be down
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 || status=$?
    [ -z "$policy" ] || rm $policy
    return $status
}

install_docker() {
    # From Debian 13 on the client and BuildKit's front end are packages of their own.
    local packages=(docker.io) extra
    for extra in docker-cli docker-buildx; do
        if apt-cache show "$extra" >/dev/null 2>&1; then packages+=("$extra"); fi
    done
    need dockerd "${packages[@]}"
}

install_tools() {
    need tini tini
    need jlink default-jdk-headless
    need mvn maven
    if ldd "$(command -v busybox)" >/dev/null 2>&1 || ! command -v busybox >/dev/null; then
        install_packages busybox-static
    fi
}

# fetch_jar FILE GROUP:ARTIFACT:VERSION[:jar:CLASSIFIER]
fetch_jar() {
    [ -e "$cache/$1" ] && return
    mvn --batch-mode --quiet dependency:copy -Dartifact="$2" -DoutputDirectory="$work/jars" >&2
    mv "$work/jars/$1" "$cache/$1"
}

# Tomcat's scripts, from its archive, without what they start.
fetch_tomcat() {
    local name=tomcat-$tomcat_version
    [ -e "$cache/$name-scripts" ] && return
    mvn --batch-mode --quiet dependency:copy -Dartifact="org.apache.tomcat:tomcat:$tomcat_version:tar.gz" \
        -DoutputDirectory="$work/jars" >&2
    mkdir "$work/tomcat"
    tar -C "$work/tomcat" --strip-components=1 --exclude=bootstrap.jar -xzf "$work/jars/$name.tar.gz" "apache-$name/bin"
    mv "$work/tomcat" "$cache/$name-scripts"
}

# fetch_from_unstable FOLDER PACKAGE...: Debian's unstable distribution alone has all versions of Java, and a
# mirror's copy of it may be some days old. They are unpacked with the C library that they were built for, and not
# installed.
fetch_from_unstable() {
    [ -e "$1" ] && return
    local folder=$1 mirror state=$work/apt debs=$work/unstable-packages unpacked=$work/unstable deb
    shift
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    if [ -z "$mirror" ]; then
        apt-get update -qq >&2
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    fi
    [ -n "$mirror" ] || return
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$debs" "$unpacked"
    : >"$state/status"
    echo "deb $mirror sid main" >"$state/sources.list"
    cat >"$state/apt.conf" <<CONF
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
CONF
    APT_CONFIG=$state/apt.conf apt-get update -qq >&2 || return
    (cd "$debs" && APT_CONFIG=$state/apt.conf \
        apt-get download -qq "$@" libc6 libgcc-s1 libstdc++6 zlib1g >&2) || return
    for deb in "$debs"/*.deb; do dpkg --extract "$deb" "$unpacked" || return; done
    mv "$unpacked" "$folder"
}

# Without Java 8 the other services are proved all the same.
fetch_java_8() { fetch_from_unstable "$cache/java-8" openjdk-8-jre-headless; }
