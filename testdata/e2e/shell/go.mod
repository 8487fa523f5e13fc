module shell-proof

go 1.26.8
