package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// agentPort is where tracers look that are told of no port.
const agentPort = "8126"

// network is one row of the table: a folder under networks/ with a Dockerfile and its task definition, which are
// patched together. The service is started as ECS would start it, and the trace agent listens in the network of a
// container beside it.
type network struct {
	name string
	// flags are entrypatch's, besides those that every service has.
	flags []string
	// isShared: both containers are in one network namespace, as in a task in awsvpc mode. Else each has its own, and a
	// link leads from the one to the other.
	isShared bool
	// alone: the image that is patched without its task sends its spans where nobody is.
	alone bool
}

var networks = []network{
	{name: "awsvpc", isShared: true, flags: []string{"--api-key-secret", "arn:aws:ssm:eu-west-1:111122223333:parameter/dd"}},
	{name: "bridge", alone: true},
}

func (p proof) network(n network) (string, error) {
	engine, ok := p.engine.(docker)
	if !ok {
		return "", errors.New("it wants Docker")
	}
	folder, err := p.copy("networks", n.name)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"task.json", "entrypatch.toml"} {
		if err := copyFile(filepath.Join(p.source, "networks", n.name, name), filepath.Join(folder, name)); err != nil {
			return "", err
		}
	}
	beside, err := engine.startBeside(n)
	defer engine.stopBeside(n)
	if err != nil {
		return "", err
	}
	if err := p.agent.listenIn(beside.process); err != nil {
		return "", fmt.Errorf("the trace agent: %w", err)
	}
	text := "exit 0, spans of this service and env"
	if n.alone {
		if err := p.networkAlone(n, folder, engine, beside); err != nil {
			return "", fmt.Errorf("the image patched alone: %w", err)
		}
		text = "patched without its task: exit 0, no span; with it: " + text
	}
	if err := p.patch(service{flags: n.flags}, folder); err != nil {
		return "", err
	}
	id := n.name + "/after"
	got, err := p.startIn(n, folder, id, engine, beside)
	if err == nil && got.exit != 0 {
		err = fmt.Errorf("exit %d\n%s", got.exit, lastLines(got.said()))
	}
	if err != nil {
		return "", err
	}
	return text, judgeSpans(n.name, environmentName, p.agent.spansOf(id))
}

// networkAlone holds the image that is patched without its task to it: the program runs, and no span comes.
func (p proof) networkAlone(n network, folder string, engine docker, beside beside) error {
	alone := filepath.Join(p.work, "networks-alone", n.name)
	if err := os.MkdirAll(filepath.Dir(alone), 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(alone, os.DirFS(folder)); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(alone, "task.json")); err != nil {
		return err
	}
	if err := p.patch(service{flags: []string{"--isolated"}}, alone); err != nil {
		return err
	}
	id := n.name + "/alone"
	got, err := p.startIn(n, alone, id, engine, beside)
	if err != nil {
		return err
	}
	if spans := p.agent.spansOf(id); got.exit != 0 || len(spans) > 0 || p.agent.requestsOf(id) != 1 {
		return fmt.Errorf("exit %d, %d requests, spans: %v\n%s", got.exit, p.agent.requestsOf(id), spans, lastLines(got.said()))
	}
	return nil
}

// startIn builds a folder and starts what comes of it, with the variables of its task, in the network of the row.
func (p proof) startIn(n network, folder, id string, engine docker, beside beside) (ended, error) {
	image := "proof/network-" + strings.ReplaceAll(id, "/", ":")
	if err := engine.build(folder, image, map[string]string{"TRACER_URL": p.agent.jarURL()}); err != nil {
		return ended{}, fmt.Errorf("it does not build: %w", err)
	}
	environment, err := taskEnvironment(filepath.Join(folder, "task.json"))
	if err != nil {
		return ended{}, err
	}
	for name, value := range map[string]string{
		"DEMO_URL":                             "http://" + beside.address + ":" + agentPort + "/demo/" + id,
		"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
		"DD_REMOTE_CONFIGURATION_ENABLED":      "false",
	} {
		environment[name] = value
	}
	return engine.runIn(image, environment, beside.flags)
}

// taskEnvironment are the variables that a task sets for the service; none, where there is no task.
func taskEnvironment(file string) (map[string]string, error) {
	environment := map[string]string{}
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return environment, nil
	}
	var task struct {
		ContainerDefinitions []struct {
			Environment []struct{ Name, Value string }
		}
	}
	if err == nil {
		err = json.Unmarshal(data, &task)
	}
	if err == nil && len(task.ContainerDefinitions) == 0 {
		err = fmt.Errorf("%s has no container", file)
	}
	if err != nil {
		return nil, err
	}
	for _, one := range task.ContainerDefinitions[0].Environment {
		environment[one.Name] = one.Value
	}
	return environment, nil
}

// beside is the container in whose network the trace agent listens.
type beside struct {
	// process is that of the container, seen from this machine.
	process string
	// address is where the service reaches it.
	address string
	// flags are Docker's, for the service.
	flags []string
}

func besideName(n network) string { return "proof-beside-" + n.name }

// startBeside starts the container beside the service, in a network of its own; a link, as ECS makes it, is a line in
// /etc/hosts.
func (d docker) startBeside(n network) (beside, error) {
	name, where := besideName(n), "none"
	if !n.isShared {
		where = name
		if _, err := output(d.command(context.Background(), "network", "create", where)); err != nil {
			return beside{}, err
		}
	}
	args := []string{"run", "--detach", "--name", name, "--network", where, "--entrypoint", "sleep", bases[0].name, "600"}
	if _, err := output(d.command(context.Background(), args...)); err != nil {
		return beside{}, err
	}
	format := "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
	text, err := output(d.command(context.Background(), "inspect", "--format", format, name))
	if err != nil {
		return beside{}, err
	}
	words := strings.Fields(text)
	if n.isShared && len(words) > 0 {
		return beside{words[0], "localhost", []string{"--network", "container:" + name}}, nil
	}
	if len(words) != 2 {
		return beside{}, fmt.Errorf("the container beside has no address: %q", text)
	}
	return beside{words[0], words[1], []string{"--network", where, "--add-host", "datadog-agent:" + words[1]}}, nil
}

func (d docker) stopBeside(n network) {
	d.command(context.Background(), "rm", "--force", besideName(n)).Run()
	d.command(context.Background(), "network", "rm", besideName(n)).Run()
}

// listenIn takes traces in the network namespace of a process too.
func (a *traceAgent) listenIn(process string) error {
	type result struct {
		listener net.Listener
		err      error
	}
	done := make(chan result)
	go func() {
		// The thread ends with this function, for it is not let go: it stays in the other namespace.
		runtime.LockOSThread()
		file, err := os.Open("/proc/" + process + "/ns/net")
		if err != nil {
			done <- result{err: err}
			return
		}
		defer file.Close()
		if _, _, failed := syscall.RawSyscall(setns, file.Fd(), syscall.CLONE_NEWNET, 0); failed != 0 {
			done <- result{err: failed}
			return
		}
		listener, err := net.Listen("tcp", "0.0.0.0:"+agentPort)
		done <- result{listener, err}
	}()
	got := <-done
	if got.err == nil {
		go a.server.Serve(got.listener)
	}
	return got.err
}

// runIn starts a container in another network than that of this machine.
func (d docker) runIn(image string, environment map[string]string, flags []string) (ended, error) {
	return d.runWith(image, append(pairs("--env", environment), flags...))
}

// setns is the number of the system call: package syscall has none.
var setns = map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH]
