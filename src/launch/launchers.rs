//! Programs that start `java` themselves and take its options from a variable.

use crate::facts::Variables;
use crate::images::matches;
use crate::wrappers::base_name;

/// A program that hands the value of a variable to its JVM.
///
/// To add one: a row in [`LAUNCHERS`] (the first that fits wins) and a line in the table test below.
#[derive(Debug, PartialEq, Eq)]
pub struct Launcher {
    /// The names it is called by: without a folder, or a whole path.
    pub names: &'static [&'static str],
    /// Matches the name of the base image; empty where the program's name is enough.
    pub image: &'static str,
    /// The variable that takes options of the JVM.
    pub variable: &'static str,
    /// Other variables whose options reach the same JVM.
    pub also: &'static [&'static str],
    /// What counts instead, where its variable is set, even to nothing.
    pub switched_off_by: Option<&'static Self>,
    /// Files beside the program that it reads, and that may set the variable.
    pub reads: &'static [&'static str],
    /// Whether it is known for sure, from the program's source or manual, that options in the
    /// variable are added to all others; if not, the line is shown and not written.
    pub verified: bool,
}

const PLAIN: Launcher = Launcher {
    names: &[],
    image: "",
    variable: "",
    also: &[],
    switched_off_by: None,
    reads: &[],
    verified: true,
};

/// Red Hat's run-java.sh takes `${JAVA_OPTS-… ${JAVA_OPTS_APPEND}}`: what JAVA_OPTS says is all, and
/// JAVA_OPTS_APPEND is dropped.
const RUN_JAVA_BY_OPTIONS: Launcher = Launcher { variable: "JAVA_OPTS", ..PLAIN };

/// <https://github.com/rh-openjdk/redhat-openjdk-containers/blob/ubi9/modules/run/artifacts/opt/jboss/container/java/run/run-java.sh>
const RUN_JAVA: Launcher =
    Launcher { variable: "JAVA_OPTS_APPEND", switched_off_by: Some(&RUN_JAVA_BY_OPTIONS), ..PLAIN };

