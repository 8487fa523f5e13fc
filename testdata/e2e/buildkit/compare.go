package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// limits are the kinds of differences that are known and left, with the reason.
// The README's limits list them too. Every other kind fails.
var limits = map[string]string{
	"refused by entrypatch: not UTF-N in line N (byte": "patches are text: the file is refused, with the place",
}

var digits = regexp.MustCompile("[0-9]+")

// batch is how many files one run of `entrypatch inspect` reads.
const batch = 400

// comparison counts how the two readings of many files differ.
type comparison struct {
	files, agreed, refused int
	// Of each kind: how many, and the first of them.
	count map[string]int
	first map[string]string
	// BuildKit refuses them, and entrypatch reads them: by BuildKit's message.
	lenient map[string]int
	example map[string]string
}

func newComparison() *comparison {
	return &comparison{count: map[string]int{}, first: map[string]string{}, lenient: map[string]int{}, example: map[string]string{}}
}

// runCompare holds every reading of `entrypatch inspect` to BuildKit's.
func runCompare(bin string, dirs []string, stdout io.Writer) error {
	names, err := dockerfiles(dirs)
	if err != nil {
		return err
	}
	c := newComparison()
	for part := range slices.Chunk(names, batch) {
		own, err := inspected(bin, part)
		if err != nil {
			return err
		}
		for i, name := range part {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			c.add(name, readWith(name, data, "", true), own[i])
		}
	}
	return c.print(stdout)
}

// dockerfiles lists the files that are called so, in order. "-" in a name of
// BuildKit's own test files does not matter.
func dockerfiles(dirs []string) (names []string, err error) {
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			base := strings.ToLower(filepath.Base(name))
			if err == nil && entry.Type().IsRegular() && (strings.Contains(base, "dockerfile") || strings.Contains(base, "containerfile")) &&
				!strings.HasSuffix(base, ".dockerignore") && !strings.HasSuffix(base, ".go") {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return nil, errors.New("there is no Dockerfile")
	}
	return names, nil
}

// inspected gives what entrypatch reads of each file.
func inspected(bin string, names []string) ([]Reading, error) {
	output, err := exec.Command(bin, append([]string{"inspect", "--"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("entrypatch inspect: %w", err)
	}
	readings := make([]Reading, 0, len(names))
	decoder := json.NewDecoder(bytes.NewReader(output))
	for decoder.More() {
		var reading Reading
		if err := decoder.Decode(&reading); err != nil {
			return nil, fmt.Errorf("entrypatch inspect: %w", err)
		}
		readings = append(readings, reading)
	}
	if len(readings) != len(names) {
		return nil, fmt.Errorf("entrypatch inspect: %d readings of %d files", len(readings), len(names))
	}
	return readings, nil
}

func (c *comparison) add(name string, docker, own Reading) {
	c.files++
	switch {
	case docker.Error != nil && own.Error != nil:
		c.refused++
		c.agreed++
		return
	case docker.Error != nil:
		c.refused++
		kind := messageKind(*docker.Error)
		c.lenient[kind]++
		if c.example[kind] == "" {
			c.example[kind] = name
		}
		return
	case own.Error != nil:
		c.differ("refused by entrypatch: "+messageKind(*own.Error), name, "", *own.Error)
		return
	}
	if c.instructions(name, docker.Instructions, own.Instructions) && c.effects(name, docker, own) {
		c.agreed++
	}
}

func (c *comparison) differ(kind, name, docker, own string) bool {
	c.count[kind]++
	if c.first[kind] == "" {
		c.first[kind] = fmt.Sprintf("%s\n    BuildKit:   %.300s\n    entrypatch: %.300s", name, docker, own)
	}
	return false
}

func (c *comparison) instructions(name string, docker, own []Instruction) bool {
	if len(docker) != len(own) {
		return c.differ("number of instructions", name, fmt.Sprint(len(docker)), fmt.Sprint(len(own)))
	}
	for i, was := range docker {
		is := own[i]
		place := fmt.Sprintf("%s:%d", name, was.Line)
		same := func(what string, docker, own any) bool {
			return reflect.DeepEqual(docker, own) || c.differ(was.Name+": "+what, place, inJSON(docker), inJSON(own))
		}
		if !same("name", was.Name, is.Name) || !same("line", was.Line, is.Line) || !same("last line", was.EndLine, is.EndLine) ||
			!same("ONBUILD", was.Onbuild, is.Onbuild) || !same("stage", was.Stage, is.Stage) {
			return false
		}
		if is.Form != nil && !same("form", *was.Form, *is.Form) {
			return false
		}
		if is.Files != nil && !same("files", fmt.Sprint(was.Files), fmt.Sprint(is.Files)) {
			return false
		}
		if is.Args != nil && !same("words", shownWords(was), is.Args) {
			return false
		}
	}
	return true
}

// shownWords gives the words of an instruction as `entrypatch inspect` shows
// them: no delimiters of ENV, no here-documents.
func shownWords(i Instruction) []string {
	words := []string{}
	for at, word := range i.Args {
		switch {
		case i.Name == "ENV" && at%3 == 2, isTransfer(i) && strings.HasPrefix(word, "<<") && len(i.Heredocs) > 0:
		case i.Name == "FROM" && at == 1:
			words = append(words, strings.ToUpper(word))
		default:
			words = append(words, word)
		}
	}
	return words
}

func (c *comparison) effects(name string, docker, own Reading) bool {
	same := func(what string, docker, own any) bool {
		return reflect.DeepEqual(docker, own) || c.differ("effective "+what, name, inJSON(docker), inJSON(own))
	}
	return same("launch", docker.Launch, own.Launch) && same("USER", docker.User, own.User) &&
		same("WORKDIR", docker.Workdir, own.Workdir) && same("ENV", docker.Env, own.Env)
}

func inJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// messageKind leaves out of a message what speaks of one file only.
func messageKind(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	words := strings.Fields(digits.ReplaceAllString(message, "N"))
	return strings.Join(words[:min(len(words), 6)], " ")
}

func (c *comparison) print(stdout io.Writer) error {
	failed := 0
	for _, kind := range slices.Sorted(maps.Keys(c.count)) {
		reason, isKnown := limits[kind]
		if !isKnown {
			failed += c.count[kind]
			reason = "NOT KNOWN"
		}
		fmt.Fprintf(stdout, "%d differ: %s (%s)\n  %s\n", c.count[kind], kind, reason, c.first[kind])
	}
	for _, kind := range slices.Sorted(maps.Keys(c.lenient)) {
		fmt.Fprintf(stdout, "%d that BuildKit refuses are read: %s\n  %s\n", c.lenient[kind], kind, c.example[kind])
	}
	fmt.Fprintf(stdout, "readings: %d files, %d agree, %d differ; BuildKit refuses %d\n", c.files, c.agreed, c.files-c.agreed, c.refused)
	if failed > 0 {
		return errFailed
	}
	return nil
}
