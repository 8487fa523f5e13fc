package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/util/system"
)

// This file follows BuildKit up to the point where it would pull an image. A
// line number without a file name is one of
// https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/dockerfile2llb/convert.go

// Reading is what BuildKit makes of one Dockerfile.
type Reading struct {
	Path         string            `json:"path"`
	Error        *string           `json:"error"`
	Syntax       *string           `json:"syntax"`
	Instructions []Instruction     `json:"instructions"`
	Launch       *Launch           `json:"launch"`
	User         string            `json:"user"`
	Workdir      string            `json:"workdir"`
	Env          map[string]string `json:"env"`
	// Notes say where a build can differ from this reading.
	Notes []string `json:"notes,omitempty"`

	stages []*stage
}

// Instruction is one instruction as the parser sees it, before variables are
// expanded. The child of an ONBUILD stands for the whole instruction.
type Instruction struct {
	Name     string   `json:"name"`
	Line     int      `json:"line"`
	EndLine  int      `json:"end_line"`
	Form     *string  `json:"form"`
	Args     []string `json:"args"`
	Flags    []string `json:"flags"`
	Onbuild  bool     `json:"onbuild"`
	Stage    int      `json:"stage"`
	Heredocs []string `json:"heredocs"`
	// Files are the here-documents of ADD and COPY.
	Files []InlineFile `json:"files"`

	bodies []parser.Heredoc
}

// InlineFile is a here-document that becomes a file, before variables are filled in.
type InlineFile struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Expands bool   `json:"expands"`
}

// Launch is what the image of a stage starts. A nil list means that the file
// does not say and the base image decides; an empty list means that the file
// clears it.
type Launch struct {
	Stage      int      `json:"stage"`
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd"`
	Argv       []string `json:"argv"`
}

func unreadable(path, reason string) Reading {
	return Reading{Path: path, Error: &reason, Instructions: []Instruction{}, Env: map[string]string{}}
}

// readDockerfile takes the steps of toDispatchState (line 236) that need no
// registry, and returns the launch of the target or of the last stage.
func readDockerfile(path string, data []byte, target string) Reading {
	return readWith(path, data, target, false)
}

// readWith can take it that base images set no variables: what nothing sets is
// empty then, as in a build on such an image.
func readWith(path string, data []byte, target string, bareBase bool) (r Reading) {
	// A panic in the parser is an error of this file only: the others of the
	// same run must still be read.
	defer func() {
		if problem := recover(); problem != nil {
			r = unreadable(path, fmt.Sprintf("panic: %v", problem))
		}
	}()
	parsed, stages, metaArgs, err := parse(data)
	if err != nil {
		r = unreadable(path, err.Error())
	} else {
		r = Reading{Path: path, Instructions: listInstructions(parsed.AST), Env: map[string]string{}}
	}
	if syntax, _, _, ok := parser.DetectSyntax(data); ok {
		r.Syntax = &syntax
	}
	if err != nil {
		return r
	}

	b := newBuild(parsed.EscapeToken, stages, target)
	b.bareBase = bareBase
	b.addMetaArgs(metaArgs)
	for _, s := range stages {
		b.addStage(s)
	}
	r.stages = b.stages
	final := b.stages[len(b.stages)-1]
	if target != "" { // resolveTarget, line 507
		final = b.byName[strings.ToLower(target)]
	}
	if final != nil {
		r.Launch, r.User, r.Workdir, r.Env = final.launch(), final.user, final.workdir, final.env
	} else {
		b.note("target stage %q could not be found", target)
	}
	r.Notes = b.notes
	return r
}

func parse(data []byte) (*parser.Result, []instructions.Stage, []instructions.ArgCommand, error) {
	if len(data) == 0 {
		return nil, nil, nil, errors.New("the Dockerfile cannot be empty")
	}
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, nil, nil, err
	}
	stages, metaArgs, err := instructions.Parse(parsed.AST, nil)
	if err == nil && len(stages) == 0 {
		err = errors.New("dockerfile contains no stages to build")
	}
	return parsed, stages, metaArgs, err
}

