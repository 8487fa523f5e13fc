//! Programs that do something and then become (or start) the command behind them.

/// How the command line of a wrapper is read up to the command that it starts.
///
/// To add one: a row in [`WRAPPERS`], and a line in the table test below.
#[derive(Debug)]
pub struct Wrapper {
    /// The names it is called by, without a folder.
    pub names: &'static [&'static str],
    /// Options that take the next word as their value, also joined to it (`-n5`, `--signal=TERM`).
    pub with_value: &'static [&'static str],
    /// Options that stand alone; an option in neither list ends our reading.
    pub alone: &'static [&'static str],
    /// Words of its own between the options and the command: `gosu USER java`.
    pub operands: usize,
    /// `NAME=value` words may stand before the command.
    pub assignments: bool,
    /// The command follows the word `--` and options before it may be anything.
    pub behind_dashes: bool,
}

const PLAIN: Wrapper = Wrapper {
    names: &[],
    with_value: &[],
    alone: &[],
    operands: 0,
    assignments: false,
    behind_dashes: false,
};

/// The wrappers that Docker images really use, each with the option grammar of its manual.
pub const WRAPPERS: &[Wrapper] = &[
    // https://github.com/krallin/tini#options
    Wrapper {
        names: &["tini", "tini-static", "docker-init"],
        with_value: &["-p", "-e"],
        alone: &["-s", "-g", "-v", "-vv", "-vvv", "-w", "-l"],
        ..PLAIN
    },
    // https://github.com/Yelp/dumb-init#usage
    Wrapper {
        names: &["dumb-init"],
        with_value: &["-r", "--rewrite"],
        alone: &["-c", "--single-child", "-v", "--verbose"],
        ..PLAIN
    },
    // https://github.com/openSUSE/catatonit
    Wrapper { names: &["catatonit"], alone: &["-P", "-g", "-L"], ..PLAIN },
    // https://github.com/tianon/gosu, https://github.com/ncopa/su-exec
    Wrapper { names: &["gosu", "su-exec", "s6-setuidgid"], operands: 1, ..PLAIN },
    Wrapper {
        names: &["chpst"],
        with_value: &["-u", "-U", "-e", "-d", "-n", "-l", "-L", "-m", "-o", "-p", "-f", "-c"],
        alone: &["-v", "-P", "-0", "-1", "-2"],
        ..PLAIN
    },
    Wrapper {
        names: &["env"],
        with_value: &["-u", "--unset", "-C", "--chdir"],
        alone: &["-i", "--ignore-environment", "-"],
        assignments: true,
        ..PLAIN
    },
    Wrapper { names: &["nice"], with_value: &["-n", "--adjustment"], ..PLAIN },
    Wrapper {
        names: &["ionice"],
        with_value: &["-c", "--class", "-n", "--classdata"],
        alone: &["-t", "--ignore"],
        ..PLAIN
    },
    Wrapper {
        names: &["timeout"],
        with_value: &["-s", "--signal", "-k", "--kill-after"],
        alone: &["--foreground", "--preserve-status", "-v", "--verbose"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        names: &["stdbuf"],
        with_value: &["-i", "-o", "-e", "--input", "--output", "--error"],
        ..PLAIN
    },
    Wrapper { names: &["taskset"], alone: &["-a", "-c"], operands: 1, ..PLAIN },
    Wrapper {
        names: &["numactl"],
        with_value: &["-i", "-m", "-N", "-C", "-p", "-P"],
        alone: &[
            "-l",
            "--localalloc",
            "--interleave",
            "--membind",
            "--cpunodebind",
            "--physcpubind",
            "--preferred",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["setsid"],
        alone: &["-c", "--ctty", "-f", "--fork", "-w", "--wait"],
        ..PLAIN
    },
    Wrapper { names: &["setpriv", "cws-instrumentation"], behind_dashes: true, ..PLAIN },
    Wrapper { names: &["exec"], with_value: &["-a"], alone: &["-c", "-l"], ..PLAIN },
    Wrapper { names: &["command"], alone: &["-p"], ..PLAIN },
    Wrapper { names: &["nohup", "catchsegv"], ..PLAIN },
    // https://github.com/jwilder/dockerize
    Wrapper {
        names: &["dockerize"],
        with_value: &[
            "-template",
            "-env",
            "-env-section",
            "-env-header",
            "-stdout",
            "-stderr",
            "-wait",
            "-timeout",
            "-wait-http-header",
            "-wait-retry-interval",
            "-delims",
        ],
        alone: &["-no-overwrite", "-poll", "-validate-cert", "-multiline"],
        ..PLAIN
    },
    // https://github.com/vishnubob/wait-for-it, https://github.com/eficode/wait-for
    Wrapper {
        names: &["wait-for-it.sh", "wait-for-it", "wait_for_it.sh", "wait-for", "wait-for.sh"],
        behind_dashes: true,
        ..PLAIN
    },
    // https://www.sudo.ws/docs/man/sudo.man/
    Wrapper {
        names: &["sudo"],
        with_value: &["-u", "--user", "-g", "--group"],
        alone: &["-E", "--preserve-env", "-n", "--non-interactive", "-H", "--set-home"],
        assignments: true,
        ..PLAIN
    },
    // s6-overlay's init takes the command as its arguments.
    Wrapper { names: &["/init"], ..PLAIN },
    // https://github.com/adoptium/containers: imports certificates, then runs its arguments.
    Wrapper { names: &["__cacert_entrypoint.sh"], ..PLAIN },
    // https://github.com/docker-library/maven: runs its arguments.
    Wrapper { names: &["mvn-entrypoint.sh"], ..PLAIN },
];

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The wrapper that a word calls; s6's `/init` by its whole path only, for `/sbin/init` is another.
pub fn named(word: &str) -> Option<&'static Wrapper> {
    let name = base_name(word);
    let calls =
        |wrapper: &&Wrapper| wrapper.names.iter().any(|known| *known == name || *known == word);
    WRAPPERS.iter().find(calls)
}

impl Wrapper {
    /// How many of the words behind the wrapper's name are its own; `None` when they cannot be
    /// read, an unknown option say.
    pub fn own_words(&self, words: &[&str]) -> Option<usize> {
        if self.behind_dashes {
            return words.iter().position(|word| *word == "--").map(|at| at + 1);
        }
        let mut at = 0;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            at += 1;
            if *word == "--" {
                break;
            }
            at += self.option_value(word)?;
        }
        if self.assignments {
            at += words.iter().skip(at).take_while(|word| word.contains('=')).count();
        }
        Some(at + self.operands)
    }

    /// How many words the value of an option takes; `None` for an unknown option.
    fn option_value(&self, option: &str) -> Option<usize> {
        if self.with_value.contains(&option) {
            return Some(1);
        }
        let joined = |known: &&str| match option.strip_prefix(*known) {
            Some(rest) => !known.starts_with("--") || rest.starts_with('='),
            None => false,
        };
        let long = option.split_once('=').is_some_and(|(name, _)| self.alone.contains(&name));
        let known = self.alone.contains(&option) || long || self.with_value.iter().any(joined);
        // `tini -gv`: letters that stand alone, joined.
        let cluster = option.len() > 2
            && !option.starts_with("--")
            && option.chars().skip(1).all(|letter| {
                self.alone.iter().any(|known| known.len() == 2 && known.ends_with(letter))
            });
        // `nice -10`: the old form of `-n 10`.
        let number = option.len() > 1 && option.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        (known || cluster || (number && self.names.contains(&"nice"))).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_behind_a_wrapper_is_found() {
        let table = [
            ("tini -- java", Some(1)),
            ("/usr/bin/tini java", Some(0)),
            ("tini -s -v -e 143 -p SIGTERM -- java", Some(7)),
            ("tini -gv -- java", Some(2)),
            ("tini --nope java", None),
            ("dumb-init --rewrite 15:2 -- java", Some(3)),
            ("dumb-init --rewrite=15:2 java", Some(1)),
            ("catatonit -g -- java", Some(2)),
            ("gosu app:app java", Some(1)),
            ("su-exec 1000 java", Some(1)),
            ("env -i A=b C= java", Some(3)),
            ("env -u A java", Some(2)),
            ("nice -n 10 java", Some(2)),
            ("nice -n10 java", Some(1)),
            ("nice -10 java", Some(1)),
            ("ionice -c2 -n 7 java", Some(3)),
            ("timeout -s TERM --kill-after=5 30 java", Some(4)),
            ("stdbuf -oL java", Some(1)),
            ("taskset -c 0,1 java", Some(2)),
            ("numactl --interleave=all java", Some(1)),
            ("setsid -w java", Some(1)),
            ("setpriv --reuid=1000 --clear-groups -- java", Some(3)),
            ("/cws-instrumentation-volume/cws-instrumentation trace -- java", Some(2)),
            ("/__cacert_entrypoint.sh java", Some(0)),
            ("dockerize -wait tcp://db:5432 -timeout 60s java", Some(4)),
            ("exec java", Some(0)),
            ("exec -a app java", Some(2)),
            ("./wait-for-it.sh -t 0 db:5432 -- java", Some(4)),
            ("sudo -E -u app A=b java", Some(4)),
        ];
        for (line, expected) in table {
            let words: Vec<&str> = line.split(' ').collect();
            let wrapper = named(words[0]).unwrap();
            assert_eq!(wrapper.own_words(&words[1..]), expected, "{line}");
        }
        assert!(named("java").is_none());
        assert!(named("/init").is_some() && named("/sbin/init").is_none());
    }
}
