//! Rows of images that carry a JVM for something else: build tools, languages, application servers.
//!
//! A tag of them that is no longer built keeps the JVM of its last build: dates and bases are read
//! from <https://github.com/docker-library/official-images/tree/master/library>. None of the Java 8
//! below that is called frozen was built after 8u242.

use super::table::{JDK, Name, REFUSED, Row, java};
use super::version::{BEFORE_JDK, BEHIND_JDK, IN_TAG, Vendor, Version, WITH_UPDATE};

const BY_TAG: Row = Row { versions: &[BEHIND_JDK, BEFORE_JDK, WITH_UPDATE], ..JDK };

const MAVEN: Row = Row {
    name: Name::Official("maven"),
    entrypoint: Some(&["/usr/local/bin/mvn-entrypoint.sh"]),
    cmd: Some(&["mvn"]),
    environment: &[("MAVEN_HOME", "/usr/share/maven")],
    ..BY_TAG
};
const MAVEN_ON_OPENJDK: Row = Row { vendor: Some(Vendor::OpenJdk), ..MAVEN };

const GRADLE: Row = Row {
    name: Name::Official("gradle"),
    user: |_| None,
    cmd: Some(&["gradle"]),
    workdir: Some("/home/gradle"),
    environment: &[("GRADLE_HOME", "/opt/gradle")],
    ..BY_TAG
};

