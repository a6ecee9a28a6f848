// Verifies a sample log with Go's own implementation of the same formats: golang.org/x/mod/sumdb.
//
//	go run . FOLDER      FOLDER: what `cargo run -p duecare-ledger --example sample_log` wrote
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Size, Index int64
	Root, Leaf  string
	Proof       []string
}

type consistency struct {
	Old, New int64
	OldRoot  string `json:"old_root"`
	NewRoot  string `json:"new_root"`
	Proof    []string
}

type proofs struct {
	Origin      string
	Size        int64
	Sizes       []int64
	Inclusion   []inclusion
	Consistency []consistency
	LogKey      string `json:"log_key"`
	LogSecret   string `json:"log_secret"`
}

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "golang.org/x/mod/sumdb: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func must(ok bool, what string) {
	if !ok {
		check(fmt.Errorf("does not hold"), what)
	}
}

// Tiles in the layout of C2SP tlog-tiles: Go's own paths have the height in front of the level.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) path(t tlog.Tile) string {
	return filepath.Join(string(f), strings.Replace(t.Path(), "tile/8/", "tile/", 1))
}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(f.path(tile))
		if os.IsNotExist(err) {
			full := tile
			full.W = 256
			data, err = os.ReadFile(f.path(full))
			if err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// Called with tiles that Go verified against the checkpoint; nothing is kept.
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func hash(text string) tlog.Hash {
	parsed, err := tlog.ParseHash(text)
	check(err, "hash "+text)
	return parsed
}

func hashes(texts []string) []tlog.Hash {
	all := make([]tlog.Hash, 0, len(texts))
	for _, text := range texts {
		all = append(all, hash(text))
	}
	return all
}

func same(left, right []tlog.Hash) bool {
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if left[i] != right[i] {
			return false
		}
	}
	return true
}

// A checkpoint is signed by the log, and its body is the three lines.
func checkpoint(path string, verifier note.Verifier, origin string) (tlog.Tree, *note.Note) {
	data, err := os.ReadFile(path)
	check(err, path)
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err, "signature of "+path)
	lines := strings.Split(opened.Text, "\n")
	must(len(lines) == 4 && lines[0] == origin && lines[3] == "", "the form of "+path)
	var size int64
	_, err = fmt.Sscanf(lines[1], "%d", &size)
	check(err, "the size of "+path)
	return tlog.Tree{N: size, Hash: hash(lines[2])}, opened
}

