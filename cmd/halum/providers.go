package main

import (
	"encoding/json"
	"path/filepath"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// loadPlugins finds the plugins beside the binary, or where the settings say. The sandbox takes part only where it has
// a journal: it belongs to development and tests.
func loadPlugins(cfg config) (pluginhost.Catalog, error) {
	args := map[string][]string{}
	if cfg.SandboxJournal != "" {
		journal, err := filepath.Abs(cfg.SandboxJournal)
		if err != nil {
			return nil, err
		}
		args["payment-sandbox"] = []string{"--journal", journal}
	}
	found, err := pluginhost.LoadCatalog(cfg.pluginDir(), args)
	if err != nil {
		return nil, err
	}
	var catalog pluginhost.Catalog
	for _, e := range found {
		if e.Program() != "payment-sandbox" || cfg.SandboxJournal != "" {
			catalog = append(catalog, e)
		}
	}
	return catalog, nil
}

// firstPayments are the ways to be paid that a new shop starts with.
func firstPayments(cfg config) func(money.Currency) []ports.ProviderAccount {
	return func(money.Currency) []ports.ProviderAccount {
		var accounts []ports.ProviderAccount
		if cfg.SandboxJournal != "" {
			accounts = append(accounts, ports.ProviderAccount{Plugin: "sandbox", Settings: map[string]string{}})
		}
		return append(accounts, ports.ProviderAccount{Plugin: "manual", Settings: map[string]string{"cash_on_delivery": "true"}})
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

// firstShipping are the rates that a new shop starts with; the vendor changes them.
func firstShipping(c money.Currency) []ports.ProviderAccount {
	unit := int64(1)
	for range c.Exponent() {
		unit *= 10
	}
	standard, express, free := 5*unit, 12*unit, 80*unit
	if c == "BDT" {
		standard, express, free = 60*unit, 120*unit, 3000*unit
	}
	services, err := json.Marshal([]rate{
		{Service: "standard", Name: "Standard delivery", Price: standard, MinDays: 2, MaxDays: 4, FreeOver: free},
		{Service: "express", Name: "Express delivery", Price: express, MinDays: 1, MaxDays: 1},
	})
	if err != nil {
		panic(err) // plain structs always encode
	}
	return []ports.ProviderAccount{{Plugin: "flatrate", Settings: map[string]string{"services": string(services)}}}
}
