package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ScenarioFile is the name of the file beside a plugin that tells the kit how to use it.
const ScenarioFile = "conformance.json"

// ScenarioFormat is the version of that file this kit reads.
const ScenarioFormat = 1

// Scenario is the content of conformance.json: JSON, unknown fields refused. The smallest useful one names the account and
// how a payment is captured. What it does not name is not tried: that is a failure when the plugin declares the
// capability, and not applicable otherwise; the table says which name is missing.
//
//	{
//	  "format": 1,
//	  "args":    ["--journal", "{{dir}}/journal"],
//	  "setup":   {"command": ["go", "run", "./fake"]},
//	  "account": {
//	    "config":         {"base_url": "{{url}}"},
//	    "secrets":        {"secret_key": "sk_test_canary_1", "webhook_secret": "whsec_canary_2"},
//	    "former_secrets": {"webhook_secret": "whsec_canary_0"}
//	  },
//	  "bad_accounts": [{"why": "no base URL", "config": {}}],
//	  "payment": {
//	    "currency": "BDT", "amount": 199900,
//	    "outcomes": {
//	      "captured":        {"method": "card", "fields": {"number": "4242424242424242"}},
//	      "authorized":      {"method": "card", "fields": {"number": "4242424242424242"}, "capture_later": true},
//	      "declined":        {"method": "card", "fields": {"number": "4000000000000002"}},
//	      "requires_action": {"method": "card", "fields": {"number": "4000000000003220"},
//	                          "shopper": [{"method": "POST", "url": "{{redirect_url}}", "form": {"decision": "approve"}}],
//	                          "then": "captured"}
//	    },
//	    "refunds": {"succeeded": {}},
//	    "webhooks": {
//	      "events": {
//	        "captured": {"request": {
//	          "header": {"content-type": "application/json"},
//	          "body":   {"id": "{{event_id}}", "type": "payment.captured", "payment": "{{payment_ref}}", "amount": "{{#amount}}"},
//	          "sign":   {"scheme": "stripe", "secret": "webhook_secret", "header": "acme-signature"}}},
//	        "unknown":  {"request": {"body": {"id": "{{event_id}}", "type": "acme.news"},
//	          "sign":   {"scheme": "stripe", "secret": "webhook_secret", "header": "acme-signature"}}}
//	      }
//	    }
//	  }
//	}
//
// Text in it may hold variables, written {{name}}. Everywhere: dir (a folder that outlives restarts of the plugin),
// source (the folder of this file) and what the setup's READY line named. In steps and webhooks also those that Vars lists.
type Scenario struct {
	Format int `json:"format"` // ScenarioFormat
	// Args is the command line of the plugin, as the platform's operator would configure it.
	Args []string `json:"args,omitempty"`
	// Setup starts a fake provider. Without it the plugin needs none, or one that is always there.
	Setup       *Setup       `json:"setup,omitempty"`
	Account     Account      `json:"account"`
	BadAccounts []BadAccount `json:"bad_accounts,omitempty"` // ValidateConfig must refuse each
	Payment     *Payments    `json:"payment,omitempty"`      // of a payment plugin
	Shipping    *Parcels     `json:"shipping,omitempty"`     // of a shipping plugin
	// NotApplicable excuses checks that this provider cannot be put through, by name, with the reason that the table then
	// prints, such as {"payment.expired": "the sandbox of the provider lets no authorisation expire"}. Only create.declined,
	// create.action, create.unattended, create.pending, update.amount, void.before, void.unheard, refund.pending,
	// refund.failed, refund.external, payment.expired, book.declined and book.track depend on what a provider can be made
	// to do.
	NotApplicable map[string]string `json:"not_applicable,omitempty"`

	dir string // of the file
}

// Setup is a program that plays the provider. It is started in the folder of the scenario file, once for the whole run,
// and must print one line "READY name=value name=value …" to its standard output; each name becomes a variable. It is
// killed, with all it has started, at the end.
type Setup struct {
	Command        []string `json:"command"`
	TimeoutSeconds int      `json:"timeout_seconds,omitempty"` // until READY; 120 when not given, as it may have to be built
}

// Account is the vendor the kit plays. The kit looks for every value of secrets in everything the plugin writes, so give
// ones that occur nowhere else, at least eight characters long.
type Account struct {
	Mode    string            `json:"mode,omitempty"` // "test" (when not given) or "live"
	Config  json.RawMessage   `json:"config,omitempty"`
	Secrets map[string]string `json:"secrets,omitempty"`
	// FormerSecrets are those before a rotation, for the fields that sign webhooks.
	FormerSecrets map[string]string `json:"former_secrets,omitempty"`
}

// BadAccount is an account with a mistake. Config and Secrets replace those of the account as a whole when they are given.
type BadAccount struct {
	Why     string            `json:"why"` // such as "a price below zero"
	Config  json.RawMessage   `json:"config,omitempty"`
	Secrets map[string]string `json:"secrets,omitempty"`
	// Usable says that calls work all the same, as with a wrong webhook secret: only ValidateConfig must refuse it.
	Usable bool `json:"usable,omitempty"`
}

