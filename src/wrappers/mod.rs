//! Programs that do something and then become (or start) the command behind them, and those that run a
//! text or a script.

mod interpreters;
mod table;

pub use interpreters::{ShellCommand, shell_command};
use table::WRAPPERS;

/// How the command line of a wrapper is read up to the command that it starts.
///
/// To add one: a row in `table.rs`, and a line in the tests below.
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
    /// Whom the command runs as.
    pub user: User,
    /// Whether the command gets the wrapper's environment.
    pub environment: Environment,
    /// Options whose value is the command, as text for a shell: `su app -c "java …"`.
    pub text: &'static [&'static str],
}

/// Whom a wrapper runs its command as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Whoever runs the wrapper.
    Same,
    /// The first operand names the user: `gosu app java`. Where there is none, it is root.
    Operand,
    /// One of these options names the user: `sudo -u app java`.
    Option {
        /// Their names.
        names: &'static [&'static str],
        /// Who it is without one.
        otherwise: Option<&'static str>,
    },
}

/// Whether a command gets the environment of its wrapper, that of the container that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// It does.
    Passed,
    /// It does, unless one of these options stands there: `su - app`.
    DroppedBy(&'static [&'static str]),
    /// It does not, unless one of these options stands there: `sudo -E java`. Behind `=` they name what is
    /// passed.
    PassedBy(&'static [&'static str]),
}

/// What the words behind a wrapper's name say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'w> {
    /// How many of them are the wrapper's own: the command stands behind them.
    pub own_words: usize,
    /// The user that it changes to, as it is written.
    pub user: Option<&'w str>,
    /// The index of the text that it gives to a shell.
    pub text: Option<usize>,
    /// The command does not get the container's environment.
    pub drops_environment: bool,
}

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

/// Programs that start others later, by files of their own, in an environment of their own.
const SERVICES: &[&str] = &[
    // https://man7.org/linux/man-pages/man8/cron.8.html
    "cron",
    "crond",
    "fcron",
    // https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Environment%20Variables%20in%20Spawned%20Processes
    "systemd",
    "/sbin/init",
    "/usr/sbin/init",
    "/lib/systemd/systemd",
    // Only what begins with with-contenv gets it:
    // https://github.com/just-containers/s6-overlay#container-environment
    "/init",
    "s6-svscan",
];

/// Whether a program starts others later, and none of them gets the container's environment.
pub fn starts_services_anew(program: &str) -> bool {
    SERVICES
        .iter()
        .any(|known| *known == program || *known == base_name(program) && !known.contains('/'))
}

