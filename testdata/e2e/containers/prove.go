package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// environmentName is the dd.env of all services.
const environmentName = "e2e"

// proof is what all services share.
type proof struct {
	engine     engine
	agent      *traceAgent
	entrypatch string
	source     string // the folder of services/ and failures/
	work       string
	tracer     string // its jar
	// context are the files that Dockerfiles copy by these names.
	context map[string]string
	// chmodIgnored: the engine ignores the --chmod of an ADD of a URL.
	chmodIgnored bool
	// hereDocuments: the engine reads them.
	hereDocuments bool
}

// subject is one line of the report.
type subject struct {
	name string
	// prove gives what to say of a success.
	prove func() (string, error)
	// skipped is why it is not tried.
	skipped string
}

// run proves some subjects at a time, and prints them in their order.
func run(subjects []subject, stdout io.Writer) (passed, failed, skipped int) {
	type result struct {
		text string
		err  error
	}
	results := make([]chan result, len(subjects))
	for i := range subjects {
		results[i] = make(chan result, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := range next {
				text, err := subjects[i].prove()
				results[i] <- result{text, err}
			}
		})
	}
	go func() {
		for i, s := range subjects {
			if s.skipped == "" {
				next <- i
			}
		}
		close(next)
	}()
	for i, s := range subjects {
		if s.skipped != "" {
			skipped++
			fmt.Fprintf(stdout, "skipped  %s: %s\n", s.name, s.skipped)
			continue
		}
		r := <-results[i]
		if r.err != nil {
			failed++
			fmt.Fprintf(stdout, "FAIL     %s: %v\n", s.name, r.err)
			continue
		}
		passed++
		fmt.Fprintf(stdout, "ok       %s: %s\n", s.name, r.text)
	}
	workers.Wait()
	return passed, failed, skipped
}

// importBases makes the images that the Dockerfiles of the subjects start from.
func (p proof) importBases(with parts, names []string) error {
	for _, name := range names {
		b, found := baseNamed(name)
		if !found {
			return fmt.Errorf("%s is not in the table of base images", name)
		}
		reader, writer := io.Pipe()
		go func() { writer.CloseWithError(b.write(writer, with)) }()
		err := p.engine.importImage(b.name, b.changes, reader)
		reader.CloseWithError(err)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}

// measureChmod finds out whether the engine gives a file of a URL the mode that
// ADD --chmod says.
func (p *proof) measureChmod() error {
	folder := filepath.Join(p.work, "chmod")
	text := "FROM " + bases[0].name + "\nADD --chmod=755 " + p.agent.jarURL() + " /usr/agent/dd-java-agent.jar\n" +
		"ENTRYPOINT [\"stat\", \"-c\", \"%a\", \"/usr/agent/dd-java-agent.jar\"]\n"
	err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(text), 0o644))
	if err != nil {
		return err
	}
	if err := p.engine.build(folder, "proof/chmod:now", nil); err != nil {
		return err
	}
	got, err := p.engine.run("proof/chmod:now", nil)
	if err != nil {
		return err
	}
	mode := strings.TrimSpace(got.stdout)
	switch mode {
	case "755":
	case "600":
		p.chmodIgnored = true
	default:
		return fmt.Errorf("the jar has mode %q: %s", mode, got.stderr)
	}
	return nil
}

// tryHereDocument finds out whether the engine reads the here-documents of COPY.
func (p *proof) tryHereDocument() error {
	folder := filepath.Join(p.work, "here-document")
	text := "FROM " + bases[0].name + "\nCOPY <<EOF /text\nEXPOSE 1\nEOF\n"
	err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(text), 0o644))
	p.hereDocuments = err == nil && p.engine.build(folder, "proof/here-document:now", nil) == nil
	return err
}

