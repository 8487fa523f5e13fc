// Command buildkit-referee reads Dockerfiles with BuildKit's own parser. It is
// the second opinion on what entrypatch says about them: see README.md.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const usage = `usage:
  buildkit-referee read [--target NAME] FILE...
  buildkit-referee prove --entrypatch BIN [--json-out FILE] [--no-require-launch] DIR... [-- ENTRYPATCH-ARG...]
  buildkit-referee remove --entrypatch BIN DIR... [-- ENTRYPATCH-ARG...]
  buildkit-referee compare --entrypatch BIN DIR...
  buildkit-referee texts --entrypatch BIN DIR... [-- ENTRYPATCH-ARG...]
`

// errFailed ends the program with status 1 after the reason has been printed.
var errFailed = errors.New("failed")

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case err == nil:
	case errors.Is(err, errFailed):
		os.Exit(1)
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	default:
		fmt.Fprintf(os.Stderr, "buildkit-referee: %v\n%s", err, usage)
		os.Exit(2)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("a subcommand is needed")
	}
	switch args[0] {
	case "read":
		return runRead(args[1:], stdin, stdout)
	case "compare", "prove", "remove", "texts":
		return runOn(args[0], args[1:], stdout)
	case "help", "-h", "--help":
		return flag.ErrHelp
	default:
		return fmt.Errorf("unknown subcommand %q", args[0])
	}
}

// runRead prints one JSON object a line for each file. A bad file is a line
// with an "error"; only bad usage makes the command fail.
func runRead(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := newFlags("read")
	target := flags.String("target", "", "stage to build instead of the last one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	names := flags.Args()
	if len(names) == 0 {
		list, err := io.ReadAll(stdin)
		if err != nil {
			return err
		}
		names = splitNames(list)
	}
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	for _, name := range names {
		data, err := os.ReadFile(name)
		reading := readDockerfile(name, data, *target)
		if err != nil {
			reading = unreadable(name, err.Error())
		}
		if err := out.Encode(reading); err != nil {
			return err
		}
	}
	return nil
}

// splitNames takes a list as `find -print0` or as `find` prints it.
func splitNames(list []byte) []string {
	separator := "\n"
	if bytes.IndexByte(list, 0) >= 0 {
		separator = "\x00"
	}
	names := strings.Split(string(list), separator)
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// runOn runs one of the commands that try entrypatch on directories.
func runOn(command string, args []string, stdout io.Writer) error {
	// Everything behind the first "--" belongs to entrypatch, so it is cut off
	// before the flag package sees it.
	var extra []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, extra = args[:i], args[i+1:]
	}
	flags := newFlags(command)
	name := flags.String("entrypatch", "", "the entrypatch program to judge")
	jsonOut := flags.String("json-out", "", "prove: file for the results as JSON")
	noRequireLaunch := flags.Bool("no-require-launch", false, "prove: accept a directory or a java start without a launch")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dirs := flags.Args()
	if len(dirs) == 0 {
		// "prove --entrypatch BIN -- EXTRA DIR..." is accepted too: the existing
		// directories at the end are the ones to prove.
		i := len(extra)
		for i > 0 && isDir(extra[i-1]) {
			i--
		}
		dirs, extra = extra[i:], extra[:i]
	}
	if *name == "" || len(dirs) == 0 {
		return fmt.Errorf("%s needs --entrypatch BIN and at least one DIR", command)
	}
	// entrypatch runs inside temporary directories, where a relative name would
	// not find it.
	bin, err := exec.LookPath(*name)
	if err == nil {
		bin, err = filepath.Abs(bin)
	}
	if err != nil {
		return err
	}

	p := prover{bin: bin, extra: extra, requireLaunch: !*noRequireLaunch}
	switch command {
	case "compare":
		return runCompare(bin, dirs, stdout)
	case "remove":
		return p.runRemove(dirs, stdout)
	case "texts":
		return p.runTexts(dirs, stdout)
	}
	return p.runProve(dirs, *jsonOut, stdout)
}

func (p *prover) runProve(dirs []string, jsonOut string, stdout io.Writer) error {
	s := summary{Files: []*result{}, Verdicts: map[string]int{}, Patched: map[string]int{}, Inserted: map[string]int{}}
	for _, dir := range dirs {
		results, err := p.proveDir(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		s.add(results)
	}
	if jsonOut != "" {
		data, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(jsonOut, append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	return s.print(stdout)
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