// Every entry of the log's bundles, in order.
func entries(root string, size int64) [][]byte {
	var all [][]byte
	for index := int64(0); int64(len(all)) < size; index++ {
		tile := tlog.Tile{H: 8, L: -1, N: index, W: int(min(256, size-index*256))}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(root, path))
		check(err, path)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . FOLDER")
		os.Exit(64)
	}
	sample := os.Args[1]
	log := filepath.Join(sample, "log")
	data, err := os.ReadFile(filepath.Join(sample, "proofs.json"))
	check(err, "proofs.json")
	var all proofs
	check(json.Unmarshal(data, &all), "proofs.json")

	verifier, err := note.NewVerifier(all.LogKey)
	check(err, "the log's key")
	head, opened := checkpoint(filepath.Join(log, "checkpoint"), verifier, all.Origin)
	must(head.N == all.Size, "the checkpoint's size")
	must(len(opened.Sigs) == 1 && len(opened.UnverifiedSigs) == 1, "one known signature, one unknown")

	// Go signs the same text with the same key to the same bytes.
	signer, err := note.NewSigner(all.LogSecret)
	check(err, "the log's secret")
	again, err := note.Sign(&note.Note{Text: opened.Text, UnverifiedSigs: opened.UnverifiedSigs}, signer)
	check(err, "signing again")
	stored, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	check(err, "checkpoint")
	must(len(again) == len(stored), "the length of a note signed again")
	signed, err := note.Open(again, note.VerifierList(verifier))
	check(err, "a note signed again")
	must(signed.Sigs[0].Base64 == opened.Sigs[0].Base64, "the same signature")

	// Go reads our tiles and checks them against the checkpoint as it does.
	reader := tlog.TileHashReader(head, folder(log))
	root, err := tlog.TreeHash(head.N, reader)
	check(err, "tree hash from tiles")
	must(root == head.Hash, "the root from tiles")

	// Go builds the tree itself from the entries.
	list := entries(log, head.N)
	var own []tlog.Hash
	ownReader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = own[index]
		}
		return found, nil
	})
	for number, entry := range list {
		more, err := tlog.StoredHashes(int64(number), entry, ownReader)
		check(err, "hashes of an entry")
		own = append(own, more...)
	}
	for _, size := range all.Sizes {
		path := fmt.Sprintf("%03d", size%1000)
		if size >= 1000 {
			path = fmt.Sprintf("x%03d/%s", size/1000, path)
		}
		earlier, _ := checkpoint(filepath.Join(log, "checkpoints", path), verifier, all.Origin)
		root, err := tlog.TreeHash(size, ownReader)
		check(err, "tree hash from entries")
		must(earlier.N == size && root == earlier.Hash, fmt.Sprintf("the root of %d entries", size))
	}

	for _, one := range all.Inclusion {
		what := fmt.Sprintf("inclusion of %d in %d", one.Index, one.Size)
		proof := tlog.RecordProof(hashes(one.Proof))
		check(tlog.CheckRecord(proof, one.Size, hash(one.Root), one.Index, hash(one.Leaf)), what)
		made, err := tlog.ProveRecord(one.Size, one.Index, ownReader)
		check(err, what)
		must(same(made, proof), what+": the same proof")
		must(tlog.RecordHash(list[one.Index]) == hash(one.Leaf), what+": the leaf")
	}
	for _, one := range all.Consistency {
		what := fmt.Sprintf("consistency of %d with %d", one.Old, one.New)
		proof := tlog.TreeProof(hashes(one.Proof))
		check(tlog.CheckTree(proof, one.New, hash(one.NewRoot), one.Old, hash(one.OldRoot)), what)
		made, err := tlog.ProveTree(one.New, one.Old, ownReader)
		check(err, what)
		must(same(made, proof), what+": the same proof")
	}

	// The proof in a bundle, read line by line as C2SP tlog-proof says.
	bundles, err := filepath.Glob(filepath.Join(sample, "bundle-*.json"))
	check(err, "bundles")
	must(len(bundles) > 0, "bundles are there")
	for _, path := range bundles {
		data, err := os.ReadFile(path)
		check(err, path)
		var bundle struct{ Entry, Proof string }
		check(json.Unmarshal(data, &bundle), path)
		entry, err := base64.StdEncoding.DecodeString(bundle.Entry)
		check(err, path)
		head, rest, _ := strings.Cut(bundle.Proof, "\n\n")
		lines := strings.Split(head, "\n")
		must(lines[0] == "c2sp.org/tlog-proof@v1", path+": the first line")
		var index int64
		_, err = fmt.Sscanf(lines[1], "index %d", &index)
		check(err, path)
		opened, err := note.Open([]byte(rest), note.VerifierList(verifier))
		check(err, path+": the checkpoint")
		body := strings.Split(opened.Text, "\n")
		var size int64
		_, err = fmt.Sscanf(body[1], "%d", &size)
		check(err, path)
		proof := tlog.RecordProof(hashes(lines[2:]))
		check(tlog.CheckRecord(proof, size, hash(body[2]), index, tlog.RecordHash(entry)), path)
	}
	fmt.Printf("golang.org/x/mod/sumdb: %d entries, %d checkpoints, %d inclusion and %d consistency proofs, %d bundles hold\n",
		len(list), len(all.Sizes)+1, len(all.Inclusion), len(all.Consistency), len(bundles))
}
