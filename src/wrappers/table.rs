//! The wrappers, one row each.

use super::{Environment, User, Wrapper};

const PLAIN: Wrapper = Wrapper {
    names: &[],
    with_value: &[],
    alone: &[],
    operands: 0,
    assignments: false,
    behind_dashes: false,
    user: User::Same,
    environment: Environment::Passed,
    text: &[],
};

/// The wrappers that Docker images really use, each with the option grammar of its manual.
pub(super) const WRAPPERS: &[Wrapper] = &[
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
    // https://github.com/tianon/gosu, https://github.com/ncopa/su-exec,
    // https://skarnet.org/software/s6/s6-setuidgid.html, https://cr.yp.to/daemontools/setuidgid.html,
    // https://github.com/phusion/baseimage-docker#running-a-command-as-a-different-user
    Wrapper {
        names: &["gosu", "su-exec", "s6-setuidgid", "setuidgid", "setuser"],
        operands: 1,
        user: User::Operand,
        ..PLAIN
    },
    // https://skarnet.org/software/s6/s6-applyuidgid.html; -U takes the user from the environment.
    Wrapper {
        names: &["s6-applyuidgid"],
        with_value: &["-u", "-g", "-G"],
        alone: &["-z"],
        user: User::Option { names: &["-u"], otherwise: None },
        ..PLAIN
    },
    // http://smarden.org/runit/chpst.8.html
    Wrapper {
        names: &["chpst"],
        with_value: &["-u", "-U", "-e", "-d", "-n", "-l", "-L", "-m", "-o", "-p", "-f", "-c"],
        alone: &["-v", "-P", "-0", "-1", "-2"],
        user: User::Option { names: &["-u"], otherwise: None },
        ..PLAIN
    },
    Wrapper {
        names: &["env"],
        with_value: &["-u", "--unset", "-C", "--chdir"],
        alone: &["-i", "--ignore-environment", "-"],
        assignments: true,
        environment: Environment::DroppedBy(&["-i", "--ignore-environment", "-"]),
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
    // https://man7.org/linux/man-pages/man1/setpriv.1.html
    Wrapper {
        names: &["setpriv"],
        with_value: &[
            "--ambient-caps",
            "--apparmor-profile",
            "--bounding-set",
            "--egid",
            "--euid",
            "--groups",
            "--inh-caps",
            "--landlock-access",
            "--landlock-rule",
            "--pdeathsig",
            "--ptracer",
            "--regid",
            "--reuid",
            "--rgid",
            "--ruid",
            "--seccomp-filter",
            "--securebits",
            "--selinux-label",
        ],
        alone: &[
            "--clear-groups",
            "--init-groups",
            "--keep-groups",
            "--nnp",
            "--no-new-privs",
            "--reset-env",
        ],
        // What a process may read is decided by its effective user.
        user: User::Option { names: &["--reuid", "--euid"], otherwise: None },
        environment: Environment::DroppedBy(&["--reset-env"]),
        ..PLAIN
    },
    // Datadog's serverless-init runs its arguments:
    // https://docs.datadoghq.com/serverless/google_cloud_run/containers/in_container/java/
    Wrapper { names: &["datadog-init"], ..PLAIN },
    // https://github.com/just-containers/s6-overlay#container-environment
    Wrapper { names: &["with-contenv"], ..PLAIN },
    // Secrets into the environment: https://github.com/segmentio/chamber#exec,
    // https://developer.1password.com/docs/cli/reference/commands/run/,
    // https://github.com/99designs/aws-vault, https://github.com/tellerops/teller
    Wrapper { names: &["chamber", "op", "aws-vault", "teller"], behind_dashes: true, ..PLAIN },
    // https://github.com/bank-vaults/vault-env, https://github.com/remind101/ssm-env
    Wrapper { names: &["vault-env", "ssm-env", "aws-env", "pid1"], ..PLAIN },
    // https://github.com/hashicorp/envconsul: options with `=` or a value, then the command.
    Wrapper {
        names: &["envconsul"],
        with_value: &["-config", "-prefix", "-secret", "-consul-addr", "-vault-addr", "-log-level"],
        alone: &["-once", "-upcase", "-pristine", "-sanitize", "-no-prefix"],
        ..PLAIN
    },
    // https://docs.datadoghq.com/security/workload_protection/guide/ebpf-free-agent/
    Wrapper { names: &["cws-instrumentation"], behind_dashes: true, ..PLAIN },
    Wrapper {
        names: &["exec"],
        with_value: &["-a"],
        alone: &["-c", "-l"],
        environment: Environment::DroppedBy(&["-c"]),
        ..PLAIN
    },
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
    // https://www.sudo.ws/docs/man/sudo.man/; with -i or -s a shell reads the command.
    Wrapper {
        names: &["sudo"],
        with_value: &[
            "-C",
            "--close-from",
            "-D",
            "--chdir",
            "-g",
            "--group",
            "-h",
            "--host",
            "-p",
            "--prompt",
            "-R",
            "--chroot",
            "-r",
            "--role",
            "-T",
            "--command-timeout",
            "-t",
            "--type",
            "-u",
            "--user",
        ],
        alone: &[
            "-A",
            "--askpass",
            "-B",
            "--bell",
            "-b",
            "--background",
            "-E",
            "--preserve-env",
            "-H",
            "--set-home",
            "-k",
            "--reset-timestamp",
            "-N",
            "--no-update",
            "-n",
            "--non-interactive",
            "-P",
            "--preserve-groups",
            "-S",
            "--stdin",
        ],
        assignments: true,
        user: User::Option { names: &["-u", "--user"], otherwise: Some("root") },
        // `env_reset` is on unless /etc/sudoers says otherwise.
        environment: Environment::PassedBy(&["-E", "--preserve-env"]),
        ..PLAIN
    },
    // https://man.openbsd.org/doas
    Wrapper {
        names: &["doas"],
        with_value: &["-C", "-u"],
        alone: &["-n"],
        user: User::Option { names: &["-u"], otherwise: Some("root") },
        // It does so only where `keepenv` stands in doas.conf.
        environment: Environment::PassedBy(&[]),
        ..PLAIN
    },
    // https://man7.org/linux/man-pages/man1/runuser.1.html: with -u it runs a command, and else as su.
    Wrapper {
        names: &["runuser"],
        with_value: &[
            "-u",
            "--user",
            "-g",
            "--group",
            "-G",
            "--supp-group",
            "-s",
            "--shell",
            "-w",
            "--whitelist-environment",
        ],
        alone: SU_FLAGS,
        user: User::Option { names: &["-u", "--user"], otherwise: None },
        environment: Environment::DroppedBy(LOGIN),
        text: &["-c", "--command", "--session-command"],
        ..PLAIN
    },
    // https://man7.org/linux/man-pages/man1/su.1.html
    Wrapper {
        names: &["su"],
        with_value: &[
            "-g",
            "--group",
            "-G",
            "--supp-group",
            "-s",
            "--shell",
            "-w",
            "--whitelist-environment",
        ],
        alone: SU_FLAGS,
        user: User::Operand,
        environment: Environment::DroppedBy(LOGIN),
        text: &["-c", "--command", "--session-command"],
        ..PLAIN
    },
    // s6-overlay's init takes the command as its arguments.
    Wrapper { names: &["/init"], ..PLAIN },
    // https://github.com/adoptium/containers: imports certificates, then runs its arguments.
    Wrapper { names: &["__cacert_entrypoint.sh"], ..PLAIN },
    // https://github.com/docker-library/maven: runs its arguments.
    Wrapper { names: &["mvn-entrypoint.sh"], ..PLAIN },
];

/// The options with which su and runuser begin anew, as at a login: nothing of the environment is left.
const LOGIN: &[&str] = &["-", "-l", "--login"];

/// The options of su and runuser that stand alone.
const SU_FLAGS: &[&str] = &[
    "-",
    "-f",
    "--fast",
    "-l",
    "--login",
    "-m",
    "-p",
    "--preserve-environment",
    "-P",
    "--pty",
    "-T",
    "--no-pty",
];
