//! Values that the JVM, Docker or Datadog would misread, refused before any file is read.

use crate::datadog::sites::{hint, is_site};

use super::{Choice, JavaSetting, Provide, SERVICE, Settings, Switch};

/// Checks what the flags and the configuration say together.
pub(super) fn settings(settings: &Settings) -> Result<(), String> {
    for (setting, _) in settings.choices() {
        validate_switch(settings, setting)?;
    }
    for (setting, choice) in settings.choices() {
        if let Choice::Explicit(value) = choice {
            validate_value(setting, value)
                .map_err(|reason| format!("{} {value:?}: {reason}", setting.name))?;
        }
    }
    let (path, url) = (settings.agent_path(), settings.agent_url());
    validate_agent_path(path).map_err(|reason| format!("agent-path {path:?}: {reason}"))?;
    validate_agent_url(url).map_err(|reason| format!("agent-url {url:?}: {reason}"))?;
    validate_provision(settings)?;
    validate_agent_container(settings)
}

/// What the Agent's container is made of.
fn validate_agent_container(settings: &Settings) -> Result<(), String> {
    if let Some(secret) = &settings.api_key_secret {
        validate_secret(secret).map_err(|reason| format!("api-key-secret: {reason}"))?;
    }
    if let Some(site) = settings.site.as_deref().filter(|site| !is_site(site)) {
        return Err(format!("site {site:?}: {}", hint(site)));
    }
    let image = settings.agent_container_image();
    plain_text(image).map_err(|reason| format!("agent-container-image {image:?}: {reason}"))
}

/// The ARN of a secret or of a parameter; a key itself is never repeated in a message.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html>
fn validate_secret(secret: &str) -> Result<(), String> {
    let mut parts = secret.split(':');
    let is_arn = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && matches!(parts.next(), Some("secretsmanager" | "ssm"))
        && parts.nth(1).is_some_and(|account| !account.is_empty())
        && parts.next().is_some_and(|resource| !resource.is_empty());
    match is_arn {
        true => plain_text(secret),
        false => Err("it must be the ARN of a secret or of a parameter, not the key itself: \
                      arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME or \
                      arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"
            .to_owned()),
    }
}

fn plain_text(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(c) => Err(format!("it contains {c:?}")),
        None if text.is_empty() => Err("it is empty".to_owned()),
        None => Ok(()),
    }
}

/// `env = true` under `[java]` says to insert a value that nobody gives.
fn validate_switch(settings: &Settings, setting: &JavaSetting) -> Result<(), String> {
    let name = setting.name;
    let is_on = settings.java.get(name) == Some(&Switch::Flag(true));
    let has_value = setting.default.is_some() || (setting.given)(settings).is_some();
    match is_on && !has_value && name != SERVICE {
        true => Err(format!("{name} = true under [java] needs a value: {name} = \"…\"")),
        false => Ok(()),
    }
}

/// What each way of providing the jar needs.
fn validate_provision(settings: &Settings) -> Result<(), String> {
    let file = settings.agent_file();
    let is_local = |file: &str| !file.is_empty() && !file.contains("://") && !file.starts_with('/');
    plain_word(file)
        .and_then(|()| is_local(file).then_some(()).ok_or("not a path in the build context".into()))
        .map_err(|reason| format!("agent-file {file:?}: {reason}"))?;
    if let Some(image) = &settings.agent_image {
        plain_word(image).map_err(|reason| format!("agent-image {image:?}: {reason}"))?;
    }
    if settings.provide == Provide::CopyFrom
        && settings.agent_image.as_ref().is_none_or(String::is_empty)
    {
        return Err("provide = \"copy-from\" needs agent-image, one of Datadog's images with the \
                    tracer: agent-image = \"public.ecr.aws/datadog/dd-lib-java-init:<tag>\""
            .to_owned());
    }
    match &settings.agent_checksum {
        Some(checksum) => validate_checksum(checksum, settings.agent_url()),
        None => Ok(()),
    }
}