func listInstructions(ast *parser.Node) []Instruction {
	list := []Instruction{}
	stage := -1
	for _, node := range ast.Children {
		if strings.EqualFold(node.Value, "FROM") {
			stage++
		}
		// Lines and heredocs of ONBUILD hang on the outer node, the words on
		// its only child (parseSubCommand):
		// https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/parser/line_parsers.go
		inner := node
		onbuild := strings.EqualFold(node.Value, "ONBUILD")
		if onbuild {
			inner = node.Next.Children[0]
		}
		instruction := Instruction{
			Name: strings.ToUpper(inner.Value), Line: node.StartLine, EndLine: node.EndLine,
			Form: formOf(inner), Args: []string{}, Flags: append([]string{}, inner.Flags...),
			Onbuild: onbuild, Stage: stage, Heredocs: []string{}, bodies: node.Heredocs,
		}
		// A name=value pair of ENV or LABEL is three words: name, value, delimiter.
		for word := inner.Next; word != nil; word = word.Next {
			instruction.Args = append(instruction.Args, word.Value)
		}
		for _, heredoc := range node.Heredocs {
			instruction.Heredocs = append(instruction.Heredocs, heredoc.Name)
			text := heredoc.Content
			if heredoc.Chomp {
				text = parser.ChompHeredocContent(text)
			}
			instruction.Files = append(instruction.Files, InlineFile{heredoc.Name, text, heredoc.Expand})
		}
		list = append(list, instruction)
	}
	return list
}

// formOf tells exec from shell form as BuildKit does, by the attribute that
// parseMaybeJSON sets when the rest of the line is a JSON array of strings:
// https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/parser/line_parsers.go#L311
func formOf(node *parser.Node) *string {
	form := "shell"
	if node.Attributes["json"] {
		form = "exec"
	} else if !slices.Contains([]string{"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"}, strings.ToUpper(node.Value)) {
		return nil
	}
	return &form
}

// build runs the instructions that decide what an image starts.
type build struct {
	lex        *shell.Lex
	globalArgs variables
	stages     []*stage
	byName     map[string]*stage
	notes      []string
	bareBase   bool // base images set no variables
}

// stage is the part of BuildKit's dispatchState that this program needs.
type stage struct {
	index   int
	cmdSet  bool // CMD was seen in this very stage; not inherited.
	onbuild bool // ONBUILD was seen in this very stage.
	config
}

// config is what a stage hands on to `FROM stage`.
type config struct {
	entrypoint, cmd, shell []string
	user, workdir          string
	env                    variables // of the image
	vars                   variables // ENV and ARG, for expansion
	fromScratch            bool      // no variable is hidden in a base image
}

// newBuild sets the default arguments, for one fixed platform so that the
// result does not depend on the machine (defaultArgs):
// https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/dockerfile2llb/platform.go#L39
func newBuild(escapeToken rune, stages []instructions.Stage, target string) *build {
	if target == "" {
		target = stages[len(stages)-1].Name
	}
	if target == "" {
		target = "default"
	}
	args := variables{"TARGETSTAGE": target}
	for _, prefix := range []string{"BUILD", "TARGET"} {
		args[prefix+"PLATFORM"], args[prefix+"OS"], args[prefix+"ARCH"] = "linux/amd64", "linux", "amd64"
		args[prefix+"OSVERSION"], args[prefix+"VARIANT"] = "", ""
	}
	return &build{lex: shell.NewLex(escapeToken), globalArgs: args, byName: map[string]*stage{}}
}

// addMetaArgs takes the ARGs before the first FROM (buildMetaArgs, line 2147).
func (b *build) addMetaArgs(commands []instructions.ArgCommand) {
	for _, command := range commands {
		for _, arg := range command.Args {
			if arg.Value != nil {
				b.globalArgs[arg.Key] = b.expand(*arg.Value, b.globalArgs)
			}
		}
	}
}

// addStage looks up the base (buildDispatchStates, line 397, and addState, line
// 1249), inherits from it (init, line 1211) and runs the stage's instructions.
func (b *build) addStage(parsed instructions.Stage) {
	s := &stage{index: len(b.stages)}
	b.lex.SkipUnsetEnv = false
	baseName := b.expand(parsed.BaseName, b.globalArgs)
	if baseName == "" {
		b.note("stage %d: base name %q is blank without build arguments", s.index, parsed.BaseName)
	}
	// BuildKit keeps stage names in lower case and looks the base up as it is
	// written. So `FROM Builder` never finds `AS Builder`: it is taken for an
	// image name, and refused as such because of its upper case.
	if base := b.byName[baseName]; base != nil {
		s.config = base.config
		s.env, s.vars = maps.Clone(base.env), maps.Clone(base.vars)
		if base.onbuild {
			b.note("stage %d: BuildKit runs the ONBUILD instructions of stage %d here, this program does not", s.index, base.index)
		}
	} else {
		s.env, s.vars = variables{}, variables{}
		if b.byName[strings.ToLower(baseName)] != nil {
			b.note("stage %d: %q differs from a stage only by case, BuildKit takes it for an image", s.index, baseName)
		}
		if s.fromScratch = baseName == "scratch"; s.fromScratch {
			// The only image that is known without a registry (emptyImage):
			// https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/dockerfile2llb/image.go
			s.setEnv("PATH", system.DefaultPathEnvUnix)
			s.workdir = "/"
		}
	}
	// Of the variables of a base image nothing is known here. They stay as
	// `$NAME` in ENV, USER and WORKDIR; an empty text would be a false claim.
	b.lex.SkipUnsetEnv = !s.fromScratch && !b.bareBase
	for _, command := range parsed.Commands {
		b.dispatch(s, command)
	}
	b.stages = append(b.stages, s)
	if parsed.Name != "" {
		b.byName[parsed.Name] = s
	}
}

