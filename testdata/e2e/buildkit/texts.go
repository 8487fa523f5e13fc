package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// text is one shell text that `fix` patched, with what a shell needs to run it.
// The prover in ../shell reads these as JSON, one object a line.
type text struct {
	Name   string `json:"name"` // for people
	Before string `json:"before"`
	After  string `json:"after"`
	// Script is the path in the image if the text is a file; else it is what
	// stands behind -c.
	Script  string            `json:"script"`
	Options string            `json:"options"` // letters beside the c of -c
	Args    []string          `json:"args"`    // the words behind the text or script
	Workdir string            `json:"workdir"`
	Env     map[string]string `json:"env"`
	// Launches counts the java commands that are claimed for this text, and
	// Patchable those of them that `fix` patches.
	Launches  int `json:"launches"`
	Patchable int `json:"patchable"`
	// Rewritten texts can have lost or moved an option besides.
	Rewritten bool `json:"rewritten"`
}

// runTexts lists the texts of a copy of each directory.
func (p *prover) runTexts(dirs []string, stdout io.Writer) error {
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	for _, dir := range dirs {
		texts, err := p.textsOf(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, t := range texts {
			if err := out.Encode(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *prover) textsOf(dir string) ([]text, error) {
	work, before, cleanUp, err := copyDir(dir)
	if err != nil {
		return nil, err
	}
	defer cleanUp()
	whole := &result{}
	claims := p.check(work, whole)
	after, err := p.write("fix", work, claims, whole)
	if err != nil {
		return nil, err
	}
	second := map[string]fileClaim{}
	for _, claim := range p.check(work, whole).Files {
		second[claim.Path] = claim
	}
	if len(whole.Disagreements) > 0 {
		return nil, fmt.Errorf("%s %s", whole.Disagreements[0].Kind, oneLine(whole.Disagreements[0].Entrypatch))
	}
	var all []text
	for _, claim := range claims.Files {
		if !claim.isDockerfile() {
			continue
		}
		fixed := second[claim.Path]
		if len(fixed.Launches) != len(claim.Launches) {
			return nil, fmt.Errorf("%s: %d launches before the fix, %d after it", claim.Path, len(claim.Launches), len(fixed.Launches))
		}
		reading := readDockerfile(claim.Path, []byte(before[claim.Path]), p.target())
		texts, err := textsOfFile(claim, fixed, reading, before, after)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			t.Name = path.Join(filepath.ToSlash(dir), t.Name)
			all = append(all, *t)
		}
	}
	return all, nil
}

// textsOfFile pairs the launches before and after the fix by their order. All
// launches of one text make one entry; a text without a patch is left out.
func textsOfFile(claim, fixed fileClaim, reading Reading, before, after map[string]string) ([]*text, error) {
	var list []*text
	known := map[string]*text{}
	for i, launch := range claim.Launches {
		now := fixed.Launches[i]
		var t text
		var key string
		if launch.Script != nil {
			name := path.Clean(launch.Script.Path)
			inImage, args := scriptCall(name, reading.Instructions, reading.argv(image))
			key = name
			t = text{Name: claim.Path + " " + name, Before: before[name], After: after[name], Script: inImage, Args: args}
		} else if at := shellText(launch.Argv); at >= 0 && (launch.Form == "shell" || launch.Form == "sh-c") {
			if shellText(now.Argv) != at {
				return nil, fmt.Errorf("%s: no shell text at the same place after fix: %s", claim.Path, oneLine(now.Argv))
			}
			if launch.PatchedArgv != nil && !slices.Equal(launch.PatchedArgv, now.Argv) {
				return nil, fmt.Errorf("%s: argv after fix is %s, and was to be %s", claim.Path, oneLine(now.Argv), oneLine(launch.PatchedArgv))
			}
			key = oneLine(launch.Argv)
			options := strings.Map(onlyKnown, launch.Argv[at-1])
			t = text{Name: claim.Path, Before: launch.Argv[at], After: now.Argv[at], Options: options, Args: launch.Argv[at+1:]}
		} else {
			continue
		}
		if known[key] == nil {
			t.Env, t.Workdir, t.Rewritten = reading.Env, reading.Workdir, claim.isRewritten()
			known[key] = &t
			list = append(list, &t)
		}
		known[key].Launches++
		// Where only the Dockerfile's line for the jar is to change, the text stays.
		stays := slices.Equal(launch.Argv, launch.PatchedArgv) && t.Before == t.After
		if launch.isPatchable() && !stays {
			known[key].Patchable++
		}
	}
	// What is refused and stands nowhere can be started by any of the texts.
	for _, launch := range claim.Launches {
		if launch.Verdict == "refused" && launch.Script == nil {
			for _, t := range list {
				t.Launches++
			}
		}
	}
	return slices.DeleteFunc(list, func(t *text) bool { return t.Patchable == 0 }), nil
}

// onlyKnown keeps the options that every shell has and that can change what is
// started. A login shell would read files that the sandbox does not have.
func onlyKnown(letter rune) rune {
	if strings.ContainsRune("eu", letter) {
		return letter
	}
	return -1
}

var shells = []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}

// shellText finds the word behind -c of the first shell in argv, or -1.
func shellText(argv []string) int {
	shell := slices.IndexFunc(argv, func(word string) bool { return slices.Contains(shells, path.Base(word)) })
	if shell < 0 {
		return -1
	}
	for i := shell + 1; i+1 < len(argv); i++ {
		word := argv[i]
		switch {
		case !strings.HasPrefix(word, "-") || strings.HasPrefix(word, "--"):
			return -1 // a script, not a text.
		case strings.Contains(word, "c"):
			return i + 1
		case strings.HasSuffix(word, "o"):
			i++ // -o takes a name.
		}
	}
	return -1
}

// scriptCall finds where in the image a script of the context lies, and the
// arguments that Docker gives it. A script that another one calls gets none.
func scriptCall(name string, instructions []Instruction, argv []string) (inImage string, args []string) {
	base := path.Base(name)
	names := []string{base}
	for _, i := range instructions {
		if (i.Name != "COPY" && i.Name != "ADD") || len(i.Args) < 2 {
			continue
		}
		sources, target := i.Args[:len(i.Args)-1], i.Args[len(i.Args)-1]
		if slices.ContainsFunc(sources, func(source string) bool { return path.Base(source) == base }) {
			names = append(names, path.Base(target))
		}
	}
	for i, word := range argv {
		if slices.Contains(names, path.Base(word)) {
			return word, argv[i+1:]
		}
	}
	return base, nil
}