impl Wrapper {
    /// Reads the words behind the wrapper's name; `None` when they cannot be read, an unknown option say.
    pub fn call<'w>(&self, words: &[&'w str]) -> Option<Call<'w>> {
        if self.behind_dashes {
            let own_words = words.iter().position(|word| *word == "--")? + 1;
            return Some(Call { own_words, user: None, text: None, drops_environment: false });
        }
        let (mut at, mut named, mut text, mut operand) = (0, None, None, None);
        let mut drops_environment = matches!(self.environment, Environment::PassedBy(_));
        while let Some(word) = words.get(at) {
            // su reads options behind the user, too.
            let is_operand = !word.starts_with('-');
            if is_operand && (self.text.is_empty() || named.is_some()) {
                break;
            }
            at += 1;
            drops_environment = self.drops(word).unwrap_or(drops_environment);
            match *word {
                "--" => break,
                _ if is_operand => operand = operand.or(Some(*word)),
                _ if self.text.contains(word) => {
                    text = Some(at);
                    at += 1;
                }
                _ => {
                    let value = self.option_value(word)?;
                    named = self.named_user(word, words.get(at)).or(named);
                    at += value;
                }
            }
        }
        if self.assignments {
            at += words.iter().skip(at).take_while(|word| word.contains('=')).count();
        }
        let user = match self.user {
            User::Same => None,
            _ if !self.text.is_empty() => named.or(operand).or(Some("root")),
            User::Operand => words.get(at).copied(),
            User::Option { otherwise, .. } => named.or(otherwise),
        };
        let user = user.map(plain_user);
        Some(Call { own_words: at + self.operands, user, text, drops_environment })
    }

    /// What an option says of the environment; `None` where it says nothing.
    fn drops(&self, option: &str) -> Option<bool> {
        let (options, drops) = match self.environment {
            Environment::Passed => return None,
            Environment::DroppedBy(options) => (options, true),
            Environment::PassedBy(options) => (options, false),
        };
        let stands = |known: &&str| {
            let letter = known.strip_prefix('-').filter(|rest| rest.len() == 1);
            let joined = letter.is_some_and(|letter| {
                option.starts_with('-') && !option.starts_with("--") && option.contains(letter)
            });
            *known == option || joined
        };
        options.iter().any(stands).then_some(drops)
    }

    /// The user that an option names: by the next word, or by what is joined to it.
    fn named_user<'w>(&self, option: &'w str, next: Option<&&'w str>) -> Option<&'w str> {
        let User::Option { names, .. } = self.user else { return None };
        names.iter().find_map(|name| {
            let rest = option.strip_prefix(name)?;
            match (rest.is_empty(), name.starts_with("--")) {
                (true, _) => next.copied(),
                (false, true) => rest.strip_prefix('='),
                (false, false) => Some(rest),
            }
        })
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

/// `sudo -u '#1000'` and `chpst -u :1000:1000` name a number.
fn plain_user(user: &str) -> &str {
    user.trim_start_matches(['#', ':'])
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
            ("/app/datadog-init java", Some(0)),
            ("with-contenv java", Some(0)),
            ("chamber exec service -- java", Some(3)),
            ("envconsul -prefix app -once java", Some(3)),
            ("dockerize -wait tcp://db:5432 -timeout 60s java", Some(4)),
            ("exec java", Some(0)),
            ("exec -a app java", Some(2)),
            ("./wait-for-it.sh -t 0 db:5432 -- java", Some(4)),
            ("sudo -E -u app A=b java", Some(4)),
            ("sudo -nE --user=app -g app java", Some(4)),
            ("sudo -i java", None),
            ("doas -u app java", Some(2)),
            ("setpriv --reuid 1000 --regid=1000 --init-groups java", Some(4)),
            ("setpriv --dump", None),
            ("runuser -u app -- java", Some(3)),
            ("s6-applyuidgid -u 1000 -g 1000 java", Some(4)),
        ];
        for (line, expected) in table {
            let words: Vec<&str> = line.split(' ').collect();
            let wrapper = named(words[0]).unwrap();
            assert_eq!(wrapper.call(&words[1..]).map(|call| call.own_words), expected, "{line}");
        }
        assert!(named("java").is_none());
        assert!(named("/init").is_some() && named("/sbin/init").is_none());
    }

    #[test]
    fn what_a_command_gets_of_the_environment() {
        let table = [
            ("tini -- java", false),
            ("gosu app java", false),
            ("su app -c java", false),
            ("su - app -c java", true),
            ("su -l app -c java", true),
            ("su -pl app -c java", true),
            ("su --login app -c java", true),
            ("runuser -l app -c java", true),
            ("runuser -u app -- java", false),
            ("sudo java", true),
            ("sudo -E java", false),
            ("sudo -nE -u app java", false),
            ("sudo --preserve-env java", false),
            ("sudo --preserve-env=HOME java", true),
            ("doas java", true),
            ("setpriv --reset-env --reuid=1 java", true),
            ("setpriv --reuid=1 java", false),
            ("env -i java", true),
            ("env A=b java", false),
            ("exec -c java", true),
            ("exec -a name java", false),
        ];
        for (line, expected) in table {
            let words: Vec<&str> = line.split(' ').collect();
            let call = named(words[0]).unwrap().call(&words[1..]).unwrap();
            assert_eq!(call.drops_environment, expected, "{line}");
        }
    }

    #[test]
    fn the_user_that_a_wrapper_changes_to() {
        let table = [
            ("tini -- java", None),
            ("gosu app:app java", Some("app:app")),
            ("setuidgid app java", Some("app")),
            ("chpst -v -uapp java", Some("app")),
            ("chpst -u :1000:1000 java", Some("1000:1000")),
            ("chpst -e /env java", None),
            ("s6-applyuidgid -g 5 -u 1000 java", Some("1000")),
            ("sudo java", Some("root")),
            ("sudo -E -u app java", Some("app")),
            ("sudo -u #1000 A=b java", Some("1000")),
            ("sudo --user=app java", Some("app")),
            ("doas java", Some("root")),
            ("setpriv --reuid=1000 --clear-groups java", Some("1000")),
            ("setpriv --euid app -- java", Some("app")),
            ("setpriv --regid=1000 java", None),
            ("runuser -u app java", Some("app")),
            ("runuser app -c java", Some("app")),
            ("runuser -c java", Some("root")),
            ("su app -c java", Some("app")),
            ("su -s /bin/sh -c java - app", Some("app")),
            ("su -c java", Some("root")),
        ];
        for (line, expected) in table {
            let words: Vec<&str> = line.split(' ').collect();
            let call = named(words[0]).unwrap().call(&words[1..]).unwrap();
            assert_eq!(call.user, expected, "{line}");
            let text = call.text.map(|at| words[at + 1]);
            assert_eq!(text, line.contains("-c java").then_some("java"), "{line}");
        }
    }
}
