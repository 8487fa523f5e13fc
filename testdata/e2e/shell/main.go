// Command shell-proof runs every shell text that entrypatch patches, before and
// after the patch, in real shells with a fake java: see README.md.
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
	"runtime"
	"sync"
	"syscall"
)

const usage = `usage:
  shell-proof --referee BIN --entrypatch BIN DIR... [-- ENTRYPATCH-ARG...]
  shell-proof < TEXTS    as "buildkit-referee texts" prints them
`

// errFailed ends the program with status 1 after the reason has been printed.
var errFailed = errors.New("failed")

func main() {
	if inSandbox() {
		os.Exit(stub(os.Args))
	}
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case err == nil:
	case errors.Is(err, errFailed):
		os.Exit(1)
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	default:
		fmt.Fprintf(os.Stderr, "shell-proof: %v\n%s", err, usage)
		os.Exit(2)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("shell-proof", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	referee := flags.String("referee", "", "the buildkit-referee program, which lists the texts")
	entrypatch := flags.String("entrypatch", "", "the entrypatch program to judge")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		if *referee == "" || *entrypatch == "" {
			return errors.New("a DIR needs --referee BIN and --entrypatch BIN")
		}
		command := exec.Command(*referee, append([]string{"texts", "--entrypatch", *entrypatch}, flags.Args()...)...)
		command.Stderr = os.Stderr
		list, err := command.Output()
		if err != nil {
			return fmt.Errorf("%s texts: %w", *referee, err)
		}
		stdin = bytes.NewReader(list)
	}
	texts, err := readTexts(stdin)
	if err != nil {
		return err
	}
	return prove(texts, stdout)
}

func readTexts(from io.Reader) ([]text, error) {
	var texts []text
	for in := json.NewDecoder(from); ; {
		var t text
		err := in.Decode(&t)
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
}

// prove judges all texts, some of them at a time, and prints in their order.
func prove(texts []text, stdout io.Writer) error {
	limitTexts()
	shells := installedShells()
	box, err := newSandbox(shells)
	if err != nil {
		fmt.Fprintf(stdout, "skipped: the texts are parsed and not run, there is no sandbox here: %v\n", err)
	}

	judgements := make([]judgement, len(texts))
	var workers sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := range next {
				judgements[i] = judge(texts[i], shells, box)
			}
		})
	}
	for i := range texts {
		next <- i
	}
	close(next)
	workers.Wait()
	if box != nil {
		box.remove() // before a closed pipe ends the program.
	}
	return report(texts, judgements, shells, stdout)
}

// limitTexts sets what all processes inherit: no file is larger than 64 MB, no
// user has more than 4,000 threads. A directory for all users is one for all.
func limitTexts() {
	const processes = 6 // RLIMIT_NPROC, which package syscall does not name
	syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 20, Max: 64 << 20})
	syscall.Setrlimit(processes, &syscall.Rlimit{Cur: 4000, Max: 4000})
	syscall.Umask(0)
}

func report(texts []text, judgements []judgement, shells []shell, stdout io.Writer) error {
	var runs, calls, alone, unreached, failed int
	for i, j := range judgements {
		t := texts[i]
		runs, calls, alone = runs+j.runs, calls+j.patched, alone+j.alone
		if j.runs > 0 && j.patched == 0 && len(j.failures) == 0 {
			unreached++
			fmt.Fprintf(stdout, "note: %s: no patched java was reached (%s)\n", t.Name, j.reason)
		}
		if len(j.failures) == 0 {
			continue
		}
		failed++
		for _, failure := range j.failures {
			fmt.Fprintf(stdout, "FAIL %s: %s\n", t.Name, failure)
		}
		fmt.Fprintf(stdout, "--- before\n%s\n--- after\n%s\n---\n", t.Before, t.After)
	}
	fmt.Fprint(stdout, "shells:")
	for _, s := range shells {
		fmt.Fprintf(stdout, " %s", s.name)
	}
	fmt.Fprintf(stdout, "\ntexts: %d, run %d times before and after\n", len(texts), runs)
	fmt.Fprintf(stdout, "java calls: %d compared and patched, %d left as they were; none patched was reached in %d texts\n", calls, alone, unreached)
	fmt.Fprintf(stdout, "%d passed, %d failed\n", len(texts)-failed, failed)
	if failed > 0 {
		return errFailed
	}
	return nil
}
