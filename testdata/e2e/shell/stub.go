package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// This file is what runs inside the sandbox. There this program stands under
// the name of every command of the text, and argv[0] says which one it plays.

func inSandbox() bool {
	_, err := os.Stat(callsFile)
	return err == nil
}

var shellNames = []string{"sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"}

// wrappers run the command in their arguments.
var wrappers = []string{
	"catatonit", "chpst", "chroot", "cws-instrumentation", "dockerize", "dumb-init", "env", "gosu", "ionice", "nice", "nohup",
	"numactl", "runuser", "setpriv", "setsid", "setuser", "stdbuf", "su-exec", "sudo", "taskset", "time", "timeout", "tini", "tini-static",
}

func stub(args []string) int {
	name := path.Base(args[0])
	switch {
	case name == initName:
		return runInit(args[1:])
	case name == "java":
	case name == "which":
		return which(args[1:])
	case slices.Contains([]string{"dirname", "basename", "readlink", "realpath"}, name) && len(args) > 1:
		// Scripts find out by these where they are.
		fmt.Println(pathOf(name, args[1:]))
		return 0
	default:
		if command := wrapped(name, args[1:]); command != nil {
			if program, err := exec.LookPath(command[0]); err == nil {
				fmt.Fprintln(os.Stderr, syscall.Exec(program, command, os.Environ()))
				return 126
			}
		}
	}
	if err := record(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 125
	}
	// The writer of a pipe must not die by chance, depending on who is faster.
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// wrapped finds the command that another one is to run: for a known wrapper
// from the first java or shell on, else from a java with options on.
func wrapped(name string, args []string) []string {
	known := slices.Contains(wrappers, name)
	for i, word := range args {
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case path.Base(word) == "java" && (known || strings.HasPrefix(next, "-")):
			return args[i:]
		case known && slices.Contains(shellNames, path.Base(word)):
			return args[i:]
		case (name == "su" || name == "runuser") && (word == "-c" || word == "--command") && next != "":
			return []string{"/bin/sh", "-c", next}
		case (name == "doppler" || name == "infisical") && word == "--command" && next != "":
			return []string{"/bin/sh", "-c", next}
		case name == "sops" && word == "exec-env" && i+2 < len(args):
			return []string{"/bin/sh", "-c", args[i+2]}
		}
	}
	return nil
}

func which(names []string) int {
	code := 0
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			fmt.Println(found)
		} else if !strings.HasPrefix(name, "-") {
			code = 1
		}
	}
	return code
}

func pathOf(name string, args []string) string {
	word := args[len(args)-1]
	switch name {
	case "dirname":
		return path.Dir(word)
	case "basename":
		if len(args) == 2 && !strings.HasPrefix(args[0], "-") {
			return strings.TrimSuffix(path.Base(args[0]), args[1])
		}
		return path.Base(word)
	}
	if here, err := os.Getwd(); err == nil && !path.IsAbs(word) {
		word = path.Join(here, word)
	}
	return word
}

// record appends a call: the number of its words, and the words, each ended by
// a zero byte. One write keeps apart what runs at the same time.
func record(args []string) error {
	file, err := os.OpenFile(callsFile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(strconv.Itoa(len(args)) + "\x00" + strings.Join(args, "\x00") + "\x00")
	return err
}

func parseCalls(data []byte) (calls [][]string, err error) {
	fields := bytes.Split(data, []byte{0})
	for i := 0; i < len(fields)-1; {
		count, err := strconv.Atoi(string(fields[i]))
		if err != nil || count < 1 || i+1+count > len(fields)-1 {
			return nil, errors.New("the record of the calls is damaged")
		}
		var call []string
		for _, word := range fields[i+1 : i+1+count] {
			call = append(call, string(word))
		}
		calls = append(calls, call)
		i += 1 + count
	}
	return calls, nil
}

// runInit runs a shell and waits for all that it leaves behind: with the first
// process of a container everything ends, calls in the background too.
func runInit(argv []string) int {
	files := []uintptr{0, 1, 2}
	shell, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Env: os.Environ(), Files: files})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 126
	}
	code := 0
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return code
		case pid == shell && status.Signaled():
			code = 128 + int(status.Signal())
		case pid == shell:
			code = status.ExitStatus()
		}
	}
}
