package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// rootfs writes the file system of an image as a tar archive. The first of two
// files of one name stays, and folders are made on the way.
type rootfs struct {
	out  *tar.Writer
	seen map[string]bool
	err  error
}

func newRootfs(to io.Writer) *rootfs {
	r := &rootfs{out: tar.NewWriter(to), seen: map[string]bool{"": true}}
	// As Debian has it: one place for libraries under both names.
	r.link("lib", "usr/lib")
	r.link("lib64", "usr/lib64")
	r.folder("tmp", 0o1777)
	r.file("etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n"))
	return r
}

func (r *rootfs) close() error {
	if r.err != nil {
		return r.err
	}
	return r.out.Close()
}

// write adds one entry; after the first error nothing is done any more.
func (r *rootfs) write(header *tar.Header, content io.Reader) {
	header.Name = strings.TrimPrefix(path.Clean(header.Name), "/")
	if r.err != nil || r.seen[header.Name] {
		return
	}
	if parent := path.Dir(header.Name); parent != "." {
		r.folder(parent, 0o755)
	}
	r.seen[header.Name] = true
	if r.err = r.out.WriteHeader(header); r.err == nil && content != nil {
		_, r.err = io.Copy(r.out, content)
	}
}

func (r *rootfs) folder(name string, mode int64) {
	r.write(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode}, nil)
}

func (r *rootfs) link(name, target string) {
	r.write(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

func (r *rootfs) file(name string, mode int64, content []byte) {
	r.write(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, bytes.NewReader(content))
}

// copyFile takes a file of this machine, through symbolic links.
func (r *rootfs) copyFile(name, source string) {
	if r.err != nil {
		return
	}
	in, err := os.Open(source)
	if err != nil {
		r.err = err
		return
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		r.err = err
		return
	}
	r.write(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}, in)
}

// copyTree takes a folder of this machine; symbolic links stay what they are.
func (r *rootfs) copyTree(name, source string) {
	err := filepath.WalkDir(source, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(source, file)
		if err != nil {
			return err
		}
		switch target := path.Join(name, filepath.ToSlash(inside)); {
		case entry.IsDir():
			r.folder(target, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(file)
			if err != nil {
				return err
			}
			r.link(target, to)
		case entry.Type().IsRegular():
			r.copyFile(target, file)
		}
		return r.err
	})
	if r.err == nil {
		r.err = err
	}
}

// addShell adds busybox under all of its names.
func (r *rootfs) addShell() {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		r.err = err
		return
	}
	if linked, _ := libraries(busybox); len(linked) > 0 {
		r.err = fmt.Errorf("%s is not static", busybox)
		return
	}
	names, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		r.err = err
		return
	}
	r.copyFile("bin/busybox", busybox)
	for _, name := range strings.Fields(string(names)) {
		r.link("bin/"+name, "busybox")
	}
}

// addLibraries adds what the programs are linked with.
func (r *rootfs) addLibraries(programs ...string) {
	files, err := libraries(programs...)
	if err != nil && r.err == nil {
		r.err = err
	}
	for _, file := range files {
		r.copyFile(libraryName(file), file)
	}
}

// libraryName is the place of a library in the image: /lib is a link there.
func libraryName(file string) string {
	if strings.HasPrefix(file, "/lib") {
		return "usr" + file
	}
	return strings.TrimPrefix(file, "/")
}

// libraries lists the libraries of programs, as the loader of this machine
// finds them; a static program has none.
func libraries(programs ...string) ([]string, error) {
	out, err := exec.Command("ldd", programs...).Output()
	if len(out) == 0 && err != nil {
		return nil, nil // "not a dynamic executable", on stderr
	}
	return parseLdd(string(out)), nil
}

// parseLdd reads lines like "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)".
func parseLdd(out string) (files []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(out) {
		if strings.HasSuffix(strings.TrimSpace(line), ":") {
			continue // the name of a program, above its libraries
		}
		for _, word := range strings.Fields(line) {
			if path.IsAbs(word) && !seen[word] {
				seen[word] = true
				files = append(files, word)
			}
		}
	}
	return files
}
