//! What is known of npm packages by their names.

/// What loading a package before the tracer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// dd-trace itself, and what begins with its name.
    Tracer,
    /// The tracer makes spans of it: when it is loaded before, those are missing.
    Traced,
    /// The tracer puts trace ids into its lines; no span is lost.
    Logger,
    /// Known to load no traced package: environment loaders, polyfills, helpers.
    Harmless,
    /// A module of Node: the tracer patches it late as well as early (measured).
    BuiltIn,
    /// Nobody knows what it loads.
    Unknown,
}

/// One name a line; `#` begins a comment.
const INSTRUMENTED: &str = include_str!("instrumented.txt");

/// Instrumented to put trace ids into lines, or to follow a context or an attack through them: no span
/// is made of them.
const LOGGERS: &[&str] = &["bunyan", "browser-bunyan", "log4js", "pino", "pino-pretty", "winston"];
const WITHOUT_SPANS: &[&str] = &[
    "avsc",
    "bluebird",
    "body-parser",
    "cookie",
    "cookie-parser",
    "express-mongo-sanitize",
    "generic-pool",
    "handlebars",
    "lodash",
    "mquery",
    "multer",
    "node-serialize",
    "nyc",
    "path-to-regexp",
    "promise",
    "promise-js",
    "protobufjs",
    "pug",
    "q",
    "tinypool",
    "when",
    "workerpool",
];
/// Loaded in front of everything by many applications, and no harm.
const HARMLESS: &[&str] = &[
    "@dotenvx/dotenvx",
    "@nestjs/common",
    "@nestjs/config",
    "@nestjs/core",
    "@nestjs/mapped-types",
    "app-module-path",
    "colors",
    "chalk",
    "config",
    "convict",
    "core-js",
    "cors",
    "dayjs",
    "debug",
    "dotenv",
    "dotenv-expand",
    "dotenv-flow",
    "dotenv-safe",
    "env-var",
    "envalid",
    "events",
    "joi",
    "module-alias",
    "moment",
    "nconf",
    "reflect-metadata",
    "regenerator-runtime",
    "source-map-support",
    "ts-dotenv",
    "tsconfig-paths",
    "tslib",
    "uuid",
    "zod",
];
const BUILT_IN: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The package that a specifier names: `@scope/name/file` is `@scope/name`.
pub fn name(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(slashes - 1).map_or(specifier.len(), |(at, _)| at);
    specifier.get(..end).unwrap_or(specifier)
}

/// What a bare specifier names.
pub fn kind(specifier: &str) -> Kind {
    let package = name(specifier);
    let listed = || INSTRUMENTED.lines().any(|line| line == package);
    match package {
        "dd-trace" => Kind::Tracer,
        _ if specifier.starts_with("node:") || BUILT_IN.contains(&package) => Kind::BuiltIn,
        _ if LOGGERS.contains(&package) => Kind::Logger,
        _ if WITHOUT_SPANS.contains(&package) || HARMLESS.contains(&package) => Kind::Harmless,
        _ if package.starts_with("@nestjs/platform-") => Kind::Traced,
        _ if listed() => Kind::Traced,
        _ => Kind::Unknown,
    }
}

/// Other tracers: two of them get in each other's way.
pub const OTHER_TRACERS: &[&str] = &[
    "@dynatrace/oneagent",
    "@google-cloud/trace-agent",
    "@honeycombio/opentelemetry-node",
    "@instana/collector",
    "@opentelemetry/auto-instrumentations-node",
    "@opentelemetry/node",
    "@opentelemetry/sdk-node",
    "@opentelemetry/sdk-trace-node",
    "@splunk/otel",
    "appdynamics",
    "elastic-apm-node",
    "newrelic",
];

/// Whether the name of an unknown package lets expect a tracer in it.
pub fn may_trace(specifier: &str) -> bool {
    let words =
        ["apm", "datadog", "instrumentation", "otel", "telemetry", "trace", "tracer", "tracing"];
    specifier != "@opentelemetry/api"
        && specifier.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part))
}

/// Whether loading it hooks into native modules.
pub fn hooks(specifier: &str) -> bool {
    matches!(
        specifier,
        "dd-trace/register.js"
            | "dd-trace/register"
            | "dd-trace/initialize.mjs"
            | "dd-trace/loader-hook.mjs"
    )
}

/// Whether loading it initializes the tracer.
pub fn initializes(specifier: &str) -> bool {
    matches!(
        specifier,
        "dd-trace/init" | "dd-trace/init.js" | "dd-trace/initialize.mjs" | "dd-trace/initialize"
    )
}

/// Frameworks that answer requests: an application that depends on one is a server.
pub const SERVERS: &[&str] = &[
    "@apollo/server",
    "@hapi/hapi",
    "@nestjs/core",
    "apollo-server",
    "express",
    "fastify",
    "hapi",
    "hono",
    "koa",
    "moleculer",
    "next",
    "restify",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_their_names() {
        for (specifier, expected) in [
            ("dd-trace/init", Kind::Tracer),
            ("dd-trace", Kind::Tracer),
            ("express", Kind::Traced),
            ("@koa/router", Kind::Traced),
            ("@hapi/hapi/lib/core", Kind::Traced),
            ("pg", Kind::Traced),
            ("winston", Kind::Logger),
            ("dotenv/config", Kind::Harmless),
            ("@nestjs/core", Kind::Harmless),
            ("@nestjs/platform-express", Kind::Traced),
            ("@nestjs/typeorm", Kind::Unknown),
            ("node:http", Kind::BuiltIn),
            ("fs/promises", Kind::BuiltIn),
            ("express-async-errors", Kind::Unknown),
        ] {
            assert_eq!(kind(specifier), expected, "{specifier}");
        }
    }
}
