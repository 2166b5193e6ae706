package pluginhost_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/core/payment"
)

// BenchmarkCreate measures a payment through the border, with a plugin that does nothing but answer.
func BenchmarkCreate(b *testing.B) {
	catalog, err := pluginhost.LoadCatalog(bin, nil)
	require.NoError(b, err)
	for _, entry := range catalog {
		if entry.Program() != "payment-manual" {
			continue
		}
		host := pluginhost.New(pluginhost.Catalog{entry}, quick())
		defer host.Stop()
		require.NoError(b, host.Start(b.Context()))
		shop := account("manual")
		shop.Settings["cash_on_delivery"] = "true"
		in := byCard("pay_bench", "")
		in.Method = payment.Method{Kind: "cash_on_delivery"}
		pay := func() {
			if r, err := host.For(shop).Create(b.Context(), in); err != nil || r.Outcome != payment.Authorized {
				b.Error(r.Outcome, err)
			}
		}
		b.Run("alone", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pay()
			}
		})
		b.Run("parallel", func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					pay()
				}
			})
		})
	}
}