// Payments says how to use a payment plugin.
type Payments struct {
	Currency string `json:"currency"` // of the payments; the kit tries ones with no and three decimals besides
	Amount   int64  `json:"amount"`   // in minor units, at least 1000 and divisible by 4
	// Outcomes says how to bring a payment to where its name says:
	//
	//	captured         taken (mandatory, unless authorized is given)
	//	authorized       promised; with capability authorize
	//	declined         refused by the provider
	//	requires_action  waiting for the shopper; with shopper steps it goes on to Then
	//	pending          known later
	//	hangs            the provider never answers: not needed with a setup, which the kit can stop
	Outcomes map[string]Charge `json:"outcomes"`
	// Refunds says how a refund comes to be succeeded, pending or failed. With capability refund one of the first two is
	// mandatory.
	Refunds map[string]RefundRecipe `json:"refunds,omitempty"`
	// Expire lets the payment that was authorised run out at the provider (case 15).
	Expire []Request `json:"expire,omitempty"`
	// ExternalRefund gives {{refund_amount}} of a captured payment back on the provider's own pages (case 14).
	ExternalRefund []Request `json:"external_refund,omitempty"`
	Webhooks       *Webhooks `json:"webhooks,omitempty"` // with capability webhooks
	// Books asks the fake provider what it really did for one payment, so that the kit need not believe the plugin. The
	// answer is {"charges": 1, "captured": 199900, "refunded": 0}: how often money was taken or promised, and minor units.
	Books *Request `json:"books,omitempty"`
}

