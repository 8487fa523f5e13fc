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
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const usage = `usage:
  buildkit-referee read [--target NAME] FILE...
  buildkit-referee prove --entrypatch BIN [--json-out FILE] [--no-require-launch] DIR... [-- ENTRYPATCH-ARG...]
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
	case "prove":
		return runProve(args[1:], stdout)
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

func runProve(args []string, stdout io.Writer) error {
	// Everything behind the first "--" belongs to entrypatch, so it is cut off
	// before the flag package sees it.
	var extra []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, extra = args[:i], args[i+1:]
	}
	flags := newFlags("prove")
	name := flags.String("entrypatch", "", "the entrypatch program to judge")
	jsonOut := flags.String("json-out", "", "file for the results as JSON")
	noRequireLaunch := flags.Bool("no-require-launch", false, "accept a directory or a java start without a launch")
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
		return errors.New("prove needs --entrypatch BIN and at least one DIR")
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
	s := summary{Files: []*result{}, Verdicts: map[string]int{}, Inserted: map[string]int{}}
	for _, dir := range dirs {
		results, err := p.proveDir(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		s.add(results)
	}
	if *jsonOut != "" {
		data, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*jsonOut, append(data, '\n'), 0o644); err != nil {
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

// readTree reads all regular files outside .git, by their relative names.
func readTree(root string) (map[string]string, error) {
	files := map[string]string{}
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			data, err := fs.ReadFile(tree, name)
			files[name] = string(data)
			return err
		}
		return nil
	})
	return files, err
}

func writeTree(root string, files map[string]string) error {
	for name, data := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
			return err
		}
	}
	return os.MkdirAll(root, 0o755)
}

func changedNames(a, b map[string]string) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		was, inA := a[name]
		now, inB := b[name]
		return inA && inB && was == now
	})
}

// summary is what `prove` says at the end.
type summary struct {
	Files    []*result      `json:"files"`
	Verdicts map[string]int `json:"verdicts"`
	Inserted map[string]int `json:"inserted"`
	Passed   int            `json:"passed"`
	Failed   int            `json:"failed"`
}

func (s *summary) add(results []*result) {
	for _, r := range results {
		if r.Directory && len(r.Notes)+len(r.Disagreements) == 0 {
			continue // nothing went wrong outside its files.
		}
		s.Files = append(s.Files, r)
		for _, verdict := range r.Verdicts {
			s.Verdicts[verdict]++
		}
		for name, count := range r.Inserted {
			s.Inserted[name] += count
		}
		// A directory is not a file: it counts only where the run on it failed.
		if len(r.Disagreements) > 0 {
			s.Failed++
		} else if !r.Directory {
			s.Passed++
		}
	}
}

func (s *summary) print(stdout io.Writer) error {
	for _, r := range s.Files {
		for _, note := range r.Notes {
			fmt.Fprintf(stdout, "note: %s: %s\n", r.Path, note)
		}
		for _, d := range r.Disagreements {
			fmt.Fprintf(stdout, "FAIL %s: %s\n", r.Path, d.Kind)
			fmt.Fprintf(stdout, "  entrypatch: %s\n", oneLine(d.Entrypatch))
			fmt.Fprintf(stdout, "  buildkit:   %s\n", oneLine(d.Buildkit))
		}
	}
	fmt.Fprintf(stdout, "inserted: %s\n", counts(s.Inserted, "ADD", "COPY", "ENV", "RUN"))
	fmt.Fprintf(stdout, "verdicts: %s\n", counts(s.Verdicts, "patchable", "instrumented", "refused"))
	fmt.Fprintf(stdout, "%d passed, %d failed\n", s.Passed, s.Failed)
	if s.Failed > 0 || s.Passed == 0 {
		return errFailed
	}
	return nil
}

// counts prints the known names always and in this order, others behind them,
// so that an unknown verdict is seen.
func counts(of map[string]int, known ...string) string {
	names := known
	for name := range of {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(known):])
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, ", ")
}

func oneLine(v any) string {
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text.String())
}