/// The launchers of common images.
pub const LAUNCHERS: &[Launcher] = &[
    // JAVA_OPTS would reach `catalina.sh stop` too.
    // https://github.com/apache/tomcat/blob/main/bin/catalina.sh
    Launcher {
        names: &["catalina.sh", "startup.sh"],
        variable: "CATALINA_OPTS",
        also: &["JAVA_OPTS"],
        reads: &["setenv.sh"],
        ..PLAIN
    },
    Launcher {
        names: &["/opt/jboss/container/java/run/run-java.sh", "/usr/local/s2i/run"],
        ..RUN_JAVA
    },
    Launcher {
        names: &["run-java.sh"],
        image: "(ubi[0-9]+|redhat-openjdk-18)/openjdk",
        ..RUN_JAVA
    },
    // Downloaded into images of all kinds, ubi-minimal among them:
    // https://github.com/fabric8io-images/run-java-sh
    Launcher { names: &["run-java.sh"], variable: "JAVA_OPTIONS", ..PLAIN },
    // https://github.com/jetty/jetty.docker
    Launcher {
        names: &["/docker-entrypoint.sh", "docker-entrypoint.sh", "jetty.sh"],
        image: "jetty",
        variable: "JAVA_OPTIONS",
        ..PLAIN
    },
    // https://github.com/apache/kafka/blob/trunk/bin/kafka-run-class.sh
    Launcher {
        names: &[
            "kafka-server-start.sh",
            "connect-distributed.sh",
            "connect-standalone.sh",
            "zookeeper-server-start.sh",
        ],
        variable: "KAFKA_OPTS",
        also: &["KAFKA_JVM_PERFORMANCE_OPTS"],
        ..PLAIN
    },
    // From here on: rows that nobody has tried, shown to the user and not written.
    Launcher {
        names: &["standalone.sh", "domain.sh"],
        variable: "PREPEND_JAVA_OPTS",
        also: &["JAVA_OPTS"],
        verified: false,
        ..PLAIN
    },
    Launcher {
        names: &["elasticsearch", "docker-entrypoint.sh"],
        image: "elasticsearch",
        variable: "ES_JAVA_OPTS",
        verified: false,
        ..PLAIN
    },
    Launcher { names: &["elasticsearch"], variable: "ES_JAVA_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["opensearch"], variable: "OPENSEARCH_JAVA_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["logstash"], variable: "LS_JAVA_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["cassandra"], variable: "JVM_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["zkServer.sh"], variable: "SERVER_JVMFLAGS", verified: false, ..PLAIN },
    Launcher { names: &["kc.sh"], variable: "JAVA_OPTS_APPEND", verified: false, ..PLAIN },
    Launcher { names: &["jenkins.sh"], variable: "JAVA_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["solr"], variable: "SOLR_OPTS", verified: false, ..PLAIN },
    Launcher { names: &["activemq"], variable: "ACTIVEMQ_OPTS", verified: false, ..PLAIN },
    Launcher {
        names: &["scala", "kotlin", "groovy"],
        variable: "JAVA_OPTS",
        verified: false,
        ..PLAIN
    },
];

/// The start script that Gradle's application plugin and sbt-native-packager make.
/// <https://docs.gradle.org/current/userguide/application_plugin.html>,
/// <https://sbt-native-packager.readthedocs.io/en/latest/archetypes/java_app/customize.html>
pub const APPLICATION_SCRIPT: Launcher =
    Launcher { variable: "JAVA_OPTS", also: &["DEFAULT_JVM_OPTS"], ..PLAIN };

/// What `java` itself reads, wherever it is started.
pub const ANY_JAVA: Launcher = Launcher { variable: "JAVA_TOOL_OPTIONS", ..PLAIN };

/// Programs that build an application, and start it as a child at best.
pub const BUILD_TOOLS: &[&str] =
    &["mvn", "mvnw", "gradle", "gradlew", "sbt", "activator", "lein", "ant", "mill", "bazel"];

impl Launcher {
    /// What takes the options in an environment.
    pub fn in_environment(&'static self, environment: &Variables) -> &'static Self {
        let is_set = |other: &&Self| environment.contains_key(other.variable);
        self.switched_off_by.filter(is_set).unwrap_or(self)
    }
}

/// The launcher that a program is, in an image of that name.
pub fn named(program: &str, image: &str) -> Option<&'static Launcher> {
    let name = base_name(program);
    let fits = |launcher: &&Launcher| {
        let called = |known: &str| known == program || known == name;
        let of_image = launcher.image.is_empty() || matches(launcher.image, image);
        launcher.names.iter().any(|known| called(known)) && of_image
    };
    LAUNCHERS.iter().find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launchers_are_found_by_name_path_and_image() {
        let table = [
            ("catalina.sh", "tomcat:9", Some("CATALINA_OPTS")),
            ("/usr/local/tomcat/bin/catalina.sh", "x", Some("CATALINA_OPTS")),
            ("/opt/jboss/container/java/run/run-java.sh", "x", Some("JAVA_OPTS_APPEND")),
            ("/deployments/run-java.sh", "ubi9/openjdk-21-runtime", Some("JAVA_OPTS_APPEND")),
            ("/deployments/run-java.sh", "fabric8/java-alpine-openjdk8-jre", Some("JAVA_OPTIONS")),
            (
                "/deployments/run-java.sh",
                "registry.access.redhat.com/ubi8/ubi-minimal:8.3",
                Some("JAVA_OPTIONS"),
            ),
            ("/docker-entrypoint.sh", "jetty:9", Some("JAVA_OPTIONS")),
            ("/docker-entrypoint.sh", "openjdk:8", None),
            ("bin/kafka-server-start.sh", "x", Some("KAFKA_OPTS")),
            ("/app.sh", "tomcat", None),
        ];
        for (program, image, variable) in table {
            let found = named(program, image);
            assert_eq!(found.map(|found| found.variable), variable, "{program} in {image}");
        }
        assert!(LAUNCHERS.iter().all(|launcher| !launcher.variable.is_empty()));
    }
}
