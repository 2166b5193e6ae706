package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Read returns all records of a journal in the order they were written. A torn last line is left out.
func Read(path string) ([]Record, error) {
	var records []Record
	err := readFile(path, func(r Record) { records = append(records, r) })
	return records, err
}

// Payments returns what the records of a journal come to, by payment.
func Payments(path string) (map[ID]Payment, error) {
	all := map[ID]Payment{}
	err := readFile(path, func(r Record) {
		if r.Kind != KindMerchant && r.Kind != KindWebhook {
			all[r.PaymentID()] = all[r.PaymentID()].after(r)
		}
	})
	return all, err
}

func readFile(path string, each func(Record)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = parse(f, each)
	return err
}

// parse hands on the records of each whole line and returns how many bytes they took.
func parse(r io.Reader, each func(Record)) (read int64, err error) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return read, nil
		}
		if err != nil {
			return read, err
		}
		var records []Record
		if err := json.Unmarshal(line, &records); err != nil {
			return read, fmt.Errorf("journal at byte %d: %w", read, err)
		}
		for _, rec := range records {
			each(rec)
		}
		read += int64(len(line))
	}
}
