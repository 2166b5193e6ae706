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

// loadPlugins finds the plugins beside the binary, or where the settings say. The sandbox takes part only where it has
// a journal: it belongs to development and tests. The journal's file is the only one of ours that it may use.
func loadPlugins(cfg config) (pluginhost.Catalog, error) {
	args := map[string][]string{}
	journal, err := filepath.Abs(cfg.SandboxJournal)
	if err != nil {
		return nil, err
	}
	if cfg.SandboxJournal != "" {
		args[sandboxProgram] = []string{"--journal", journal}
		if err := touch(journal); err != nil {
			return nil, fmt.Errorf("make the sandbox's journal: %w", err)
		}
	}
	found, err := pluginhost.LoadCatalog(cfg.pluginDir(), args)
	if err != nil {
		return nil, err
	}
	if cfg.SandboxJournal == "" {
		return slices.DeleteFunc(found, func(e pluginhost.Entry) bool { return e.Program() == sandboxProgram }), nil
	}
	found.Grant(sandboxProgram, pluginhost.Grants{Write: []string{journal}})
	return found, nil
}

const sandboxProgram = "payment-sandbox"

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
