package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
)

// loadPlugins finds the plugins beside the binary, or where the settings say, and grants some of them a place of their own
// to write to. The sandbox takes part only where it has a journal: it belongs to development and tests.
func loadPlugins(cfg config) (pluginhost.Catalog, error) {
	args, grants := map[string][]string{}, map[string]pluginhost.Grants{}
	if cfg.SandboxJournal != "" {
		journal, err := filepath.Abs(cfg.SandboxJournal)
		if err == nil {
			err = touch(journal)
		}
		if err != nil {
			return nil, fmt.Errorf("make the sandbox's journal: %w", err)
		}
		args[sandboxProgram], grants[sandboxProgram] = []string{"--journal", journal}, pluginhost.Grants{Write: []string{journal}}
	}
	for _, program := range remembering {
		if _, err := os.Stat(filepath.Join(cfg.pluginDir(), program)); err != nil {
			continue
		}
		dir, err := filepath.Abs(filepath.Join(cfg.DataDir, "plugin-state", program))
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		if err != nil {
			return nil, fmt.Errorf("make the folder of %s: %w", program, err)
		}
		args[program], grants[program] = []string{"--state", dir}, pluginhost.Grants{Write: []string{dir}}
	}
	found, err := pluginhost.LoadCatalog(cfg.pluginDir(), args)
	if err != nil {
		return nil, err
	}
	if cfg.SandboxJournal == "" {
		found = slices.DeleteFunc(found, func(e pluginhost.Entry) bool { return e.Program() == sandboxProgram })
	}
	for _, e := range found {
		if g, ok := grants[e.Program()]; ok {
			found.Grant(e.Program(), g)
		}
	}
	return found, nil
}

const sandboxProgram = "payment-sandbox"

// remembering are the shipped plugins that keep what their provider cannot find again. Nodes share the data folder, or
// run them on one node only.
var remembering = []string{"payment-bkash", "payment-sslcommerz"}

// touch makes an empty file unless it exists.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// firstAccounts are the providers that a new shop starts with; the vendor changes them.
func firstAccounts(cfg config) func(money.Currency) []provider.Account {
	return func(c money.Currency) []provider.Account {
		all := []provider.Account{
			{Kind: provider.Payment, Plugin: "manual", Mode: provider.Live, Config: []byte(`{"cash_on_delivery": true}`)},
			{Kind: provider.Shipping, Plugin: "flatrate", Mode: provider.Live, Config: firstRates(c)},
		}
		if cfg.SandboxJournal == "" {
			return all
		}
		return append([]provider.Account{{Kind: provider.Payment, Plugin: "sandbox", Mode: provider.Test, Config: []byte("{}")}}, all...)
	}
}

// rate is one service of shipping-flatrate, in minor units.
type rate struct {
	Service  string `json:"service"`
	Name     string `json:"name"`
	Price    int64  `json:"price"`
	MinDays  int    `json:"min_days"`
	MaxDays  int    `json:"max_days"`
	FreeOver int64  `json:"free_over,omitempty"`
}

// firstRates are the settings of shipping-flatrate for a shop that sells in a currency.
func firstRates(c money.Currency) []byte {
	unit := int64(1)
	for range c.Exponent() {
		unit *= 10
	}
	standard, express, free := 5*unit, 12*unit, 80*unit
	if c == "BDT" {
		standard, express, free = 60*unit, 120*unit, 3000*unit
	}
	config, err := json.Marshal(map[string][]rate{"services": {
		{Service: "standard", Name: "Standard delivery", Price: standard, MinDays: 2, MaxDays: 4, FreeOver: free},
		{Service: "express", Name: "Express delivery", Price: express, MinDays: 1, MaxDays: 1},
	}})
	if err != nil {
		panic(err) // plain structs always encode
	}
	return config
}
