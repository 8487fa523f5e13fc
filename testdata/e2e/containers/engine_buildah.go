package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// buildah stands in where no Docker engine can be started. It runs no
// ENTRYPOINT by itself: what it runs is read from the image's configuration.
type buildah struct {
	program, root string
}

func (b buildah) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, b.program, append([]string{
		"--root", filepath.Join(b.root, "root"), "--runroot", filepath.Join(b.root, "run"),
	}, args...)...)
	// A chroot needs neither runc nor control groups.
	command.Env = append(os.Environ(), "BUILDAH_ISOLATION=chroot")
	return command
}

func (b buildah) do(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	out, err := output(b.command(ctx, args...))
	return strings.TrimSpace(out), err
}

func (b buildah) describe() (string, error) { return b.do("--version") }

func (b buildah) importImage(name string, changes []string, filesystem io.Reader) error {
	folder, err := os.MkdirTemp(filepath.Dir(b.root), "import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file, err := os.Create(filepath.Join(folder, "root.tar"))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, filesystem)
	file.Close()
	if err != nil {
		return err
	}
	text := "FROM scratch\nADD root.tar /\n" + strings.Join(changes, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(text), 0o644); err != nil {
		return err
	}
	return b.build(folder, name, nil)
}

func (b buildah) build(folder, image string, arguments map[string]string) error {
	args := []string{"build", "--pull-never", "--layers", "--network=host", "--format=docker", "--tag", image}
	args = append(args, pairs("--build-arg", arguments)...)
	_, err := b.do(append(args, folder)...)
	return err
}

func (b buildah) run(image string, environment map[string]string) (ended, error) {
	text, err := b.do("inspect", "--type", "image", image)
	if err != nil {
		return ended{}, err
	}
	argv, err := imageArgv([]byte(text))
	if err != nil {
		return ended{}, err
	}
	container, err := b.do("from", "--pull-never", image)
	if err != nil {
		return ended{}, err
	}
	defer b.do("rm", container)
	args := append([]string{"run", "--network=host"}, pairs("--env", environment)...)
	args = append(append(args, container, "--"), argv...)
	return runToEnd(func(ctx context.Context) *exec.Cmd { return b.command(ctx, args...) })
}

// imageArgv is what an engine would start: ENTRYPOINT, then CMD.
func imageArgv(inspected []byte) ([]string, error) {
	var image struct {
		Docker struct {
			Config struct {
				Entrypoint, Cmd []string
			} `json:"config"`
		}
	}
	if err := json.Unmarshal(inspected, &image); err != nil {
		return nil, err
	}
	argv := append(image.Docker.Config.Entrypoint, image.Docker.Config.Cmd...)
	if len(argv) == 0 {
		return nil, fmt.Errorf("the image starts nothing")
	}
	return argv, nil
}