// Charge is the way to one outcome. Fields of it that are not given take what Payments says.
type Charge struct {
	Method       string            `json:"method"` // kind, as Describe lists it
	Fields       map[string]string `json:"fields,omitempty"`
	Currency     string            `json:"currency,omitempty"`
	Amount       int64             `json:"amount,omitempty"`
	CaptureLater bool              `json:"capture_later,omitempty"`
	Before       []Request         `json:"before,omitempty"` // steps ahead of CreatePayment
	// Shopper are the steps of the shopper when CreatePayment answers that an action is needed. A step that is redirected
	// to the return URL ends there: the query of the redirect becomes the Params of ContinuePayment, together with
	// Params. Any outcome may have them: a gateway that only knows redirects gives them for captured too.
	Shopper []Request         `json:"shopper,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Then    string            `json:"then,omitempty"` // outcome after the shopper's steps: "captured" when not given
	Code    string            `json:"code,omitempty"` // that a decline must carry; any when not given
}

// RefundRecipe is the way to one outcome of a refund. The kit captures a payment first, as outcome captured says or Of.
type RefundRecipe struct {
	Of     *Charge   `json:"of,omitempty"`
	Amount int64     `json:"amount,omitempty"` // half of the captured amount when not given
	Reason string    `json:"reason,omitempty"` // "requested_by_customer" when not given
	After  []Request `json:"after,omitempty"`  // steps that make the provider decide on a pending refund
	Then   string    `json:"then,omitempty"`   // "failed" or "succeeded", as GetRefund says after those steps
}

// Webhooks says how the provider's requests look.
type Webhooks struct {
	// Events are requests about a payment or a booking, by name. For payments: captured (mandatory), unknown (a kind the
	// plugin does not know, mandatory), authorized, declined, expired, refunded, refund_failed, dispute_opened,
	// dispute_won, dispute_lost. For bookings: in_transit (mandatory), unknown (mandatory), delivered.
	Events map[string]Event `json:"events"`
	// Unsigned says that the provider signs nothing. The plugin may then answer with hints only, and the checks of the
	// signature are replaced by that.
	Unsigned bool `json:"unsigned,omitempty"`
	// Timeless says why a signature does not carry its time, so that a replay cannot be told by its age.
	Timeless string `json:"timeless,omitempty"`
}

// Event is one kind of webhook.
type Event struct {
	Request Request `json:"request"`
	// Of names the outcome that the payment is brought to first: captured when not given (for expired: authorized, for
	// declined: declined).
	Of     string    `json:"of,omitempty"`
	Before []Request `json:"before,omitempty"` // steps at the provider ahead of the request
}

// Request is an HTTP request. As a step the kit sends it and takes any status below 400 for success, without following
// redirects. As a webhook the kit hands it to ParseWebhook as a provider's request.
//
// In a webhook the variables are rendered anew for each try, so that a wrong secret, an old time or another mode show in
// it. Exactly one way may be used: method, url, header, body or form with sign; or exec; or fetch.
type Request struct {
	Method string            `json:"method,omitempty"` // GET for steps and POST for webhooks when not given; POST with a body
	URL    string            `json:"url,omitempty"`    // of a webhook: {{webhook_url}} when not given
	Header map[string]string `json:"header,omitempty"`
	// Body is a text, or an object that is sent as JSON. In an object "{{#name}}" becomes a number or a boolean.
	Body json.RawMessage   `json:"body,omitempty"`
	Form map[string]string `json:"form,omitempty"` // sent as application/x-www-form-urlencoded
	Sign *Sign             `json:"sign,omitempty"`
	// Exec is a command, run in the folder of the scenario file with the variables as a JSON object on its standard input.
	// For a webhook it prints the request: {"method": "POST", "url": "…", "header": {…}, "body": "…"}, or "body_base64"
	// for bytes.
	Exec []string `json:"exec,omitempty"`
	// Fetch asks the fake provider for the webhook, which answers as Exec prints.
	Fetch *Request `json:"fetch,omitempty"`
}

// Sign adds a header with a keyed hash of the request. The schemes stripe ("t=…,v1=…", SHA-256 in hex over time and body)
// and standard-webhooks (webhook-id, webhook-timestamp, webhook-signature) need a secret only, stripe a header too;
// hmac takes all the fields.
type Sign struct {
	Scheme    string `json:"scheme"`              // "stripe", "standard-webhooks" or "hmac"
	Secret    string `json:"secret"`              // name of the secret field in the account
	Header    string `json:"header,omitempty"`    // that carries the signature
	Algorithm string `json:"algorithm,omitempty"` // "sha256" (when not given), "sha512" or "sha1"
	Over      string `json:"over,omitempty"`      // what is hashed, such as "{{now}}.{{body}}"; the body when not given
	Encoding  string `json:"encoding,omitempty"`  // "hex" (when not given) or "base64"
	Value     string `json:"value,omitempty"`     // of the header, such as "sha256={{signature}}"; {{signature}} when not given
}

// Parcels says how to use a shipping plugin.
type Parcels struct {
	Currency string  `json:"currency"`
	Subtotal int64   `json:"subtotal"` // value of the goods in minor units
	Items    int64   `json:"items,omitempty"`
	Grams    int64   `json:"grams,omitempty"`
	From     Address `json:"from"`
	To       Address `json:"to"` // somewhere with at least one rate
	// Unserved is somewhere without a rate: Quote must answer an empty list there and no error.
	Unserved *Address `json:"unserved,omitempty"`
	Service  string   `json:"service,omitempty"` // that is booked; the first rate's when not given
	// Declined is where a booking is refused by the carrier, though rates may exist.
	Declined *Address  `json:"declined,omitempty"`
	Moves    []Request `json:"moves,omitempty"` // steps that take the booked parcel on its way, as Track must then show
	Webhooks *Webhooks `json:"webhooks,omitempty"`
	// Books asks the fake carrier what it did for one booking: {"bookings": 1, "cancelled": 0}.
	Books *Request `json:"books,omitempty"`
}

// Address is where somebody lives or a parcel goes.
type Address struct {
	Name       string `json:"name,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country"` // ISO 3166-1 alpha-2
	Phone      string `json:"phone,omitempty"`
}

// Vars are the variables of steps and webhooks besides those of Scenario. A webhook has the last five as well.
var Vars = []string{
	"tenant", "mode", "payment_id", "payment_ref", "order_number", "amount", "amount_decimal", "currency", "refund_id",
	"refund_ref", "refund_amount", "refund_amount_decimal", "booking_id", "booking_ref", "tracking_number", "redirect_url",
	"return_url", "webhook_url", "secret.NAME",
	"event_id", "now", "now_ms", "now_rfc3339", "livemode",
}

// LoadScenario reads a scenario file.
func LoadScenario(path string) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Scenario{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.dir, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Scenario) check() error {
	switch {
	case s.Format != ScenarioFormat:
		return fmt.Errorf("format must be %d", ScenarioFormat)
	case (s.Payment == nil) == (s.Shipping == nil):
		return errors.New("give payment or shipping, and not both")
	case s.Account.Mode != "" && s.Account.Mode != "test" && s.Account.Mode != "live":
		return errors.New("account.mode must be test or live")
	case s.Setup != nil && len(s.Setup.Command) == 0:
		return errors.New("setup.command must name a program")
	case s.Shipping != nil && (s.Shipping.Currency == "" || s.Shipping.Subtotal <= 0):
		return errors.New("shipping needs a currency and a subtotal above zero")
	case s.Payment != nil && (s.Payment.Currency == "" || s.Payment.Amount < 1000 || s.Payment.Amount%4 != 0):
		return errors.New("payment needs a currency and an amount of at least 1000 that is divisible by 4")
	}
	for name, value := range s.Account.Secrets {
		if len(value) < 8 {
			return fmt.Errorf("account.secrets.%s must have at least eight characters, so that it can be looked for", name)
		}
	}
	if s.Payment == nil {
		return nil
	}
	for name := range s.Payment.Outcomes {
		if !outcomeNames[name] {
			return fmt.Errorf("payment.outcomes.%s is not an outcome", name)
		}
	}
	for name := range s.Payment.Refunds {
		if name != "succeeded" && name != "pending" && name != "failed" {
			return fmt.Errorf("payment.refunds.%s is not an outcome of a refund", name)
		}
	}
	return nil
}

var outcomeNames = map[string]bool{
	"captured": true, "authorized": true, "declined": true, "requires_action": true, "pending": true, "hangs": true,
}
