//! What a container of a deployment is there for, by its image.

/// What a container is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The Datadog Agent.
    Agent,
    /// It gathers, routes or meshes for others, or ends before they start: nothing in it is traced.
    Helper,
    /// The service.
    Application,
}

/// Parts of the names of images, tags left out, and what they are. The first that fits counts; a name
/// that is in no row is an application.
///
/// To add one: a row, with the page that names the image.
const IMAGES: &[(&str, Role)] = &[
    // https://docs.datadoghq.com/containers/docker/
    ("datadog/agent", Role::Agent),
    ("datadog-agent", Role::Agent),
    ("datadoghq/agent", Role::Agent),
    ("datadog/docker-dd-agent", Role::Agent),
    // https://docs.datadoghq.com/security/workload_protection/setup/agent/ecs_ec2/
    ("datadog/cws-instrumentation", Role::Helper),
    // https://docs.datadoghq.com/tracing/trace_collection/library_injection_local/
    ("/dd-lib-", Role::Helper),
    ("datadog-lambda-extension", Role::Helper),
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html
    ("aws-for-fluent-bit", Role::Helper),
    ("fluent/fluent", Role::Helper),
    ("bitnami/fluent", Role::Helper),
    ("envoyproxy/envoy", Role::Helper),
    ("aws-appmesh-envoy", Role::Helper),
    ("aws-xray-daemon", Role::Helper),
    ("aws-otel-collector", Role::Helper),
    ("opentelemetry-collector", Role::Helper),
    ("cloudwatch-agent", Role::Helper),
    ("amazon-ecs-pause", Role::Helper),
];

/// What a container of that image is there for.
pub(super) fn role(image: &str) -> Role {
    let name = image.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let row = IMAGES.iter().find(|(part, _)| name.contains(part));
    row.map_or(Role::Application, |(_, role)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        for (image, expected) in [
            ("public.ecr.aws/datadog/agent:latest", Role::Agent),
            ("gcr.io/datadoghq/agent:7@sha256:0", Role::Agent),
            ("1.dkr.ecr.us-east-1.amazonaws.com/mirror/datadog-agent:7.60.0", Role::Agent),
            ("public.ecr.aws/aws-observability/aws-for-fluent-bit:stable", Role::Helper),
            ("gcr.io/datadoghq/dd-lib-java-init:v1", Role::Helper),
            ("public.ecr.aws/datadog/dd-lib-java-init:v1", Role::Helper),
            ("my/api:1", Role::Application),
        ] {
            assert_eq!(role(image), expected, "{image}");
        }
    }
}
