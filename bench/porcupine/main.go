// Judges a log of locks with Porcupine, a general linearizability checker, so that its time and memory can be compared
// with those of `lockstep check` on the same file. Knows exclusive locks: try_lock, lock and unlock, with or without
// tokens and unknown outcomes; a log with anything else is refused. bench/porcupine/compare runs both.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

type event struct {
	Process int64           `json:"process"`
	Type    string          `json:"type"`
	Op      string          `json:"op"`
	Lock    string          `json:"lock"`
	Sid     json.RawMessage `json:"sid"`
	Token   uint64          `json:"token"`
	TimeNs  int64           `json:"time_ns"`
	Mode    string          `json:"mode"`
}

type answer int

const (
	unknown answer = iota
	yes
	no
	nothing // has waited in vain, which says nothing about the lock
)

// What was asked, and what was answered: Porcupine's input and output in one.
type call struct {
	lock     string
	releases bool
	attempt  int // from 1
	answer   answer
	token    uint64
	from, to int64
}

// The lock: which attempt holds it, 0 for none, and the highest token that was granted.
type state struct {
	holder int
	token  uint64
}

// An unknown outcome needs no state beside the one in which it took effect: where it did not, it takes place at the end
// of time, where every answer is right and nothing follows.
func step(before, input, _ interface{}) (bool, interface{}) {
	s, c := before.(state), input.(*call)
	if c.releases {
		held := s.holder == c.attempt
		if c.answer == yes && !held || c.answer == no && held {
			return false, before
		}
		if held {
			return true, state{0, s.token}
		}
		return true, before
	}
	if s.holder != 0 {
		return c.answer != yes, before
	}
	if c.answer == no || c.token != 0 && c.token <= s.token {
		return false, before
	}
	if c.token != 0 {
		s.token = c.token
	}
	return true, state{c.attempt, s.token}
}

func hash(of interface{}) uint64 {
	s := of.(state)
	return uint64(s.holder)*0x9e3779b97f4a7c15 ^ s.token*0xbf58476d1ce4e5b9
}

// Each lock is judged by itself.
func byLock(history []porcupine.Operation) [][]porcupine.Operation {
	place := map[string]int{}
	var parts [][]porcupine.Operation
	for _, op := range history {
		lock := op.Input.(*call).lock
		i, known := place[lock]
		if !known {
			i = len(parts)
			place[lock] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], op)
	}
	return parts
}

func answered(e event, c *call) error {
	switch e.Type {
	case "ok":
		c.answer = yes
		c.token = e.Token
	case "fail":
		c.answer = no
		if e.Op == "lock" {
			c.answer = nothing
		}
	case "info":
		return nil
	default:
		return fmt.Errorf("type %q is not modelled", e.Type)
	}
	c.to = e.TimeNs
	return nil
}

func read(path string) ([]*call, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(bufio.NewReaderSize(file, 1<<20))
	lines.Buffer(nil, 1<<20)
	attempts := map[string]int{}
	open := map[int64]*call{}
	var calls []*call
	for number := 1; lines.Scan(); number++ {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if e.Op != "try_lock" && e.Op != "lock" && e.Op != "unlock" || e.Mode != "" && e.Mode != "exclusive" || len(e.Sid) == 0 {
			return nil, fmt.Errorf("line %d: op %q, mode %q, sid %q is not modelled", number, e.Op, e.Mode, e.Sid)
		}
		if e.Type != "invoke" {
			c := open[e.Process]
			if c == nil {
				return nil, fmt.Errorf("line %d answers nothing", number)
			}
			delete(open, e.Process)
			if err := answered(e, c); err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			continue
		}
		attempt, known := attempts[string(e.Sid)]
		if !known {
			attempt = len(attempts) + 1
			attempts[string(e.Sid)] = attempt
		}
		c := &call{lock: e.Lock, releases: e.Op == "unlock", attempt: attempt, from: e.TimeNs, to: math.MaxInt64}
		calls = append(calls, c)
		open[e.Process] = c
	}
	return calls, lines.Err()
}

func peakMemory() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return usage.Maxrss * 1024
}

func main() {
	timeout := flag.Duration("timeout", time.Minute, "give up after so long")
	memory := flag.Int64("memory", 8192, "give up beyond so many MiB")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: porcupine [-timeout 1m] [-memory MiB] FILE")
		os.Exit(2)
	}
	start := time.Now()
	calls, err := read(flag.Arg(0))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", flag.Arg(0), err)
		os.Exit(2)
	}
	var history []porcupine.Operation
	for _, c := range calls {
		if c.answer != nothing {
			history = append(history, porcupine.Operation{Input: c, Call: c.from, Return: c.to})
		}
	}
	readSeconds := time.Since(start).Seconds()
	start = time.Now()
	tell := func(verdict string) {
		fmt.Printf("{\"verdict\": %q, \"operations\": %d, \"read_seconds\": %.6f, \"judge_seconds\": %.6f, \"peak_memory_bytes\": %d}\n",
			verdict, len(calls), readSeconds, time.Since(start).Seconds(), peakMemory())
	}
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			if peakMemory() > *memory<<20 {
				tell("out of memory")
				os.Exit(0)
			}
		}
	}()
	model := porcupine.Model{
		Partition: byLock,
		Init:      func() interface{} { return state{} },
		Step:      step,
		Hash:      hash,
	}
	switch porcupine.CheckOperationsTimeout(model, history, *timeout) {
	case porcupine.Ok:
		tell("ok")
	case porcupine.Illegal:
		tell("violation")
	default:
		tell("out of time")
	}
}
