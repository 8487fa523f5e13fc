//! The sites of Datadog: where an Agent sends.
//! <https://docs.datadoghq.com/getting_started/site/>

/// The site that holds where none is named.
pub const DEFAULT_SITE: &str = "datadoghq.com";
/// What stands in front of a site in names of hosts, and not in `DD_SITE`.
const HOSTS: &[&str] = &["app.", "api.", "www.", "http-intake.", "trace.agent.", "intake."];

/// Whether a text is a bare domain; the list of sites grows, so that none is held here.
pub fn is_site(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    text.split('.').count() >= 2
        && text.split('.').all(is_label)
        && !HOSTS.iter().any(|host| text.starts_with(host))
}

/// What to write in place of what is no site.
pub fn hint(text: &str) -> String {
    match bare_site(text) {
        Some(bare) => format!("a site is a bare domain: {bare}"),
        None => format!("a site is a bare domain, as {DEFAULT_SITE} or datadoghq.eu"),
    }
}

/// The domain that was meant.
fn bare_site(text: &str) -> Option<&str> {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', ':']).next()?;
    let host = HOSTS.iter().find_map(|start| host.strip_prefix(start)).unwrap_or(host);
    is_site(host).then_some(host)
}
