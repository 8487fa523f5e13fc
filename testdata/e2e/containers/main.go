// Command containers-proof builds services before and after entrypatch's patch,
// starts both with a real container engine and the real tracer, and looks at
// what comes to a trace agent: see README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const usage = `usage:
  containers-proof --entrypatch BIN --source DIR --cache DIR --work DIR \
      --tracer JAR --jacoco JAR [--java-8 DIR | --no-java-8 REASON] \
      (--docker CLIENT --host URL | --buildah CLIENT) [NAME...]
`

// errFailed ends the program with status 1 after the reason has been printed.
var errFailed = errors.New("failed")

// errUsage is why the usage is printed.
var errUsage = errors.New("usage")

func main() {
	err := prove(os.Args[1:], os.Stdout)
	switch {
	case err == nil:
	case errors.Is(err, errFailed):
		os.Exit(1)
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "containers-proof: %v\n%s", err, usage)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "containers-proof: %v\n", err)
		os.Exit(2)
	}
}

// options are the flags.
type options struct {
	entrypatch, source, cache, work string
	tracer, jacoco, tomcat          string
	java8, noJava8                  string
	docker, host, buildah           string
	only                            []string
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("containers-proof", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for name, value := range map[string]*string{
		"entrypatch": &o.entrypatch, "source": &o.source, "cache": &o.cache, "work": &o.work,
		"tracer": &o.tracer, "jacoco": &o.jacoco, "tomcat": &o.tomcat,
	} {
		flags.StringVar(value, name, "", "needed")
	}
	flags.StringVar(&o.java8, "java-8", "", "a folder with Debian's Java 8, unpacked")
	flags.StringVar(&o.noJava8, "no-java-8", "none was given", "why there is none")
	flags.StringVar(&o.docker, "docker", "", "the client")
	flags.StringVar(&o.host, "host", "", "the socket of the engine")
	flags.StringVar(&o.buildah, "buildah", "", "the program")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.only = flags.Args()
	for name, value := range map[string]string{"entrypatch": o.entrypatch, "source": o.source, "cache": o.cache,
		"work": o.work, "tracer": o.tracer, "jacoco": o.jacoco, "tomcat": o.tomcat} {
		if value == "" {
			return o, fmt.Errorf("--%s is missing", name)
		}
	}
	if (o.docker == "") == (o.buildah == "") {
		return o, errors.New("either --docker or --buildah")
	}
	return o, nil
}

func (o options) engine() engine {
	if o.docker != "" {
		return docker{o.docker, o.host}
	}
	return buildah{o.buildah, filepath.Join(o.work, "buildah")}
}

func prove(args []string, stdout io.Writer) error {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	began := time.Now()
	agent, err := startTraceAgent(o.tracer)
	if err != nil {
		return err
	}
	defer agent.stop()
	jvms, err := findJVMs(o.cache, o.java8)
	if err != nil {
		return err
	}
	sources := []string{filepath.Join(o.source, "app/App.java"), filepath.Join(o.source, "app/Bootstrap.java")}
	jar, err := compile(sources, o.work)
	if err != nil {
		return err
	}
	p := proof{engine: o.engine(), agent: agent, entrypatch: o.entrypatch, source: o.source, work: o.work, tracer: o.tracer,
		context: map[string]string{
			"app.jar": jar, "App.java": filepath.Join(o.source, "app/App.java"),
			"jacocoagent.jar": o.jacoco,
		}}
	needed, err := neededBases(o.source, jvms)
	if err != nil {
		return err
	}
	if err := p.prepare(parts{jvms: jvms, tomcat: o.tomcat, app: jar}, needed, filepath.Base(o.tracer), stdout); err != nil {
		return err
	}
	subjects, err := p.subjects(o)
	if err != nil {
		return err
	}
	passed, failed, skipped := run(subjects, stdout)
	for _, problem := range agent.unread() {
		failed++
		fmt.Fprintf(stdout, "FAIL     trace agent: %s\n", problem)
	}
	fmt.Fprintf(stdout, "containers: %d passed, %d failed, %d skipped in %.0f s\n",
		passed, failed, skipped, time.Since(began).Seconds())
	if failed > 0 || passed == 0 {
		return errFailed
	}
	return nil
}

// prepare makes the base images, and finds out what the engine can do.
func (p *proof) prepare(with parts, needed []string, tracer string, stdout io.Writer) error {
	name, err := p.engine.describe()
	if err != nil {
		return err
	}
	if err := p.importBases(with, needed); err != nil {
		return err
	}
	if err := p.measureChmod(); err != nil {
		return fmt.Errorf("ADD --chmod: %w", err)
	}
	if err := p.tryHereDocument(); err != nil {
		return fmt.Errorf("here-documents: %w", err)
	}
	mode := "applies --chmod to an ADD of a URL"
	if p.chmodIgnored {
		mode = "ignores --chmod for an ADD of a URL (mode 0600)"
	}
	fmt.Fprintf(stdout, "engine: %s, %s; tracer: %s\n", name, mode, tracer)
	return nil
}

// subjects lists what there is to prove, or the part of it that was named.
func (p *proof) subjects(o options) (list []subject, err error) {
	for _, s := range services {
		skipped := ""
		if s.name == "java-8" && o.java8 == "" {
			skipped = o.noJava8
		}
		if s.hereDocument && !p.hereDocuments {
			skipped = "this engine reads no here-documents"
		}
		list = append(list, subject{s.name, func() (string, error) { return p.service(s) }, skipped})
	}
	for _, n := range networks {
		skipped := ""
		if _, ok := p.engine.(docker); !ok {
			skipped = "only Docker has networks here"
		}
		list = append(list, subject{"network " + n.name, func() (string, error) { return p.network(n) }, skipped})
	}
	for _, f := range failures {
		list = append(list, subject{"must fail: " + f.name, func() (string, error) { return p.failure(f) }, ""})
	}
	if len(o.only) == 0 {
		return list, nil
	}
	list = slices.DeleteFunc(list, func(s subject) bool { return !slices.Contains(o.only, s.name) })
	if len(list) != len(o.only) {
		return nil, fmt.Errorf("not all of these are in the table: %s", strings.Join(o.only, " "))
	}
	return list, nil
}

// neededBases lists the base images of all Dockerfiles for which there is a JVM.
func neededBases(source string, jvms map[jvmKind]string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(source, "*", "*", "Dockerfile"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, name := range baseNames(string(text)) {
			b, found := baseNamed(name)
			if !found {
				return nil, fmt.Errorf("%s: %s is not in the table of base images", file, name)
			}
			if _, there := jvms[b.jvm]; there && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// baseNames lists the images of a Dockerfile that are no stages of it.
func baseNames(text string) (names []string) {
	stages := map[string]bool{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "FROM" {
			continue
		}
		if !stages[words[1]] && !slices.Contains(names, words[1]) {
			names = append(names, words[1])
		}
		if len(words) == 4 {
			stages[words[3]] = true
		}
	}
	return names
}
