//! The list of processes that pm2 starts (`ecosystem.config.js`), read, never run.
//! <https://pm2.keymetrics.io/docs/usage/application-declaration/>

use serde_json::Value;

use super::imports;

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

/// The only process of a list.
///
/// # Errors
/// The list cannot be read, or holds several processes.
pub fn first(name: &str, text: &str) -> Result<Process, String> {
    let list = if name.ends_with(".json") {
        serde_json::from_str(text).map_err(|error| format!("{name} is no JSON ({error})"))?
    } else {
        imports::exported(name, text).map_err(|reason| format!("{name}: {reason}"))?
    };
    let apps = list.get("apps").unwrap_or(&list);
    let app = match apps.as_array().map(Vec::as_slice) {
        None => apps,
        Some([only]) => only,
        Some(_) => return Err(format!("{name} starts several processes")),
    };
    let text = |key: &str| match app.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(words)) => {
            Some(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_written_out_is_read() {
        let text = "const x = 1;\nmodule.exports = {\n apps: [{ name: 'api', script: `dist/a.js`, \
                    node_args: ['-r', 'dd-trace/init'], env: { PORT: 3000, A: 'b' } }],\n};";
        let process = first("ecosystem.config.js", text).unwrap();
        assert_eq!(process.script, "dist/a.js");
        assert_eq!(process.node_args, "-r dd-trace/init");
        assert_eq!(process.environment, [("A".to_owned(), "b".to_owned())]);
        assert!(first("a.config.js", "module.exports = { apps: [{}, {}] }").is_err());
        assert!(first("a.config.js", "module.exports = make()").is_err());
    }
}