// start builds a folder and starts what comes of it; id is what its request to
// the trace agent is called, and part of the image's name.
func (p proof) start(folder, id string) (ended, error) {
	image := "proof/" + strings.ReplaceAll(id, "/", ":")
	if err := p.engine.build(folder, image, map[string]string{"TRACER_URL": p.agent.jarURL()}); err != nil {
		return ended{}, fmt.Errorf("it does not build: %w", err)
	}
	return p.engine.run(image, map[string]string{
		"DEMO_URL":                             p.agent.demoURL(id),
		"DD_TRACE_AGENT_PORT":                  p.agent.port(),
		"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
		"DD_REMOTE_CONFIGURATION_ENABLED":      "false",
	})
}

// startUntraced starts what must come to a known end, and to no span.
func (p proof) startUntraced(folder, id string, want outcome, arguments []string) (string, error) {
	got, err := p.start(folder, id)
	if err != nil {
		return "", err
	}
	text, err := judgeEnd(want, arguments, got)
	if err != nil {
		return "", err
	}
	if spans := p.agent.spansOf(id); (len(spans) > 0) != want.traced {
		return "", fmt.Errorf("its spans: %v", spans)
	}
	if requests := p.agent.requestsOf(id); (requests == 1) != (want.exit == 0) {
		return "", fmt.Errorf("exit %d, and %d requests", want.exit, requests)
	}
	return text, nil
}

func (p proof) service(s service) (string, error) {
	folder, err := p.copy("services", s.name)
	if err != nil {
		return "", err
	}
	before, err := p.startUntraced(folder, s.name+"/before", s.before, s.arguments)
	if err != nil {
		return "", fmt.Errorf("before the patch: %w", err)
	}
	text := "before: " + before + "; after: exit 0, its arguments, spans of this service and env"
	if s.user && p.chmodIgnored {
		if err := p.copyTheJar(folder); err != nil {
			return "", err
		}
		text += " (the jar by COPY: this engine ignores ADD --chmod)"
	}
	if err := p.patch(s, folder); err != nil {
		return "", err
	}
	got, err := p.start(folder, s.name+"/after")
	if err == nil {
		err = judgePatched(s, environmentName, got, p.agent.spansOf(s.name+"/after"))
	}
	if err != nil {
		return "", fmt.Errorf("after the patch: %w", err)
	}
	return text, nil
}

func (p proof) failure(f failure) (string, error) {
	folder, err := p.copy("failures", f.name)
	if err != nil {
		return "", err
	}
	return p.startUntraced(folder, "failure-"+f.name+"/now", f.outcome, f.arguments)
}

// patch lets entrypatch write, and check that nothing is left to do.
func (p proof) patch(s service, folder string) error {
	for _, command := range []string{"fix", "check"} {
		args := append([]string{command, "--env", environmentName, "--agent-url", p.agent.jarURL()}, s.flags...)
		process := exec.Command(p.entrypatch, append(args, filepath.Base(folder))...)
		process.Dir = filepath.Dir(folder)
		if _, err := output(process); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	return nil
}

// copy makes the build context: the folder, and what its Dockerfile copies of
// the common files.
func (p proof) copy(kind, name string) (string, error) {
	source, folder := filepath.Join(p.source, kind, name), filepath.Join(p.work, kind, name)
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(source, "Dockerfile"))
	if err != nil {
		return "", err
	}
	for name, file := range p.context {
		if strings.Contains(string(text), "COPY "+name) {
			if err := copyFile(file, filepath.Join(folder, name)); err != nil {
				return "", err
			}
		}
	}
	return folder, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// tracerJar is the name of the tracer's jar in a build context.
const tracerJar = "dd-java-agent.jar"

// copyTheJar writes what a person would, where ADD --chmod cannot work: the jar
// from the build context, in the stage that starts. entrypatch leaves it alone.
func (p proof) copyTheJar(folder string) error {
	if err := copyFile(p.tracer, filepath.Join(folder, tracerJar)); err != nil {
		return err
	}
	name := filepath.Join(folder, "Dockerfile")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(withCopiedJar(string(text))), 0o644)
}

// withCopiedJar adds a COPY behind the last FROM.
func withCopiedJar(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "FROM ") {
			return strings.Join(slices.Insert(lines, i+1, "COPY --chmod=755 "+tracerJar+" /usr/agent/"+tracerJar+"\n"), "")
		}
	}
	return text
}
