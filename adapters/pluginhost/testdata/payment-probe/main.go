// Payment-probe tries what its caller asks for and tells how it went: the method's kind says what, the fields say on what.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// version is set by the linker, for tests that need two.
var version = "1.0.0"

type probe struct{ sdk.PaymentPlugin }

func main() { sdk.ServePayment(probe{}) }

func (probe) Describe(context.Context, sdk.Account) (sdk.PaymentDescription, error) {
	return sdk.PaymentDescription{Name: "probe", Version: version}, nil
}

func (probe) ValidateConfig(_ context.Context, a sdk.Account) error {
	var config struct {
		RefusedBy string `json:"refused_by"`
	}
	if err := a.Decode(&config); err != nil {
		return err
	}
	if config.RefusedBy == version {
		return sdk.Misconfigured("refused_by", "is what it says")
	}
	return nil
}

func (probe) CreatePayment(ctx context.Context, in sdk.CreatePayment) (sdk.Result, error) {
	err := try(ctx, in)
	r := sdk.Result{Outcome: sdk.Captured, Amount: in.Payment.Amount, Message: version}
	if err != nil {
		r.Message = err.Error()
	}
	return r, nil
}

func try(ctx context.Context, in sdk.CreatePayment) error {
	path := in.MethodFields["path"]
	switch in.Payment.MethodKind {
	case "read":
		_, err := os.ReadFile(path)
		return err
	case "list":
		_, err := os.ReadDir(path)
		return err
	case "write":
		return os.WriteFile(path, []byte("probe"), 0o600)
	case "signal":
		pid, err := strconv.Atoi(in.MethodFields["pid"])
		return errors.Join(err, syscall.Kill(pid, 0))
	case "raise":
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 4096, Max: 4096})
	case "eat":
		eat()
	case "slow":
		time.Sleep(150 * time.Millisecond)
	case "log":
		sdk.LoggerOf(ctx).Info("calling the provider with "+in.Account.Secrets["api_key"],
			"authorization", "Bearer "+in.Account.Secrets["api_key"], "card", in.MethodFields["card_number"], "plugin", "payment-other")
		fmt.Println("printed", in.Account.Secrets["api_key"])
	}
	return nil
}

// eat takes memory and uses it until somebody minds.
func eat() {
	var all [][]byte
	for {
		block := make([]byte, 16<<20)
		for i := range block {
			block[i] = byte(len(all))
		}
		all = append(all, block)
	}
}
