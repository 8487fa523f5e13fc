package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// callsFile is where the stubs write down that they were called. It is
	// there in a sandbox only, which is how a stub knows that it is one.
	callsFile = "/shell-proof-calls"
	initName  = "shell-proof-init"
	// sandboxUser is nobody's, so that a text can touch no process and no file
	// but its own.
	sandboxUser = 64321
	searchPath  = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// shell is one that is installed here.
type shell struct {
	name   string
	binary string   // here
	argv   []string // in the sandbox
}

func installedShells() (list []shell) {
	for _, name := range []string{"dash", "bash", "busybox"} {
		if binary, err := exec.LookPath(name); err == nil {
			s := shell{name, binary, []string{"/bin/" + name}}
			if name == "busybox" {
				s.argv = append(s.argv, "sh")
			}
			list = append(list, s)
		}
	}
	return list
}

// sandbox makes root directories that hold nothing real but the shells.
type sandbox struct {
	temp    string
	base    string   // the files that each root has
	files   []string // relative to base
	timeout time.Duration
	// inUserNamespace is how it goes without the rights of root.
	inUserNamespace bool
}

// newSandbox also tries whether this machine lets us use it. Without /proc
// busybox runs its smallest commands itself, and else takes our stubs.
func newSandbox(shells []shell) (*sandbox, error) {
	temp, err := os.MkdirTemp("", "shell-proof-")
	if err != nil {
		return nil, err
	}
	box := &sandbox{temp: temp, base: filepath.Join(temp, "base"), timeout: 5 * time.Second}
	err = box.fill(shells)
	if err == nil && box.try(shells) != nil {
		box.inUserNamespace = true
		err = box.try(shells)
	}
	if err != nil {
		box.remove()
		return nil, err
	}
	return box, nil
}

func (b *sandbox) try(shells []shell) error {
	probe := text{Before: "java probe"}
	for _, s := range shells {
		got, err := b.run(probe, probe.Before, s)
		if err == nil && len(got.calls) != 1 {
			err = fmt.Errorf("java is not reached in %s: %s", s.name, got.reason())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *sandbox) remove() {
	os.RemoveAll(b.temp)
}

func (b *sandbox) fill(shells []shell) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	real := map[string]string{"bin/" + initName: self}
	for _, s := range shells {
		real["bin/"+s.name] = s.binary
	}
	for _, binary := range slices.Collect(maps.Values(real)) {
		// The libraries by their full names; a static program has none.
		out, _ := exec.Command("ldd", binary).Output()
		for _, word := range strings.Fields(string(out)) {
			if path.IsAbs(word) {
				real[word[1:]] = word
			}
		}
	}
	for name, source := range real {
		data, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		target := filepath.Join(b.base, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, data, 0o755)); err != nil {
			return err
		}
		b.files = append(b.files, name)
	}
	return b.addDevices()
}