/// ADD compares what it downloads with the checksum, so the URL must always give the same.
fn validate_checksum(checksum: &str, url: &str) -> Result<(), String> {
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !checksum.strip_prefix("sha256:").is_some_and(is_hash) {
        return Err(format!("agent-checksum {checksum:?}: not sha256: and 64 hexadecimal digits"));
    }
    let is_version = |part: &str| {
        let numbers = part.trim_start_matches('v').split('.').filter(|n| n.parse::<u32>().is_ok());
        numbers.count() > 1
    };
    match url.split('/').any(is_version) {
        true => Ok(()),
        false => Err(format!(
            "agent-checksum needs an agent-url with a version in it: what {url} gives changes with \
             every release"
        )),
    }
}

fn validate_value(setting: &JavaSetting, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(c) = value.chars().find(|c| c.is_control()) {
        return Err(format!("the control character {c:?} would end or garble the argument"));
    }
    (setting.validate)(value)
}

/// A value that a `-D` option carries as one word.
pub(super) fn one_word(value: &str) -> Result<(), String> {
    match value.contains(char::is_whitespace) {
        true => Err("it contains a blank".to_owned()),
        false => Ok(()),
    }
}

/// Datadog keeps letters, digits and `_ - : . /` of a tag and replaces the rest by underscores.
/// <https://docs.datadoghq.com/getting_started/tagging/#define-tags>
pub(super) fn tag(value: &str) -> Result<(), String> {
    let kept = |c: char| c.is_alphanumeric() || "_-:./+".contains(c);
    if let Some(c) = value.chars().find(|c| !kept(*c)) {
        return Err(format!(
            "Datadog replaces {c:?} by an underscore, so the name in the user interface would be \
             another one; use letters, digits and _ - : . /"
        ));
    }
    if value.chars().count() > 100 {
        return Err("Datadog cuts it off behind 100 characters".to_owned());
    }
    Ok(())
}

/// The keys that the JVM knows; any other one stops it (`Could not create the JVM`).
/// <https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>
pub(super) fn recorder(value: &str) -> Result<(), String> {
    const KEYS: &[&str] = &[
        "stackdepth",
        "globalbuffersize",
        "maxchunksize",
        "memorysize",
        "numglobalbuffers",
        "old-object-queue-size",
        "preserve-repository",
        "repository",
        "retransform",
        "sampleprotection",
        "samplethreads",
        "threadbuffersize",
    ];
    for pair in value.split(',') {
        let key = pair.split('=').next().unwrap_or(pair);
        if !KEYS.contains(&key) || !pair.contains('=') {
            return Err(format!(
                "the JVM does not start with {pair:?}; it takes KEY=VALUE with the keys {}",
                KEYS.join(", ")
            ));
        }
    }
    Ok(())
}

/// Whether a path is what the JVM and an ADD instruction read as it stands; if not, why.
pub fn validate_agent_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("it must be absolute: the JVM resolves it in its working directory".to_owned());
    }
    if !path.ends_with(".jar") || path.contains("//") {
        return Err("it must name the jar file itself, /usr/agent/dd-java-agent.jar say".to_owned());
    }
    if path.contains('=') {
        return Err("the JVM cuts the path off at `=`".to_owned());
    }
    plain_word(path)
}

fn validate_agent_url(url: &str) -> Result<(), String> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err("it must begin with https:// (or http://)".to_owned());
    }
    if url.ends_with(".git") || url.contains('#') {
        return Err("ADD takes it for a Git repository".to_owned());
    }
    plain_word(url)
}

/// Refuses what an ADD instruction would read as something else.
fn plain_word(text: &str) -> Result<(), String> {
    let special = |c: &char| c.is_whitespace() || c.is_control() || "\"'\\`$<>*?[]".contains(*c);
    match text.chars().find(special) {
        Some(c) => Err(format!("Docker would not read {c:?} in an ADD instruction as it stands")),
        None => Ok(()),
    }
}
