//! Rows of images without a JVM: systems, and other languages' images. What runs Java on them was put
//! there by the file.

use super::Libc;
use super::table::{JDK, Name, Row, glibc, nonroot_by_name, shell_for_debugging};

const SYSTEM: Row = Row { has_java: false, versions: &[], ..JDK };

const fn official(name: &'static str) -> Row {
    Row { name: Name::Official(name), ..SYSTEM }
}

const fn matching(regex: &'static str) -> Row {
    Row { name: Name::Matching(regex), ..SYSTEM }
}

pub(super) const IMAGES: &[Row] = &[
    // https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch
    Row { shell: |_| Some(false), libc: |_| None, ..official("scratch") },
    Row { libc: |_| None, ..official("busybox") },
    Row { libc: |_| Some(Libc::Musl), ..official("alpine") },
    official("ubuntu"),
    official("debian"),
    official("centos"),
    official("fedora"),
    official("rockylinux"),
    official("almalinux"),
    official("oraclelinux"),
    official("amazonlinux"),
    official("archlinux"),
    official("photon"),
    official("buildpack-deps"),
    official("node"),
    official("python"),
    official("ruby"),
    official("golang"),
    official("rust"),
    official("php"),
    official("perl"),
    official("nginx"),
    official("httpd"),
    official("docker"),
    official("postgres"),
    official("mysql"),
    official("mariadb"),
    official("mongo"),
    official("redis"),
    official("memcached"),
    official("rabbitmq"),
    official("haproxy"),
    official("traefik"),
    official("wordpress"),
    matching("(^|/)amazonlinux/amazonlinux$"),
    matching("^(opensuse|rockylinux|almalinux|stackbrew|gliderlabs|archlinux)/"),
    matching("^(bitnami/minideb|phusion/baseimage)$"),
    // https://catalog.redhat.com/software/base-images
    matching("(^|/)ubi[0-9]*(/ubi[0-9]*)?(-minimal|-micro|-init)?$"),
    // https://github.com/GoogleContainerTools/distroless: java-base has no JVM.
    Row {
        libc: glibc,
        shell: shell_for_debugging,
        user: nonroot_by_name,
        ..matching("(^|/)distroless/(static|base|base-nossl|cc|java-base)(-debian[0-9]+)?$")
    },
    // https://github.com/GoogleContainerTools/distroless/blob/main/nodejs/README.md
    Row {
        libc: glibc,
        shell: shell_for_debugging,
        user: nonroot_by_name,
        entrypoint: Some(&["/nodejs/bin/node"]),
        ..matching("(^|/)distroless/nodejs[0-9]*(-debian[0-9]+)?$")
    },
    // Its docker-entrypoint.sh hands everything on to deno:
    // https://github.com/denoland/deno_docker/blob/main/_entry.sh
    Row { entrypoint: Some(&["/tini", "--", "deno"]), ..matching("(^|/)denoland/deno$") },
    // https://images.chainguard.dev/directory/image/wolfi-base/overview
    Row { libc: glibc, ..matching("(^|/)chainguard/wolfi-base$") },
];
