package telemetry_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/telemetry"
)

func TestPluginMetrics(t *testing.T) {
	m := telemetry.NewMetrics()
	p := telemetry.NewPlugins(m)
	p.Changed("payment-a", "ready")
	p.Changed("payment-a", "ready")
	p.Ready("payment-a", "1.0.0", true)
	p.Forget()
	p.Ready("payment-a", "1.1.0", false)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Contains(t, w.Body.String(), `halum_plugin_state_changes_total{plugin="payment-a",state="ready"} 2`)
	require.Contains(t, w.Body.String(), `halum_plugin_ready{plugin="payment-a",version="1.1.0"} 0`)
	require.NotContains(t, w.Body.String(), `version="1.0.0"`)
}