const TOMCAT: Row = Row {
    name: Name::Official("tomcat"),
    entrypoint: Some(&[]),
    cmd: Some(&["catalina.sh", "run"]),
    workdir: Some("/usr/local/tomcat"),
    environment: &[
        ("CATALINA_HOME", "/usr/local/tomcat"),
        (
            "PATH",
            "/usr/local/tomcat/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ),
    ],
    ..BY_TAG
};
const TOMCAT_ON_OPENJDK: Row = Row { vendor: Some(Vendor::OpenJdk), ..TOMCAT };
const TOMCAT_ON_TEMURIN: Row = Row { vendor: Some(Vendor::Temurin), current: true, ..TOMCAT };

const JETTY: Row = Row {
    name: Name::Official("jetty"),
    user: |_| Some("jetty"),
    entrypoint: Some(&["/docker-entrypoint.sh"]),
    workdir: Some("/var/lib/jetty"),
    environment: &[("JETTY_HOME", "/usr/local/jetty"), ("JETTY_BASE", "/var/lib/jetty")],
    ..BY_TAG
};

const CLOJURE: Row = Row { name: Name::Official("clojure"), ..BY_TAG };

/// <https://github.com/jboss-dockerfiles>: CentOS 7 with its packages.
const JBOSS: Row = Row {
    name: Name::Path("jboss/base-jdk"),
    versions: &[BEHIND_JDK, IN_TAG],
    vendor: Some(Vendor::Distribution),
    user: |_| Some("jboss"),
    workdir: Some("/opt/jboss"),
    ..JDK
};
const WILDFLY: Row = Row {
    name: Name::Path("jboss/wildfly"),
    versions: &[],
    environment: &[("JBOSS_HOME", "/opt/jboss/wildfly")],
    ..JBOSS
};

pub(super) const IMAGES: &[Row] = &[
    // https://hub.docker.com/_/maven: its ENTRYPOINT runs its arguments.
    Row {
        tag: r"^(3[0-9.]*-)?(jdk-8-)?alpine$",
        version: java(8),
        recorder: REFUSED,
        ..MAVEN_ON_OPENJDK
    },
    Row {
        tag: r"^3\.([0-4][0-9.]*|5[0-9.]*|6\.[0-2])-jdk-8(-slim)?(-onbuild)?$",
        recorder: REFUSED,
        ..MAVEN_ON_OPENJDK
    },
    Row { tag: r"^3\.5[0-9.]*$", version: java(8), recorder: REFUSED, ..MAVEN_ON_OPENJDK },
    Row { tag: r"^(3\.6(\.3)?-)?slim$", version: java(14), ..MAVEN_ON_OPENJDK },
    Row { tag: r"^3\.6(\.3)?$", version: java(16), ..MAVEN_ON_OPENJDK },
    Row { tag: r"^(latest|3|3\.9)$", version: java(26), vendor: Some(Vendor::Temurin), ..MAVEN },
    Row { tag: r"(^|-)(openjdk|jdk)-[0-9]+", ..MAVEN_ON_OPENJDK },
    Row { current: true, ..MAVEN },
    // https://hub.docker.com/_/gradle
    Row { tag: "jdk8-alpine$", vendor: Some(Vendor::OpenJdk), recorder: REFUSED, ..GRADLE },
    Row {
        tag: r"^([1-4]\.[0-9.]+|5\.[0-4][0-9.]*)(-jdk8?)?(-alpine|-slim)?$",
        version: java(8),
        vendor: Some(Vendor::OpenJdk),
        recorder: REFUSED,
        ..GRADLE
    },
    Row { tag: r"^[1-4]\.", vendor: Some(Vendor::OpenJdk), ..GRADLE },
    Row { tag: "^(latest|jdk|alpine|jdk-alpine|9|9-alpine)$", version: java(25), ..GRADLE },
    Row { tag: "^8(-alpine)?$", version: java(21), ..GRADLE },
    Row { tag: "^7(-alpine)?$", version: java(17), ..GRADLE },
    GRADLE,
    // https://github.com/docker-library/tomcat
    Row {
        tag: r"^8\.0[0-9.]*(-jre7)?(-alpine|-slim)?$|^[78](\.0[0-9.]*)?-jre7",
        version: java(7),
        ..TOMCAT_ON_OPENJDK
    },
    Row { tag: r"^(8\.0|7)[0-9.]*-jre8", recorder: REFUSED, ..TOMCAT_ON_OPENJDK },
    Row {
        tag: r"^7(\.0)?$",
        version: Some(Version { major: 8, update: Some(292) }),
        ..TOMCAT_ON_OPENJDK
    },
    Row { tag: r"^7\.0\.[0-9]+$", version: java(7), ..TOMCAT_ON_OPENJDK },
    Row {
        tag: r"(jre8-|^|^[89][0-9.]*-)(alpine|slim)$",
        version: java(8),
        recorder: REFUSED,
        ..TOMCAT_ON_OPENJDK
    },
    // Exact releases of 8.5 until 2019 had Java 8, which they are not built with again.
    Row {
        tag: r"^8\.5\.([0-9]|[1-3][0-9]|4[01])(-jre8)?$",
        version: java(8),
        recorder: REFUSED,
        ..TOMCAT_ON_OPENJDK
    },
    Row { tag: r"^(latest|9|9\.0|10|10\.1|11|11\.0)$", version: java(25), ..TOMCAT_ON_TEMURIN },
    Row { tag: r"^(8|8\.5)$", version: java(21), ..TOMCAT_ON_TEMURIN },
    Row { tag: r"^(([0-9]+|8\.5|9\.0|10\.[01]|11\.0)-)?j(re|dk)[0-9]+$", ..TOMCAT_ON_TEMURIN },
    Row { tag: "openjdk|slim", ..TOMCAT_ON_OPENJDK },
    Row { current: true, ..TOMCAT },
    // https://github.com/jetty/jetty.docker
    Row {
        tag: r"^(9[0-9.]*-)?(jre8-)?alpine$",
        version: java(8),
        vendor: Some(Vendor::OpenJdk),
        recorder: REFUSED,
        ..JETTY
    },
    Row { tag: r"^9\.[0-3][0-9.]*$", version: java(8), ..JETTY },
    Row { tag: r"^(9|9\.4|10|10\.0|11|11\.0)$", version: java(21), ..JETTY },
    Row { tag: r"^(latest|12|12\.1)$", version: java(25), ..JETTY },
    JETTY,
    // https://hub.docker.com/_/clojure: the tags without a JDK's name ended in 2019.
    Row {
        tag: r"^(lein(-2\.[0-9.]+)?-)?alpine$|^lein-2\.[0-8]\.",
        version: java(8),
        vendor: Some(Vendor::OpenJdk),
        recorder: REFUSED,
        ..CLOJURE
    },
    Row { tag: "^latest$", version: java(25), vendor: Some(Vendor::Temurin), ..CLOJURE },
    Row { tag: "^boot-alpine$", version: java(17), vendor: Some(Vendor::Temurin), ..CLOJURE },
    CLOJURE,
    // https://hub.docker.com/_/groovy: the Alpine ones ended in 2019.
    Row {
        name: Name::Official("groovy"),
        tag: "jre8-alpine|jdk8-alpine",
        vendor: Some(Vendor::OpenJdk),
        recorder: REFUSED,
        user: |_| None,
        ..BY_TAG
    },
    JBOSS,
    // Java 8 from WildFly 10 on, 11 from 17 on; in between it changed.
    Row { tag: r"^1[0-4]\.", version: java(8), ..WILDFLY },
    Row { tag: r"^(1[7-9]|2[0-5])\.|^latest$", version: java(11), ..WILDFLY },
    WILDFLY,
    // https://github.com/jboss-dockerfiles/keycloak: up to 4.7 on base-jdk:8.
    Row {
        name: Name::Path("jboss/keycloak"),
        tag: r"^[1-3]\.",
        version: java(8),
        environment: &[("JBOSS_HOME", "/opt/jboss/keycloak")],
        ..WILDFLY
    },
    // https://github.com/jenkinsci/docker: openjdk:8-jdk was its default until 2.303.
    Row {
        name: Name::Path("jenkins/jenkins"),
        tag: r"^2\.([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9])(\.[0-9]+)?$",
        version: java(8),
        vendor: Some(Vendor::OpenJdk),
        user: |_| Some("jenkins"),
        ..BY_TAG
    },
    // https://github.com/wildfly/wildfly-container
    Row {
        name: Name::Path("wildfly/wildfly"),
        user: |_| Some("jboss"),
        workdir: Some("/opt/jboss"),
        environment: &[("JBOSS_HOME", "/opt/jboss/wildfly")],
        ..BY_TAG
    },
    // https://github.com/OpenLiberty/ci.docker
    Row {
        name: Name::Matching("(^|/)(open|websphere)-liberty$"),
        vendor: Some(Vendor::OpenJ9),
        user: |_| Some("1001"),
        ..BY_TAG
    },
    // Application servers and build tools: they carry a JVM, and no name says which.
    Row {
        name: Name::Matching(
            r"(^|[/_-])(tomcat|jetty|wildfly|wildfly-[a-z]+|jboss[a-z-]*|keycloak|payara|server-full|glassfish|gradle|maven|sbt|leiningen|jenkins|drools-workbench|kie-server)([0-9._-]|$)|(^|/)jboss/",
        ),
        libc: |_| None,
        shell: |_| None,
        user: |_| None,
        ..BY_TAG
    },
];
