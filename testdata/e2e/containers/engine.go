package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// engine builds images and runs containers, all on the network of this machine,
// so that the loopback is the same inside and outside.
type engine interface {
	// describe names the engine with its version.
	describe() (string, error)
	// importImage makes an image of a file system, as tar. changes are
	// instructions of Dockerfiles that configure it.
	importImage(name string, changes []string, filesystem io.Reader) error
	// build builds folder/Dockerfile; an error holds what the engine printed.
	build(folder, image string, arguments map[string]string) error
	// run starts a container of an image and waits for its end.
	run(image string, environment map[string]string) (ended, error)
}

// ended is what a container left behind.
type ended struct {
	exit           int
	stdout, stderr string
}

// said is all that it printed: a JVM tells some errors on stdout.
func (e ended) said() string { return e.stderr + e.stdout }

const (
	buildTime = 3 * time.Minute
	runTime   = 90 * time.Second
)

// docker is the real engine behind a socket of ours.
type docker struct {
	client, host string
}

func (d docker) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, d.client, append([]string{"--host", d.host}, args...)...)
	command.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	command.WaitDelay = time.Second
	return command
}

func (d docker) describe() (string, error) {
	version, err := output(d.command(context.Background(), "version", "--format", "{{.Server.Version}}"))
	return "Docker " + strings.TrimSpace(version), err
}

func (d docker) importImage(name string, changes []string, filesystem io.Reader) error {
	args := []string{"import"}
	for _, change := range changes {
		args = append(args, "--change", change)
	}
	command := d.command(context.Background(), append(args, "-", name)...)
	command.Stdin = filesystem
	_, err := output(command)
	return err
}

func (d docker) build(folder, image string, arguments map[string]string) error {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	args := []string{"build", "--progress=plain", "--network=host", "--tag", image}
	args = append(args, pairs("--build-arg", arguments)...)
	_, err := output(d.command(ctx, append(args, folder)...))
	return err
}

func (d docker) run(image string, environment map[string]string) (ended, error) {
	return d.runWith(image, append(pairs("--env", environment), "--network=host"))
}

// runWith starts a container with flags of Docker's.
func (d docker) runWith(image string, flags []string) (ended, error) {
	name := strings.NewReplacer("/", "-", ":", "-").Replace(image)
	args := append([]string{"run", "--name", name}, flags...)
	// A client that is killed leaves its container behind.
	defer d.command(context.Background(), "rm", "--force", name).Run()
	return runToEnd(func(ctx context.Context) *exec.Cmd { return d.command(ctx, append(args, image)...) })
}

// runToEnd gives the exit code of a command; that it does not start, or does not
// end, is an error.
func runToEnd(command func(context.Context) *exec.Cmd) (ended, error) {
	ctx, cancel := context.WithTimeout(context.Background(), runTime)
	defer cancel()
	var stdout, stderr bytes.Buffer
	process := command(ctx)
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Run()
	got := ended{stdout: stdout.String(), stderr: stderr.String()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return got, fmt.Errorf("it did not end in %v\n%s", runTime, lastLines(got.said()))
	case errors.As(err, &exit):
		got.exit = exit.ExitCode()
		return got, nil
	default:
		return got, err
	}
}

// output gives stdout, and puts both outputs into the error.
func output(command *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command.Args[0], err, lastLines(stderr.String()+stdout.String()))
	}
	return stdout.String(), nil
}

func pairs(flag string, values map[string]string) (args []string) {
	for name, value := range values {
		args = append(args, flag, name+"="+value)
	}
	return args
}

// lastLines is the part of an output that says why.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = lines[max(0, len(lines)-12):]
	for i, line := range lines {
		if len(line) > 300 {
			lines[i] = line[:300] + "…"
		}
	}
	return "    " + strings.Join(lines, "\n    ")
}