// dispatch follows the function of that name (line 1033).
func (b *build) dispatch(s *stage, command instructions.Command) {
	switch c := command.(type) {
	case *instructions.EnvCommand: // dispatchEnv, line 1331
		// All pairs are expanded before the first one is set, as Expand does.
		pairs := slices.Clone(c.Env)
		for i, pair := range pairs {
			pairs[i].Key, pairs[i].Value = b.expand(pair.Key, s.vars), b.expand(pair.Value, s.vars)
		}
		for _, pair := range pairs {
			s.setEnv(pair.Key, pair.Value)
		}
	case *instructions.ArgCommand: // dispatchArg, line 1678
		for _, arg := range c.Args {
			if arg.Value != nil {
				s.vars[arg.Key] = b.expand(*arg.Value, s.vars)
			} else if value, ok := b.globalArgs[arg.Key]; ok {
				s.vars[arg.Key] = value
			}
		}
	case *instructions.UserCommand:
		s.user = b.expand(c.User, s.vars)
	case *instructions.WorkdirCommand: // dispatchWorkdir, line 1511
		workdir, err := system.NormalizeWorkdir(s.workdir, b.expand(c.Path, s.vars), "linux")
		if err != nil {
			b.note("stage %d: %v", s.index, err)
			return
		}
		s.workdir = workdir
	case *instructions.ShellCommand: // dispatchShell, line 1673
		s.shell = c.Shell
	case *instructions.CmdCommand: // dispatchCmd, line 1596
		s.cmdSet = true
		s.cmd = s.commandLine(c.ShellDependantCmdLine)
	case *instructions.EntrypointCommand: // dispatchEntrypoint, line 1612
		s.entrypoint = s.commandLine(c.ShellDependantCmdLine)
		if !s.cmdSet {
			s.cmd = []string{}
		}
	case *instructions.OnbuildCommand:
		s.onbuild = true
	}
}

// commandLine puts the shell before a shell form (withShell, line 1915). The
// result is never nil: after the instruction the base image has no say.
func (s *stage) commandLine(line instructions.ShellDependantCmdLine) []string {
	if !line.PrependShell {
		return append([]string{}, line.CmdLine...)
	}
	argv := []string{"/bin/sh", "-c"}
	if len(s.shell) > 0 {
		argv = slices.Clone(s.shell)
	}
	return append(argv, strings.Join(line.CmdLine, " "))
}

func (s *stage) launch() *Launch {
	if s.entrypoint == nil && s.cmd == nil {
		return nil
	}
	argv := append(append([]string{}, s.entrypoint...), s.cmd...)
	// The daemon takes the ENTRYPOINT [""] for none at all when it creates the
	// container: mergeAndVerifyConfig in moby's daemon/daemon.go.
	if len(s.entrypoint) == 1 && s.entrypoint[0] == "" {
		argv = append([]string{}, s.cmd...)
	}
	return &Launch{Stage: s.index, Entrypoint: s.entrypoint, Cmd: s.cmd, Argv: argv}
}

func (s *stage) setEnv(key, value string) {
	s.env[key], s.vars[key] = value, value
}

// expand keeps a word that cannot be expanded and says so: the build would
// stop there, but what it would have started is still worth knowing.
func (b *build) expand(word string, vars variables) string {
	expanded, _, err := b.lex.ProcessWord(word, vars)
	if err != nil {
		b.note("%v", err)
		return word
	}
	return expanded
}

func (b *build) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// variables implements shell.EnvGetter.
type variables map[string]string

func (v variables) Get(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

func (v variables) Keys() []string {
	return slices.Sorted(maps.Keys(v))
}
