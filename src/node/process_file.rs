//! The list of processes that pm2 starts (`ecosystem.config.js`), read, never run.
//! <https://pm2.keymetrics.io/docs/usage/application-declaration/>

use serde_json::Value;

use super::imports::{self, COMPUTED};

/// The process of such a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The file or program.
    pub script: String,
    /// Its arguments.
    pub arguments: String,
    /// Options for `node`.
    pub node_args: String,
    /// What runs the file, when not `node`.
    pub interpreter: Option<String>,
    /// Where it is started.
    pub folder: Option<String>,
    /// Its variables.
    pub environment: Vec<(String, String)>,
}

/// The processes of a list, or those of these names.
///
/// # Errors
/// The list cannot be read, or holds none of them.
pub fn read(name: &str, text: &str, only: &[&str]) -> Result<Vec<Result<Process, String>>, String> {
    let list = if name.ends_with(".json") {
        serde_json::from_str(text).map_err(|error| format!("{name} is no JSON ({error})"))?
    } else {
        imports::exported(name, text).map_err(|reason| format!("{name}: {reason}"))?
    };
    let apps = list.get("apps").unwrap_or(&list);
    let apps: Vec<&Value> = match apps.as_array() {
        None => vec![apps],
        Some(apps) => apps.iter().collect(),
    };
    let named = |app: &&Value| {
        let own = app.get("name").and_then(Value::as_str);
        only.is_empty() || own.is_some_and(|own| only.contains(&own))
    };
    let found: Vec<_> = apps.into_iter().filter(named).map(|app| process(name, app)).collect();
    match found.is_empty() {
        true => Err(format!("{name} starts no process of that name")),
        false => Ok(found),
    }
}

fn process(name: &str, app: &Value) -> Result<Process, String> {
    let text = |key: &str| match app.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(words)) => {
            Some(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    let unknown = computed(app);
    if let Some(field) = unknown {
        return Err(format!("{name}: {field} is only known when it runs"));
    }
    let script =
        text("script").ok_or_else(|| format!("{name} names no script that is written out"))?;
    let variables = app.get("env").and_then(Value::as_object).into_iter().flatten();
    Ok(Process {
        script,
        arguments: text("args").unwrap_or_default(),
        node_args: text("node_args").or_else(|| text("interpreter_args")).unwrap_or_default(),
        interpreter: text("interpreter").or_else(|| text("exec_interpreter")),
        folder: text("cwd"),
        environment: variables
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
    })
}

/// The field that decides what is loaded, and is computed: nobody knows whether the tracer is in it.
fn computed(app: &Value) -> Option<&'static str> {
    let fields = ["script", "args", "node_args", "interpreter_args", "interpreter", "cwd"];
    let is_null = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(Value::is_null),
        _ => false,
    };
    let own = |name: &&&str| app.get(**name).is_some_and(is_null);
    let variables = app.get("env");
    let is_open = |value: &Value| {
        value.is_null()
            || value.get(COMPUTED).is_some()
            || value.get("NODE_OPTIONS").is_some_and(Value::is_null)
    };
    match fields.iter().find(own) {
        Some(field) => Some(field),
        None if variables.is_some_and(is_open) => Some("env"),
        None => app.get(COMPUTED).map(|_| "a part of it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_written_out_is_read() {
        let text = "const x = 1;\nmodule.exports = {\n apps: [{ name: 'api', script: `dist/a.js`, \
                    node_args: ['-r', 'dd-trace/init'], env: { PORT: 3000, A: 'b' } }],\n};";
        let first = |name: &str, text: &str| read(name, text, &[])?.remove(0);
        let process = first("ecosystem.config.js", text).unwrap();
        assert_eq!(process.script, "dist/a.js");
        assert_eq!(process.node_args, "-r dd-trace/init");
        assert_eq!(process.environment, [("A".to_owned(), "b".to_owned())]);
        assert!(first("a.config.js", "module.exports = { apps: [{}, {}] }").is_err());
        assert!(first("a.config.js", "module.exports = make()").is_err());
    }
}