// addDevices makes every device a /dev/null; a file must do where no device can
// be made or opened.
func (b *sandbox) addDevices() error {
	for _, name := range []string{"dev/null", "dev/stdout", "dev/stderr", "dev/tty"} {
		target := filepath.Join(b.base, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		const null = 1<<8 | 3
		err := syscall.Mknod(target, syscall.S_IFCHR|0o666, null)
		if err == nil {
			err = os.WriteFile(target, []byte("x"), 0o666)
		}
		if err != nil {
			os.Remove(target)
			if err := os.WriteFile(target, nil, 0o666); err != nil {
				return err
			}
		}
		b.files = append(b.files, name)
	}
	return nil
}

// root makes a new root directory for one run of a text.
func (b *sandbox) root(t text, script string, s shell) (string, error) {
	root, err := os.MkdirTemp(b.temp, "root-")
	if err != nil {
		return "", err
	}
	in := func(name string) string { return filepath.Join(root, path.Join("/", name)) }
	// Programs that everybody may use and nobody may change.
	err = errors.Join(os.Chmod(root, 0o777), os.Mkdir(in("/bin"), 0o755), os.MkdirAll(in("/tmp"), 0o777))
	for _, name := range b.files {
		err = errors.Join(err, os.MkdirAll(filepath.Dir(in(name)), 0o777), os.Link(filepath.Join(b.base, name), in(name)))
	}
	err = errors.Join(err, os.Link(in("/bin/"+s.name), in("/bin/sh")), os.WriteFile(in(callsFile), nil, 0o666))
	if err != nil {
		return root, err
	}

	// From here on an error means that the text has an odd name in it, or the
	// same name for two things: it is the same before and after the patch.
	place := func(name, from string) {
		os.MkdirAll(filepath.Dir(in(name)), 0o777)
		os.Link(in(from), in(name))
	}
	needs := needsOf(t)
	for _, name := range needs.directories {
		os.MkdirAll(in(name), 0o777)
	}
	for _, name := range needs.programs {
		if slices.Contains(shellNames, path.Base(name)) {
			place(name, "/bin/sh")
		} else {
			place(name, "/bin/"+initName)
		}
	}
	for _, name := range needs.sourced {
		os.MkdirAll(filepath.Dir(in(name)), 0o777)
		if _, err := os.Lstat(in(name)); err != nil {
			os.WriteFile(in(name), nil, 0o666)
		}
	}
	if t.Script != "" {
		name := in(t.scriptPath())
		os.Remove(name) // a stub, if the script calls itself.
		return root, errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(script), 0o755))
	}
	return root, nil
}

// outcome is what one run of a text did.
type outcome struct {
	calls    [][]string
	code     int
	timedOut bool
	stderr   string
}

// run runs one of the two versions of a text in a root of its own, without
// network, as a user of its own, as the first process of its own.
func (b *sandbox) run(t text, version string, s shell) (outcome, error) {
	// A process id differs from run to run.
	version = strings.ReplaceAll(version, "$$", "PID")
	root, err := b.root(t, version, s)
	defer os.RemoveAll(root)
	if err != nil {
		return outcome{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.timeout)
	defer cancel()
	argv := append([]string{"/bin/" + initName}, s.argv...)
	if t.Script != "" {
		argv = append(argv, t.scriptPath())
	} else {
		argv = append(argv, "-"+t.Options+"c", version)
	}
	var stderr shortText
	command := exec.CommandContext(ctx, argv[0], append(argv[1:], t.Args...)...)
	command.Dir, command.Env, command.Stderr = t.workdir(), t.environment(), &stderr
	command.WaitDelay = time.Second
	command.SysProcAttr = b.isolated(root)
	err = command.Run()

	got := outcome{timedOut: ctx.Err() != nil, stderr: stderr.String()}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got.code = exit.ExitCode()
	} else if err != nil && !got.timedOut {
		return outcome{}, err
	}
	calls, err := os.ReadFile(filepath.Join(root, callsFile))
	if err == nil {
		got.calls, err = parseCalls(calls)
	}
	return got, err
}

func (b *sandbox) isolated(root string) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{
		Chroot:     root,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if !b.inUserNamespace {
		attributes.Credential = &syscall.Credential{Uid: sandboxUser, Gid: sandboxUser}
		return attributes
	}
	attributes.Cloneflags |= syscall.CLONE_NEWUSER
	attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: sandboxUser, HostID: os.Geteuid(), Size: 1}}
	attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: sandboxUser, HostID: os.Getegid(), Size: 1}}
	return attributes
}

// reason says in short why a run ended without what was hoped for.
func (o outcome) reason() string {
	if o.timedOut {
		return "stopped by the clock"
	}
	line, _, _ := strings.Cut(o.stderr, "\n")
	return strings.TrimSpace(fmt.Sprintf("exit %d %s", o.code, line))
}

// shortText keeps the beginning of what is written.
type shortText struct{ bytes.Buffer }

func (s *shortText) Write(data []byte) (int, error) {
	if room := 300 - s.Len(); room > 0 {
		s.Buffer.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}
