//! Real image references and what is known of them: `testdata/images.tsv` holds what these images are,
//! not what the program says.

use entrypatch::images::{FlightRecorder, look_up};

const TABLE: &str = include_str!("../../testdata/images.tsv");

#[test]
fn images_are_what_the_table_says() {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let reference = row.split('\t').next().unwrap();
        let found = found(reference);
        if found != row {
            wrong.push(format!("expected {row}\n   found {found}"));
        }
    }
    assert!(count >= 150);
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A row of the table as the program would write it.
fn found(reference: &str) -> String {
    let facts = look_up(reference);
    let java = match (facts.has_java, facts.jvm.java) {
        (Some(true), Some(java)) => java.to_string(),
        (Some(true), None) => "-".to_owned(),
        (Some(false), _) => "none".to_owned(),
        (None, _) => "?".to_owned(),
    };
    let vendor = facts.jvm.vendor.map_or("-", |vendor| vendor.name());
    let recorder = match facts.jvm.flight_recorder {
        FlightRecorder::Accepted => "yes",
        FlightRecorder::Refused => "no",
        FlightRecorder::Unknown => "unknown",
    };
    let user = facts.user.as_deref().unwrap_or("?");
    [reference, &java, vendor, recorder, user].join("\t")
}

#[test]
fn alpine_has_musl_unless_the_gnu_library_is_laid_over_it() {
    use entrypatch::images::Libc::{Glibc, Musl};
    for (reference, libc) in [
        ("eclipse-temurin:17-jre-alpine", Some(Musl)),
        ("eclipse-temurin:17-jre", Some(Glibc)),
        ("azul/zulu-openjdk-alpine:17", Some(Musl)),
        ("anapsix/alpine-java:8", Some(Glibc)),
        ("bellsoft/liberica-openjdk-alpine:17", Some(Glibc)),
        ("bellsoft/liberica-openjdk-alpine-musl:17", Some(Musl)),
        ("alpine:3.19", Some(Musl)),
        ("example/jdk8-alpine:1", None),
    ] {
        assert_eq!(look_up(reference).libc, libc, "{reference}");
    }
}

#[test]
fn distroless_images_have_no_shell() {
    for (reference, shell) in [
        ("gcr.io/distroless/java17-debian12", Some(false)),
        ("gcr.io/distroless/java17-debian12:debug", Some(true)),
        ("mcr.microsoft.com/openjdk/jdk:21-distroless", Some(false)),
        ("scratch", Some(false)),
        ("eclipse-temurin:17-jre", Some(true)),
        ("registry.example.com/base:1", None),
    ] {
        assert_eq!(look_up(reference).has_shell, shell, "{reference}");
    }
}
