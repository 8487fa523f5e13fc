package main

import (
	"strings"
	"testing"
)

// TestCompare takes a reading, changes one thing in it, and asks for the kind.
func TestCompare(t *testing.T) {
	const file = "FROM a AS b\nENV A=1\nUSER u\nCOPY <<EOF c /d\nx\nEOF\nCMD [\"e\"]\n"
	changes := map[string]func(*Reading){
		"":                         func(*Reading) {},
		"number of instructions":   func(r *Reading) { r.Instructions = r.Instructions[1:] },
		"USER: line":               func(r *Reading) { r.Instructions[2].Line++ },
		"COPY: last line":          func(r *Reading) { r.Instructions[3].EndLine-- },
		"ENV: words":               func(r *Reading) { r.Instructions[1].Args = words("A 2") },
		"CMD: form":                func(r *Reading) { shell := "shell"; r.Instructions[4].Form = &shell },
		"effective USER":           func(r *Reading) { r.User = "root" },
		"effective ENV":            func(r *Reading) { r.Env = map[string]string{} },
		"effective launch":         func(r *Reading) { r.Launch = nil },
		"refused by entrypatch: x": func(r *Reading) { x := "x"; r.Error = &x },
	}
	for kind, change := range changes {
		docker := readWith("f", []byte(file), "", true)
		own := readWith("f", []byte(file), "", true)
		for i := range own.Instructions {
			own.Instructions[i].Args = shownWords(own.Instructions[i])
		}
		change(&own)
		c := newComparison()
		c.add("f", docker, own)
		var out strings.Builder
		err := c.print(&out)
		if (err != nil) != (kind != "") || !strings.Contains(out.String(), kind) {
			t.Errorf("%q: %v, %s", kind, err, out.String())
		}
	}
}

func TestCompareCountsWhatOnlyBuildKitRefuses(t *testing.T) {
	c := newComparison()
	c.add("f", readWith("f", []byte("FROM a\nCMD [1]\nNOPE\n"), "", true), Reading{})
	if len(c.lenient) != 1 || c.agreed != 0 {
		t.Errorf("%+v", c)
	}
}
